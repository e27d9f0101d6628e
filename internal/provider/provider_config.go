package provider

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Environment variables that stand in for arguments.
const (
	envInstance = "THOUGHTINDUSTRIES_INSTANCE"
	envBaseURL  = "THOUGHTINDUSTRIES_BASE_URL"
	envAPIKey   = "THOUGHTINDUSTRIES_API_KEY"

	variable = "the environment variable "
)

// unknownArguments lists the arguments whose values are not known. The environment does not stand in for them: the
// configuration wins over it once it is known.
func unknownArguments(config tftypes.Value) string {
	var arguments map[string]tftypes.Value
	if config.As(&arguments) != nil {
		return ""
	}
	var unknown []string
	for name, value := range arguments {
		if !value.IsKnown() {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return strings.Join(unknown, ", ")
}

// clientConfig gives what a client is built from; missing says what is not set. Errors name the argument or the
// variable, never its value, and have no path: engines show the value at a path.
func (m providerModel) clientConfig(diags *diag.Diagnostics) (config thoughtindustries.Config, missing string) {
	checkProxy(diags)
	address, missingAddress := m.address(diags)
	key, missingKey := m.apiKey(diags)
	config = thoughtindustries.Config{
		BaseURL:    address,
		APIKey:     key,
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

func (m providerModel) address(diags *diag.Diagnostics) (address *url.URL, missing string) {
	instance, baseURL := m.Instance.ValueString(), m.BaseURL.ValueString()
	instanceSource, baseURLSource := "instance", "base_url"
	configured := instance != "" || baseURL != ""
	if !configured {
		instance, baseURL = os.Getenv(envInstance), os.Getenv(envBaseURL)
		instanceSource, baseURLSource = variable+envInstance, variable+envBaseURL
	}
	var err error
	switch {
	case instance != "" && baseURL != "":
		addUnusable(instanceSource, errors.New(baseURLSource+" is set too: remove one of them"), diags)
	case instance != "":
		if address, err = thoughtindustries.InstanceURL(instance); err != nil {
			addUnusable(instanceSource, err, diags)
		}
	case baseURL != "":
		if address, err = thoughtindustries.ParseBaseURL(baseURL); err != nil {
			addUnusable(baseURLSource, err, diags)
		}
	default:
		missing = fmt.Sprintf("The instance is not set: set instance (or base_url) in the provider's configuration, "+
			"or the environment variable %s (or %s).", envInstance, envBaseURL)
	}
	if configured && address != nil {
		warnOfOtherAddress(address, diags)
	}
	return address, missing
}

// warnOfOtherAddress warns where the environment names another address than the one that is used: whoever set it would
// not notice where the credits go.
func warnOfOtherAddress(used *url.URL, diags *diag.Diagnostics) {
	var ignored diag.Diagnostics
	other, missing := providerModel{}.address(&ignored)
	if missing != "" || other != nil && other.String() == used.String() {
		return
	}
	diags.AddWarning(sumVariableNotUsed, fmt.Sprintf("Requests go to %s, the address in the provider's configuration. "+
		"The environment has another address, which is ignored. Unset %s and %s, or remove the address from the "+
		"configuration.", used, envInstance, envBaseURL))
}

func (m providerModel) apiKey(diags *diag.Diagnostics) (key, missing string) {
	key, source := m.APIKey.ValueString(), "api_key"
	if key == "" {
		key, source = os.Getenv(envAPIKey), variable+envAPIKey
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

func addUnusable(source string, err error, diags *diag.Diagnostics) {
	diags.AddError(sumInvalidConfiguration, fmt.Sprintf("The value of %s cannot be used: %s.", source, err))
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
		addUnusable(variable+name, errors.New("it is not the address of a proxy, such as "+
			"http://proxy.example.com:3128; "+
			"special characters in a password are percent-encoded"), diags)
	}
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
