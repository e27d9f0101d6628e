package thoughtindustries

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// words shows what was returned, in one line.
func words(values ...Optional[string]) string {
	var shown []string
	for _, value := range values {
		shown = append(shown, show(value))
	}
	return strings.Join(shown, " | ")
}

func TestListings_ReadEveryDocumentedField(t *testing.T) {
	inBubble(t, mockapi.Options{PerPage: 1}, Config{}, func(w *world) {
		ctx := w.t.Context()
		w.server.AddClient(mockapi.Client{ID: acme, Name: "Acme", SchoolName: "Academy", Slug: "acme", SKU: "AC", CustomHost: "learn.acme.test"})
		w.server.AddLicense(acme, mockapi.License{ID: someID, Name: "Safety", Label: "Safety first", SKU: "SAF"})
		w.server.AddLicense(acme, mockapi.License{Name: "Other"})
		account := w.account("A", "7.5")

		clients, err := w.client.Clients(ctx, "", "")
		if err != nil || len(clients) != 2 {
			t.Fatal(clients, err)
		}
		one, err := w.client.CustomerClient(ctx, strings.ToUpper(acme))
		if err != nil || one == nil {
			t.Fatal(one, err)
		}
		for _, c := range []CustomerClient{clients[0], *one} {
			if got, want := words(c.ID, c.Name, c.SchoolName, c.Slug, c.SKU, c.CustomHost), acme+" | Acme | Academy | acme | AC | learn.acme.test"; got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		}
		licenses, err := w.client.Licenses(ctx, acme)
		if err != nil || len(licenses) != 2 {
			t.Fatal(licenses, err)
		}
		if got, want := words(licenses[0].ID, licenses[0].Name, licenses[0].Label, licenses[0].SKU), someID+" | Safety | Safety first | SAF"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		actions, err := w.client.CreditActions(ctx, acme, account.ID, CreditActions)
		if err != nil || len(actions) != 1 {
			t.Fatal(actions, err)
		}
		a := actions[0]
		if show(a.CreditAccountName) != "A" || show(a.Amount) != "7.5" || show(a.Action) != "credit" || show(a.Target) != w.server.Batches()[0].ID || show(a.TargetBalanceOut) != "7.5" {
			t.Errorf("the action is %+v", a)
		}
		if debits, err := w.client.CreditActions(ctx, acme, account.ID, DebitActions); err != nil || len(debits) != 0 {
			t.Errorf("there are debits: %v, %v", debits, err)
		}
		batches, err := w.client.CreditBatches(ctx, acme, account.ID)
		if err != nil || len(batches) != 1 {
			t.Fatal(batches, err)
		}
		b, stored := batches[0], w.server.Batches()[0]
		if got, want := words(b.ID, b.Name, b.ClientID, b.CreditAccountID, b.Status, b.ExpiresOn), stored.ID+" | A | "+acme+" | "+account.ID+" | active | null"; got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
		if show(b.StartingBalance) != "7.5" || show(b.CurrentBalance) != "7.5" || !b.created().Equal(stored.CreatedAt) {
			t.Errorf("the batch is %+v", b)
		}
		listed, err := w.client.CreditAccounts(ctx, acme)
		if err != nil || len(listed) != 1 || listed[0].Name != "A" || listed[0].ID != account.ID || listed[0].CurrentBalance.Cmp(number(t, "7.5")) != 0 {
			t.Errorf("the accounts are %+v, %v", listed, err)
		}
		if owner, ok := w.client.owners.peek(strings.ToLower(account.ID)); owner != acme || !ok {
			t.Errorf("the account is %s's, %v", owner, ok)
		}
	})
}

func TestListings_AQueryIsPassedOn(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		found, err := w.client.Clients(w.t.Context(), "glob", "name")
		if err != nil || len(found) != 1 || show(found[0].Name) != "Globex" {
			t.Errorf("got %v, %v", found, err)
		}
	})
}

