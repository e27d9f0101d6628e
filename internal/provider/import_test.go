package provider

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
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

func TestImport_ByBlockLeavesNullWhatIsNotReturnedAndSaysWhereItStands(t *testing.T) {
	t.Parallel()
	if is, err := engineIs(); err != nil || is.before(version{terraform: "1.8.0", tofu: "1.6.0"}) {
		t.Skipf("Terraform 1.5 ends in a panic of its own when it writes a nested attribute; this is %+v, %v", is, err)
	}
	w := newWorkspace(t)
	w.write(importBlock)
	// Once from the engine's own check of what it wrote, once from the file.
	for _, args := range [][]string{{"-generate-config-out=generated.tf"}, nil} {
		w.plan(args...).expectError("Error: "+sumMissingValue,
			"name is required and is null", whereToFind["name"],
			"starting_balance is required and is null", whereToFind["starting_balance"],
			"notify_emails is required and is null", whereToFind["notify_emails"],
			"license_ids is required and is null", whereToFind["license_ids"]).
			expectNoOutput("client_id is required", missingRequired)
	}
	path := filepath.Join(w.dir, "generated.tf")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, attribute := range apiAttributes[1:] {
		// Newer engines leave out what is optional and computed.
		if line := lineOf(text, attribute.name); line != "" && !strings.HasSuffix(line, "= null") {
			t.Errorf("%s is not null: %q", attribute.name, line)
		}
	}
	if line := lineOf(text, "client_id"); !strings.HasSuffix(line, fmt.Sprintf("= %q", testClient)) {
		t.Errorf("the client is not the one of the import: %q", line)
	}

	for name, value := range map[string]string{"name": `"Training"`, "starting_balance": "100", "notify_emails": "[]", "license_ids": `["l"]`} {
		text = strings.Replace(text, lineOf(text, name), "  "+name+" = "+value, 1)
	}
	w.writeFile("generated.tf", text)
	w.apply().expectSuccess().expectOutput(sumRecorded, "name, starting_balance, notify_emails, license_ids", "1 imported, 0 added, 1 changed")
	w.plan().expectSuccess().expectOutput(noChanges)
	if got := w.has(theAccount).Attributes; got["id"] != otherID || got["name"] != "Training" || got["status"] != nil {
		t.Errorf("state: %v", got)
	}
	w.writeFile("generated.tf", strings.Replace(text, `"Training"`, `"Renamed"`, 1))
	w.plan().expectError(sumCannotChange, "Changed: name")
	w.api.expectPosts(0)
}

// lineOf gives the line of a configuration that sets an attribute.
func lineOf(text, attribute string) string {
	for _, line := range strings.Split(text, "\n") {
		if fields := strings.Fields(line); len(fields) > 2 && fields[0] == attribute && fields[1] == "=" {
			return line
		}
	}
	return ""
}

const identityBlock = `import {
  to = thoughtindustries_credit_account.a
  identity = {
    client_id = "%s"
    id        = "%s"
  }
}

`

func TestImport_ByIdentityWhereTheEngineHasIt(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(fmt.Sprintf(identityBlock, testClient, otherID) + account("a", "Training", ""))
	if !keepsIdentities(t) {
		// Older engines refuse the block before they ask the provider.
		w.plan().expectError(`The argument "id" is required`, `"identity" is not expected here`)
		w.api.expectPosts(0)
		return
	}
	w.apply().expectSuccess().expectOutput(sumRecorded, "1 imported, 0 added, 1 changed")
	w.identified(theAccount, testClient, otherID)
	w.plan().expectSuccess().expectOutput(noChanges)

	w.write(fmt.Sprintf(strings.ReplaceAll(identityBlock, "account.a", "account.b"), "acme", otherID) + account("b", "Other", ""))
	w.plan().expectError(sumImportID, "{ client_id, id }", "Nothing was imported.")
	w.api.expectPosts(0)
}

func TestImport_WrongIDsShowTheForm(t *testing.T) {
	t.Parallel()
	for name, id := range map[string]string{
		"one word": "x", "a client alone": testClient, "no account": testClient + "/", "no client": "/" + otherID, "three parts": testClient + "/" + otherID + "/y",
		"not UUIDs": "acme/5", "a space": testClient + "/ " + otherID, "braces": "{" + testClient + "}/" + otherID, "a URL": "https://acme.thoughtindustries.com/" + otherID,
		"very long": testClient + "/" + strings.Repeat("0", 10_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(account("a", "Training", ""))
			w.run("import", theAccount, id).expectError(sumImportID, "<client_id>/<id>", exampleClientID+"/"+exampleAccountID, "Nothing was imported.")
			w.write(strings.Replace(importBlock, testClient+"/"+otherID, id, 1) + account("a", "Training", ""))
			w.plan().expectError(sumImportID, "<client_id>/<id>")
			if len(w.state()) != 0 {
				t.Errorf("the state holds %v", w.state())
			}
			w.api.expectNoRequests()
		})
	}
}

