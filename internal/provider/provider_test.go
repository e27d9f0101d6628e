package provider

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

const (
	isError   = tfprotov6.DiagnosticSeverityError
	isWarning = tfprotov6.DiagnosticSeverityWarning
)

func TestConfigure_RefusesAKeyThatCannotBeOne(t *testing.T) {
	for name, test := range map[string]struct{ key, says string }{
		"in double quotes":      {`"hunter2"`, "quotes"},
		"in single quotes":      {`'hunter2'`, "quotes"},
		"a variable":            {"$TI_KEY_hunter2", "not expanded"},
		"masked":                {"hunter2***", "masked"},
		"a line break after it": {"hunter2\n", "trimspace()"},
		"a space in it":         {"hunter2 secret", "a space"},
		"beyond ASCII":          {"hunter2é", "non-ASCII"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProtocol(t)
			key := arguments{"api_key": test.key, "instance": "acme"}
			p.expectOne(p.configure(key), isError, sumInvalidConfiguration, "api_key", test.says)
			p.expectOne(p.validate("", key), isError, sumInvalidConfiguration, "api_key", test.says)
			t.Setenv(envAPIKey, test.key)
			p.expectOne(p.configure(arguments{"instance": "acme"}), isError, sumInvalidConfiguration, envAPIKey, test.says)
		})
	}
}

func TestConfigure_RefusesAProxyThatGoWouldPassBy(t *testing.T) {
	const bad = "http://hunter2:p%zz@proxy.example.com:3128"
	for name, test := range map[string]struct{ upper, lower, refuses string }{
		"none":                            {},
		"an address":                      {upper: "http://proxy.example.com:3128"},
		"an address without a scheme":     {lower: "proxy.example.com:3128"},
		"a bad password":                  {upper: bad, refuses: "HTTPS_PROXY"},
		"a bad password in lower case":    {lower: bad, refuses: "https_proxy"},
		"a bad one that Go does not read": {upper: "http://proxy.example.com:3128", lower: bad},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("HTTPS_PROXY", test.upper)
			t.Setenv("https_proxy", test.lower)
			p := newProtocol(t)
			got := p.configure(arguments{"instance": "acme", "api_key": testKey})
			if test.refuses != "" {
				p.expectOne(got, isError, sumInvalidConfiguration, test.refuses)
			} else if len(got) > 0 {
				t.Errorf("%v", got)
			}
		})
	}
}

func TestConfigure_RefusesASecondAddressOrKeyInOneProcess(t *testing.T) {
	t.Parallel()
	first := arguments{"instance": "acme", "api_key": testKey}
	for name, second := range map[string]arguments{
		"another address": {"instance": "globex", "api_key": testKey},
		"another key":     {"instance": "acme", "api_key": "ti_live_hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProtocol(t)
			for _, instance := range []string{"acme", "ACME"} {
				if got := p.configure(arguments{"instance": instance, "api_key": testKey}); len(got) > 0 {
					t.Errorf("%s: %v", instance, got)
				}
			}
			p.expectOne(p.configure(second), isError, sumConfiguredTwice, "-debug")
			_, got := p.list(creditAccountType, 100, ofTheClient)
			p.expectOne(got, isError, sumNotConfigured)
			if got := p.configure(first); len(got) > 0 {
				t.Errorf("the first one again: %v", got)
			}
		})
	}
}

func TestSession_PlansShareOneDeadlineAndWarnOnce(t *testing.T) {
	t.Parallel()
	s := &session{}
	first, cancelFirst := s.planContext(t.Context())
	defer cancelFirst()
	second, cancelSecond := s.planContext(t.Context())
	defer cancelSecond()
	deadline, ok := first.Deadline()
	if shared, _ := second.Deadline(); !ok || shared != deadline {
		t.Errorf("the deadlines are %v and %v", deadline, shared)
	}
	if !s.firstTime("a") || s.firstTime("a") || !s.firstTime("b") {
		t.Error("a warning is not given exactly once")
	}
}

