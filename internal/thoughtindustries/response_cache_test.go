package thoughtindustries

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	lookupClient  = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	lookupBatches = "/clients/{id}/creditBatches"
)

// lookups is a fake API with one client, and what talks to it.
type lookups struct {
	*Client
	t   *testing.T
	api *mockapi.Server
}

func newLookups(t *testing.T, options mockapi.Options) *lookups {
	t.Helper()
	api := mockapi.New(options)
	api.AddClient(mockapi.Client{ID: lookupClient, Name: "Acme Corporation", Slug: "acme"})
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		api.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return &lookups{Client: newLookupClient(t, server.URL), t: t, api: api}
}

func newLookupClient(t *testing.T, address string) *Client {
	t.Helper()
	base, err := ParseBaseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client, err := New(Config{BaseURL: base, APIKey: "ti_test_0123456789abcdef", LookupTimeout: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func (l *lookups) addBatch(accountID string) mockapi.CreditBatch {
	return l.api.AddBatch(mockapi.CreditBatch{ClientID: lookupClient, CreditAccountID: accountID, StartingBalance: "5"})
}

// batches wants this many batches of an account, or of the client.
func (l *lookups) batches(accountID string, want int) {
	l.t.Helper()
	found, err := l.CreditBatches(l.t.Context(), lookupClient, accountID)
	if err != nil {
		l.t.Fatal(err)
	}
	if len(found) != want {
		l.t.Errorf("%d batches of %q, want %d", len(found), accountID, want)
	}
}

func (l *lookups) listings(want int) {
	l.t.Helper()
	if got := l.api.Count(http.MethodGet, lookupBatches); got != want {
		l.t.Errorf("%d listings of batches were asked for, want %d", got, want)
	}
}

func (l *lookups) create(name string) (Creation[CreditAccount], error) {
	l.t.Helper()
	return l.CreateCreditAccount(l.t.Context(), CreditAccountRequest{ClientID: lookupClient, Name: name, StartingBalance: big.NewFloat(100)}, time.Minute)
}

func accountNumber(i int) string { return fmt.Sprintf("7f1c1a52-0c55-4b0e-9a0f-%012d", i) }

func TestMemory_500AccountsOfOneClientCostOneListing(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{PerPage: 100})
	for i := range 500 {
		l.addBatch(accountNumber(i))
	}
	var all sync.WaitGroup
	for i := range 500 {
		all.Go(func() {
			found, err := l.CreditBatches(t.Context(), lookupClient, accountNumber(i))
			if err != nil || len(found) != 1 {
				t.Errorf("account %d: %d batches, %v", i, len(found), err)
			}
		})
	}
	all.Wait()
	l.batches("", 500)
	l.listings(6) // its pages, and a cursor that this fake does not take
}

func TestMemory_IdsAreTheSameInUpperCase(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.addBatch("ABCDEF12-0c55-4b0e-9a0f-3f1d6a0b1c01")
	l.batches("abcdef12-0c55-4b0e-9a0f-3f1d6a0b1c01", 1)
	l.batches("ABCDEF12-0C55-4B0E-9A0F-3F1D6A0B1C01", 1)
	l.listings(1)
}

func TestMemory_AnAccountThatTheListingLacksIsAskedForByItself(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.addBatch(accountNumber(1))
	l.api.Inject(mockapi.Fault{
		Method: http.MethodGet, Path: lookupBatches, Times: 1,
		Body: pointerTo(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[],"pageInfo":{"hasMore":false}}}}`),
	})
	l.batches(accountNumber(1), 1)
	l.batches(accountNumber(2), 0)
	l.listings(3)
}

func pointerTo[T any](value T) *T { return &value }

func TestMemory_ACreationMakesTheClientBeReadAgain(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	other := l.api.AddClient(mockapi.Client{Name: "Globex"})
	l.batches("", 0)
	l.batches("", 0)
	if _, err := l.CreditBatches(t.Context(), other.ID, ""); err != nil {
		t.Fatal(err)
	}
	l.listings(2)
	if _, err := l.create("Training"); err != nil {
		t.Fatal(err)
	}
	l.api.ResetRequests()
	l.batches("", 1)
	if _, err := l.CreditBatches(t.Context(), other.ID, ""); err != nil {
		t.Fatal(err)
	}
	l.listings(1)
}

func TestMemory_AFailedCreationMakesTheClientBeReadAgainToo(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.batches("", 0)
	l.api.Inject(mockapi.Fault{Method: http.MethodPost, Status: 500})
	if _, err := l.create("Training"); err == nil {
		t.Fatal("created")
	}
	l.addBatch(accountNumber(1)) // as a server may do late
	l.batches("", 1)
}

func TestMemory_WhatWasAskedBeforeAChangeIsNotGivenToWhoAsksAfterIt(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	hold := make(chan struct{})
	l.api.Inject(mockapi.Fault{Method: http.MethodGet, Times: 1, Hold: hold})
	before := make(chan int)
	go func() {
		found, err := l.CreditBatches(t.Context(), lookupClient, "")
		if err != nil {
			t.Error(err)
		}
		before <- len(found)
	}()
	for l.api.Count(http.MethodGet, lookupBatches) == 0 {
		time.Sleep(time.Millisecond)
	}
	l.addBatch(accountNumber(1))
	l.invalidate(lookupClient)
	l.batches("", 1) // while the first is still under way
	close(hold)
	if got := <-before; got != 0 {
		t.Errorf("who asked before the change was given %d batches", got)
	}
	l.batches("", 1)
	l.listings(2)
}

func TestMemory_ErrorsAreNotRemembered(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.api.Inject(mockapi.Fault{Method: http.MethodGet, Times: 1, Status: 403})
	var refused *APIError
	if _, err := l.CreditBatches(t.Context(), lookupClient, ""); !errors.As(err, &refused) || refused.Status != 403 {
		t.Errorf("error %v", err)
	}
	l.batches("", 0)
	l.listings(2)
}

func TestMemory_AnInterruptOfOneDoesNotEndItForTheOthers(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.addBatch(accountNumber(1))
	hold := make(chan struct{})
	l.api.Inject(mockapi.Fault{Method: http.MethodGet, Times: 1, Hold: hold})
	interrupted, interrupt := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	ask := func(ctx context.Context, result chan<- error) {
		found, err := l.CreditBatches(ctx, lookupClient, "")
		if err == nil && len(found) != 1 {
			err = fmt.Errorf("%d batches", len(found))
		}
		result <- err
	}
	go ask(interrupted, first)
	for l.api.Count(http.MethodGet, lookupBatches) == 0 {
		time.Sleep(time.Millisecond)
	}
	go ask(t.Context(), second)
	interrupt()
	if err := <-first; err == nil || err.Error() != errInterrupted.Error() {
		t.Errorf("the one that was interrupted got %v", err)
	}
	close(hold)
	if err := <-second; err != nil {
		t.Errorf("the other one got: %v", err)
	}
	l.listings(1)
}

// The two looks that keep one account one account ask the server, whatever
// somebody looked up a moment ago.
func TestMemory_IsNotUsedByTheLooksOfACreation(t *testing.T) {
	t.Parallel()
	t.Run("after an unknown outcome", func(t *testing.T) {
		t.Parallel()
		l := newLookups(t, mockapi.Options{})
		l.batches("", 0)
		l.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Cut: mockapi.CutConnection})
		created, err := l.create("Training")
		if err != nil || !created.AfterUnknown || created.Object.ID != l.api.Accounts()[0].ID {
			t.Errorf("%+v, %v", created, err)
		}
	})
	t.Run("before it", func(t *testing.T) {
		t.Parallel()
		l := newLookups(t, mockapi.Options{})
		l.batches("", 0)
		l.api.AddAccount(mockapi.CreditAccount{ClientID: lookupClient, Name: "Training", StartingBalance: "100"})
		var exists *ExistsError
		if _, err := l.create("Training"); !errors.As(err, &exists) {
			t.Errorf("error %v", err)
		}
		if posts := l.api.Count(http.MethodPost, ""); posts != 0 {
			t.Errorf("%d POSTs", posts)
		}
	})
}

func TestListing_OfAServerThatNeverEndsIsAnError(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		id    func(page string) string
		error string
	}{
		"with ever new elements": {func(page string) string { return page }, "did not end after 1000 pages"},
		"with the same page":     {func(string) string { return "1" }, "page 2 repeats"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = fmt.Fprintf(w, `{"data":{"x":{"creditBatches":[{"id":%q}],"pageInfo":{"hasMore":true}}}}`, test.id(r.URL.Query().Get("page")))
			}))
			t.Cleanup(server.Close)
			_, err := newLookupClient(t, server.URL).CreditBatches(t.Context(), lookupClient, "")
			if err == nil || !strings.Contains(err.Error(), test.error) {
				t.Errorf("error %v, want %v", err, test.error)
			}
		})
	}
}

func TestListing_WhatMovedToTheNextPageCountsOnce(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{PerPage: 2})
	for i := range 4 {
		l.addBatch(accountNumber(i))
	}
	l.api.Inject(mockapi.Fault{Method: http.MethodGet, Skip: 2, Times: 1, Rewrite: mockapi.WholeBody(func(response map[string]any) {
		listing := response["data"].(map[string]any)["APICreditBatchesByClientAndCreditAccount"].(map[string]any)
		listing["creditBatches"] = append([]any{map[string]any{"id": l.api.Batches()[1].ID}}, listing["creditBatches"].([]any)...)
	})})
	l.batches("", 4)
}

func TestListing_OfClientsWithMuchToTellIsRead(t *testing.T) {
	t.Parallel()
	l := newLookups(t, mockapi.Options{})
	l.api.Inject(mockapi.Fault{Method: http.MethodGet, Path: "/clients", Rewrite: mockapi.WholeBody(func(response map[string]any) {
		client := response["data"].(map[string]any)["Clients"].(map[string]any)["clients"].([]any)[0].(map[string]any)
		client["courses"] = []any{strings.Repeat("x", 10<<20)}
	})})
	clients, err := l.Clients(t.Context(), "", "")
	if err != nil || len(clients) != 1 || *clients[0].ID.Value != lookupClient {
		t.Errorf("%d clients, %v", len(clients), err)
	}
}
