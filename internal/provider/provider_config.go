package provider

import (
	"fmt"
	"net/url"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// unknown names the arguments that a client needs and whose values are not
// known. Then the environment is not asked either: configuration wins over it,
// once known.
func (m providerModel) unknown() []string {
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
	return names
}

func addressOf(config providerModel, diags *diag.Diagnostics) (address *url.URL, missing string) {
	if config.Instance.IsUnknown() || config.BaseURL.IsUnknown() {
		return nil, ""
	}
	if config.Instance.ValueString() != "" && config.BaseURL.ValueString() != "" {
		diags.AddAttributeError(path.Root("base_url"), sumInvalidConfiguration,
			"Both instance and base_url are set, and they may name two different addresses. Remove one of them.")
		return nil, ""
	}
	instance, baseURL := config.Instance.ValueString(), config.BaseURL.ValueString()
	fromInstance, fromBaseURL := "instance", "base_url"
	if instance == "" && baseURL == "" {
		instance, baseURL = os.Getenv(envInstance), os.Getenv(envBaseURL)
		fromInstance, fromBaseURL = "The environment variable "+envInstance, "The environment variable "+envBaseURL
		if instance != "" && baseURL != "" {
			diags.AddError(sumInvalidConfiguration, fmt.Sprintf(
				"The environment variables %s and %s are both set, and they may name two different addresses. Unset one of them, "+
					"or set instance or base_url in the configuration, which wins over both.", envInstance, envBaseURL))
			return nil, ""
		}
	}
	var err error
	switch {
	case instance != "":
		if address, err = thoughtindustries.InstanceURL(instance); err != nil {
			diags.AddAttributeError(path.Root("instance"), sumInvalidConfiguration, fromInstance+" is not usable: "+err.Error()+".")
		}
	case baseURL != "":
		if address, err = thoughtindustries.ParseBaseURL(baseURL); err != nil {
			diags.AddAttributeError(path.Root("base_url"), sumInvalidConfiguration, fromBaseURL+" is not usable: "+err.Error()+".")
		}
	default:
		missing = fmt.Sprintf("No instance is named: set instance (or base_url) in the provider's configuration, or the environment variable %s (or %s).",
			envInstance, envBaseURL)
	}
	if address != nil && (config.Instance.ValueString() != "" || config.BaseURL.ValueString() != "") {
		warnOfOtherAddress(address, diags)
	}
	return address, missing
}

// warnOfOtherAddress: the configuration wins over the environment, and whoever set a variable for another instance would
// not notice which one gets the credits.
func warnOfOtherAddress(used *url.URL, diags *diag.Diagnostics) {
	for variable, parse := range map[string]func(string) (*url.URL, error){
		envInstance: thoughtindustries.InstanceURL, envBaseURL: thoughtindustries.ParseBaseURL,
	} {
		value := os.Getenv(variable)
		if value == "" {
			continue
		}
		if other, err := parse(value); err != nil || other.String() != used.String() {
			diags.AddWarning(sumVariableNotUsed, fmt.Sprintf(
				"The provider's configuration names the instance, and so requests go to %s. The environment variable %s names another one and is not used. "+
					"Unset it, or take the address out of the configuration.", used.Redacted(), variable))
		}
	}
}

func apiKeyOf(config providerModel, diags *diag.Diagnostics) (key, missing string) {
	if config.APIKey.IsUnknown() {
		return "", ""
	}
	key, from := config.APIKey.ValueString(), "api_key"
	if key == "" {
		key, from = os.Getenv(envAPIKey), "The environment variable "+envAPIKey
	}
	if key == "" {
		return "", fmt.Sprintf("No API key is given: set the environment variable %s, or api_key in the provider's configuration.", envAPIKey)
	}
	if err := checkAPIKey(key); err != nil {
		diags.AddAttributeError(path.Root("api_key"), sumInvalidConfiguration, from+" is not usable: "+err.Error()+".")
	}
	return key, ""
}
