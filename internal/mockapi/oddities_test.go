package mockapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// actionsOf is the path of an account's credits.
func actionsOf(client, account string) string {
	return "/incoming/v2/clients/" + client + "/creditAccount/" + account + "/creditActions?actionType=credit&clientId=" + client
}

const anyActions = "/clients/{id}/creditAccount/{creditAccountId}/creditActions"

func TestFault_RetryAfterIsWhateverIsWanted(t *testing.T) {
	for _, value := range []string{"0", "-5", "Wed, 21 Oct 2015 07:28:00 GMT", "99999999999999999999", "soon"} {
		for _, status := range []int{429, 503} {
			s := newServer(t, mockapi.Options{})
			s.Inject(mockapi.Fault{Status: status, Commit: status == 503, Header: http.Header{"Retry-After": {value}}})
			a := ask(s, "POST", accountPath, accountBody)
			a.want(t, status)
			if got := a.header.Get("Retry-After"); got != value {
				t.Errorf("Retry-After %q, want %q", got, value)
			}
			if got := len(s.Accounts()); (got == 1) != (status == 503) {
				t.Errorf("%d: %d accounts", status, got)
			}
		}
	}
}

func TestFault_StoresAfterA503AndLagsBehind(t *testing.T) {
	inBubble(t, mockapi.Options{ListingLag: 6 * time.Second}, func(t *testing.T, s *mockapi.Server, n network) {
		s.Inject(mockapi.Fault{Method: "POST", Status: 503, CommitDelay: time.Second, Header: http.Header{"Retry-After": {"0"}}})
		listed := func() int {
			a, err := n.ask(t.Context(), "GET", listBatches, "")
			if err != nil {
				t.Fatal(err)
			}
			return len(a.list(t, "APICreditBatchesByClientAndCreditAccount", "creditBatches"))
		}
		if a, err := n.ask(t.Context(), "POST", accountPath, accountBody); err != nil || a.status != 503 {
			t.Fatalf("%d, %v", a.status, err)
		}
		if len(s.Accounts()) != 0 {
			t.Error("stored too early")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if len(s.Accounts()) != 1 || listed() != 0 {
			t.Error("not stored, or listed too early")
		}
		time.Sleep(6 * time.Second)
		if listed() != 1 {
			t.Error("not listed")
		}
	})
}

func TestFault_ConcernsOneAccountsActionsAlone(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	broken := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "Broken", StartingBalance: "1"})
	fine := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "Fine", StartingBalance: "1"})
	s.Inject(mockapi.Fault{Path: "/clients/{id}/creditAccount/" + broken.ID + "/creditActions", Status: 500})
	ask(s, "GET", actionsOf(acme, broken.ID), "").want(t, 500)
	ask(s, "GET", actionsOf(acme, fine.ID), "").want(t, 200, `"creditAccountName":"Fine"`)
	ask(s, "GET", listBatches, "").want(t, 200)
}

func TestFault_ObjectChangesEveryEntryInEachForm(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newCrowd(t, o)
		s.Inject(mockapi.Fault{Path: anyActions, Object: mockapi.Set("creditAccountName", nil)})
		ask(s, "GET", actionsOf(acme, crowded), "").want(t, 200, `"creditAccountName":null`)
		if a := ask(s, "GET", actionsOf(acme, crowded), ""); strings.Contains(a.text, "Crowded") {
			t.Errorf("a name is returned in %s", a.text)
		}

		s.Inject(mockapi.Fault{Path: "/clients/{id}/creditBatches", Entries: func(all []map[string]any) []map[string]any {
			if len(all) != 5 {
				t.Errorf("%d entries", len(all))
			}
			return all[4:]
		}})
		ids, _ := parts(t, o.Wire, batchesListing.operation, batchesListing.list, ask(s, "GET", listBatches, ""))
		if len(ids) != 1 || ids[0] != s.Batches()[4].ID {
			t.Errorf("listed %v", ids)
		}
	})
}

