package provider

import (
	"context"
	"fmt"
	"math/big"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
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

// list gives what a list block yields, up to limit, and what was said with it.
func (p *protocol) list(typeName string, limit int64, include bool, config arguments) (results []listedResult, said []*tfprotov6.Diagnostic) {
	p.t.Helper()
	stream, err := p.server.(tfprotov6.ListResourceServer).ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Config: p.value(p.schemas.ListResourceSchemas[typeName].ValueType(), config), IncludeResource: include, Limit: limit,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	identities, err := p.server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	for result := range stream.Results {
		said = append(said, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		one := listedResult{name: result.DisplayName, identity: map[string]string{}}
		for name, value := range p.object(result.Identity.IdentityData, identities.IdentitySchemas[typeName].ValueType()) {
			var text string
			if err := value.As(&text); err != nil {
				p.t.Fatal(err)
			}
			one.identity[name] = text
		}
		if result.Resource != nil {
			one.resource = p.object(result.Resource, p.schemas.ResourceSchemas[typeName].ValueType())
		}
		results = append(results, one)
	}
	return results, said
}

func (p *protocol) object(from *tfprotov6.DynamicValue, of tftypes.Type) map[string]tftypes.Value {
	p.t.Helper()
	value, err := from.Unmarshal(of)
	if err != nil {
		p.t.Fatal(err)
	}
	var object map[string]tftypes.Value
	if err := value.As(&object); err != nil {
		p.t.Fatal(err)
	}
	return object
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
	results, said := newConfigured(t, api).list(creditAccountType, 1000, true, arguments{"client_id": testClient})
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

func TestListAccounts_AsksForNoMoreNamesThanTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	p := newConfigured(t, api)
	results, got := p.list(creditAccountType, 7, false, arguments{"client_id": testClient})
	if len(results) != 7 || results[0].name != "Training 1, 100 credits left" {
		t.Errorf("%v", results)
	}
	p.expectOne(got, isWarning, sumListingLimited, "more than 7 credit accounts")
	api.expectListed(3, 7)
}

func TestListAccounts_ByName(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training 3", StartingBalance: "5"})
	p := newConfigured(t, api)
	for _, test := range []struct {
		name  string
		limit int64
		found int
		warns bool
	}{
		{" Training  3", 100, 2, false},
		{"Training 3", 2, 2, false},
		{"Training 3", 1, 1, true},
		{"training 3", 1, 0, false},
	} {
		results, got := p.list(creditAccountType, test.limit, false, arguments{"client_id": strings.ToUpper(testClient), "name": test.name})
		if len(results) != test.found || (len(got) > 0) != test.warns {
			t.Errorf("%+v: %v, %v", test, results, got)
		}
		if test.warns {
			p.expectOne(got, isWarning, sumListingLimited, "more than 1 credit accounts")
		}
	}
}

func TestListAccounts_SaysWhichEndpointFailed(t *testing.T) {
	t.Parallel()
	quoted := `{"error": "` + testKey + `"}`
	const batches, actions = "/clients/{id}/creditBatches", "(GET /clients/:id/creditAccount/:creditAccountId/creditActions)"
	for name, test := range map[string]struct {
		fault mockapi.Fault
		texts []string
	}{
		"no batches":      {mockapi.Fault{Path: batches, Status: 403, Body: &quoted}, []string{"403", "may not do this"}},
		"no actions":      {mockapi.Fault{Path: actionsPath, Status: 403, Body: &quoted}, []string{"403", "may not do this", actions}},
		"a wrong key":     {mockapi.Fault{Path: batches, Status: 401, Body: &quoted}, []string{"401", envAPIKey}},
		"a second page":   {mockapi.Fault{Path: batches, Skip: 1, Status: 403, Body: &quoted}, []string{"403"}},
		"HTML for a page": {mockapi.Fault{Path: batches, Status: 200, Body: pointer("<html>")}, []string{"HTML", "Is base_url"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := manyAccounts(t)
			api.Inject(test.fault)
			p := newConfigured(t, api)
			results, got := p.list(creditAccountType, 100, false, arguments{"client_id": testClient})
			if len(results) > 0 {
				t.Errorf("%d accounts", len(results))
			}
			p.expectOne(got, isError, sumLookupFailed, append(test.texts, testClient, "GET /clients/:id/credit")...)
		})
	}
}

func TestListAccounts_OneWithoutActionsIsListedWithoutItsName(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	api.Inject(mockapi.Fault{Path: actionsPath, Status: 404})
	l := newConfigured(t, api)
	results, said := l.list(creditAccountType, 100, true, arguments{"client_id": testClient})
	id := api.Accounts()[0].ID
	if len(results) != 1 || results[0].name != "account "+id+", 100 credits left" || !results[0].resource["name"].IsNull() {
		t.Errorf("%v", results)
	}
	l.expectOne(said, isWarning, sumNameNotFound, id, "in the product")
}

func TestListAccounts_WithoutAKeyNamesTheArgument(t *testing.T) {
	t.Parallel()
	p := newProtocol(t)
	p.expectOne(p.configure(arguments{"instance": "acme"}), isWarning, sumNotConfigured, envAPIKey)
	_, got := p.list(creditAccountType, 100, false, arguments{"client_id": testClient})
	p.expectOne(got, isError, sumNotConfigured, "api_key", "credit accounts")
}

func TestListBatches_UpToTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	p := newConfigured(t, api)
	batches := map[string]mockapi.CreditBatch{}
	for _, batch := range api.Batches() {
		batches[batch.ID] = batch
	}
	for _, limit := range []int64{1000, 120, 119, 1} {
		results, got := p.list(creditBatchType, limit, true, arguments{"client_id": testClient})
		if int64(len(results)) != min(limit, 120) {
			t.Errorf("%d batches, limit %d", len(results), limit)
		}
		if limit < 120 {
			p.expectOne(got, isWarning, sumListingLimited, fmt.Sprintf("more than %d credit batches", limit), testClient)
		} else if len(got) > 0 {
			t.Errorf("limit %d: %v", limit, got)
		}
		for _, result := range results {
			batch := batches[result.identity["id"]]
			want := tftypes.NewValue(tftypes.String, batch.CreditAccountID)
			if batch.ID == "" || !result.resource["credit_account_id"].Equal(want) || !strings.HasSuffix(result.name, ", 100 credits left") {
				t.Errorf("%v", result)
			}
		}
	}
}

func TestListBatches_OfOneAccount(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	account := api.Accounts()[60]
	api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: account.ID, Name: "Top-up \x1b[2J", StartingBalance: "20.5"})
	results, said := newConfigured(t, api).list(creditBatchType, 100, false, arguments{"client_id": testClient, "credit_account_id": strings.ToUpper(account.ID)})
	if len(results) != 2 || len(said) > 0 {
		t.Fatalf("%v, said %v", results, said)
	}
	names := results[0].name + "\n" + results[1].name
	if !strings.Contains(names, "Top-up  [2J, 20.5 credits left") || strings.Contains(names, "\x1b") {
		t.Errorf("%q", names)
	}
}

