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

// accountMade adds an account of a certain age.
func (w *fixture) accountMade(name, balance string, ago time.Duration) mockapi.CreditAccount {
	account := mockapi.CreditAccount{ClientID: acme, Name: name, StartingBalance: json.Number(balance)}
	account.CreatedAt = time.Now().Add(-ago)
	return w.server.AddAccount(account)
}

// archive closes the batches of an account.
func (w *fixture) archive(account mockapi.CreditAccount) {
	for _, batch := range w.server.Batches() {
		if batch.CreditAccountID == account.ID {
			if err := w.server.ChangeBatch(batch.ID, func(b *mockapi.CreditBatch) { b.Status = "archived" }); err != nil {
				w.t.Fatal(err)
			}
		}
	}
}

// onLists injects a fault into listings of batches, onNames into credit actions: of one account where id is not empty.
func (w *fixture) onLists(f mockapi.Fault) {
	f.Method, f.Path = http.MethodGet, listPath
	w.server.Inject(f)
}

func (w *fixture) onNames(id string, f mockapi.Fault) {
	f.Method, f.Path = http.MethodGet, namePath
	if id != "" {
		f.Path = strings.Replace(namePath, "{account}", id, 1)
	}
	w.server.Inject(f)
}

func status(code int) mockapi.Fault                  { return mockapi.Fault{Status: code} }
func body(text string) mockapi.Fault                 { return mockapi.Fault{Body: &text} }
func statusBody(code int, text string) mockapi.Fault { return mockapi.Fault{Status: code, Body: &text} }

func set(field string, value any) mockapi.Fault {
	return mockapi.Fault{Rewrite: mockapi.Set(field, value)}
}
func cut(at mockapi.Cut) mockapi.Fault { return mockapi.Fault{Cut: at} }
func entries(change func([]map[string]any) []map[string]any) mockapi.Fault {
	return mockapi.Fault{Rewrite: mockapi.EachPage(change)}
}

func page(code int, title string) mockapi.Fault {
	return statusBody(code, "<html><title>"+title+"</title></html>")
}

// ofGlobex gives listings a batch of another client.
func ofGlobex(batches []map[string]any) []map[string]any {
	return append(batches, map[string]any{
		"id": someID, "clientId": globex, "creditAccountId": "11111111-2222-4333-8444-000000000009",
		"startingBalance": 5, "currentBalance": 5, "status": "active", "createdAt": "2024-01-01T00:00:00.000Z",
	})
}

