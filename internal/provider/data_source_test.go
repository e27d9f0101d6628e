package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const testAccountID = "7f1c1a52-0c55-4b0e-9a0f-000000000001"

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

func TestDataSource_PassingFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	faults := map[string]mockapi.Fault{
		"a 5xx response":    {Status: 500},
		"a lost connection": {Cut: mockapi.CutConnection},
		"half a response":   {Cut: mockapi.CutBody},
		"too many requests": {Status: 429, Header: http.Header{"Retry-After": {"1"}}},
	}
	w := newWorkspace(t)
	w.write(everyDataSource(t, quotedClient, quotedSlug))
	w.apply().expectSuccess()
	undisturbed := w.api.Count("", "")
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			for _, path := range everyPath(t) {
				fault.Path, fault.Times = path, 1
				w.api.Inject(fault)
			}
			w.write(everyDataSource(t, quotedClient, quotedSlug))
			w.apply().expectSuccess()
			w.api.expectRequests(undisturbed + len(everyPath(t)))
			if got, want := len(w.state()), len(everyAddress(t)); got != want {
				t.Errorf("the state holds %d, want %d", got, want)
			}
		})
	}
}

func TestDataSource_RefusalsAreErrorsThatSayWhatToDo(t *testing.T) {
	t.Parallel()
	advice := map[int]string{
		401: envAPIKey,
		403: "its role may not do this",
		404: "Check the ids",
		301: "Redirects are not followed",
	}
	for status, says := range advice {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(mockapi.Fault{Status: status, Header: http.Header{"Location": {"https://learn.example.com/elsewhere"}}})
			w.write(everyDataSource(t, quotedClient, quotedSlug))
			got := w.plan("-parallelism=1").expectError("Nothing was changed.", says, fmt.Sprint(status))
			all := len(everyAddress(t))
			failed := strings.Count(got.flat, "Error: "+sumLookupFailed)
			if status == 404 { // of an object by its id, not of a listing
				got.expectOutput(sumNothingFound, "has no client with the id")
				failed += strings.Count(got.flat, "Error: "+sumNothingFound)
			}
			if failed != all {
				t.Errorf("%d errors, want %d:\n%s", failed, all, got.out)
			}
			if status == http.StatusUnauthorized {
				w.api.expectRequests(1) // with that key, nothing more is sent
				return
			}
			w.api.expectRequests(all) // errors are not cached, and none of these is tried again
		})
	}
}

func TestDataSource_ErrorsThatLastAreShown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault mockapi.Fault
		says  string
	}{
		"a broken server":     {mockapi.Fault{Status: 500}, "the API responded with 500"},
		"HTML":                {mockapi.Fault{Body: pointer("<html>welcome</html>")}, "Is base_url (or instance) right?"},
		"another shape":       {mockapi.Fault{Body: pointer(`{"data":{"x":1}}`)}, "creditBatches"},
		"an endless response": {mockapi.Fault{EndlessBody: true}, "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(test.fault)
			w.write(batchesBy(""))
			w.plan().expectError(sumLookupFailed, test.says, "Nothing was changed.", testClient)
		})
	}
}

func TestDataSource_AnAgedResponseIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := everyDataSource(t, quotedClient, quotedSlug)
	w.write(config)
	w.apply().expectSuccess()
	fresh := w.api.Count("", "")

	w = newWorkspace(t)
	w.api.Inject(mockapi.Fault{Header: http.Header{"Age": {"60"}}})
	w.write(config)
	w.apply().expectSuccess()
	w.api.expectRequests(fresh)
}

func TestDataSource_WithoutAKeyNamesTheArgument(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {\n base_url = \"" + w.url + "\"\n}\n" + everyDataSource(t, quotedClient, quotedSlug))
	got := w.plan().expectError("set the environment variable " + envAPIKey + ", or api_key")
	if count, want := strings.Count(got.flat, "Error: "+sumNotConfigured), len(everyAddress(t)); count != want {
		t.Errorf("%d errors, want %d:\n%s", count, want, got.out)
	}
	w.api.expectNoRequests()
}

