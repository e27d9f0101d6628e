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

// fromTable declares an account for each row of a file, read by read; a row
// without an existing_account_id is a new account.
func fromTable(read string) string {
	return `
locals {
  rows = { for row in ` + read + ` : row.name => row }
}

` + strings.ReplaceAll(account("a", "EACH", "for_each = local.rows\nexisting_account_id = try(each.value.existing_account_id, \"\") == \"\" ? null : each.value.existing_account_id"),
		`"EACH"`, "each.key")
}

func TestTakeOver_ManyFromAFileSendNothingButTheNewOnes(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, content, read string }{
		"CSV":  {"accounts.csv", "name,existing_account_id\nFirst," + firstID + "\nSecond," + secondID + "\nNew,\n", `csvdecode(file("accounts.csv"))`},
		"YAML": {"accounts.yaml", "- name: First\n  existing_account_id: " + firstID + "\n- name: Second\n  existing_account_id: " + secondID + "\n- name: New\n", `yamldecode(file("accounts.yaml"))`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.writeFile(test.name, test.content)
			w.write(w.providerBlock(`on_existing_account = "ignore"`) + fromTable(test.read))
			w.plan().expectChanges().expectOutput("3 to add", firstID, secondID, sumNotListed)
			if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
				t.Errorf("%d listings, want one for all", got)
			}
			w.apply().expectSuccess().expectOutput(sumTakenOver, "3 added")
			w.api.expectPosts(1)
			w.api.ResetRequests()
			if got := w.has(theAccount + `["Second"]`).Attributes; got["id"] != secondID || got["name"] != "Second" {
				t.Errorf("state: %v", got)
			}
			if got := w.has(theAccount + `["New"]`).Attributes["id"]; got != w.api.Accounts()[0].ID {
				t.Errorf("the new account has the id %v", got)
			}
			w.plan().expectSuccess().expectOutput(noChanges)

			// The column may go once it has done its work.
			w.writeFile(test.name, strings.NewReplacer(firstID, "", secondID, "").Replace(test.content))
			w.apply().expectSuccess().expectOutput("0 added, 2 changed, 0 destroyed")
			w.plan().expectSuccess().expectOutput(noChanges)
			w.api.expectNoRequests()
		})
	}
}

func TestTakeOver_OneIDInTwoRowsIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.writeFile("accounts.csv", "name,existing_account_id\nFirst,"+firstID+"\nSecond,"+strings.ToUpper(firstID)+"\n")
	w.write(fromTable(`csvdecode(file("accounts.csv"))`))
	w.plan().expectError(sumAlreadyTaken, "existing_account_id")
	w.api.expectPosts(0)
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

func TestTakeOver_OfWhatTheSameApplyCreatesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "First", "") + account("b", "Second", "existing_account_id = "+theAccount+".id"))
	w.plan().expectChanges()
	w.apply().expectError(sumAlreadyTaken, "existing_account_id")
	if _, there := w.state()["thoughtindustries_credit_account.b"]; there {
		t.Error("two resources have one account")
	}
	w.has(theAccount)
	w.api.expectPosts(1)
}
