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

func TestSecondBatch_MovedBlockIsNoChange(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", ""))
	w.apply().expectSuccess()
	w.write(topUp("b", "") + "moved {\n  from = " + theBatch + "\n  to = thoughtindustries_credit_batch.b\n}\n")
	w.apply().expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed")
	w.api.expectBatches(1)
}

// A run that was killed after a rename and before its save leaves a state with
// the old name, of a batch that goes by the new one.
func TestSecondBatch_OfATaintedOneThatTheStateKnowsByAnotherNameIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(topUp("a", `name = "2031"`))
	w.apply().expectSuccess()
	saved := w.files()["terraform.tfstate"]
	w.write(topUp("a", `name = "2032"`))
	w.apply().expectSuccess()
	for _, name := range []string{"2032", "2031"} {
		w.writeFile("terraform.tfstate", saved)
		w.run("taint", theBatch).expectSuccess()
		w.write(topUp("a", fmt.Sprintf("name = %q", name)))
		w.plan().expectError(sumBatchSecond)
	}
	w.api.expectBatches(1)
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

// An expiry that has passed is no error, and what somebody else set instead of
// it is not taken back. A new one that is past is an error, whose advice works.
func TestCreditBatch_AnExpiryThatHasPassedIsNoErrorAndANewOneIs(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	soon := time.Now().Add(4 * time.Second).UTC().Format(time.RFC3339)
	expiring := topUp("a", fmt.Sprintf("name = \"2031\"\nexpires_on = %q", soon))
	w.write(expiring)
	w.apply().expectSuccess()
	id := w.api.Batches()[0].ID
	eventually(t, "the expiry is past", func() bool { at, _ := time.Parse(time.RFC3339, soon); return time.Now().After(at) })
	w.plan().expectSuccess().expectOutput(noChanges)

	if err := w.api.ChangeBatch(id, func(batch *mockapi.CreditBatch) { batch.ExpiresOn = time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC) }); err != nil {
		t.Fatal(err)
	}
	w.apply().expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed")
	w.plan().expectSuccess().expectOutput(noChanges)
	if got := w.api.Count(http.MethodPut, ""); got != 0 {
		t.Errorf("%d PUTs were sent", got)
	}
	w.write(strings.ReplaceAll(expiring, soon, "2020-01-01T00:00:00Z"))
	w.plan().expectError(sumBatchPast, `expires_on = "2031-01-01T00:00:00.000Z"`)
	w.write(strings.ReplaceAll(expiring, soon, "2031-01-01T00:00:00.000Z"))
	w.plan().expectSuccess().expectOutput(noChanges)

	w.write(expiring + topUp("b", "name = \"2020\"\nexpires_on = \"2020-01-01T00:00:00Z\""))
	w.plan().expectError(sumBatchPast)
	w.api.expectBatchPosts(1)
}