func TestAccDataSource_namesWhatTheProviderDoesNotKnowYet(t *testing.T) {
	api := newFakeAPI(t)
	config := unknownUntilApply(`"`+api.url+`"`) + "provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsTerraformData,
		Steps: []resource.TestStep{
			{Config: config + batchesBy(""), ExpectError: message("Error: "+sumNotConfigured, "are not known yet: base_url.", "depends_on")},
			{ // what the message advises
				Config:            config + batchesBy("depends_on = [terraform_data.later]"),
				ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue(theBatches, attribute("credit_batches"), knownvalue.ListSizeExact(0))},
			},
		},
	})
}

func TestAccDataSources_readWhatTheAPIHas(t *testing.T) {
	api := withSomethingToFind(t, mockapi.Options{})
	known := func(address, name string, check knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("data.thoughtindustries_"+address, attribute(name), check)
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps: []resource.TestStep{{
			Config: api.config(everyDataSource(t, quotedClient, quotedSlug)),
			ConfigStateChecks: []statecheck.StateCheck{
				known("client.by_slug", "id", knownvalue.StringExact(testClient)),
				known("client.by_id", "slug", knownvalue.StringExact("acme")),
				known("clients.d", "clients", knownvalue.ListSizeExact(3)),
				known("licenses.d", "ids", knownvalue.SetSizeExact(3)),
				known("credit_batches.d", "current_balance", knownvalue.Int64Exact(115)),
				known("credit_actions.d", "credit_actions", knownvalue.ListSizeExact(1)),
				known("credit_accounts.d", "credit_accounts", knownvalue.ListSizeExact(1)),
			},
		}},
	})
}

func TestDataSource_FindsAsMuchInEveryForm(t *testing.T) {
	t.Parallel()
	for _, form := range wireForms() {
		t.Run(form.String(), func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			api := withSomethingToFind(t, mockapi.Options{Wire: form.wire, Paging: form.paging})
			w.write(api.config(everyDataSource(t, quotedClient, quotedSlug)))
			w.apply().expectSuccess()
			lists := 0
			for address, found := range w.state() {
				for name, size := range map[string]int{
					"clients": 3, "licenses": 3, "credit_batches": 4, "credit_accounts": 1, "credit_actions": 1,
				} {
					list, ok := found.Attributes[name].([]any)
					if ok && len(list) != size {
						t.Errorf("%s has %d %s, want %d", address, len(list), name, size)
					}
					if ok {
						lists++
					}
				}
			}
			if lists != 5 {
				t.Errorf("%d lists were compared, want 5", lists)
			}
		})
	}
}

func TestAccDataSource_dependingOnACreationSeesIt(t *testing.T) {
	api := newFakeAPI(t)
	// The first one is read by the apply too, so that it is the same process that remembers it.
	before := strings.ReplaceAll(batchesBy("depends_on = [terraform_data.later]"), `"d"`, `"before"`)
	sameID := statecheck.CompareValuePairs(theBatches, attribute("credit_batches").AtSliceIndex(0).AtMapKey("credit_account_id"), theAccount, attribute("id"), compare.ValuesSame())
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsTerraformData,
		Steps: []resource.TestStep{{
			Config: api.config(unknownUntilApply(`"x"`), before, account("a", "Training", "depends_on = [data.thoughtindustries_credit_batches.before]"),
				batchesBy("depends_on = ["+theAccount+"]")),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.thoughtindustries_credit_batches.before", attribute("credit_batches"), knownvalue.ListSizeExact(0)),
				sameID,
			},
		}},
	})
}

