package thoughtindustries

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestBreaker_StopsAfterThreeUnknownInARow(t *testing.T) {
	const x, u, ok, no = "unknown", "found", "created", "not created"
	for _, test := range []struct {
		name  string
		kinds []string // what each creation, one after the other, comes to
		posts int
	}{
		{"three", []string{x, x, x, no, no}, 3},
		{"found by a lookup counts too", []string{x, u, x, no}, 3},
		{"all found by lookups", []string{u, u, u, no}, 3},
		{"a creation resets it", []string{x, x, ok, x, x, ok}, 6},
		{"a 429 neither counts nor resets", []string{x, x, "429 first", no}, 4},
		{"a refusal neither counts nor resets", []string{x, x, "refused 422", x, no}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{LookupTimeout: time.Millisecond}, func(w *world) {
				for i, kind := range test.kinds {
					fault := mockapi.Fault{Match: named(fmt.Sprint(i))}
					switch kind {
					case x:
						fault.Status = 500
					case u:
						fault.Status, fault.Commit = 500, true
					case "429 first":
						w.onPosts(mockapi.Fault{Match: fault.Match, Times: 1, Status: 429})
						fault.Status = 500
					case "refused 422":
						fault.Status = 422
					}
					w.onPosts(fault)
				}
				for i, kind := range test.kinds {
					got := w.create(fmt.Sprint(i), "5")
					got.want(t, strings.Replace(kind, "429 first", x, 1))
					if kind == no && !as[*NotCreatedError](t, got.err).Breaker {
						t.Errorf("creation %d failed for another reason: %v", i, got.err)
					}
				}
				w.wantPosts(test.posts)
			})
		})
	}
}

func TestBreaker_CountsWhenThePostEnds(t *testing.T) {
	// All look for 30 s; the breaker must not wait for that.
	inBubble(t, mockapi.Options{}, Config{MaxConcurrentRequests: 2}, func(w *world) {
		w.onPosts(mockapi.Fault{Status: 500})
		var results []<-chan created
		for i := range 50 {
			results = append(results, w.start(w.t.Context(), fmt.Sprint(i), "5"))
		}
		kinds := map[string]int{}
		for _, result := range results {
			kinds[(<-result).kind()]++
		}
		if sent := w.server.Count(http.MethodPost, postPath); sent < breakerLimit || sent > breakerLimit+1 || kinds["unknown"] != sent || kinds["not created"] != 50-sent {
			t.Errorf("%d POSTs were sent: %v", sent, kinds)
		}
	})
}

// Reading a response takes its time, and the turn must not go on before it is known
// what the response means.
func TestBreaker_CountsBeforeTheNextPostBegins(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{MaxConcurrentRequests: 1}, func(w *world) {
		decided := false
		spec := createSpec[CreditAccount]{
			address: w.client.endpoint(nil, "clients", acme, "creditAccounts"), body: []byte("{}"),
			read: func([]byte) (CreditAccount, bool) {
				time.Sleep(time.Second)
				decided = true
				return CreditAccount{}, false
			},
		}
		w.client.breaker.row = breakerLimit - 1
		w.onPosts(mockapi.Fault{Status: 200, Body: pointerTo("{}")})
		done := make(chan Verdict)
		go func() {
			synctest.Wait()
			_, attempt, verdict := post(w.t.Context(), w.client, spec)
			if !decided || !errors.Is(attempt.Err, errBreaker) {
				t.Errorf("the second one ended with %v, decided: %v", attempt.Err, decided)
			}
			done <- verdict
		}()
		if _, _, verdict := post(w.t.Context(), w.client, spec); verdict.Outcome != Unknown {
			t.Errorf("the first one is %v", verdict.Outcome)
		}
		if got := <-done; got.Outcome != NotSent {
			t.Errorf("the second one is %v", got.Outcome)
		}
		w.wantPosts(1)
	})
}

func TestBreaker_StaysOpenForTheLifeOfTheProcess(t *testing.T) {
	var b breaker
	for range breakerLimit {
		if err := b.allowed(); err != nil {
			t.Fatal(err)
		}
		b.record(Unknown)
	}
	for _, outcome := range []Outcome{Refused, NotSent, WaitAndRetry, Created, Unknown} {
		b.record(outcome)
		if b.allowed() == nil {
			t.Errorf("it lets POSTs through again after one that was %s", outcome)
		}
	}
}
