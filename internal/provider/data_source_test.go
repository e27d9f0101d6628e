package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

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
		404: "Check them",
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
			w.api.expectRequests(all) // errors are not remembered, and none of these is tried again
		})
	}
}

func TestDataSource_ErrorsThatLastAreSaid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault mockapi.Fault
		says  string
	}{
		"a broken server":     {mockapi.Fault{Status: 500}, "the API responded with 500"},
		"something else":      {mockapi.Fault{Body: pointer("<html>welcome</html>")}, "not the JSON object that is documented"},
		"another shape":       {mockapi.Fault{Body: pointer(`{"data":{"x":1}}`)}, "has no list creditBatches"},
		"not a list":          {mockapi.Fault{Body: pointer(`{"data":{"x":{"creditBatches":"none"}}}`)}, "creditBatches is not a list"},
		"an endless response": {mockapi.Fault{Status: 200, Rewrite: mockapi.TooLong}, "it is too long: more than 16777216 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(test.fault)
			w.write(batchesBy(""))
			w.plan().expectError(sumLookupFailed, test.says, "Nothing was changed.", testClient)
		})
	}
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

func TestAccDataSources_readUnknownArgumentsWhenApplied(t *testing.T) {
	api := withSomethingToFind(t, mockapi.Options{})
	var read []plancheck.PlanCheck
	for _, address := range everyAddress(t) {
		read = append(read, plancheck.ExpectResourceAction(address, plancheck.ResourceActionRead))
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsTerraformData,
		Steps: []resource.TestStep{{
			Config: api.config(unknownUntilApply("{ client = "+quotedClient+", slug = "+quotedSlug+" }"),
				everyDataSource(t, "terraform_data.later.output.client", "terraform_data.later.output.slug")),
			ConfigPlanChecks:  only(append(read, api.sentOnly(0, "", ""))...),
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectKnownValue("data.thoughtindustries_client.by_slug", attribute("id"), knownvalue.StringExact(testClient))},
		}},
	})
}

func TestAccDataSources_readEveryFormOfResponse(t *testing.T) {
	same := everyAttributeStays(t)
	var steps []resource.TestStep
	for _, form := range wireForms() {
		if form.paging == mockapi.PagingBoth {
			continue // TestForms has them all
		}
		api := withSomethingToFind(t, mockapi.Options{Wire: form.wire, Paging: form.paging})
		steps = append(steps, resource.TestStep{Config: api.config(everyDataSource(t, quotedClient, quotedSlug)), ConfigStateChecks: same()})
	}
	resource.ParallelTest(t, resource.TestCase{ProtoV6ProviderFactories: testProviders(t), Steps: steps})
}

// everyAttributeStays gives state checks for one step after the other: each
// attribute of each data source is the same in all of them, and none of their
// lists is empty.
func everyAttributeStays(t *testing.T) func() []statecheck.StateCheck {
	t.Helper()
	schemas, err := serverWith("test", nil)().GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	type comparer interface {
		AddStateValue(string, tfjsonpath.Path) statecheck.StateCheck
	}
	type value struct{ address, attribute string }
	same := map[value]comparer{}
	eachLookup(t, func(typeName string, example lookupExample) {
		for _, of := range schemas.DataSourceSchemas[typeName].Block.Attributes {
			same[value{"data." + typeName + "." + example.label, of.Name}] = statecheck.CompareValue(sameOrAsMany{})
		}
	})
	return func() []statecheck.StateCheck {
		checks := make([]statecheck.StateCheck, 0, len(same))
		for of, comparer := range same {
			checks = append(checks, comparer.AddStateValue(of.address, attribute(of.attribute)))
		}
		return checks
	}
}

// sameOrAsMany compares lists by their length, since ids and times of what they
// hold differ from one fake API to the next, and other values as they are.
type sameOrAsMany struct{}

func (sameOrAsMany) CompareValues(values ...any) error {
	for i, value := range values {
		if list, ok := value.([]any); ok {
			if len(list) == 0 {
				return errors.New("the list is empty")
			}
			values[i] = len(list)
		}
	}
	return compare.ValuesSame().CompareValues(values...)
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
