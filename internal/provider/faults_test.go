package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func respond(status int, commit bool) mockapi.Fault {
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Status: status, Commit: commit}
}

func cut(where mockapi.Cut, commit bool) mockapi.Fault {
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Cut: where, Commit: commit}
}

// changed is a creation whose response has another object: data.<operation>, changed.
func changed(operation string, change func(object map[string]any)) mockapi.Fault {
	rewrite := mockapi.WholeBody(func(response map[string]any) {
		data, _ := response["data"].(map[string]any)
		object, _ := data[operation].(map[string]any)
		change(object)
	})
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Rewrite: rewrite}
}

func changedAccount(change func(account map[string]any)) mockapi.Fault {
	return changed("APICreateCreditAccount", change)
}

// Each fault, then two applies in a row. What a POST means is a table of the client; these rows are for what follows
// from it on an engine.
func TestFaults_OneAccountWhateverHappens(t *testing.T) {
	t.Parallel()
	const (
		adopted    = "Warning: " + sumAdopted
		unresolved = "Error: " + sumUnknownOutcome
		refused    = "Error: " + sumRefused
		stopped    = "Error: " + sumUnresolved
	)
	tooMany := mockapi.Fault{Method: http.MethodPost, Times: 2, Status: 429, Header: http.Header{"Retry-After": {"0"}}}
	refuse := mockapi.Fault{Method: http.MethodGet, Status: 403}
	lookupFails := mockapi.Fault{Method: http.MethodGet, Times: 8, Status: 500}
	withoutID := changedAccount(func(account map[string]any) { delete(account, "id") })
	idAlone := changedAccount(func(account map[string]any) {
		for name := range account {
			if name != "id" {
				account[name] = []any{true}
			}
		}
	})
	type faults []mockapi.Fault
	for _, test := range []struct {
		name   string
		faults faults
		// what the two applies show, the accounts that exist in the end, and the POSTs that were sent
		first, second   string
		accounts, posts int
	}{
		{"none", nil, "created", "no changes", 1, 1},
		{"response lost, stored", faults{cut(mockapi.CutConnection, true)}, adopted, "no changes", 1, 1},
		{"connection lost, not stored", faults{cut(mockapi.CutConnection, false)}, unresolved, stopped, 0, 1},
		{"body cut", faults{cut(mockapi.CutBody, true)}, adopted, "no changes", 1, 1},
		{"without an id", faults{withoutID}, adopted, "no changes", 1, 1},
		{"an id alone that can be read", faults{idAlone}, "Warning: " + sumUnreadable, "no changes", 1, 1},
		{"429, twice", faults{tooMany}, "created", "no changes", 1, 3},
		{"500, stored", faults{respond(500, true)}, adopted, "no changes", 1, 1},
		{"500, stored, lookup refused", faults{respond(500, true), refuse}, unresolved, stopped, 1, 1},
		{"302, not stored, lookup refused", faults{respond(302, false), refuse}, unresolved, stopped, 0, 1},
		{"422", faults{respond(422, false)}, refused, "created", 1, 2},
		{"the lookup before fails", faults{lookupFails}, "Error: " + sumLookupBeforeFailed, "created", 1, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			for _, fault := range test.faults {
				w.api.Inject(fault)
			}
			w.write(account("a", "Training", ""))
			expectApply(t, w.apply(), test.first)
			expectApply(t, w.apply(), test.second)
			w.api.expectAccounts(test.accounts)
			w.api.expectPosts(test.posts)
			wantID := any(nil)
			if test.second != stopped {
				wantID = w.api.Accounts()[0].ID
			}
			if got := w.has(theAccount).Attributes["id"]; got != wantID {
				t.Errorf("the state has the id %v, want %v", got, wantID)
			}
		})
	}
}

// expectApply checks an apply against the summary it should show.
func expectApply(t *testing.T, got result, want string) {
	t.Helper()
	switch {
	case strings.HasPrefix(want, "Error: "):
		got.expectError(want)
	case strings.HasPrefix(want, "Warning: "):
		got.expectSuccess().expectOutput(want)
	case want == "no changes":
		got.expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed").expectNoOutput("Warning")
	default:
		got.expectSuccess().expectOutput("1 added").expectNoOutput("Warning", "Error")
	}
}
