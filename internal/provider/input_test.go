package provider

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// accountWith is a valid account in which one attribute is another one.
func accountWith(attribute, value string) string {
	lines := map[string]string{
		"client_id": fmt.Sprintf("%q", testClient), "name": `"Training"`, "starting_balance": "1", "notify_emails": "[]", "license_ids": "[]",
	}
	if attribute != "" {
		lines[attribute] = value
	}
	text := "resource \"thoughtindustries_credit_account\" \"a\" {\n"
	for name, value := range lines {
		if value != "" {
			text += name + " = " + value + "\n"
		}
	}
	return text + "}\n"
}

func TestAccCreditAccount_refusesWrongValuesOnTheirAttribute(t *testing.T) {
	tests := []struct{ name, attribute, value, says string }{
		{"client_id of a wrong type", "client_id", "[]", "string required"},
		{"client_id empty", "client_id", `""`, "client_id must be a UUID"},
		{"client_id malformed", "client_id", `"acme"`, "8-4-4-4-12"},
		{"client_id in braces", "client_id", `"{6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01}"`, "8-4-4-4-12"},
		{"client_id with a newline", "client_id", `"6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01\n"`, "8-4-4-4-12"},
		{"client_id missing", "client_id", "", `"client_id" is required`},
		{"client_id null", "client_id", "null", "client_id is required and is null"},
		{"name of a wrong type", "name", "{}", "string required"},
		{"name empty", "name", `""`, "it is empty"},
		{"name with a newline", "name", `"one\ntwo"`, "a control character"},
		{"name with a space before it", "name", `" Training"`, "begins or ends with white space"},
		{"name with a space after it", "name", `"Training\u00a0"`, "begins or ends with white space"},
		{"balance of a wrong type", "starting_balance", `"many"`, "number"},
		{"balance negative", "starting_balance", "-0.5", "must be 0 or more"},
		{"balance too large for a float", "starting_balance", "1e309", "too large"},
		{"e-mails of a wrong type", "notify_emails", `"a@example.com"`, "set of string required"},
		{"e-mail without @", "notify_emails", `["example.com"]`, "it has no @"},
		{"e-mail empty", "notify_emails", `[""]`, "it has no @"},
		{"e-mail of nobody", "notify_emails", `["@example.com"]`, "nothing before or after"},
		{"e-mail with a newline", "notify_emails", `["a\n@example.com"]`, "control character"},
		{"e-mails in one string", "notify_emails", `["a@x.example,b@x.example"]`, "more than one @"},
		{"e-mail with two @", "notify_emails", `["a@x.example", "c@d@e"]`, "Of number 2 of 2, in alphabetical order: it has more than one @"},
		{"e-mail with a name", "notify_emails", `["Ann<a@x.example>"]`, "angle bracket"},
		{"e-mail with a semicolon", "notify_emails", `["a@x.example;"]`, "semicolon"},
		{"e-mail with a comma", "notify_emails", `["a@x.example,"]`, "comma"},
		{"e-mails null", "notify_emails", "null", "[] where there are none"},
		{"an e-mail null", "notify_emails", `[null]`, "one is null"},
		{"license empty", "license_ids", `[""]`, "it is empty"},
		{"licenses the same but for case", "license_ids", `["9a3e5c70-1d1f-4a39-8a53-7c2b9d100011", "9A3E5C70-1D1F-4A39-8A53-7C2B9D100011"]`, "the same id"},
		{"type empty", "type", `""`, "it is empty"},
		{"days negative", "batch_days_until_expire", "-1", "whole number from 0 to 2147483647: it is -1"},
		{"days a fraction", "batch_days_until_expire", "30.5", "must be a whole number from 0 to 2147483647: it is 30.5"},
		{"days too large", "batch_days_until_expire", "2147483648", "whole number from 0 to 2147483647"},
		{"minimum negative", "minimum_batch_amount", "-1", "whole number from 0 to 2147483647: it is -1"},
		{"minimum a fraction", "minimum_batch_amount", "0.5", "whole number"},
		{"batch name empty", "credit_batch_name", `""`, "it is empty"},
		{"existing id malformed", "existing_account_id", `"x"`, "8-4-4-4-12"},
		{"existing id empty", "existing_account_id", `""`, "it is empty"},
		{"create_alongside that is no UUID", "create_alongside", `["x"]`, "must be a UUID"},
		{"timeout malformed", "timeouts", `{ create = "soon" }`, "no duration"},
		{"timeout of nothing", "timeouts", `{ create = "0s" }`, "leaves no time"},
		{"timeout negative", "timeouts", `{ create = "-5m" }`, "leaves no time"},
		{"id set", "id", fmt.Sprintf("%q", otherID), "id"},
	}
	config := ""
	wants := map[string]invalid{}
	for i, test := range tests {
		label := fmt.Sprintf("case_%02d", i)
		config += strings.Replace(accountWith(test.attribute, test.value), `"a"`, `"`+label+`"`, 1)
		wants[label] = invalid{test.name, []string{test.says}}
		if test.value != "" {
			wants[label] = invalid{test.name, []string{test.says, test.attribute}}
		}
	}
	expectInvalid(t, config, wants)
}

