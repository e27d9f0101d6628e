package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// changesOf are the API's attributes, each with two values that it may have.
var changesOf = []struct{ attribute, before, after string }{
	{"client_id", fmt.Sprintf("%q", testClient), fmt.Sprintf("%q", otherID)},
	{"name", `"Training"`, `"Renamed"`},
	{"starting_balance", "1", "2"},
	{"notify_emails", `["a@example.com"]`, `["b@example.com"]`},
	{"license_ids", `["l"]`, `["l", "m"]`},
	{"type", `"client"`, `"other"`},
	{"batch_days_until_expire", "1", "2"},
	{"minimum_batch_amount", "1", "2"},
	{"credit_batch_name", `"2026"`, `"2027"`},
}

// Four rows of the table that TestPlanAccount_ChangesOfEachAttribute has without an engine.
func TestChange_OnAnEngine(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `type = "client"`))
	w.apply().expectSuccess()
	w.api.ResetRequests()
	w.write(account("a", "Training", `type = "other"`))
	w.plan().expectError(sumCannotChange, "Changed: type, of the account")
	w.write(account("a", "Training", `credit_batch_name = "2026"`))
	w.plan().expectError(sumCannotChange, "Changed: credit_batch_name")
	w.write(account("a", "Training", "")) // the API's value stays
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.write(unknownUntilApply(`"client"`) + account("a", "Training", "type = terraform_data.later.output"))
	w.plan().expectChanges().expectOutput(theAccount+" will be updated in-place").expectNoOutput(sumCannotChange, sumRecorded)
	w.apply().expectSuccess()
	w.api.expectNoRequests()
}

func TestForget_EveryWayThatAsksTheProviderSaysWhatStays(t *testing.T) {
	t.Parallel()
	both := account("a", "Training", "") + account("b", "Other", "")
	tests := map[string]struct {
		config string
		args   []string
		// silent: the engine does not ask the provider.
		silent bool
	}{
		"destroy":              {config: both, args: []string{"destroy", "-auto-approve"}},
		"destroy of a target":  {config: both, args: []string{"destroy", "-auto-approve", "-target=" + theAccount}},
		"out of the file":      {config: account("b", "Other", ""), args: []string{"apply", "-auto-approve"}},
		"count of nothing":     {config: account("a", "Training", "count = 0") + account("b", "Other", ""), args: []string{"apply", "-auto-approve"}},
		"removed, destroying":  {config: account("b", "Other", "") + removedBlock(true), args: []string{"apply", "-auto-approve"}},
		"removed, forgetting":  {config: account("b", "Other", "") + removedBlock(false), args: []string{"apply", "-auto-approve"}, silent: true},
		"removed by state rm":  {config: both, args: []string{"state", "rm", theAccount}, silent: true},
		"destroy without keys": {config: "provider \"thoughtindustries\" {}\n" + both, args: []string{"destroy", "-auto-approve"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if strings.Contains(test.config, "removed {") {
				needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
			}
			w := newWorkspace(t)
			w.write(both)
			w.apply().expectSuccess()
			id := w.has(theAccount).Attributes["id"].(string)
			w.api.ResetRequests()
			w.write(test.config)
			got := w.run(test.args...).expectSuccess()
			if test.silent {
				got.expectNoOutput(sumDestroyForgets)
			} else {
				got.expectOutput(sumDestroyForgets, "it still exists", id, "100 credits at creation", "To close it, use the product's admin pages", "import "+testClient+"/"+id)
			}
			if _, still := w.state()[theAccount]; still {
				t.Errorf("the state still holds %s", theAccount)
			}
			w.api.expectNoRequests()
			w.api.expectAccounts(2)
		})
	}
}

func removedBlock(destroy bool) string {
	return fmt.Sprintf("removed {\n  from = %s\n  lifecycle {\n    destroy = %v\n  }\n}\n", theAccount, destroy)
}
