package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// Advice that a message gives, walked to its end: none leads to another refusal.
// What the tables of second accounts and faults walk already is not here.
func TestAdvice_LeadsToItsEnd(t *testing.T) {
	t.Parallel()
	one, two := account("a", "Training", ""), account("b", "Training", "")
	with := func(config, more string) string {
		return strings.ReplaceAll(config, "license_ids      = []", "license_ids = []\n"+more)
	}
	made := func(w *workspace) string { return w.api.Accounts()[0].ID }
	// ends wants the plan that follows to be empty, and this many accounts.
	ends := func(w *workspace, accounts int) {
		w.t.Helper()
		w.apply().expectSuccess()
		w.plan().expectSuccess().expectOutput(noChanges)
		w.api.expectAccounts(accounts)
	}
	tests := map[string]func(w *workspace){
		"at another address alone: existing_account_id there": func(w *workspace) {
			w.write(one + two)
			w.plan().expectError(sumSecondAccount)
			w.write(with(two, fmt.Sprintf("existing_account_id = %q", made(w))))
			ends(w, 1)
		},
		"one that exists: existing_account_id, beside it, ignore": func(w *workspace) {
			w.run("state", "rm", theAccount).expectSuccess()
			existing, beside := fmt.Sprintf("existing_account_id = %q", made(w)), fmt.Sprintf("create_alongside = [%q]", made(w))
			w.plan().expectError(sumExists, existing, beside, `"ignore"`)
			w.write(with(one, existing))
			ends(w, 1)
			w.run("state", "rm", theAccount).expectSuccess()
			w.write(with(one, beside))
			ends(w, 2)
			w.run("state", "rm", theAccount).expectSuccess()
			w.write(w.providerBlock(`on_existing_account = "ignore"`) + one)
			ends(w, 3)
		},
		"a destroy that is stopped: -refresh=false": func(w *workspace) {
			w.run("taint", theAccount).expectSuccess()
			w.run("destroy", "-auto-approve").expectError(sumSecondAccount)
			w.run("destroy", "-auto-approve", "-refresh=false").expectSuccess().expectOutput(sumDestroyForgets)
			if len(w.state()) != 0 {
				w.t.Errorf("the state has %v", w.state())
			}
		},
		"a replacement that cannot look up is not begun": func(w *workspace) {
			replaced := with(strings.ReplaceAll(one, "= 100", "= 200"), fmt.Sprintf("create_alongside = [%q]", made(w)))
			w.write(replaced)
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 500})
			w.apply().expectError(sumLookupBeforeFailed, "Try again", `"ignore"`)
			w.has(theAccount)
			w.write(w.providerBlock(`on_existing_account = "ignore"`) + replaced)
			w.apply().expectSuccess()
			w.api.ClearFaults()
			ends(w, 2)
		},
	}
	for name, walk := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(one)
			w.apply().expectSuccess()
			walk(w)
		})
	}
}

// Each of many new accounts is looked up, also where the plan is given without
// the framework, and all by one listing.
func TestPlan_ShowsEveryAccountThatExists(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := ""
	for i := range 8 {
		name := fmt.Sprint("Training ", i)
		config += account(fmt.Sprint("a", i), name, "")
		if i%2 == 1 {
			w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: name, StartingBalance: "100"})
		}
	}
	w.write(config)
	plan := w.plan().expectError(sumExists)
	if got := strings.Count(plan.flat, "Error: "+sumExists); got != 4 {
		t.Errorf("it is said of %d accounts, and 4 exist:\n%s", got, plan.out)
	}
	if got := w.api.Count(http.MethodGet, batchesPath); got != 1 {
		t.Errorf("%d listings, want one", got)
	}
	// What is refused is left to the apply, and what fails too, with one warning.
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	w.plan().expectChanges().expectNoOutput("Warning", "Error")
	w.api.ClearFaults()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 200, Body: pointer("<html>")})
	plan = w.plan().expectChanges().expectOutput(sumLeftToApply)
	if got := strings.Count(plan.flat, "Warning: "); got != 1 {
		t.Errorf("%d warnings, want one:\n%s", got, plan.out)
	}
	w.api.ClearFaults()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 401})
	w.plan().expectError(sumLookupBeforeFailed, "The API key is not valid", envAPIKey)
	w.api.expectPosts(0)
}

