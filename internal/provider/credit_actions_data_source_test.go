package provider

import (
	"fmt"
	"strings"
	"testing"

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
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	existing := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	batch := api.Batches()[0].ID
	amounts := []float64{1, 2.5, 3, 4, 5}
	checks := make([]knownvalue.Check, 0, len(amounts))
	for _, amount := range amounts {
		if err := api.UseCredits(batch, amount); err != nil {
			t.Fatal(err)
		}
		checks = append(checks, knownvalue.ObjectPartial(map[string]knownvalue.Check{
			"source": knownvalue.StringExact(batch), "source_type": knownvalue.StringExact("creditBatch"), "target": knownvalue.Null(),
		}))
	}
	ordered := &increasing{}
	config := actionsBy(`"`+existing.ID+`"`, "debit")
	steps := []statecheck.StateCheck{statecheck.ExpectKnownValue(theActions, attribute("credit_actions"), knownvalue.ListExact(checks))}
	for i := range amounts {
		element := attribute("credit_actions").AtSliceIndex(i)
		steps = append(steps, statecheck.ExpectKnownValue(theActions, element.AtMapKey("timestamp"), knownvalue.StringFunc(ordered.timestamp)),
			statecheck.ExpectKnownValue(theActions, element.AtMapKey("id"), knownvalue.StringFunc(ordered.id)))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(config, "output \"spent\" {\n value = sum("+theActions+".credit_actions[*].amount)\n}\n"),
			ConfigStateChecks: append(steps,
				statecheck.ExpectKnownOutputValue("spent", knownvalue.Float64Exact(15.5))),
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

func TestAccCreditActionsDataSource_checksItsArguments(t *testing.T) {
	label := func(label, config string) string { return strings.Replace(config, `"d"`, `"`+label+`"`, 1) }
	expectInvalid(t, label("case_00", actionsBy(`"`+testAccountID+`"`, "both"))+label("case_01", actionsBy(`"Training"`, "debit")), map[string]invalid{
		"case_00": {"another type of action", []string{`action_type value must be one of: ["credit" "debit"]`}},
		"case_01": {"an account that is no id", []string{sumInvalidValue, "credit_account_id"}},
	})
}

// increasing compares actions in the order in which they are checked.
type increasing struct{ last, now string }

func (i *increasing) timestamp(text string) error {
	i.now = text
	return nil
}

func (i *increasing) id(text string) error {
	key := i.now + text
	if key < i.last {
		return fmt.Errorf("%s comes after %s", key, i.last)
	}
	i.last = key
	return nil
}
