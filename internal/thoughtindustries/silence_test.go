package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// What a server does not say proves nothing. Each test here has a server that
// stored the object and keeps silent about it in another way.

// stored503 is a POST that is stored and responded to with 503 with Retry-After.
func stored503(retryAfter string) mockapi.Fault {
	return mockapi.Fault{Status: 503, Commit: true, Header: http.Header{"Retry-After": {retryAfter}}}
}

func TestSilence_A503IsNeverSentAgain(t *testing.T) {
	for _, retryAfter := range []string{"0", "-1", "1", "Mon, 02 Jan 1995 15:04:05 GMT", "99999999"} {
		for name, test := range map[string]struct {
			balance string
			options mockapi.Options
			prepare func(w *world)
			want    string
		}{
			"listings are refused": {"5", mockapi.Options{}, func(w *world) {
				w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Status: 403})
			}, "unknown"},
			"every listing after it fails": {"5", mockapi.Options{}, func(w *world) {
				w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Skip: 1, Status: 500})
			}, "unknown"},
			"the first listing after it fails": {"5", mockapi.Options{}, func(w *world) {
				w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Skip: 1, Times: 1, Status: 500})
			}, "found"},
			"its name cannot be read":           {"5", mockapi.Options{}, func(w *world) { w.server.Inject(mockapi.Fault{Path: namePath, Status: 500}) }, "unknown"},
			"a balance of 0 leaves no batch":    {"0", mockapi.Options{}, func(*world) {}, "unknown"},
			"the listing lags":                  {"5", mockapi.Options{ListingLag: 6 * time.Second}, func(*world) {}, "found"},
			"the listing lags for an hour":      {"5", mockapi.Options{ListingLag: time.Hour}, func(*world) {}, "unknown"},
			"it is found at once":               {"5", mockapi.Options{}, func(*world) {}, "found"},
			"another name cannot be read first": {"5", mockapi.Options{}, func(w *world) { w.server.Inject(mockapi.Fault{Path: namePath, Times: 2, Status: 500}) }, "found"},
		} {
			t.Run(retryAfter+" "+name, func(t *testing.T) {
				inBubble(t, test.options, Config{}, func(w *world) {
					test.prepare(w)
					w.onPosts(stored503(retryAfter))
					want := test.want
					if retryAfter == "99999999" {
						want = "unknown" // the lookup is put off for as long
					}
					w.createIn(w.t.Context(), request("A", test.balance), 20*time.Second).want(t, want)
					w.wantPosts(1)
					w.wantAccounts(1)
				})
			})
		}
	}
}

func TestSilence_WhatIsStoredAfterThe503IsFoundOrUnknown(t *testing.T) {
	for after, want := range map[time.Duration]string{time.Second: "found", 20 * time.Second: "found", 100 * time.Second: "unknown"} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{Times: 1, Status: 503, CommitDelay: after, Header: http.Header{"Retry-After": {"1"}}})
			w.create("A", "5").want(t, want)
			w.wantPosts(1)
		})
	}
}

// Once a POST was sent, a Create never ends as if nothing had happened.
func TestSilence_AnInterruptOrTheTimeAllowedDoesNotMakeItNotCreated(t *testing.T) {
	for name, end := range map[string]func(context.Context) (context.Context, context.CancelFunc, time.Duration){
		"interrupt": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(5*time.Second, cancel)
			return ctx, cancel, plenty
		},
		"timeouts.create": func(ctx context.Context) (context.Context, context.CancelFunc, time.Duration) {
			return ctx, func() {}, 5 * time.Second
		},
	} {
		for _, lag := range []time.Duration{0, time.Hour} {
			t.Run(fmt.Sprint(name, " lag ", lag), func(t *testing.T) {
				inBubble(t, mockapi.Options{ListingLag: lag}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
					w.onPosts(stored503("30"))
					ctx, cancel, allowed := end(w.t.Context())
					defer cancel()
					got := w.createIn(ctx, request("A", "5"), allowed)
					if kind := got.kind(); kind != "unknown" && kind != "found" {
						t.Errorf("it ended as %q (%v)", kind, got.err)
					}
					w.wantPosts(1)
				})
			})
		}
	}
}

