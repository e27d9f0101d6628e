package provider

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// Listing by the protocol, as an engine of 1.14 asks for it, so that it is tested
// by whatever engine runs the other tests.

// listedResult is a result of a listing as an engine reads it.
type listedResult struct {
	name     string
	identity map[string]string
	resource map[string]tftypes.Value
}

// lister is a configured provider that lists.
type lister struct {
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newLister(t *testing.T, api *fakeAPI) *lister {
	t.Helper()
	server := serverWith("test", nil)()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	l := &lister{t: t, server: server, schemas: schemas}
	config := l.value(schemas.Provider.ValueType(), map[string]any{"base_url": api.url, "api_key": testKey})
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.14.0", Config: config})
	if err != nil || len(configured.Diagnostics) > 0 {
		t.Fatal(err, configured)
	}
	return l
}

// value is an object of a type with these attributes; the others are null.
func (l *lister) value(of tftypes.Type, set map[string]any) *tfprotov6.DynamicValue {
	l.t.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range of.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(attribute, set[name])
	}
	value, err := tfprotov6.NewDynamicValue(of, tftypes.NewValue(of, values))
	if err != nil {
		l.t.Fatal(err)
	}
	return &value
}

// list gives what a list block yields, up to limit, and what was said with it.
func (l *lister) list(typeName string, limit int64, include bool, config map[string]any) (results []listedResult, said []*tfprotov6.Diagnostic) {
	l.t.Helper()
	stream, err := l.server.(tfprotov6.ListResourceServer).ListResource(l.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: l.value(l.schemas.ListResourceSchemas[typeName].ValueType(), config), IncludeResource: include, Limit: limit,
	})
	if err != nil {
		l.t.Fatal(err)
	}
	identities, err := l.server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		l.t.Fatal(err)
	}
	for result := range stream.Results {
		said = append(said, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		one := listedResult{name: result.DisplayName, identity: map[string]string{}}
		for name, value := range l.object(result.Identity.IdentityData, identities.IdentitySchemas[typeName].ValueType()) {
			var text string
			if err := value.As(&text); err != nil {
				l.t.Fatal(err)
			}
			one.identity[name] = text
		}
		if result.Resource != nil {
			one.resource = l.object(result.Resource, l.schemas.ResourceSchemas[typeName].ValueType())
		}
		results = append(results, one)
	}
	return results, said
}

func (l *lister) object(from *tfprotov6.DynamicValue, of tftypes.Type) map[string]tftypes.Value {
	l.t.Helper()
	value, err := from.Unmarshal(of)
	if err != nil {
		l.t.Fatal(err)
	}
	var object map[string]tftypes.Value
	if err := value.As(&object); err != nil {
		l.t.Fatal(err)
	}
	return object
}

// expectOne wants exactly one diagnostic, which says all this.
func (l *lister) expectOne(said []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity, summary string, texts ...string) {
	l.t.Helper()
	if len(said) != 1 || said[0].Severity != severity || said[0].Summary != summary {
		l.t.Fatalf("said %v, want one of %q", said, summary)
	}
	for _, text := range texts {
		if !strings.Contains(said[0].Detail, text) {
			l.t.Errorf("%q is not in %q", text, said[0].Detail)
		}
	}
	if strings.Contains(said[0].Detail, testKey) {
		l.t.Error("the message shows the API key")
	}
}

// manyAccounts is a client of 120 accounts, Training 1 to 120, oldest first, on
// three pages of batches.
func manyAccounts(t *testing.T) *fakeAPI {
	t.Helper()
	api := newFakeAPI(t, mockapi.Options{PerPage: 50, Paging: mockapi.PagingBoth})
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 120 {
		account := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: fmt.Sprint("Training ", i+1), StartingBalance: "100", CreatedAt: start.Add(time.Duration(i) * time.Hour)})
		if account.ID == "" {
			t.Fatal("no account was added")
		}
	}
	return api
}

