package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestChange_IsRefusedNamingEveryChangedAttribute(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `credit_batch_name = "2026"`))
	w.apply().succeeds()
	w.api.ResetRequests()
	id := w.api.Accounts()[0].ID

	w.write(strings.ReplaceAll(account("a", "Renamed", `type = "other"`), "= 100", "= 200"))
	w.plan().fails(sumCannotChange, "Changed: name, starting_balance, type, credit_batch_name", id, "allow_replacement = true", "ignore_changes")
	w.apply().fails(sumCannotChange)
	w.requests(0)
	if got := w.has(theAccount).Attributes["name"]; got != "Training" {
		t.Errorf("the state has the name %v", got)
	}
}

func TestChange_WithAllowReplacementMakesASecondAccountAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "allow_replacement = true"))
	w.apply().succeeds()
	old := w.api.Accounts()[0].ID
	w.write(account("a", "Renamed", "allow_replacement = true"))
	w.plan().changes().says(sumReplacement, old, "must be replaced")
	w.apply().succeeds()
	w.accounts(2)
	w.plan().succeeds().says(noChanges)
}

func TestChange_OfSetOrderOrIDCaseIsNone(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + `
resource "thoughtindustries_credit_account" "b" {
  client_id = "` + testClient + `"
  name = "b"
  starting_balance = 1
  notify_emails = ["b@example.com", "a@example.com"]
  license_ids = ["9A3E5C70-1D1F-4A39-8A53-7C2B9D100011", "x"]
}`)
	w.apply().succeeds()
	w.write(strings.ReplaceAll(account("a", "Training", ""), testClient, strings.ToUpper(testClient)) + `
resource "thoughtindustries_credit_account" "b" {
  client_id = "` + testClient + `"
  name = "b"
  starting_balance = 1.0
  notify_emails = ["a@example.com", "b@example.com"]
  license_ids = ["x", "9a3e5c70-1d1f-4a39-8a53-7c2b9d100011"]
}`)
	w.plan().succeeds().says(noChanges)
	if got := w.has(theAccount).Attributes["client_id"]; got != testClient {
		t.Errorf("the state has the client %v", got)
	}
}

func TestChange_OfProviderOnlyAttributesIsInPlaceAndSilent(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	id := w.api.Accounts()[0].ID
	w.api.ResetRequests()
	w.write(account("a", "Training", fmt.Sprintf("allow_replacement = true\nexisting_account_id = %q\ntimeouts = { create = \"1h\" }", strings.ToUpper(id))))
	w.plan().changes().says("updated in-place", "0 to add, 1 to change, 0 to destroy").silentOn(nothingKnown)
	w.apply().succeeds()
	if got := w.has(theAccount).Attributes; got["id"] != id || got["allow_replacement"] != true || got["status"] != "active" {
		t.Errorf("state: %v", got)
	}
	w.plan().succeeds().says(noChanges)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)
	w.requests(0)
}

func TestExistingAccountID_MustBeTheAccountThatIsHeld(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().fails(sumWrongExisting, otherID, w.api.Accounts()[0].ID)
}

func TestExistingAccountID_TakesOverWithoutARequest(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().changes().says(otherID)
	w.apply().succeeds().says(sumTakenOver)
	w.requests(0)
	if got := w.has(theAccount).Attributes; got["id"] != otherID || got["status"] != nil {
		t.Errorf("state: %v", got)
	}
	w.plan().succeeds().says(noChanges)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)
	w.write(account("a", "Training", `type = "client"`))
	w.apply().succeeds().says(sumRecorded, "type")
	w.write(account("a", "Training", `type = "other"`))
	w.plan().fails(sumCannotChange, "Changed: type")
	w.requests(0)
}

func TestExistingAccountID_AReplacementTakesItsOwnAgain(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `existing_account_id = "`+testAccountID+`"`))
	w.apply().succeeds().says(sumTakenOver)
	w.apply("-replace=" + theAccount).succeeds().says(sumTakenOver)
	if got := w.has(theAccount).Attributes["id"]; got != testAccountID {
		t.Errorf("the state has the id %v", got)
	}
	w.requests(0)
	w.plan().succeeds().says(noChanges)
}

func TestExistingAccountID_TwiceIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)) +
		account("b", "Other", fmt.Sprintf("existing_account_id = %q", strings.ToUpper(otherID))))
	w.plan().fails(sumAlreadyTaken, "existing_account_id")

	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.apply().succeeds()
	w.write(account("a", "Training", "") + account("b", "Other", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().fails(sumAlreadyTaken)
}

// unknownUntilApply is a value that a plan cannot know.
func unknownUntilApply(value string) string {
	return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n  input = %s\n}\n", value)
}