func TestSilence_ALookupLooksForHalfAMinuteBesidesWhatItHasToWait(t *testing.T) {
	inBubble(t, mockapi.Options{ListingLag: 110 * time.Second}, Config{}, func(w *world) {
		w.onPosts(mockapi.Fault{Times: 1, Status: 500, Commit: true})
		// The API puts the lookup off for longer than it would look.
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Skip: 2, Times: 1, Status: 429, Header: http.Header{"Retry-After": {"90"}}})
		w.create("A", "5").want(t, "found")
		w.wantPosts(1)
	})
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.onPosts(mockapi.Fault{Times: 1, Status: 500})
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Skip: 1, Status: 429, Header: http.Header{"Retry-After": {"600"}}})
		began := time.Now()
		got := w.create("A", "5")
		got.want(t, "unknown")
		if took := time.Since(began); took > lookupDeadline+time.Second {
			t.Errorf("it was put off for %v", took)
		}
		if reason := as[*UnknownOutcomeError](t, got.err).Lookup; !strings.Contains(reason, "made it wait") {
			t.Errorf("the reason is %q", reason)
		}
	})
	if lookupDeadline < time.Hour || lookupDeadline > 2*time.Hour {
		t.Errorf("a lookup may last %v: a rate window lasts an hour", lookupDeadline)
	}
}

// A response with the id of an object that existed before says nothing of the
// one that was to be created.
func TestSilence_AnIDThatExistedBeforeIsNotTheNewOne(t *testing.T) {
	for _, commit := range []bool{true, false} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			old := w.account("B", "6")
			body := pointerTo(`{"data":{"APICreateCreditAccount":{"id":"` + strings.ToUpper(old.ID) + `"}}}`)
			w.onPosts(mockapi.Fault{Times: 1, Commit: commit, Body: body})
			got := w.create("A", "5")
			if !commit {
				if reason := as[*UnknownOutcomeError](t, got.err).Reason; !strings.Contains(reason, "which existed before") {
					t.Errorf("the reason is %q", reason)
				}
				return
			}
			got.want(t, "found")
			if got.Object.ID == old.ID {
				t.Error("the old one was taken")
			}
		})
	}
}

func TestSilence_ABatchIsClaimedAsAnAccountIs(t *testing.T) {
	const id = "aaaaaaaa-2222-4333-8444-bbbbbbbbbbbb"
	response := mockapi.Fault{Method: http.MethodPost, Path: listPath, Body: pointerTo(`{"data":{"CreateCreditBatch":{"id":"` + strings.ToUpper(id) + `"}}}`)}
	for name, test := range map[string]struct {
		config Config
		before func(w *world)
	}{
		"tracked by the state": {Config{Tracked: func(tracked string) bool { return tracked == id }}, func(*world) {}},
		"claimed by this run":  {Config{}, func(w *world) { w.client.claims.claim(id) }},
		"listed before": {Config{}, func(w *world) {
			w.server.AddBatch(mockapi.CreditBatch{ID: id, ClientID: acme, StartingBalance: "9"})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				test.before(w)
				w.server.Inject(response)
				_, err := w.createBatch(batchRequest("5"))
				_ = as[*UnknownOutcomeError](t, err)
				w.wantCount(http.MethodPost, listPath, 1)
			})
		})
	}
}

