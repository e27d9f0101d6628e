package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const clientsType = "thoughtindustries_clients"

func TestClientsDataSource_ListsAllPages(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	for _, client := range []mockapi.Client{
		{ID: "11111111-2222-4333-8444-000000000003", Name: "Globex", Slug: "a"},
		{ID: "11111111-2222-4333-8444-000000000002", Name: "Beta", Slug: "c"},
		{ID: "11111111-2222-4333-8444-000000000001", Name: "Beta", Slug: "b"},
	} {
		api.AddClient(client)
	}
	p := newConfigured(t, api)
	for _, test := range []struct {
		arguments arguments
		slugs     []string
	}{
		{arguments{}, []string{"acme", "b", "c", "a"}}, // by name, then by id
		{arguments{"sort": "slug"}, []string{"a", "acme", "b", "c"}},
		{arguments{"query": "BET", "sort": "slug"}, []string{"b", "c"}},
		{arguments{"query": "nobody"}, []string{}},
	} {
		expectSame(t, column(p.mustRead(clientsType, test.arguments)["clients"], "slug"), test.slugs)
	}
	_, diags := p.read(clientsType, arguments{"sort": "beauty"})
	p.expectOne(diags, isError, sumLookupFailed, "422", "sort must be one of")
}