func TestExisting_WhatIsThereDecides(t *testing.T) {
	const decimals, nothing, adopt, exists = "5.00", NothingExists, AdoptIt, ItExists
	for _, test := range []struct {
		name    string
		prepare func(w *fixture)
		want    Decision // with adopt; fail never adopts
		count   int
		whyNot  string
	}{
		{"nothing", func(*fixture) {}, nothing, 0, ""},
		{"the account", func(w *fixture) { w.account("A", "5") }, adopt, 1, ""},
		{"the account, its numbers as strings", func(w *fixture) {
			w.account("A", "5")
			w.onLists(set("startingBalance", decimals))
		}, adopt, 1, ""},
		{"one of another name", func(w *fixture) { w.account("a", "5") }, nothing, 0, ""},
		{"one of another balance", func(w *fixture) { w.account("A", "500") }, exists, 1, "its starting balance is 500"},
		{"one whose balance cannot be read", func(w *fixture) {
			w.account("A", "5")
			w.onLists(set("startingBalance", "five"))
		}, exists, 1, "its starting balance cannot be read"},
		{"two batches without times", func(w *fixture) {
			made := w.account("A", "5")
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: made.ID, StartingBalance: "9"})
			w.onLists(set("createdAt", "soon"))
		}, exists, 1, "its starting balance cannot be read"},
		{"an archived one", func(w *fixture) { w.archive(w.account("A", "5")) }, exists, 1, "it is not active"},
		{"one with an active batch beside archived ones", func(w *fixture) {
			made := w.account("A", "5")
			w.archive(made)
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: made.ID, StartingBalance: "9"})
		}, adopt, 1, ""},
		{"several", func(w *fixture) {
			w.account("A", "5")
			w.account("A", "7")
		}, exists, 2, "several have the name"},
		{"a tracked one", func(w *fixture) {
			id := w.account("A", "5").ID
			w.client.config.Tracked = func(tracked string) bool { return tracked == strings.ToLower(id) }
		}, exists, 1, "another resource of this state has it"},
		{"one of this run", func(w *fixture) { w.client.ClaimCreditAccount(w.account("A", "5").ID) }, nothing, 0, ""},
		{"another client's listed", func(w *fixture) { w.account("B", "6"); w.onLists(entries(ofGlobex)) }, nothing, 0, ""},
		{"the account, beside a name that cannot be read", func(w *fixture) {
			other := w.account("B", "5")
			w.account("A", "5")
			w.onNames(other.ID, status(500))
		}, exists, 1, "another one may have the name: the credit actions of account"},
		{"the account, beside a batch of nobody", func(w *fixture) {
			w.account("A", "5")
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"})
		}, exists, 1, "does not say which account"},
		{"a balance of 0 that left no trace", func(w *fixture) { w.account("A", "0") }, nothing, 0, ""},
	} {
		for _, mode := range []OnExisting{FailOnExisting, AdoptExisting} {
			want := test.want
			if want == adopt && mode == FailOnExisting {
				want = exists
			}
			t.Run(test.name+"/"+string(mode), func(t *testing.T) {
				inBubble(t, mockapi.Options{PerPage: 1}, Config{OnExisting: mode}, func(w *fixture) {
					test.prepare(w)
					accounts := len(w.server.Accounts())
					got := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"))
					if got.Decision != want || len(got.Found) != test.count || got.Err != nil {
						w.t.Fatalf("got %+v, want decision %d with %d", got, want, test.count)
					}
					if mode == AdoptExisting && !strings.Contains(got.WhyNot, test.whyNot) ||
						(got.WhyNot == "") != (test.whyNot == "" || mode == FailOnExisting) {
						t.Errorf("it is not adopted because %q", got.WhyNot)
					}
					if got.Tracked != strings.Contains(test.name, "tracked") {
						t.Errorf("tracked: %v", got.Tracked)
					}
					// The apply does what the plan was given.
					creation := w.create("A", "5")
					creation.want(w.t, []string{"created", "adopted", "exists"}[want])
					if want == ItExists && len(as[*ExistsError](w.t, creation.err).Existing.Found) != test.count {
						t.Errorf("the error names others: %+v", creation.err)
					}
					if want == AdoptIt && (creation.Object.ID != got.Found[0].ID || creation.AfterUnknown != "") {
						t.Errorf("it adopted %+v", creation.Creation)
					}
					w.wantCount(http.MethodPost, postPath, map[bool]int{true: 1}[want == NothingExists])
					w.wantAccounts(accounts + map[bool]int{true: 1}[want == NothingExists])
				})
			})
		}
	}
}