func TestDataSource_500AccountsOfOneClientCostOneListing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 100, Paging: mockapi.PagingCursor})
	for i := range 500 {
		w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: fmt.Sprintf("7f1c1a52-0c55-4b0e-9a0f-%012d", i), StartingBalance: "3"})
	}
	w.write(`
data "thoughtindustries_credit_batches" "each" {
	count             = 500
	client_id         = "` + testClient + `"
	credit_account_id = format("7f1c1a52-0c55-4b0e-9a0f-%012d", count.index)
}

output "total" {
	value = sum(data.thoughtindustries_credit_batches.each[*].current_balance)
}`)
	w.plan().expectChanges().expectOutput(`total = 1500`)
	w.api.expectRequests(5) // the pages of the one listing
}

// demo has the three clients of demonstrations, the second with two accounts.
func (w *workspace) demo() {
	w.t.Helper()
	w.api.Seed(mockapi.DemoClients())
	for _, name := range []string{"Onboarding", "Safety"} {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: mockapi.DemoClients()[1].ID, Name: name, StartingBalance: "500"})
	}
}

func TestDataSource_ExamplesOfThePagesApply(t *testing.T) {
	t.Parallel()
	shows := map[string]string{
		"client":          `globex_client_id = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"`,
		"clients":         `"globex" = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"`,
		"licenses":        "1 added",
		"credit_batches":  "globex_onboarding_credits_left = 0",
		"credit_actions":  "globex_onboarding_credits_spent = 0",
		"credit_accounts": `"credits" = 500 "name" = "Safety"`,
	}
	eachLookup(t, func(name string, _ lookupExample) {
		if name = strings.TrimPrefix(name, typeName+"_"); shows[name] == "" {
			t.Errorf("it is not said what the example of %s shows", name)
		}
	})
	for name, shown := range shows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join(repositoryRoot, "examples", "data-sources", typeName+"_"+name, "data-source.tf"))
			if err != nil {
				t.Fatal(err)
			}
			w := newWorkspace(t)
			w.demo()
			w.write(string(raw))
			w.apply().expectSuccess().expectOutput(shown)
			w.plan().expectSuccess().expectOutput(noChanges)
		})
	}
}

// example gives a workspace of a folder below examples, whose provider takes
// its configuration from the environment.
func example(t *testing.T, folder string) *workspace {
	t.Helper()
	w := newWorkspace(t).asProgram()
	w.demo()
	for name, content := range filesBelow(t, filepath.Join(repositoryRoot, "examples", filepath.FromSlash(folder))) {
		w.writeFile(name, content)
	}
	return w
}

func TestDataSource_ExampleOfLowBalanceWarns(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.5.0", tofu: "1.5.0"})
	w := example(t, "checks/low-balance")
	w.apply().expectSuccess().expectOutput("training_credits_left = 500").expectNoOutput("Check block assertion failed")
	batches := w.api.Batches()
	if err := w.api.UseCredits(batches[len(batches)-1].ID, 450.5); err != nil {
		t.Fatal(err)
	}
	w.plan().expectChanges().expectOutput("Warning: Check block assertion failed", "Globex has 49.5 training credits left.")
	w.apply().expectSuccess().expectOutput("Globex has 49.5 training credits left.")
	w.api.expectPosts(1)
}

func TestDataSource_ExampleOfTakingOverSendsNothingButLookups(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
	w := example(t, "take-over/import-for-each")
	w.apply().expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed", "left_out", `= "Onboarding"`, `= "Safety"`)
	accounts := map[string]any{}
	for _, account := range w.api.Accounts() {
		accounts[account.ID] = map[string]any{"notify_emails": []string{"a@example.com"}, "license_ids": []string{}}
	}
	values, err := json.Marshal(map[string]any{"accounts": accounts})
	if err != nil {
		t.Fatal(err)
	}
	w.writeFile("accounts.auto.tfvars.json", string(values))
	w.apply().expectSuccess().expectOutput("2 imported, 0 added, 2 changed, 0 destroyed", `= "Onboarding"`, `= "Safety"`)
	if sent, looked := w.api.Count("", ""), w.api.Count(http.MethodGet, ""); sent != looked {
		t.Errorf("%d requests, %d of them lookups", sent, looked)
	}
	w.api.expectAccounts(2)
	w.plan().expectSuccess().expectOutput(noChanges)
}