func TestListings_WhatCannotBeHad(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		ctx := w.t.Context()
		if found, err := w.client.CustomerClient(ctx, someID); found != nil || err != nil {
			t.Errorf("a client that does not exist: %v, %v", found, err)
		}
		w.server.Inject(mockapi.Fault{Path: "/clients/{id}", Times: 1, Body: pointerTo(`{"data":{"ClientById":null}}`)})
		if _, err := w.client.CustomerClient(ctx, acme); err == nil || !strings.Contains(err.Error(), "has no client") {
			t.Errorf("a response without a client: %v", err)
		}
		w.server.Inject(mockapi.Fault{Path: "/clients/{id}", Status: 500})
		began := time.Now()
		if _, err := w.client.CustomerClient(ctx, acme); err == nil || !strings.Contains(err.Error(), "500") || time.Since(began) == 0 {
			t.Errorf("an API out of order: %v after %v", err, time.Since(began))
		}
		w.wantCount(http.MethodGet, "/clients/{id}", 2+getTries)
	})
}

// batchRequest asks for a batch without a name.
func batchRequest(balance string) CreditBatchRequest {
	starting, _ := ParseNumber(balance)
	return CreditBatchRequest{ClientID: acme, StartingBalance: starting}
}

func (w *world) createBatch(r CreditBatchRequest) (Creation[CreditBatch], error) {
	return w.client.CreateCreditBatch(w.t.Context(), r, plenty)
}

func TestBatch_EveryFaultOfAPost(t *testing.T) {
	for _, test := range []struct {
		name           string
		fault          mockapi.Fault
		kind           string
		posts, batches int
	}{
		{"no fault", mockapi.Fault{}, "created", 1, 1},
		{"response lost", mockapi.Fault{Times: 1, Cut: mockapi.CutConnection, Commit: true}, "found", 1, 1},
		{"500, not committed", mockapi.Fault{Times: 1, Status: 500}, "unknown", 1, 0},
		{"503 with Retry-After", mockapi.Fault{Times: 1, Status: 503, Header: http.Header{"Retry-After": {"9"}}}, "unknown", 1, 0},
		{"429", mockapi.Fault{Times: 1, Status: 429}, "created", 2, 1},
		{"422", mockapi.Fault{Times: 1, Status: 422}, "refused 422", 1, 0},
		{"an id that is null", mockapi.Fault{Times: 1, Commit: true, Body: pointerTo(`{"data":{"CreateCreditBatch":{"id":null}}}`)}, "found", 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			inEveryForm(t, mockapi.Options{}, Config{}, func(w *world) {
				test.fault.Method, test.fault.Path = http.MethodPost, listPath
				w.server.Inject(test.fault)
				got, err := w.createBatch(batchRequest("5"))
				created{Creation[CreditAccount]{Adopted: got.Adopted, AfterUnknown: got.AfterUnknown}, err}.want(t, test.kind)
				w.wantCount(http.MethodPost, listPath, test.posts)
				if batches := w.server.Batches(); len(batches) != test.batches || err == nil && text(got.Object.ID.Value) != batches[0].ID {
					t.Errorf("there are %d batches, and the one created is %s", len(batches), show(got.Object.ID))
				}
			})
		})
	}
}

