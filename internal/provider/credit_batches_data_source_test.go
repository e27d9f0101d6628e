package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theBatches = "data.thoughtindustries_credit_batches.d"

func batchesBy(more string) string {
	return "data \"thoughtindustries_credit_batches\" \"d\" {\n client_id = \"" + testClient + "\"\n " + more + "\n}\n"
}

func TestAccCreditBatchesDataSource_givesEveryField(t *testing.T) {
	api := newFakeAPI(t)
	batch := api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, CreditAccountID: testAccountID, Name: "2026", StartingBalance: "100.5", CurrentBalance: "0.1", AllocatedCredits: "3",
		ExpiresOn: time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC), CreatedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
	})
	bare := api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreatedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(batchesBy("")),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theBatches, attribute("credit_batches"), knownvalue.ListExact([]knownvalue.Check{
				knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact(bare.ID), "name": knownvalue.Null(), "expires_on": knownvalue.Null(),
					"starting_balance": knownvalue.Int64Exact(0), "current_balance": knownvalue.Int64Exact(0), "allocated_credits": knownvalue.Int64Exact(0),
					"client_id": knownvalue.StringExact(testClient), "credit_account_id": knownvalue.Null(), "status": knownvalue.StringExact("active"),
					"created_at": knownvalue.StringExact("2026-01-01T00:00:00.000Z"), "updated_at": knownvalue.StringExact("2026-01-01T00:00:00.000Z"),
				}),
				knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact(batch.ID), "name": knownvalue.StringExact("2026"), "expires_on": knownvalue.StringExact("2030-01-02T03:04:05.000Z"),
					"starting_balance": knownvalue.Float64Exact(100.5), "current_balance": knownvalue.Float64Exact(0.1), "allocated_credits": knownvalue.Int64Exact(3),
					"client_id": knownvalue.StringExact(testClient), "credit_account_id": knownvalue.StringExact(testAccountID), "status": knownvalue.StringExact("active"),
					"created_at": knownvalue.StringExact("2026-01-02T03:04:05.000Z"), "updated_at": knownvalue.StringExact("2026-01-02T03:04:05.000Z"),
				}),
			}))},
		}},
	})
}

// withManyBatches has two accounts, an expired batch, and one of no account.
func withManyBatches(t *testing.T) *fakeAPI {
	t.Helper()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	api.AddAccount(mockapi.CreditAccount{ID: testAccountID, ClientID: testClient, Name: "Training"})
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
		api.AddBatch(batch)
	}
	return api
}

func TestAccCreditBatchesDataSource_totalsTheActiveOnesOfAnAccount(t *testing.T) {
	api := withManyBatches(t)
	// The oldest one was added last.
	const day3, day2, day1 = "2026-01-29T00:00:00.000Z", "2026-01-30T00:00:00.000Z", "2026-01-31T00:00:00.000Z"
	config := ""
	var checks []statecheck.StateCheck
	for i, test := range []struct {
		argument string
		total    float64
		created  []string
	}{
		{`credit_account_id = "` + testAccountID + `"`, 0.3, []string{day3, day2, day1}},
		{"", 37.3, []string{"2026-01-27T00:00:00.000Z", "2026-01-28T00:00:00.000Z", day3, day2, day1}},
		{`credit_account_id = "11111111-2222-4333-8444-666666666666"`, 0, nil},
		{`credit_account_id = upper("` + testAccountID + `")`, 0.3, []string{day3, day2, day1}},
		{`credit_account_id = "` + otherID + `"`, 30, []string{"2026-01-28T00:00:00.000Z"}},
	} {
		label := fmt.Sprint("by_", i)
		config += strings.Replace(batchesBy(test.argument), `"d"`, `"`+label+`"`, 1)
		address := "data.thoughtindustries_credit_batches." + label
		checks = append(checks, statecheck.ExpectKnownValue(address, attribute("current_balance"), knownvalue.Float64Exact(test.total)),
			statecheck.ExpectKnownValue(address, attribute("credit_batches"), objectsWith("created_at", test.created...)))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps:                    []resource.TestStep{{Config: api.config(config), ConfigStateChecks: checks}},
	})
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
	w.apply().expectSuccess().expectNoOutput("are left")
	if err := w.api.UseCredits(w.api.Batches()[0].ID, 60.5); err != nil {
		t.Fatal(err)
	}
	w.plan().expectSuccess().expectOutput("Only 39.5 credits are left.")
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
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Rewrite: mockapi.WholeBody(func(response map[string]any) {
				listing := response["data"].(map[string]any)["APICreditBatchesByClientAndCreditAccount"].(map[string]any)
				delete(listing["creditBatches"].([]any)[0].(map[string]any), field)
			})})
			w.write(batchesBy(""))
			w.apply().expectSuccess().expectWarning(sumBalanceUnknown, testClient)
			if got := w.has("thoughtindustries_credit_batches.d").Attributes["current_balance"]; got != nil {
				t.Errorf("the total is %v", got)
			}
		})
	}
}
