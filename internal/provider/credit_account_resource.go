package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var (
	_ resource.ResourceWithConfigure      = (*creditAccountResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*creditAccountResource)(nil)
	_ resource.ResourceWithValidateConfig = (*creditAccountResource)(nil)
	_ resource.ResourceWithImportState    = (*creditAccountResource)(nil)
	_ resource.ResourceWithIdentity       = (*creditAccountResource)(nil)
	_ resource.ResourceWithMoveState      = (*creditAccountResource)(nil)
	_ resource.ResourceWithUpgradeState   = (*creditAccountResource)(nil)
)

type creditAccountResource struct {
	// session is nil while the engine validates.
	session *session
}

func newCreditAccountResource() resource.Resource { return &creditAccountResource{} }

func (r *creditAccountResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = creditAccountType
}

func (r *creditAccountResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = creditAccountSchema(ctx)
}

func (r *creditAccountResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = creditAccountIdentitySchema()
}

// UpgradeState has a function for each older version of the schema; this is
// the first one. A state of the version that the schema has is read as it is,
// and what it has beyond the schema is passed over.
func (r *creditAccountResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return nil
}

func (r *creditAccountResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*session); ok {
		r.session = configured
	}
}

// ValidateConfig finds ids that are the same but for case: a set takes them
// for two.
func (r *creditAccountResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var licenseIDs stringSet
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("license_ids"), &licenseIDs)...)
	if resp.Diagnostics.HasError() {
		return
	}
	seen := map[string]string{}
	for _, id := range stringsOf(licenseIDs) {
		lower := strings.ToLower(id)
		if other, ok := seen[lower]; ok {
			resp.Diagnostics.AddAttributeError(path.Root("license_ids"), sumInvalidValue,
				fmt.Sprintf("%s and %s are the same id: upper and lower case do not count. Keep one of them.", other, id))
			continue
		}
		seen[lower] = id
	}
}