// Without a listing read before, the server's time must be known to tell what is new.
func TestSilence_AWrongOrMissingDateAdoptsNobodysAccount(t *testing.T) {
	noDate := http.Header{"Date": nil}
	dateOff := func(by time.Duration) http.Header {
		return http.Header{"Date": {time.Now().Add(by).UTC().Format(http.TimeFormat)}}
	}
	for name, test := range map[string]struct {
		now    time.Duration // of the clock that dates objects
		header func() http.Header
		lost   bool // the POST was stored
		want   string
	}{
		"no Date, the server an hour ahead":              {time.Hour, func() http.Header { return noDate }, false, "unknown"},
		"no Date, stored":                                {0, func() http.Header { return noDate }, true, "unknown"},
		"a gateway two hours behind":                     {0, func() http.Header { return dateOff(-2 * time.Hour) }, false, "unknown"},
		"a gateway two hours ahead":                      {0, func() http.Header { return dateOff(2 * time.Hour) }, false, "unknown"},
		"a gateway two hours behind, stored":             {0, func() http.Header { return dateOff(-2 * time.Hour) }, true, "unknown"},
		"the server's own time, an hour ahead, stored":   {time.Hour, func() http.Header { return dateOff(time.Hour) }, true, "found"},
		"the server's own time, an hour ahead, not made": {time.Hour, func() http.Header { return dateOff(time.Hour) }, false, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{Now: shifted(test.now)}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
				w.accountMade("A", "5", time.Now().Add(test.now-30*time.Minute)) // somebody's
				header := test.header()
				w.onPosts(mockapi.Fault{Times: 1, Status: 500, Commit: test.lost, Header: header})
				w.server.Inject(mockapi.Fault{Method: http.MethodGet, Header: header})
				w.create("A", "5").want(t, test.want)
				w.wantPosts(1)
			})
		})
	}
}

func TestSilence_AJumpingDateIsNotBelieved(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.create("B", "5").want(t, "created")
		w.onPosts(mockapi.Fault{Times: 1, Status: 500, Commit: true, Header: http.Header{"Date": {time.Now().Add(time.Minute).UTC().Format(http.TimeFormat)}}})
		got := w.create("A", "5")
		got.want(t, "unknown")
		if unknown := as[*UnknownOutcomeError](t, got.err); unknown.ServerTime || !strings.Contains(unknown.Lookup, "no two responses agree on the server's time") {
			t.Errorf("it says %+v", unknown)
		}
	})
}

// One Date alone proves nothing: the next one may be of another clock.
func TestSilence_ADateThatTheNextResponseDeniesAdoptsNobodysObject(t *testing.T) {
	first := func() mockapi.Fault { // of the listing, as if it were half an hour earlier
		return mockapi.Fault{Method: http.MethodGet, Times: 1, Header: http.Header{"Date": {time.Now().Add(-30 * time.Minute).UTC().Format(http.TimeFormat)}}}
	}
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.accountMade("A", "5", time.Now().Add(-30*time.Minute)) // somebody's
		w.onPosts(mockapi.Fault{Times: 1, Status: 500, Header: http.Header{"Date": nil}})
		w.server.Inject(first())
		got := w.create("A", "5")
		got.want(t, "unknown")
		if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, "no two responses agree") {
			t.Errorf("it says %+v", unknown)
		}
	})
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		name := "Spring"
		w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, Name: name, StartingBalance: "5", CreatedAt: time.Now().Add(-30 * time.Minute)}) // somebody's
		w.server.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 500, Header: http.Header{"Date": nil}})
		w.server.Inject(first())
		_, err := w.client.CreateCreditBatch(w.t.Context(), CreditBatchRequest{ClientID: acme, Name: &name, StartingBalance: number(t, "5")}, plenty)
		_ = as[*UnknownOutcomeError](t, err)
	})
}

// A slow response leaves open what the time is by its own length. What the
// names' responses narrow it to counts.
func TestSilence_WhatIsNewIsSettledByTheLastDate(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.accountMade("A", "5", time.Now().Add(-20*time.Second)) // somebody's
		w.onPosts(mockapi.Fault{Times: 1, Status: 500, Header: http.Header{"Date": nil}})
		w.server.Inject(mockapi.Fault{
			Method: http.MethodGet, Path: listPath, Times: 1, Delay: 30 * time.Second,
			Header: http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}},
		})
		w.create("A", "5").want(t, "unknown")
	})
}

