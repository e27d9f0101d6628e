package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const testAccountID = "7f1c1a52-0c55-4b0e-9a0f-000000000001"

// found gives a list of objects that a data source holds in the state.
func (w *workspace) found(address, list string) []map[string]any {
	w.t.Helper()
	elements, ok := w.has(address).Attributes[list].([]any)
	if !ok {
		w.t.Fatalf("%s has no list %s: %v", address, list, w.has(address).Attributes)
	}
	result := make([]map[string]any, 0, len(elements))
	for _, element := range elements {
		result = append(result, element.(map[string]any))
	}
	return result
}

// column gives one attribute of each object, as text.
func column(objects []map[string]any, attribute string) string {
	var values []string
	for _, object := range objects {
		values = append(values, fmt.Sprint(object[attribute]))
	}
	return strings.Join(values, " ")
}

// sameJSON compares what the state holds with what is expected, as JSON.
func sameJSON(t *testing.T, got any, want string) {
	t.Helper()
	raw, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	var x, y any
	if err := json.Unmarshal([]byte(want), &y); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &x); err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(x)
	b, _ := json.Marshal(y)
	if string(a) != string(b) {
		t.Errorf("got  %s\nwant %s", a, b)
	}
}

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

// everyDataSource has one of each, of the client and of the slug.
func everyDataSource(client, slug string) string {
	return `
data "thoughtindustries_client" "by_slug" {
	slug = ` + slug + `
}

data "thoughtindustries_client" "by_id" {
	id = ` + client + `
}

data "thoughtindustries_clients" "d" {
	query = ` + slug + `
	sort  = "name"
}

data "thoughtindustries_licenses" "d" {
	client_id = ` + client + `
}

data "thoughtindustries_credit_batches" "d" {
	client_id = ` + client + `
}

data "thoughtindustries_credit_actions" "d" {
	client_id         = ` + client + `
	credit_account_id = "` + testAccountID + `"
	action_type       = "credit"
}

data "thoughtindustries_credit_accounts" "d" {
	client_id = ` + client + `
}
`
}

const (
	quotedClient = `"` + testClient + `"`
	quotedSlug   = `"acme"`
	// howMany data sources everyDataSource has.
	howMany = 7
)

// Each of these is asked for by a data source, and the batches by two that share them.
var lookupPaths = []string{"/clients", "/clients/{id}", "/clients/{id}/licenses", "/clients/{id}/creditBatches", actionsPath}

func TestDataSource_PassingFaultsAreTriedAgain(t *testing.T) {
	t.Parallel()
	const undisturbed = 6
	faults := map[string]mockapi.Fault{
		"none":                   {},
		"an error of the server": {Status: 500},
		"a lost connection":      {Cut: mockapi.CutConnection},
		"half an answer":         {Cut: mockapi.CutBody},
		"too many requests":      {Status: 429, Header: http.Header{"Retry-After": {"1"}}},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			want := undisturbed
			if name != "none" {
				want += len(lookupPaths)
				for _, path := range lookupPaths {
					fault.Path, fault.Times = path, 1
					w.api.Inject(fault)
				}
			}
			w.write(everyDataSource(quotedClient, quotedSlug))
			w.apply().succeeds()
			w.requests(want)
			if got := len(w.state()); got != howMany {
				t.Errorf("the state holds %d", got)
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
			w.write(everyDataSource(quotedClient, quotedSlug))
			got := w.plan("-parallelism=1").fails("Nothing was changed.", says, fmt.Sprint(status))
			failed := howMany
			if status == 404 {
				got.says(sumNothingFound, "has no client with the id")
				failed--
			}
			if count := strings.Count(got.flat, "Error: "+sumLookupFailed); count != failed {
				t.Errorf("%d errors, want %d:\n%s", count, failed, got.out)
			}
			w.requests(howMany) // errors are not remembered, and none of these is tried again
		})
	}
}

func TestDataSource_ErrorsThatLastAreSaid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault mockapi.Fault
		says  string
	}{
		"a broken server":   {mockapi.Fault{Status: 500}, "the API answered 500"},
		"something else":    {mockapi.Fault{Body: pointer("<html>welcome</html>")}, "not the JSON object that is documented"},
		"another shape":     {mockapi.Fault{Body: pointer(`{"data":{"x":1}}`)}, "has no list creditBatches"},
		"not a list":        {mockapi.Fault{Body: pointer(`{"data":{"x":{"creditBatches":"none"}}}`)}, "creditBatches is not a list"},
		"an endless answer": {mockapi.Fault{EndlessBody: true}, "it is too long: more than 16777216 bytes"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.api.Inject(test.fault)
			w.write(batchesBy(""))
			w.plan().fails(sumLookupFailed, test.says, "Nothing was changed.", testClient)
		})
	}
}