// expectListed wants this many requests for pages and names, and no others.
func (a *fakeAPI) expectListed(pages, names int) {
	a.t.Helper()
	gotPages, gotNames := a.Count(http.MethodGet, batchesPath), a.Count(http.MethodGet, actionsPath)
	if gotPages != pages || gotNames != names || a.Count("", "") != pages+names {
		a.t.Errorf("%d pages and %d names of %d requests, want %d and %d:%s", gotPages, gotNames, a.Count("", ""), pages, names, a.requestLines())
	}
}

func TestListAccounts_AllOfThreePages(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	results, said := newLister(t, api).list(creditAccountType, 1000, true, map[string]any{"client_id": testClient})
	if len(results) != 120 || len(said) > 0 {
		t.Fatalf("%d accounts, said %v", len(results), said)
	}
	api.expectListed(3, 120)
	for i, account := range api.Accounts() {
		got := results[i]
		if want := fmt.Sprintf("Training %d, 100 credits left", i+1); got.name != want {
			t.Errorf("display name %q, want %q", got.name, want)
		}
		if got.identity["client_id"] != testClient || got.identity["id"] != account.ID {
			t.Errorf("identity %v, want that of %s", got.identity, account.ID)
		}
		for attribute, want := range map[string]any{
			"client_id": testClient, "id": account.ID, "name": account.Name, "starting_balance": big.NewFloat(100), "current_balance": big.NewFloat(100),
			"notify_emails": nil, "license_ids": nil,
		} {
			value := got.resource[attribute]
			if wanted := tftypes.NewValue(value.Type(), want); !value.Equal(wanted) {
				t.Errorf("%s is %s, want %s", attribute, value, wanted)
			}
		}
	}
}

func TestListAccounts_WithoutTheResourceShowsOnlyWhoTheyAre(t *testing.T) {
	t.Parallel()
	results, said := newLister(t, manyAccounts(t)).list(creditAccountType, 0, false, map[string]any{"client_id": testClient})
	if len(results) != 120 || len(said) > 0 {
		t.Fatalf("%d accounts, said %v", len(results), said)
	}
	for _, result := range results {
		if result.resource != nil {
			t.Fatalf("%s came with %v", result.name, result.resource)
		}
	}
}

func TestListAccounts_AsksForNoMoreNamesThanTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	l := newLister(t, api)
	results, said := l.list(creditAccountType, 7, false, map[string]any{"client_id": testClient})
	if len(results) != 7 || results[0].name != "Training 1, 100 credits left" {
		t.Errorf("%v", results)
	}
	l.expectOne(said, tfprotov6.DiagnosticSeverityWarning, sumListingLimited, "has 120 credit accounts, and 113 of them were not looked at")
	api.expectListed(3, 7)
}

func TestListAccounts_ByName(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	l := newLister(t, api)
	results, said := l.list(creditAccountType, 100, false, map[string]any{"client_id": strings.ToUpper(testClient), "name": " Training  3"})
	if len(results) != 1 || results[0].name != "Training 3, 100 credits left" || len(said) > 0 {
		t.Errorf("%v, said %v", results, said)
	}
	api.expectListed(3, 120)

	// The names are kept, and with a limit of 1 nothing is left to find.
	api.ResetRequests()
	l = newLister(t, api)
	if results, _ = l.list(creditAccountType, 1, false, map[string]any{"client_id": testClient, "name": "Training 3"}); len(results) != 1 {
		t.Errorf("%v", results)
	}
	api.expectListed(3, 3)
	if results, said = l.list(creditAccountType, 1, false, map[string]any{"client_id": testClient, "name": "training 3"}); len(results) != 0 || len(said) > 0 {
		t.Errorf("%v, said %v", results, said)
	}
}

