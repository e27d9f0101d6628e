package main

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// limitCase is a kind of limit, and how many accounts are created under it.
type limitCase struct {
	name     string
	limit    mockapi.RateLimit
	accounts int
	atOnce   int
	// phase is how much of the window is over when it begins.
	phase time.Duration
	// least is the least time in which the limit lets all of them pass.
	least time.Duration
}

const minute = time.Minute

func limitCases() []limitCase {
	bucket := mockapi.RateLimit{PerMinute: 1200, Burst: 20}
	standard := mockapi.RateLimit{PerMinute: 120, Burst: 20}
	enterprise := mockapi.RateLimit{PerMinute: 600, Burst: 100}
	cases := []limitCase{
		{name: "bucket, 20 a second, burst 20", limit: bucket, accounts: 200, least: 9 * time.Second},
		{name: "bucket, 120 a minute, burst 20", limit: standard, accounts: 100, least: 40 * time.Second},
		{name: "bucket, 600 a minute, burst 100", limit: enterprise, accounts: 300, least: 20 * time.Second},
	}
	for _, phase := range []time.Duration{15 * time.Second, 40 * time.Second} {
		cases = append(cases, limitCase{
			name:  fmt.Sprintf("window, 120 a minute, %.0f s of it over", phase.Seconds()),
			limit: mockapi.RateLimit{Kind: mockapi.FixedWindow, PerMinute: 120}, accounts: 200, phase: phase, least: minute - phase,
		})
	}
	for _, c := range cases[:4] {
		c.name += ", no headers"
		c.limit.NoHeaders = true
		cases = append(cases, c)
	}
	return append(cases, limitCase{
		name: "5 at once, asked with 20", limit: mockapi.RateLimit{Kind: mockapi.Concurrency, MaxConcurrent: 5}, accounts: 1000, atOnce: 20,
		least: 1000 / 5 * latency,
	})
}

// pacing creates accounts under every kind of limit. All kinds run at once:
// they wait most of the time, and each has a server and a client of its own.
func pacing(ctx context.Context, b *bench) (section, error) {
	cases := limitCases()
	if b.quick {
		cases = cases[:1]
	}
	t := table{title: "creating under a limit", head: []string{"limit", "accounts", "least possible", "time", "of the least", "refused", "failed"}}
	rows, errs := make([][]string, len(cases)), make([]error, len(cases))
	var group sync.WaitGroup
	for i, c := range cases {
		group.Go(func() { rows[i], errs[i] = c.run(ctx) })
	}
	group.Wait()
	for i := range cases {
		if errs[i] != nil {
			return section{}, fmt.Errorf("%s: %w", cases[i].name, errs[i])
		}
		t.rows = append(t.rows, rows[i])
	}
	return section{title: "The pacer", tables: []table{t}}, nil
}

func (c limitCase) run(ctx context.Context) ([]string, error) {
	// The server's clock is set so that the window is as far as it should be.
	now := time.Now()
	offset := now.Truncate(minute).Add(minute + c.phase).Sub(now)
	options := mockapi.Options{Latency: latency, RateLimit: c.limit, Now: func() time.Time { return time.Now().Add(offset) }}
	api, server := newAPI(options, 1)
	defer api.Close()
	defer server.Close()
	atOnce := c.atOnce
	if atOnce == 0 {
		atOnce = 5
	}
	client, err := newClient(server.URL, atOnce)
	if err != nil {
		return nil, err
	}
	defer client.Close()

	// As many wait as the engine starts at once.
	began := time.Now()
	failed := 0
	var mu sync.Mutex
	_, err = loop(c.accounts, max(10, atOnce), func(i int) error {
		if _, err := client.CreateCreditAccount(ctx, requestFor(i), allowed); err != nil {
			mu.Lock()
			failed++
			mu.Unlock()
		}
		return ctx.Err()
	})
	if err != nil {
		return nil, err
	}
	took := time.Since(began)
	sent := api.Count(http.MethodPost, "/clients/{id}/creditAccounts")
	refused := sent - c.accounts + failed
	return []string{
		c.name, fmt.Sprint(c.accounts), seconds(c.least), seconds(took), ratio(took, c.least),
		fmt.Sprintf("%d (%.1f%%)", refused, 100*float64(refused)/float64(sent)), fmt.Sprint(failed),
	}, nil
}