func TestImport_ManyByForEach(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
	w := newWorkspace(t)
	w.writeFile("accounts.csv", "name,id\nFirst,11111111-2222-4333-8444-000000000001\nSecond,11111111-2222-4333-8444-000000000002\nThird,11111111-2222-4333-8444-000000000003\n")
	w.write(`
locals {
  accounts = { for row in csvdecode(file("accounts.csv")) : row.name => row }
}

import {
  for_each = local.accounts
  to       = thoughtindustries_credit_account.a[each.key]
  id       = "` + testClient + `/${each.value.id}"
}

` + strings.ReplaceAll(account("a", "EACH", "for_each = local.accounts"), `"EACH"`, "each.key"))
	w.apply().expectSuccess().expectOutput(sumRecorded, "3 imported, 0 added, 3 changed")
	w.plan().expectSuccess().expectOutput(noChanges)
	if got := w.has(theAccount + `["Second"]`).Attributes; got["id"] != "11111111-2222-4333-8444-000000000002" || got["name"] != "Second" {
		t.Errorf("state: %v", got)
	}
	if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
		t.Errorf("%d listings, want one for all", got)
	}
}

// Under ignore_changes a value that no call returned stays null, and stays free to be set once.
func TestImport_NullsUnderIgnoreChangesMayStillBeSetOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	ignoring := "credit_batch_name = \"2026\"\nlifecycle {\n ignore_changes = [credit_batch_name, minimum_batch_amount]\n}"
	w.write(importBlock + account("a", "Training", ignoring))
	w.apply().expectSuccess().expectOutput(sumRecorded, "name, starting_balance, notify_emails, license_ids.").expectNoOutput("credit_batch_name,")
	w.plan().expectSuccess().expectOutput(noChanges)
	if got := w.has(theAccount).Attributes["credit_batch_name"]; got != nil {
		t.Errorf("credit_batch_name is %v", got)
	}
	w.write(account("a", "Training", `credit_batch_name = "2026"`))
	w.apply().expectSuccess().expectOutput(sumRecorded, "credit_batch_name")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.write(account("a", "Training", `credit_batch_name = "2027"`))
	w.plan().expectError(sumCannotChange, "Changed: credit_batch_name")
	w.write(account("a", "Training", ""))
	w.plan().expectError(sumCannotChange, "Changed: credit_batch_name")
	w.api.expectPosts(0)
}

// What the API returns of an imported account is in the state, and compared.
func TestImport_IsChecked(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.AddClient(mockapi.Client{ID: otherClient, Name: "Globex", Slug: "globex"})
	ours := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	empty := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Empty"})
	w.write(account("a", "Training", "") + account("b", "Empty", ""))
	w.run("import", theAccount, testClient+"/"+ours.ID).expectSuccess().expectNoOutput("Warning")
	if got := w.has(theAccount).Attributes; got["name"] != "Training" || fmt.Sprint(got["starting_balance"]) != "100" || got["notify_emails"] != nil {
		t.Errorf("state: %v", got)
	}
	w.run("import", "thoughtindustries_credit_account.b", testClient+"/"+empty.ID).expectSuccess().expectOutput(sumNotListed, "Compare both ids")
	w.apply().expectSuccess().expectOutput(sumRecorded, "notify_emails, license_ids")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.write(account("a", "Renamed", "") + account("b", "Empty", ""))
	w.plan().expectError(sumCannotChange, "Changed: name")

	w = newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 200, Body: pointer("<html>")})
	w.write(account("a", "Training", ""))
	w.run("import", theAccount, testClient+"/"+otherID).expectError(sumCheckFailed, "Nothing was imported.")
	w.api.ClearFaults()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	w.run("import", theAccount, testClient+"/"+otherID).expectSuccess().expectOutput(sumNotChecked)
}

// Two resources that manage one account are named by the next plan.
func TestImport_TwiceIsSaidByTheNextPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	made := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	w.write(account("a", "Training", "") + account("b", "Training", ""))
	w.run("import", theAccount, testClient+"/"+made.ID).expectSuccess()
	w.run("import", "thoughtindustries_credit_account.b", testClient+"/"+made.ID).expectSuccess()
	w.apply().expectSuccess().expectOutput(sumShared, made.ID, "state rm")
	w.plan().expectSuccess().expectWarning(sumShared, noChanges)
	// What it says, to its end.
	w.run("state", "rm", "thoughtindustries_credit_account.b").expectSuccess()
	w.write(account("a", "Training", ""))
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.api.expectAccounts(1)
}

// identified wants the state to know an object by these ids, on engines that
// keep identities; others keep none.
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

// frameworkComplains is what the framework says of an identity that is missing
// or another one, whatever the engine.
const frameworkComplains = "Resource Identity"

