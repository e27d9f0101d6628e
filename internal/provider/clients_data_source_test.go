package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theClients = "data.thoughtindustries_clients.d"

func TestAccClientsDataSource_listsAllPagesInOrderOfNameAndID(t *testing.T) {
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	api.AddClient(mockapi.Client{ID: otherID, Name: "Globex"})
	api.AddClient(mockapi.Client{ID: "11111111-2222-4333-8444-000000000002", Name: "Beta"})
	api.AddClient(mockapi.Client{ID: "11111111-2222-4333-8444-000000000001", Name: "Beta"})
	api.AddClient(mockapi.Client{Name: "Zenith"})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config("data \"thoughtindustries_clients\" \"d\" {}\n"),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(theClients, attribute("clients"), objectsWith("name", "Acme Corporation", "Beta", "Beta", "Globex", "Zenith")),
				statecheck.ExpectKnownValue(theClients, attribute("clients").AtSliceIndex(1).AtMapKey("id"), knownvalue.StringExact("11111111-2222-4333-8444-000000000001")),
				statecheck.ExpectKnownValue(theClients, attribute("clients").AtSliceIndex(3).AtMapKey("id"), knownvalue.StringExact(otherID)),
			},
		}},
	})
}

func TestAccClientsDataSource_searchesAndSortsAsTheAPIDoes(t *testing.T) {
	api := newFakeAPI(t, mockapi.Options{PerPage: 1})
	api.AddClient(mockapi.Client{Name: "Acme North", Slug: "b"})
	api.AddClient(mockapi.Client{Name: "Acme South", Slug: "a"})
	api.AddClient(mockapi.Client{Name: "Globex"})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{
			{
				Config:            api.config("data \"thoughtindustries_clients\" \"d\" {\n query = \"acme \"\n sort = \"slug\"\n}\n"),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theClients, attribute("clients"), objectsWith("slug", "a", "acme", "b"))},
			},
			{
				Config:      api.config("data \"thoughtindustries_clients\" \"d\" {\n sort = \"beauty\"\n}\n"),
				ExpectError: message(sumLookupFailed, "422", "sort must be one of"),
			},
			{
				Config:            api.config("data \"thoughtindustries_clients\" \"d\" {\n query = \"nobody\"\n}\n"),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theClients, attribute("clients"), knownvalue.ListSizeExact(0))},
			},
		},
	})
}