func TestAccCreditBatch_refusesWrongValuesOnTheirAttribute(t *testing.T) {
	tests := []struct{ name, attribute, value, says string }{
		{"client_id malformed", "client_id", `"acme"`, "8-4-4-4-12"},
		{"client_id empty", "client_id", `""`, "client_id must be a UUID"},
		{"client_id missing", "client_id", "", `"client_id" is required`},
		{"balance missing", "starting_balance", "", `"starting_balance" is required`},
		{"balance negative", "starting_balance", "-0.5", "must be 0 or more"},
		{"balance too large for a float", "starting_balance", "1e309", "too large"},
		{"account malformed", "credit_account_id", `"Training"`, "8-4-4-4-12"},
		{"name empty", "name", `""`, "it is empty"},
		{"expiry that is no time", "expires_on", `"soon"`, "RFC3339"},
		{"id set", "id", fmt.Sprintf("%q", otherID), "id"},
		{"balance left set", "current_balance", "5", "current_balance"},
	}
	config := ""
	wants := map[string]invalid{}
	for i, test := range tests {
		label := fmt.Sprintf("case_%02d", i)
		lines := map[string]string{"client_id": fmt.Sprintf("%q", testClient), "starting_balance": "50", test.attribute: test.value}
		config += "resource \"thoughtindustries_credit_batch\" \"" + label + "\" {\n"
		for name, value := range lines {
			if value != "" {
				config += name + " = " + value + "\n"
			}
		}
		config += "}\n"
		wants[label] = invalid{test.name, []string{test.says, test.attribute}}
	}
	expectInvalid(t, config, wants)
}

// invalid is a block that an engine refuses, and what it says of it.
type invalid struct {
	name string
	says []string
}

// expectInvalid wants an error for each of these blocks of one configuration, by
// label, and none for another one.
func expectInvalid(t *testing.T, config string, wants map[string]invalid) {
	t.Helper()
	api := newFakeAPI(t)
	refused := false
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps:                    []resource.TestStep{{Config: api.config(config), PlanOnly: true}},
		ErrorCheck: func(err error) error {
			refused = true
			text := flatten(err.Error())
			for _, secret := range []string{"hunter2", "secret"} {
				if strings.Contains(text, secret) {
					t.Errorf("%q is shown: %s", secret, text)
				}
			}
			said := map[string]string{}
			label := ""
			for _, diagnostic := range strings.Split(text, "Error: ")[1:] {
				if found := labelOf.FindString(diagnostic); found != "" {
					label = found
				} // else it is the rest of one that quotes an error
				said[label] += diagnostic
			}
			for label, want := range wants {
				for _, says := range want.says {
					if !strings.Contains(said[label], says) {
						t.Errorf("%s: %q is not said: %q", want.name, says, said[label])
					}
				}
				delete(said, label)
			}
			for label, more := range said {
				t.Errorf("%q: %s", label, more)
			}
			return nil
		},
	})
	if !refused {
		t.Error("the configuration is valid")
	}
	api.expectNoRequests()
}

var labelOf = regexp.MustCompile(`\bcase_\d\d\b`)

// Thousands of licenses are no use, but no reason to hang: what the provider
// does grows with their number, and not with its square. (Engines compare each
// with each other one when they apply, so that the apply has fewer.)
func TestInput_ThousandsOfLicenses(t *testing.T) {
	t.Parallel()
	random := rand.NewChaCha8([32]byte{1})
	licenses := func(count int) string {
		ids := make([]string, count)
		for i := range ids {
			id, err := uuid.NewRandomFromReader(random)
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = fmt.Sprintf("%q", id)
		}
		return "[" + strings.Join(ids, ", ") + "]"
	}
	w := newWorkspace(t).asProgram()
	w.write(w.providerBlock("") + accountWith("license_ids", licenses(10_000)))
	w.plan().expectChanges().expectOutput("1 to add")

	w.write(w.providerBlock("") + accountWith("license_ids", licenses(500)))
	w.apply().expectSuccess()
	if got := len(w.api.Accounts()[0].LicenseIDs); got != 500 {
		t.Errorf("%d licenses arrived, want 500", got)
	}
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectPosts(1)
}

