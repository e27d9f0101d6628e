package provider

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
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
	addUnusable(variable+"HTTPS_PROXY (or https_proxy)", checkProxy(), diags)
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
	// It was validated; what is not set is 0, and the client has a default.
	config.RequestTimeout, _ = time.ParseDuration(m.RequestTimeout.ValueString())
	return config, strings.TrimSpace(missingAddress + " " + missingKey)
}

func (m providerModel) address(diags *diag.Diagnostics) (address *url.URL, missing string) {
	instance, baseURL := m.Instance.ValueString(), m.BaseURL.ValueString()
	if instance != "" || baseURL != "" {
		return parseAddress("instance", instance, "base_url", baseURL, diags), ""
	}
	instance, baseURL = os.Getenv(envInstance), os.Getenv(envBaseURL)
	if instance == "" && baseURL == "" {
		missing = fmt.Sprintf("The instance is not set: set instance (or base_url) in the provider's configuration, "+
			"or the environment variable %s (or %s).", envInstance, envBaseURL)
	}
	return parseAddress(variable+envInstance, instance, variable+envBaseURL, baseURL, diags), missing
}

// parseAddress gives the address; nil where neither is set. It refuses two: it must not take a rule to know which one
// gets the key.
func parseAddress(
	instanceSource, instance, baseURLSource, baseURL string, diags *diag.Diagnostics,
) (address *url.URL) {
	source, err := instanceSource, error(nil)
	switch {
	case instance != "" && baseURL != "":
		err = errors.New(baseURLSource + " is set too; remove one of them")
	case instance != "":
		address, err = thoughtindustries.InstanceURL(instance)
	case baseURL != "":
		source = baseURLSource
		address, err = thoughtindustries.ParseBaseURL(baseURL)
	}
	addUnusable(source, err, diags)
	return address
}

func (m providerModel) apiKey(diags *diag.Diagnostics) (key, missing string) {
	key, source := m.APIKey.ValueString(), "api_key"
	if key == "" {
		key, source = os.Getenv(envAPIKey), variable+envAPIKey
	}
	if key == "" {
		missing = fmt.Sprintf("The API key is not set: set the environment variable %s, or api_key in the provider's "+
			"configuration.", envAPIKey)
	}
	addUnusable(source, checkAPIKey(key), diags)
	return key, missing
}

func checkAPIKey(key string) error {
	switch {
	case strings.TrimSpace(key) != key:
		return errors.New("it begins or ends with white space, which reading a key from a file often leaves " +
			"(trimspace() removes it)")
	case strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("it contains a space, a control character or a non-ASCII character")
	case strings.ContainsAny(key, `"'`):
		return errors.New("it has quotes: remove them")
	case strings.Contains(key, "$"):
		return errors.New("it has a $, so it may be a variable that was not expanded")
	case strings.Contains(key, "*"):
		return errors.New("it has a *, so it may be a masked value instead of the key")
	}
	return nil
}

// addUnusable says what is wrong with a value, if anything.
func addUnusable(source string, err error, diags *diag.Diagnostics) {
	if err == nil {
		return
	}
	detail := fmt.Sprintf("The value of %s cannot be used: %s.", source, err)
	if source == "instance" { // the others may be secret, and engines show the line of an attribute
		diags.AddAttributeError(path.Root(source), sumInvalidConfiguration, detail)
		return
	}
	diags.AddError(sumInvalidConfiguration, detail)
}

// checkProxy refuses a proxy that Go does not understand, because Go would go past it without a word. Like Go, it takes
// the first variable that is set, and an address with or without http:// in front of it.
func checkProxy() error {
	proxy := cmp.Or(os.Getenv("HTTPS_PROXY"), os.Getenv("https_proxy"))
	_, err := url.Parse(proxy)
	_, errWithScheme := url.Parse("http://" + proxy)
	if err != nil && errWithScheme != nil {
		return errors.New("it is not the address of a proxy, such as http://proxy.example.com:3128; " +
			"special characters in a password are percent-encoded")
	}
	return nil
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
