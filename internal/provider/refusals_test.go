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