func TestAccProvider_refusesWrongArguments(t *testing.T) {
	tests := []struct{ name, argument, value, says string }{
		{"instance with a slash", "instance", `"acme/x"`, "subdomain alone"},
		{"instance that is an address", "instance", `"https://acme.thoughtindustries.com"`, "subdomain alone"},
		{"instance with a dot", "instance", `"acme.evil.example"`, "subdomain alone"},
		{"instance with user info", "instance", `"acme@evil"`, "subdomain alone"},
		{"address with user info", "base_url", `"https://user:hunter2@example.com"`, "not contain a user name or password"},
		{"address with a query", "base_url", `"https://example.com?x=1"`, "no query"},
		{"address with an empty query", "base_url", `"https://example.com?"`, "no query"},
		{"address with a fragment", "base_url", `"https://example.com#x"`, "no fragment"},
		{"plain http elsewhere", "base_url", `"http://example.com"`, "unencrypted"},
		{"plain http to a look-alike", "base_url", `"http://localhost.example.com"`, "unencrypted"},
		{"address without a scheme", "base_url", `"example.com"`, "https://"},
		{"address of another scheme", "base_url", `"ftp://example.com"`, "https://"},
		{"address without a host", "base_url", `"https:///x"`, "no host"},
		{"address with the API's path", "base_url", `"https://example.com/incoming/v2"`, "leave /incoming/v2 out"},
		{"key with a newline", "api_key", `"ti_live_secretsecret\n"`, "trimspace()"},
		{"key with a control character", "api_key", `"ti_live_secret\u0007secret"`, "control character"},
		{"no requests at once", "max_concurrent_requests", "0", "whole number from 1"},
		{"half a request", "max_concurrent_requests", "0.5", "whole number"},
		{"no requests a minute", "requests_per_minute", "0", "whole number from 1"},
		{"timeout of nothing", "request_timeout", `"0s"`, "leaves no time"},
		{"timeout malformed", "request_timeout", `"60"`, "missing unit in duration"},
		{"another policy", "on_existing_account", `"replace"`, "adopt"},
		{"instance and address", "instance", "\"acme\"\nbase_url = \"https://example.com\"", "Both instance and base_url"},
	}
	config := ""
	wants := map[string]invalid{}
	for i, test := range tests {
		label := fmt.Sprintf("case_%02d", i)
		config += fmt.Sprintf("provider \"thoughtindustries\" {\nalias = %q\n%s = %s\n}\n", label, test.argument, test.value) +
			account(label, "Training "+label, "provider = thoughtindustries."+label)
		wants[label] = invalid{test.name, []string{test.says, test.argument}}
	}
	expectInvalid(t, config, wants)
}

func TestEnvironment_IsUsedWhereTheConfigurationSaysNothing(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(1)

	w.setenv(envInstance, "acme")
	w.plan().expectError(sumInvalidConfiguration, envInstance, envBaseURL)
	w.setenv(envInstance, "")
	w.setenv(envBaseURL, "http://example.com")
	w.plan().expectError(sumInvalidConfiguration, envBaseURL, "unencrypted")
	// Configuration wins over the environment, whatever that holds.
	w.setenv(envAPIKey, "a key")
	w.write(account("a", "Training", "") + account("b", "Other", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(2)
	w.write("provider \"thoughtindustries\" {\nbase_url = \"" + w.url + "\"\n}\n" + account("a", "Training", ""))
	w.plan().expectError(sumInvalidConfiguration, envAPIKey).expectNoOutput("a key")
}

func TestEnvironment_MissingKeyIsNamedWhenARequestIsNeeded(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
	w.setenv(envAPIKey, "")
	w.plan().expectChanges().expectWarning(sumNotConfigured, envAPIKey).expectNoOutput(envInstance)
	w.apply().expectError("Error: "+sumNotConfigured, envAPIKey)
	w.setenv(envAPIKey, testKey)
	w.setenv(envBaseURL, "")
	w.plan().expectChanges().expectWarning(sumNotConfigured, envInstance)
	w.apply().expectError("Error: "+sumNotConfigured, envInstance)
	w.api.expectNoRequests()
}

func TestAccProvider_namesItselfAndTheEngineInTheUserAgent(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		Steps:                    []resource.TestStep{{Config: api.config(account("a", "Training", ""))}},
	})
	api.expectPosts(1)
	for _, request := range api.Requests() {
		if got := request.Header.Get("User-Agent"); !strings.HasPrefix(got, "terraform-provider-thoughtindustries/test ") || !strings.Contains(got, " Terraform/1.") {
			t.Errorf("User-Agent %q", got)
		}
	}
}

func TestAccProvider_mayBeUnknownAtPlan(t *testing.T) {
	api := newFakeAPI(t)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: testProviders(t),
		TerraformVersionChecks:   needsTerraformData,
		Steps: []resource.TestStep{{
			Config: unknownUntilApply(`"`+api.url+`"`) + "provider \"thoughtindustries\" {\n base_url = terraform_data.later.output\n api_key = \"" + testKey + "\"\n}\n" +
				account("a", "Training", ""),
			ConfigPlanChecks: only(plancheck.ExpectResourceAction(theAccount, plancheck.ResourceActionCreate)),
		}},
	})
	api.expectAccounts(1)
}