func TestExisting_RefusedFailedOrNotTheAPI(t *testing.T) {
	const nothing, refused, failed = NothingExists, CannotLookUp, LookupFailed
	lists := (*fixture).onLists
	names := func(w *fixture, f mockapi.Fault) { w.onNames("", f) }
	oneName := func(w *fixture, f mockapi.Fault) { w.onNames(w.server.Accounts()[0].ID, f) }
	aged := http.Header{"Age": {"60"}}
	for _, test := range []struct {
		name   string
		inject func(*fixture, mockapi.Fault)
		fault  mockapi.Fault
		want   Decision
		says   string
	}{
		{"listing 403", lists, status(403), refused, "403"},
		{"listing 404, empty", lists, statusBody(404, ""), refused, "404"},
		{"listing 405", lists, status(405), refused, "405"},
		{"listing 403, a page", lists, page(403, "Blocked"), failed, "HTML page, which is not the API's: Blocked"},
		{"listing 403, plain text", lists, statusBody(403, "no"), failed, "403"},
		{"listing 422", lists, status(422), failed, "422"},
		{"listing 302", lists, status(302), failed, "302"},
		{"listing 500", lists, status(500), failed, "500"},
		{"listing cut", lists, cut(mockapi.CutBody), failed, "broke off"},
		{"listing without end", lists, mockapi.Fault{Status: 200, Rewrite: mockapi.TooLong}, failed, "too long"},
		{"listing a page", lists, page(0, "Sign in"), failed, "HTML page, which is not the API's: Sign in"},
		{"listing compressed", lists, body("\x1f\x8b\x08\x00"), failed, "not the JSON object"},
		{"listing with errors", lists, body(`{"errors":[{"message":"late"}],"data":null}`), failed, "late"},
		{"second page 403", lists, mockapi.Fault{Skip: 1, Status: 403}, failed, "page 2 of the listing"},
		{"listing from a cache", lists, mockapi.Fault{Header: aged}, failed, "a cache on the way"},
		{"listing from a cache for a moment", lists, mockapi.Fault{Header: aged, Times: 3}, nothing, ""},
		{"listing of an Age of 0", lists, mockapi.Fault{Header: http.Header{"Age": {"0"}}}, nothing, ""},
		{"listing 500 for a moment", lists, mockapi.Fault{Status: 500, Times: 3}, nothing, ""},
		{"listing of other clients alone", lists, set("clientId", globex), failed, "other clients alone"},
		{"a batch without an account id", lists, set("creditAccountId", nil), failed, "which account"},
		{"a batch with an odd account id", lists, set("creditAccountId", "acc-1"), failed, "which account"},
		{"listing 204", lists, statusBody(204, ""), nothing, ""},
		{"no name at all", names, entries(emptyList), refused, "no name"},
		{"names 403", names, status(403), refused, "403"},
		{"names 500", names, status(500), failed, "500"},
		{"names a page", names, page(0, "Sign in"), failed, "HTML page, which is not the API's: Sign in"},
		{"names from a cache", names, mockapi.Fault{Header: aged}, failed, "a cache on the way"},
		{"one name 403", oneName, status(403), failed, "403"},
		{"one name missing", oneName, entries(emptyList), failed, "no name"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{PerPage: 2}, Config{MaxConcurrentRequests: 1}, func(w *fixture) {
				for i := range 3 {
					w.account(fmt.Sprint("B", i), "5")
				}
				test.inject(w, test.fault)
				got := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"))
				if got.Decision != test.want {
					w.t.Fatalf("got %+v, %+v", got, got.Err)
				}
				creation := w.create("A", "5")
				if test.want == NothingExists || test.want == CannotLookUp {
					creation.want(w.t, "created")
				} else {
					creation.want(w.t, "lookup failed")
				}
				if (creation.CannotLookUp != nil) != (test.want == CannotLookUp) {
					t.Errorf("the creation says %+v", creation.CannotLookUp)
				}
				if got.Err == nil {
					return
				}
				if got.Err.Refused != (test.want == CannotLookUp) || got.Err.HTML != strings.Contains(test.says, "HTML") ||
					!strings.Contains(got.Err.Reason, test.says) {
					t.Errorf("got %+v, want %q in it", got.Err, test.says)
				}
			})
		})
	}
}

func TestExisting_NamesOfOtherBalancesAreAskedOfTheFiftyNewest(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		old := w.accountMade("A", "7", 99*time.Hour)
		for i := range 53 {
			w.accountMade("other", "6", time.Duration(i)*time.Minute)
			if i < 2 {
				w.accountMade("same balance, old", "5", 200*time.Hour)
			}
		}
		w.onNames(w.server.Accounts()[1].ID, entries(emptyList))
		got := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"))
		if got.Decision != NothingExists || got.NotAsked != 54-50+1 {
			t.Errorf("got %+v", got)
		}
		w.wantCount("", namePath, 52)
		w.wantCount("", strings.Replace(namePath, "{account}", old.ID, 1), 0)
		if creation := w.create("A", "5"); creation.NotAsked != got.NotAsked || creation.err != nil {
			t.Errorf("the creation says %d, %v", creation.NotAsked, creation.err)
		}
	})
}

func TestExisting_InModeIgnoreNothingIsAskedBeforeOrAfter(t *testing.T) {
	inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
		w.account("A", "5")
		w.onPosts(lostPost)
		lost := as[*UnknownOutcomeError](w.t, w.create("A", "5").err)
		if lost.Lookup == "" || len(lost.Candidates) > 0 {
			t.Errorf("got %+v", lost)
		}
		w.wantCount(http.MethodGet, "", 0)
	})
}