func TestSilence_TheListingBeforeIsComparedWhateverTheCase(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.account("B", "6")
		w.account("A", "5")
		upper := mockapi.Fault{Method: http.MethodGet, Path: listPath, Skip: 1, Rewrite: mockapi.EachObject(func(batch map[string]any) {
			batch["creditAccountId"] = strings.ToUpper(batch["creditAccountId"].(string))
		})}
		w.server.Inject(upper)
		r := request("A", "5")
		r.Alongside = []string{w.server.Accounts()[1].ID}
		w.onPosts(mockapi.Fault{Times: 1, Status: 500})
		w.createIn(w.t.Context(), r, plenty).want(t, "unknown")
	})
}

func TestSilence_WhatTheServerWroteIsSaid(t *testing.T) {
	for _, fault := range []mockapi.Fault{
		{Body: pointerTo(`{"errors":[{"message":"pool drained"}],"data":{"APICreateCreditAccount":null}}`)},
		{Status: 503, Body: pointerTo(`{"error":"maintenance","message":"pool drained"}`)},
		{Status: 408, Body: pointerTo(`{"message":"pool drained"}`)},
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(fault)
			got := w.create("A", "5")
			if reason := as[*UnknownOutcomeError](t, got.err).Reason; !strings.Contains(reason, "the API wrote: pool drained") {
				t.Errorf("the reason is %q", reason)
			}
			if !strings.Contains(w.log.text(), "pool drained") {
				t.Error("it is not in the log")
			}
		})
	}
}

func TestCheck_ReadsWhoseAnAccountIsFromItsActions(t *testing.T) {
	for form, client := range map[string]string{"an id": `"` + globex + `"`, "an object": `{"id": "` + strings.ToUpper(globex) + `", "name": "Globex"}`} {
		t.Run(form, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
				w.server.Inject(mockapi.Fault{Path: namePath, Body: pointerTo(
					`{"data":{"APICreditActionsByClientIdAndAccountIdAndActionType":{"creditActions":[{"client":` + client + `,"creditAccountName":"A"}]}}}`)})
				check, err := w.client.CheckCreditAccount(w.t.Context(), acme, someID)
				if err != nil || !strings.EqualFold(check.OtherClient, globex) {
					t.Errorf("got %+v, %v", check, err)
				}
			})
		})
	}
}

func TestCheck_SaysWhatTheAPIReturnsOfAnAccount(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.account("A", "5")
		check, err := w.client.CheckCreditAccount(w.t.Context(), acme, strings.ToUpper(made.ID))
		if err != nil || check.OtherClient != "" || check.Listed == nil || check.Listed.Name != "A" || !sameBalance(check.Listed.StartingBalance, number(t, "5")) {
			t.Errorf("got %+v, %v", check, err)
		}
		if check, err = w.client.CheckCreditAccount(w.t.Context(), acme, someID); err != nil || check.Listed != nil {
			t.Errorf("an account that is not there: %+v, %v", check, err)
		}
		w.wantCount(http.MethodGet, listPath, 1)
	})
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		other := w.server.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "A", StartingBalance: "5"})
		if _, err := w.client.CreditAccounts(w.t.Context(), globex); err != nil {
			t.Fatal(err)
		}
		check, err := w.client.CheckCreditAccount(w.t.Context(), acme, other.ID)
		if err != nil || !strings.EqualFold(check.OtherClient, globex) || check.Listed != nil {
			t.Errorf("another client's: %+v, %v", check, err)
		}
	})
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.account("A", "5")
		w.server.Inject(mockapi.Fault{Path: listPath, Status: 403})
		_, err := w.client.CheckCreditAccount(w.t.Context(), acme, made.ID)
		_ = as[*LookupRefusedError](t, err)
	})
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.account("A", "5")
		w.server.Inject(mockapi.Fault{Path: namePath, Status: 500})
		_, err := w.client.CheckCreditAccount(w.t.Context(), acme, made.ID)
		_ = as[*LookupFailedError](t, err)
	})
}

