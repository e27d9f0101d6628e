package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var (
	_ resource.ResourceWithConfigure   = (*accountResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*accountResource)(nil)
	_ resource.ResourceWithImportState = (*accountResource)(nil)
	_ resource.ResourceWithIdentity    = (*accountResource)(nil)
	_ resource.ResourceWithMoveState   = (*accountResource)(nil)
)

type accountResource struct{ declared }

func newCreditAccountResource() resource.Resource {
	return &accountResource{declared{typeName: creditAccountType, noun: "account", schema: creditAccountSchema}}
}

// Create sends one POST, or takes over an account.
func (r *accountResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan accountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	allowed, diags := plan.Timeouts.Create(ctx, defaultCreateTimeout)
	resp.Diagnostics.Append(diags...)
	switch {
	case resp.Diagnostics.HasError():
		return
	case isSet(plan.ExistingAccountID):
		r.takeOver(ctx, &plan, resp)
		return
	case !r.ready("Creating a credit account", &resp.Diagnostics):
		return
	}
	object := plan.object()
	if !r.session.beginCreate(ctx, object, stringsOf(plan.CreateAlongside), &resp.Diagnostics) {
		return
	}
	defer r.session.registry.End(object)
	account, how, err := r.session.client.CreateCreditAccount(ctx, plan.request(), allowed)

	result := creationResult{Creation: how, storedName: account.Name.Value}
	var unknown *thoughtindustries.UnknownOutcomeError
	switch {
	case err == nil:
		result.unreadable = plan.applyResponse(account)
	case errors.As(err, &unknown):
		plan.withoutResponse(types.StringNull(), types.StringValue(unresolvedStatus(unknown.At, unknown.Reason)))
	}
	r.session.finishCreate(ctx, plan.object(), stringsOf(plan.CreateAlongside), result, err, &plan, resp)
}

// takeOver takes an account that exists. It is checked, and nothing is created.
func (r *accountResource) takeOver(ctx context.Context, plan *accountModel, resp *resource.CreateResponse) {
	id := plan.ExistingAccountID.ValueString()
	r.session.checkTakeOver(ctx, plan, true, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session.client != nil && !r.session.client.ClaimCreditAccount(id) {
		addAlreadyTaken(id, &resp.Diagnostics)
		return
	}
	plan.withoutResponse(types.StringValue(id), types.StringNull())
	saveCreated(ctx, plan.object(), plan, resp)
	resp.Diagnostics.AddWarning(sumTakenOver, fmt.Sprintf(
		"The account %s of client %s is managed from now on, as existing_account_id says. Nothing was created, and the "+
			"configured values were recorded as they are. existing_account_id may be removed now.",
		id, plan.ClientID.ValueString()))
}

// Read sends nothing: no API call reads an account.
func (r *accountResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var identity objectIdentity
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("client_id"), &identity.ClientID)...)
	resp.Diagnostics.Append(req.State.GetAttribute(ctx, path.Root("id"), &identity.ID)...)
	resp.Diagnostics.Append(identity.set(ctx, resp.Identity)...)
}

// Update records what needs no request. Engines plan again before it, when every value is known, so that what may not be
// changed was refused by then.
func (r *accountResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state accountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if state.ID.IsNull() { // an unresolved account is taken over
		r.session.checkTakeOver(ctx, &plan, true, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(objectIdentity{plan.ClientID, plan.ID}.set(ctx, resp.Identity)...)
}

// Delete removes the account from the state: no API call deletes one.
func (r *accountResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state accountModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() {
		r.session.registry.Release(state.object())
	}
}
