package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

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
	actions := "/clients/{id}/creditAccount/{account}/creditActions"
	tests := map[string]struct {
		balance string
		client  string
		faults  []mockapi.Fault
		summary string
	}{
		"not listed":          {balance: "0", summary: sumNotListed},
		"another client's":    {balance: "100", client: otherClient, summary: sumNotListed},
		"no name":             {balance: "100", faults: []mockapi.Fault{{Path: actions, Status: 404}}, summary: sumNoName},
		"the lookup refused":  {balance: "100", faults: []mockapi.Fault{{Status: 403}}, summary: sumCheckFailed},
		"an HTML page":        {balance: "100", faults: []mockapi.Fault{{Status: 200, Body: pointer("<html>")}}, summary: sumCheckFailed},
		"the lookup fails":    {balance: "100", faults: []mockapi.Fault{{Status: 500}}, summary: sumCheckFailed},
		"the key is no key":   {balance: "100", faults: []mockapi.Fault{{Status: 401}}, summary: sumCheckFailed},
		"the name is refused": {balance: "100", faults: []mockapi.Fault{{Path: actions, Status: 403}}, summary: sumNoName},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.AddClient(mockapi.Client{ID: otherClient, Name: "Globex", Slug: "globex"})
			client := testClient
			if test.client != "" {
				client = test.client
			}
			made := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "A", StartingBalance: "0"})
			if test.balance != "0" {
				made = w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
			}
			for _, fault := range test.faults {
				fault.Method = http.MethodGet
				w.api.Inject(fault)
			}
			w.write(account("a", "Training", ""))
			got := w.run("import", theAccount, client+"/"+made.ID)
			got.expectError("Error: "+test.summary, "Nothing was imported.")
			if !strings.Contains(name, "key") {
				got.expectError("existing_account_id")
			}
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

const identityBlock = `import {
  to = thoughtindustries_credit_account.a
  identity = {
    client_id = "%s"
    id        = "%s"
  }
}

`

import {
  for_each = local.accounts
  to       = thoughtindustries_credit_account.a[each.key]
  id       = "` + testClient + `/${each.value.id}"
}

` + strings.ReplaceAll(account("a", "EACH", "for_each = local.accounts"), `"EACH"`, "each.key"))
	w.plan().expectChanges().expectOutput("3 to import")
	if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
		t.Errorf("%d listings, want one for all", got)
	}
	w.apply().expectSuccess().expectOutput(sumRecorded, "3 imported, 0 added, 3 changed")
	w.plan().expectSuccess().expectOutput(noChanges)
}

func TestImport_TwiceIsSaidByTheNextPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).withExisting("Training")
	w.write(account("a", "Training", "") + account("b", "Training", ""))
	w.run("import", theAccount, testClient+"/"+otherID).expectSuccess()
	w.run("import", "thoughtindustries_credit_account.b", testClient+"/"+otherID).expectSuccess()
	w.apply().expectSuccess().expectOutput(sumShared, otherID, "state rm")
	w.plan().expectSuccess().expectWarning(sumShared, noChanges)
	// The way out that it names, to its end.
	w.run("state", "rm", "thoughtindustries_credit_account.b").expectSuccess()
	w.write(account("a", "Training", ""))
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.api.expectAccounts(1)
}

// identified wants the state to know an object by these ids, on engines that keep identities; others keep none.
func (w *workspace) identified(address, clientID, id string) {
	w.t.Helper()
	got := w.has(address).Identity
	if !keepsIdentities(w.t) {
		if got != nil {
			w.t.Errorf("an engine without identities keeps %v", got)
		}
		return
	}
	if len(got) != 2 || got["client_id"] != clientID || got["id"] != id {
		w.t.Errorf("the identity is %v, want client_id %s and id %s", got, clientID, id)
	}
}

func TestIdentity_IsSetOnEveryPath(t *testing.T) {
	t.Parallel()
	plain, listing := account("a", "Training", ""), account("a", "Training", "create_alongside = [\""+otherID+"\"]")
	lost := mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Cut: mockapi.CutConnection}
	upper := func(text string) string { return strings.ReplaceAll(text, testClient, strings.ToUpper(testClient)) }
	unknownClient := unknownUntilApply(fmt.Sprintf("%q", strings.ToUpper(testClient))) +
		strings.ReplaceAll(plain, fmt.Sprintf("%q", testClient), "terraform_data.later.output")
	tests := map[string]struct {
		first, config string // first, where there is one, is applied before
		fault         *mockapi.Fault
		existing      bool // the account is one that exists
	}{
		"created":              {config: plain},
		"adopted":              {config: plain, fault: &lost},
		"taken over":           {config: account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)), existing: true},
		"imported":             {config: importBlock + plain, existing: true},
		"moved":                {first: terraformDataOf(takenFromResponse), config: plain + movedFromData, existing: true},
		"updated":              {first: plain, config: listing},
		"client in other case": {first: plain, config: upper(listing)},
		"client unknown":       {first: plain, config: unknownClient},
		"renamed address": {
			first: account("b", "Training", ""),
			config: plain + "\nmoved {\n  from = thoughtindustries_credit_account.b\n" +
				"  to = thoughtindustries_credit_account.a\n}\n",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(test.config, movedFromData) {
				needsEngine(t, movesBetweenTypes)
			}
			w := newWorkspace(t)
			if test.existing {
				w.withExisting("Training")
			}
			if test.fault != nil {
				w.api.Inject(*test.fault)
			}
			if test.first != "" {
				w.write(test.first)
				w.apply().expectSuccess()
			}
			w.write(test.config)
			w.apply().expectSuccess().expectNoOutput("Identity")
			id := w.api.Accounts()[0].ID
			w.identified(theAccount, testClient, id)
			w.plan().expectSuccess().expectOutput(noChanges)
			w.run("refresh").expectSuccess()
			w.identified(theAccount, testClient, id)
			w.run("destroy", "-auto-approve").expectSuccess().expectNoOutput("Identity")
		})
	}
}

func TestIdentity_AnUnresolvedAccountHasNoneUntilItsIDIsKnown(t *testing.T) {
	t.Parallel()
	for _, untainted := range []bool{false, true} {
		t.Run(fmt.Sprintf("untainted=%v", untainted), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t).unresolved(t)
			if got := w.has(theAccount).Identity; len(got) != 0 && (got["id"] != nil || got["client_id"] != nil) {
				t.Errorf("an unresolved account has the identity %v", got)
			}
			if untainted {
				w.run("untaint", theAccount).expectSuccess()
			}
			w.plan().expectError(sumUnresolved).expectNoOutput("Identity")
			w.plan("-refresh-only").expectNoOutput("Error")
			w.run("refresh").expectNoOutput("Identity")
			w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
			w.apply().expectSuccess().expectNoOutput("Identity")
			w.identified(theAccount, testClient, otherID)
			w.plan().expectSuccess().expectOutput(noChanges)
			// Nothing was returned, so that what is null may be set once.
			w.write(account("a", "Training", `type = "client"`))
			w.apply().expectSuccess().expectOutput(sumRecorded, "type")
			w.api.expectPosts(1)
		})
	}
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