func TestDataSource_WithoutAKeyNamesTheArgument(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {\n base_url = \"" + w.url + "\"\n}\n" + everyDataSource(quotedClient, quotedSlug))
	got := w.plan().fails("set the environment variable " + envAPIKey + ", or api_key")
	if count := strings.Count(got.flat, "Error: "+sumNotConfigured); count != howMany {
		t.Errorf("%d errors, want %d:\n%s", count, howMany, got.out)
	}
	w.requests(0)
}

func TestDataSource_WithAProviderThatIsNotKnownYetNamesTheArgument(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	config := unknownUntilApply(`"`+w.url+`"`) + "provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n"
	w.write(config + batchesBy(""))
	w.plan().fails("Error: "+sumNotConfigured, "are not known yet: base_url.", "depends_on")
	w.requests(0)

	// What the message advises.
	w.write(config + batchesBy("depends_on = [terraform_data.later]"))
	w.apply().succeeds()
	if got := len(w.found(theBatches, "credit_batches")); got != 0 {
		t.Errorf("%d batches", got)
	}
}

func TestDataSource_UnknownInputIsReadByTheApply(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(unknownUntilApply("{ client = "+quotedClient+", slug = "+quotedSlug+" }") +
		everyDataSource("terraform_data.later.output.client", "terraform_data.later.output.slug"))
	got := w.plan().changes()
	if count := strings.Count(got.flat, "will be read during apply"); count != howMany {
		t.Errorf("%d are read by the apply, want %d:\n%s", count, howMany, got.out)
	}
	w.requests(0)
	w.apply().succeeds()
	if got := w.has("thoughtindustries_client.by_slug").Attributes["id"]; got != testClient {
		t.Errorf("the client is %v", got)
	}
	w.plan().succeeds().says(noChanges)
}

func TestDataSource_DependingOnACreationSeesIt(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	// The first one is read by the apply too, so that it is the same process that remembers it.
	before := strings.ReplaceAll(batchesBy("depends_on = [terraform_data.later]"), `"d"`, `"before"`)
	w.write(unknownUntilApply(`"x"`) + before +
		account("a", "Training", "depends_on = [data.thoughtindustries_credit_batches.before]") +
		batchesBy("depends_on = ["+theAccount+"]"))
	w.apply().succeeds()
	if got := len(w.found("thoughtindustries_credit_batches.before", "credit_batches")); got != 0 {
		t.Errorf("before: %d batches", got)
	}
	if got := column(w.found(theBatches, "credit_batches"), "credit_account_id"); got != w.api.Accounts()[0].ID {
		t.Errorf("after: batches of %q", got)
	}
}

func TestDataSource_500AccountsOfOneClientCostOneListing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 100})
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
	w.plan().changes().says(`total = 1500`)
	w.requests(5) // the pages of the one listing
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
			w.apply().succeeds().says(shown)
			w.plan().succeeds().says(noChanges)
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
	w.apply().succeeds().says("training_credits_left = 500").silentOn("Check block assertion failed")
	batches := w.api.Batches()
	if err := w.api.UseCredits(batches[len(batches)-1].ID, 450.5); err != nil {
		t.Fatal(err)
	}
	w.plan().changes().says("Warning: Check block assertion failed", "Globex has 49.5 training credits left.")
	w.apply().succeeds().says("Globex has 49.5 training credits left.")
	w.posts(1)
}

func TestDataSource_ExampleOfTakingOverSendsNothingButLookups(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.7.0", tofu: "1.7.0"})
	w := example(t, "take-over/import-for-each")
	w.apply().succeeds().says("2 imported, 0 added, 2 changed, 0 destroyed", `= "Onboarding"`, `= "Safety"`)
	if sent, looked := w.api.Count("", ""), w.api.Count(http.MethodGet, ""); sent != looked {
		t.Errorf("%d requests, %d of them look-ups", sent, looked)
	}
	w.accounts(2)
	w.plan().succeeds().says(noChanges)
}
