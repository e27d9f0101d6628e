package provider

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// everySecond is a clock that goes on by a second whenever it is read.
func everySecond() func() time.Time {
	var read atomic.Int64
	return func() time.Time {
		return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(read.Add(1)) * time.Second)
	}
}

func TestCreditActionsDataSource_ListsAllPagesOldestFirst(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2, Now: everySecond()})
	account := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	batch := api.Batches()[0].ID
	for _, amount := range []float64{1, 2.5, 3, 4, 5} {
		if err := api.UseCredits(batch, amount); err != nil {
			t.Fatal(err)
		}
	}
	p := newConfigured(t, api)
	read := func(accountID, actionType string) any {
		return p.mustRead(actionsType, arguments{
			"client_id": testClient, "credit_account_id": accountID, "action_type": actionType,
		})["credit_actions"]
	}
	expectSame(t, column(read(account.ID, "debit"), "amount"), []string{"1", "2.5", "3", "4", "5"})
	expectSame(t, read(testAccountID, "debit"), []string{})

	action := read(account.ID, "credit").([]any)[0].(map[string]any)
	for _, set := range []string{"id", "timestamp", "updated_at"} {
		if action[set] == nil {
			t.Errorf("%s is null", set)
		}
		delete(action, set)
	}
	expectSame(t, action, arguments{
		"client": testClient, "action": "credit", "amount": "100", "target": batch, "target_type": "creditBatch",
		"target_balance_in": "0", "target_balance_out": "100", "initiator": nil, "initiator_type": "api",
		"credit_account_name": "Training", "source": nil, "source_type": nil, "source_balance_in": nil,
		"source_balance_out": nil,
	})
}
