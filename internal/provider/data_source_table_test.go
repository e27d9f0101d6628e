package provider

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// What every data source has to do (try again, say what failed, name a missing
// key, wait for unknown arguments, read every form of response) is tested for all
// at once. The tests take the types from the provider's own list and what they
// need to know of each from here, so one that is missing here makes them fail.

// lookupExample is a lookup that succeeds, and what it asks.
type lookupExample struct {
	label string
	// arguments of the data source; CLIENT and SLUG stand for expressions.
	arguments string
	// path is the endpoint, below /incoming/v2, that this lookup asks first.
	path string
}

var lookupExamples = map[string][]lookupExample{
	"thoughtindustries_client": {
		{"by_slug", "slug = SLUG", "/clients"},
		{"by_id", "id = CLIENT", "/clients/{id}"},
	},
	"thoughtindustries_clients":         {{"d", "query = SLUG\n sort = \"name\"", "/clients"}},
	"thoughtindustries_licenses":        {{"d", "client_id = CLIENT", "/clients/{id}/licenses"}},
	"thoughtindustries_credit_batches":  {{"d", "client_id = CLIENT", "/clients/{id}/creditBatches"}},
	"thoughtindustries_credit_accounts": {{"d", "client_id = CLIENT", "/clients/{id}/creditBatches"}},
	"thoughtindustries_credit_actions": {
		{"d", "client_id = CLIENT\n credit_account_id = \"" + testAccountID + "\"\n action_type = \"credit\"", actionsPath},
	},
}

const (
	quotedClient = `"` + testClient + `"`
	quotedSlug   = `"acme"`
)

// eachLookup calls do for every example of every data source that the provider has.
func eachLookup(t *testing.T, do func(typeName string, example lookupExample)) {
	t.Helper()
	for _, constructor := range newProvider("test", registry.New(), nil).DataSources(context.Background()) {
		var metadata datasource.MetadataResponse
		constructor().Metadata(context.Background(), datasource.MetadataRequest{ProviderTypeName: typeName}, &metadata)
		examples := lookupExamples[metadata.TypeName]
		if len(examples) == 0 {
			t.Fatalf("%s is not in lookupExamples (data_source_table_test.go), so that nothing tests what every data source has to do", metadata.TypeName)
		}
		for _, example := range examples {
			do(metadata.TypeName, example)
		}
	}
}

// everyDataSource has all examples, of the client and of the slug.
func everyDataSource(t *testing.T, client, slug string) string {
	t.Helper()
	config := ""
	eachLookup(t, func(typeName string, example lookupExample) {
		config += "data \"" + typeName + "\" \"" + example.label + "\" {\n " +
			strings.NewReplacer("CLIENT", client, "SLUG", slug).Replace(example.arguments) + "\n}\n"
	})
	return config
}

// everyAddress gives the address of each example.
func everyAddress(t *testing.T) []string {
	t.Helper()
	var addresses []string
	eachLookup(t, func(typeName string, example lookupExample) {
		addresses = append(addresses, "data."+typeName+"."+example.label)
	})
	return addresses
}

// everyPath gives the endpoints that the examples ask first, each once.
func everyPath(t *testing.T) []string {
	t.Helper()
	var paths []string
	eachLookup(t, func(_ string, example lookupExample) {
		if !slices.Contains(paths, example.path) {
			paths = append(paths, example.path)
		}
	})
	return paths
}

// withSomethingToFind has more than a page of everything that the examples look up.
func withSomethingToFind(t *testing.T, options mockapi.Options) *fakeAPI {
	t.Helper()
	options.PerPage = 2
	api := newFakeAPI(t, options)
	for _, name := range []string{"Acme North", "Acme South", "Globex"} {
		api.AddClient(mockapi.Client{Name: name})
		api.AddLicense(testClient, mockapi.License{Name: name, SKU: "SKU"})
	}
	api.AddAccount(mockapi.CreditAccount{ID: testAccountID, ClientID: testClient, Name: "Training", StartingBalance: "100"})
	for range 3 {
		api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: testAccountID, StartingBalance: "5"})
	}
	return api
}