// A removed block asks no provider, so that nobody can know that the unresolved account is forgotten.
func TestUnresolved_ForgottenBesideANewOneSaysToForgetFirst(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.10.0"})
	w := newWorkspace(t).unresolved(t)
	w.write(removedBlock(false) + account("b", "Training", ""))
	w.plan().expectError(sumUnresolved, "One plan cannot do both.")
	// The way out that it names, to its end.
	w.write(removedBlock(false))
	w.apply().expectSuccess()
	w.write(account("b", "Training", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(1)
}

// A replacement whose name is not known yet may be of the same name.
func TestSecondAccount_AReplacementOfUnknownNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	later := strings.ReplaceAll(account("a", "NAME", ""), `"NAME"`, "terraform_data.later.output")
	w.write(unknownUntilApply(`"Training"`) + later)
	w.apply().expectSuccess()
	const nameUnknown = "-replace=terraform_data.later"
	w.plan(nameUnknown, "-replace="+theAccount).expectError(sumSecondAccount, "create_alongside")
	w.run("taint", theAccount)
	w.plan(nameUnknown).expectError(sumSecondAccount, "create_alongside")
	w.run("untaint", theAccount)
	w.plan(nameUnknown).expectChanges() // the apply finds it to be the same
	w.api.expectPosts(1)
}

// A name that is not known yet may be at the address of the unresolved account, and may be that account's.
func TestUnresolved_ANameThatIsNotKnownYetOpensNothing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).unresolved(t)
	named := func(label string) string {
		later := strings.ReplaceAll(account(label, "NAME", ""), `"NAME"`, "terraform_data.later.output")
		return unknownUntilApply(`"Training"`) + later
	}
	w.write(named("a"))
	w.plan().expectError(sumUnresolved)
	w.plan("-refresh=false").expectError(sumUnresolved)
	w.write(named("b")) // the same run forgets a
	w.plan().expectError(sumUnresolved, "One plan cannot do both.")
	w.api.expectPosts(1)
}

// The account may have been stored under another form of its name.
func TestUnresolved_TakesTheIDThatAPersonGives(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).unresolved(t).withExisting("TRAINING 2027")
	w.write(account("a", "Training", fmt.Sprintf("existing_account_id = %q", otherID)))
	w.plan().expectChanges().expectOutput("Warning: "+sumOtherName, `"TRAINING 2027"`, `"Training"`)
	w.apply().expectSuccess().expectOutput(sumTakenOver)
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.api.expectPosts(1)
}

// Beside create_alongside the lookup has no limit but the time that a creation may wait.
func TestPlan_BesideOthersWaitsAsLongAsACreation(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess()
	w.api.ResetRequests()
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	listing := fmt.Sprintf("create_alongside = [%q]\ntimeouts = { create = \"1s\" }", w.api.Accounts()[0].ID)
	w.write(account("a", "Training", "") + account("b", "Training", listing))
	w.plan().expectError("Error: "+sumLookupBeforeFailed, "Nothing was created")
	w.api.expectPosts(0)
}

func TestForget_EveryWayThatAsksTheProviderSaysWhatStays(t *testing.T) {
	t.Parallel()
	declared := account("a", "Training", "")
	tests := map[string]struct {
		config string
		args   []string
		silent bool // the engine does not ask the provider
	}{
		"destroyed without a key": {
			"provider \"thoughtindustries\" {}\n" + declared, []string{"destroy", "-auto-approve"}, false,
		},
		"out of the file":     {"", []string{"apply", "-auto-approve"}, false},
		"removed, destroying": {removedBlock(true), []string{"apply", "-auto-approve"}, false},
		"removed, forgetting": {removedBlock(false), []string{"apply", "-auto-approve"}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needsEngine(t, version{terraform: "1.7.0", tofu: "1.10.0"})
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
