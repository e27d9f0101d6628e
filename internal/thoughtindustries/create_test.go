package thoughtindustries

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// One fault of the first POST, and what comes of it: the kind of result, the
// POSTs that were sent and the accounts that exist.
func TestCreate_EveryFaultOfAPost(t *testing.T) {
	html := pointerTo("<html><head><title>502 Bad Gateway</title></head></html>")
	for _, test := range []struct {
		name            string
		fault           mockapi.Fault
		kind            string
		posts, accounts int
	}{
		{"no fault", mockapi.Fault{}, "created", 1, 1},
		{"response lost", mockapi.Fault{Cut: mockapi.CutConnection, Commit: true}, "found", 1, 1},
		{"cut before the commit", mockapi.Fault{Cut: mockapi.CutConnection}, "unknown", 1, 0},
		{"cut in the status line", mockapi.Fault{Cut: mockapi.CutHeaders, Commit: true}, "found", 1, 1},
		{"cut in the body", mockapi.Fault{Cut: mockapi.CutBody, Commit: true}, "found", 1, 1},
		{"committed 3 s after the cut", mockapi.Fault{Cut: mockapi.CutConnection, CommitDelay: 3 * time.Second}, "found", 1, 1},
		{"committed a minute after the cut", mockapi.Fault{Cut: mockapi.CutConnection, CommitDelay: time.Minute}, "unknown", 1, 0},
		{"500, committed", mockapi.Fault{Status: 500, Commit: true}, "found", 1, 1},
		{"500, not committed", mockapi.Fault{Status: 500}, "unknown", 1, 0},
		{"502 of a gateway", mockapi.Fault{Status: 502, Body: html, Commit: true}, "found", 1, 1},
		{"503", mockapi.Fault{Status: 503, Commit: true}, "found", 1, 1},
		{"503 with Retry-After", mockapi.Fault{Status: 503, Header: http.Header{"Retry-After": {"9"}}}, "unknown", 1, 0},
		{"503 with Retry-After, committed", mockapi.Fault{Status: 503, Commit: true, Header: http.Header{"Retry-After": {"9"}}}, "found", 1, 1},
		{"504", mockapi.Fault{Status: 504, Commit: true}, "found", 1, 1},
		{"429", mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"9"}}}, "created", 2, 1},
		{"429 three times", mockapi.Fault{Status: 429, Times: 3}, "created", 4, 1},
		{"200 without an id", mockapi.Fault{Commit: true, Body: pointerTo(`{"data":{"APICreateCreditAccount":{"name":"A"}}}`)}, "found", 1, 1},
		{"200 with the client's id", mockapi.Fault{Commit: true, Body: pointerTo(`{"data":{"client":{"id":"` + strings.ToUpper(acme) + `"}}}`)}, "found", 1, 1},
		{"200 with null for the account", mockapi.Fault{Commit: true, Body: pointerTo(`{"data":{"APICreateCreditAccount":null},"id":"trace-1"}`)}, "found", 1, 1},
		{"204", mockapi.Fault{Commit: true, Status: 204, Body: pointerTo("")}, "found", 1, 1},
		{"endless body", mockapi.Fault{Status: 200, Commit: true, Rewrite: mockapi.TooLong}, "found", 1, 1},
		{"response after request_timeout", mockapi.Fault{DelayAnswer: 2 * time.Minute}, "found", 1, 1},
		{"302", mockapi.Fault{Status: 302, Commit: true}, "found", 1, 1},
		{"303", mockapi.Fault{Status: 303, Commit: true}, "found", 1, 1},
		{"307", mockapi.Fault{Status: 307, Header: http.Header{"Location": {"http://api.test/other"}}}, "refused 307", 1, 0},
		{"301", mockapi.Fault{Status: 301, Header: http.Header{"Location": {"http://api.test/other"}}}, "refused 301", 1, 0},
		{"308", mockapi.Fault{Status: 308, Header: http.Header{"Location": {"http://api.test/other"}}}, "refused 308", 1, 0},
		{"408", mockapi.Fault{Status: 408}, "unknown", 1, 0},
		{"401", mockapi.Fault{Status: 401}, "refused 401", 1, 0},
		{"409", mockapi.Fault{Status: 409}, "refused 409", 1, 0},
		{"422", mockapi.Fault{Status: 422}, "refused 422", 1, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEveryForm(t, mockapi.Options{}, Config{}, func(w *world) {
				if test.fault.Times == 0 {
					test.fault.Times = 1
				}
				w.onPosts(test.fault)
				got := w.create("A", "5")
				got.want(t, test.kind)
				w.wantPosts(test.posts)
				w.wantAccounts(test.accounts)
				if got.err == nil && !strings.EqualFold(got.Object.ID, w.server.Accounts()[0].ID) {
					t.Errorf("got account %s, and the one that exists is %s", got.Object.ID, w.server.Accounts()[0].ID)
				}
				if w.server.Count("", "/other") > 0 {
					t.Error("a redirect was followed")
				}
			})
		})
	}
}

