package provider

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// number is one of an engine, which may be larger than a float64.
func number(text string) *big.Float {
	value, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil {
		panic(err)
	}
	return value
}

func timeout(text string) map[string]tftypes.Value {
	return map[string]tftypes.Value{"create": tftypes.NewValue(tftypes.String, text)}
}

func TestValidate_RefusesWrongValuesOnTheirAttribute(t *testing.T) {
	const tooLarge = "1e309"
	// Arguments that are valid; each row changes one.
	valid := map[string]arguments{
		creditAccountType: {
			"client_id": testClient, "name": "Training", "starting_balance": 1.5,
			"notify_emails": texts("a@x.example"), "license_ids": texts("a"),
		},
		creditBatchType:                    {"client_id": testClient, "starting_balance": 50},
		"":                                 {},
		"thoughtindustries_client":         {"name": "Acme"},
		"thoughtindustries_clients":        {},
		"thoughtindustries_licenses":       {"client_id": testClient},
		"thoughtindustries_credit_actions": {"client_id": testClient, "credit_account_id": otherID, "action_type": "credit"},
	}
	p := newProtocol(t)
	for block, set := range valid {
		if got := p.validate(block, set); len(got) > 0 {
			t.Errorf("%q without a change: %v", block, got)
		}
	}
	for i, test := range []struct {
		block, attribute string
		value            any
		says             string
	}{
		{creditAccountType, "client_id", "", "must be a UUID"},
		{creditAccountType, "client_id", "acme", "not a valid UUID"},
		{creditAccountType, "client_id", "{" + testClient + "}", "not a valid UUID"},
		{creditAccountType, "client_id", testClient + "\n", "not a valid UUID"},
		{creditAccountType, "name", "", "it is empty"},
		{creditAccountType, "name", "one\ntwo", "control character"},
		{creditAccountType, "name", " Training", "begins or ends with white space"},
		{creditAccountType, "name", "\u200b", "only of invisible characters"},
		{creditAccountType, "starting_balance", -0.5, "must be 0 or more, and at most about 1.8e308: it is -0.5"},
		{creditAccountType, "starting_balance", number(tooLarge), "at most about 1.8e308"},
		{creditAccountType, "notify_emails", texts("example.com"), "that is not an e-mail address: it has no @"},
		{creditAccountType, "notify_emails", texts("@example.com"), "nothing before or after"},
		{creditAccountType, "notify_emails", texts("a\n@example.com"), "control character"},
		{creditAccountType, "notify_emails", texts("a@x.example", "c@d@e"), "(2 of 2 in alphabetical order)"},
		{creditAccountType, "notify_emails", texts("a@x.example,b@x.example"), "an element of its own"},
		{creditAccountType, "notify_emails", texts("c@d@e"), "more than one @"},
		{creditAccountType, "notify_emails", texts("Training <a@b.example>"), `before it in "Training <a@b.example>"`},
		{creditAccountType, "notify_emails", texts("<a@b.example>"), "leave out the angle brackets"},
		{creditAccountType, "notify_emails", []tftypes.Value{tftypes.NewValue(tftypes.String, nil)}, "is null"},
		{creditAccountType, "license_ids", texts(""), "it is empty"},
		{creditAccountType, "type", "", "it is empty"},
		{creditAccountType, "batch_days_until_expire", -1, "whole number from 0 to 2147483647: it is -1"},
		{creditAccountType, "batch_days_until_expire", 30.5, "it is 30.5"},
		{creditAccountType, "batch_days_until_expire", 2147483648, "whole number from 0 to 2147483647"},
		{creditAccountType, "minimum_batch_amount", 0.5, "whole number"},
		{creditAccountType, "credit_batch_name", "", "it is empty"},
		{creditAccountType, "existing_account_id", "x", "not a valid UUID"},
		{creditAccountType, "create_alongside", texts("x"), "not a valid UUID"},
		{creditAccountType, "timeouts", timeout("soon"), "not a duration"},
		{creditAccountType, "timeouts", timeout("0s"), "greater than 0"},
		{creditBatchType, "client_id", "acme", "not a valid UUID"},
		{creditBatchType, "starting_balance", -0.5, "must be 0 or more"},
		{creditBatchType, "credit_account_id", "Training", "not a valid UUID"},
		{creditBatchType, "name", "", "it is empty"},
		{creditBatchType, "expires_on", "soon", "RFC3339"},
		{"", "instance", "acme/x", "subdomain alone"},
		{"", "instance", "acme.evil.example", "subdomain alone"},
		{"", "base_url", "https://user:hunter2@example.com", "user name or password"},
		{"", "base_url", "https://example.com?x=1", "no query"},
		{"", "base_url", "https://example.com#x", "no fragment"},
		{"", "base_url", "http://localhost.example.com", "unencrypted"},
		{"", "base_url", "example.com", "https://"},
		{"", "base_url", "https:///x", "no host"},
		{"", "base_url", "https://example.com/incoming/v2", "leave /incoming/v2 out"},
		{"", "max_concurrent_requests", 0, "whole number from 1"},
		{"", "requests_per_minute", 0.5, "whole number from 1"},
		{"", "request_timeout", "0s", "greater than 0"},
		{"", "on_existing_account", "replace", "adopt"},
		{"thoughtindustries_client", "name", "", "at least 1"},
		{"thoughtindustries_client", "id", testClient, "Exactly one of these attributes must be configured"},
		{"thoughtindustries_client", "name", nil, "Exactly one of these attributes must be configured"},
		{"thoughtindustries_clients", "query", "", "at least 1"},
		{"thoughtindustries_licenses", "sku", "", "at least 1"},
		{"thoughtindustries_credit_actions", "action_type", "both", `["credit" "debit"]`},
		{"thoughtindustries_credit_actions", "credit_account_id", "Training", "not a valid UUID"},
	} {
		t.Run(fmt.Sprintf("%02d_%s_%s", i, test.block, test.attribute), func(t *testing.T) {
			set := arguments{test.attribute: test.value}
			for name, value := range valid[test.block] {
				if name != test.attribute {
					set[name] = value
				}
			}
			got := p.validate(test.block, set)
			if len(got) != 1 || !strings.Contains(got[0].Detail, test.says) {
				t.Fatalf("got %v, want %q", got, test.says)
			}
			named := got[0].Attribute.String() + got[0].Detail
			if !strings.Contains(named, test.attribute) || strings.Contains(named, "hunter2") {
				t.Errorf("%s: %s", got[0].Attribute, got[0].Detail)
			}
		})
	}
}

// What an engine shows of an error about an element of a set is the element.
func TestInput_SensitiveValuesThatAreRefusedAreNotShown(t *testing.T) {
	t.Parallel()
	for name, config := range map[string]string{
		"name":   strings.ReplaceAll(account("a", "NAME", ""), `"NAME"`, "var.secret"),
		"e-mail": strings.ReplaceAll(account("a", "Training", ""), `["a@example.com"]`, "[var.secret]"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t)
			w.setenv("TF_VAR_secret", " s3cret")
			w.write("variable \"secret\" {\n type = string\n sensitive = true\n}\n" + config)
			w.plan().expectError(sumInvalidValue).expectNoOutput("s3cret")
		})
	}
}
