package provider

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// failingProvisioner taints the object once it is created.
const failingProvisioner = `provisioner "local-exec" {
    command = "exit 1"
  }`

// Everything that makes an engine want a second account, with and without a
// refresh, with and without create_before_destroy. The first apply leaves one
// account; what must not happen is a second one.
func TestSecondAccount_IsRefusedAtPlanHoweverTheEngineCameToWantIt(t *testing.T) {
	tests := map[string]struct {
		// before and after are the configurations; LIFECYCLE is replaced.
		before, after string
		between       func(*workspace)
		args          []string
		// failing: the first apply fails.
		failing bool
		// passes: the plan passes, and the apply sends this many POSTs more.
		passes   bool
		posts    int
		applyCBD string // what the apply says with create_before_destroy, where it fails
		says     []string
		// unhealthy: the first POST's outcome is unknown.
		unhealthy bool
	}{
		"taint": {
			before:  account("a", "Training", "LIFECYCLE"),
			after:   account("a", "Training", "LIFECYCLE"),
			between: func(w *workspace) { w.run("taint", theAccount).succeeds() },
			says:    []string{sumSecondAccount, "untaint"},
		},
		"failed provisioner": {
			before:  account("a", "Training", "LIFECYCLE\n"+failingProvisioner),
			after:   account("a", "Training", "LIFECYCLE"),
			failing: true,
			says:    []string{sumSecondAccount, "untaint"},
		},
		"renamed resource": {
			before: account("a", "Training", "LIFECYCLE"),
			after:  account("b", "Training", "LIFECYCLE"),
			says:   []string{sumSecondAccount, "moved {"},
		},
		"renamed key": {
			before: account("a", "Training", "for_each = toset([\"x\"])\nLIFECYCLE"),
			after:  account("a", "Training", "for_each = toset([\"y\"])\nLIFECYCLE"),
			says:   []string{sumSecondAccount, "moved {"},
		},
		"second resource": {
			before: account("a", "Training", "LIFECYCLE"),
			after:  account("a", "Training", "LIFECYCLE") + account("b", "Training", "LIFECYCLE"),
			says:   []string{sumSecondAccount, "another name"},
		},
		"second resource, client in other case": {
			before: account("a", "Training", "LIFECYCLE"),
			after:  account("a", "Training", "LIFECYCLE") + strings.ReplaceAll(account("b", "Training", "LIFECYCLE"), testClient, strings.ToUpper(testClient)),
			says:   []string{sumSecondAccount},
		},
		"guard": {
			before: account("a", "Training", "LIFECYCLE"), after: account("a", "Training", "LIFECYCLE"),
			failing: true, unhealthy: true,
			says: []string{sumGuarded, "existing_account_id", "302"},
		},
		"guard with a key": {
			before: account("a", "Training", "for_each = toset([\"x\"])\nLIFECYCLE"), after: account("a", "Training", "for_each = toset([\"x\"])\nLIFECYCLE"),
			failing: true, unhealthy: true,
			says: []string{sumGuarded, "existing_account_id"},
		},
		"guard whose key is renamed": {
			before: account("a", "Training", "for_each = toset([\"x\"])\nLIFECYCLE"), after: account("a", "Training", "for_each = toset([\"y\"])\nLIFECYCLE"),
			failing: true, unhealthy: true,
			says: []string{"existing_account_id"},
		},
		"-replace": {
			before: account("a", "Training", "LIFECYCLE"), after: account("a", "Training", "LIFECYCLE"),
			args: []string{"-replace=" + theAccount}, passes: true, posts: 1, applyCBD: sumExists,
			says: []string{sumOldStays},
		},
		"replace_triggered_by": {
			before: `resource "terraform_data" "t" { input = 1 }` + "\n" + account("a", "Training", "LIFECYCLE:replace_triggered_by = [terraform_data.t]"),
			after:  `resource "terraform_data" "t" { input = 2 }` + "\n" + account("a", "Training", "LIFECYCLE:replace_triggered_by = [terraform_data.t]"),
			passes: true, posts: 1, applyCBD: sumExists,
			says: []string{sumOldStays},
		},
		"allowed second resource": {
			before: account("a", "Training", "LIFECYCLE"),
			after:  account("a", "Training", "LIFECYCLE") + account("b", "Training", "allow_replacement = true\nLIFECYCLE"),
			passes: true, posts: 0, applyCBD: sumExists,
			says: []string{sumOldStays},
		},
	}
	rows := &rowsOfTests{}
	t.Run("each", func(t *testing.T) {
		for name, test := range tests {
			for _, cbd := range []bool{false, true} {
				for _, refresh := range []bool{true, false} {
					t.Run(fmt.Sprintf("%s/create_before_destroy=%v/refresh=%v", name, cbd, refresh), func(t *testing.T) {
						t.Parallel()
						row := fmt.Sprintf("| %s | %s |", name, map[bool]string{true: "yes", false: "no"}[cbd])
						w := newWorkspace(t)
						config := func(text string) string {
							lifecycle := ""
							if cbd {
								lifecycle = "create_before_destroy = true\n"
							}
							head, tail, found := strings.Cut(text, "LIFECYCLE:")
							if found {
								line, rest, _ := strings.Cut(tail, "\n")
								text = head + "LIFECYCLE\n" + rest
								lifecycle += line + "\n"
							}
							if lifecycle != "" {
								lifecycle = "lifecycle {\n" + lifecycle + "}"
							}
							return strings.ReplaceAll(text, "LIFECYCLE", lifecycle)
						}
						if test.unhealthy {
							w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
							w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
						}
						w.write(config(test.before))
						if first := w.apply(); (first.code != 0) != test.failing {
							t.Fatalf("first apply: exit code %d\n%s", first.code, first.out)
						}
						w.api.ClearFaults()
						w.posts(1)
						if test.between != nil {
							test.between(w)
						}
						before := len(w.api.Accounts())

						w.write(config(test.after))
						args := append([]string{fmt.Sprintf("-refresh=%v", refresh)}, test.args...)
						plan := w.plan(args...)
						if !test.passes {
							plan.fails(test.says...)
							apply := w.apply(args...).fails(test.says...)
							w.posts(1)
							w.accounts(before)
							rows.add(row, fmt.Sprintf(" %s | %s | 0 |", plan.summary(), apply.summary()))
							return
						}
						plan.changes()
						w.posts(1)
						apply, first := w.apply(args...), ""
						if fails := test.applyCBD; fails != "" && (cbd || test.posts == 0) {
							apply.fails(fails, "ignore")
							w.posts(1)
							first = apply.summary() + "; with `ignore`: "
							// The trigger was applied, so it has to change once more.
							w.write(w.providerBlock(`on_existing_account = "ignore"`) + strings.ReplaceAll(config(test.after), "input = 2", "input = 3"))
							apply = w.apply(args...)
						}
						// Engines drop the warnings of the plan call that knows that a
						// replacement was asked for, so it is the apply that warns; of an
						// object that is destroyed after its successor was made, as of any
						// that is destroyed.
						says := test.says
						if cbd && test.posts > 0 {
							says = []string{sumDestroyForgets, "stays where it is"}
						}
						apply.succeeds().says(says...).says(w.api.Accounts()[0].ID)
						w.posts(2)
						w.accounts(2)
						w.plan(fmt.Sprintf("-refresh=%v", refresh)).succeeds().says(noChanges)
						rows.add(row, fmt.Sprintf(" %s | %s%s | 1 |", plan.summary(), first, apply.summary()))
					})
				}
			}
		}
	})
	if rows.count != 4*len(tests) {
		return // not all were run, or not all passed
	}
	compareSection(t, "second-account", "| what happened | create_before_destroy | plan | apply | POSTs |\n|---|---|---|---|---|\n"+rows.table(t))
}