func TestIdentity_IsSetOnEveryPath(t *testing.T) {
	t.Parallel()
	lost := mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Cut: mockapi.CutConnection}
	tests := map[string]struct {
		// first, where there is one, is applied before.
		first, config string
		fault         *mockapi.Fault
		id            string // empty: that of the account that exists
	}{
		"created":               {config: account("a", "Training", "")},
		"adopted":               {config: account("a", "Training", ""), fault: &lost},
		"taken over":            {config: account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)), id: otherID},
		"imported":              {config: importBlock + account("a", "Training", ""), id: otherID},
		"moved":                 {first: terraformDataOf(`, id = "` + otherID + `", clientId = "` + testClient + `"`), config: account("a", "Training", "") + movedFromData, id: otherID},
		"moved without client":  {first: terraformDataOf(`, id = "` + otherID + `"`), config: account("a", "Training", "") + movedFromData, id: otherID},
		"updated":               {first: account("a", "Training", ""), config: account("a", "Training", "create_alongside = [\""+otherID+"\"]")},
		"client in other case":  {first: account("a", "Training", ""), config: strings.ReplaceAll(account("a", "Training", "create_alongside = [\""+otherID+"\"]"), testClient, strings.ToUpper(testClient))},
		"unknown until applied": {first: account("a", "Training", ""), config: unknownUntilApply(fmt.Sprintf("%q", strings.ToUpper(testClient))) + strings.ReplaceAll(account("a", "Training", ""), fmt.Sprintf("%q", testClient), "terraform_data.later.output")},
		"renamed address":       {first: account("b", "Training", ""), config: account("a", "Training", "") + "\nmoved {\n  from = thoughtindustries_credit_account.b\n  to = thoughtindustries_credit_account.a\n}\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(test.config, movedFromData) {
				needsEngine(t, movesBetweenTypes)
			}
			w := newWorkspace(t)
			if test.fault != nil {
				w.api.Inject(*test.fault)
			}
			if test.first != "" {
				w.write(test.first)
				w.apply().expectSuccess()
			}
			w.write(test.config)
			w.apply().expectSuccess().expectNoOutput(frameworkComplains, "Identity")
			id := test.id
			if id == "" {
				id = w.api.Accounts()[0].ID
			}
			w.identified(theAccount, testClient, id)
			w.plan().expectSuccess().expectOutput(noChanges)
			w.run("refresh").expectSuccess()
			w.identified(theAccount, testClient, id)
			w.run("destroy", "-auto-approve").expectSuccess().expectNoOutput(frameworkComplains)
		})
	}
}

func TestIdentity_AnUnresolvedAccountHasNoneUntilItsIDIsKnown(t *testing.T) {
	t.Parallel()
	unresolved := func(t *testing.T) *workspace {
		w := newWorkspace(t)
		w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
		w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
		w.write(account("a", "Training", ""))
		w.apply().expectError(sumUnknownOutcome).expectNoOutput(frameworkComplains)
		if got := w.has(theAccount).Identity; len(got) != 0 && (got["id"] != nil || got["client_id"] != nil) {
			t.Errorf("a unresolved account has the identity %v", got)
		}
		w.plan().expectError(sumUnresolved).expectNoOutput(frameworkComplains)
		w.plan("-refresh-only").expectNoOutput("Error")
		w.run("refresh").expectNoOutput(frameworkComplains)
		return w
	}
	t.Run("existing_account_id", func(t *testing.T) {
		t.Parallel()
		w := unresolved(t)
		w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
		w.apply().expectSuccess().expectNoOutput(frameworkComplains)
		w.identified(theAccount, testClient, otherID)
		w.plan().expectSuccess().expectOutput(noChanges)
	})
	t.Run("untainted", func(t *testing.T) {
		t.Parallel()
		w := unresolved(t)
		w.run("untaint", theAccount).expectSuccess()
		w.plan().expectError(sumUnresolved).expectNoOutput(frameworkComplains)
		w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
		w.apply().expectSuccess().expectNoOutput(frameworkComplains)
		w.identified(theAccount, testClient, otherID)
		w.plan().expectSuccess().expectOutput(noChanges)
	})
	t.Run("forgotten", func(t *testing.T) {
		t.Parallel()
		w := unresolved(t)
		w.write("")
		w.apply().expectSuccess().expectOutput(sumForgetsUnresolved).expectNoOutput(frameworkComplains)
		if len(w.state()) != 0 {
			t.Errorf("the state holds %v", w.state())
		}
	})
	t.Run("renamed", func(t *testing.T) {
		t.Parallel()
		w := unresolved(t)
		w.write(account("b", "Training", "") + "\nmoved {\n  from = thoughtindustries_credit_account.a\n  to = thoughtindustries_credit_account.b\n}\n")
		w.plan().expectError(sumUnresolved).expectNoOutput(frameworkComplains)
	})
}