func TestCreate_TheTransportIsGivenNoWayToReplayAPost(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{UserAgent: "agent/1"}, func(w *world) {
		built, err := w.client.request(w.t.Context(), call{method: http.MethodPost, address: w.client.endpoint(nil, "clients"), body: []byte("{}")})
		if err != nil {
			t.Fatal(err)
		}
		if built.GetBody != nil {
			t.Error("the transport could rewind the body")
		}
		lookup, err := w.client.request(w.t.Context(), call{method: http.MethodGet, address: w.client.endpoint(nil, "clients")})
		if err != nil || lookup.Body == nil || lookup.Body == http.NoBody || lookup.GetBody != nil {
			t.Errorf("the transport could send a GET again without a permit: %v", err)
		}
		w.create("A", "5").want(t, "created")
		for _, sent := range w.server.Requests() {
			if sent.Method == http.MethodGet && (len(sent.Body) > 0 || sent.Header.Get("Transfer-Encoding") != "" || sent.Header.Get("Content-Length") != "") {
				t.Errorf("a GET was sent with a body: %v", sent.Header)
			}
			if sent.Method != http.MethodPost {
				continue
			}
			for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
				if _, there := sent.Header[name]; there {
					t.Errorf("%s was sent, which the transport takes as leave to replay", name)
				}
			}
			if got := sent.Header.Get("User-Agent"); got != "agent/1" {
				t.Errorf("the User-Agent is %q", got)
			}
		}
	})
}

func TestCreate_AResponseWithTheIDOfATrackedAccountIsNotClaimed(t *testing.T) {
	ofAnother := "11111111-2222-4333-8444-555555555555"
	response := mockapi.Fault{Body: pointerTo(`{"data":{"APICreateCreditAccount":{"id":"` + strings.ToUpper(ofAnother) + `"}}}`)}
	for _, test := range []struct {
		name   string
		config Config
		before func(w *world)
	}{
		{"by this run", Config{}, func(w *world) { w.client.ClaimCreditAccount(ofAnother) }},
		{"by the state", Config{Tracked: func(id string) bool { return id == ofAnother }}, func(*world) {}},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				test.before(w)
				w.onPosts(response)
				got := w.create("A", "5")
				got.want(t, "unknown")
				if unknown := as[*UnknownOutcomeError](t, got.err); len(unknown.Candidates) != 0 || !strings.Contains(unknown.Reason, "which another resource has") {
					t.Errorf("got candidates %v and reason %q", unknown.Candidates, unknown.Reason)
				}
			})
		})
	}
}

func TestCreate_ARequestThatNeverLeftIsTriedAFewTimes(t *testing.T) {
	for _, fault := range networkFaults {
		if fault.err == nil {
			continue // a dialer says why
		}
		t.Run(fault.name, func(t *testing.T) {
			dials := 0
			config := Config{OnExisting: IgnoreOnExisting, DialContext: failingDial(&dials, fault.err)}
			inBubble(t, mockapi.Options{}, config, func(w *world) {
				got := w.create("A", "5")
				got.want(t, "not created")
				want := 1
				if fault.passing {
					want = notSentTries
				}
				if dials != want {
					t.Errorf("it was tried %d times, want %d", dials, want)
				}
				if reason := as[*NotCreatedError](t, got.err).Reason; !strings.Contains(reason, fault.reason) {
					t.Errorf("the reason %q does not say %q", reason, fault.reason)
				}
			})
		})
	}
}

