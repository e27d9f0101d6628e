package provider

import (
	"encoding/json"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theActions = "thoughtindustries_credit_actions.d"

func actionsBy(account, action string) string {
	return "data \"thoughtindustries_credit_actions\" \"d\" {\n client_id = \"" + testClient + "\"\n credit_account_id = " + account + "\n action_type = \"" + action + "\"\n}\n"
}

func TestCreditActionsDataSource_ListsAllPagesOldestFirst(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 2})
	config := account("a", "Training", "")
	w.write(config)
	w.apply().succeeds()
	batch := w.api.Batches()[0].ID
	for _, amount := range []float64{1, 2.5, 3, 4, 5} {
		if err := w.api.UseCredits(batch, amount); err != nil {
			t.Fatal(err)
		}
	}
	w.write(config + actionsBy(theAccount+".id", "debit"))
	w.apply().succeeds()
	found := w.found(theActions, "credit_actions")
	if len(found) != 5 {
		t.Fatalf("%d actions", len(found))
	}
	last := ""
	total := 0.0
	for _, action := range found {
		key := action["timestamp"].(string) + action["id"].(string)
		if key < last {
			t.Errorf("not in order: %s", column(found, "timestamp"))
		}
		last = key
		amount, _ := action["amount"].(json.Number).Float64()
		total += amount
		if action["source"] != batch || action["source_type"] != "creditBatch" || action["target"] != nil {
			t.Errorf("%v", action)
		}
	}
	if total != 15.5 {
		t.Errorf("the amounts are %s", column(found, "amount"))
	}
}

func TestCreditActionsDataSource_TellsEveryField(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + actionsBy(theAccount+".id", "credit"))
	w.apply().succeeds()
	found := w.found(theActions, "credit_actions")
	if len(found) != 1 {
		t.Fatalf("%d actions", len(found))
	}
	for _, changing := range []string{"id", "timestamp", "updated_at"} {
		if text, _ := found[0][changing].(string); text == "" {
			t.Errorf("%s is %v", changing, found[0][changing])
		}
		delete(found[0], changing)
	}
	sameJSON(t, found[0], `{"client":"`+testClient+`","action":"credit","amount":100,"target":"`+w.api.Batches()[0].ID+`","target_type":"creditBatch",
		"target_balance_in":0,"target_balance_out":100,"initiator":null,"initiator_type":"api","credit_account_name":"Training",
		"source":null,"source_type":null,"source_balance_in":null,"source_balance_out":null}`)
}

func TestCreditActionsDataSource_ChecksItsArguments(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(actionsBy(`"`+testAccountID+`"`, "both"))
	w.run("validate").fails(`action_type value must be one of: ["credit" "debit"]`)
	w.write(actionsBy(`"Training"`, "debit"))
	w.run("validate").fails(sumInvalidValue, "credit_account_id")
	w.write(actionsBy(`"`+testAccountID+`"`, "debit"))
	w.apply().succeeds()
	if got := len(w.found(theActions, "credit_actions")); got != 0 {
		t.Errorf("%d actions", got)
	}
}
