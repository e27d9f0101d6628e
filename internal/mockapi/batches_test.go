package mockapi_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const batchList = "APICreditBatchesByClientAndCreditAccount"

func TestCreditBatches_AreListedByClientAndAccount(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	one := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "One", StartingBalance: "1"})
	s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "Two", StartingBalance: "2"})
	s.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "Three", StartingBalance: "3"})

	all := ask(s, "GET", listBatches, "")
	if got := names(all.list(t, batchList, "creditBatches")); !reflect.DeepEqual(got, []string{"One", "Two"}) {
		t.Errorf("batches %v", got)
	}
	if data := all.data(t, batchList); data["clientId"] != acme || data["creditAccountId"] != nil {
		t.Errorf("answered %v", data)
	}
	of := ask(s, "GET", listBatches+"&creditAccountId="+strings.ToUpper(one.ID), "")
	if got := names(of.list(t, batchList, "creditBatches")); !reflect.DeepEqual(got, []string{"One"}) {
		t.Errorf("batches %v", got)
	}
	none := ask(s, "GET", listBatches+"&creditAccountId="+nobody, "")
	none.want(t, 200, `"creditBatches":[]`, `"total":0`)
}

func names(entries []map[string]any) []string {
	var names []string
	for _, entry := range entries {
		names = append(names, fmt.Sprint(entry["name"]))
	}
	return names
}

func TestCreditBatches_AreListedInPages(t *testing.T) {
	s := newServer(t, mockapi.Options{PerPage: 2})
	for _, name := range []string{"1", "2", "3", "4", "5"} {
		s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: name, StartingBalance: "1"})
	}
	for _, tc := range []struct {
		page, names, info string
	}{
		{"", "1 2", `"hasMore":true,"perPage":2,"total":5}`},
		{"&page=1", "1 2", `"hasMore":true`},
		{"&page=2", "3 4", `"hasMore":true,"perPage":2,"total":5}`},
		{"&page=3", "5", `"pageInfo":{"cursor":null,"hasMore":false,"perPage":2,"total":5}`},
		{"&page=4", "", `"hasMore":false`},
		{"&page=9223372036854775807", "", `"hasMore":false`},
	} {
		a := ask(s, "GET", listBatches+tc.page, "")
		a.want(t, 200, tc.info)
		if got := strings.Join(names(a.list(t, batchList, "creditBatches")), " "); got != tc.names {
			t.Errorf("page %q holds %q, want %q", tc.page, got, tc.names)
		}
	}
}

func TestCreditBatches_ListingLagHidesNewOnes(t *testing.T) {
	c := &clock{now: start}
	s := newServer(t, mockapi.Options{Now: c.Now, ListingLag: 3 * time.Second})
	ask(s, "POST", accountPath, accountBody).want(t, 201)
	id := s.Accounts()[0].ID
	for _, want := range []int{0, 1} {
		if got := len(ask(s, "GET", listBatches, "").list(t, batchList, "creditBatches")); got != want {
			t.Errorf("%d batches are listed, want %d", got, want)
		}
		if got := len(actions(t, s, id, "credit")); got != want {
			t.Errorf("%d actions are listed, want %d", got, want)
		}
		c.Add(3 * time.Second)
	}
	if got := len(s.Batches()); got != 1 {
		t.Errorf("%d batches are stored", got)
	}
}

func TestCreditBatches_MinimalOneBelongsToNoAccount(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	a := ask(s, "POST", batchesPath, `{"startingBalance":2.5}`)
	a.want(t, 201)
	batch := a.data(t, "CreateCreditBatch")
	if uuid.Validate(batch["id"].(string)) != nil {
		t.Errorf("id %v", batch["id"])
	}
	delete(batch, "id")
	want := map[string]any{
		"name": nil, "expiresOn": nil, "creditAccountId": nil, "clientId": acme, "status": "active",
		"startingBalance": json.Number("2.5"), "currentBalance": json.Number("2.5"), "allocatedCredits": json.Number("0"),
		"createdAt": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z",
	}
	if !reflect.DeepEqual(batch, want) {
		t.Errorf("got %v, want %v", batch, want)
	}
}

