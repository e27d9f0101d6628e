package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	firstID  = "11111111-2222-4333-8444-000000000001"
	secondID = "11111111-2222-4333-8444-000000000002"
)

` + strings.ReplaceAll(account("a", "EACH", "for_each = local.rows\nexisting_account_id = try(each.value.existing_account_id, \"\") == \"\" ? null : each.value.existing_account_id"),
		`"EACH"`, "each.key")
}

const otherClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"

// What the API returns of an account that is to be taken over is compared, by
// the plan where that can send requests, and by the apply in any case.
func TestTakeOver_IsChecked(t *testing.T) {
	t.Parallel()
	const theirs, ours, empty = "Theirs", "Training", "Empty"
	tests := map[string]struct {
		id string // by the account's name
		// name that is configured.
		name  string
		fault *mockapi.Fault
		// fails is the error, says a warning.
		fails, says string
	}{
		"the account":                       {id: ours, name: "Training", says: "its client and name were compared"},
		"a name that the API trims":         {id: ours, name: "Training", says: sumTakenOver},
		"another name":                      {id: ours, name: "Other", fails: sumOtherName},
		"another client's":                  {id: theirs, name: "Theirs", fails: sumNotListed},
		"one that no listing shows":         {id: empty, name: "Empty", says: sumNotListed},
		"endpoints that refuse":             {id: ours, name: "Other", fault: &mockapi.Fault{Method: http.MethodGet, Status: 403}, says: sumNotChecked},
		"a listing that cannot be read":     {id: ours, name: "Training", fault: &mockapi.Fault{Method: http.MethodGet, Status: 200, Body: pointer("<html>")}, says: sumCheckFailed},
		"a client that owns it in its list": {id: theirs, name: "Theirs", fails: sumOfOtherClient},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.AddClient(mockapi.Client{ID: otherClient, Name: "Globex", Slug: "globex"})
			ids := map[string]string{
				theirs: w.api.AddAccount(mockapi.CreditAccount{ClientID: otherClient, Name: theirs, StartingBalance: "5"}).ID,
				ours:   w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: ours, StartingBalance: "5"}).ID,
				empty:  w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: empty}).ID,
			}
			if test.fault != nil {
				w.api.Inject(*test.fault)
			}
			config := account("a", test.name, fmt.Sprintf("existing_account_id = %q", ids[test.id]))
			if test.fails == sumOfOtherClient { // another listing of the run shows whose it is
				config = "data \"thoughtindustries_credit_accounts\" \"all\" {\n  client_id = \"" + otherClient + "\"\n}\n" +
					strings.ReplaceAll(config, fmt.Sprintf("%q", ids[test.id]), "data.thoughtindustries_credit_accounts.all.credit_accounts[0].id")
			}
			w.write(config)
			plan := w.plan()
			apply := w.apply()
			switch {
			case test.fails == sumNotListed: // nothing but the other client's listing shows whose it is
				plan.expectChanges().expectOutput(sumNotListed)
				apply.expectSuccess().expectOutput(sumNotListed)
			case test.fails != "":
				plan.expectError("Error: "+test.fails, "Nothing was changed.")
				apply.expectError("Error: " + test.fails)
				if len(w.accountIDs()) != 0 {
					t.Errorf("the state has %v", w.accountIDs())
				}
			default:
				plan.expectChanges()
				if got := strings.Count(apply.expectSuccess().expectOutput(test.says).flat, "Warning: "+sumNotChecked); got > 2 {
					t.Errorf("it is said %d times in a plan and an apply", got)
				}
				w.plan().expectSuccess().expectOutput(noChanges)
			}
			w.api.expectPosts(0)
			w.api.expectAccounts(3)
		})
	}
}

func TestTakeOver_OneIDTwiceThatThePlanDidNotKnowIsRefusedByTheApply(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(unknownUntilApply(`"`+firstID+`"`) + account("a", "First", "existing_account_id = terraform_data.later.output") +
		account("b", "Second", "existing_account_id = upper(terraform_data.later.output)"))
	w.plan().expectChanges()
	w.apply().expectError(sumAlreadyTaken, "existing_account_id")
	taken := 0
	for address, object := range w.state() {
		if strings.HasPrefix(address, "thoughtindustries_credit_account.") && strings.EqualFold(fmt.Sprint(object.Attributes["id"]), firstID) {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("%d resources have the account", taken)
	}
	w.api.expectPosts(0)
}
