package thoughtindustries

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// lostPost is a POST whose account is stored and whose response is lost.
var lostPost = mockapi.Fault{Times: 1, Status: 500, Commit: true}

// account is one that the server has had for an hour.
func (w *world) account(name, balance string) mockapi.CreditAccount {
	return w.accountMade(name, balance, time.Now().Add(-time.Hour))
}

func (w *world) accountMade(name, balance string, at time.Time) mockapi.CreditAccount {
	return w.server.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: name, StartingBalance: json.Number(balance), CreatedAt: at})
}

// asked gives the accounts whose names were asked for, in order.
func (w *world) asked() []string {
	var ids []string
	for _, r := range w.server.Requests() {
		if parts := strings.Split(r.Path, "/"); parts[len(parts)-1] == "creditActions" {
			ids = append(ids, parts[len(parts)-2])
		}
	}
	return ids
}

func TestLookup_FindsTheAccountWhoseResponseWasLost(t *testing.T) {
	for _, test := range []struct {
		name    string
		options mockapi.Options
		config  Config
		prepare func(w *world)
		want    string
	}{
		{"alone", mockapi.Options{}, Config{}, func(*world) {}, "found"},
		{"on the second page and later", mockapi.Options{PerPage: 2}, Config{}, func(w *world) {
			for i := range 7 {
				w.account(fmt.Sprint(i), "5")
			}
		}, "found"},
		{"among accounts of other names", mockapi.Options{}, Config{}, func(w *world) {
			w.accountMade("B", "5", time.Now())
			w.accountMade("a", "5", time.Now())
		}, "found"},
		{"among accounts of other balances", mockapi.Options{}, Config{}, func(w *world) { w.accountMade("A", "6", time.Now()) }, "found"},
		{"in a listing that lags", mockapi.Options{ListingLag: 7 * time.Second}, Config{}, func(*world) {}, "found"},
		{"not in one that lags too long", mockapi.Options{ListingLag: time.Minute}, Config{}, func(*world) {}, "unknown"},
		{"by a clock an hour ahead", mockapi.Options{Now: shifted(time.Hour)}, Config{}, func(*world) {}, "found"},
		{"by a clock an hour behind", mockapi.Options{Now: shifted(-time.Hour)}, Config{}, func(*world) {}, "found"},
		{"by a clock ahead, without a listing before", mockapi.Options{Now: shifted(time.Hour)}, Config{OnExisting: IgnoreOnExisting}, func(*world) {}, "found"},
		{"by a clock behind, without a listing before", mockapi.Options{Now: shifted(-time.Hour)}, Config{OnExisting: IgnoreOnExisting}, func(*world) {}, "found"},
		{"on a server that takes its time", mockapi.Options{Latency: 20 * time.Second}, Config{}, func(*world) {}, "found"},
		{"after a first page that failed", mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: listPath, Skip: 1, Times: 2, Status: 500})
		}, "found"},
		{"after a name that failed", mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: namePath, Times: 2, Status: 500})
		}, "found"},
		{"but not where the listing is empty", mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: listPath, Rewrite: mockapi.EachPage(emptyList)})
		}, "unknown"},
		{"but not where names are not returned", mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: namePath, Rewrite: mockapi.EachPage(emptyList)})
		}, "unknown"},
		{"but not among several", mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
			w.accountMade("A", "5", time.Now().Add(-time.Second))
		}, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEveryForm(t, test.options, test.config, func(w *world) {
				test.prepare(w)
				before := len(w.server.Accounts())
				w.onPosts(lostPost)
				got := w.create("A", "5")
				got.want(t, test.want)
				w.wantPosts(1)
				w.wantAccounts(before + 1)
				if test.want != "found" {
					return
				}
				made := w.server.Accounts()[before]
				if got.Object.ID != made.ID || !got.AfterUnknown || got.Adopted == "" {
					t.Errorf("got account %s (after unknown: %v, why: %q), want %s", got.Object.ID, got.AfterUnknown, got.Adopted, made.ID)
				}
				if balance := got.Object.CurrentBalance.Value; balance == nil || (*balance).Text('f', -1) != "5" {
					t.Errorf("its balance is %v, want 5", balance)
				}
			})
		})
	}
}

func TestLookup_SeveralAreNamedAsCandidates(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		other := w.accountMade("A", "5", time.Now().Add(-time.Second))
		w.onPosts(lostPost)
		got := w.create("A", "5")
		unknown := as[*UnknownOutcomeError](t, got.err)
		if len(unknown.Candidates) != 2 || !slices.Contains(unknown.Candidates, other.ID) || unknown.Lookup != "" {
			t.Errorf("got candidates %v, look %q", unknown.Candidates, unknown.Lookup)
		}
	})
}

