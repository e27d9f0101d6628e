package provider

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const clientType = "thoughtindustries_client"

// withManyClients has more clients than a page holds, some much alike.
func withManyClients(t *testing.T) *fakeAPI {
	t.Helper()
	api := newFakeAPI(t, mockapi.Options{PerPage: 2})
	api.AddClient(mockapi.Client{
		ID: testClient, Name: "Acme Corporation", SchoolName: "Acme Academy", Slug: "acme", SKU: "ACME",
		CustomHost: "learn.acme.example",
	})
	for i := range 12 {
		api.AddClient(mockapi.Client{Name: fmt.Sprintf("Acme Corporation %02d", i), Slug: fmt.Sprintf("acme-%02d", i)})
	}
	api.AddClient(mockapi.Client{ID: otherID, Name: "Globex", Slug: "globex"})
	return api
}

func TestClientDataSource_FindsOneByIDNameOrSlug(t *testing.T) {
	t.Parallel()
	p := newConfigured(t, withManyClients(t))
	acme := func(id string) arguments {
		return arguments{
			"id": id, "name": "Acme Corporation", "school_name": "Acme Academy", "slug": "acme", "sku": "ACME",
			"custom_host": "learn.acme.example",
		}
	}
	globex := arguments{ // what the API does not return is null
		"id": otherID, "name": "Globex", "school_name": nil, "slug": "globex", "sku": nil, "custom_host": nil,
	}
	for _, test := range []struct {
		argument, value string
		want            arguments
	}{
		{"id", testClient, acme(testClient)},
		{"id", strings.ToUpper(testClient), acme(strings.ToUpper(testClient))},
		{"name", " Acme  Corporation", acme(testClient)}, // the same name
		{"slug", "acme", acme(testClient)},
		{"name", "Globex", globex},
	} {
		expectSame(t, p.mustRead(clientType, arguments{test.argument: test.value}), test.want)
	}
}

func TestClientDataSource_FindsWhatTheSearchDoesNot(t *testing.T) {
	t.Parallel()
	api := withManyClients(t)
	api.Inject(mockapi.Fault{
		Path: "/clients", Match: func(r *mockapi.Request) bool { return r.Query.Get("query") != "" },
		Body: pointer(`{"data":{"Clients":{"clients":[],"pageInfo":{"hasMore":false}}}}`),
	})
	found := newConfigured(t, api).mustRead(clientType, arguments{"slug": "globex"})
	expectSame(t, found["id"], otherID)
}

func TestClientDataSource_ShowsWhatWasFoundWhereItIsNotOne(t *testing.T) {
	t.Parallel()
	const another = "11111111-2222-4333-8444-666666666666"
	api := withManyClients(t)
	api.AddClient(mockapi.Client{ID: another, Name: "Globex", Slug: "globex-2"})
	p := newConfigured(t, api)
	for _, test := range []struct {
		argument, value, summary string
		texts                    []string
	}{
		{"name", "Acme", sumNothingFound, []string{
			`"Acme Corporation", slug "acme", id "` + testClient + `"`, `slug "acme-08"`, "and 3 more", "Nothing was changed.",
		}},
		{"slug", "nowhere", sumNothingFound, []string{"Case matters", "Acme Corporation 08", "and 5 more"}},
		{"id", testAccountID, sumNothingFound, []string{"has no client with the id " + testAccountID}},
		{"name", "Globex", sumSeveralFound, []string{`2 clients have the name "Globex"`, otherID, another, "Set id"}},
	} {
		_, diags := p.read(clientType, arguments{test.argument: test.value})
		p.expectOne(diags, isError, test.summary, test.texts...)
	}
}