// Create sends one POST, or takes over an account. Once an id is known it adds
// no error: an error beside a saved state taints the object, and a tainted
// object is one that an engine wants to create again.
func (r *creditAccountResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan creditAccountModel
	resp.Diagnostics.Append(accountModel().get(ctx, req.Plan.Raw, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if isSet(plan.ExistingAccountID) {
		r.takeOver(ctx, &plan, resp)
		return
	}
	allowed, diags := plan.createTimeout(ctx)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session == nil || r.session.client == nil {
		addNotConfigured(r.session, "Creating a credit account", &resp.Diagnostics)
		return
	}
	key := plan.key()
	r.session.registry.beginCreate(key)
	defer r.session.registry.endCreate(key)
	created, err := r.session.client.CreateCreditAccount(ctx, plan.request(), allowed)
	if created.CannotLookUp != nil && !explainsRefusedLookup(err) && r.session.sayOnce("lookup refused") {
		resp.Diagnostics.AddWarning(sumLookupRefused, fmt.Sprintf(
			"Before an account is created, the provider searches the client's credit batches and credit actions for one of the same name, "+
				"and the API refused this: %s. Accounts are created without this lookup. To allow it, let the key's role read credit batches and credit actions; "+
				"to do without, set on_existing_account = \"ignore\" in the provider's configuration. This is said once a run.", created.CannotLookUp))
	}
	if created.NotAsked > 0 && r.session.sayOnce("not all checked") {
		resp.Diagnostics.AddWarning(sumNotAllChecked, fmt.Sprintf(
			"Before an account is created, the provider looks up the names of the client's accounts that may be the same, newest first. Client %s has %d more than it looks up, so an older one of the same name "+
				"would not be found. Make sure in the product's admin pages that there is none. This is said once a run.", plan.ClientID.ValueString(), created.NotAsked))
	}
	if err != nil {
		r.createFailed(ctx, err, &plan, resp)
		return
	}
	r.createSucceeded(ctx, created, &plan, resp)
}

// createSucceeded saves an account that exists and is ours.
func (r *creditAccountResource) createSucceeded(ctx context.Context, created thoughtindustries.Creation[thoughtindustries.CreditAccount], plan *creditAccountModel, resp *resource.CreateResponse) {
	unreadable, unset := plan.applyResponse(created.Object)
	saveCreated(ctx, plan, unset, resp)
	r.session.registry.track(trackedFrom(plan))
	name, client, id := plan.Name.ValueString(), plan.ClientID.ValueString(), created.Object.ID
	switch {
	case created.AfterUnknown:
		resp.Diagnostics.AddWarning(sumAdopted, fmt.Sprintf(
			"The account %q of client %s was created, but the response to its creation did not arrive as it should: %s. "+
				"It was found by a lookup, and is managed from now on: %s. It was recognised by its client, its name, its starting balance and the time at which it appeared. "+
				"Values that the lookup does not return are null.", name, client, created.Adopted, describeAccount(created.Object)))
	case created.Adopted != "":
		resp.Diagnostics.AddWarning(sumAdopted, fmt.Sprintf(
			"Client %s had an account %q already, and on_existing_account is \"adopt\": no account was created, and this one is managed from now on: %s. "+
				"It was recognised by its client, its name and its starting balance. Values that the lookup does not return are null.",
			client, name, describeAccount(created.Object)))
	case len(unreadable) > 0:
		resp.Diagnostics.AddWarning(sumUnreadable, fmt.Sprintf(
			"The account %q of client %s was created (id %s), but the API's response did not have these values in the documented form: %s. "+
				"What was configured is kept; the others are null.", name, client, id, strings.Join(unreadable, ", ")))
	}
	if returned := created.Object.ClientID.Value; returned != nil && !strings.EqualFold(*returned, client) {
		resp.Diagnostics.AddWarning(sumOtherClient, fmt.Sprintf(
			"The account %q was created for client %s (id %s), but the response says that it belongs to client %q. Check it in the product's admin pages.",
			name, client, id, *returned))
	}
}

// saveCreated puts the account into the response. Should that fail, which no
// input is known to cause, the ids are saved alone rather than nothing.
func saveCreated(ctx context.Context, plan *creditAccountModel, unset []string, resp *resource.CreateResponse) {
	diags := accountModel().set(ctx, &resp.State.Raw, plan)
	diags.Append(setUnset(ctx, resp.Private, unset)...)
	diags.Append(creditAccountIdentity{ClientID: plan.ClientID, ID: plan.ID}.setIdentity(ctx, resp.Identity)...)
	for _, d := range diags {
		resp.Diagnostics.AddWarning(d.Summary(), d.Detail())
	}
}

// takeOver takes an account that exists. It is checked, and nothing is created.
func (r *creditAccountResource) takeOver(ctx context.Context, plan *creditAccountModel, resp *resource.CreateResponse) {
	id := plan.ExistingAccountID.ValueString()
	compared := r.session.checkTakeOver(ctx, plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session != nil && r.session.client != nil && !r.session.client.ClaimCreditAccount(id) {
		resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, alreadyTakenDetail(id))
		return
	}
	unset := plan.nullComputed()
	plan.ID = types.StringValue(id)
	saveCreated(ctx, plan, unset, resp)
	resp.Diagnostics.AddWarning(sumTakenOver, fmt.Sprintf(
		"The account %s of client %s is managed from now on, as existing_account_id says. Nothing was created, and %s: "+
			"the configured values were recorded as they are. existing_account_id may be removed now.", id, plan.ClientID.ValueString(), compared))
}

// createFailed says why there is no account, or why nobody knows.
func (r *creditAccountResource) createFailed(ctx context.Context, err error, plan *creditAccountModel, resp *resource.CreateResponse) {
	var exists *thoughtindustries.ExistsError[thoughtindustries.ListedAccount]
	if errors.As(err, &exists) {
		r.session.addExists(exists.Existing.Found, plan, &resp.Diagnostics)
		return
	}
	r.session.addCreateError(ctx, err, trackedFrom(plan), func(status string) diag.Diagnostics {
		plan.nullComputed()
		plan.Status = types.StringValue(status)
		return accountModel().set(ctx, &resp.State.Raw, plan)
	}, resp.Private, &resp.Diagnostics)
}

// setUnresolved leaves the mark of an unresolved object.
func setUnresolved(ctx context.Context, private privateState, unknown *thoughtindustries.UnknownOutcomeError) diag.Diagnostics {
	mark, err := json.Marshal(map[string]string{"at": unknown.At.UTC().Format(time.RFC3339), "reason": unknown.Reason})
	if err != nil {
		return nil // the missing id says it as well
	}
	return private.SetKey(ctx, privateUnresolved, mark)
}

// Read sends nothing: no API call reads an account.
func (r *creditAccountResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state creditAccountModel
	resp.Diagnostics.Append(accountModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(accountModel().set(ctx, &resp.State.Raw, &state)...)
	resp.Diagnostics.Append(creditAccountIdentity{ClientID: state.ClientID, ID: state.ID}.setIdentity(ctx, resp.Identity)...)
}

// Update records what needs no request, and compares what was unknown when it
// was planned. An error leaves the state as it was.
func (r *creditAccountResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state creditAccountModel
	resp.Diagnostics.Append(accountModel().get(ctx, req.Plan.Raw, &plan)...)
	resp.Diagnostics.Append(accountModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	unset := unsetIn(ctx, req.Private)
	var changed, recorded []string
	for _, attribute := range apiAttributes {
		wanted, prior := attribute.value(&plan), attribute.value(&state)
		switch {
		case !known(ctx, wanted), attribute.same(wanted, prior):
			// Unknown even now: nobody configured it, so it stays.
			if !known(ctx, wanted) {
				attribute.set(&plan, &state)
			}
		case prior.IsNull() && slices.Contains(unset, attribute.name):
			recorded = append(recorded, attribute.name)
		default:
			changed = append(changed, attribute.name)
		}
	}
	if len(changed) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root(changed[0]), sumDiffersAtApply, fmt.Sprintf(
			"Changed: %s, of the account %q (id %s) of client %s. The plan could not know, because the new value was not known yet; now it is, and it is another one. "+
				"The API cannot change an account. Nothing was changed and the state is as it was: plan again to see the ways out.",
			strings.Join(changed, ", "), state.Name.ValueString(), state.ID.ValueString(), state.ClientID.ValueString()))
		return
	}
	if isSet(plan.ExistingAccountID) && !state.ID.IsNull() && !strings.EqualFold(plan.ExistingAccountID.ValueString(), state.ID.ValueString()) {
		resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumWrongExisting, wrongExistingDetail(&state, plan.ExistingAccountID.ValueString()))
		return
	}
	plan.keepComputed(&state)
	if state.ID.IsNull() {
		if !isSet(plan.ExistingAccountID) {
			resp.Diagnostics.AddError(sumUnresolved, r.session.unresolvedDetail(ctx, trackedFrom(&state)))
			return
		}
		if r.session.checkTakeOver(ctx, &plan, &resp.Diagnostics); resp.Diagnostics.HasError() {
			return
		}
		plan.nullComputed()
		plan.ID = plan.ExistingAccountID
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateUnresolved, nil)...)
	}
	unset = slices.DeleteFunc(unset, func(name string) bool { return slices.Contains(recorded, name) })
	resp.Diagnostics.Append(setUnset(ctx, resp.Private, unset)...)
	resp.Diagnostics.Append(accountModel().set(ctx, &resp.State.Raw, &plan)...)
	resp.Diagnostics.Append(creditAccountIdentity{ClientID: plan.ClientID, ID: plan.ID}.setIdentity(ctx, resp.Identity)...)
	if len(recorded) > 0 {
		resp.Diagnostics.AddWarning(sumRecorded, recordedDetail(&plan, recorded, "were"))
	}
}

// Delete forgets: no API call deletes an account.
func (r *creditAccountResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state creditAccountModel
	resp.Diagnostics.Append(accountModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() || r.session == nil {
		return
	}
	r.session.registry.release(trackedFrom(&state))
}

func shortened(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return text
}