// queries came with Terraform 1.14; OpenTofu has none.
var queries = version{terraform: "1.14.0", tofu: "99"}

func TestAccList_findsAccountsAndBatches(t *testing.T) {
	needsEngine(t, queries)
	api := manyAccounts(t)
	third := api.Accounts()[2]
	block := func(of, more string) string {
		return fmt.Sprintf("list %q \"found\" {\n provider = thoughtindustries\n include_resource = true\n"+
			" config {\n client_id = %q\n %s\n }\n}\n", of, testClient, more)
	}
	who := queryfilter.ByResourceIdentity(map[string]knownvalue.Check{
		"client_id": knownvalue.StringExact(testClient), "id": knownvalue.StringExact(third.ID),
	})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Query: true,
			Config: api.config(
				block(creditAccountType, `name = "Training 3"`), block(creditBatchType, `credit_account_id = "`+third.ID+`"`)),
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength(creditAccountType+".found", 1),
				querycheck.ExpectLength(creditBatchType+".found", 1),
				querycheck.ExpectResourceKnownValues(creditAccountType+".found", who, []querycheck.KnownValueCheck{
					{Path: attribute("name"), KnownValue: knownvalue.StringExact("Training 3")},
					{Path: attribute("license_ids"), KnownValue: knownvalue.Null()},
				}),
			},
		}},
	})
}

func TestList_TheExampleTakesOverWhatItFound(t *testing.T) {
	t.Parallel()
	needsEngine(t, queries)
	w := example(t, "take-over/query")
	w.run("query", "-no-color", "-generate-config-out=accounts.tf").expectSuccess().expectOutput("Onboarding, 500 credits left", "Safety, 500 credits left")
	w.api.expectListed(1, 2)
	w.plan().expectError("license_ids", "notify_emails")
	raw, err := os.ReadFile(filepath.Join(w.dir, "accounts.tf"))
	if err != nil {
		t.Fatal(err)
	}
	required := regexp.MustCompile(`(?m)^\s*(license_ids|notify_emails)\s*=.*$`)
	w.writeFile("accounts.tf", required.ReplaceAllString(string(raw), "$1 = []"))
	w.plan().expectChanges().expectOutput("2 to import, 0 to add, 2 to change, 0 to destroy")
	w.apply().expectSuccess().expectOutput("2 imported, 0 added, 2 changed, 0 destroyed")
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(0)
	w.api.expectAccounts(2)
}
