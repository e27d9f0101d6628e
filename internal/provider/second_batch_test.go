package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

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
		says          []string
	}{
		"taint": {
			before: topUp("a", "LIFECYCLE"), after: topUp("a", "LIFECYCLE"),
			between: func(w *workspace) { w.run("taint", theBatch).expectSuccess() },
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
		"second resource, name with more white space": {
			before: topUp("a", "name = \"Spring 2031\"\nLIFECYCLE"), after: topUp("a", "name = \"Spring 2031\"\nLIFECYCLE") + topUp("b", "name = \"Spring  2031\"\nLIFECYCLE"),
			says: []string{sumBatchSecond},
		},
		"unresolved": {
			before: topUp("a", named+"\nLIFECYCLE"), after: topUp("a", named+"\nLIFECYCLE"),
			failing: true, unknown: true,
			says: []string{sumUnresolved, "import " + testClient},
		},
		"unresolved, its key renamed": {
			before: topUp("a", "for_each = toset([\"x\"])\nLIFECYCLE"), after: topUp("a", "for_each = toset([\"y\"])\nLIFECYCLE"),
			failing: true, unknown: true,
			says: []string{"import " + testClient},
		},
		"-replace": {
			before: topUp("a", "LIFECYCLE"), after: topUp("a", "LIFECYCLE"),
			args: []string{"-replace=" + theBatch},
			says: []string{sumBatchSecond, "another name"},
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
					w.api.expectBatchPosts(1)
					if test.between != nil {
						test.between(w)
					}
					before := len(w.api.Batches())
					w.write(strings.ReplaceAll(test.after, "LIFECYCLE", lifecycle))
					args := append([]string{fmt.Sprintf("-refresh=%v", refresh)}, test.args...)
					w.plan(args...).expectError(test.says...)
					w.apply(args...).expectError(test.says...)
					w.api.expectBatchPosts(1)
					w.api.expectBatches(before)
				})
			}
		}
	}
}

func TestSecondBatch_EqualNewOnesAreRefusedAndOtherOnesAreNot(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", "") + topUp("b", "") + topUp("c", `name = "2031"`))
	plan := w.plan().expectError(sumBatchSame, "different names")
	if got := strings.Count(plan.flat, "Error: "+sumBatchSame); got != 1 {
		t.Errorf("the error is shown %d times:\n%s", got, plan.out)
	}
	w.write(topUp("a", "") + topUp("b", `name = "2030"`) + topUp("c", `name = "2031"`))
	w.apply().expectSuccess()
	w.api.expectBatches(3)
	w.plan().expectSuccess().expectOutput(noChanges)
	w.write(topUp("a", "") + topUp("b", `name = "2030"`) + topUp("c", `name = "2031"`) + topUp("d", `name = "2032"`) + strings.ReplaceAll(topUp("e", ""), "= 50", "= 60"))
	w.plan().expectChanges().expectNoOutput(sumBatchSecond, sumBatchSame)
}