func TestExisting_AlongsideCoversItsIDsAlone(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		first, second := w.account("A", "5"), w.account("A", "5")
		r := request("A", "5")
		r.Alongside = []string{strings.ToUpper(first.ID)}
		got := as[*ExistsError](w.t, w.createIn(w.t.Context(), r, plenty).err)
		if len(got.Existing.Found) != 1 || got.Existing.Found[0].ID != second.ID {
			t.Errorf("it names %+v", got.Existing.Found)
		}
		r.Alongside = append(r.Alongside, second.ID)
		w.createIn(w.t.Context(), r, plenty).want(w.t, "created")
	})
}

func TestExisting_ALookupThatIsCutShortDecidesNothing(t *testing.T) {
	for _, mode := range []OnExisting{FailOnExisting, AdoptExisting} {
		inBubble(t, mockapi.Options{}, Config{OnExisting: mode}, func(w *fixture) {
			w.account("A", "5")
			w.account("B", "5")
			w.server.Inject(mockapi.Fault{Path: namePath, Skip: 1, Delay: time.Hour})
			ctx, cancel := context.WithTimeout(w.t.Context(), time.Minute)
			defer cancel()
			if got := w.client.ExistingCreditAccounts(ctx, request("A", "5")); got.Decision != LookupFailed {
				t.Errorf("mode %s: it decides %v, with %v", mode, got.Decision, got.Found)
			}
		})
	}
}

func TestExisting_AnAccountIsAdoptedOnce(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *fixture) {
		account := w.account("A", "5")
		w.onNames("", mockapi.Fault{Delay: 5 * time.Second})
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(time.Second)
		if !w.client.ClaimCreditAccount(account.ID) { // while its name is asked for
			w.t.Fatal("it was taken before")
		}
		if got := as[*ExistsError](w.t, (<-result).err); got.Existing.WhyNot != wasTaken {
			t.Errorf("it says %q", got.Existing.WhyNot)
		}
		if w.client.ClaimCreditAccount(strings.ToUpper(account.ID)) {
			t.Error("it was taken twice")
		}
	})
}

func TestExisting_OneListingAndOneNameServeAllCreations(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: time.Second}, Config{OnExisting: AdoptExisting}, func(w *fixture) {
		var results []<-chan created
		for i := range 20 {
			w.account(fmt.Sprint(i), "5")
		}
		for i := range 20 {
			results = append(results, w.start(w.t.Context(), fmt.Sprint(i), "5"))
		}
		for _, result := range results {
			(<-result).want(w.t, "adopted")
		}
		w.wantCount("", listPath, 1)
		w.wantCount("", namePath, 20)
		w.wantPosts(0)
	})
}

func TestSameName_InEveryFormThatAServiceMayMakeOfIt(t *testing.T) {
	for _, test := range []struct {
		stored, declared string
		same             bool
	}{
		{"Acme ", "Acme", true},
		{"Acme  Inc", "Acme Inc", true},
		{"Acme\u00a0Inc", "Acme Inc", true},
		{"Cafe\u0301", "Caf\u00e9", true},
		{"Johnson &amp; Johnson", "Johnson & Johnson", true},
		{"&#74;ohnson &#x26; Johnson", "Johnson & Johnson", true},
		{"Ac\u200bme", "Acme", true},
		{"\ufeffAcme", "Acme", true},
		{"Johnson &amp;amp; Johnson", "Johnson & Johnson", false}, // once
		{"Johnson &amp Johnson", "Johnson & Johnson", false},
		{"R&copyrights", "R©rights", false},
		{"acme", "Acme", false},
		{"Acme Inc", "AcmeInc", false},
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
			w.account("B", "5")
			w.onNames("", set("creditAccountName", test.stored))
			existing := w.client.ExistingCreditAccounts(w.t.Context(), request(test.declared, "5"))
			if (existing.Decision == ItExists) != test.same || SameName(test.declared, test.stored) != test.same {
				t.Errorf("%q and %q: decision %d, same: %v", test.stored, test.declared, existing.Decision,
					SameName(test.stored, test.declared))
			}
		})
	}
	for _, empty := range []string{"", " \t", "\u200b", " \u200b&#8203; "} {
		if got := NormalizeName(empty); got != "" {
			t.Errorf("%q is %q", empty, got)
		}
	}
}

