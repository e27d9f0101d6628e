package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func TestAddress_AnEnvironmentThatNamesAnotherOneIsWarnedOf(t *testing.T) {
	for name, test := range map[string]struct {
		config            providerModel
		instance, baseURL string
		warns             string
	}{
		"nothing in the environment":  {config: providerModel{Instance: types.StringValue("acme")}},
		"the same":                    {config: providerModel{Instance: types.StringValue("acme")}, instance: "acme"},
		"the same by its address":     {config: providerModel{Instance: types.StringValue("acme")}, baseURL: "https://acme.thoughtindustries.com"},
		"another instance":            {config: providerModel{Instance: types.StringValue("acme")}, instance: "globex", warns: envInstance},
		"another address":             {config: providerModel{Instance: types.StringValue("acme")}, baseURL: "http://127.0.0.1:1", warns: envBaseURL},
		"the environment alone":       {instance: "globex"},
		"an empty one is not set":     {config: providerModel{Instance: types.StringValue("")}, instance: "globex"},
		"a base_url, and an instance": {config: providerModel{BaseURL: types.StringValue("https://learn.acme.example")}, instance: "acme", warns: envInstance},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(envInstance, test.instance)
			t.Setenv(envBaseURL, test.baseURL)
			var diags diag.Diagnostics
			address, missing := addressOf(test.config, &diags)
			if address == nil || missing != "" || diags.HasError() {
				t.Fatalf("%v, %q, %v", address, missing, diags)
			}
			if test.warns == "" {
				if len(diags) > 0 {
					t.Errorf("%v", diags)
				}
				return
			}
			if len(diags) != 1 || diags[0].Summary() != sumVariableNotUsed ||
				!strings.Contains(diags[0].Detail(), test.warns) || !strings.Contains(diags[0].Detail(), address.String()) {
				t.Errorf("%v", diags)
			}
		})
	}
}