func TestCreate_AnInterruptEndsEveryWaitAtOnce(t *testing.T) {
	retryAfter := http.Header{"Retry-After": {"3600"}}
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *world)
		posts   int
	}{
		{"for a turn", Config{MaxConcurrentRequests: 1, OnExisting: IgnoreOnExisting}, func(w *world) {
			turn, err := w.client.pacer.Enqueue().Wait(w.t.Context())
			if err != nil {
				t.Fatal(err)
			}
			_ = turn // never given back
		}, 0},
		{"for the ceiling", Config{RequestsPerMinute: 1, OnExisting: IgnoreOnExisting}, func(w *world) {
			w.create("before", "5").want(t, "created")
			w.server.ResetRequests()
		}, 0},
		{"for an equal POST", Config{OnExisting: IgnoreOnExisting}, func(w *world) {
			unlock, err := w.client.creating.lock(w.t.Context(), createKey{operation: "account", client: acme, name: "A"})
			if err != nil {
				t.Fatal(err)
			}
			_ = unlock
		}, 0},
		{"for Retry-After of a 429", Config{}, func(w *world) { w.onPosts(mockapi.Fault{Status: 429, Header: retryAfter}) }, 1},
		{"for the listing", Config{}, func(w *world) { w.server.Inject(mockapi.Fault{Path: listPath, Delay: time.Hour}) }, 0},
		{"for the listing that has to wait", Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: listPath, Status: 429, Header: retryAfter})
		}, 0},
		{"for a name", Config{}, func(w *world) {
			w.server.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "5"})
			w.server.Inject(mockapi.Fault{Path: namePath, Delay: time.Hour})
		}, 0},
		{"for the next try", Config{OnExisting: IgnoreOnExisting, DialContext: failingDial(new(int), networkFaults[3].err)}, func(*world) {}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				test.prepare(w)
				accounts := len(w.server.Accounts())
				ctx, interrupt := context.WithCancel(w.t.Context())
				result := w.start(ctx, "A", "5")
				synctest.Wait()
				interrupted := time.Now()
				interrupt()
				got := <-result
				got.want(t, "not created")
				if refused := as[*NotCreatedError](t, got.err); !refused.Interrupted || refused.TimedOut || refused.Breaker {
					t.Errorf("got %+v, want one that was interrupted", refused)
				}
				if waited := time.Since(interrupted); waited != 0 {
					t.Errorf("it ended %v after the interrupt", waited)
				}
				w.wantPosts(test.posts)
				w.wantAccounts(accounts)
			})
		})
	}
}

// timeouts.create is for waiting.
func TestCreate_TheTimeAllowedIsForWaiting(t *testing.T) {
	t.Run("it ends a wait for Retry-After", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"600"}}})
			began := time.Now()
			got := w.createIn(w.t.Context(), request("A", "5"), time.Minute)
			got.want(t, "not created")
			if !as[*NotCreatedError](t, got.err).TimedOut || time.Since(began) != time.Minute {
				t.Errorf("got %+v after %v", got.err, time.Since(began))
			}
			w.wantPosts(1)
		})
	})
	t.Run("it ends a wait for a turn", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{RequestsPerMinute: 1, OnExisting: IgnoreOnExisting}, func(w *world) {
			w.create("before", "5").want(t, "created")
			got := w.createIn(w.t.Context(), request("A", "5"), 10*time.Second)
			got.want(t, "not created")
			if !as[*NotCreatedError](t, got.err).TimedOut {
				t.Errorf("got %+v, want that the time was over", got.err)
			}
			w.wantPosts(1)
		})
	})
	t.Run("it does not cut a POST that has begun", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{DelayAnswer: 50 * time.Second})
			w.createIn(w.t.Context(), request("A", "5"), time.Second).want(t, "created")
			w.wantPosts(1)
		})
	})
	t.Run("it does not cut the lookup", func(t *testing.T) {
		inBubble(t, mockapi.Options{ListingLag: 20 * time.Second}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{Status: 500, Commit: true})
			w.createIn(w.t.Context(), request("A", "5"), time.Second).want(t, "found")
			w.wantPosts(1)
		})
	})
}

func TestCreate_RequestTimeoutIsForOneRequest(t *testing.T) {
	t.Run("waiting is no part of it", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{RequestTimeout: 5 * time.Second}, func(w *world) {
			w.onPosts(mockapi.Fault{Times: 1, Status: 429, Header: http.Header{"Retry-After": {"300"}}})
			w.create("A", "5").want(t, "created")
		})
	})
	t.Run("it counts anew for each", func(t *testing.T) {
		inBubble(t, mockapi.Options{Latency: 4 * time.Second}, Config{RequestTimeout: 5 * time.Second}, func(w *world) {
			w.onPosts(mockapi.Fault{Times: 3, Status: 429})
			w.create("A", "5").want(t, "created")
			w.wantPosts(4)
		})
	})
	t.Run("it ends a POST, and the reason says so", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{RequestTimeout: 5 * time.Second}, func(w *world) {
			w.onPosts(mockapi.Fault{Delay: time.Minute})
			began := time.Now()
			got := w.create("A", "5")
			got.want(t, "unknown")
			if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Reason, "request_timeout was over (5s)") || unknown.At.Sub(began).Abs() > time.Second {
				t.Errorf("got reason %q at %v", unknown.Reason, unknown.At)
			}
			w.wantPosts(1)
		})
	})
	t.Run("it ends a response that stalls", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{
			RequestTimeout: 5 * time.Second, OnExisting: IgnoreOnExisting,
			DialContext: scriptedDial(new(int), "HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{\"data\":"),
		}, func(w *world) {
			got := w.create("A", "5")
			got.want(t, "unknown")
			if reason := as[*UnknownOutcomeError](t, got.err).Reason; !strings.Contains(reason, "request_timeout was over (5s)") {
				t.Errorf("got reason %q", reason)
			}
		})
	})
}

