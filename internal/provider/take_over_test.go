package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const otherClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"

// What the API returns of an account that is to be taken over is compared, by the plan where that can send requests, and
// by the apply in any case.
func TestTakeOver_IsChecked(t *testing.T) {
	t.Parallel()
	html := mockapi.Fault{Method: http.MethodGet, Status: 200, Body: pointer("<html>")}
	for name, test := range map[string]struct {
		declared    string // the account's name
		balance     json.Number
		fault       *mockapi.Fault
		fails, says string // an error, or a warning
	}{
		"the account":               {declared: "Training", balance: "5", says: sumTakenOver},
		"another name":              {declared: "Other", balance: "5", fails: sumOtherName},
		"one that no listing shows": {declared: "Training", balance: "0", says: sumNotListed},
		"endpoints that refuse": {
			declared: "Other", balance: "5", fault: &mockapi.Fault{Method: http.MethodGet, Status: 403}, says: sumNotChecked,
		},
		"a listing that cannot be read": {declared: "Training", balance: "5", fault: &html, says: sumCheckFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.AddAccount(mockapi.CreditAccount{
				ID: otherID, ClientID: testClient, Name: "Training", StartingBalance: test.balance,
			})
			if test.fault != nil {
				w.api.Inject(*test.fault)
			}
			w.write(account("a", test.declared, fmt.Sprintf("existing_account_id = %q", otherID)))
			plan, apply := w.plan(), w.apply()
			if test.fails != "" {
				plan.expectError("Error: "+test.fails, "Nothing was changed.")
				apply.expectError("Error: " + test.fails)
			} else {
				plan.expectChanges()
				apply.expectSuccess().expectOutput(test.says)
				w.plan().expectSuccess().expectOutput(noChanges)
			}
			w.api.expectPosts(0)
		})
	}
}

// Another listing of the run shows whose account it is.
func TestTakeOver_OfAnotherClientsAccountIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.AddClient(mockapi.Client{ID: otherClient, Name: "Globex", Slug: "globex"})
	w.api.AddAccount(mockapi.CreditAccount{ClientID: otherClient, Name: "Training", StartingBalance: "5"})
	w.write("data \"thoughtindustries_credit_accounts\" \"all\" {\n  client_id = \"" + otherClient + "\"\n}\n" + account(
		"a", "Training", "existing_account_id = data.thoughtindustries_credit_accounts.all.credit_accounts[0].id"))
	w.plan().expectError("Error: "+sumOfOtherClient, "Nothing was changed.")
	w.api.expectPosts(0)
}

func TestExistingAccountID_IsNotReplacedByItself(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `existing_account_id = "`+testAccountID+`"`))
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.plan("-replace="+theAccount).expectError(sumAlreadyTaken, "cannot replace itself")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(0)
}
