package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// creditAccountIdentity is what an account is known by to engines that keep
// identities. An account of unknown outcome has none.
type creditAccountIdentity struct {
	ClientID types.String `tfsdk:"client_id"`
	ID       types.String `tfsdk:"id"`
}

// setIdentity puts a whole identity into a response. Half of one would stand in the
// way of the whole one later: an identity may not change.
func (i creditAccountIdentity) setIdentity(ctx context.Context, to *tfsdk.ResourceIdentity) diag.Diagnostics {
	if to == nil || !isSet(i.ClientID) || !isSet(i.ID) {
		return nil
	}
	return to.Set(ctx, i)
}

// ImportState takes the ids, and what a check of them returns. Everything else
// is null until the first apply records what is configured.
func (r *creditAccountResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := importedIdentity(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	listed := r.session.checkAccount(ctx, id.ClientID.ValueString(), id.ID.ValueString(), path.Empty(), "Nothing was imported.", &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	object := trackedObject{Kind: creditAccountType, ClientID: id.ClientID.ValueString(), ID: id.ID.ValueString()}
	returned := map[string]bool{"client_id": true}
	if listed != nil && listed.Name != "" && checkName(listed.Name) == nil {
		object.Name, returned["name"] = listed.Name, true
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("name"), listed.Name)...)
	}
	if listed != nil && listed.StartingBalance != "" {
		returned["starting_balance"] = true
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("starting_balance"), optionalNumber(listed.StartingBalance))...)
	}
	var unset []string
	for _, attribute := range apiAttributes {
		if !returned[attribute.name] {
			unset = append(unset, attribute.name)
		}
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_id"), id.ClientID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id.ID)...)
	resp.Diagnostics.Append(setUnset(ctx, resp.Private, unset)...)
	resp.Diagnostics.Append(id.setIdentity(ctx, resp.Identity)...)
	// One whose name is not known gets it, or not, by the plan that follows.
	if object.Name != "" && r.session != nil && r.session.registry.track(object) {
		resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(object, r.session.registry.alongsideOf(object)))
	}
}

// checkAccount compares an account that exists with what the client's listing
// shows of it; nil where it shows nothing, or nothing can be asked. Problems are
// about the attribute at, or about the whole where that is empty; undone says
// that nothing happened.
func (s *session) checkAccount(ctx context.Context, clientID, accountID string, at path.Path, undone string, diags *diag.Diagnostics) *thoughtindustries.ListedAccount {
	if s == nil || s.client == nil {
		if s != nil && s.sayOnce("unchecked accounts") {
			diags.AddWarning(sumNotChecked, "Whether the ids are right was not checked, because no request can be sent. "+s.missing+
				" Compare the ids with the product's admin pages. This is said once a run.")
		}
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, defaultCreateTimeout) // an API may ask to come back for ever
	defer cancel()
	check, err := s.client.CheckCreditAccount(ctx, clientID, accountID)
	switch {
	case lookupRefused(err):
		if s.sayOnce("unchecked accounts") {
			diags.AddWarning(sumNotChecked, fmt.Sprintf("Whether the ids are right was not checked, because the API refused the lookup: %s. "+
				"Compare the ids with the product's admin pages, or let the key's role read credit batches and credit actions. This is said once a run.", err))
		}
	case err != nil:
		addAt(diags, at, sumCheckFailed, fmt.Sprintf("Whether the account %s is one of client %s could not be checked: %s. %s Try again.", accountID, clientID, err, undone))
	case check.OtherClient != "":
		addAt(diags, at, sumOfOtherClient, fmt.Sprintf("The API says that the account %s is one of client %s, and client_id is %s. %s Correct the id of the account or of the client.",
			accountID, check.OtherClient, clientID, undone))
	case check.Listed == nil && s.sayOnce("not listed "+strings.ToLower(accountID)):
		diags.AddWarning(sumNotListed, fmt.Sprintf("The credit batches of client %s show no account %s. An account with a balance of 0 may have no batch, so this is no error; a wrong id looks the same. "+
			"Compare both ids with the product's admin pages (the client's credit accounts) before you go on.", clientID, accountID))
	}
	return check.Listed
}

