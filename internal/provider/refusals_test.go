package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// One act, one warning: a replacement under another name leaves no other account of that name behind.
func TestReplacement_IsOneWarning(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"another name":    {`"Training"`, `"Renamed"`},
		"another balance": {"= 100", "= 200"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write(account("a", "Training", ""))
			w.apply().expectSuccess()
			id := w.api.Accounts()[0].ID
			listing := account("a", "Training", fmt.Sprintf("create_alongside = [%q]", id))
			w.write(strings.Replace(listing, change[0], change[1], 1))
			plan := w.plan().expectChanges().expectOutput("Warning: "+sumReplacement, id, "100 credits at creation")
			if got := strings.Count(plan.flat, "Warning: "); got != 1 {
				t.Errorf("%d warnings, want one:\n%s", got, plan.out)
			}
			w.apply().expectSuccess()
			w.api.expectAccounts(2)
		})
	}
}

// A removed block asks no provider, so that nobody can know that the unresolved account is forgotten.
func TestUnresolved_ForgottenBesideANewOneSaysToForgetFirst(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
	w := newWorkspace(t).unresolved(t)
	w.write(removedBlock(false) + account("b", "Training", ""))
	w.plan().expectError(sumUnresolved, "This plan forgets it and creates another one? Apply the former alone first.")
	// The way out that it names, to its end.
	w.write(removedBlock(false))
	w.apply().expectSuccess()
	w.write(account("b", "Training", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(1)
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
	w.plan().expectError("Error: "+sumLookupBeforeFailed, "Nothing was changed")
	w.api.expectPosts(0)
}

// A person who reads is not told how to take over what a write would conflict with.
func TestAdvice_OfAConflictIsTheWritesAlone(t *testing.T) {
	t.Parallel()
	conflict := &thoughtindustries.APIError{Status: http.StatusConflict}
	if got := adviceFor(conflict, "https://acme.example"); strings.Contains(got, "existing_account_id") {
		t.Errorf("the advice to a read is %q", got)
	}
	w := newWorkspace(t)
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: http.StatusConflict})
	w.write(account("a", "Training", ""))
	w.apply().expectError("Error: "+sumRefused, "existing_account_id")
}

// A name in the response that is not the same is a warning, and the id is in the state.
func TestCreate_WarnsOfAnotherNameInTheResponse(t *testing.T) {
	t.Parallel()
	for returned, warns := range map[string]bool{"Other": true, "Q &amp; A": false, "Q  &\u200b A": false, "Q & a": true} {
		t.Run(returned, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(changed(func(account map[string]any) { account["name"] = returned }))
			w.write(account("a", "Q & A", ""))
			apply := w.apply().expectSuccess()
			if warns {
				apply.expectOutput("Warning: "+sumStoredName, `"Q & A"`, returned)
			} else {
				apply.expectNoOutput("Warning")
			}
			if got := w.has(theAccount).Attributes["name"]; got != "Q & A" {
				t.Errorf("the state has the name %v", got)
			}
			w.plan().expectSuccess().expectOutput(noChanges)
		})
	}
}

// A service that stores another name or expiry causes one warning and no PUT; a later change by hand is a change.
func TestCreditBatch_StoredInAnotherFormIsOneWarning(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	existing := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training"})
	declared := topUp("a", "name = \"Spring\"\nexpires_on = \"2031-01-01T00:00:00Z\"\ncredit_account_id = \""+existing.ID+`"`)
	const stored = "2031-01-01T23:59:59.000Z"
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Rewrite: mockapi.WholeBody(func(response map[string]any) {
		data, _ := response["data"].(map[string]any)
		batch, _ := data["CreateCreditBatch"].(map[string]any)
		batch["name"], batch["expiresOn"] = "SPRING", stored
	})})
	w.write(declared)
	w.apply().expectSuccess().expectOutput("Warning: "+sumBatchStored, `sent "Spring", stored "SPRING"`, stored)
	id := w.api.Batches()[0].ID
	expires := time.Date(2031, 1, 1, 23, 59, 59, 0, time.UTC)
	change := func(name string) {
		t.Helper()
		if err := w.api.ChangeBatch(id, func(b *mockapi.CreditBatch) {
			b.Name, b.ExpiresOn = name, expires
		}); err != nil {
			t.Fatal(err)
		}
	}
	change("SPRING")
	w.plan().expectSuccess().expectOutput(noChanges).expectNoOutput("Warning")
	w.apply().expectSuccess().expectNoOutput("Warning")
	if got := w.api.Count(http.MethodPut, ""); got != 0 {
		t.Errorf("%d PUTs", got)
	}
	change("Summer")
	w.plan().expectChanges().expectOutput("will be updated in-place")
	w.apply().expectSuccess()
	if got := w.api.Batches()[0].Name; got != "Spring" {
		t.Errorf("the name is %q", got)
	}
	w.plan().expectSuccess().expectOutput(noChanges)
}
