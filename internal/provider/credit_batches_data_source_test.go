package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theBatches = "thoughtindustries_credit_batches.d"

func batchesBy(more string) string {
	return "data \"thoughtindustries_credit_batches\" \"d\" {\n client_id = \"" + testClient + "\"\n " + more + "\n}\n"
}

func TestCreditBatchesDataSource_TellsEveryField(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	batch := w.api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, CreditAccountID: testAccountID, Name: "2026", StartingBalance: "100.5", CurrentBalance: "0.1", AllocatedCredits: "3",
		ExpiresOn: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	bare := w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	w.write(batchesBy(""))
	w.apply().succeeds()
	sameJSON(t, w.found(theBatches, "credit_batches"), `[
		{"id":"`+bare.ID+`","name":null,"expires_on":null,"starting_balance":0,"current_balance":0,"client_id":"`+testClient+`","status":"active",
		 "created_at":"2026-01-01T00:00:00.000Z","updated_at":"2026-01-01T00:00:00.000Z","credit_account_id":null,"allocated_credits":0},
		{"id":"`+batch.ID+`","name":"2026","expires_on":"2030-01-02T03:04:05.000Z","starting_balance":100.5,"current_balance":0.1,"client_id":"`+testClient+`","status":"active",
		 "created_at":"2026-01-02T03:04:05.000Z","updated_at":"2026-01-02T03:04:05.000Z","credit_account_id":"`+testAccountID+`","allocated_credits":3}]`)
}

// withManyBatches has two accounts, an expired batch, and one of no account.
func withManyBatches(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t, mockapi.Options{PerPage: 2})
	w.api.AddAccount(mockapi.CreditAccount{ID: testAccountID, ClientID: testClient, Name: "Training"})
	for i, batch := range []mockapi.CreditBatch{
		{CurrentBalance: "0.1"},
		{CurrentBalance: "0.2"},
		{CurrentBalance: "1000", Status: "expired"},
		{CurrentBalance: "30", CreditAccountID: otherID},
		{CurrentBalance: "7", CreditAccountID: "-"},
	} {
		batch.ClientID, batch.StartingBalance = testClient, "1000"
		switch batch.CreditAccountID {
		case "":
			batch.CreditAccountID = testAccountID
		case "-":
			batch.CreditAccountID = ""
		}
		batch.CreatedAt = time.Date(2026, 1, 31-i, 0, 0, 0, 0, time.UTC)
		w.api.AddBatch(batch)
	}
	return w
}

func TestCreditBatchesDataSource_TotalsTheActiveOnesOfAnAccount(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		argument, total string
		batches         int
	}{
		"an account":          {`credit_account_id = "` + testAccountID + `"`, "0.3", 3},
		"all of the client":   {"", "37.3", 5},
		"an account of none":  {`credit_account_id = "11111111-2222-4333-8444-666666666666"`, "0", 0},
		"in upper case":       {`credit_account_id = upper("` + testAccountID + `")`, "0.3", 3},
		"an account of a few": {`credit_account_id = "` + otherID + `"`, "30", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withManyBatches(t)
			w.write(batchesBy(test.argument))
			w.apply().succeeds()
			if got := w.has(theBatches).Attributes["current_balance"]; got != json.Number(test.total) {
				t.Errorf("the total is %v, want %s", got, test.total)
			}
			found := w.found(theBatches, "credit_batches")
			if len(found) != test.batches {
				t.Errorf("%d batches, want %d", len(found), test.batches)
			}
			for i := 1; i < len(found); i++ {
				if fmt.Sprint(found[i-1]["created_at"]) > fmt.Sprint(found[i]["created_at"]) {
					t.Errorf("not in order: %s", column(found, "created_at"))
				}
			}
		})
	}
}

func TestCreditBatchesDataSource_ShowsWhatIsLeftNow(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.5.0", tofu: "1.5.0"})
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + batchesBy("credit_account_id = thoughtindustries_credit_account.a.id") + `
check "balance" {
	assert {
		condition     = data.thoughtindustries_credit_batches.d.current_balance >= 50
		error_message = "Only ${data.thoughtindustries_credit_batches.d.current_balance} credits are left."
	}
}`)
	w.apply().succeeds().silentOn("are left")
	if err := w.api.UseCredits(w.api.Batches()[0].ID, 60.5); err != nil {
		t.Fatal(err)
	}
	w.plan().succeeds().says("Only 39.5 credits are left.")
	if got := w.has(theAccount).Attributes["current_balance"]; got != json.Number("100") {
		t.Errorf("the balance of the resource is %v", got)
	}
}

func TestCreditBatchesDataSource_WhatTheAPIDoesNotTellIsNullAndNoTotalIsMadeUp(t *testing.T) {
	t.Parallel()
	for _, field := range []string{"status", "currentBalance"} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "5"})
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Mutate: func(answer map[string]any) {
				listing := answer["data"].(map[string]any)["APICreditBatchesByClientAndCreditAccount"].(map[string]any)
				delete(listing["creditBatches"].([]any)[0].(map[string]any), field)
			}})
			w.write(batchesBy(""))
			w.apply().succeeds().says("Warning: "+sumBalanceUntold, testClient)
			if got := w.has(theBatches).Attributes["current_balance"]; got != nil {
				t.Errorf("the total is %v", got)
			}
		})
	}
}