// A listing that took longer than anybody waits is asked for again.
func TestShared_KeepsNothingThatTookTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var questions shared[int]
		asked := 0
		ask := func(took time.Duration) func(context.Context) (int, bool, error) {
			return func(context.Context) (int, bool, error) {
				asked++
				time.Sleep(took)
				return asked, true, nil
			}
		}
		for i, took := range []time.Duration{sharedTimeout + time.Second, time.Second, time.Second} {
			got, err := questions.get(t.Context(), "q", ask(took))
			if want := min(i+1, 2); err != nil || got != want {
				t.Errorf("call %d: got %d, %v; want %d", i, got, err, want)
			}
		}
	})
}

// Date says when a response began, however long its body takes.
func TestServerClock_LearnsBeforeTheBodyIsRead(t *testing.T) {
	stalls := "HTTP/1.1 201 Created\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 500\r\n\r\n{"
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting, LookupTimeout: time.Millisecond, DialContext: scriptedDial(new(int), stalls)}, func(w *world) {
		c := w.client
		attempt := c.exchange(w.t.Context(), call{method: http.MethodPost, address: c.endpoint(nil, "clients"), body: []byte("{}")})
		earliest, latest, known := c.clock.between(attempt.Began, attempt.Began, 1)
		if attempt.BodyErr == nil || !known || latest.Sub(earliest) > time.Second {
			t.Errorf("the server's clock showed %v to %v, known: %v", earliest, latest, known)
		}
	})
}

func TestUpdateCreditBatch_MakesTheListingBeReadAgain(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, Name: "old", StartingBalance: "5"})
		name := "new"
		for _, want := range []string{"old", "new"} {
			batches, err := w.client.CreditBatches(w.t.Context(), acme, "")
			if err != nil || len(batches) != 1 || show(batches[0].Name) != want {
				t.Errorf("got %+v, %v; want %s", batches, err, want)
			}
			if _, err := w.client.UpdateCreditBatch(w.t.Context(), acme, made.ID, CreditBatchChange{Name: &name}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Equal batches go one after the other, whatever the case of their ids.
func TestBatch_EqualOnesGoOneAfterTheOtherWhateverTheCase(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		account := w.account("A", "5").ID
		w.server.Inject(mockapi.Fault{Method: http.MethodPost, Delay: 10 * time.Second})
		var group sync.WaitGroup
		for _, change := range []func(string) string{strings.ToLower, strings.ToUpper} {
			group.Go(func() {
				r := batchRequest("5")
				id := change(account)
				r.ClientID, r.CreditAccountID = change(r.ClientID), &id
				if _, err := w.createBatch(r); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(5 * time.Second)
		w.wantCount(http.MethodPost, listPath, 1)
		group.Wait()
		w.wantCount(http.MethodPost, listPath, 2)
	})
}

func TestFind_TriesAgainWhereTheAPIFailsForAMoment(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.account("A", "5")
		w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "7"})
		for _, path := range []string{listPath, namePath} {
			w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: path, Times: getTries - 1, Status: 500})
		}
		if found, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5")); err != nil || len(found) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Times: getTries - 1, Status: 500})
		if found, err := w.client.FindCreditBatches(w.t.Context(), batchRequest("7")); err != nil || len(found) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestCreate_WaitsAsTheBodyOfA429Asks(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.onPosts(mockapi.Fault{Times: 1, Status: 429, Body: pointerTo(`{"error":"rate_limited","retryAfter":45}`), Header: http.Header{"Retry-After": nil}})
		began := time.Now()
		w.create("A", "5").want(t, "created")
		if took := time.Since(began); took < 45*time.Second || took > 50*time.Second {
			t.Errorf("it waited %v, and was asked to wait 45 s", took)
		}
	})
}