// What the client had before, what is tracked, claimed or given up, and what is too
// old cannot be the account whose response was lost: here it never was made.
func TestLookup_PassesOverWhatCannotBeIt(t *testing.T) {
	lost := mockapi.Fault{Times: 1, Status: 500}
	var id string
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *world) // before the POST, after the listing
		want    string
	}{
		{"an account that appears", Config{}, func(w *world) { id = w.accountMade("A", "5", time.Now()).ID }, "found"},
		{"dated before the POST by another clock", Config{}, func(w *world) { id = w.accountMade("A", "5", time.Now().Add(-2*time.Hour)).ID }, "found"},
		{"claimed by another resource", Config{}, func(w *world) {
			id = w.accountMade("A", "5", time.Now()).ID
			w.client.ClaimCreditAccount(strings.ToUpper(id))
		}, "unknown"},
		{"tracked by the state", Config{Tracked: func(tracked string) bool { return tracked == strings.ToLower(id) }}, func(w *world) {
			id = w.accountMade("A", "5", time.Now()).ID
		}, "unknown"},
		{"of another client", Config{}, func(w *world) {
			w.server.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "A", StartingBalance: "5"})
		}, "unknown"},
		{"of another balance", Config{}, func(w *world) { w.accountMade("A", "5.000001", time.Now()) }, "unknown"},
		{"of the same balance, written otherwise", Config{}, func(w *world) { id = w.accountMade("A", "5.0", time.Now()).ID }, "found"},
	} {
		t.Run(test.name, func(t *testing.T) {
			id = ""
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				w.create("before", "1").want(t, "created") // takes the listing
				test.prepare(w)
				w.onPosts(lost)
				got := w.create("A", "5")
				got.want(t, test.want)
				if test.want == "found" && got.Object.ID != id {
					t.Errorf("got account %s, want %s", got.Object.ID, id)
				}
				if asked := w.asked(); test.want != "found" && len(asked) != 0 {
					t.Errorf("the name of %v is asked for, and cannot matter", asked)
				}
			})
		})
	}
}

func TestLookup_AnAccountOfTheListingBeforeIsNotIt(t *testing.T) {
	// Equal in all, made in the same second, and in the listing: under another
	// name at first, so that the lookup before the POST lets it pass.
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.accountMade("A", "5", time.Now())
		w.server.Inject(mockapi.Fault{Path: namePath, Times: 1, Rewrite: mockapi.EachPage(emptyList)})
		w.onPosts(mockapi.Fault{Times: 1, Status: 500})
		w.create("A", "5").want(t, "unknown")
		w.wantPosts(1)
	})
}

func TestLookup_WithoutATimeTheListingBeforeDecides(t *testing.T) {
	timeless := mockapi.Fault{Path: listPath, Rewrite: mockapi.Set("createdAt", "yesterday")}
	for existing, want := range map[OnExisting]string{FailOnExisting: "found", IgnoreOnExisting: "unknown"} {
		t.Run(string(existing), func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{OnExisting: existing}, func(w *world) {
				w.server.Inject(timeless)
				w.onPosts(lostPost)
				w.create("A", "5").want(t, want)
			})
		})
	}
}

func TestLookup_EndpointsThatRefuseEndItAtOnce(t *testing.T) {
	for _, path := range []string{listPath, namePath} {
		for _, status := range []int{401, 403, 404, 405} {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
					w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: path, Status: status})
					w.onPosts(lostPost)
					began := time.Now()
					got := w.create("A", "5")
					got.want(t, "unknown")
					if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, fmt.Sprint(status)) {
						t.Errorf("it does not say that looking was refused with %d: %q", status, unknown.Lookup)
					}
					if took := time.Since(began); took != 0 {
						t.Errorf("it went on for %v", took)
					}
					w.wantCount("", path, 1)
				})
			})
		}
	}
}

func TestLookup_AListingThatFailsIsSaid(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.server.Inject(mockapi.Fault{Path: listPath, Skip: 1, Status: 500})
		w.onPosts(lostPost)
		began := time.Now()
		got := w.create("A", "5")
		if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Lookup, "500") {
			t.Errorf("it says %q", unknown.Lookup)
		}
		if took := time.Since(began); took < defaultLookupTimeout || took > defaultLookupTimeout+15*time.Second {
			t.Errorf("it looked for %v", took)
		}
		if asked := w.server.Count("", listPath); asked < 5 || asked > 12 {
			t.Errorf("it asked %d times, want growing pauses", asked)
		}
	})
}

// The order that would give two resources one account: A's outcome is unknown
// and B, equal in all, is stored and has no response yet.
func TestLookup_WaitsForAnEqualPost(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		responseB := make(chan struct{})
		w.onPosts(mockapi.Fault{Times: 1, DelayAnswer: 5 * time.Second, Status: 500}) // whichever goes first: not stored
		w.onPosts(mockapi.Fault{Times: 1, Hold: responseB})                           // the other: stored, its response comes later
		a, b := w.start(w.t.Context(), "A", "5"), w.start(w.t.Context(), "A", "5")
		time.Sleep(time.Second)
		w.wantPosts(1) // one after the other
		time.Sleep(4 * time.Second)
		synctest.Wait()
		w.wantPosts(1) // and it waits for the lookup as well
		time.Sleep(time.Minute)
		w.wantPosts(2)
		close(responseB)
		kinds := []string{(<-a).kind(), (<-b).kind()}
		slices.Sort(kinds)
		if !slices.Equal(kinds, []string{"created", "unknown"}) {
			t.Errorf("got %v, want the one created and the other unknown", kinds)
		}
		w.wantAccounts(1)
	})
}

