package thoughtindustries

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// batchSeeds is how many random runs there are; a failing one names its seed.
const batchSeeds = 300

// TestBatches_NeverTwoNeverLost creates equal and different batches at once,
// with and without names, in accounts that exist and in one that is created
// meanwhile, while the server misbehaves at random. Each batch is sent with an
// expiry of its own, which the lookup does not use, so that afterwards it is known
// whose batch is whose.
func TestBatches_NeverTwoNeverLost(t *testing.T) {
	outcomes := map[string]int{}
	for seed := range uint64(batchSeeds) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			simulateBatches(t, seed, outcomes)
		})
	}
	if t.Failed() {
		return
	}
	t.Logf("outcomes: %v", outcomes)
	for _, kind := range []string{"created", "found", "unknown", "not created", "refused"} {
		if outcomes[kind] == 0 {
			t.Errorf("no creation ended as %q", kind)
		}
	}
}

// batchRun is one declared batch and what came of it.
type batchRun struct {
	request CreditBatchRequest
	got     Creation[CreditBatch]
	err     error
}

func simulateBatches(t *testing.T, seed uint64, outcomes map[string]int) {
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // repeatable on purpose
	options := mockapi.Options{PerPage: 1 + random.IntN(5)}
	if random.IntN(3) == 0 {
		options.ListingLag = 3 * time.Second
	}
	policy := []OnExisting{FailOnExisting, IgnoreOnExisting}[random.IntN(2)]
	inBubble(t, options, Config{OnExisting: policy}, func(w *world) {
		existing := w.server.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "Existing", StartingBalance: "50"})
		time.Sleep(time.Minute) // its batch is an old one
		opened := w.create("Opened", "50")
		opened.want(t, "created")
		before := len(w.server.Batches())
		blind := random.IntN(8) == 0 // no listing can be read
		if blind {
			w.server.Inject(mockapi.Fault{Method: http.MethodGet, Status: []int{403, 500}[random.IntN(2)]})
		}
		faults := make([]mockapi.Fault, 0, 12)
		for range 12 {
			faults = append(faults, randomFault(random))
		}
		injectInTurn(w, faults)

		runs := make([]batchRun, 8)
		var wait sync.WaitGroup
		for i := range runs {
			expiry := expiryOf(i)
			run := &runs[i]
			run.request = CreditBatchRequest{ClientID: acme, StartingBalance: big.NewFloat(50), ExpiresOn: &expiry}
			if account := []string{"", existing.ID, opened.Object.ID}[random.IntN(3)]; account != "" {
				run.request.CreditAccountID = &account
			}
			if name := []string{"", "2031", "2032"}[random.IntN(3)]; name != "" {
				run.request.Name = &name
			}
			delay := time.Duration(random.IntN(3000)) * time.Millisecond
			wait.Go(func() {
				time.Sleep(delay)
				run.got, run.err = w.client.CreateCreditBatch(w.t.Context(), run.request, plenty)
			})
		}
		wait.Wait()
		judgeBatches(t, w, runs, before, outcomes)
	})
}

// expiryOf tells the batches of a run apart.
func expiryOf(i int) time.Time { return time.Date(2031, 1, 1, 0, 0, i, 0, time.UTC) }

// injectInTurn gives each POST of a batch the next fault.
func injectInTurn(w *world, faults []mockapi.Fault) {
	for _, fault := range faults {
		fault.Method, fault.Path, fault.Times = http.MethodPost, "/clients/{id}/creditBatches", 1
		w.server.Inject(fault)
	}
}

func randomFault(random *rand.Rand) mockapi.Fault {
	empty := ""
	commit := random.IntN(2) == 0
	again := http.Header{"Retry-After": {[]string{"0", "2"}[random.IntN(2)]}}
	return []mockapi.Fault{
		{},
		{},
		{DelayAnswer: time.Duration(random.IntN(5000)) * time.Millisecond},
		{Cut: mockapi.CutConnection, Commit: commit},
		{Cut: mockapi.CutBody, Commit: true},
		{Cut: mockapi.CutConnection, CommitDelay: 2 * time.Second},
		{Status: 500, Commit: commit},
		{Status: 503, Header: again, Commit: commit},
		{Status: 429, Header: again},
		{Status: 204, Body: &empty, Commit: true},
		{Status: 400},
		{DelayAnswer: 2 * time.Minute}, // later than request_timeout
	}[random.IntN(12)]
}

// judgeBatches holds what came of a run against the promise.
func judgeBatches(t *testing.T, w *world, runs []batchRun, before int, outcomes map[string]int) {
	batches := w.server.Batches()
	byID := map[string]mockapi.CreditBatch{}
	byOwner := map[int64]int{}
	for _, batch := range batches[before:] {
		byID[batch.ID] = batch
		byOwner[batch.ExpiresOn.Unix()]++
	}
	taken := map[string]bool{}
	for i, run := range runs {
		kind := created{Creation: Creation[CreditAccount]{Adopted: run.got.Adopted, AfterUnknown: run.got.AfterUnknown}, err: run.err}.kind()
		outcomes[strings.TrimRight(kind, " 0123456789")]++
		stored := byOwner[run.request.ExpiresOn.Unix()]
		if stored > 1 {
			t.Errorf("batch %d (%s) was stored %d times", i, describeRequest(run.request), stored)
		}
		var unknown *UnknownOutcomeError
		switch {
		case run.err == nil:
			id := text(run.got.Object.ID.Value)
			if taken[id] {
				t.Errorf("batch %d: %s is claimed twice", i, id)
			}
			taken[id] = true
			batch, ok := byID[id]
			if !ok || !batch.ExpiresOn.Equal(*run.request.ExpiresOn) {
				t.Errorf("batch %d (%s, %s) holds %s, which is another's: %+v", i, describeRequest(run.request), kind, id, batch)
			}
		case !errors.As(run.err, &unknown) && stored > 0:
			t.Errorf("batch %d (%s) was stored, and it is said that it was not: %v", i, describeRequest(run.request), run.err)
		}
	}
}

func describeRequest(request CreditBatchRequest) string {
	raw, _ := json.Marshal(request)
	return string(raw)
}
