package provider

import (
	"fmt"
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
			w.plan().changes().says("3 to add", firstID, secondID)
			w.requests(0)
			w.apply().succeeds().says(sumTakenOver, "3 added")
			w.requests(1)
			w.posts(1)
			if got := w.has(theAccount + `["Second"]`).Attributes; got["id"] != secondID || got["name"] != "Second" {
				t.Errorf("state: %v", got)
			}
			if got := w.has(theAccount + `["New"]`).Attributes["id"]; got != w.api.Accounts()[0].ID {
				t.Errorf("the new account has the id %v", got)
			}
			w.plan().succeeds().says(noChanges)

			// The column may go once it has done its work.
			w.writeFile(test.name, strings.NewReplacer(firstID, "", secondID, "").Replace(test.content))
			w.apply().succeeds().says("0 added, 2 changed, 0 destroyed")
			w.plan().succeeds().says(noChanges)
			w.requests(1)
		})
	}
}

func TestTakeOver_OneIDInTwoRowsIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.writeFile("accounts.csv", "name,existing_account_id\nFirst,"+firstID+"\nSecond,"+strings.ToUpper(firstID)+"\n")
	w.write(fromTable(`csvdecode(file("accounts.csv"))`))
	w.plan().fails(sumAlreadyTaken, "existing_account_id")
	w.requests(0)
}

const otherClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"

// Taking over asks nobody. But where the same run has read a listing for another
// reason, what it shows is used.
func TestTakeOver_OfAnotherClientsAccountIsRefusedWhereAListingShowsIt(t *testing.T) {
	t.Parallel()
	with := func(t *testing.T) (*workspace, string) {
		w := newWorkspace(t)
		w.api.AddClient(mockapi.Client{ID: otherClient, Name: "Globex", Slug: "globex"})
		theirs := w.api.AddAccount(mockapi.CreditAccount{ClientID: otherClient, Name: "Theirs", StartingBalance: "5"})
		return w, account("a", "Training", fmt.Sprintf("existing_account_id = %q", theirs.ID))
	}
	t.Run("by a data source at plan", func(t *testing.T) {
		t.Parallel()
		w, taking := with(t)
		listing := "data \"thoughtindustries_credit_accounts\" \"all\" {\n  client_id = \"" + otherClient + "\"\n}\n"
		id := w.api.Accounts()[0].ID
		w.write(listing + strings.ReplaceAll(taking, fmt.Sprintf("%q", id), "data.thoughtindustries_credit_accounts.all.credit_accounts[0].id"))
		w.plan().fails(sumOfOtherClient, otherClient, id, "Nothing was changed.")
		w.posts(0)
	})
	t.Run("by the look before a creation at apply", func(t *testing.T) {
		t.Parallel()
		w, taking := with(t)
		theirs := strings.ReplaceAll(account("b", "New", ""), testClient, otherClient)
		w.write(theirs + strings.Replace(taking, "existing_account_id", "depends_on = [thoughtindustries_credit_account.b]\nexisting_account_id", 1))
		w.plan().changes()
		w.apply().fails(sumOfOtherClient, otherClient)
		if _, there := w.state()[theAccount]; there {
			t.Error("it was taken over")
		}
		w.accounts(2)
	})
	t.Run("where no listing was read, nothing is asked", func(t *testing.T) {
		t.Parallel()
		w, taking := with(t)
		w.write(taking)
		w.apply().succeeds().says(sumTakenOver, "nothing was compared")
		w.requests(0)
	})
}

func TestTakeOver_OneIDTwiceThatThePlanDidNotKnowIsRefusedByTheApply(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(unknownUntilApply(`"`+firstID+`"`) + account("a", "First", "existing_account_id = terraform_data.later.output") +
		account("b", "Second", "existing_account_id = upper(terraform_data.later.output)"))
	w.plan().changes()
	w.apply().fails(sumAlreadyTaken, "existing_account_id")
	taken := 0
	for address, object := range w.state() {
		if strings.HasPrefix(address, "thoughtindustries_credit_account.") && strings.EqualFold(fmt.Sprint(object.Attributes["id"]), firstID) {
			taken++
		}
	}
	if taken != 1 {
		t.Errorf("%d resources have the account", taken)
	}
	w.requests(0)
}

func TestTakeOver_OfWhatTheSameApplyCreatesIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "First", "") + account("b", "Second", "existing_account_id = "+theAccount+".id"))
	w.plan().changes()
	w.apply().fails(sumAlreadyTaken, "existing_account_id")
	if _, there := w.state()["thoughtindustries_credit_account.b"]; there {
		t.Error("two resources have one account")
	}
	w.has(theAccount)
	w.posts(1)
}
