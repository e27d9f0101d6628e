package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestLicensesDataSource_FiltersInStableOrder(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	for _, license := range []mockapi.License{
		{ID: "5", Name: "Safety", Label: "Safety first", SKU: "SAF-20"},
		{ID: "2", Name: "Onboarding", SKU: "ONB-10"},
		{ID: "1", Name: "Onboarding", SKU: "ONB-20"},
		{ID: "4", Name: "Onboarding plus", SKU: "ONB-100"},
		{ID: "3", Name: "No unit"},
	} {
		api.AddLicense(testClient, license)
	}
	p := newConfigured(t, api)
	for _, test := range []struct {
		filter arguments
		ids    []string
	}{
		{arguments{}, []string{"3", "1", "2", "4", "5"}}, // by name, then by id
		{arguments{"name": "Onboarding"}, []string{"1", "2"}},
		{arguments{"name": " Onboarding  plus"}, []string{"4"}},
		{arguments{"sku": "ONB-10"}, []string{"2"}},
		{arguments{"name": "Onboarding", "sku": "ONB-20"}, []string{"1"}},
		{arguments{"name": "Safety", "sku": "ONB-20"}, []string{}},
		{arguments{"name": "Onboard"}, []string{}},
		{arguments{"sku": "onb-10"}, []string{}},
	} {
		test.filter["client_id"] = testClient
		found := p.mustRead(licensesType, test.filter)
		expectSame(t, column(found["licenses"], "id"), test.ids)
		if ids, _ := found["ids"].([]any); len(ids) != len(test.ids) {
			t.Errorf("%v: ids are %v", test.filter, ids)
		}
	}
	found := p.mustRead(licensesType, arguments{"client_id": testClient, "name": "Safety"})
	expectSame(t, found["licenses"], []arguments{{"id": "5", "name": "Safety", "label": "Safety first", "sku": "SAF-20"}})
	expectSame(t, found["ids"], []string{"5"})
}
