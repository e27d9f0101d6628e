package provider

import (
	"fmt"
	"strings"
	"testing"
)

func TestChange_WithItsOwnIDListedMakesASecondAccountAndSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess()
	old := w.api.Accounts()[0].ID
	listed := fmt.Sprintf("create_alongside = [%q]", strings.ToUpper(old))
	w.write(account("a", "Renamed", listed))
	w.plan().expectChanges().expectOutput(sumReplacement, "Changed: name", old, "must be replaced")
	w.apply().expectSuccess()
	w.api.expectAccounts(2)
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	// The permission was for that account alone.
	w.write(account("a", "Renamed again", listed))
	w.plan().expectError(sumCannotChange, w.api.Accounts()[1].ID)
}

func TestExistingAccountID_TakesOverWithoutARequest(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().expectChanges().expectOutput(otherID)
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.api.expectPosts(0)
	w.api.ResetRequests()
	if got := w.has(theAccount).Attributes; got["id"] != otherID || got["status"] != nil {
		t.Errorf("state: %v", got)
	}
	w.plan().expectSuccess().expectOutput(noChanges)
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess()
	w.plan().expectSuccess().expectOutput(noChanges)
	w.write(account("a", "Training", `type = "client"`))
	w.apply().expectSuccess().expectOutput(sumRecorded, "type")
	w.write(account("a", "Training", `type = "other"`))
	w.plan().expectError(sumCannotChange, "Changed: type")
	w.api.expectNoRequests()
}

func TestExistingAccountID_IsNotReplacedByItself(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `existing_account_id = "`+testAccountID+`"`))
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.plan("-replace="+theAccount).expectError(sumAlreadyTaken, "is not replaced by itself")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(0)
}

func TestExistingAccountID_TwiceIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)) +
		account("b", "Other", fmt.Sprintf("existing_account_id = %q", strings.ToUpper(otherID))))
	w.plan().expectError(sumAlreadyTaken, "existing_account_id")

	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.apply().expectSuccess()
	w.write(account("a", "Training", "") + account("b", "Other", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().expectError(sumAlreadyTaken)
}

func TestUnknown_AnotherValueWithItsOwnIDListedMustBePlannedAgain(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	listed := ""
	config := func(name string) string {
		return unknownUntilApply(name) + strings.ReplaceAll(account("a", "NAME", listed), `"NAME"`, "terraform_data.later.output")
	}
	w.write(config(`"Training"`))
	w.apply().expectSuccess()
	listed = fmt.Sprintf("create_alongside = [%q]", w.api.Accounts()[0].ID)
	w.write(config(`"Renamed"`))
	w.apply().expectError("plan again")
	w.api.expectPosts(1)
	if got := w.has(theAccount).Attributes["name"]; got != "Training" {
		t.Errorf("the state has the name %v", got)
	}
	w.plan().expectChanges().expectOutput(sumReplacement)
	w.apply().expectSuccess()
	w.api.expectAccounts(2)
}

func TestUnknown_SecondAccountIsRefusedByTheApplyAtLatest(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess()
	w.write(account("a", "Training", "") + unknownUntilApply(`"Training"`) +
		strings.ReplaceAll(account("b", "NAME", ""), `"NAME"`, "terraform_data.later.output"))
	w.plan().expectChanges()
	w.apply().expectError()
	w.api.expectPosts(1)
	w.api.expectAccounts(1)
}

func TestProviderConfiguration_MissingIsAWarningUntilARequestIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	plan := w.plan().expectChanges().expectOutput(sumNotConfigured, envAPIKey, envInstance)
	if got := strings.Count(plan.flat, "Warning: "+sumNotConfigured); got != 1 {
		t.Errorf("the warning is shown %d times:\n%s", got, plan.out)
	}
	w.apply().expectError("Error: "+sumNotConfigured, envAPIKey)
	w.api.expectNoRequests()
}
