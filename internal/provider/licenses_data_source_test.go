package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestLicensesDataSource_FiltersExactlyAndInStableOrder(t *testing.T) {
	t.Parallel()
	licenses := []mockapi.License{
		{ID: "9a3e5c70-1d1f-4a39-8a53-7c2b9d100005", Name: "Safety", Label: "Safety first", SKU: "SAF-20"},
		{ID: "9a3e5c70-1d1f-4a39-8a53-7c2b9d100002", Name: "Onboarding", SKU: "ONB-10"},
		{ID: "9a3e5c70-1d1f-4a39-8a53-7c2b9d100001", Name: "Onboarding", SKU: "ONB-20"},
		{ID: "9a3e5c70-1d1f-4a39-8a53-7c2b9d100004", Name: "Onboarding plus", SKU: "ONB-100"},
		{ID: "9a3e5c70-1d1f-4a39-8a53-7c2b9d100003", Name: "No unit"},
	}
	tests := map[string]struct{ filter, labels string }{
		"none":             {"", "3 1 2 4 5"},
		"name":             {`name = "Onboarding"`, "1 2"},
		"sku":              {`sku = "ONB-10"`, "2"},
		"both":             {"name = \"Onboarding\"\n sku = \"ONB-20\"", "1"},
		"both, no match":   {"name = \"Safety\"\n sku = \"ONB-20\"", ""},
		"a part of a name": {`name = "Onboard"`, ""},
		"another case":     {`sku = "onb-10"`, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t, mockapi.Options{PerPage: 2})
			for _, license := range licenses {
				w.api.AddLicense(testClient, license)
			}
			w.write("data \"thoughtindustries_licenses\" \"d\" {\n client_id = \"" + testClient + "\"\n " + test.filter + "\n}\n")
			w.apply().succeeds()
			found := w.found("thoughtindustries_licenses.d", "licenses")
			got := ""
			for i, license := range found {
				if i > 0 {
					got += " "
				}
				id, _ := license["id"].(string)
				got += id[len(id)-1:]
			}
			if got != test.labels {
				t.Errorf("licenses %s, want %s", got, test.labels)
			}
			ids, _ := w.has("thoughtindustries_licenses.d").Attributes["ids"].([]any)
			if len(ids) != len(found) {
				t.Errorf("ids: %v", ids)
			}
			w.plan().succeeds().says(noChanges)
		})
	}
}

func TestLicensesDataSource_TellsEveryFieldAndFeedsAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	license := w.api.AddLicense(testClient, mockapi.License{Name: "Safety", Label: "Safety first", SKU: "SAF-20"})
	w.write(`
data "thoughtindustries_licenses" "d" {
	client_id = "` + testClient + `"
	sku       = "SAF-20"
}

resource "thoughtindustries_credit_account" "a" {
	client_id        = "` + testClient + `"
	name             = "Training"
	starting_balance = 100
	notify_emails    = []
	license_ids      = data.thoughtindustries_licenses.d.ids
}`)
	w.apply().succeeds()
	sameJSON(t, w.found("thoughtindustries_licenses.d", "licenses"), `[{"id":"`+license.ID+`","name":"Safety","label":"Safety first","sku":"SAF-20"}]`)
	sameJSON(t, w.api.Accounts()[0].LicenseIDs, `["`+license.ID+`"]`)
}
