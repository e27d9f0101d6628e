package provider

import (
	"strings"
	"testing"
)

// A pipeline of a fork sets secrets to empty strings.
func TestInput_AnEmptyArgumentOfTheProviderIsNotSet(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write("provider \"thoughtindustries\" {\n instance = \"\"\n base_url = \"\"\n api_key = \"\"\n}\n" + account("a", "Training", ""))
	w.run("validate").expectSuccess()
	w.plan().expectChanges().expectWarning(sumNotConfigured, envAPIKey)
	w.write("provider \"thoughtindustries\" {\n instance = \"\"\n base_url = \"" + w.url + "\"\n api_key = \"" + testKey + "\"\n}\n" + account("a", "Training", ""))
	w.apply().expectSuccess()
	w.api.expectAccounts(1)
}

// What an engine shows of an error about an element of a set is the element.
func TestInput_SensitiveValuesThatAreRefusedAreNotShown(t *testing.T) {
	t.Parallel()
	const secret = "s3cret"
	for name, config := range map[string]string{
		"name":     strings.ReplaceAll(account("a", "NAME", ""), `"NAME"`, "var.secret"),
		"address":  strings.ReplaceAll(account("a", "Training", ""), `["a@example.com"]`, "[var.secret]"),
		"license":  strings.ReplaceAll(account("a", "Training", ""), "license_ids      = []", "license_ids = [var.empty]"),
		"set of 1": strings.ReplaceAll(account("a", "Training", ""), `["a@example.com"]`, "toset([\"b@example.com\", var.secret])"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.setenv("TF_VAR_secret", " "+secret)
			w.write("variable \"secret\" {\n type = string\n sensitive = true\n}\nvariable \"empty\" {\n default = \"\"\n sensitive = true\n}\n" + config)
			w.plan().expectError(sumInvalidValue).expectNoOutput(secret)
		})
	}
}
