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

func TestChange_OfEverythingIsOneMessageThatNamesIt(t *testing.T) {
	t.Parallel()
	before, after := "", ""
	for _, change := range changesOf {
		before += change.attribute + " = " + change.before + "\n"
		after += change.attribute + " = " + change.after + "\n"
	}
	config := func(attributes string) string {
		return "resource \"thoughtindustries_credit_account\" \"a\" {\n" + attributes + "}\n"
	}
	w := newWorkspace(t)
	w.write(config(before))
	w.apply().expectSuccess()
	w.api.ResetRequests()
	w.write(config(after))
	names := make([]string, 0, len(changesOf))
	for _, change := range changesOf {
		names = append(names, change.attribute)
	}
	plan := w.plan().expectError(sumCannotChange, "Changed: "+strings.Join(names, ", ")+", of the account")
	if got := strings.Count(plan.flat, "Error: "); got != 1 {
		t.Errorf("%d errors, want one:\n%s", got, plan.out)
	}

	// With the permission each of them makes a replacement.
	w.write(strings.Replace(config(after), "name =", fmt.Sprintf("create_alongside = [%q]\nname =", w.api.Accounts()[0].ID), 1))
	plan = w.plan().expectChanges().expectOutput(sumReplacement, "must be replaced")
	if got := strings.Count(plan.out, "# forces replacement"); got != len(changesOf) {
		t.Errorf("%d attributes force the replacement, want %d:\n%s", got, len(changesOf), plan.out)
	}
	w.api.expectPosts(0)
}

func TestChange_IsRefusedWithTargetAndLeftAloneWithoutIt(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + account("b", "Other", ""))
	w.apply().expectSuccess()
	w.api.ResetRequests()
	w.write(account("a", "Renamed", "") + account("b", "Other", "create_alongside = [\""+otherID+"\"]"))
	w.plan("-target="+theAccount).expectError(sumCannotChange, "Changed: name")
	w.plan().expectError(sumCannotChange, "Changed: name")
	w.apply("-target=thoughtindustries_credit_account.b").expectSuccess().expectNoOutput(sumCannotChange)
	if got := w.has("thoughtindustries_credit_account.b").Attributes["create_alongside"]; len(got.([]any)) != 1 {
		t.Errorf("the target was not updated: %v", got)
	}
	w.api.expectNoRequests()
}

// The same resource under another address, by each way in which people rename.
func TestRename_IsNoChangeWithAMovedBlockAndRefusedWithout(t *testing.T) {
	t.Parallel()
	module := func(name string) string {
		return "module \"" + name + "\" {\n  source = \"./accounts\"\n}\n"
	}
	keyed := func(key string) string { return account("a", "Training", "for_each = toset([\""+key+"\"])") }
	tests := map[string]struct{ before, after, from, to string }{
		"resource":      {account("a", "Training", ""), account("b", "Training", ""), "thoughtindustries_credit_account.a", "thoughtindustries_credit_account.b"},
		"for_each key":  {keyed("x"), keyed("y"), `thoughtindustries_credit_account.a["x"]`, `thoughtindustries_credit_account.a["y"]`},
		"into for_each": {account("a", "Training", ""), keyed("x"), "thoughtindustries_credit_account.a", `thoughtindustries_credit_account.a["x"]`},
		"module":        {module("one"), module("two"), "module.one", "module.two"},
		"into a module": {account("a", "Training", ""), module("one"), "thoughtindustries_credit_account.a", "module.one.thoughtindustries_credit_account.a"},
	}
	for name, test := range tests {
		for _, cbd := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/create_before_destroy=%v", name, cbd), func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t)
				inner := account("a", "Training", "")
				write := func(config string) {
					if cbd {
						config = strings.ReplaceAll(config, "license_ids      = []", "license_ids = []\nlifecycle {\n create_before_destroy = true\n}")
					}
					w.write(config)
					if strings.Contains(config, "module ") {
						w.run("get").expectSuccess()
					}
				}
				w.writeFile("accounts/main.tf", testHeader+inner)
				write(test.before)
				w.apply().expectSuccess()
				w.api.expectAccounts(1)
				w.api.ResetRequests()

				write(test.after)
				w.plan().expectError(sumSecondAccount, "moved {", w.api.Accounts()[0].ID)
				w.apply().expectError(sumSecondAccount)
				w.api.expectPosts(0) // a creation that is planned before the state is read looks up
				w.api.ResetRequests()
				write(test.after + fmt.Sprintf("\nmoved {\n  from = %s\n  to   = %s\n}\n", test.from, test.to))
				w.plan().expectOutput("has moved to", "0 to add, 0 to change, 0 to destroy").expectNoOutput("Warning")
				w.apply().expectSuccess()
				write(test.after)
				w.plan().expectSuccess().expectOutput(noChanges)
				w.api.expectNoRequests()
				w.api.expectAccounts(1)
				if addresses := slices.Collect(maps.Keys(w.state())); len(addresses) != 1 {
					t.Errorf("the state holds %v", addresses)
				}
			})
		}
	}
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