func TestFault_RespondsWithAnotherID(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newServer(t, o)
		issued := s.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "Theirs"})
		for _, id := range []any{issued.ID, "req-8f3", 7, nil} {
			s.Inject(mockapi.Fault{Method: "POST", Times: 1, Object: mockapi.Set("id", id)})
			got := object(t, o.Wire, "APICreateCreditAccount", ask(s, "POST", accountPath, accountBody))
			if fmt.Sprint(got["id"]) != fmt.Sprint(id) || got["name"] != "A" {
				t.Errorf("responded with %v, want id %v", got, id)
			}
		}
		if got := len(s.Accounts()); got != 5 {
			t.Errorf("%d accounts", got)
		}
	})
}

func TestFault_RespondsWithObjectsThatAreNoAccount(t *testing.T) {
	for _, body := range []string{`{"id":"req-8f3","status":"accepted"}`, `{"data":{"error":{"id":"E42"}}}`} {
		s := newServer(t, mockapi.Options{})
		s.Inject(mockapi.Fault{Status: 200, Body: &body, Commit: true})
		if a := ask(s, "POST", accountPath, accountBody); a.status != 200 || a.text != body || len(s.Accounts()) != 1 {
			t.Errorf("%d %s", a.status, a.text)
		}
	}
}

func TestFault_RoleMayReadNothing(t *testing.T) {
	s := newCrowd(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Method: "GET", Path: "/clients", Status: 403})
	s.Inject(mockapi.Fault{Method: "GET", Path: "/clients/{rest...}", Status: 403})
	for _, l := range listings {
		ask(s, "GET", l.path, "").want(t, 403, `"error":"forbidden"`)
	}
	ask(s, "GET", "/incoming/v2/clients/"+acme, "").want(t, 403)
	ask(s, "GET", ping, "").want(t, 200, `{"valid":true}`)
	ask(s, "POST", accountPath, accountBody).want(t, 201)
}

func TestListings_WrongClientFindsNothing(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	theirs := s.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "Theirs", StartingBalance: "5"})
	for path, entries := range map[string]int{
		actionsOf(globex, theirs.ID): 1,
		actionsOf(acme, theirs.ID):   0,
	} {
		if got := ask(s, "GET", path, "").list(t, "APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions"); len(got) != entries {
			t.Errorf("%s: %v", path, got)
		}
	}
	if got := ask(s, "GET", listBatches+"&creditAccountId="+theirs.ID, "").list(t, "APICreditBatchesByClientAndCreditAccount", "creditBatches"); len(got) != 0 {
		t.Errorf("batches %v", got)
	}
	ask(s, "GET", actionsOf(nobody, theirs.ID), "").want(t, 404)
}

func TestNormalizeNames_StoresAndRespondsWithAnotherForm(t *testing.T) {
	const sent, kept = " Cafe\u0301  Ost ", "Caf\u00e9  Ost"
	s := newServer(t, mockapi.Options{NormalizeNames: true})
	account := object(t, mockapi.WireDocumented, "APICreateCreditAccount", ask(s, "POST", accountPath,
		`{"name":"`+sent+`","creditBatchName":"`+sent+`","startingBalance":5,"notifyEmails":[],"licenseIds":[]}`))
	batch := object(t, mockapi.WireDocumented, "CreateCreditBatch", ask(s, "POST", batchesPath, `{"startingBalance":1,"name":"`+sent+`"}`))
	updated := object(t, mockapi.WireDocumented, "UpdateCreditBatch", ask(s, "PUT",
		"/incoming/v2/clients/creditBatches/"+batch["id"].(string), `{"name":"`+sent+`!"}`))
	for what, got := range map[string]any{
		"account": account["name"], "batch": batch["name"], "first batch": s.Batches()[0].Name, "stored account": s.Accounts()[0].Name,
	} {
		if got != any(kept) {
			t.Errorf("%s: %q, want %q", what, got, kept)
		}
	}
	if updated["name"] != "Caf\u00e9  Ost !" {
		t.Errorf("updated to %q", updated["name"])
	}
	ask(s, "GET", actionsOf(acme, s.Accounts()[0].ID), "").want(t, 200, `"creditAccountName":"`+kept+`"`)

	s = newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, with("name", `"`+sent+`"`)).want(t, 201, `"name":"`+sent+`"`)
}

