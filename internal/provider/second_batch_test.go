package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// What makes an engine want a second batch, as for accounts.
func TestSecondBatch_IsRefusedAtPlanHoweverTheEngineCameToWantIt(t *testing.T) {
	t.Parallel()
	const named = `name = "2031"`
	tests := map[string]struct {
		before, after string
		between       func(*workspace)
		args          []string
		failing       bool // the first apply fails
		unknown       bool // because the outcome of its POST is unknown
		passes        bool
		says          []string
	}{
		"taint": {
			before: topUp("a", "LIFECYCLE"), after: topUp("a", "LIFECYCLE"),
			between: func(w *workspace) { w.run("taint", theBatch).succeeds() },
			says:    []string{sumBatchSecond, "untaint", "another name"},
		},
		"failed provisioner": {
			before: topUp("a", named+"\nLIFECYCLE\n"+failingProvisioner), after: topUp("a", named+"\nLIFECYCLE"),
			failing: true,
			says:    []string{sumBatchSecond, "untaint"},
		},
		"renamed resource": {
			before: topUp("a", named+"\nLIFECYCLE"), after: topUp("b", named+"\nLIFECYCLE"),
			says: []string{sumBatchSecond, "moved {"},
		},
		"renamed key, no name": {
			before: topUp("a", "for_each = toset([\"x\"])\nLIFECYCLE"), after: topUp("a", "for_each = toset([\"y\"])\nLIFECYCLE"),
			says: []string{sumBatchSecond, "moved {"},
		},
		"second resource": {
			before: topUp("a", named+"\nLIFECYCLE"), after: topUp("a", named+"\nLIFECYCLE") + topUp("b", named+"\nLIFECYCLE"),
			says: []string{sumBatchSecond, "another name"},
		},
		"guard": {
			before: topUp("a", named+"\nLIFECYCLE"), after: topUp("a", named+"\nLIFECYCLE"),
			failing: true, unknown: true,
			says: []string{sumGuarded, "import " + testClient},
		},
		"guard whose key is renamed": {
			before: topUp("a", "for_each = toset([\"x\"])\nLIFECYCLE"), after: topUp("a", "for_each = toset([\"y\"])\nLIFECYCLE"),
			failing: true, unknown: true,
			says: []string{"import " + testClient},
		},
		"-replace": {
			before: topUp("a", "LIFECYCLE"), after: topUp("a", "LIFECYCLE"),
			args: []string{"-replace=" + theBatch}, passes: true,
			says: []string{sumBatchOldStays},
		},
	}
	for name, test := range tests {
		for _, cbd := range []bool{false, true} {
			for _, refresh := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s/create_before_destroy=%v/refresh=%v", name, cbd, refresh), func(t *testing.T) {
					t.Parallel()
					w := newWorkspace(t)
					lifecycle := ""
					if cbd {
						lifecycle = "lifecycle {\ncreate_before_destroy = true\n}"
					}
					if test.unknown {
						w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
						w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
					}
					w.write(strings.ReplaceAll(test.before, "LIFECYCLE", lifecycle))
					if first := w.apply(); (first.code != 0) != test.failing {
						t.Fatalf("first apply: exit code %d\n%s", first.code, first.out)
					}
					w.api.ClearFaults()
					w.batchPosts(1)
					if test.between != nil {
						test.between(w)
					}
					before := len(w.api.Batches())
					w.write(strings.ReplaceAll(test.after, "LIFECYCLE", lifecycle))
					args := append([]string{fmt.Sprintf("-refresh=%v", refresh)}, test.args...)
					if !test.passes {
						w.plan(args...).fails(test.says...)
						w.apply(args...).fails(test.says...)
						w.batchPosts(1)
						w.batches(before)
						return
					}
					w.plan(args...).changes()
					says := test.says
					if cbd {
						says = []string{sumBatchDestroyForgets} // see the test of accounts
					}
					w.apply(args...).succeeds().says(says...).says(w.api.Batches()[0].ID)
					w.batches(before + 1)
					w.plan().succeeds().says(noChanges)
				})
			}
		}
	}
}

func TestSecondBatch_ReplacingANamedOneBeforeDestroyingStopsBeforeThePost(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", "name = \"2031\"\nlifecycle {\ncreate_before_destroy = true\n}"))
	w.apply().succeeds()
	w.apply("-replace="+theBatch).fails(sumBatchExists, "ignore")
	w.batchPosts(1)
}

func TestSecondBatch_MovedBlockIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", ""))
	w.apply().succeeds()
	w.write(topUp("b", "") + "moved {\n  from = " + theBatch + "\n  to = thoughtindustries_credit_batch.b\n}\n")
	w.apply().succeeds().says("0 added, 0 changed, 0 destroyed")
	w.batches(1)
}

// A run that was killed after a rename and before its save leaves a state with
// the old name, of a batch that goes by the new one.
func TestSecondBatch_OfATaintedOneThatTheStateKnowsByAnotherNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "2031"`))
	w.apply().succeeds()
	saved := w.files()["terraform.tfstate"]
	w.write(topUp("a", `name = "2032"`))
	w.apply().succeeds()
	for _, name := range []string{"2032", "2031"} {
		w.writeFile("terraform.tfstate", saved)
		w.run("taint", theBatch).succeeds()
		w.write(topUp("a", fmt.Sprintf("name = %q", name)))
		w.plan().fails(sumBatchSecond)
	}
	w.batches(1)
}

func TestSecondBatch_EqualNewOnesAreWarnedOfAndOtherOnesAreNot(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", "") + topUp("b", "") + topUp("c", `name = "2031"`))
	plan := w.plan().changes().says(sumBatchSame)
	if got := strings.Count(plan.flat, "Warning: "+sumBatchSame); got != 1 {
		t.Errorf("the warning is shown %d times:\n%s", got, plan.out)
	}
	w.apply().succeeds()
	w.batches(3)
	w.plan().succeeds().says(noChanges).silentOn(sumBatchSame)
	w.write(topUp("a", "") + topUp("b", "") + topUp("c", `name = "2031"`) + topUp("d", `name = "2032"`) + strings.ReplaceAll(topUp("e", ""), "= 50", "= 60"))
	w.plan().changes().silentOn(sumBatchSecond, sumBatchSame)
}
