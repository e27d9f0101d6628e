package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// importBlock imports otherID at theAccount.
const importBlock = `import {
  to = thoughtindustries_credit_account.a
  id = "` + testClient + `/` + otherID + `"
}

`

// withExisting adds an account with the id otherID and a balance of 100.
func (w *workspace) withExisting(name string) *workspace {
	w.api.AddAccount(mockapi.CreditAccount{ID: otherID, ClientID: testClient, Name: name, StartingBalance: "100"})
	return w
}

func TestImport_RecordsOnceWhatIsNotReturned(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).withExisting("Training")
	ignoring := "credit_batch_name = \"2026\"\nlifecycle {\n ignore_changes = [credit_batch_name]\n}"
	w.write(importBlock + account("a", "Training", ignoring))
	w.apply().expectSuccess().expectOutput(sumRecorded, "notify_emails, license_ids.", "1 imported, 0 added, 1 changed")
	w.plan().expectSuccess().expectOutput(noChanges)
	got := w.has(theAccount).Attributes
	if got["name"] != "Training" || fmt.Sprint(got["starting_balance"]) != "100" || got["status"] != nil {
		t.Errorf("state: %v", got)
	}
	// Under ignore_changes a null stays null, and may still be set once.
	w.write(account("a", "Training", `credit_batch_name = "2026"`))
	w.apply().expectSuccess().expectOutput(sumRecorded, "credit_batch_name")
	w.plan().expectSuccess().expectOutput(noChanges)
	for _, config := range []string{`credit_batch_name = "2027"`, ""} {
		w.write(account("a", "Training", config))
		w.plan().expectError(sumCannotChange, "Changed: credit_batch_name")
	}
	w.write(account("a", "Renamed", `credit_batch_name = "2026"`))
	w.plan().expectError(sumCannotChange, "Changed: name")
	w.api.expectPosts(0)
}

// Both the listing and the name must be there; the error shows what needs neither.
func TestImport_NeedsTheListingAndTheName(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		balance json.Number
		fault   mockapi.Fault
		summary string
	}{
		"not listed":               {balance: "0", summary: sumNotListed},
		"does not return the name": {balance: "100", fault: mockapi.Fault{Path: actionsPath, Status: 404}, summary: sumNoName},
		"the lookup refused":       {balance: "100", fault: mockapi.Fault{Status: 403}, summary: sumCheckFailed},
		"the lookup fails":         {balance: "100", fault: mockapi.Fault{Body: pointer("<html>")}, summary: sumCheckFailed},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.AddAccount(mockapi.CreditAccount{
				ID: otherID, ClientID: testClient, Name: "Training", StartingBalance: test.balance,
			})
			w.api.Inject(test.fault)
			w.write(account("a", "Training", ""))
			w.run("import", theAccount, testClient+"/"+otherID).
				expectError("Error: "+test.summary, "Nothing was imported.", "existing_account_id")
			if len(w.state()) != 0 {
				t.Errorf("the state has %v", w.state())
			}
		})
	}
}

func TestImport_WithoutAKeyIsAnError(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {\n base_url = \"" + w.url + "\"\n}\n" + account("a", "Training", ""))
	w.run("import", theAccount, testClient+"/"+otherID).
		expectError("Error: "+sumNotConfigured, "Importing a credit account", "existing_account_id")
	w.api.expectNoRequests()
}

func TestImport_TwiceIsSaidByTheNextPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).withExisting("Training")
	w.write(account("a", "Training", "") + account("b", "Training", ""))
	w.run("import", theAccount, testClient+"/"+otherID).expectSuccess()
	w.run("import", "thoughtindustries_credit_account.b", testClient+"/"+otherID).expectSuccess()
	w.apply().expectSuccess().expectOutput(sumShared, otherID, "state rm")
	w.plan().expectSuccess().expectOutput("Warning: "+sumShared, noChanges)
	// The way out that it names, to its end.
	w.run("state", "rm", "thoughtindustries_credit_account.b").expectSuccess()
	w.write(account("a", "Training", ""))
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.api.expectAccounts(1)
}

func TestIdentity_AnUnresolvedAccountHasNoneUntilItsIDIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).unresolved(t)
	if got := w.has(theAccount).Identity; len(got) != 0 && (got["id"] != nil || got["client_id"] != nil) {
		t.Errorf("an unresolved account has the identity %v", got)
	}
	for range 2 { // tainted, and then untainted
		w.plan().expectError(sumUnresolved).expectNoOutput("Identity")
		w.plan("-refresh-only").expectNoOutput("Error")
		w.run("refresh").expectNoOutput("Identity")
		w.run("untaint", theAccount)
	}
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.apply().expectSuccess().expectNoOutput("Identity")
	if got := w.has(theAccount).Identity; got != nil && got["id"] != otherID { // older engines keep none
		t.Errorf("the identity is %v", got)
	}
	w.plan().expectSuccess().expectOutput(noChanges)
	// Nothing was returned, so that what is null may be set once.
	w.write(account("a", "Training", `type = "client"`))
	w.apply().expectSuccess().expectOutput(sumRecorded, "type")
	w.api.expectPosts(1)
}

// unresolved applies an account "Training" whose outcome stays unknown.
func (w *workspace) unresolved(t *testing.T) *workspace {
	t.Helper()
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	w.write(account("a", "Training", ""))
	w.apply().expectError(sumUnknownOutcome).expectNoOutput("Identity")
	w.api.ClearFaults()
	return w
}

var oneUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// FuzzImportID: whatever a person types, what is taken is two ids that can stand in a path and in a state, and nothing
// of the text is lost.
func FuzzImportID(f *testing.F) {
	const client, account = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "0B0F3C5E-7A52-4A3E-9B8E-2F6F1F1F9A10"
	for _, text := range []string{
		client + "/" + account, client + "/", "/" + account, client + "/" + account + "/", client + "//" + account,
		" " + client + "/" + account, client + "/" + account + "\n", account, "{" + client + "}/{" + account + "}",
		"urn:uuid:" + client + "/urn:uuid:" + account, "thoughtindustries_credit_account.a",
		strings.ReplaceAll(client, "-", "") + "/" + strings.ReplaceAll(account, "-", ""),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, diags := importedIdentity(context.Background(), resource.ImportStateRequest{ID: text})
		clientID, object := id.ClientID.ValueString(), id.ID.ValueString()
		wellFormed := oneUUID.MatchString(clientID) && oneUUID.MatchString(object) && clientID+"/"+object == text
		if wellFormed == diags.HasError() {
			t.Errorf("%q gives %q and %q, and says %v", text, clientID, object, diags)
		}
	})
}
