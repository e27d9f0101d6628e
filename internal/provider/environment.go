package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// ConfigFromEnvironment reads what a provider block without arguments would. The
// error says what is missing or not usable, and quotes no value.
func ConfigFromEnvironment(version string) (thoughtindustries.Config, error) {
	var diags diag.Diagnostics
	address, missingAddress := addressOf(providerModel{}, &diags)
	key, missingKey := apiKeyOf(providerModel{}, &diags)
	var problems []string
	for _, problem := range diags.Errors() {
		problems = append(problems, problem.Detail())
	}
	for _, missing := range []string{missingAddress, missingKey} {
		if missing != "" {
			problems = append(problems, missing)
		}
	}
	if len(problems) > 0 {
		return thoughtindustries.Config{}, errors.New(strings.Join(problems, " "))
	}
	return thoughtindustries.Config{BaseURL: address, APIKey: key, UserAgent: userAgent(version, "")}, nil
}
