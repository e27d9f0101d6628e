package provider

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Environment variables that stand in for arguments.
const (
	envInstance = "THOUGHTINDUSTRIES_INSTANCE"
	envBaseURL  = "THOUGHTINDUSTRIES_BASE_URL"
	envAPIKey   = "THOUGHTINDUSTRIES_API_KEY"
)

// clientConfig gives what a client is built from. missing says what is not given or not known yet. Errors name the
// argument or the variable, never its value, and have no path: engines show the value at a path.
func (m providerModel) clientConfig(diags *diag.Diagnostics) (config thoughtindustries.Config, missing string) {
	checkProxy(diags)
	address, missingAddress := m.address(diags)
	apiKey, missingKey := m.apiKey(diags)
	if unknown := m.unknown(); unknown != "" {
		return config, "Arguments of the provider's configuration are not known yet: " + unknown + "."
	}
	config = thoughtindustries.Config{
		BaseURL:    address,
		APIKey:     apiKey,
		OnExisting: thoughtindustries.OnExisting(m.OnExistingAccount.ValueString()),
	}
	if requests := optionalWhole(m.MaxConcurrentRequests); requests != nil {
		config.MaxConcurrentRequests = int(*requests)
	}
	if requests := optionalWhole(m.RequestsPerMinute); requests != nil {
		config.RequestsPerMinute = int(*requests)
	}
	if !m.RequestTimeout.IsNull() {
		timeout, problems := m.RequestTimeout.ValueGoDuration()
		diags.Append(problems...)
		config.RequestTimeout = timeout
	}
	return config, strings.TrimSpace(missingAddress + " " + missingKey)
}

// unknown lists the arguments whose values are not known. The environment does not stand in for them: the configuration
// wins over it once it is known.
func (m providerModel) unknown() string {
	var names []string
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{
		{"instance", m.Instance},
		{"base_url", m.BaseURL},
		{"api_key", m.APIKey},
		{"max_concurrent_requests", m.MaxConcurrentRequests},
		{"requests_per_minute", m.RequestsPerMinute},
		{"request_timeout", m.RequestTimeout},
		{"on_existing_account", m.OnExistingAccount},
	} {
		if argument.value.IsUnknown() {
			names = append(names, argument.name)
		}
	}
	return strings.Join(names, ", ")
}

func (m providerModel) address(diags *diag.Diagnostics) (address *url.URL, missing string) {
	if m.Instance.IsUnknown() || m.BaseURL.IsUnknown() {
		return nil, ""
	}
	instance, baseURL := os.Getenv(envInstance), os.Getenv(envBaseURL)
	switch {
	case m.Instance.ValueString() != "":
		address = parseAddress("instance", m.Instance.ValueString(), thoughtindustries.InstanceURL, diags)
	case m.BaseURL.ValueString() != "":
		address = parseAddress("base_url", m.BaseURL.ValueString(), thoughtindustries.ParseBaseURL, diags)
	case instance != "" && baseURL != "":
		diags.AddError(sumInvalidConfiguration, fmt.Sprintf(
			"The environment variables %s and %s are both set, and they may name two different addresses. "+
				"Unset one of them, or set instance or base_url in the configuration, which wins over both.",
			envInstance, envBaseURL))
		return nil, ""
	case instance != "":
		return parseAddress(variable(envInstance), instance, thoughtindustries.InstanceURL, diags), ""
	case baseURL != "":
		return parseAddress(variable(envBaseURL), baseURL, thoughtindustries.ParseBaseURL, diags), ""
	default:
		return nil, fmt.Sprintf("The instance is not set: set instance (or base_url) in the provider's configuration, "+
			"or the environment variable %s (or %s).", envInstance, envBaseURL)
	}
	if address != nil {
		warnOfOtherAddress(address, envInstance, thoughtindustries.InstanceURL, diags)
		warnOfOtherAddress(address, envBaseURL, thoughtindustries.ParseBaseURL, diags)
	}
	return address, ""
}

func variable(name string) string { return "the environment variable " + name }

// parseAddress gives nil, and an error, where the value is not an address.
func parseAddress(source, value string, parse func(string) (*url.URL, error), diags *diag.Diagnostics) *url.URL {
	address, err := parse(value)
	if err != nil {
		addUnusable(source, err, diags)
	}
	return address
}

func addUnusable(source string, err error, diags *diag.Diagnostics) {
	diags.AddError(sumInvalidConfiguration, fmt.Sprintf("The value of %s cannot be used: %s.", source, err))
}

// warnOfOtherAddress warns of a variable that names another instance than the one that is used: whoever set it would
// not notice where the credits go.
func warnOfOtherAddress(
	used *url.URL, name string, parse func(string) (*url.URL, error), diags *diag.Diagnostics,
) {
	value := os.Getenv(name)
	if value == "" {
		return
	}
	if other, err := parse(value); err != nil || other.String() != used.String() {
		diags.AddWarning(sumVariableNotUsed, fmt.Sprintf(
			"Requests go to %s, the address in the provider's configuration. The environment variable %s names another "+
				"address and is not used. Unset it, or remove the address from the configuration.", used, name))
	}
}

func (m providerModel) apiKey(diags *diag.Diagnostics) (key, missing string) {
	if m.APIKey.IsUnknown() {
		return "", ""
	}
	key, source := m.APIKey.ValueString(), "api_key"
	if key == "" {
		key, source = os.Getenv(envAPIKey), variable(envAPIKey)
	}
	if key == "" {
		return "", fmt.Sprintf("The API key is not set: set the environment variable %s, or api_key in the provider's "+
			"configuration.", envAPIKey)
	}
	if err := checkAPIKey(key); err != nil {
		addUnusable(source, err, diags)
	}
	return key, ""
}

// checkProxy refuses a proxy that Go does not understand, because Go would go past it without a word. Like Go, it takes
// the first variable that is set, and an address with or without http:// in front of it.
func checkProxy(diags *diag.Diagnostics) {
	name := "HTTPS_PROXY"
	if os.Getenv(name) == "" {
		name = "https_proxy"
	}
	value := os.Getenv(name)
	_, err := url.Parse(value)
	_, errWithScheme := url.Parse("http://" + value)
	if err != nil && errWithScheme != nil {
		addUnusable(variable(name), errors.New("it is not the address of a proxy, such as http://proxy.example.com:3128; "+
			"special characters in a password are percent-encoded"), diags)
	}
}

// addPlanWithoutRequests says what a plan without a client can do.
func addPlanWithoutRequests(missing string, diags *diag.Diagnostics) {
	diags.AddWarning(sumNotConfigured, missing+
		"\n\nCredit accounts can be planned without it, but only the apply finds accounts that exist already. "+
		"Credit batches keep the values of the state. Applies and data sources need it.")
}

// ConfigFromEnvironment gives the configuration that a provider block without arguments would. The error says what is
// missing or cannot be used, and quotes no value.
func ConfigFromEnvironment(version string) (thoughtindustries.Config, error) {
	var diags diag.Diagnostics
	config, missing := providerModel{}.clientConfig(&diags)
	var problems []string
	for _, problem := range diags.Errors() {
		problems = append(problems, problem.Detail())
	}
	if problem := strings.TrimSpace(strings.Join(problems, " ") + " " + missing); problem != "" {
		return thoughtindustries.Config{}, errors.New(problem)
	}
	config.UserAgent = userAgent(version, "")
	return config, nil
}