func TestListAccounts_StreamsThemAndStopsWhenTheEngineDoes(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	l := newLister(t, api)
	config := l.value(l.schemas.ListResourceSchemas[creditAccountType].ValueType(), map[string]any{"client_id": testClient})
	stream, err := l.server.(tfprotov6.ListResourceServer).ListResource(t.Context(), &tfprotov6.ListResourceRequest{TypeName: creditAccountType, Config: config, Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	api.expectRequests(0) // nothing before the engine reads
	seen := 0
	for range stream.Results {
		if seen++; seen == 3 {
			break
		}
	}
	if names := api.Count(http.MethodGet, actionsPath); seen != 3 || names < 3 || names > 8 { // 5 at once
		t.Errorf("%d names asked for %d accounts", names, seen)
	}
}

func TestListAccounts_SaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	quoted := `{"error": "` + testKey + `"}`
	for name, test := range map[string]struct {
		fault mockapi.Fault
		shown int
		texts []string
	}{
		"no batches":      {mockapi.Fault{Path: "/clients/{id}/creditBatches", Status: 403, Body: &quoted}, 0, []string{"403", "may not read credit batches (GET /clients/:id/creditBatches)"}},
		"no actions":      {mockapi.Fault{Path: actionsPath, Status: 403, Body: &quoted}, 0, []string{"403", "may not read credit actions (GET /clients/:id/creditAccount/:creditAccountId/creditActions)"}},
		"a wrong key":     {mockapi.Fault{Path: "/clients/{id}/creditBatches", Status: 401, Body: &quoted}, 0, []string{"401", "key"}},
		"another client":  {mockapi.Fault{Path: "/clients/{id}/creditBatches", Status: 404, Body: &quoted}, 0, []string{"404", "Check them"}},
		"a second page":   {mockapi.Fault{Path: "/clients/{id}/creditBatches", Skip: 1, Status: 403, Body: &quoted}, 0, []string{"page 2 of the listing", "credit batches (GET /clients/:id/creditBatches)"}},
		"HTML for a page": {mockapi.Fault{Path: "/clients/{id}/creditBatches", Status: 200, Body: pointer("<html>")}, 0, []string{"credit batches (GET /clients/:id/creditBatches)"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := manyAccounts(t)
			api.Inject(test.fault)
			l := newLister(t, api)
			results, said := l.list(creditAccountType, 100, false, map[string]any{"client_id": testClient})
			if len(results) != test.shown {
				t.Errorf("%d accounts", len(results))
			}
			l.expectOne(said, tfprotov6.DiagnosticSeverityError, sumLookupFailed, append(test.texts, testClient)...)
		})
	}
}

func TestListAccounts_OneWithoutActionsIsListedWithoutItsName(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	api.Inject(mockapi.Fault{Path: actionsPath, Status: 404})
	l := newLister(t, api)
	results, said := l.list(creditAccountType, 100, true, map[string]any{"client_id": testClient})
	id := api.Accounts()[0].ID
	if len(results) != 1 || results[0].name != "account "+id+", 100 credits left" || !results[0].resource["name"].IsNull() {
		t.Errorf("%v", results)
	}
	l.expectOne(said, tfprotov6.DiagnosticSeverityWarning, sumNameNotFound, id, "admin pages")
}

func TestListAccounts_WithoutAKeyNamesTheArgument(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	l := newLister(t, api)
	config := l.value(l.schemas.Provider.ValueType(), map[string]any{"base_url": api.url, "api_key": ""})
	if _, err := l.server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config}); err != nil {
		t.Fatal(err)
	}
	_, said := l.list(creditAccountType, 100, false, map[string]any{"client_id": testClient})
	l.expectOne(said, tfprotov6.DiagnosticSeverityError, sumNotConfigured, "api_key", "credit accounts")
	api.expectNoRequests()
}

func TestListBatches_ReadsNoMorePagesThanTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	l := newLister(t, api)
	results, said := l.list(creditBatchType, 1000, true, map[string]any{"client_id": testClient})
	if len(results) != 120 || len(said) > 0 {
		t.Fatalf("%d batches, said %v", len(results), said)
	}
	api.expectListed(3, 0)
	batches := map[string]mockapi.CreditBatch{}
	for _, batch := range api.Batches() {
		batches[batch.ID] = batch
	}
	for _, result := range results {
		batch := batches[result.identity["id"]]
		account := result.resource["credit_account_id"]
		if want := tftypes.NewValue(tftypes.String, batch.CreditAccountID); batch.ID == "" || !account.Equal(want) || !strings.HasSuffix(result.name, ", 100 credits left") {
			t.Errorf("%v", result)
		}
	}

	for limit, pages := range map[int64]int{50: 1, 51: 2, 1: 1} {
		api.ResetRequests()
		results, said = l.list(creditBatchType, limit, false, map[string]any{"client_id": testClient})
		if int64(len(results)) != limit {
			t.Errorf("%d batches, want %d", len(results), limit)
		}
		l.expectOne(said, tfprotov6.DiagnosticSeverityWarning, sumListingLimited, fmt.Sprint(limit, " credit batches of client ", testClient))
		api.expectListed(pages, 0)
	}
}

func TestListBatches_OfOneAccount(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	account := api.Accounts()[60]
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: account.ID, Name: "Top-up \x1b[2J", StartingBalance: "20.5"})
	results, said := newLister(t, api).list(creditBatchType, 100, false, map[string]any{"client_id": testClient, "credit_account_id": strings.ToUpper(account.ID)})
	if len(results) != 2 || len(said) > 0 {
		t.Fatalf("%v, said %v", results, said)
	}
	names := results[0].name + "\n" + results[1].name
	if !strings.Contains(names, "Top-up  [2J, 20.5 credits left") || strings.Contains(names, "\x1b") {
		t.Errorf("%q", names)
	}
	api.expectListed(1, 0)
}

func TestListBatches_SaysWhichPermissionIsMissing(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	api.Inject(mockapi.Fault{Status: 403, Body: pointer(testKey)})
	l := newLister(t, api)
	results, said := l.list(creditBatchType, 100, false, map[string]any{"client_id": testClient})
	if len(results) > 0 {
		t.Errorf("%v", results)
	}
	l.expectOne(said, tfprotov6.DiagnosticSeverityError, sumLookupFailed, "403", "may not read credit batches (GET /clients/:id/creditBatches)")
}

// queries came with Terraform 1.14; OpenTofu has none.
var queries = version{terraform: "1.14.0", tofu: "99"}

func TestAccList_findsAccountsAndBatches(t *testing.T) {
	needsEngine(t, queries)
	api := manyAccounts(t)
	third := api.Accounts()[2]
	block := func(of, label, more string) string {
		return fmt.Sprintf("list %q %q {\n provider = thoughtindustries\n include_resource = true\n %s\n}\n", of, label, more)
	}
	who := queryfilter.ByResourceIdentity(map[string]knownvalue.Check{
		"client_id": knownvalue.StringExact(testClient), "id": knownvalue.StringExact(third.ID),
	})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Query: true,
			Config: api.config(
				block(creditAccountType, "all", "limit = 1000\n config {\n client_id = \""+testClient+"\"\n }"),
				block(creditAccountType, "named", "config {\n client_id = \""+testClient+"\"\n name = \"Training 3\"\n }"),
				block(creditBatchType, "of_one", "config {\n client_id = \""+testClient+"\"\n credit_account_id = \""+third.ID+"\"\n }"),
			),
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength(creditAccountType+".all", 120),
				querycheck.ExpectLength(creditAccountType+".named", 1),
				querycheck.ExpectLength(creditBatchType+".of_one", 1),
				querycheck.ExpectResourceDisplayName(creditAccountType+".all", who, knownvalue.StringExact("Training 3, 100 credits left")),
				querycheck.ExpectResourceKnownValues(creditAccountType+".all", who, []querycheck.KnownValueCheck{
					{Path: attribute("name"), KnownValue: knownvalue.StringExact("Training 3")},
					{Path: attribute("starting_balance"), KnownValue: knownvalue.Int64Exact(100)},
					{Path: attribute("license_ids"), KnownValue: knownvalue.Null()},
				}),
			},
		}},
	})
}
