package thoughtindustries

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestBefore_WhatExistsIsSaidOrAdopted(t *testing.T) {
	const clash = "A"
	tracked := func(string) bool { return true }
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *world)
		want    string
		tracked bool
		count   int // accounts that the error names
	}{
		{"fail", Config{}, func(w *world) { w.account(clash, "5") }, "exists", false, 1},
		{"fail is the default for years-old ones", Config{}, func(w *world) { w.accountMade(clash, "5", time.Unix(0, 0)) }, "exists", false, 1},
		{"fail, several", Config{OnExisting: FailOnExisting}, func(w *world) { w.account(clash, "5"); w.account(clash, "5") }, "exists", false, 2},
		{"fail, tracked by the state", Config{Tracked: tracked}, func(w *world) { w.account(clash, "5") }, "exists", true, 1},
		{"adopt", Config{OnExisting: AdoptExisting}, func(w *world) { w.account(clash, "5") }, "adopted", false, 0},
		{"adopt, several", Config{OnExisting: AdoptExisting}, func(w *world) { w.account(clash, "5"); w.account(clash, "5") }, "exists", false, 2},
		{"adopt, tracked by the state", Config{OnExisting: AdoptExisting, Tracked: tracked}, func(w *world) { w.account(clash, "5") }, "exists", true, 1},
		{"ignore", Config{OnExisting: IgnoreOnExisting}, func(w *world) { w.account(clash, "5") }, "created", false, 0},
		{"another name", Config{}, func(w *world) { w.account("a", "5") }, "created", false, 0},
		{"another balance", Config{}, func(w *world) { w.account(clash, "5.5") }, "created", false, 0},
		{"claimed by this run", Config{}, func(w *world) { w.client.ClaimCreditAccount(w.account(clash, "5").ID) }, "created", false, 0},
		{"created by this run", Config{}, func(w *world) { w.create(clash, "5") }, "created", false, 0},
		{"a balance of 0 leaves no trace", Config{}, func(w *world) { w.account(clash, "0") }, "created", false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEveryForm(t, mockapi.Options{}, test.config, func(w *world) {
				test.prepare(w)
				w.server.ResetRequests()
				accounts := len(w.server.Accounts())
				balance := "5"
				if strings.Contains(test.name, "balance of 0") {
					balance = "0"
				}
				got := w.create(clash, balance)
				got.want(t, test.want)
				switch test.want {
				case "created":
					w.wantPosts(1)
					w.wantAccounts(accounts + 1)
					return
				case "exists":
					exists := as[*ExistsError](t, got.err)
					if len(exists.Accounts) != test.count || exists.Tracked != test.tracked || exists.Accounts[0].ID == "" {
						t.Errorf("it names %d accounts, tracked %v; want %d and %v", len(exists.Accounts), exists.Tracked, test.count, test.tracked)
					}
				case "adopted":
					if got.Object.ID != w.server.Accounts()[0].ID || got.AfterUnknown {
						t.Errorf("adopted %s, after unknown: %v", got.Object.ID, got.AfterUnknown)
					}
				}
				w.wantPosts(0)
				w.wantAccounts(accounts)
			})
		})
	}
}

func TestBefore_UnderIgnoreNothingIsAsked(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.create("A", "5").want(t, "created")
		w.wantCount(http.MethodGet, "", 0)
	})
}

// Two that would adopt one account: one does, and the other says that it exists.
func TestBefore_AnAccountIsAdoptedOnce(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		w.account("A", "5")
		a, b := w.start(w.t.Context(), "A", "5"), w.start(w.t.Context(), "A", "5")
		kinds := []string{(<-a).kind(), (<-b).kind()}
		slices.Sort(kinds)
		if !slices.Equal(kinds, []string{"adopted", "created"}) {
			t.Errorf("got %v, want one that adopts and one that creates its own", kinds)
		}
		w.wantAccounts(2)
	})
}

// Between a lookup and the taking of what it found, a take-over may come.
func TestBefore_WhatIsTakenMeanwhileIsNotAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		account := w.account("A", "5")
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: namePath, Delay: 5 * time.Second})
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(time.Second)
		if !w.client.ClaimCreditAccount(account.ID) {
			t.Fatal("it was taken before")
		}
		(<-result).want(t, "exists")
		w.wantPosts(0)
	})
}