func TestLookup_AfterAnUnknownOutcome(t *testing.T) {
	appears := func(name, balance string) func(w *fixture) {
		return func(w *fixture) { w.accountMade(name, balance, 0) }
	}
	for _, test := range []struct {
		name    string
		lag     time.Duration
		prepare func(w *fixture) // after the listing was read
		stored  bool
		want    string
		ids     int // candidates
		says    string
	}{
		{"the account is adopted", 0, func(*fixture) {}, true, "found", 0, ""},
		{"in a listing that lags", 20 * time.Second, func(*fixture) {}, true, "found", 0, ""},
		{"not in one that lags too long", 2 * time.Minute, func(*fixture) {}, true, "unknown", 0, ""},
		{"after pages and names that fail", 0, func(w *fixture) {
			w.onLists(mockapi.Fault{Times: 2, Status: 500})
			w.onNames("", mockapi.Fault{Times: 2, Status: 500})
		}, true, "found", 0, ""},
		{"after a listing that the API puts off", 0, func(w *fixture) {
			w.onLists(mockapi.Fault{Times: 2, Status: 429, Header: http.Header{"Retry-After": {"600"}}})
		}, true, "found", 0, ""},
		{"after a name that lags", 0, func(w *fixture) {
			w.onNames("", mockapi.Fault{Times: 2, Rewrite: mockapi.EachPage(emptyList)})
		}, true, "found", 0, ""},
		{"none is stored", 0, func(*fixture) {}, false, "unknown", 0, ""},
		{"two of the name", 0, appears("A", "5"), true, "unknown", 2, ""},
		{"another balance", 0, appears("A", "5.000001"), false, "unknown", 0, ""},
		{"another name", 0, appears("a", "5"), false, "unknown", 0, ""},
		{"a tracked one", 0, func(w *fixture) {
			w.client.config.Tracked = func(string) bool { return true }
			w.accountMade("A", "5", 0)
		}, false, "unknown", 0, ""},
		{"a claimed one", 0, func(w *fixture) {
			w.client.ClaimCreditAccount(strings.ToUpper(w.accountMade("A", "5", 0).ID))
		}, false, "unknown", 0, ""},
		{"another client's", 0, func(w *fixture) {
			w.server.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "A", StartingBalance: "5"})
			w.onLists(entries(ofGlobex))
		}, false, "unknown", 0, ""},
		{"beside a name that fails", 0, func(w *fixture) {
			w.onNames(w.accountMade("B", "5", 0).ID, status(500))
		}, true, "unknown", 1, "500"},
		{"beside a batch of nobody", 0, func(w *fixture) {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"})
		}, true, "unknown", 1, "which account"},
		{"a balance that cannot be read", 0, func(w *fixture) {
			w.onLists(set("startingBalance", "five"))
		}, true, "unknown", 1, "starting balance"},
		{"a listing that fails", 0, func(w *fixture) { w.onLists(status(500)) }, true, "unknown", 0, "500"},
		{"a listing that is refused", 0, func(w *fixture) { w.onLists(status(403)) }, true, "unknown", 0, "403"},
		{"a listing from a cache", 0, func(w *fixture) {
			w.onLists(mockapi.Fault{Header: http.Header{"Age": {"9"}}})
		}, true, "unknown", 0, "cache"},
	} {
		t.Run(test.name, func(t *testing.T) {
			options := mockapi.Options{PerPage: 1, ListingLag: test.lag}
			if test.lag > 0 {
				options.Now = shifted(-time.Hour) // no clock decides
			}
			inBubble(t, options, Config{}, func(w *fixture) {
				w.account("before", "5")
				w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"))
				test.prepare(w)
				w.onPosts(mockapi.Fault{Times: 1, Status: 500, Commit: test.stored})
				accounts := len(w.server.Accounts())
				began := time.Now()
				got := w.create("A", "5")
				got.want(w.t, test.want)
				w.wantPosts(1)
				if test.want == "found" {
					made := w.server.Accounts()[accounts]
					if got.Object.ID != made.ID || !strings.Contains(got.AfterUnknown, "500") {
						t.Errorf("got %+v, want %s", got.Creation, made.ID)
					}
					return
				}
				lost := as[*UnknownOutcomeError](w.t, got.err)
				if len(lost.Candidates) != test.ids || (lost.Lookup == "") != (test.says == "") ||
					!strings.Contains(lost.Lookup, test.says) {
					t.Errorf("got candidates %v, lookup %q", lost.Candidates, lost.Lookup)
				}
				if took := time.Since(began); took > 50*time.Second {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestLookup_WithoutAListingBeforeNothingIsAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		w.onLists(mockapi.Fault{Times: 1, Status: 403})
		w.onPosts(lostPost)
		if got := as[*UnknownOutcomeError](w.t, w.create("A", "5").err); got.Lookup != noListing {
			t.Errorf("it says %q", got.Lookup)
		}
		w.wantCount("", listPath, 1)
	})
}

func TestLookup_AnAccountOfTheListingBeforeIsNotAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		w.account("A", "5")
		w.onNames("", mockapi.Fault{Times: 1, Rewrite: mockapi.EachPage(emptyList)}) // so that the lookup before the POST lets it pass
		w.onPosts(mockapi.Fault{Times: 1, Status: 500})
		w.create("A", "5").want(w.t, "unknown")
		w.wantPosts(1)
	})
}