// Another new account whose name cannot be read may be the one just as well.
func TestSilence_AMatchBesideANameThatCannotBeReadIsNotAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.create("B", "6").want(t, "created") // reads the listing
		foreign := w.accountMade("A", "5", time.Now())
		w.server.Inject(mockapi.Fault{Path: strings.Replace(namePath, "{account}", foreign.ID, 1), Status: 500})
		w.onPosts(mockapi.Fault{Times: 1, Status: 500, Commit: true})
		r := request("A", "5")
		got := w.createIn(w.t.Context(), r, plenty)
		unknown := as[*UnknownOutcomeError](t, got.err)
		if len(unknown.Candidates) != 1 || unknown.Candidates[0] == foreign.ID || unknown.Lookup == "" {
			t.Errorf("got candidates %v, lookup %q", unknown.Candidates, unknown.Lookup)
		}
	})
}

// A batch that does not say whose it is may be that of the account.
func TestSilence_ANewBatchOfNobodyLeavesTheLookupIncomplete(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.create("B", "6").want(t, "created")
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.EachObject(func(batch map[string]any) {
			if batch["startingBalance"] == json.Number("6") {
				delete(batch, "creditAccountId")
			}
		})})
		w.onPosts(lostPost)
		got := w.create("A", "5")
		if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, "does not say which account") {
			t.Errorf("the lookup is said to have been %q", unknown.Lookup)
		}
	})
}

// Without a listing read before, what has no date is not taken to be new.
func TestSilence_WhatHasNoDateIsNotNew(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.Set("createdAt", nil)})
		w.onPosts(lostPost)
		w.create("A", "5").want(t, "unknown")
		w.wantPosts(1)
	})
}

// A starting balance that cannot be read may be the same as any.
func TestSilence_ABalanceThatCannotBeReadRulesNothingOut(t *testing.T) {
	unreadable := mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.Set("startingBalance", "five")}
	for existing := range map[OnExisting]bool{FailOnExisting: true, AdoptExisting: true} {
		inBubble(t, mockapi.Options{}, Config{OnExisting: existing}, func(w *world) {
			w.account("A", "5")
			w.server.Inject(unreadable)
			w.create("A", "5").want(t, "exists")
			w.wantPosts(0)
			found, err := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"), true)
			if err != nil || len(found) != 1 || found[0].StartingBalance.Value != nil {
				t.Errorf("a plan is given %+v, %v", found, err)
			}
		})
	}
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.server.Inject(unreadable)
		w.onPosts(lostPost)
		got := w.create("A", "5")
		if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, "starting balance") {
			t.Errorf("the lookup is said to have been %q", unknown.Lookup)
		}
	})
}

func TestSilence_MoreNewAccountsThanAreLookedAtAreNoProof(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{MaxCandidates: 2}, func(w *world) {
		w.create("B", "6").want(t, "created")
		w.onPosts(lostPost)
		w.onPosts(mockapi.Fault{})
		for i := range 3 {
			w.accountMade(fmt.Sprint(i), "5", time.Now().Add(-time.Duration(i)*time.Second))
		}
		got := w.create("A", "5")
		if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, "too many") {
			t.Errorf("the lookup is said to have been %q", unknown.Lookup)
		}
	})
}

// Without dates, which batch is an account's first is not known.
func TestSilence_BatchesWithoutDatesLeaveTheStartingBalanceOpen(t *testing.T) {
	for _, balance := range []string{"5", "9", "7"} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			account := w.account("A", "5")
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: account.ID, StartingBalance: "9"})
			w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.Set("createdAt", "soon")})
			w.create("A", balance).want(t, "exists")
			w.wantPosts(0)
		})
	}
}

