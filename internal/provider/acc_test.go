package provider

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// What tests by terraform-plugin-testing (TestAcc…) need: the provider under
// test, a fake API for each test, and the environment of the library. Screens,
// warnings, flags and exit codes are for the tests of engine_test.go.

const (
	testKey    = "ti_test_0123456789abcdef"
	testClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	otherID    = "11111111-2222-4333-8444-555555555555"
)

func TestMain(m *testing.M) {
	os.Exit(runTests(m))
}

// testDir is a folder for what all tests share, and offlineConfig a CLI configuration
// in it that finds no provider but the one that is served: no test asks a registry.
var testDir, offlineConfig string

func runTests(m *testing.M) int {
	dir, err := os.MkdirTemp("", "provider-tests-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	testDir, offlineConfig = dir, filepath.Join(dir, "offline.tfrc")
	content := fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(dir))
	if err := errors.Join(os.WriteFile(offlineConfig, []byte(content), 0o600), prepareEnvironment()); err != nil {
		panic(err)
	}
	return m.Run()
}

// live is set by the one test that needs an instance, which is built by a tag.
var live bool

// prepareEnvironment sets what the library reads, so that nobody has to. Nothing
// of the person's own set-up takes part: tests that leave the address or the key
// out would otherwise send what they create to the person's own instance.
func prepareEnvironment() error {
	env := map[string]string{
		resource.EnvTfAcc: "1",
		// Where a file is named that is not there, OpenTofu says so before its version.
		"TF_CLI_CONFIG_FILE": offlineConfig,
		"TF_CLI_ARGS":        "",
	}
	if !live {
		env[envInstance], env[envBaseURL], env[envAPIKey] = "", "", ""
	}
	// A provider within a test would write its log, and the framework a line for
	// each of its steps, to the standard error of the tests.
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_THOUGHTINDUSTRIES"} {
		if _, set := os.LookupEnv(name); !set {
			env[name] = "off"
		}
	}
	path, err := engineBinary()
	if err != nil {
		return setEnvironment(env) // testProviders says it in the tests that need an engine
	}
	env["TF_ACC_TERRAFORM_PATH"] = path
	if err := setEnvironment(env); err != nil {
		return err
	}
	is, err := engineIs()
	if err != nil || !is.tofu {
		return err
	}
	// OpenTofu looks for a provider without a source in its own registry.
	return setEnvironment(map[string]string{
		resource.EnvTfAccProviderNamespace: "hashicorp",
		resource.EnvTfAccProviderHost:      "registry.opentofu.org",
	})
}

func setEnvironment(env map[string]string) error {
	for name, value := range env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}

// testProviders is the provider under test, for ProtoV6ProviderFactories.
func testProviders(t *testing.T) map[string]func() (tfprotov6.ProviderServer, error) {
	t.Helper()
	if _, err := engineBinary(); err != nil {
		t.Fatal(err)
	}
	server := Server("test")
	return map[string]func() (tfprotov6.ProviderServer, error){
		typeName: func() (tfprotov6.ProviderServer, error) { return server(), nil },
	}
}

// fakeAPI is the fake API of one test, with one client.
type fakeAPI struct {
	*mockapi.Server

	t   *testing.T
	url string
}