func TestLookup_AnAccountTakenWhileItsNameIsAskedIsNotFound(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		w.onNames("", mockapi.Fault{DelayAnswer: 10 * time.Second})
		w.onPosts(lostPost)
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(5 * time.Second)
		if !w.client.ClaimCreditAccount(w.server.Accounts()[0].ID) {
			w.t.Fatal("it was taken already")
		}
		if got := as[*UnknownOutcomeError](w.t, (<-result).err); len(got.Candidates) != 0 {
			t.Errorf("it names %v", got.Candidates)
		}
	})
}

func TestFind_ShowsAPersonWhateverMayBeIt(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		old, newer := w.accountMade("A", "5", time.Hour), w.accountMade("A ", "5", time.Minute)
		w.account("A", "6")
		find := func() []string {
			found, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(w.t, "5"))
			if err != nil {
				w.t.Fatal(err)
			}
			var ids []string
			for _, account := range found {
				ids = append(ids, account.ID)
			}
			return ids
		}
		if got := find(); !slices.Equal(got, []string{newer.ID, old.ID}) {
			t.Errorf("found %v", got)
		}
		w.client.ClaimCreditAccount(newer.ID)
		w.onNames("", mockapi.Fault{Times: 1, Status: 500})
		if got := find(); !slices.Equal(got, []string{old.ID}) {
			t.Errorf("found %v", got)
		}
		w.onLists(status(403))
		_, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(w.t, "5"))
		if !as[*LookupError](w.t, err).Refused {
			t.Errorf("got %v", err)
		}
	})
	inBubble(t, mockapi.Options{}, Config{RequestTimeout: time.Hour}, func(w *fixture) {
		w.onLists(mockapi.Fault{Delay: time.Hour})
		began := time.Now()
		_, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(w.t, "5"))
		if failed := as[*LookupError](w.t, err); failed.Refused || time.Since(began) != 2*time.Minute {
			t.Errorf("got %+v after %v", failed, time.Since(began))
		}
	})
}