func TestCreate_AnInterruptLetsAPostThatHasBegunFinish(t *testing.T) {
	interrupt := func(t *testing.T, w *world) created {
		t.Helper()
		ctx, cancel := context.WithCancel(w.t.Context())
		result := w.start(ctx, "A", "5")
		time.Sleep(time.Second)
		cancel()
		return <-result
	}
	t.Run("and keeps what it made", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{DelayAnswer: 40 * time.Second})
			interrupt(t, w).want(t, "created")
			w.wantPosts(1)
		})
	})
	t.Run("and looks once where the outcome is unknown", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{DelayAnswer: 2 * time.Second, Status: 500, Commit: true})
			interrupt(t, w).want(t, "found")
			w.wantPosts(1)
			w.wantCount("", listPath, 2) // before the POST and after
		})
	})
	t.Run("once means once", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{DelayAnswer: 2 * time.Second, Cut: mockapi.CutConnection})
			began := time.Now()
			got := interrupt(t, w)
			got.want(t, "unknown")
			if reason := as[*UnknownOutcomeError](t, got.err).Reason; strings.Contains(reason, "interrupted") {
				t.Errorf("the reason is %q, and the interrupt did not cut it", reason)
			}
			if took := time.Since(began); took != 2*time.Second {
				t.Errorf("it took %v, and the POST 2 s of it", took)
			}
			w.wantCount("", listPath, 2)
		})
	})
	t.Run("nor does it wait for ever for that lookup", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{RequestTimeout: time.Hour}, func(w *world) {
			w.onPosts(mockapi.Fault{DelayAnswer: 2 * time.Second, Status: 500})
			w.server.Inject(mockapi.Fault{Path: listPath, Skip: 1, Delay: time.Hour})
			began := time.Now()
			interrupt(t, w).want(t, "unknown")
			if took := time.Since(began); took != 2*time.Second+defaultLookupTimeout {
				t.Errorf("it took %v", took)
			}
		})
	})
	t.Run("and ends the lookup that has begun", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{Status: 500})
			ctx, cancel := context.WithCancel(w.t.Context())
			result := w.start(ctx, "A", "5")
			time.Sleep(10 * time.Second)
			interrupted := time.Now()
			cancel()
			(<-result).want(t, "unknown")
			if took := time.Since(interrupted); took != 0 {
				t.Errorf("it went on looking for %v", took)
			}
		})
	})
}

func TestCreate_ARefusedRequestIsNotTheBeginningOfTheLook(t *testing.T) {
	// While a 429 was waited for, somebody else made an equal account.
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.onPosts(mockapi.Fault{Times: 1, Status: 429, Header: http.Header{"Retry-After": {"60"}}})
		w.onPosts(mockapi.Fault{Times: 1, Status: 500})
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(30 * time.Second)
		w.server.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "5"})
		(<-result).want(t, "unknown")
		w.wantPosts(2)
	})
}

// Between a lookup and the taking of what it found, a take-over may come.
func TestCreate_WhatALookupFindsMustStillBeFree(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.onPosts(mockapi.Fault{Status: 500})
		const found = "7f1c1a52-0c55-4b0e-9a0f-000000000001"
		claim := func(account CreditAccount) bool { return w.client.ClaimCreditAccount(account.ID) }
		_, err := create(w.t.Context(), w.client, createSpec[CreditAccount]{
			key:     createKey{name: "A"},
			address: w.client.endpoint(nil, "clients", acme, "creditAccounts"),
			body:    []byte(`{}`),
			read:    decodeCreditAccount,
			before:  func(context.Context) (existing[CreditAccount], error) { return existing[CreditAccount]{}, nil },
			after: func(context.Context, time.Time) ([]CreditAccount, error) {
				account := CreditAccount{ID: found}
				if !claim(account) {
					t.Error("it was taken before")
				}
				return []CreditAccount{account}, nil
			},
			id:            func(account CreditAccount) string { return account.ID },
			existedBefore: func(string, time.Time) bool { return false },
			claim:         claim,
		}, plenty)
		if unknown := as[*UnknownOutcomeError](t, err); !slices.Equal(unknown.Candidates, []string{found}) {
			t.Errorf("got candidates %v", unknown.Candidates)
		}
		w.wantPosts(1)
	})
}