// newFakeAPI starts a fake API that has the client testClient.
func newFakeAPI(t *testing.T, options ...mockapi.Options) *fakeAPI {
	t.Helper()
	var settings mockapi.Options
	if len(options) > 0 {
		settings = options[0]
	}
	settings.APIKey = testKey
	api := mockapi.New(settings)
	api.AddClient(mockapi.Client{ID: testClient, Name: "Acme Corporation", Slug: "acme"})
	server := httptest.NewServer(api)
	t.Cleanup(func() {
		api.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return &fakeAPI{Server: api, t: t, url: server.URL}
}

// config is a configuration of a provider that talks to this fake API.
func (a *fakeAPI) config(blocks ...string) string {
	return a.providerBlock("") + strings.Join(blocks, "\n")
}

// providerBlock has the address and the key, and more arguments. They stand in
// the configuration because all tests of a process share one environment.
func (a *fakeAPI) providerBlock(more string) string { return providerBlock(a.url, more) }

func providerBlock(url, more string) string {
	return fmt.Sprintf("provider \"thoughtindustries\" {\n  base_url = %q\n  api_key = %q\n  %s\n}\n\n", url, testKey, more)
}

// stillHasAll is for CheckDestroy: what the state had before it was destroyed
// exists as before, since no call deletes it.
func (a *fakeAPI) stillHasAll(before *terraform.State) error {
	exists := map[string]bool{}
	for _, account := range a.Accounts() {
		exists[account.ID] = true
	}
	for _, batch := range a.Batches() {
		exists[batch.ID] = true
	}
	for address, object := range before.RootModule().Resources {
		_, tracked := kindOf(object.Type)
		if tracked && !strings.HasPrefix(address, "data.") && !exists[strings.ToLower(object.Primary.ID)] {
			return fmt.Errorf("%s with the id %q is not there any more", address, object.Primary.ID)
		}
	}
	return nil
}

// testCase is a life of these steps with the provider under test. What the state had in the end still exists.
func (a *fakeAPI) testCase(steps ...resource.TestStep) resource.TestCase {
	return resource.TestCase{ProtoV6ProviderFactories: testProviders(a.t), CheckDestroy: a.stillHasAll, Steps: steps}
}

// inState is a step's checks of the state.
func inState(checks ...statecheck.StateCheck) []statecheck.StateCheck { return checks }

// only is a step's only plan check before it is applied.
func only(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// message is for ExpectError: these texts in this order, wherever engines break
// their lines, with anything between them.
func message(texts ...string) *regexp.Regexp {
	parts := make([]string, 0, len(texts))
	for _, text := range texts {
		words := strings.Fields(text)
		for i := range words {
			words[i] = regexp.QuoteMeta(words[i])
		}
		parts = append(parts, strings.Join(words, `[\s│]+`))
	}
	return regexp.MustCompile(`(?s)` + strings.Join(parts, ".*"))
}

func (a *fakeAPI) requestLines() string {
	var lines strings.Builder
	for _, request := range a.Requests() {
		fmt.Fprintf(&lines, "\n  %s %s?%s", request.Method, request.Path, request.Query)
	}
	return lines.String()
}

// expectNoRequests wants that nothing arrived since the last reset.
func (a *fakeAPI) expectNoRequests() {
	a.t.Helper()
	a.expectRequests(0)
}

// expectRequests wants this many requests of any kind since the last reset.
func (a *fakeAPI) expectRequests(want int) {
	a.t.Helper()
	if got := a.Count("", ""); got != want {
		a.t.Errorf("%d requests, want %d:%s", got, want, a.requestLines())
	}
}

const (
	accountsPath = "/incoming/v2/clients/{id}/creditAccounts"
	batchesPath  = "/incoming/v2/clients/{id}/creditBatches"
)

func (a *fakeAPI) expectCount(what string, got, want int) {
	a.t.Helper()
	if got != want {
		a.t.Errorf("%d %s, want %d", got, what, want)
	}
}

// expectPosts wants this many POSTs of accounts since the last reset.
func (a *fakeAPI) expectPosts(want int) {
	a.t.Helper()
	a.expectCount("POSTs of accounts", a.Count(http.MethodPost, accountsPath), want)
}

func (a *fakeAPI) expectBatchPosts(want int) {
	a.t.Helper()
	a.expectCount("POSTs of batches", a.Count(http.MethodPost, batchesPath), want)
}

// expectAccounts wants this many accounts to exist.
func (a *fakeAPI) expectAccounts(want int) {
	a.t.Helper()
	a.expectCount("accounts exist", len(a.Accounts()), want)
}

func (a *fakeAPI) expectBatches(want int) {
	a.t.Helper()
	a.expectCount("batches exist", len(a.Batches()), want)
}

// expectPosted wants these bodies of POSTs, in alphabetical order, and no others.
func (a *fakeAPI) expectPosted(want ...string) {
	a.t.Helper()
	var bodies []string
	for _, request := range a.Requests() {
		if request.Method == http.MethodPost {
			bodies = append(bodies, string(request.Body))
		}
	}
	slices.Sort(bodies)
	if !slices.Equal(bodies, want) {
		a.t.Errorf("bodies\n%s\nwant\n%s", strings.Join(bodies, "\n"), strings.Join(want, "\n"))
	}
}

// sortedKeys makes the order of a table of tests that is a map the same each time.
func sortedKeys[V any](table map[string]V) []string { return slices.Sorted(maps.Keys(table)) }

// engineBinary is terraform or tofu: the one that make chose, else what is on PATH.
var engineBinary = sync.OnceValues(func() (string, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		return path, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("no engine: put terraform or tofu on PATH, or run `make test`, which builds OpenTofu if need be")
})

type engineVersion struct {
	number string // such as 1.12.6
	tofu   bool
}

var engineIs = sync.OnceValues(func() (engineVersion, error) {
	path, err := engineBinary()
	if err != nil {
		return engineVersion{}, err
	}
	out, err := exec.Command(path, "version").Output()
	if err != nil {
		return engineVersion{}, err
	}
	version := engineVersion{tofu: strings.HasPrefix(string(out), "OpenTofu")}
	if found := regexp.MustCompile(`v(\d+\.\d+\.\d+)`).FindSubmatch(out); found != nil {
		version.number = string(found[1])
	}
	return version, nil
})

// version that a part of the language came with, by engine.
type version struct{ terraform, tofu string }

var movesBetweenTypes = version{terraform: "1.8.0", tofu: "1.10.0"}

func (v engineVersion) before(needed version) bool {
	want := needed.terraform
	if v.tofu {
		want = needed.tofu
	}
	return slices.Compare(numbers(v.number), numbers(want)) < 0
}

func numbers(text string) []int {
	var result []int
	for part := range strings.SplitSeq(text, ".") {
		number, _ := strconv.Atoi(part)
		result = append(result, number)
	}
	return result
}