// A batch whose response was lost is none that was there, is tracked, or is another.
func TestBatch_LookPassesOverWhatCannotBeIt(t *testing.T) {
	later := func(w *world, change func(b *mockapi.CreditBatch)) string {
		b := mockapi.CreditBatch{ClientID: acme, StartingBalance: json.Number("5")}
		change(&b)
		return w.server.AddBatch(b).ID
	}
	var id string
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *world)
		want    string
	}{
		{"the same", Config{}, func(w *world) { later(w, func(*mockapi.CreditBatch) {}) }, "found"},
		{"dated before the POST by another clock", Config{}, func(w *world) {
			later(w, func(b *mockapi.CreditBatch) { b.CreatedAt = time.Now().Add(-2 * time.Hour) })
		}, "found"},
		{"another balance", Config{}, func(w *world) { later(w, func(b *mockapi.CreditBatch) { b.StartingBalance = "6" }) }, "unknown"},
		{"of an account", Config{}, func(w *world) { later(w, func(b *mockapi.CreditBatch) { b.CreditAccountID = someID }) }, "unknown"},
		{"claimed", Config{}, func(w *world) { w.client.claims.claim(later(w, func(*mockapi.CreditBatch) {})) }, "unknown"},
		{"tracked", Config{Tracked: func(tracked string) bool { return tracked == id }}, func(w *world) { id = later(w, func(*mockapi.CreditBatch) {}) }, "unknown"},
		{"two of them", Config{}, func(w *world) { later(w, func(*mockapi.CreditBatch) {}); later(w, func(*mockapi.CreditBatch) {}) }, "unknown"},
	} {
		t.Run(test.name, func(t *testing.T) {
			id = ""
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				if _, err := w.createBatch(batchRequest("1")); err != nil { // takes the listing
					t.Fatal(err)
				}
				test.prepare(w)
				w.server.Inject(mockapi.Fault{Method: http.MethodPost, Path: listPath, Status: 500})
				got, err := w.createBatch(batchRequest("5"))
				created{Creation[CreditAccount]{Adopted: got.Adopted, AfterUnknown: got.AfterUnknown}, err}.want(t, test.want)
			})
		})
	}
}

func TestBatch_TheOneThatCameWithTheAccountIsNotTheTopUp(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		account := w.create("A", "5")
		account.want(t, "created")
		w.server.Inject(mockapi.Fault{Method: http.MethodPost, Path: listPath, Status: 500})
		r := batchRequest("5")
		r.CreditAccountID = &account.Object.ID
		_, err := w.createBatch(r)
		_ = as[*UnknownOutcomeError](t, err)
	})
}

func TestBatch_OneOfThatNameStandsInTheWay(t *testing.T) {
	name := "spring"
	for _, test := range []struct {
		name   string
		config Config
		count  int // of such batches
		called *string
		kind   string
		posts  int
	}{
		{"fail", Config{}, 1, &name, "exists", 0},
		{"adopt", Config{OnExisting: AdoptExisting}, 1, &name, "adopted", 0},
		{"adopt, several", Config{OnExisting: AdoptExisting}, 2, &name, "exists", 0},
		{"adopt, tracked", Config{OnExisting: AdoptExisting, Tracked: func(string) bool { return true }}, 1, &name, "exists", 0},
		{"ignore", Config{OnExisting: IgnoreOnExisting}, 1, &name, "created", 1},
		{"none", Config{}, 0, &name, "created", 1},
		{"without a name", Config{}, 1, nil, "created", 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *world) {
				for range test.count {
					w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, Name: name, StartingBalance: "5"})
				}
				r := batchRequest("5")
				r.Name = test.called
				got, err := w.createBatch(r)
				created{Creation[CreditAccount]{Adopted: got.Adopted, AfterUnknown: got.AfterUnknown}, err}.want(t, test.kind)
				w.wantCount(http.MethodPost, listPath, test.posts)
				if test.kind == "exists" {
					if exists := as[*ExistsError](t, err); len(exists.Batches) != test.count || exists.Tracked != strings.HasSuffix(test.name, "tracked") {
						t.Errorf("it names %d batches, tracked: %v", len(exists.Batches), exists.Tracked)
					}
				}
			})
		})
	}
}