func TestAddress_ComesFromTheConfigurationElseFromTheEnvironment(t *testing.T) {
	instance := func(name string) providerModel { return providerModel{Instance: types.StringValue(name)} }
	baseURL := providerModel{BaseURL: types.StringValue("https://learn.acme.example")}
	const invalid = sumInvalidConfiguration
	const acme, learn = "https://acme.thoughtindustries.com", "https://learn.acme.example"
	for name, test := range map[string]struct {
		config            providerModel
		instance, baseURL string
		address           string
		summary           string
	}{
		"the configuration alone":       {config: instance("acme"), address: acme},
		"another in the environment":    {config: instance("acme"), instance: "globex", address: acme},
		"an address that is none":       {config: instance("acme"), baseURL: "x", address: acme},
		"the environment alone":         {instance: "acme", address: acme},
		"an empty string is not set":    {config: instance(""), baseURL: learn, address: learn},
		"both in the environment":       {instance: "acme", baseURL: learn, summary: invalid},
		"plain http":                    {baseURL: "http://example.com", summary: invalid},
		"a base_url, and an instance":   {config: baseURL, instance: "acme", address: learn},
		"an instance with a path to it": {instance: "acme/x", summary: invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(envInstance, test.instance)
			t.Setenv(envBaseURL, test.baseURL)
			var diags diag.Diagnostics
			got, missing := test.config.address(&diags)
			if missing != "" || (got != nil) != (test.address != "") || got != nil && got.String() != test.address {
				t.Errorf("%v, missing %q, want %q", got, missing, test.address)
			}
			var summaries []string
			for _, problem := range diags {
				summaries = append(summaries, problem.Summary())
			}
			if strings.Join(summaries, ", ") != test.summary {
				t.Errorf("%v, want %q", diags, test.summary)
			}
		})
	}
}

func TestConfigFromEnvironment_SaysAllThatIsMissing(t *testing.T) {
	_, err := ConfigFromEnvironment("test")
	if err == nil || !strings.Contains(err.Error(), envInstance) || !strings.Contains(err.Error(), envAPIKey) {
		t.Errorf("%v", err)
	}
	t.Setenv(envInstance, "acme")
	t.Setenv(envAPIKey, testKey)
	config, err := ConfigFromEnvironment("1.2.3")
	if err != nil || config.BaseURL.Host != "acme.thoughtindustries.com" || config.APIKey != testKey ||
		!strings.HasPrefix(config.UserAgent, "terraform-provider-thoughtindustries/1.2.3 ") {
		t.Errorf("%v, %v", config.UserAgent, err)
	}
}

// Engines show the line that an error is about, so what may be secret is not shown by an engine either.
func TestProvider_AnEngineShowsNoSecretOfAWrongArgument(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ lines, says string }{
		"address":       {`base_url = "https://user:hunter2@example.com"`, "The value of base_url cannot be used: it must not"},
		"key":           {`api_key = "ti_live_hunter2\n"`, "The value of api_key cannot be used: it begins or ends"},
		"two addresses": {"instance = \"acme\"\nbase_url = \"https://example.com\"", "The value of instance cannot be used: base_url is set too"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.write("provider \"thoughtindustries\" {\n" + test.lines + "\n}\n" + account("a", "Training", ""))
			w.plan().expectError(test.says).expectNoOutput("hunter2")
		})
	}
}

func TestEnvironment_IsUsedWhereTheConfigurationSetsNothing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(1)
	w.setenv(envAPIKey, "a key")
	w.write(account("a", "Training", "") + account("b", "Other", "")) // with a key
	w.apply().expectSuccess()
	w.api.expectAccounts(2)
}

func TestEnvironment_MissingKeyIsNamedWhenARequestIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	w.setenv(envAPIKey, "")
	w.plan().expectChanges().expectOutput("Warning: "+sumNotConfigured, envAPIKey).expectNoOutput(envInstance)
	w.apply().expectError("Error: "+sumNotConfigured, envAPIKey)
	w.setenv(envAPIKey, testKey)
	w.setenv(envBaseURL, "")
	w.plan().expectChanges().expectOutput("Warning: "+sumNotConfigured, envInstance)
	w.api.expectNoRequests()
}

func TestAccProvider_mayBeUnknownAtPlan(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, api.testCase(resource.TestStep{
		Config: unknownUntilApply(`"`+api.url+`"`) +
			"provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n" +
			account("a", "Training", ""),
		ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionCreate)),
	}))
	api.expectAccounts(1)
	for _, request := range api.Requests() {
		agent := request.Header.Get("User-Agent")
		if !regexp.MustCompile(`^terraform-provider-thoughtindustries/test .* Terraform/1\.`).MatchString(agent) {
			t.Errorf("User-Agent %q", agent)
		}
	}
}
