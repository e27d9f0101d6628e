package provider

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// needsEngine skips a test of something that came with a later version of the language.
func needsEngine(t *testing.T, needed version) {
	t.Helper()
	is, err := engineIs()
	if err != nil {
		t.Fatal(err)
	}
	if is.before(needed) {
		t.Skipf("it came with %+v, and this is %+v", needed, is)
	}
}

func TestDataSource_AnAgedResponseIsAccepted(t *testing.T) {
	t.Parallel()
	api := withSomethingToFind(t, mockapi.Options{})
	api.Inject(mockapi.Fault{Header: http.Header{"Age": {"60"}}})
	newConfigured(t, api).readEach(func(typeName string, _ map[string]any, diags []*tfprotov6.Diagnostic) {
		if len(diags) > 0 {
			t.Errorf("%s: %v", typeName, diags)
		}
	})
}

func TestDataSource_RefusalsAreErrorsThatSayWhatToDo(t *testing.T) {
	t.Parallel()
	for status, says := range map[int]string{
		401: envAPIKey,
		403: "its role is not allowed to do this",
		404: "Check the id",
		301: "Redirects are not followed",
	} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			api := newFakeAPI(t)
			api.Inject(mockapi.Fault{Status: status, Header: http.Header{"Location": {"https://learn.example.com/x"}}})
			p := newConfigured(t, api)
			count := p.readEach(func(typeName string, _ map[string]any, diags []*tfprotov6.Diagnostic) {
				summary := sumLookupFailed
				if status == 404 && typeName == clientType && strings.Contains(diags[0].Detail, "with the id") {
					summary = sumNothingFound // by id, and not of a listing
				}
				p.expectOne(diags, isError, summary, says, "Nothing was changed.")
			})
			if status == http.StatusUnauthorized {
				count = 1 // with that key, nothing more is sent
			}
			api.expectRequests(count) // errors are not cached, and none of these is tried again
		})
	}
}

func TestDataSource_WithoutAKeyNamesTheArgument(t *testing.T) {
	t.Parallel()
	p := newProtocol(t)
	p.expectOne(p.configure(arguments{"instance": "acme"}), isWarning, sumNotConfigured, envAPIKey)
	p.readEach(func(_ string, _ map[string]any, diags []*tfprotov6.Diagnostic) {
		p.expectOne(diags, isError, sumNotConfigured, "set the environment variable "+envAPIKey+", or api_key")
	})
}

func TestDataSource_FindsAsMuchInEveryForm(t *testing.T) {
	t.Parallel()
	for _, wire := range []mockapi.Wire{mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta} {
		for _, paging := range []mockapi.Paging{mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth} {
			t.Run(fmt.Sprintf("%s, %s", wire, paging), func(t *testing.T) {
				t.Parallel()
				sizes := map[string]int{}
				api := withSomethingToFind(t, mockapi.Options{Wire: wire, Paging: paging})
				newConfigured(t, api).readEach(func(_ string, found map[string]any, _ []*tfprotov6.Diagnostic) {
					for name, value := range found {
						if list, ok := value.([]any); ok {
							sizes[name] = len(list)
						}
					}
				})
				expectSame(t, sizes, map[string]int{
					"clients": 3, "licenses": 3, "ids": 3, "credit_batches": 4, "credit_accounts": 1, "credit_actions": 1,
				})
			})
		}
	}
}

// expectLookup reads an example of a data source on an engine.
func expectLookup(t *testing.T, typeName, name string, check knownvalue.Check) {
	t.Helper()
	api := withSomethingToFind(t, mockapi.Options{})
	example := lookupExamples[typeName][0]
	resource.ParallelTest(t, api.testCase(resource.TestStep{
		Config: api.config(example.block(typeName)),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data."+typeName+"."+example.label, attribute(name), check),
		},
	}))
}

func TestAccClientDataSource_findsOneClient(t *testing.T) {
	expectLookup(t, clientType, "id", knownvalue.StringExact(testClient))
}

func TestAccClientsDataSource_listsClients(t *testing.T) {
	expectLookup(t, clientsType, "clients", knownvalue.ListSizeExact(3))
}

func TestAccLicensesDataSource_listsLicenses(t *testing.T) {
	expectLookup(t, licensesType, "ids", knownvalue.SetSizeExact(3))
}

func TestAccCreditBatchesDataSource_totalsBatches(t *testing.T) {
	expectLookup(t, batchesType, "current_balance", knownvalue.Int64Exact(115))
}

func TestAccCreditActionsDataSource_listsActions(t *testing.T) {
	expectLookup(t, actionsType, "credit_actions", knownvalue.ListSizeExact(1))
}

func TestAccCreditAccountsDataSource_listsAccounts(t *testing.T) {
	expectLookup(t, accountsType, "credit_accounts", knownvalue.ListSizeExact(1))
}

func TestAccDataSource_namesWhatTheProviderDoesNotKnowYet(t *testing.T) {
	api := newFakeAPI(t)
	config := unknownUntilApply(`"`+api.url+`"`) +
		"provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{
			{
				Config:      config + batchesBy(""),
				ExpectError: message("Error: "+sumNotConfigured, "are not known yet: base_url.", "depends_on"),
			},
			{Config: config + batchesBy("depends_on = [terraform_data.later]")}, // what the message advises
		},
	})
	if api.Count("", "") == 0 {
		t.Error("nothing was read")
	}
}

func TestAccDataSource_dependingOnACreationSeesIt(t *testing.T) {
	api := newFakeAPI(t)
	// The first one is read by the apply too, so the process has cached that listing.
	before := strings.ReplaceAll(batchesBy("depends_on = [terraform_data.later]"), `"d"`, `"before"`)
	address := "data.thoughtindustries_credit_batches."
	listedID := attribute("credit_batches").AtSliceIndex(0).AtMapKey("credit_account_id")
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(unknownUntilApply(`"x"`), before,
				account("a", "Training", "depends_on = ["+address+"before]"), batchesBy("depends_on = ["+theAccount+"]")),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(address+"before", attribute("credit_batches"), knownvalue.ListSizeExact(0)),
				statecheck.CompareValuePairs(address+"d", listedID, theAccount, attribute("id"), compare.ValuesSame()),
			},
		}},
	})
}
