package provider

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func licensesBy(label, filter string) string {
	return "data \"thoughtindustries_licenses\" \"" + label + "\" {\n client_id = \"" + testClient + "\"\n " + filter + "\n}\n"
}

func TestAccLicensesDataSource_filtersExactlyAndInStableOrder(t *testing.T) {
	const (
		first  = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100001"
		second = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100002"
		third  = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100003"
		fourth = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100004"
		fifth  = "9a3e5c70-1d1f-4a39-8a53-7c2b9d100005"
	)
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	for _, license := range []mockapi.License{
		{ID: fifth, Name: "Safety", Label: "Safety first", SKU: "SAF-20"},
		{ID: second, Name: "Onboarding", SKU: "ONB-10"},
		{ID: first, Name: "Onboarding", SKU: "ONB-20"},
		{ID: fourth, Name: "Onboarding plus", SKU: "ONB-100"},
		{ID: third, Name: "No unit"},
	} {
		api.AddLicense(testClient, license)
	}
	config := ""
	var checks []statecheck.StateCheck
	for i, test := range []struct {
		filter string
		ids    []string
	}{
		{"", []string{third, first, second, fourth, fifth}},
		{`name = "Onboarding"`, []string{first, second}},
		{`sku = "ONB-10"`, []string{second}},
		{"name = \"Onboarding\"\n sku = \"ONB-20\"", []string{first}},
		{"name = \"Safety\"\n sku = \"ONB-20\"", nil},
		{`name = "Onboard"`, nil},
		{`sku = "onb-10"`, nil},
	} {
		label := fmt.Sprint("by_", i)
		address := "data.thoughtindustries_licenses." + label
		config += licensesBy(label, test.filter)
		var ids []knownvalue.Check
		for _, id := range test.ids {
			ids = append(ids, knownvalue.StringExact(id))
		}
		checks = append(checks, statecheck.ExpectKnownValue(address, attribute("licenses"), objectsWith("id", test.ids...)),
			statecheck.ExpectKnownValue(address, attribute("ids"), knownvalue.SetExact(ids)))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps:                    []resource.TestStep{{Config: api.config(config), ConfigStateChecks: checks}},
	})
}

func TestAccLicensesDataSource_givesEveryFieldAndFeedsAnAccount(t *testing.T) {
	api := newFakeAPI(t)
	license := api.AddLicense(testClient, mockapi.License{Name: "Safety", Label: "Safety first", SKU: "SAF-20"})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(licensesBy("d", `sku = "SAF-20"`), `
resource "thoughtindustries_credit_account" "a" {
  client_id        = "`+testClient+`"
  name             = "Training"
  starting_balance = 100
  notify_emails    = []
  license_ids      = data.thoughtindustries_licenses.d.ids
}`),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue("data.thoughtindustries_licenses.d", attribute("licenses"),
				knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact(license.ID), "name": knownvalue.StringExact("Safety"), "label": knownvalue.StringExact("Safety first"), "sku": knownvalue.StringExact("SAF-20"),
				})}))},
		}},
	})
	if got := api.Accounts()[0].LicenseIDs; !slices.Equal(got, []string{license.ID}) {
		t.Errorf("the account has the licenses %v", got)
	}
}