func TestBefore_EndpointsThatRefuseAreReportedOnceARun(t *testing.T) {
	for _, path := range []string{listPath, namePath} {
		for _, status := range []int{401, 403, 404, 405} {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
					w.account("A", "5")
					w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: path, Status: status})
					calls := 0
					for i := range 3 {
						got := w.create(fmt.Sprint(i), "5")
						got.want(t, "created")
						if strings.Contains(got.LookupRefused, fmt.Sprint(status)) {
							calls++
						}
					}
					if calls != 1 {
						t.Errorf("it was called %d times", calls)
					}
					w.wantPosts(3)
				})
			})
		}
	}
}

// A part of a listing proves nothing of the rest.
func TestBefore_NothingIsCreatedOnALookupThatFails(t *testing.T) {
	for _, fault := range []mockapi.Fault{
		{Path: listPath, Status: 500},
		{Path: listPath, Cut: mockapi.CutBody},
		{Path: listPath, Status: 200, Rewrite: mockapi.TooLong},
		{Path: listPath, Body: pointerTo("<html>")},
		{Path: listPath, Body: pointerTo(`{"data":{}}`)},
		{Path: listPath, Body: pointerTo(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":{}}}}`)},
		{Path: listPath, Status: 302},
		{Path: listPath, Skip: 1, Status: 500},
		{Path: listPath, Rewrite: mockapi.EachObject(func(batch map[string]any) { delete(batch, "creditAccountId") })},
		{Path: namePath, Status: 500},
		{Path: namePath, Body: pointerTo("<html>")},
	} {
		inEveryForm(t, mockapi.Options{PerPage: 1}, Config{}, func(w *world) {
			w.account("B", "5")
			w.account("C", "5")
			w.server.Inject(fault)
			got := w.create("A", "5")
			failed := as[*LookupFailedError](t, got.err)
			if failed.Reason == "" || got.LookupRefused != "" {
				t.Errorf("%+v: it says %q, refused %q", fault, failed.Reason, got.LookupRefused)
			}
			w.wantPosts(0)
		})
	}
}

// One account's actions may fail, be refused or hold no name: the others are
// looked at all the same, and what cannot be read may be the account.
func TestBefore_OneNameThatCannotBeReadHidesNoOther(t *testing.T) {
	for name, fault := range map[string]mockapi.Fault{
		"failing": {Status: 500}, "refused": {Status: 403}, "not found": {Status: 404}, "without a name": {Rewrite: mockapi.EachPage(emptyList)},
	} {
		for _, declared := range []string{"A", "B"} {
			for _, existing := range []OnExisting{FailOnExisting, AdoptExisting} {
				t.Run(fmt.Sprint(name, " ", declared, " ", existing), func(t *testing.T) {
					inBubble(t, mockapi.Options{}, Config{OnExisting: existing}, func(w *world) {
						w.accountMade("A", "5", time.Now().Add(-2*time.Hour))
						newer := w.accountMade("newer", "5", time.Now().Add(-time.Hour))
						fault := fault
						fault.Path = strings.Replace(namePath, "{account}", newer.ID, 1)
						w.server.Inject(fault)
						got := w.create(declared, "5")
						if declared == "A" && existing == FailOnExisting {
							got.want(t, "exists")
						} else {
							_ = as[*LookupFailedError](t, got.err)
						}
						w.wantPosts(0)
					})
				})
			}
		}
	}
}

func TestBefore_NamesThatAreNeverReturnedAreReportedOnceARun(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		for i := range 3 {
			w.account(fmt.Sprint("there ", i), "5")
		}
		w.server.Inject(mockapi.Fault{Path: namePath, Rewrite: mockapi.EachPage(emptyList)})
		calls := 0
		for i := range 10 {
			got := w.create(fmt.Sprint(i), "5")
			got.want(t, "created")
			if got.LookupRefused != "" {
				calls++
			}
		}
		if calls != 1 {
			t.Errorf("it was called %d times", calls)
		}
		w.wantCount(http.MethodGet, namePath, 3) // once for each account
	})
}