func TestLookup_EqualPostsNeverEndUpWithOneAccount(t *testing.T) {
	for _, existing := range []OnExisting{FailOnExisting, IgnoreOnExisting} {
		t.Run(string(existing), func(t *testing.T) {
			inBubble(t, mockapi.Options{ListingLag: 3 * time.Second}, Config{OnExisting: existing}, func(w *world) {
				w.onPosts(mockapi.Fault{Skip: 1, Times: 1, Cut: mockapi.CutConnection, Commit: true})
				w.onPosts(mockapi.Fault{Skip: 2, Times: 1, Cut: mockapi.CutConnection})
				var results []<-chan created
				for range 6 {
					results = append(results, w.start(w.t.Context(), "A", "5"))
				}
				holders := map[string]int{}
				lost := 0
				for _, result := range results {
					got := <-result
					if got.err != nil {
						got.want(t, "unknown")
						lost++
						continue
					}
					holders[got.Object.ID]++
				}
				for id, holds := range holders {
					if holds > 1 {
						t.Errorf("account %s is claimed by %d", id, holds)
					}
				}
				if lost != 1 || len(holders) != 5 {
					t.Errorf("%d are claimed and %d unknown, want 5 and 1", len(holders), lost)
				}
				w.wantPosts(6)
				w.wantAccounts(5)
			})
		})
	}
}

// Posts of another name, or of another client, do not wait for each other.
func TestLookup_OtherPostsDoNotWait(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.onPosts(mockapi.Fault{Match: named("A"), DelayAnswer: 50 * time.Second})
		slow := w.start(w.t.Context(), "A", "5")
		time.Sleep(time.Second)
		began := time.Now()
		w.create("B", "5").want(t, "created")
		w.create("a", "5").want(t, "created")
		w.server.ClearFaults()
		elsewhere := request("A", "5")
		elsewhere.ClientID = globex
		w.createIn(w.t.Context(), elsewhere, plenty).want(t, "created")
		if time.Since(began) != 0 {
			t.Errorf("they waited %v", time.Since(began))
		}
		(<-slow).want(t, "created")
	})
}

// An account that somebody takes while the lookup asks for its name is not the
// look's any more.
func TestLookup_AnAccountTakenMeanwhileIsNotFound(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.server.Inject(mockapi.Fault{Path: namePath, Times: 1, DelayAnswer: 10 * time.Second})
		w.onPosts(lostPost)
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(5 * time.Second)
		if !w.client.ClaimCreditAccount(w.server.Accounts()[0].ID) {
			t.Fatal("it was taken already")
		}
		got := <-result
		got.want(t, "unknown")
		if unknown := as[*UnknownOutcomeError](t, got.err); len(unknown.Candidates) != 0 {
			t.Errorf("it names %v, which is another resource's", unknown.Candidates)
		}
	})
}

func TestLookup_AsksNamesOfTheSameBalanceNewestFirstUpToTheBound(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{MaxConcurrentRequests: 1, MaxCandidates: 20}, func(w *world) {
		var want []string
		for i := range 30 {
			made := w.accountMade("other", "5", time.Now().Add(time.Duration(i-40)*time.Minute))
			w.accountMade("A", "6", time.Now())
			if i >= 10 {
				want = append(want, made.ID)
			}
		}
		slices.Reverse(want)
		w.create("A", "5").want(t, "created")
		if got := w.asked(); !slices.Equal(got, want) {
			t.Errorf("asked %d names:\n%v\nwant the newest twenty:\n%v", len(got), got, want)
		}
		w.create("B", "5").want(t, "created")
		if got := w.asked(); len(got) != 20 {
			t.Errorf("names were asked again: %d in all", len(got))
		}
	})
}

func TestLookup_OneListingForAllCreations(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: time.Second}, Config{MaxConcurrentRequests: 10}, func(w *world) {
		w.account("other", "5")
		var results []<-chan created
		for i := range 40 {
			results = append(results, w.start(w.t.Context(), fmt.Sprint(i), "5"))
		}
		for _, result := range results {
			(<-result).want(t, "created")
		}
		w.create("later", "5").want(t, "created")
		w.wantCount(http.MethodGet, listPath, 1)
		w.wantCount(http.MethodGet, namePath, 1)
		w.wantPosts(41)
	})
}

// The first who asks may give up; the others must not take that for a response.
func TestLookup_TheListingSurvivesTheOneWhoAskedFirst(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: 10 * time.Second}, Config{}, func(w *world) {
		w.account("A", "5")
		ctx, cancel := context.WithCancel(w.t.Context())
		first := w.start(ctx, "first", "5")
		time.Sleep(time.Second)
		second := w.start(w.t.Context(), "A", "5")
		synctest.Wait()
		cancel()
		(<-first).want(t, "not created")
		(<-second).want(t, "exists")
		w.wantCount("", listPath, 1)
		w.wantPosts(0)
	})
}
