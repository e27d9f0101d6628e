package mockapi_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestCreditAccounts_MinimalOneGetsTheDefaults(t *testing.T) {
	s := newServer(t, mockapi.Options{Now: (&clock{now: start.Add(1234567 * time.Microsecond)}).Now})
	a := ask(s, "POST", accountPath, accountBody)
	a.want(t, 201)
	account := a.data(t, "APICreateCreditAccount")
	id, _ := account["id"].(string)
	if uuid.Validate(id) != nil {
		t.Errorf("id %q", id)
	}
	delete(account, "id")
	want := map[string]any{
		"clientId":             acme,
		"sublicenses":          []any{},
		"currentBalance":       json.Number("5"),
		"status":               "active",
		"notifyEmails":         []any{},
		"batchDaysUntilExpire": json.Number("0"),
		"minimumBatchAmount":   json.Number("0"),
		"createdAt":            "2024-01-01T00:00:01.234Z",
		"updatedAt":            "2024-01-01T00:00:01.234Z",
		"type":                 "client",
		"name":                 "A",
	}
	if !reflect.DeepEqual(account, want) {
		t.Errorf("got %v, want %v", account, want)
	}
}

func TestCreditAccounts_FullOneIsAnsweredWithoutBatchNameAndLicenses(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	a := ask(s, "POST", strings.Replace(accountPath, acme, strings.ToUpper(acme), 1), `{
		"clientId": "`+strings.ToUpper(acme)+`", "name": "R&D <1>", "startingBalance": 0.10, "type": "internal",
		"notifyEmails": ["B@x.test", "a@x.test"], "licenseIds": ["one", "two"],
		"batchDaysUntilExpire": 30, "minimumBatchAmount": 7, "creditBatchName": "Welcome"}`)
	a.want(t, 201, `"currentBalance":0.10`, `"name":"R&D <1>"`, `"notifyEmails":["B@x.test","a@x.test"]`,
		`"clientId":"`+acme+`"`, `"type":"internal"`, `"batchDaysUntilExpire":30`, `"minimumBatchAmount":7`)
	account := a.data(t, "APICreateCreditAccount")
	for _, absent := range []string{"creditBatchName", "licenseIds"} {
		if _, ok := account[absent]; ok {
			t.Errorf("%s is answered", absent)
		}
	}
	sublicenses := account["sublicenses"].([]any)
	if len(sublicenses) != 2 {
		t.Fatalf("sublicenses %v", sublicenses)
	}
	for _, value := range sublicenses {
		sublicense := value.(map[string]any)
		if uuid.Validate(sublicense["id"].(string)) != nil || sublicense["deleted"] != false || len(sublicense) != 2 {
			t.Errorf("sublicense %v", sublicense)
		}
	}

	stored := s.Accounts()[0]
	if stored.CreditBatchName != "Welcome" || !reflect.DeepEqual(stored.LicenseIDs, []string{"one", "two"}) || stored.StartingBalance != "0.10" {
		t.Errorf("stored %+v", stored)
	}
	batch := s.Batches()[0]
	if batch.Name != "Welcome" || batch.StartingBalance != "0.10" || batch.CurrentBalance != "0.10" ||
		batch.CreditAccountID != stored.ID || batch.ClientID != acme || !batch.ExpiresOn.Equal(start.AddDate(0, 0, 30)) {
		t.Errorf("first batch %+v", batch)
	}
}

func TestCreditAccounts_NumbersRoundTrip(t *testing.T) {
	for _, number := range []string{"0.1", "1e2", "12345678901234567890.123456789", "100", "2.50"} {
		s := newServer(t, mockapi.Options{})
		ask(s, "POST", accountPath, with("startingBalance", number)).want(t, 201, `"currentBalance":`+number+`,`)
		ask(s, "GET", listBatches, "").want(t, 200, `"startingBalance":`+number+`,`, `"currentBalance":`+number+`,`)
	}
}

func TestCreditAccounts_RepeatedPostMakesASecondOne(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, accountBody).want(t, 201)
	ask(s, "POST", accountPath, accountBody).want(t, 201)
	got := s.Accounts()
	if len(got) != 2 || got[0].ID == got[1].ID {
		t.Errorf("stored %+v", got)
	}
}

func TestCreditAccounts_ZeroBalanceLeavesNoTraceUnlessAsked(t *testing.T) {
	for _, zero := range []string{"0", "0.00", "0e3"} {
		for _, batchForZero := range []bool{false, true} {
			s := newServer(t, mockapi.Options{BatchForZero: batchForZero})
			ask(s, "POST", accountPath, with("startingBalance", zero)).want(t, 201)
			want := 0
			if batchForZero {
				want = 1
			}
			if got := len(s.Batches()); got != want {
				t.Errorf("balance %s, option %v: %d batches, want %d", zero, batchForZero, got, want)
			}
			if got := len(actions(t, s, s.Accounts()[0].ID, "credit")); got != want {
				t.Errorf("balance %s, option %v: %d actions, want %d", zero, batchForZero, got, want)
			}
		}
	}
}

