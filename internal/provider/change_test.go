package provider

import (
	"fmt"
	"testing"
)

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
	declared := account("a", "Training", "")
	tests := map[string]struct {
		config string
		args   []string
		silent bool // the engine does not ask the provider
	}{
		"destroyed without a key": {"provider \"thoughtindustries\" {}\n" + declared, []string{"destroy", "-auto-approve"}, false},
		"out of the file":         {"", []string{"apply", "-auto-approve"}, false},
		"removed, destroying":     {removedBlock(true), []string{"apply", "-auto-approve"}, false},
		"removed, forgetting":     {removedBlock(false), []string{"apply", "-auto-approve"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
			w := newWorkspace(t)
			w.write(declared)
			w.apply().expectSuccess()
			id := w.api.Accounts()[0].ID
			w.api.ResetRequests()
			w.write(test.config)
			got := w.run(test.args...).expectSuccess()
			if test.silent {
				got.expectNoOutput(sumDestroyForgets)
			} else {
				got.expectOutput(sumDestroyForgets, "it still exists", id, "100 credits at creation",
					"To close it, use the product's admin pages", "import "+testClient+"/"+id)
			}
			if len(w.state()) != 0 {
				t.Errorf("the state has %v", w.state())
			}
			w.api.expectNoRequests()
		})
	}
}

func removedBlock(destroy bool) string {
	return fmt.Sprintf("removed {\n  from = %s\n  lifecycle {\n    destroy = %v\n  }\n}\n", theAccount, destroy)
}