// The look compares balances as a server keeps them, so what it could take for
// one another must not be under way at once.
func TestBatch_OnesThatADoubleCannotTellApartGoOneAfterTheOther(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.server.Inject(mockapi.Fault{Method: http.MethodPost, Delay: 10 * time.Second})
		var group sync.WaitGroup
		for _, balance := range []string{"5", "5.00000000000000000000000001"} {
			group.Go(func() {
				if _, err := w.createBatch(batchRequest(balance)); err != nil {
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

func TestBatch_AChangeThatIsPutOffForEverEnds(t *testing.T) {
	for _, status := range []int{429, 503} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Method: http.MethodPut, Status: status, Header: http.Header{"Retry-After": {"60"}}})
			name, began := "autumn", time.Now()
			_, err := w.client.UpdateCreditBatch(w.t.Context(), acme, w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"}).ID, CreditBatchChange{Name: &name})
			if failed := as[*ResponseError](t, err); !strings.Contains(failed.Reason, "put the change off for 20m") {
				t.Errorf("%d: it says %q", status, failed.Reason)
			}
			if took := time.Since(began); took != updateAtMost {
				t.Errorf("%d: it took %s", status, took)
			}
		})
	}
}

func TestBatch_IsSentAndChangedAsDocumented(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		name, ends := "spring", time.Date(2030, 5, 1, 2, 0, 0, 123456789, time.FixedZone("", 7200))
		r := batchRequest("5.5")
		r.Name, r.ExpiresOn = &name, &ends
		got, err := w.createBatch(r)
		if err != nil {
			t.Fatal(err)
		}
		renamed := "summer"
		changed, err := w.client.UpdateCreditBatch(w.t.Context(), acme, *got.Object.ID.Value, CreditBatchChange{Name: &renamed})
		if err != nil || show(changed.Name) != "summer" || show(changed.ExpiresOn) != "2030-05-01T00:00:00.123Z" {
			t.Errorf("it is now %+v, %v", changed, err)
		}
		var bodies []string
		for _, request := range w.server.Requests() {
			bodies = append(bodies, request.Method+" "+string(request.Body))
		}
		want := []string{
			`POST {"clientId":"` + acme + `","startingBalance":5.5,"name":"spring","expiresOn":"2030-05-01T00:00:00.123Z"}`,
			`PUT {"name":"summer"}`,
		}
		if strings.Join(bodies, "\n") != strings.Join(want, "\n") {
			t.Errorf("sent\n%s\nwant\n%s", strings.Join(bodies, "\n"), strings.Join(want, "\n"))
		}
		w.server.Inject(mockapi.Fault{Method: http.MethodPut, Times: 1, Status: 500, Commit: true})
		if _, err := w.client.UpdateCreditBatch(w.t.Context(), acme, *got.Object.ID.Value, CreditBatchChange{Name: &name}); err != nil {
			t.Errorf("a PUT is not sent again after a 500: %v", err)
		}
		w.wantCount(http.MethodPut, "", 3)
	})
}

func TestBatch_IsGoneOnlyWhereTheListingsSaySo(t *testing.T) {
	long := time.Unix(0, 0)
	for _, test := range []struct {
		name    string
		made    time.Time
		prepare func(w *world, id string) string
		found   bool
		gone    bool
	}{
		{"there", long, func(_ *world, id string) string { return strings.ToUpper(id) }, true, false},
		{"gone", long, func(w *world, id string) string { w.server.RemoveBatch(id); return id }, false, true},
		{"made a moment ago", time.Time{}, func(w *world, id string) string { w.server.RemoveBatch(id); return id }, false, false},
		{"made by this process", long, func(w *world, id string) string { w.server.RemoveBatch(id); w.client.claims.claim(id); return id }, false, false},
		{"missing from the first listing alone", long, func(w *world, id string) string {
			w.server.Inject(mockapi.Fault{Path: listPath, Times: 1, Rewrite: mockapi.EachPage(emptyList)})
			return id
		}, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
				made := w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5", CreatedAt: long})
				if test.made.IsZero() {
					test.made = time.Now().Add(-listingLag / 2)
				}
				id := test.prepare(w, made.ID)
				found, gone, err := w.client.ReadCreditBatch(w.t.Context(), acme, id, test.made)
				if (found != nil) != test.found || gone != test.gone || err != nil {
					t.Errorf("found %v, gone %v, %v", found, gone, err)
				}
			})
		})
	}
	t.Run("nor where nobody knows when it was made", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			if found, gone, err := w.client.ReadCreditBatch(w.t.Context(), acme, someID, time.Time{}); found != nil || gone || err != nil {
				t.Errorf("found %v, gone %v, %v", found, gone, err)
			}
		})
	})
	t.Run("but not where ids cannot be read", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"})
			w.server.Inject(mockapi.Fault{Path: listPath, Rewrite: mockapi.Set("id", 7)})
			if _, gone, err := w.client.ReadCreditBatch(w.t.Context(), acme, someID, long); gone || err == nil {
				t.Errorf("gone %v, %v", gone, err)
			}
		})
	})
	t.Run("nor where the listing fails", func(t *testing.T) {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.server.Inject(mockapi.Fault{Path: listPath, Status: 403})
			if _, gone, err := w.client.ReadCreditBatch(w.t.Context(), acme, someID, long); gone || !isKind[*LookupRefusedError](err) {
				t.Errorf("gone %v, %v", gone, err)
			}
		})
	})
}