// rowsOfTests gathers the rows of a table from tests that run at once. The same
// row with other cells is a fault: the table tells what does not matter by
// leaving it out.
type rowsOfTests struct {
	mu    sync.Mutex
	cells map[string][]string
	count int
}

func (r *rowsOfTests) add(row, cells string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cells == nil {
		r.cells = map[string][]string{}
	}
	r.count++
	if !slices.Contains(r.cells[row], cells) {
		r.cells[row] = append(r.cells[row], cells)
	}
}

func (r *rowsOfTests) table(t *testing.T) string {
	t.Helper()
	var lines []string
	for _, row := range slices.Sorted(maps.Keys(r.cells)) {
		if len(r.cells[row]) != 1 {
			t.Errorf("%s depends on the refresh: %q", row, r.cells[row])
		}
		lines = append(lines, row+r.cells[row][0])
	}
	return strings.Join(lines, "\n") + "\n"
}

// summary of what the screen says: that of the first error, or how it ended.
func (r result) summary() string {
	switch _, rest, failed := strings.Cut(r.out, "Error: "); {
	case failed:
		line, _, _ := strings.Cut(rest, "\n")
		return "refused: " + strings.TrimSpace(line)
	case r.code == 2:
		return "planned"
	}
	return "applied"
}

func TestSecondAccount_MovedBlockIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", `for_each = toset(["x"])`))
	w.apply().succeeds()
	w.api.ResetRequests()
	w.write(account("a", "Training", `for_each = toset(["y"])`) + `
moved {
  from = thoughtindustries_credit_account.a["x"]
  to   = thoughtindustries_credit_account.a["y"]
}
`)
	w.apply().succeeds()
	w.plan().succeeds().says(noChanges)
	w.requests(0)
	w.has(`thoughtindustries_credit_account.a["y"]`)
}

func TestSecondAccount_TwoNewOnesOfOneNameAreWarnedOf(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + account("b", "Training", "") + account("c", "Other", ""))
	w.plan().changes().says(sumSameName)
	w.apply().succeeds()
	w.accounts(3)
	w.plan().succeeds().says(noChanges)
}

func TestSecondAccount_ChangeOfStateHeldAccountIsNotMistakenForAnother(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", "") + account("b", "Other", ""))
	w.apply().succeeds()
	w.write(account("a", "Training", "") + account("b", "Other", "") + account("c", "Third", ""))
	w.plan().changes().silentOn(sumSecondAccount, sumSameName)
	w.apply().succeeds()
	w.accounts(3)
}
