package provider

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// What every data source has to do (try again, say what failed, name a missing key, read every form of response) is
// tested for all at once. The tests take the types from the provider's own list and what they need to know of each from
// here, so one that is missing here makes them fail.

// lookupExample is a lookup that succeeds.
type lookupExample struct {
	label     string
	arguments arguments
	path      string // the endpoint that it asks first
}

const (
	testAccountID = "7f1c1a52-0c55-4b0e-9a0f-000000000001"
	licensesType  = "thoughtindustries_licenses"
	actionsType   = "thoughtindustries_credit_actions"
)

var ofTheClient = arguments{"client_id": testClient}

var lookupExamples = map[string][]lookupExample{
	clientType: {
		{"by_slug", arguments{"slug": "acme"}, "/clients"},
		{"by_id", arguments{"id": testClient}, "/clients/{id}"},
	},
	clientsType:  {{"d", arguments{"query": "acme", "sort": "name"}, "/clients"}},
	licensesType: {{"d", ofTheClient, "/clients/{id}/licenses"}},
	batchesType:  {{"d", ofTheClient, "/clients/{id}/creditBatches"}},
	accountsType: {{"d", ofTheClient, "/clients/{id}/creditBatches"}},
	actionsType: {{"d", arguments{
		"client_id": testClient, "credit_account_id": testAccountID, "action_type": "credit",
	}, actionsPath}},
}

// eachLookup calls do for every example of every data source that the provider has.
func eachLookup(t *testing.T, do func(typeName string, example lookupExample)) {
	t.Helper()
	for _, constructor := range newProvider("test", registry.New(), nil).DataSources(t.Context()) {
		var metadata datasource.MetadataResponse
		constructor().Metadata(t.Context(), datasource.MetadataRequest{}, &metadata)
		examples := lookupExamples[metadata.TypeName]
		if len(examples) == 0 {
			t.Fatalf("%s is not in lookupExamples (data_source_table_test.go), so nothing tests what all have to do",
				metadata.TypeName)
		}
		for _, example := range examples {
			do(metadata.TypeName, example)
		}
	}
}

// readEach reads every example and gives how many there are.
func (p *protocol) readEach(do func(typeName string, found map[string]any, diags []*tfprotov6.Diagnostic)) (count int) {
	p.t.Helper()
	eachLookup(p.t, func(typeName string, example lookupExample) {
		count++
		found, diags := p.read(typeName, example.arguments)
		do(typeName, found, diags)
	})
	return count
}

// everyDataSource has all examples.
func everyDataSource(t *testing.T) string {
	t.Helper()
	config := ""
	eachLookup(t, func(typeName string, example lookupExample) { config += example.block(typeName) })
	return config
}

func (example lookupExample) block(typeName string) string {
	block := fmt.Sprintf("data %q %q {\n", typeName, example.label)
	for name, value := range example.arguments {
		block += fmt.Sprintf("%s = %q\n", name, value)
	}
	return block + "}\n"
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
	api.AddAccount(mockapi.CreditAccount{
		ID: testAccountID, ClientID: testClient, Name: "Training", StartingBalance: "100",
	})
	for range 3 {
		api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: testAccountID, StartingBalance: "5"})
	}
	return api
}