func TestBefore_AccountsOfOneBalanceAreAllRecognised(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		for i := range 40 {
			w.account(fmt.Sprint(i), "5")
		}
		for i := range 40 {
			w.create(fmt.Sprint(i), "5").want(t, "adopted")
		}
		w.wantPosts(0)
		w.wantCount(http.MethodGet, namePath, 40)
	})
}

func TestBefore_AccountsBeyondTheBoundAreCounted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{MaxCandidates: 3}, func(w *world) {
		for i := range 5 {
			w.account(fmt.Sprint(i), "5")
		}
		got := w.create("A", "5")
		got.want(t, "created")
		if got.NotLookedUp != 2 {
			t.Errorf("%d were not looked at, want 2", got.NotLookedUp)
		}
		w.wantCount(http.MethodGet, namePath, 3)
	})
	if defaultMaxCandidates != 250 {
		t.Errorf("the bound is %d", defaultMaxCandidates)
	}
}

// Services trim names and engines compose them.
func TestBefore_NamesAreTheSameInAnotherForm(t *testing.T) {
	for stored, declared := range map[string]string{
		"Acme": "Acme ", " Acme": "Acme", "Acme  Inc": "Acme Inc", "Acme\u00a0Inc": "Acme Inc", "Cafe\u0301": "Caf\u00e9",
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.account(stored, "5")
			w.create(declared, "5").want(t, "exists")
			w.create("acme", "5").want(t, "created")
		})
	}
}

func TestBefore_PassesOverTheListedIDsAlone(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		first, second := w.account("A", "5"), w.account("A", "5")
		r := request("A", "5")
		r.Alongside = []string{strings.ToUpper(first.ID), second.ID}
		third := w.createIn(w.t.Context(), r, plenty)
		third.want(t, "created")
		r.Alongside = []string{first.ID}
		w.createIn(w.t.Context(), r, plenty).want(t, "adopted")
		w.wantPosts(1)
	})
}

func TestExisting_IsTheSameLookupForAPlan(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.account("A", "5")
		found, err := w.client.ExistingCreditAccounts(w.t.Context(), request("A", "5"), false)
		if err != nil || len(found) != 1 || found[0].ID != made.ID {
			t.Errorf("found %v, %v", found, err)
		}
		if found, err = w.client.ExistingCreditAccounts(w.t.Context(), request("B", "5"), true); err != nil || len(found) != 0 {
			t.Errorf("found %v, %v", found, err)
		}
		w.create("A", "5").want(t, "exists")
		w.wantCount(http.MethodGet, listPath, 1)
		w.wantPosts(0)
	})
}

func TestFind_ShowsAPersonWhateverMayBeIt(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{Tracked: func(id string) bool { return id == "tracked" }}, func(w *world) {
		old := w.accountMade("A", "5", time.Now().Add(-time.Hour))
		newer := w.accountMade("A ", "5", time.Now().Add(-time.Minute))
		w.account("A", "6")
		find := func() []string {
			found, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5"))
			if err != nil {
				t.Fatal(err)
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
		if got := find(); !slices.Equal(got, []string{old.ID}) {
			t.Errorf("found %v, and one of them is taken", got)
		}
		w.server.Inject(mockapi.Fault{Path: listPath, Status: 403})
		_, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5"))
		_ = as[*LookupRefusedError](t, err)
	})
}

func TestBefore_AMatchCountsAlsoWhereAnotherNameFails(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		old := w.accountMade("other", "5", time.Now().Add(-2*time.Hour))
		w.account("A", "5")
		w.server.Inject(mockapi.Fault{Path: strings.Replace(namePath, "{account}", old.ID, 1), Status: 500})
		w.create("A", "5").want(t, "exists")
		w.wantPosts(0)
	})
}

func TestIsRefusal_KnowsWhichStatusesMeanIt(t *testing.T) {
	for status := 300; status < 500; status++ {
		want := slices.Contains([]int{401, 403, 404, 405}, status)
		if got := isRefusal(fmt.Errorf("looking: %w", &APIError{Status: status})); got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
	if isRefusal(errors.New("403")) || isRefusal(nil) {
		t.Error("what the API did not respond to is no refusal")
	}
}