func TestCreditBatches_OneOfAnAccountAddsCredits(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	account := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", CreditBatchName: "Label", StartingBalance: "1", BatchDaysUntilExpire: 10})
	a := ask(s, "POST", batchesPath, `{"startingBalance":0.2,"creditAccountId":"`+strings.ToUpper(account.ID)+`","clientId":"`+acme+`"}`)
	a.want(t, 201, `"creditAccountId":"`+account.ID+`"`, `"name":"Label"`, `"expiresOn":"2024-01-11T00:00:00.000Z"`)
	if got := s.Accounts()[0].CurrentBalance; got != "1.2" {
		t.Errorf("the account holds %s", got)
	}
	got := actions(t, s, account.ID, "credit")
	if len(got) != 2 {
		t.Fatalf("actions %v", got)
	}
	want := map[string]any{
		"id": got[1]["id"], "client": acme, "action": "credit", "amount": json.Number("0.2"),
		"target": s.Batches()[1].ID, "targetType": "creditBatch", "targetBalanceIn": json.Number("0"), "targetBalanceOut": json.Number("0.2"),
		"source": nil, "sourceType": nil, "sourceBalanceIn": nil, "sourceBalanceOut": nil,
		"initiator": nil, "initiatorType": "api", "creditAccountName": "A",
		"timestamp": "2024-01-01T00:00:00.000Z", "updatedAt": "2024-01-01T00:00:00.000Z",
	}
	if !reflect.DeepEqual(got[1], want) {
		t.Errorf("got %v, want %v", got[1], want)
	}

	a = ask(s, "POST", batchesPath, `{"startingBalance":1,"creditAccountId":"`+account.ID+`","name":"Own","expiresOn":"2025-06-01T12:00:00+02:00"}`)
	a.want(t, 201, `"name":"Own"`, `"expiresOn":"2025-06-01T10:00:00.000Z"`)
}

func TestCreditBatches_WrongOnesAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		body   string
		status int
		part   string
	}{
		"no balance":               {`{}`, 422, "startingBalance is required"},
		"unknown field":            {`{"startingBalance":1,"currentBalance":1}`, 400, "currentBalance"},
		"unknown account":          {`{"startingBalance":1,"creditAccountId":"` + nobody + `"}`, 422, "creditAccountId"},
		"account of someone else":  {`{"startingBalance":1,"creditAccountId":"THEIRS"}`, 422, "creditAccountId is no credit account of the client"},
		"account no UUID":          {`{"startingBalance":1,"creditAccountId":"x"}`, 422, "creditAccountId must be a UUID"},
		"client of another path":   {`{"startingBalance":1,"clientId":"` + globex + `"}`, 422, "clientId differs"},
		"timestamp without offset": {`{"startingBalance":1,"expiresOn":"2025-06-01T00:00:00"}`, 422, "expiresOn must be an ISO 8601 timestamp"},
		"null timestamp":           {`{"startingBalance":1,"expiresOn":null}`, 422, "expiresOn must not be null"},
		"number as timestamp":      {`{"startingBalance":1,"expiresOn":1}`, 422, "expiresOn must be a text"},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, mockapi.Options{})
			theirs := s.AddAccount(mockapi.CreditAccount{ClientID: globex, Name: "Theirs"})
			ask(s, "POST", batchesPath, strings.Replace(tc.body, "THEIRS", theirs.ID, 1)).want(t, tc.status, tc.part)
			if got := len(s.Batches()); got != 0 {
				t.Errorf("%d batches are stored", got)
			}
		})
	}
}

func TestCreditBatches_CanBeUpdated(t *testing.T) {
	c := &clock{now: start}
	s := newServer(t, mockapi.Options{Now: c.Now})
	account := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "10.5"})
	path := "/incoming/v2/clients/creditBatches/" + strings.ToUpper(s.Batches()[0].ID)
	c.Add(time.Hour)

	ask(s, "PUT", path, `{"name":"New"}`).want(t, 200, `"UpdateCreditBatch"`, `"name":"New"`, `"expiresOn":null`,
		`"currentBalance":10.5,`, `"createdAt":"2024-01-01T00:00:00.000Z"`, `"updatedAt":"2024-01-01T01:00:00.000Z"`)
	ask(s, "PUT", path, `{"expiresOn":"2030-01-01T00:00:00Z","currentBalance":4}`).want(t, 200,
		`"name":"New"`, `"expiresOn":"2030-01-01T00:00:00.000Z"`, `"currentBalance":4,`, `"startingBalance":10.5,`)
	ask(s, "PUT", path, `{}`).want(t, 200, `"name":"New"`, `"currentBalance":4,`)

	batch := s.Batches()[0]
	if batch.Name != "New" || batch.CurrentBalance != "4" || batch.ExpiresOn.Year() != 2030 || !batch.UpdatedAt.Equal(start.Add(time.Hour)) {
		t.Errorf("stored %+v", batch)
	}
	if got := s.Accounts()[0]; got.CurrentBalance != "4" || got.ID != account.ID {
		t.Errorf("account %+v", got)
	}
	if got := s.Requests()[0]; !got.Committed {
		t.Error("not recorded as committed")
	}
}