func TestCreditAccounts_LicensesMustBeTheClientsOnceItHasAny(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	const mine, other = "9a3e5c70-1d1f-4a39-8a53-7c2b9d1000aa", "9a3e5c70-1d1f-4a39-8a53-7c2b9d1000bb"
	ask(s, "POST", accountPath, with("licenseIds", `["whatever"]`)).want(t, 201)
	s.AddLicense(acme, mockapi.License{ID: mine, Name: "Mine"})
	s.AddLicense(globex, mockapi.License{ID: other, Name: "Other"})
	ask(s, "POST", accountPath, with("licenseIds", `["`+strings.ToUpper(mine)+`"]`)).want(t, 201)
	ask(s, "POST", accountPath, with("licenseIds", `[]`)).want(t, 201)
	ask(s, "POST", accountPath, with("licenseIds", `["`+mine+`","`+other+`"]`)).want(t, 422, "licenseIds", other)
}

func TestCreditAccounts_EmailsCanBeNormalized(t *testing.T) {
	s := newServer(t, mockapi.Options{NormalizeEmails: true})
	ask(s, "POST", accountPath, with("notifyEmails", `["B@x.test","a@X.test"]`)).want(t, 201, `["a@x.test","b@x.test"]`)
	if got := s.Accounts()[0].NotifyEmails; !reflect.DeepEqual(got, []string{"B@x.test", "a@X.test"}) {
		t.Errorf("stored %v", got)
	}
}

func TestAddAccount_IsAsIfMadeInTheAdminPages(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	made := start.AddDate(-1, 0, 0)
	a := s.AddAccount(mockapi.CreditAccount{ClientID: strings.ToUpper(acme), Name: "Old", StartingBalance: "12.5", LicenseIDs: []string{"x"}, CreatedAt: made})
	if a.ClientID != acme || a.Type != "client" || a.Status != "active" || a.CurrentBalance != "12.5" || len(a.Sublicenses) != 1 || !a.CreatedAt.Equal(made) {
		t.Errorf("account %+v", a)
	}
	if got := s.Accounts(); len(got) != 1 || !reflect.DeepEqual(got[0], a) {
		t.Errorf("stored %+v, want %+v", got, a)
	}
	batches := ask(s, "GET", listBatches+"&creditAccountId="+a.ID, "").list(t, "APICreditBatchesByClientAndCreditAccount", "creditBatches")
	if len(batches) != 1 || batches[0]["createdAt"] != "2023-01-01T00:00:00.000Z" || batches[0]["name"] != "Old" {
		t.Errorf("batches %v", batches)
	}
	if got := actions(t, s, a.ID, "credit"); len(got) != 1 || got[0]["creditAccountName"] != "Old" || got[0]["timestamp"] != "2023-01-01T00:00:00.000Z" {
		t.Errorf("actions %v", got)
	}

	empty := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "Empty"})
	if empty.StartingBalance != "0" || len(s.Batches()) != 1 || !empty.CreatedAt.Equal(start) {
		t.Errorf("account without balance %+v", empty)
	}
}

func TestAddAccount_MistakesInATestPanic(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	known := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A"})
	for name, account := range map[string]mockapi.CreditAccount{
		"unknown client":   {ClientID: nobody, Name: "A"},
		"same ID":          {ClientID: acme, ID: strings.ToUpper(known.ID), Name: "A"},
		"negative balance": {ClientID: acme, Name: "A", StartingBalance: "-1"},
		"no number":        {ClientID: acme, Name: "A", StartingBalance: "1/2"},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			s.AddAccount(account)
		})
	}
}

func TestAccounts_AreCopies(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, with("notifyEmails", `["a@x.test"]`))
	s.Accounts()[0].NotifyEmails[0] = "changed"
	if got := s.Accounts()[0].NotifyEmails[0]; got != "a@x.test" {
		t.Errorf("stored %q", got)
	}
}

// actions returns the listed credit actions of an account of Acme.
func actions(t *testing.T, s *mockapi.Server, accountID, kind string) []map[string]any {
	t.Helper()
	path := "/incoming/v2/clients/" + acme + "/creditAccount/" + accountID + "/creditActions?clientId=" + acme + "&actionType=" + kind
	a := ask(s, "GET", path, "")
	a.want(t, 200)
	return a.list(t, "APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions")
}