func TestSilence_ABatchThatLacksWhatDistinguishesItStopsANamedOne(t *testing.T) {
	for _, field := range []string{"name", "startingBalance", "creditAccountId", "id"} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			name := "spring"
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, Name: name, StartingBalance: "5"})
			w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.EachObject(func(batch map[string]any) { delete(batch, field) })})
			r := batchRequest("5")
			r.Name = &name
			_, err := w.createBatch(r)
			_ = as[*LookupFailedError](t, err)
			w.wantCount(http.MethodPost, listPath, 0)
		})
	}
}

// A plan takes what the quota leaves at once; the apply waits for the rest.
func TestExisting_AtPlanDoesNotWaitForTheRateLimit(t *testing.T) {
	inBubble(t, mockapi.Options{RateLimit: mockapi.RateLimit{PerMinute: 20, Kind: mockapi.FixedWindow}}, Config{}, func(w *world) {
		w.account("A", "5")
		began, looked := time.Now(), 0
		for i := range 60 {
			client := fmt.Sprintf("5f1c1a52-0c55-4b0e-9a0f-%012d", i)
			w.server.AddClient(mockapi.Client{ID: client, Name: client})
			r := request("A", "5")
			r.ClientID = client
			switch _, err := w.client.ExistingCreditAccounts(w.t.Context(), r, false); {
			case err == nil:
				looked++
			case !errors.Is(err, ErrWouldWait):
				t.Fatal(err)
			}
		}
		if took := time.Since(began); looked < 15 || looked > 20 || took > time.Second {
			t.Errorf("%d were looked up in %v", looked, took)
		}
		// The rest is not taken for looked up: whoever waits gets the error.
		w.create("A", "5").want(t, "exists")
		found, err := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"), true)
		if err != nil || len(found) != 1 {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

// A listing that was read while the POST was under way is none of before it.
func TestSilence_AListingReadMeanwhileIsNotTheOneBefore(t *testing.T) {
	for _, lost := range []bool{true, false} {
		inBubble(t, mockapi.Options{Latency: time.Second}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
			w.onPosts(mockapi.Fault{Times: 1, DelayAnswer: 10 * time.Second})
			if lost {
				w.server.ClearFaults()
				w.onPosts(mockapi.Fault{Times: 1, Commit: true, DelayAnswer: 10 * time.Second, Status: 500})
			}
			result := w.start(w.t.Context(), "A", "5")
			time.Sleep(5 * time.Second)
			if _, err := w.client.CheckCreditAccount(w.t.Context(), acme, someID); err != nil {
				t.Fatal(err)
			}
			(<-result).want(t, map[bool]string{true: "found", false: "created"}[lost])
			w.wantPosts(1)
		})
	}
}

// Batches and actions need not appear together: an account that is listed may
// have no name for a moment, also in a process that has seen none yet.
func TestSilence_ANameThatLagsBehindItsBatchIsWaitedFor(t *testing.T) {
	for name, fault := range map[string]mockapi.Fault{"no actions yet": {Rewrite: mockapi.EachPage(emptyList)}, "no name yet": {Rewrite: mockapi.Set("creditAccountName", nil)}} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
				fault.Method, fault.Path, fault.Times = http.MethodGet, namePath, 2
				w.server.Inject(fault)
				w.onPosts(lostPost)
				w.create("A", "5").want(t, "found")
				w.wantPosts(1)
			})
		})
	}
}

// A check gives the same result each time, whatever was read meanwhile.
func TestCheck_TheListingSaysWhoseAnAccountIs(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.account("A", "5")
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: namePath, Rewrite: mockapi.Set("client", globex)})
		for range 2 { // a plan and its apply
			check, err := w.client.CheckCreditAccount(w.t.Context(), acme, made.ID)
			if err != nil || check.OtherClient != "" || check.Listed == nil {
				t.Errorf("got %+v, %v", check, err)
			}
		}
	})
}
