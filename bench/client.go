package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const allowed = time.Hour

func requestFor(i int) thoughtindustries.CreditAccountRequest {
	return thoughtindustries.CreditAccountRequest{
		ClientID: clientPrefix + "000000000000", Name: fmt.Sprintf("Account %d", i), StartingBalance: big.NewFloat(500),
		NotifyEmails: []string{"training@globex.example"}, LicenseIDs: []string{licenseID},
	}
}

// newClient is the provider's, which does not look before it creates.
func newClient(address string, atOnce int) (*thoughtindustries.Client, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	return thoughtindustries.New(thoughtindustries.Config{
		BaseURL: base, APIKey: apiKey, UserAgent: "bench", MaxConcurrentRequests: atOnce,
		OnExisting: thoughtindustries.IgnoreOnExisting,
	})
}

// clientAlone compares the client with a bare loop that sends the same requests
// and reads the responses, to a server that responds at once.
func clientAlone(ctx context.Context, b *bench) (section, error) {
	requests, rounds := 1500, 3*b.rounds
	if b.quick {
		requests, rounds = 100, 1
	}
	t := table{title: "requests a second, the server responds at once", head: []string{
		"at once", "bare net/http", "client", "of bare net/http", "processor time a request, bare", "client", "of bare net/http",
	}}
	for _, atOnce := range []int{1, 5, 20} {
		var bare, client []pace
		for range rounds {
			took, err := bareLoop(ctx, requests, atOnce)
			if err != nil {
				return section{}, err
			}
			bare = append(bare, took)
			if took, err = clientLoop(ctx, requests, atOnce); err != nil {
				return section{}, err
			}
			client = append(client, took)
		}
		wall := func(p pace) time.Duration { return p.wall }
		processor := func(p pace) time.Duration { return p.processor }
		t.rows = append(t.rows, []string{
			fmt.Sprint(atOnce), perSecond(medianOf(bare, wall)), perSecond(medianOf(client, wall)), ratio(medianOf(bare, wall), medianOf(client, wall)),
			microseconds(medianOf(bare, processor)), microseconds(medianOf(client, processor)), ratio(medianOf(client, processor), medianOf(bare, processor)),
		})
	}
	return section{title: "The client alone", tables: []table{t}}, nil
}

// pace is what one request took, of many.
type pace struct {
	wall time.Duration
	// processor time, of the server too: it is the same process.
	processor time.Duration
}

func perSecond(wall time.Duration) string { return fmt.Sprintf("%.0f", 1/wall.Seconds()) }

func microseconds(d time.Duration) string { return fmt.Sprintf("%.0f µs", float64(d)/1e3) }

func bareLoop(ctx context.Context, requests, atOnce int) (took pace, err error) {
	api, server := newAPI(mockapi.Options{}, 1)
	defer api.Close()
	defer server.Close()
	transport := &http.Transport{MaxIdleConnsPerHost: atOnce}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	address := server.URL + mockapi.BasePath + "/clients/" + clientPrefix + "000000000000/creditAccounts"
	return loop(requests, atOnce, func(i int) error {
		body, err := json.Marshal(requestFor(i))
		if err != nil {
			return err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
		if err != nil {
			return err
		}
		request.Header.Set("Authorization", "Bearer "+apiKey)
		request.Header.Set("Content-Type", "application/json")
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		var read struct {
			Data map[string]struct {
				ID string `json:"id"`
			} `json:"data"`
		}
		if err := json.Unmarshal(raw, &read); err != nil {
			return err
		}
		if read.Data["APICreateCreditAccount"].ID == "" {
			return fmt.Errorf("no id in %s", raw)
		}
		return nil
	})
}

func clientLoop(ctx context.Context, requests, atOnce int) (took pace, err error) {
	api, server := newAPI(mockapi.Options{}, 1)
	defer api.Close()
	defer server.Close()
	client, err := newClient(server.URL, atOnce)
	if err != nil {
		return pace{}, err
	}
	defer client.Close()
	return loop(requests, atOnce, func(i int) error {
		_, err := client.CreateCreditAccount(ctx, requestFor(i), allowed)
		return err
	})
}

// loop does something for each number, so many at once.
func loop(times, atOnce int, do func(i int) error) (took pace, err error) {
	var (
		group sync.WaitGroup
		next  atomic.Int64
		first sync.Once
	)
	began, used := time.Now(), processorTime()
	for range atOnce {
		group.Go(func() {
			for i := int(next.Add(1)); i <= times; i = int(next.Add(1)) {
				if failed := do(i); failed != nil {
					first.Do(func() { err = failed })
					return
				}
			}
		})
	}
	group.Wait()
	return pace{time.Since(began) / time.Duration(times), (processorTime() - used) / time.Duration(times)}, err
}
