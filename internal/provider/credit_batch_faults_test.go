package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// One batch whatever happens to its POST: the same rules as for an account.
func TestCreditBatch_EveryFaultLeavesOneBatchOrAStop(t *testing.T) {
	t.Parallel()
	var (
		created    = "created"
		silent     = "no changes"
		adopted    = "Warning: " + sumBatchAdopted
		unusable   = "Warning: " + sumUnreadable
		unresolved = "Error: " + sumBatchUnknownOutcome
		refused    = "Error: " + sumBatchRefused
		stopped    = "Error: " + sumUnresolved
	)
	of := func(change func(batch map[string]any)) mockapi.Fault {
		return mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Rewrite: mockapi.WholeBody(func(response map[string]any) {
			data, _ := response["data"].(map[string]any)
			batch, _ := data["CreateCreditBatch"].(map[string]any)
			change(batch)
		})}
	}
	tests := map[string]struct {
		fault          mockapi.Fault
		first, second  string
		batches, posts int
	}{
		"response lost after the commit":                 {cut(mockapi.CutConnection, true), adopted, silent, 1, 1},
		"response lost after the commit, without a name": {cut(mockapi.CutConnection, true), adopted, silent, 1, 1},
		"connection lost before the commit":              {cut(mockapi.CutConnection, false), unresolved, stopped, 0, 1},
		"connection lost, committed a second later":      {mockapi.Fault{Method: http.MethodPost, Times: 1, CommitDelay: time.Second, Cut: mockapi.CutConnection}, adopted, silent, 1, 1},
		"201, body cut in half":                          {cut(mockapi.CutBody, true), adopted, silent, 1, 1},
		"201 without an id":                              {of(func(b map[string]any) { delete(b, "id") }), adopted, silent, 1, 1},
		"201, every field but the id of a wrong type": {of(func(b map[string]any) {
			for name := range b {
				if name != "id" {
					b[name] = []any{true}
				}
			}
		}), unusable, silent, 1, 1},
		"204":                                 {withBody(respond(204, true), ""), adopted, silent, 1, 1},
		"429, three times":                    {mockapi.Fault{Method: http.MethodPost, Times: 3, Status: 429, Header: http.Header{"Retry-After": {"0"}}}, created, silent, 1, 4},
		"503 with Retry-After, committed":     {withHeader(respond(503, true), "Retry-After", "1"), adopted, silent, 1, 1},
		"503 with Retry-After, not committed": {withHeader(respond(503, false), "Retry-After", "1"), unresolved, stopped, 0, 1},
		"500, committed":                      {respond(500, true), adopted, silent, 1, 1},
		"500, not committed":                  {respond(500, false), unresolved, stopped, 0, 1},
		"302, not committed":                  {respond(302, false), unresolved, stopped, 0, 1},
		"408, committed":                      {respond(408, true), adopted, silent, 1, 1},
		"307":                                 {respond(307, false), refused, created, 1, 2},
		"401":                                 {respond(401, false), refused, created, 1, 2},
		"403":                                 {respond(403, false), refused, created, 1, 2},
		"404":                                 {respond(404, false), refused, created, 1, 2},
		"409":                                 {respond(409, false), refused, created, 1, 2},
		"422":                                 {respond(422, false), refused, created, 1, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
			w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, StartingBalance: "50", Name: "older", CreditAccountID: existing.ID})
			before := len(w.api.Batches())
			w.api.Inject(test.fault)
			config := `name = "2031"`
			if strings.HasSuffix(name, "without a name") {
				config = ""
			}
			w.write(topUp("a", config+"\ncredit_account_id = \""+existing.ID+`"`))
			expectApply(t, w.apply(), test.first)
			expectApply(t, w.apply(), test.second)
			w.api.expectBatches(before + test.batches)
			w.api.expectBatchPosts(test.posts)
			wantID := any(nil)
			if test.batches == 1 {
				wantID = w.api.Batches()[before].ID
			}
			if got := w.has(theBatch); got.Attributes["id"] != wantID {
				t.Errorf("the state has the id %v, want %v", got.Attributes["id"], wantID)
			}
		})
	}
}

