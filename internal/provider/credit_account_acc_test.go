package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

func TestAccCreditAccount_isCreatedOnceAndReadWithoutARequest(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		CheckDestroy:             api.stillHasAll,
		Steps: []resource.TestStep{
			{
				Config: api.config(account("a", "Training", "")),
				ConfigPlanChecks: resource.ConfigPlanChecks{
					PreApply:             []plancheck.PlanCheck{plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionCreate)},
					PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
				},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(theAccount, tfjsonpath.New("name"), knownvalue.StringExact("Training")),
				},
			},
			{
				PreConfig: api.ResetRequests,
				Config:    api.config(account("a", "Training", "")),
				PlanOnly:  true,
			},
		},
	})
	api.expectNoRequests()
	api.expectAccounts(1)
}
