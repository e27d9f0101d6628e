package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// listedResult is a result of a listing as an engine of 1.14 reads it.
type listedResult struct {
	name               string
	identity, resource map[string]any
}

// list gives what a list block finds, up to the limit.
func (p *protocol) list(
	typeName string, limit int64, config arguments,
) (results []listedResult, diags []*tfprotov6.Diagnostic) {
	p.t.Helper()
	stream, err := p.server.(tfprotov6.ListResourceServer).ListResource(p.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: typeName, Limit: limit, IncludeResource: true,
		Config: p.value(p.schemas.ListResourceSchemas[typeName].ValueType(), config),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	identities, err := p.server.GetResourceIdentitySchemas(p.t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		p.t.Fatal(err)
	}
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if result.Identity == nil {
			continue
		}
		listed := listedResult{name: result.DisplayName}
		identity := p.plain(result.Identity.IdentityData, identities.IdentitySchemas[typeName].ValueType())
		listed.identity, _ = identity.(map[string]any)
		listed.resource, _ = p.plain(result.Resource, p.schemas.ResourceSchemas[typeName].ValueType()).(map[string]any)
		results = append(results, listed)
	}
	return results, diags
}

// manyAccounts is a client of 120 accounts, Training 1 to 120, oldest first, on three pages of batches.
func manyAccounts(t *testing.T) *fakeAPI {
	t.Helper()
	api := newFakeAPI(t, mockapi.Options{PerPage: 50, Paging: mockapi.PagingBoth})
	for i := range 120 {
		api.AddAccount(mockapi.CreditAccount{
			ClientID: testClient, Name: fmt.Sprint("Training ", i+1), StartingBalance: "100",
			CreatedAt: time.Date(2026, 1, 1, i, 0, 0, 0, time.UTC),
		})
	}
	return api
}

// expectListed wants this many requests for pages and names, and no others.
func (a *fakeAPI) expectListed(pages, names int) {
	a.t.Helper()
	gotPages, gotNames := a.Count(http.MethodGet, batchesPath), a.Count(http.MethodGet, actionsPath)
	if gotPages != pages || gotNames != names || a.Count("", "") != pages+names {
		a.t.Errorf("%d pages and %d names, want %d and %d:%s", gotPages, gotNames, pages, names, a.requestLines())
	}
}

func TestListAccounts_AllOfThreePages(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	results, diags := newConfigured(t, api).list(creditAccountType, 1000, ofTheClient)
	if len(results) != 120 || len(diags) > 0 {
		t.Fatalf("%d accounts, %v", len(results), diags)
	}
	api.expectListed(3, 120)
	for i, account := range api.Accounts() {
		got := results[i]
		expectSame(t, got.name, fmt.Sprintf("Training %d, 100 credits left", i+1))
		expectSame(t, got.identity, arguments{"client_id": testClient, "id": account.ID})
		for attribute, want := range map[string]any{
			"client_id": testClient, "id": account.ID, "name": account.Name, "starting_balance": "100",
			"current_balance": "100", "notify_emails": nil, "license_ids": nil,
		} {
			expectSame(t, got.resource[attribute], want)
		}
	}
}

func TestListAccounts_AsksForNoMoreNamesThanTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	p := newConfigured(t, api)
	results, diags := p.list(creditAccountType, 7, ofTheClient)
	if len(results) != 7 || results[0].name != "Training 1, 100 credits left" {
		t.Errorf("%v", results)
	}
	p.expectOne(diags, isWarning, sumListingLimited, "more than 7")
	api.expectListed(3, 7)
}

func TestListAccounts_SaysWhichEndpointFailed(t *testing.T) {
	t.Parallel()
	for path, shown := range map[string]string{
		"/clients/{id}/creditBatches": "GET /clients/:id/creditBatches",
		actionsPath:                   "/clients/:id/creditAccount/:creditAccountId/creditActions",
	} {
		api := manyAccounts(t)
		api.Inject(mockapi.Fault{Path: path, Status: 403, Body: pointer(`{"error": "` + testKey + `"}`)})
		p := newConfigured(t, api)
		results, diags := p.list(creditAccountType, 100, ofTheClient)
		if len(results) > 0 {
			t.Errorf("%d accounts", len(results))
		}
		p.expectOne(diags, isError, sumLookupFailed, "403", testClient, shown)
	}
}

func TestListAccounts_OneWithoutActionsIsListedWithoutItsName(t *testing.T) {
	t.Parallel()
	api := newFakeAPI(t)
	id := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"}).ID
	api.Inject(mockapi.Fault{Path: actionsPath, Status: 404})
	p := newConfigured(t, api)
	results, diags := p.list(creditAccountType, 100, ofTheClient)
	p.expectOne(diags, isWarning, sumNameNotFound, id, "in the product")
	if len(results) != 1 || results[0].name != "account "+id+", 100 credits left" || results[0].resource["name"] != nil {
		t.Errorf("%v", results)
	}
	results, diags = p.list(creditAccountType, 100, arguments{"client_id": testClient, "name": "Training"})
	p.expectOne(diags, isWarning, sumNameNotFound, id) // it may be the one
	if len(results) > 0 {
		t.Errorf("%v", results)
	}
}

func TestListBatches_UpToTheLimit(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	p := newConfigured(t, api)
	for _, limit := range []int64{1000, 120, 119, 1} {
		results, diags := p.list(creditBatchType, limit, ofTheClient)
		if int64(len(results)) != min(limit, 120) {
			t.Errorf("%d batches, limit %d", len(results), limit)
		}
		if limit < 120 {
			p.expectOne(diags, isWarning, sumListingLimited, fmt.Sprintf("more than %d", limit))
		} else if len(diags) > 0 {
			t.Errorf("limit %d: %v", limit, diags)
		}
	}
}

func TestListBatches_OfOneAccount(t *testing.T) {
	t.Parallel()
	api := manyAccounts(t)
	account := api.Accounts()[60]
	added := api.AddBatch(mockapi.CreditBatch{
		ClientID: testClient, CreditAccountID: account.ID, Name: "Top-up \x1b[2J", StartingBalance: "20.5",
	})
	p := newConfigured(t, api)
	results, diags := p.list(creditBatchType, 100, arguments{
		"client_id": testClient, "credit_account_id": strings.ToUpper(account.ID),
	})
	if len(results) != 2 || len(diags) > 0 {
		t.Fatalf("%v, %v", results, diags)
	}
	listed := map[any]listedResult{results[0].identity["id"]: results[0], results[1].identity["id"]: results[1]}[added.ID]
	expectSame(t, listed.name, "Top-up  [2J, 20.5 credits left") // nothing that a terminal obeys
	expectSame(t, listed.resource["credit_account_id"], account.ID)
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
	resource.ParallelTest(t, api.testCase(resource.TestStep{
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
	}))
}