// addAt adds an error at an attribute, or about the whole where that is empty.
func addAt(diags *diag.Diagnostics, at path.Path, summary, detail string) {
	if len(at.Steps()) == 0 {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(at, summary, detail)
}

// checkTakeOver compares an account that is to be taken over, and says for
// people what was compared.
func (s *session) checkTakeOver(ctx context.Context, m *creditAccountModel, diags *diag.Diagnostics) (compared string) {
	id := m.ExistingAccountID.ValueString()
	listed := s.checkAccount(ctx, m.ClientID.ValueString(), id, path.Root("existing_account_id"), "Nothing was changed.", diags)
	if listed == nil || listed.Name == "" || !isSet(m.Name) {
		return "nothing was compared"
	}
	if !thoughtindustries.SameName(listed.Name, m.Name.ValueString()) {
		diags.AddAttributeError(path.Root("name"), sumOtherName, fmt.Sprintf("The API says that the account %s of client %s is called %q, and name is another one. Nothing was changed. "+
			"Correct existing_account_id, or set name to what the account is called.", id, m.ClientID.ValueString(), shortened(listed.Name)))
	}
	return "its client and name were compared with what the API returns"
}

const (
	exampleClientID  = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	exampleAccountID = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
)

// importedIdentity reads the ids of an import, of whichever form.
func importedIdentity(ctx context.Context, req resource.ImportStateRequest) (id creditAccountIdentity, diags diag.Diagnostics) {
	const where = "Both stand in the product's admin pages; the data source thoughtindustries_credit_accounts has the ids of a client's accounts. " +
		"Nothing was imported."
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.Get(ctx, &id)...)
		if !diags.HasError() && errors.Join(checkUUID(id.ClientID.ValueString()), checkUUID(id.ID.ValueString())) != nil {
			diags.AddError(sumImportID, fmt.Sprintf("The identity client_id = %q, id = %q has not the form { client_id, id }, both UUIDs, such as "+
				"{ client_id = %q, id = %q }. %s", shortened(id.ClientID.ValueString()), shortened(id.ID.ValueString()), exampleClientID, exampleAccountID, where))
		}
		return id, diags
	}
	client, account, err := parseImportID(req.ID)
	if err != nil {
		diags.AddError(sumImportID, fmt.Sprintf("The import id %q has not the form <client_id>/<id>, both UUIDs, such as %s/%s. %s",
			shortened(req.ID), exampleClientID, exampleAccountID, where))
		return id, diags
	}
	return creditAccountIdentity{ClientID: types.StringValue(client), ID: types.StringValue(account)}, diags
}

// parseImportID reads <client_id>/<id>, both UUIDs.
func parseImportID(text string) (clientID, id string, err error) {
	clientID, id, found := strings.Cut(text, "/")
	if !found {
		return "", "", errors.New("it has no /")
	}
	if err := errors.Join(checkUUID(clientID), checkUUID(id)); err != nil {
		return "", "", err
	}
	return clientID, id, nil
}

// whereToFind says of each required attribute where its value stands. After an
// import, engines that write the configuration leave null what no call returns.
var whereToFind = map[string]string{
	"client_id": "It is the UUID of the client, in the product's admin pages and in the data source thoughtindustries_clients.",
	"name": "It is the account's name in the product's admin pages (the client's credit accounts); " +
		"the data source thoughtindustries_credit_accounts shows it for accounts that have credit batches.",
	"starting_balance": "It is the number of credits that the account was given when it was made: the starting balance of its first credit batch, " +
		"in the product's admin pages or in the data source thoughtindustries_credit_batches.",
	"notify_emails": "They are the addresses that the account notifies, in the product's admin pages; [] where there are none.",
	"license_ids":   "They are the ids of the account's licenses: see the product's admin pages, and the data source thoughtindustries_licenses for the ids; [] where there are none.",
}

// missingValueDetail is said of a required attribute that is null.
func missingValueDetail(attribute string) string {
	return fmt.Sprintf("%s is required and is null. Nothing was changed.\n\n%s "+
		"For an account that exists already (an import, a take-over), nothing is sent: the value is recorded, and cannot be changed afterwards.",
		attribute, whereToFind[attribute])
}