func TestFindCreditBatches_LooksForALaterProcess(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		made := w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5", CreatedAt: time.Now().Add(-time.Hour)})
		if _, err := w.createBatch(batchRequest("1")); err != nil { // its listing holds the batch that is looked for
			t.Fatal(err)
		}
		found, err := w.client.FindCreditBatches(w.t.Context(), batchRequest("5"))
		if err != nil || len(found) != 1 || show(found[0].ID) != made.ID {
			t.Errorf("found %v, %v", found, err)
		}
	})
}

func TestActiveBalance_IsWhatCanBeSpent(t *testing.T) {
	b := func(status, balance string) CreditBatch {
		tree, err := decodeLenient([]byte(`{"status":` + status + `,"currentBalance":` + balance + `}`))
		if err != nil {
			t.Fatal(err)
		}
		return readCreditBatch(tree.(object))
	}
	for _, test := range []struct {
		name    string
		batches []CreditBatch
		want    string
	}{
		{"none", nil, "0"},
		{"a tenth and two tenths", []CreditBatch{b(`"active"`, "0.1"), b(`"Active"`, "0.2")}, "0.3"},
		{"expired ones do not count", []CreditBatch{b(`"active"`, "1"), b(`"expired"`, "2"), b(`"expired"`, "null")}, "1"},
		{"a status that is not returned", []CreditBatch{b(`"active"`, "1"), b("null", "2")}, ""},
		{"a balance that is not returned", []CreditBatch{b(`"active"`, "null")}, ""},
	} {
		got := ActiveBalance(test.batches)
		if (got == nil) != (test.want == "") || got != nil && got.Cmp(number(t, test.want)) != 0 {
			t.Errorf("%s: got %v, want %s", test.name, got, test.want)
		}
	}
}

func TestCreditBatches_AListingThatChangesWhileItIsReadIsReadAnew(t *testing.T) {
	page := func(number, total int, id string) mockapi.Fault {
		return mockapi.Fault{Method: http.MethodGet, Path: listPath, Times: 1, Body: pointerTo(fmt.Sprintf(
			`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[{"id":%q}],"pageInfo":{"currentPage":%d,"total":%d,"hasMore":%v}}}}`,
			id, number, total, number < total))}
	}
	const first, second, third = "0f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "0f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02", "0f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c03"
	for name, test := range map[string]struct {
		pages []mockapi.Fault
		found int
	}{
		"it grew":                             {[]mockapi.Fault{page(1, 2, first), page(2, 3, first), page(1, 3, third), page(2, 3, first), page(3, 3, second)}, 3},
		"it grew at its end":                  {[]mockapi.Fault{page(1, 2, first), page(2, 3, second), page(3, 3, third)}, 3},
		"a page came twice, with what is new": {[]mockapi.Fault{page(1, 2, first), page(2, 3, third), page(3, 3, first), page(1, 3, third), page(2, 3, first), page(3, 3, second)}, 3},
		"it only repeats":                     {[]mockapi.Fault{page(1, 3, first), page(2, 3, first)}, -1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
				for _, page := range test.pages {
					w.server.Inject(page)
				}
				batches, err := w.client.creditBatches(w.t.Context(), acme, "", getTries)
				if got := len(batches); (err == nil) != (test.found >= 0) || err == nil && got != test.found {
					t.Errorf("got %d batches, %v", got, err)
				}
				w.wantCount(http.MethodGet, listPath, len(test.pages))
			})
		})
	}
}