func TestUnknown_ValuesPassThePlanAndAreComparedByTheApply(t *testing.T) {
	t.Parallel()
	later := "terraform_data.later.output"
	config := func(output string) string {
		return unknownUntilApply(output) + `
resource "thoughtindustries_credit_account" "a" {
  client_id           = ` + later + `.client
  name                = ` + later + `.name
  starting_balance    = ` + later + `.balance
  notify_emails       = [` + later + `.email]
  license_ids         = ` + later + `.licenses
  type                = ` + later + `.type
  batch_days_until_expire = ` + later + `.days
}
`
	}
	value := `{ client = "` + testClient + `", name = "Training", balance = 5, email = "a@example.com", licenses = ["l"], type = "client", days = 3, v = 1 }`
	w := newWorkspace(t)
	w.write(config(value))
	w.plan().changes().silentOn("Error")
	w.requests(0)
	w.apply().succeeds()
	w.accounts(1)
	w.plan().succeeds().says(noChanges)
	w.api.ResetRequests()

	// The same values, unknown to the plan: nothing in the end.
	w.write(config(strings.ReplaceAll(value, "v = 1", "v = 2")))
	w.plan().changes().silentOn(sumCannotChange, "must be replaced")
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)

	// Another one: an error that leaves the state as it was.
	for _, change := range []string{`name = "Renamed"`, `licenses = ["l", "m"]`, `days = 4`} {
		key, _, _ := strings.Cut(change, " ")
		changed := value
		for _, part := range strings.Split(strings.Trim(value, "{} "), ", ") {
			if strings.HasPrefix(part, key+" ") {
				changed = strings.Replace(value, part, change, 1)
			}
		}
		w.write(config(changed))
		w.plan().changes().silentOn(sumCannotChange)
		w.apply().fails(sumCannotChange, "Changed: ")
		if got := w.has(theAccount).Attributes["name"]; got != "Training" {
			t.Errorf("the state has the name %v", got)
		}
		w.write(config(value))
		w.apply()
	}
	w.requests(0)
	w.accounts(1)
}

func TestUnknown_AnotherValueWithAllowReplacementMustBePlannedAgain(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := func(name string) string {
		return unknownUntilApply(name) + strings.ReplaceAll(account("a", "NAME", "allow_replacement = true"), `"NAME"`, "terraform_data.later.output")
	}
	w.write(config(`"Training"`))
	w.apply().succeeds()
	w.write(config(`"Renamed"`))
	w.apply().fails("plan again")
	w.posts(1)
	if got := w.has(theAccount).Attributes["name"]; got != "Training" {
		t.Errorf("the state has the name %v", got)
	}
	w.plan().changes().says(sumReplacement)
	w.apply().succeeds()
	w.accounts(2)
}

func TestUnknown_SecondAccountIsRefusedByTheApplyAtLatest(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	w.write(account("a", "Training", "") + unknownUntilApply(`"Training"`) +
		strings.ReplaceAll(account("b", "NAME", ""), `"NAME"`, "terraform_data.later.output"))
	w.plan().changes()
	w.apply().fails()
	w.posts(1)
	w.accounts(1)
}

func TestProviderConfiguration_MissingIsAWarningUntilARequestIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	plan := w.plan().changes().says(sumNotConfigured, envAPIKey, envInstance)
	if got := strings.Count(plan.flat, "Warning: "+sumNotConfigured); got != 1 {
		t.Errorf("the warning is shown %d times:\n%s", got, plan.out)
	}
	w.apply().fails("Error: "+sumNotConfigured, envAPIKey)
	w.requests(0)
}

func TestProviderConfiguration_UnknownAtPlanIsNoError(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(unknownUntilApply(`"`+w.url+`"`) + "provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n" + account("a", "Training", ""))
	w.plan().changes().silentOn(sumNotConfigured)
	w.apply().succeeds()
	w.accounts(1)
}

func TestImport_RecordsWithoutARequest(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	w.write(account("a", "Training", `type = "client"`))
	w.run("import", theAccount, testClient+"/"+existing.ID).succeeds()
	w.plan().changes().says(sumRecorded, "updated in-place")
	w.apply().succeeds().says(sumRecorded, "name, starting_balance, notify_emails, license_ids, type")
	w.plan().succeeds().says(noChanges)
	w.write(account("a", "Renamed", `type = "client"`))
	w.plan().fails(sumCannotChange)
	w.requests(0)
	for _, wrong := range []string{"x", testClient, testClient + "/", "/" + existing.ID, existing.ID + "/x", testClient + "/" + existing.ID + "/y"} {
		w.run("import", "thoughtindustries_credit_account.b", wrong)
	}
	w.write(account("a", "Training", "") + account("b", "Other", ""))
	w.run("import", "thoughtindustries_credit_account.b", "acme/5").fails(sumImportID, "<client_id>/<id>")
}

// Engines plan once more before they apply, and the plan says it then. The apply
// does not rely on it.
func TestChange_ThatNoPlanSawIsRefusedByTheApply(t *testing.T) {
	t.Parallel()
	server := configuredServer(t)
	prior, planned := createdAs("Training", 1, nil), createdAs("Renamed", 1, nil)
	resp, err := server.ApplyResourceChange(t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: creditAccountType, PriorState: accountValue(t, prior), PlannedState: accountValue(t, planned),
		Config: accountValue(t, configuredAs("Renamed", nil)),
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Summary != sumDiffersAtApply {
		t.Errorf("it says %v", resp.Diagnostics)
	}
	if got := textOf(attributesOf(creditAccountType, resp.NewState)["name"]); got != "Training" {
		t.Errorf("the state has the name %q", got)
	}
}
