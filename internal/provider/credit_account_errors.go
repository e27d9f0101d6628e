package provider

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// addNotConfigured says which argument a request lacks.
func addNotConfigured(s *session, what string, diags *diag.Diagnostics) {
	missing := "The provider was not configured."
	if s != nil && s.missing != "" {
		missing = s.missing
	}
	diags.AddError(sumNotConfigured, what+" needs a request to the API. "+missing+" Nothing was changed.")
}

// addRefused says what the API refused, in its own words, and what to do.
func addRefused(refused *thoughtindustries.APIError, plan *creditAccountModel, address string, diags *diag.Diagnostics) {
	said := ""
	if refused.Message != "" {
		said = fmt.Sprintf("\n\nThe API wrote: %s", refused.Message)
		if refused.Code != "" {
			said += " (" + refused.Code + ")"
		}
	}
	detail := fmt.Sprintf("The account %q of client %s was not created: %s answered %d %s. Nothing was changed.%s\n\n%s",
		plan.Name.ValueString(), plan.ClientID.ValueString(), address, refused.Status, http.StatusText(refused.Status), said,
		adviceFor(refused, plan.ClientID.ValueString(), address))
	if refused.Status == http.StatusNotFound {
		diags.AddAttributeError(path.Root("client_id"), sumRefused, detail)
		return
	}
	for _, attribute := range apiAttributes {
		if attribute.field == refused.Field && concernsField(refused.Status) {
			diags.AddAttributeError(path.Root(attribute.name), sumRefused, detail)
			return
		}
	}
	diags.AddError(sumRefused, detail)
}

func concernsField(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusConflict || status == http.StatusUnprocessableEntity
}

// adviceFor says what to do about a refusal.
func adviceFor(refused *thoughtindustries.APIError, clientID, address string) string {
	switch refused.Status {
	case http.StatusUnauthorized:
		return "The API key is wrong, was revoked, or belongs to another instance. It comes from api_key in the provider's configuration, else from the environment variable " +
			envAPIKey + "; keys are made in Settings of the instance."
	case http.StatusForbidden:
		return "The key is valid, but its role may not do this. Give the key's role the permission in Settings of the instance, or use a key of another role."
	case http.StatusNotFound:
		return fmt.Sprintf("The client %s does not exist on this instance. Check client_id, and that %s is the instance that you mean.", clientID, address)
	case http.StatusConflict:
		return "The API sees a conflict with something that exists, such as an account of the same name. If that is the account you declare, take it over with existing_account_id = \"<its id>\"."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "Correct the value and apply again."
	case http.StatusRequestEntityTooLarge:
		return "The request is too large for the API: look for very long lists or names."
	}
	if refused.Location != "" {
		return fmt.Sprintf("It redirects to %s. Redirects are not followed, because a repeated request may create a second account. "+
			"If that is the address of the instance, set it as base_url.", refused.Location)
	}
	return "Apply again once the cause is mended."
}

// addExists says which account stands in the way and how to go on.
func addExists(exists *thoughtindustries.ExistsError, plan *creditAccountModel, diags *diag.Diagnostics) {
	lines := make([]string, 0, len(exists.Accounts))
	for _, account := range exists.Accounts {
		lines = append(lines, "- "+describeAccount(account))
	}
	held := ""
	if exists.Held {
		held = "\n\nThe state holds it, at another address or as the object that this one replaces. If it is being replaced on purpose with create_before_destroy, " +
			"set on_existing_account = \"ignore\" for that apply."
	}
	diags.AddAttributeError(path.Root("name"), sumExists, fmt.Sprintf(
		"Client %s has an account %q with the same starting balance already, so none was created:\n%s%s\n\n"+
			"It may come from an earlier run that was killed before its state was saved.\n"+
			"- It is the account you declare: set existing_account_id = \"%s\" on this resource and apply (nothing is sent), "+
			"or set on_existing_account = \"adopt\" in the provider's configuration.\n"+
			"- It is another one, and you want a second: set on_existing_account = \"ignore\" in the provider's configuration for that apply.\n\n"+
			"Nothing was changed.",
		plan.ClientID.ValueString(), plan.Name.ValueString(), strings.Join(lines, "\n"), held, exists.Accounts[0].ID))
}

// describeAccount names an account by what the look-up tells of it.
func describeAccount(account thoughtindustries.CreditAccount) string {
	text := "id " + account.ID
	if account.CreatedAt.Value != nil {
		text += ", first seen " + shortened(*account.CreatedAt.Value)
	}
	if account.CurrentBalance.Value != nil {
		text += ", current balance " + decimalText(*account.CurrentBalance.Value)
	}
	return text
}