// The batch that comes with an account made a moment ago is of the same size
// and account as the top-up whose response is lost. It is not taken for it.
func TestCreditBatch_TheOneThatCameWithTheAccountIsNotAdopted(t *testing.T) {
	t.Parallel()
	for _, commit := range []bool{true, false} {
		t.Run(fmt.Sprint(commit), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Path: "/clients/{id}/creditBatches", Times: 1, Commit: commit, Cut: mockapi.CutConnection})
			w.write(account("a", "Training", "") + strings.ReplaceAll(topUp("a", "credit_account_id = "+theAccount+".id"), "= 50", "= 100"))
			apply := w.apply()
			if commit {
				apply.expectSuccess().expectOutput(sumBatchAdopted)
				if got := w.has(theBatch).Attributes["id"]; len(w.api.Batches()) != 2 || got != w.api.Batches()[1].ID {
					t.Errorf("the state has the id %v of %v", got, w.api.Batches())
				}
				w.plan().expectSuccess().expectOutput(noChanges)
				return
			}
			apply.expectError(sumBatchUnknownOutcome).expectNoOutput(sumBatchAdopted)
			w.api.expectBatches(1)
		})
	}
}

// An unresolved batch has two ways out.
func TestCreditBatch_UnresolvedIsResolvedByImportOrByForgetting(t *testing.T) {
	t.Parallel()
	for _, exists := range []bool{true, false} {
		t.Run(fmt.Sprint(exists), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 500, Commit: exists})
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
			existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
			declared := topUp("a", "name = \"2031\"\ncredit_account_id = \""+existing.ID+"\"")
			w.write(declared)
			w.apply().expectError(sumBatchUnknownOutcome, "could not be looked up", "import "+testClient+"/<id>", "state rm")
			w.api.ClearFaults()
			if got := w.has(theBatch); got.Status != "tainted" || got.Attributes["id"] != nil || !strings.HasPrefix(fmt.Sprint(got.Attributes["status"]), unresolvedPrefix) {
				t.Errorf("state: %q %v", got.Status, got.Attributes)
			}
			plan := w.plan().expectError(sumUnresolved)
			if exists {
				plan.expectOutput("A new lookup found:", w.api.Batches()[0].ID)
			}
			w.plan("-refresh=false").expectError(sumUnresolved)
			w.write("")
			w.apply().expectSuccess().expectOutput(sumBatchForgetsUnresolved)
			if exists {
				w.write(declared + "import {\n  to = " + theBatch + "\n  id = \"" + testClient + "/" + w.api.Batches()[0].ID + "\"\n}\n")
			} else {
				w.write(declared)
			}
			w.apply().expectSuccess()
			w.api.expectBatches(1)
			w.plan().expectSuccess().expectOutput(noChanges)
		})
	}
}

// A runner that dies between the response and the save leaves a batch that no
// state knows.
func TestCreditBatch_OneThatARunLeftIsFoundByItsName(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		policy, more string
		says         string
		fails        bool
		batches      int
	}{
		"fail":            {"fail", `name = "2031"`, sumBatchExists, true, 1},
		"adopt":           {"adopt", `name = "2031"`, sumBatchAdopted, false, 1},
		"ignore":          {"ignore", `name = "2031"`, "1 added", false, 2},
		"another name":    {"fail", `name = "2032"`, "1 added", false, 2},
		"without a name":  {"fail", "", "1 added", false, 2},
		"another account": {"fail", `name = "2031"`, "1 added", false, 2},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
			other := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Other"})
			test.batches += len(w.api.Batches())
			left := w.api.AddBatch(mockapi.CreditBatch{
				ClientID: testClient, CreditAccountID: existing.ID, StartingBalance: "50", Name: "2031", CreatedAt: time.Now().Add(-time.Hour),
			})
			of := existing.ID
			if name == "another account" {
				of = other.ID
			}
			config := topUp("a", test.more+"\ncredit_account_id = \""+of+"\"")
			w.write(w.providerBlock(fmt.Sprintf("on_existing_account = %q", test.policy)) + config)
			apply := w.apply()
			if test.fails {
				apply.expectError(test.says, left.ID, "import "+testClient+"/"+left.ID, "another name")
				w.run("import", theBatch, testClient+"/"+left.ID).expectSuccess()
			} else {
				apply.expectSuccess().expectOutput(test.says)
			}
			w.api.expectBatches(test.batches)
			w.plan().expectSuccess().expectOutput(noChanges)
		})
	}
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

func TestCreditBatch_OutageStopsAfterThreeUnknownOutcomesOfAnyKind(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Status: 500})
	w.write(strings.ReplaceAll(account("a", "NAME", "count = 2"), `"NAME"`, "\"Training ${count.index}\"") + topUp("a", "count = 30\nname = \"top-up ${count.index}\""))
	w.apply("-parallelism=1").expectError(sumBatchBreaker, "is not in the state")
	if sent := w.api.Count(http.MethodPost, ""); sent != 3 {
		t.Errorf("%d POSTs were sent", sent)
	}
}
