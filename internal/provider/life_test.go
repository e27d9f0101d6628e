package provider

import (
	"fmt"
	"strings"
	"testing"
)

func TestExistingAccountID_IsNotReplacedByItself(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `existing_account_id = "`+testAccountID+`"`))
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.plan("-replace="+theAccount).expectError(sumAlreadyTaken, "is not replaced by itself")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(0)
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
