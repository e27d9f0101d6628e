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

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// ImportState takes what the client's listing and the account's name return. Both must be there, so that the state has
// no account without a name; everything else is null until the first apply records what is configured.
func (r *accountResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, diags := importedIdentity(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	clientID, accountID := id.ClientID.ValueString(), id.ID.ValueString()
	account, summary, problem := r.session.accountToImport(ctx, clientID, accountID)
	if account == nil {
		resp.Diagnostics.AddError(summary, fmt.Sprintf("%s An import needs the account's batches and its name. Nothing "+
			"was imported.\n\n- Check both ids in the product.\n- If they are right, take the account over without an "+
			"import: declare it with existing_account_id = %q and apply. Nothing is created.\n\n%s",
			problem, accountID, moreOfTakingOver))
		return
	}
	resp.Diagnostics.Append(setAccount(ctx, &resp.State, id, account.Name, account.StartingBalance)...)
	resp.Diagnostics.Append(id.set(ctx, resp.Identity)...)
	imported := registry.Object{Kind: registry.Account, ClientID: clientID, Name: account.Name, ID: accountID}
	if r.session.registry.Track(imported) {
		resp.Diagnostics.AddError(sumSecondAccount, secondDetail(imported, nil))
	}
}

// setAccount makes a state one of which only these values are known. All others are null until an apply records them.
func setAccount(
	ctx context.Context, state *tfsdk.State, id objectIdentity, name string, balance thoughtindustries.Number,
) (diags diag.Diagnostics) {
	for attribute, value := range map[string]any{
		"client_id": id.ClientID, "id": id.ID, "name": name, "starting_balance": numberValue(balance),
	} {
		diags.Append(state.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	return diags
}

// accountToImport gives an account as it is listed; else nil, and the problem for people.
func (s *session) accountToImport(
	ctx context.Context, clientID, id string,
) (account *thoughtindustries.ListedAccount, summary, problem string) {
	if s == nil || s.client == nil {
		return nil, sumNotConfigured, "Importing a credit account needs requests to the API. " + s.whatIsMissing()
	}
	// An API may ask to come back for ever.
	ctx, cancel := context.WithTimeout(ctx, defaultCreateTimeout)
	defer cancel()
	account, summary, problem, _ = s.findAccount(ctx, clientID, id)
	if account != nil && thoughtindustries.NormalizeName(account.Name) == "" {
		return nil, sumNoName, fmt.Sprintf("The API does not return the name of the account %s of client %s.", id, clientID)
	}
	return account, summary, problem
}

// findAccount looks up an account that is imported or taken over. Where there is none it gives the problem for people,
// and the error if the lookup failed.
func (s *session) findAccount(
	ctx context.Context, clientID, id string,
) (account *thoughtindustries.ListedAccount, summary, problem string, err error) {
	check, err := s.client.CheckCreditAccount(ctx, clientID, id)
	switch {
	case err != nil:
		summary, problem = sumCheckFailed, fmt.Sprintf("The account %s of client %s could not be looked up: %s.",
			id, clientID, err)
		if keyInvalid(err) {
			problem += " " + keyAdvice
		}
	case check.OtherClient != "":
		summary, problem = sumOfOtherClient, fmt.Sprintf("The API says that the account %s belongs to client %s, but "+
			"client_id is %s.", id, check.OtherClient, clientID)
	case check.Listed == nil:
		summary, problem = sumNotListed, fmt.Sprintf("The credit batches of client %s show no account %s. Either an id "+
			"is wrong, or the account has no batch, as with a balance of 0.", clientID, id)
	default:
		account = check.Listed
	}
	return account, summary, problem, err
}

// checkTakeOver compares an account that is to be taken over, as far as it can be looked up; the plan does what it knows
// the ids for and what is done in its time. What cannot be looked up is a warning.
func (s *session) checkTakeOver(ctx context.Context, m *accountModel, applying bool, diags *diag.Diagnostics) {
	id := m.ExistingAccountID.ValueString()
	switch {
	case s.client == nil && applying:
		s.warnOnce(sumNotChecked, sumNotChecked, "Whether the ids are right was not checked. "+s.missing+
			" Compare the ids with the product. Shown once per run.", diags)
		return
	case s.client == nil, id == "", !isSet(m.ClientID):
		return
	case !applying:
		planning, cancel := s.planContext(ctx)
		defer cancel()
		ctx = planning
	}
	account, summary, problem, err := s.findAccount(ctx, m.ClientID.ValueString(), id)
	var failed *thoughtindustries.LookupError
	switch {
	case keyInvalid(err), summary == sumOfOtherClient:
		diags.AddAttributeError(path.Root("existing_account_id"), summary, problem+" Nothing was changed.")
	case errors.As(err, &failed) && failed.Refused:
		s.warnOnce(sumNotChecked, sumNotChecked, problem+" Compare the ids with the product, or allow the key's role "+
			"to read credit batches and credit actions. Shown once per run.", diags)
	case account == nil && (applying || !s.registry.Applying()):
		s.warnOnce(summary+strings.ToLower(id), summary, problem+" Compare both ids with the product.", diags)
	case account != nil && account.Name != "" && isSet(m.Name):
		s.compareName(m, account.Name, applying, diags)
	}
}

// compareName compares the name of an account that is to be taken over. Another one is an error at plan, but not where
// the account is unresolved: it may have been stored in another form. At apply nothing would be won by stopping.
func (s *session) compareName(m *accountModel, listed string, applying bool, diags *diag.Diagnostics) {
	if thoughtindustries.SameName(listed, m.Name.ValueString()) {
		return
	}
	id := m.ExistingAccountID.ValueString()
	text := fmt.Sprintf("The account %s of client %s is called %q in the API, but name is %q.",
		id, m.ClientID.ValueString(), shortened(listed), m.Name.ValueString())
	if applying || s.registry.HadUnresolvedLike(m.object()) {
		s.warnOnce(sumOtherName+strings.ToLower(id), sumOtherName, text+" Check in the product that this is the "+
			"right account. The state keeps the configured name.", diags)
		return
	}
	diags.AddAttributeError(path.Root("name"), sumOtherName, text+" Nothing was changed. Correct "+
		"existing_account_id, or set name to the account's name. "+moreOfTakingOver)
}

// importedIdentity reads the ids of an import, of whichever form.
func importedIdentity(
	ctx context.Context, req resource.ImportStateRequest,
) (id objectIdentity, diags diag.Diagnostics) {
	given, form := fmt.Sprintf("id %q", shortened(req.ID)), "<client_id>/<id>"
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.Get(ctx, &id)...)
		given = fmt.Sprintf("identity client_id = %q, id = %q",
			shortened(id.ClientID.ValueString()), shortened(id.ID.ValueString()))
		form = "{ client_id, id }"
	} else {
		client, object, _ := strings.Cut(req.ID, "/")
		id = objectIdentity{types.StringValue(client), types.StringValue(object)}
	}
	if !diags.HasError() && errors.Join(checkUUID(id.ClientID.ValueString()), checkUUID(id.ID.ValueString())) != nil {
		diags.AddError(sumImportID, fmt.Sprintf("The import %s must have the form %s, with two UUIDs. "+
			"Nothing was imported. You find both ids in the product's admin pages; the data source "+
			"thoughtindustries_credit_accounts lists the ids of a client's accounts. "+
			"%s", given, form, moreOfTakingOver))
	}
	return id, diags
}