func TestCheckCreditAccount_SaysWhatIsReturnedOfIt(t *testing.T) {
	const nowhere = someID
	for _, test := range []struct {
		name    string
		prepare func(w *fixture) (id string)
		listed  string // its name; "-" where it has none
		owner   string
		says    string
	}{
		{"listed", func(w *fixture) string { return strings.ToUpper(w.account("A", "5").ID) }, "A", "", ""},
		{"not listed", func(*fixture) string { return nowhere }, "", "", ""},
		{"another client's by the listing", func(w *fixture) string {
			w.account("A", "5")
			w.onLists(entries(ofGlobex))
			return "11111111-2222-4333-8444-000000000009"
		}, "", globex, ""},
		{"another client's by its actions", func(w *fixture) string {
			w.onNames("", mockapi.Fault{Rewrite: mockapi.EachPage(func([]map[string]any) []map[string]any {
				return []map[string]any{{"id": "a", "client": globex, "creditAccountName": "A"}}
			})})
			return nowhere
		}, "", globex, ""},
		{"without a name", func(w *fixture) string {
			w.onNames("", entries(emptyList))
			return w.account("A", "5").ID
		}, "-", "", ""},
		{"names are refused", func(w *fixture) string {
			w.onNames("", status(403))
			return w.account("A", "5").ID
		}, "-", "", ""},
		{"its name fails", func(w *fixture) string {
			w.onNames("", status(500))
			return w.account("A", "5").ID
		}, "-", "", "500"},
		{"the listing fails", func(w *fixture) string { w.onLists(status(500)); return nowhere }, "", "", "500"},
		{"the listing is refused", func(w *fixture) string { w.onLists(status(403)); return nowhere }, "", "", "403"},
		{"a batch of nobody", func(w *fixture) string {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"})
			return nowhere
		}, "", "", "which account"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				id := test.prepare(w)
				got, err := w.client.CheckCreditAccount(w.t.Context(), acme, id)
				if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					w.t.Fatalf("got %+v, %v", got, err)
				}
				name := ""
				if got.Listed != nil {
					name = strings.ReplaceAll("-"+got.Listed.Name, "-A", "A")
				}
				if name != test.listed || !strings.EqualFold(got.OtherClient, test.owner) {
					t.Errorf("it is %q of %q", name, got.OtherClient)
				}
			})
		})
	}
}

func TestMemo_TheEndOfTheOneWhoAskedDoesNotEndItForOthers(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: 10 * time.Second}, Config{}, func(w *fixture) {
		w.account("A", "5")
		ctx, cancel := context.WithCancel(w.t.Context())
		first := w.start(ctx, "first", "5")
		synctest.Wait()
		second := w.start(w.t.Context(), "A", "5")
		synctest.Wait()
		cancel()
		(<-first).want(w.t, "not created")
		(<-second).want(w.t, "exists")
		w.wantCount("", listPath, 1)
	})
}

func TestMemo_WhatIsShownIsKeptUntilSomethingChangesThere(t *testing.T) {
	inBubble(t, mockapi.Options{Latency: time.Second}, Config{}, func(w *fixture) {
		batches := func() int {
			found, err := w.client.CreditBatches(w.t.Context(), acme, "")
			if err != nil {
				w.t.Fatal(err)
			}
			return len(found)
		}
		if got := batches() + batches(); got != 0 {
			t.Errorf("there are %d batches", got)
		}
		w.wantCount("", listPath, 1)
		elsewhere := request("A", "5")
		elsewhere.ClientID = globex
		w.createIn(w.t.Context(), elsewhere, plenty).want(w.t, "created")
		w.server.ResetRequests()
		batches()
		w.wantCount("", "", 0)
		w.onPosts(mockapi.Fault{Status: 422, Times: 1})
		w.create("A", "5").want(w.t, "refused 422")
		w.create("A", "5").want(w.t, "created")
		if got := batches(); got != 1 {
			t.Errorf("there are %d batches after a creation", got)
		}
		w.onLists(mockapi.Fault{Status: 403, Times: 1})
		w.client.changed(acme)
		if _, err := w.client.CreditBatches(w.t.Context(), acme, ""); err == nil {
			t.Error("a refusal is no error")
		}
		if got := batches(); got != 1 {
			t.Errorf("an error was kept: %d batches", got)
		}
	})
}

// What was asked before a change may be of before it.
func TestMemo_WhatWasAskedBeforeAChangeIsNotKept(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		w.onLists(mockapi.Fault{Times: 1, DelayAnswer: 10 * time.Second})
		earlier := make(chan int, 1)
		go func() {
			found, _ := w.client.CreditBatches(w.t.Context(), acme, "")
			earlier <- len(found)
		}()
		synctest.Wait()
		w.create("A", "5").want(w.t, "created")
		found, err := w.client.CreditBatches(w.t.Context(), acme, "")
		if err != nil || len(found) != 1 || <-earlier != 0 {
			t.Errorf("there are %d batches, %v", len(found), err)
		}
		if found, err = w.client.CreditBatches(w.t.Context(), acme, ""); err != nil || len(found) != 1 {
			t.Errorf("then there are %d batches, %v", len(found), err)
		}
	})
}
