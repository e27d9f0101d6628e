package provider

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theActions = "data.thoughtindustries_credit_actions.d"

func actionsBy(account, action string) string {
	return "data \"thoughtindustries_credit_actions\" \"d\" {\n client_id = \"" + testClient + "\"\n credit_account_id = " + account + "\n action_type = \"" + action + "\"\n}\n"
}

func TestAccCreditActionsDataSource_listsAllPagesOldestFirst(t *testing.T) {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var asked atomic.Int64 // each time a second later
	api := newFakeAPI(t, mockapi.Options{PerPage: 2, Now: func() time.Time {
		return now.Add(time.Duration(asked.Add(1)) * time.Second)
	}})
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	amounts := []float64{1, 2.5, 3, 4, 5}
	var inOrder []knownvalue.Check
	for _, amount := range amounts {
		if err := api.UseCredits(api.Batches()[0].ID, amount); err != nil {
			t.Fatal(err)
		}
		inOrder = append(inOrder, knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"amount": knownvalue.Float64Exact(amount), "source_type": knownvalue.StringExact("creditBatch"),
		}))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(actionsBy(`"`+existing.ID+`"`, "debit")),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(theActions, attribute("credit_actions"), knownvalue.ListExact(inOrder)),
			},
		}},
	})
}

func TestAccCreditActionsDataSource_givesEveryField(t *testing.T) {
	api := newFakeAPI(t)
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{
			{
				Config: api.config(actionsBy(`"`+existing.ID+`"`, "credit")),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theActions, attribute("credit_actions"), knownvalue.ListExact([]knownvalue.Check{
					knownvalue.ObjectExact(map[string]knownvalue.Check{
						"id": knownvalue.NotNull(), "timestamp": knownvalue.NotNull(), "updated_at": knownvalue.NotNull(),
						"client": knownvalue.StringExact(testClient), "action": knownvalue.StringExact("credit"), "amount": knownvalue.Int64Exact(100),
						"target": knownvalue.StringExact(api.Batches()[0].ID), "target_type": knownvalue.StringExact("creditBatch"),
						"target_balance_in": knownvalue.Int64Exact(0), "target_balance_out": knownvalue.Int64Exact(100),
						"initiator": knownvalue.Null(), "initiator_type": knownvalue.StringExact("api"), "credit_account_name": knownvalue.StringExact("Training"),
						"source": knownvalue.Null(), "source_type": knownvalue.Null(), "source_balance_in": knownvalue.Null(), "source_balance_out": knownvalue.Null(),
					}),
				}))},
			},
			{
				Config:            api.config(actionsBy(`"`+testAccountID+`"`, "debit")),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theActions, attribute("credit_actions"), knownvalue.ListSizeExact(0))},
			},
		},
	})
}