func TestCreditBatches_WrongUpdatesAreRefused(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "10"})
	path := "/incoming/v2/clients/creditBatches/"
	id := s.Batches()[0].ID
	ask(s, "PUT", path+nobody, `{}`).want(t, 404, "not_found", nobody)
	ask(s, "PUT", path+id, `{"name":null}`).want(t, 422, "name must not be null")
	ask(s, "PUT", path+id, `{"currentBalance":1.5}`).want(t, 422, "currentBalance must be an integer")
	ask(s, "PUT", path+id, `{"startingBalance":1}`).want(t, 400, "unknown field: startingBalance")
	if got := s.Batches()[0]; got.CurrentBalance != "10" || got.Name != "A" {
		t.Errorf("stored %+v", got)
	}
}

func TestUseCredits_DrawsExactlyAndAddsADebit(t *testing.T) {
	c := &clock{now: start}
	s := newServer(t, mockapi.Options{Now: c.Now})
	account := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "0.3"})
	batch := s.Batches()[0].ID
	c.Add(time.Minute)
	if err := s.UseCredits(strings.ToUpper(batch), 0.1); err != nil {
		t.Fatal(err)
	}
	if got := s.Batches()[0]; got.CurrentBalance != "0.2" || got.StartingBalance != "0.3" || !got.UpdatedAt.Equal(start.Add(time.Minute)) {
		t.Errorf("batch %+v", got)
	}
	if got := s.Accounts()[0].CurrentBalance; got != "0.2" {
		t.Errorf("the account holds %s", got)
	}
	debits := actions(t, s, account.ID, "debit")
	if len(debits) != 1 {
		t.Fatalf("debits %v", debits)
	}
	for name, want := range map[string]any{
		"action": "debit", "amount": json.Number("0.1"), "source": batch, "sourceType": "creditBatch",
		"sourceBalanceIn": json.Number("0.3"), "sourceBalanceOut": json.Number("0.2"),
		"target": nil, "targetType": nil, "targetBalanceIn": nil, "targetBalanceOut": nil,
		"creditAccountName": "A", "timestamp": "2024-01-01T00:01:00.000Z",
	} {
		if got := debits[0][name]; got != want {
			t.Errorf("%s is %v, want %v", name, got, want)
		}
	}
	if got := len(actions(t, s, account.ID, "credit")); got != 1 {
		t.Errorf("%d credits", got)
	}
}

func TestUseCredits_RefusesWhatIsNotThere(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	batch := s.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "1"})
	for name, err := range map[string]error{
		"unknown batch": s.UseCredits(nobody, 1),
		"nothing":       s.UseCredits(batch.ID, 0),
		"negative":      s.UseCredits(batch.ID, -1),
		"not a number":  s.UseCredits(batch.ID, math.NaN()),
		"too much":      s.UseCredits(batch.ID, 1.5),
		"infinite":      s.UseCredits(batch.ID, math.Inf(1)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if got := s.Batches()[0].CurrentBalance; got != "1" {
		t.Errorf("the batch holds %s", got)
	}
}

func TestAddBatch_HasNoActionAndAnyStatus(t *testing.T) {
	s := newServer(t, mockapi.Options{ListingLag: time.Hour})
	b := s.AddBatch(mockapi.CreditBatch{ClientID: acme, Name: "Old", StartingBalance: "9", CurrentBalance: "3", Status: "expired", CreditAccountID: nobody})
	if got := actions(t, s, nobody, "credit"); len(got) != 0 {
		t.Errorf("actions %v", got)
	}
	ask(s, "GET", listBatches+"&creditAccountId="+nobody, "").want(t, 200,
		`"id":"`+b.ID+`"`, `"status":"expired"`, `"currentBalance":3,`)
	if got := s.AddBatch(mockapi.CreditBatch{ClientID: acme}); got.StartingBalance != "0" || got.Status != "active" {
		t.Errorf("defaults %+v", got)
	}
}

func TestRemoveBatch_TakesItOutOfTheListing(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	account := s.AddAccount(mockapi.CreditAccount{ClientID: acme, Name: "A", StartingBalance: "1"})
	id := s.Batches()[0].ID
	s.RemoveBatch(nobody)
	s.RemoveBatch(strings.ToUpper(id))
	ask(s, "GET", listBatches, "").want(t, 200, `"creditBatches":[]`)
	ask(s, "PUT", "/incoming/v2/clients/creditBatches/"+id, "{}").want(t, 404)
	if got := actions(t, s, account.ID, "credit"); len(got) != 1 {
		t.Errorf("actions %v", got)
	}
}
