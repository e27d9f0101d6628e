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
)

// creditAccountIdentity is what an account is known by to engines that keep
// identities. An account of unknown outcome has none.
type creditAccountIdentity struct {
	ClientID types.String `tfsdk:"client_id"`
	ID       types.String `tfsdk:"id"`
}

// give puts a whole identity into a response. Half of one would stand in the
// way of the whole one later: an identity may not change.
func (i creditAccountIdentity) give(ctx context.Context, to *tfsdk.ResourceIdentity) diag.Diagnostics {
	if to == nil || !isSet(i.ClientID) || !isSet(i.ID) {
		return nil
	}
	return to.Set(ctx, i)
}

// ImportState takes the ids and sends nothing. Everything else is null until
// the first apply records what is configured.
func (r *creditAccountResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := importedIdentity(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	var untold []string
	for _, attribute := range apiAttributes[1:] { // client_id is told by the import
		untold = append(untold, attribute.name)
	}
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("client_id"), id.ClientID)...)
	resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root("id"), id.ID)...)
	resp.Diagnostics.Append(setUntold(ctx, resp.Private, untold)...)
	resp.Diagnostics.Append(id.give(ctx, resp.Identity)...)
}

const (
	exampleClientID  = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	exampleAccountID = "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"
)

// importedIdentity reads the ids of an import, of whichever form.
func importedIdentity(ctx context.Context, req resource.ImportStateRequest) (id creditAccountIdentity, diags diag.Diagnostics) {
	const where = "Both stand in the product's admin pages; the data source thoughtindustries_credit_batches tells the ids of a client's batches and of their accounts. " +
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
// import, engines that write the configuration leave null what nothing tells.
var whereToFind = map[string]string{
	"client_id": "It is the UUID of the client, in the product's admin pages and in the data source thoughtindustries_clients.",
	"name": "It is the account's name in the product's admin pages (the client's credit accounts); " +
		"the data source thoughtindustries_credit_accounts tells it of accounts that have credit batches.",
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
