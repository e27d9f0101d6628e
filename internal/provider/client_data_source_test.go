package provider

import (
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theClient = "data.thoughtindustries_client.d"

func clientBy(argument, value string) string {
	return fmt.Sprintf("data \"thoughtindustries_client\" \"d\" {\n %s = %q\n}\n", argument, value)
}

// withManyClients has more clients than a page holds, some much alike.
func withManyClients(t *testing.T) *fakeAPI {
	t.Helper()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	api.AddClient(mockapi.Client{ID: testClient, Name: "Acme Corporation", SchoolName: "Acme Academy", Slug: "acme", SKU: "ACME", CustomHost: "learn.acme.example"})
	for i := range 12 {
		api.AddClient(mockapi.Client{Name: fmt.Sprintf("Acme Corporation %02d", i), Slug: fmt.Sprintf("acme-%02d", i)})
	}
	api.AddClient(mockapi.Client{ID: otherID, Name: "Globex", Slug: "globex"})
	return api
}

func TestAccClientDataSource_findsOneByIDNameOrSlug(t *testing.T) {
	api := withManyClients(t)
	acme := map[string]knownvalue.Check{
		"id": knownvalue.StringExact(testClient), "name": knownvalue.StringExact("Acme Corporation"), "school_name": knownvalue.StringExact("Acme Academy"),
		"slug": knownvalue.StringExact("acme"), "sku": knownvalue.StringExact("ACME"), "custom_host": knownvalue.StringExact("learn.acme.example"),
	}
	// What the API does not return is null.
	globex := map[string]knownvalue.Check{
		"id": knownvalue.StringExact(otherID), "name": knownvalue.StringExact("Globex"), "school_name": knownvalue.Null(),
		"slug": knownvalue.StringExact("globex"), "sku": knownvalue.Null(), "custom_host": knownvalue.Null(),
	}
	asWritten := maps.Clone(acme)
	asWritten["id"] = knownvalue.StringExact(strings.ToUpper(testClient))
	tests := []struct {
		argument, value string
		want            map[string]knownvalue.Check
	}{
		{"id", testClient, acme},
		{"name", " Acme  Corporation", acme}, // the same name
		{"slug", "acme", acme},
		{"name", "Globex", globex},
		{"id", strings.ToUpper(testClient), asWritten},
	}
	config := ""
	var checks []statecheck.StateCheck
	for i, test := range tests {
		label := fmt.Sprint("by_", i)
		config += strings.Replace(clientBy(test.argument, test.value), `"d"`, `"`+label+`"`, 1)
		for name, check := range test.want {
			checks = append(checks, statecheck.ExpectKnownValue("data.thoughtindustries_client."+label, attribute(name), check))
		}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps:                    []resource.TestStep{{Config: api.config(config), ConfigStateChecks: checks}},
	})
}

func TestAccClientDataSource_findsWhatTheSearchDoesNot(t *testing.T) {
	api := withManyClients(t)
	api.Inject(mockapi.Fault{
		Path: "/clients", Match: func(r *mockapi.Request) bool { return r.Query.Get("query") != "" },
		Body: pointer(`{"data":{"Clients":{"clients":[],"pageInfo":{"hasMore":false}}}}`),
	})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config:            api.config(clientBy("slug", "globex")),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theClient, attribute("id"), knownvalue.StringExact(otherID))},
		}},
	})
}

func TestAccClientDataSource_saysWhatWasFoundWhereItIsNotOne(t *testing.T) {
	const another = "11111111-2222-4333-8444-666666666666"
	api := withManyClients(t)
	api.AddClient(mockapi.Client{ID: another, Name: "Globex", Slug: "globex-2"})
	refused := func(argument, value string, texts ...string) resource.TestStep {
		return resource.TestStep{Config: api.config(clientBy(argument, value)), ExpectError: message(texts...)}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{
			refused("name", "Acme", sumNothingFound, `has the name "Acme"`, `"Acme Corporation", slug "acme", id "`+testClient+`"`,
				`slug "acme-08"`, "and 3 more", "Nothing was changed."),
			refused("slug", "nowhere", sumNothingFound, "Case matters", "Acme Corporation 08", "and 5 more"),
			refused("id", testAccountID, sumNothingFound, "has no client with the id "+testAccountID),
			refused("name", "Globex", sumSeveralFound, `2 clients have the name "Globex"`, otherID, another, "Set id"),
		},
	})
}

func TestAccClientDataSource_wantsExactlyOneArgumentOnceItIsKnown(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsTerraformData,
		Steps: []resource.TestStep{{
			Config:      api.config(unknownUntilApply("null"), "data \"thoughtindustries_client\" \"d\" {\n name = terraform_data.later.output\n}\n"),
			ExpectError: message("Exactly one of these attributes must be configured"),
		}},
	})
	api.expectNoRequests()
}