func TestDate_MayBeMissingWrongOrJumping(t *testing.T) {
	const right, later, earlier = "Mon, 01 Jan 2024 00:00:00 GMT", "Mon, 01 Jan 2024 02:00:00 GMT", "Sun, 31 Dec 2023 23:00:00 GMT"
	for name, tc := range map[string]struct {
		date mockapi.DateHeader
		want []string
	}{
		"right":             {mockapi.DateHeader{}, []string{right, right}},
		"missing":           {mockapi.DateHeader{Missing: true}, []string{"", ""}},
		"ahead":             {mockapi.DateHeader{Offset: 2 * time.Hour}, []string{later, later}},
		"jumping":           {mockapi.DateHeader{Jump: -time.Hour}, []string{right, earlier, right, earlier}},
		"ahead and jumping": {mockapi.DateHeader{Offset: 2 * time.Hour, Jump: -3 * time.Hour}, []string{later, earlier, later}},
	} {
		t.Run(name, func(t *testing.T) {
			fromStart := newServer(t, mockapi.Options{Date: tc.date})
			changed := newServer(t, mockapi.Options{Date: mockapi.DateHeader{Offset: time.Minute}})
			ask(changed, "GET", ping, "")
			changed.SetDate(tc.date)
			for _, s := range []*mockapi.Server{fromStart, changed} {
				n := overTCP(t, s)
				for i, want := range tc.want {
					a, err := n.ask(t.Context(), "POST", accountPath, accountBody)
					if err != nil {
						t.Fatal(err)
					}
					if got := a.header.Get("Date"); got != want {
						t.Errorf("response %d: Date %q, want %q", i, got, want)
					}
				}
				if got := s.Accounts()[0].CreatedAt; !got.Equal(start) {
					t.Errorf("created %v: the header alone is wrong", got)
				}
			}
		})
	}
}

func TestClients_ResponsesHoldSecrets(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newCrowd(t, o)
		own := s.AddClient(mockapi.Client{Name: "Own", SecretKey: "own-key", SSOClientSecret: "own-sso"})
		for path, secrets := range map[string][]string{
			"/incoming/v2/clients":           {`"secretKey":"` + mockapi.ClientSecret + "-key-" + acme, `"clientSecret":"` + mockapi.ClientSecret + "-sso-" + acme},
			"/incoming/v2/clients/" + acme:   {`"secretKey":"` + mockapi.ClientSecret, `"clientSecret":"` + mockapi.ClientSecret},
			listings[1].path:                 {`"secretKey":"` + mockapi.ClientSecret, `"clientSecret":"` + mockapi.ClientSecret},
			"/incoming/v2/clients/" + own.ID: {`"secretKey":"own-key"`, `"clientSecret":"own-sso"`},
		} {
			ask(s, "GET", path, "").want(t, 200, secrets...)
		}
	})
}

func TestChangeBatch_IsWhatPeopleAndTimeDo(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	a := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "5.5"})
	first := s.Batches()[0]
	expired := start.AddDate(0, 0, -1)
	if err := s.ChangeBatch(strings.ToUpper(first.ID), func(b *mockapi.CreditBatch) {
		b.ID, b.Status, b.ExpiresOn, b.CurrentBalance = "another", "archived", expired, "0"
	}); err != nil {
		t.Fatal(err)
	}
	got := ask(s, "GET", listBatches, "").list(t, "APICreditBatchesByClientAndCreditAccount", "creditBatches")[0]
	if got["id"] != first.ID || got["status"] != "archived" || fmt.Sprint(got["currentBalance"]) != "0" ||
		got["expiresOn"] != "2023-12-31T00:00:00.000Z" || fmt.Sprint(got["startingBalance"]) != "5.5" {
		t.Errorf("listed %v", got)
	}
	if got := s.Accounts()[0]; got.ID != a.ID || got.CurrentBalance != "0" {
		t.Errorf("account %+v", got)
	}
	if err := s.ChangeBatch(nobody, func(*mockapi.CreditBatch) { t.Error("called") }); err == nil {
		t.Error("an unknown batch is changed")
	}
	s.RemoveBatch(first.ID)
	if got := ask(s, "GET", listBatches, "").list(t, "APICreditBatchesByClientAndCreditAccount", "creditBatches"); len(got) != 0 {
		t.Errorf("listed %v", got)
	}
	ask(s, "GET", actionsOf(acme, a.ID), "").want(t, 200, `"creditAccountName":"A"`)
}
