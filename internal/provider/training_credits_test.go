package provider

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// The module to copy, used as people would.

func withTrainingCredits(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t)
	w.api.Seed(mockapi.DemoClients()[1:]) // the first one is there
	for name, content := range filesBelow(t, filepath.Join(repositoryRoot, "examples", "modules")) {
		w.writeFile("modules/"+name, content)
	}
	return w
}

func (w *workspace) writeTrainingCredits(licenseSKUs, topUps string) {
	w.t.Helper()
	w.write(`
module "globex" {
	source = "./modules/training-credits"

	client           = "Globex"
	name             = "Onboarding"
	starting_balance = 500
	license_skus     = ` + licenseSKUs + `
	top_ups          = ` + topUps + `
}

output "credits_left" {
	value = module.globex.credits_left
}
`)
}

func TestTrainingCredits_LiveBalanceFollowsTopUpsAndUse(t *testing.T) {
	t.Parallel()
	w := withTrainingCredits(t)
	w.writeTrainingCredits(`["SAF-20", "ONB-10"]`, `{}`)
	w.run("init").expectSuccess()
	w.apply().expectSuccess().expectOutput("credits_left = 500")
	account := w.api.Accounts()[0]
	slices.Sort(account.LicenseIDs)
	if want := mockapi.DemoClients()[1]; account.ClientID != want.ID ||
		!slices.Equal(account.LicenseIDs, []string{want.Licenses[0].ID, want.Licenses[1].ID}) {
		t.Errorf("the account is of client %s, for licenses %v", account.ClientID, account.LicenseIDs)
	}
	w.plan().expectSuccess().expectOutput(noChanges)

	w.writeTrainingCredits(`["SAF-20", "ONB-10"]`, `{ "2041" = { credits = 250, expires_on = "2042-01-01T00:00:00Z" } }`)
	w.apply().expectSuccess().expectOutput("1 added, 0 changed, 0 destroyed", "credits_left = 750")
	w.plan().expectSuccess().expectOutput(noChanges)

	if err := w.api.UseCredits(w.api.Batches()[0].ID, 12.5); err != nil {
		t.Fatal(err)
	}
	w.plan().expectChanges().expectOutput("750 -> 737.5", "without changing any real infrastructure")
	w.apply().expectSuccess().expectOutput("credits_left = 737.5")
	w.api.expectPosts(1)
}

func TestTrainingCredits_ATopUpIsRenamedInPlaceByAMovedBlock(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.1.0", tofu: "1.6.0"})
	w := withTrainingCredits(t)
	w.writeTrainingCredits(`["ONB-10"]`, `{ "2041" = { credits = 250, expires_on = null } }`)
	w.run("init").expectSuccess()
	w.apply().expectSuccess()
	w.writeTrainingCredits(`["ONB-10"]`, `{ "2041, extended" = { credits = 250, expires_on = "2043-01-01T00:00:00Z" } }`)
	w.plan().expectChanges().expectOutput("1 to add, 0 to change, 1 to destroy", sumBatchDestroyForgets)
	const batch = "module.globex.thoughtindustries_credit_batch.top_up"
	w.writeFile("moved.tf", "moved {\n  from = "+batch+"[\"2041\"]\n  to   = "+batch+"[\"2041, extended\"]\n}\n")
	w.apply().expectSuccess().expectOutput("0 added, 1 changed, 0 destroyed").expectNoOutput(sumBatchDestroyForgets)
	w.plan().expectSuccess().expectOutput(noChanges)
	if got := w.api.Batches(); len(got) != 2 || got[1].Name != "2041, extended" {
		t.Errorf("batches: %+v", got)
	}
}

func TestTrainingCredits_AMissingLicenseIsNamed(t *testing.T) {
	t.Parallel()
	w := withTrainingCredits(t)
	w.writeTrainingCredits(`["ONB-10", "ONB-11"]`, `{}`)
	w.run("init").expectSuccess()
	w.plan().expectError(`has no attribute "license ONB-11 of Globex"`)
	w.api.expectPosts(0)
}

// Licenses that come in the product must not lead to a second account.
func TestTrainingCredits_AnotherLicenseOfTheSKUIsRefused(t *testing.T) {
	t.Parallel()
	w := withTrainingCredits(t)
	w.writeTrainingCredits(`["ONB-10"]`, `{}`)
	w.run("init").expectSuccess()
	w.apply().expectSuccess()
	w.api.AddLicense(otherClient, mockapi.License{Name: "Onboarding, again", SKU: "ONB-10"})
	w.plan().expectError(sumCannotChange, "license_ids")

	// What the module's text says to do then.
	const module = "modules/training-credits/main.tf"
	w.writeFile(module, strings.Replace(filesBelow(t, w.dir)[module],
		"  create_alongside ", "  lifecycle {\n    ignore_changes = [license_ids]\n  }\n\n  create_alongside ", 1))
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(1)
}
