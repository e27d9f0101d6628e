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
	held := func(string) bool { return true }
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *world)
		want    string
		holds   bool
		count   int // accounts that the error names
	}{
		{"fail", Config{}, func(w *world) { w.account(clash, "5") }, "exists", false, 1},
		{"fail is the default for years-old ones", Config{}, func(w *world) { w.accountMade(clash, "5", time.Unix(0, 0)) }, "exists", false, 1},
		{"fail, several", Config{OnExisting: FailOnExisting}, func(w *world) { w.account(clash, "5"); w.account(clash, "5") }, "exists", false, 2},
		{"fail, held by the state", Config{Held: held}, func(w *world) { w.account(clash, "5") }, "exists", true, 1},
		{"adopt", Config{OnExisting: AdoptExisting}, func(w *world) { w.account(clash, "5") }, "adopted", false, 0},
		{"adopt, several", Config{OnExisting: AdoptExisting}, func(w *world) { w.account(clash, "5"); w.account(clash, "5") }, "exists", false, 2},
		{"adopt, held by the state", Config{OnExisting: AdoptExisting, Held: held}, func(w *world) { w.account(clash, "5") }, "exists", true, 1},
		{"ignore", Config{OnExisting: IgnoreOnExisting}, func(w *world) { w.account(clash, "5") }, "created", false, 0},
		{"another name", Config{}, func(w *world) { w.account("a", "5") }, "created", false, 0},
		{"another balance", Config{}, func(w *world) { w.account(clash, "5.5") }, "created", false, 0},
		{"claimed by this run", Config{}, func(w *world) { w.client.ClaimCreditAccount(w.account(clash, "5").ID, "") }, "created", false, 0},
		{"deleted by this run", Config{}, func(w *world) { w.client.ForgetCreditAccount(acme, clash, w.account(clash, "5").ID) }, "created", false, 0},
		{"adopt, in place of one deleted by this run", Config{OnExisting: AdoptExisting}, func(w *world) {
			w.client.ForgetCreditAccount(strings.ToUpper(acme), clash, w.account(clash, "5").ID)
			w.account(clash, "5")
		}, "exists", false, 1},
		{"adopt, one of another name deleted by this run", Config{OnExisting: AdoptExisting}, func(w *world) {
			w.account(clash, "5")
			w.client.ForgetCreditAccount(acme, "a", w.account("a", "5").ID)
		}, "adopted", false, 0},
		{"created by this run", Config{}, func(w *world) { w.create(clash, "5") }, "created", false, 0},
		{"a balance of 0 leaves no trace", Config{}, func(w *world) { w.account(clash, "0") }, "created", false, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
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
					if len(exists.Accounts) != test.count || exists.Held != test.holds || exists.Accounts[0].ID == "" {
						t.Errorf("it names %d accounts, held %v; want %d and %v", len(exists.Accounts), exists.Held, test.count, test.holds)
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

// Between a look and the taking of what it found, a take-over may come.
func TestBefore_WhatIsTakenMeanwhileIsNotAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		account := w.account("A", "5")
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: namePath, Delay: 5 * time.Second})
		result := w.start(w.t.Context(), "A", "5")
		time.Sleep(time.Second)
		if !w.client.ClaimCreditAccount(account.ID, "") {
			t.Fatal("it was taken before")
		}
		(<-result).want(t, "exists")
		w.wantPosts(0)
	})
}

func TestBefore_NothingIsAdoptedWhereAnotherIsWanted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: AdoptExisting}, func(w *world) {
		w.account("A", "5")
		another := request("A", "5")
		another.Another = true
		w.createIn(w.t.Context(), another, plenty).want(t, "exists")
		w.wantPosts(0)
		w.create("A", "5").want(t, "adopted")
	})
}

func TestBefore_EndpointsThatRefuseAreToldOnceARun(t *testing.T) {
	for _, path := range []string{listPath, namePath} {
		for _, status := range []int{401, 403, 404, 405} {
			t.Run(fmt.Sprint(path, " ", status), func(t *testing.T) {
				inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
					w.account("A", "5")
					w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: path, Status: status})
					told := 0
					for i := range 3 {
						got := w.create(fmt.Sprint(i), "5")
						got.want(t, "created")
						if strings.Contains(got.LookupRefused, fmt.Sprint(status)) {
							told++
						}
					}
					if told != 1 {
						t.Errorf("it was told %d times", told)
					}
					w.wantPosts(3)
				})
			})
		}
	}
}

func TestBefore_AListingThatFailsIsNoReasonNotToCreate(t *testing.T) {
	for _, fault := range []mockapi.Fault{
		{Path: listPath, Status: 500},
		{Path: listPath, Cut: mockapi.CutBody},
		{Path: listPath, EndlessBody: true},
		{Path: listPath, Body: pointerTo("<html>")},
		{Path: listPath, Body: pointerTo(`{"data":{}}`)},
		{Path: listPath, Body: pointerTo(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":{}}}}`)},
		{Path: listPath, Status: 302},
		{Path: listPath, Body: pointerTo(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[{}],"pageInfo":{"hasMore":true}}}}`)},
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.account("A", "5")
			w.server.Inject(fault)
			got := w.create("A", "5")
			got.want(t, "created")
			if got.LookupRefused != "" {
				t.Errorf("%+v: it is said to be refused: %s", fault, got.LookupRefused)
			}
			if !strings.Contains(w.log.text(), "Could not look whether it exists already") {
				t.Errorf("%+v: nothing is logged", fault)
			}
		})
	}
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

func TestFind_LooksForALaterProcess(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.accountMade("A", "5", time.Now().Add(-time.Hour))
		w.accountMade("A", "5", time.Now().Add(-2*time.Hour))
		w.create("B", "5").want(t, "created") // its listing holds the account that is looked for
		found, err := w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5"), time.Now().Add(-time.Hour+4*time.Second))
		if err != nil || len(found) != 1 || found[0].ID != made.ID {
			t.Errorf("found %v (%v), want %s alone", found, err, made.ID)
		}
		w.client.ForgetCreditAccount(acme, "A", made.ID)
		if found, err = w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5"), time.Now().Add(-time.Hour)); err != nil || len(found) != 0 {
			t.Errorf("found %v (%v), and it was given up", found, err)
		}
		w.server.Inject(mockapi.Fault{Path: listPath, Status: 403})
		if _, err = w.client.FindCreditAccounts(w.t.Context(), acme, "A", number(t, "5"), time.Now()); !lookupRefused(err) {
			t.Errorf("got error %v, want that it was refused", err)
		}
	})
}

func TestLookupRefused_KnowsWhichStatusesMeanIt(t *testing.T) {
	for status := 300; status < 500; status++ {
		want := slices.Contains([]int{401, 403, 404, 405}, status)
		if got := lookupRefused(fmt.Errorf("looking: %w", &APIError{Status: status})); got != want {
			t.Errorf("%d: got %v, want %v", status, got, want)
		}
	}
	if lookupRefused(errors.New("403")) || lookupRefused(nil) {
		t.Error("what the API did not answer is no refusal")
	}
}
