package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// One batch whatever happens to its POST: the same rules as for an account.
func TestCreditBatch_EveryFaultLeavesOneBatchOrAStop(t *testing.T) {
	t.Parallel()
	adopted, refused := "Warning: "+sumBatchAdopted, "Error: "+sumBatchRefused
	for name, test := range map[string]struct {
		fault         mockapi.Fault
		first, second string
		posts         int
	}{
		"response lost, stored": {cut(mockapi.CutConnection, true), adopted, "no changes", 1},
		"without an id": {changed("CreateCreditBatch", func(batch map[string]any) {
			delete(batch, "id")
		}), adopted, "no changes", 1},
		"an id alone that can be read": {changed("CreateCreditBatch", func(batch map[string]any) {
			for name := range batch {
				if name != "id" {
					batch[name] = []any{true}
				}
			}
		}), "Warning: " + sumUnreadable, "no changes", 1},
		"422": {respond(422, false), refused, "created", 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
			before := len(w.api.Batches())
			w.api.Inject(test.fault)
			w.write(topUp("a", "name = \"2031\"\ncredit_account_id = \""+existing.ID+`"`))
			expectApply(t, w.apply(), test.first)
			expectApply(t, w.apply(), test.second)
			w.api.expectBatches(before + 1)
			w.api.expectBatchPosts(test.posts)
			if got, want := w.has(theBatch).Attributes["id"], w.api.Batches()[before].ID; got != want {
				t.Errorf("the state has the id %v, want %v", got, want)
			}
		})
	}
}

// The batch that comes with an account made a moment ago is of the same size and account as the top-up whose response
// is lost. It is not taken for it.
func TestCreditBatch_TheOneThatCameWithTheAccountIsNotAdopted(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	lost := cut(mockapi.CutConnection, true)
	lost.Path = "/clients/{id}/creditBatches"
	w.api.Inject(lost)
	w.write(account("a", "Training", "") +
		strings.ReplaceAll(topUp("a", "credit_account_id = "+theAccount+".id"), "= 50", "= 100"))
	w.apply().expectSuccess().expectOutput(sumBatchAdopted)
	w.api.expectBatches(2)
	if got := w.has(theBatch).Attributes["id"]; got != w.api.Batches()[1].ID {
		t.Errorf("the state has the id %v of %v", got, w.api.Batches())
	}
	w.plan().expectSuccess().expectOutput(noChanges)
}

func TestCreditBatch_UnresolvedIsForgottenAndThenImported(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	w.api.Inject(respond(500, true))
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	declared := topUp("a", "name = \"2031\"\ncredit_account_id = \""+existing.ID+"\"")
	w.write(declared)
	w.apply().expectError(sumBatchUnknownOutcome, "could not be looked up", "import "+testClient+"/<id>", "state rm")
	w.api.ClearFaults()
	got := w.has(theBatch)
	status := fmt.Sprint(got.Attributes["status"])
	if got.Status != "tainted" || got.Attributes["id"] != nil || !strings.HasPrefix(status, unresolvedPrefix) {
		t.Errorf("the state has %+v", got)
	}
	id := w.api.Batches()[0].ID
	w.plan().expectError(sumUnresolved, "A new lookup found:", id)
	w.plan("-refresh=false").expectError(sumUnresolved)
	w.write("")
	w.apply().expectSuccess().expectOutput(sumBatchForgetsUnresolved)
	w.write(declared + "import {\n  to = " + theBatch + "\n  id = \"" + testClient + "/" + id + "\"\n}\n")
	w.apply().expectSuccess()
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectBatches(1)
}

// A runner that dies between the response and the save leaves a batch that no state knows.
func TestCreditBatch_OneThatARunLeftIsFoundByItsName(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	left := w.api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, CreditAccountID: existing.ID, StartingBalance: "50", Name: "2031",
	})
	declared := topUp("a", "name = \"2031\"\ncredit_account_id = \""+existing.ID+"\"")
	w.write(declared)
	w.apply().expectError(sumBatchExists, left.ID, "Import "+testClient+"/"+left.ID, "another name")
	w.write(w.providerBlock(`on_existing_account = "adopt"`) + declared)
	w.apply().expectSuccess().expectOutput(sumBatchAdopted, left.ID)
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectBatchPosts(0)
}

func TestCreditBatch_LookupRefusedIsSaidOnceAndCreates(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	w.write(topUp("a", `name = "1"`) + topUp("b", `name = "2"`))
	apply := w.apply().expectSuccess()
	if got := strings.Count(apply.flat, "Warning: "+sumBatchLookupRefused); got != 1 {
		t.Errorf("the warning is shown %d times:\n%s", got, apply.out)
	}
	w.api.expectBatches(2)
}

// Without lookups, so that nothing waits for them.
func TestCreditBatch_OutageStopsAfterThreeUnknownOutcomesOfAnyKind(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Status: 500})
	accounts := strings.ReplaceAll(account("a", "NAME", "count = 2"), `"NAME"`, `"Training ${count.index}"`)
	w.write(w.providerBlock(`on_existing_account = "ignore"`) + accounts +
		topUp("a", "count = 10\nname = \"top-up ${count.index}\""))
	w.apply("-parallelism=1").expectError(sumBatchBreaker, "is not in the state")
	if sent, kept := w.api.Count(http.MethodPost, ""), len(w.state()); sent != 3 || kept != 3 {
		t.Errorf("%d POSTs were sent, and the state holds %d objects", sent, kept)
	}
}

// What makes an engine want a second batch, as for accounts.
func TestSecondBatch_IsRefusedAtPlanHoweverTheEngineCameToWantIt(t *testing.T) {
	t.Parallel()
	one, two := topUp("a", `name = "2031"`), topUp("b", `name = "2031"`)
	keyed := func(key string) string { return topUp("a", "for_each = toset([\""+key+"\"])") }
	tests := map[string]struct {
		before, after string
		taint         bool
		unknown       bool // the first apply fails, its outcome is unknown
		args          []string
		says          []string
	}{
		"taint":            {before: one, after: one, taint: true, says: []string{sumBatchSecond, "untaint", "another name"}},
		"renamed resource": {before: one, after: two, says: []string{sumBatchSecond, "moved {"}},
		"second resource":  {before: one, after: one + two, says: []string{sumBatchSecond, "another name"}},
		"-replace": {
			before: topUp("a", ""), after: topUp("a", ""), args: []string{"-replace=" + theBatch}, says: []string{sumBatchSecond},
		},
		"unresolved, its key renamed": {
			before: keyed("x"), after: keyed("y"), unknown: true, says: []string{"import " + testClient},
		},
	}
	for name, test := range tests {
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			t.Run(name+" "+refresh, func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t)
				if test.unknown {
					w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
					w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
				}
				w.write(test.before)
				if first := w.apply(); (first.code != 0) != test.unknown {
					t.Fatalf("first apply: exit code %d\n%s", first.code, first.out)
				}
				w.api.ClearFaults()
				if test.taint {
					w.run("taint", theBatch).expectSuccess()
				}
				before := len(w.api.Batches())
				w.write(test.after)
				args := append([]string{refresh}, test.args...)
				w.plan(args...).expectError(test.says...)
				w.apply(args...).expectError(test.says...)
				w.api.expectBatchPosts(1)
				w.api.expectBatches(before)
			})
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
}
