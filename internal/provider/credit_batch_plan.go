package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// ModifyPlan decides what a plan may do. Nothing here assumes that a value is known.
func (r *creditBatchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.session == nil {
		return // not configured: the engine is only validating
	}
	var plan, state creditBatchModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case req.Plan.Raw.IsNull():
		r.planDestroy(&state, resp)
	case req.State.Raw.IsNull():
		r.planCreate(ctx, req, &plan, resp)
	default:
		r.planUpdate(ctx, &plan, &state, resp)
	}
}

func (r *creditBatchResource) planDestroy(state *creditBatchModel, resp *resource.ModifyPlanResponse) {
	if r.session.held.creates(state.key()) {
		resp.Diagnostics.AddError(sumBatchSecond, secondBatchDetail(state.held(), true))
		return
	}
	title := state.held().title()
	if state.ID.IsNull() {
		_, reason := guardedSince(state.Status.ValueString())
		resp.Diagnostics.AddWarning(sumBatchForgetsGuarded, fmt.Sprintf(
			"It is unknown whether the %s was created: %s. It will be forgotten and nothing is sent. "+
				"If it exists, it stays, with its balance. Once it is forgotten, declaring it again creates it: "+
				"first make sure in the product's admin pages (the client's credit batches) that it does not exist.", title, reason))
		return
	}
	resp.Diagnostics.AddWarning(sumBatchDestroyForgets, fmt.Sprintf(
		"The %s (id %s) will be forgotten, and stays where it is: no API call deletes a batch. "+
			"Its balance, %s credits when last read, stays usable until it is used up or expires. To take it away, use the product's admin pages (the client's credit batches). "+
			"To manage it again, import %s/%s.",
		title, state.ID.ValueString(), numberText(state.CurrentBalance), state.ClientID.ValueString(), state.ID.ValueString()))
}

// planCreate is asked whenever the engine has no usable object at an address.
func (r *creditBatchResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, plan *creditBatchModel, resp *resource.ModifyPlanResponse) {
	mark, _ := req.Private.GetKey(ctx, privateReplacing)
	replacing := mark != nil
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, nil)...)
	if plan.keyKnown() {
		held, before := r.session.held.create(plan.key(), replacing)
		for _, batch := range held {
			switch {
			case batch.guarded():
				resp.Diagnostics.AddError(sumGuarded, r.guardedDetail(ctx, batch))
				return
			case !replacing:
				resp.Diagnostics.AddError(sumBatchSecond, secondBatchDetail(batch, false))
				return
			}
			resp.Diagnostics.AddWarning(sumBatchOldStays, batchStaysDetail(batch))
		}
		if len(held) == 0 && before > 0 {
			resp.Diagnostics.AddWarning(sumBatchSame, fmt.Sprintf(
				"This plan creates more than one %s. Each gives its credits. If one was meant, remove the others before applying: a batch cannot be deleted afterwards. "+
					"If all are meant, give each a name of its own, so that a later plan can tell them apart.", plan.held().title()))
		}
	}
	checkExpiry(plan, nil, &resp.Diagnostics)
	if replacing {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateLeaving, []byte("true"))...)
	}
}

// checkExpiry refuses a date that is past and new: credits that nobody could
// use. One that the state has may well be past.
func checkExpiry(plan, state *creditBatchModel, diags *diag.Diagnostics) {
	expiry := optionalTime(plan.ExpiresOn)
	if expiry == nil || expiry.After(time.Now()) || state != nil && sameTime(plan.ExpiresOn, state.ExpiresOn) {
		return
	}
	diags.AddAttributeError(path.Root("expires_on"), sumBatchPast, fmt.Sprintf(
		"expires_on of the %s is %s, and that is past. Nothing was changed. Set a time to come, or remove expires_on to have the API choose it.",
		plan.held().title(), plan.ExpiresOn.ValueString()))
}

func (r *creditBatchResource) planUpdate(ctx context.Context, plan, state *creditBatchModel, resp *resource.ModifyPlanResponse) {
	if r.session.held.creates(state.key()) {
		resp.Diagnostics.AddError(sumBatchSecond, secondBatchDetail(state.held(), true))
		return
	}
	if state.ID.IsNull() {
		// A guarded batch that was untainted: it does not exist any more for that.
		resp.Diagnostics.AddError(sumGuarded, r.guardedDetail(ctx, state.held()))
		return
	}
	if changed, cleared := plan.fixedChanges(state), plan.cleared(state); len(changed)+len(cleared) > 0 {
		addCannotChange(changed, cleared, state, &resp.Diagnostics)
		return
	}
	checkExpiry(plan, state, &resp.Diagnostics)
	plan.keepSame(state)
	_, sends := plan.change(state)
	sends = sends || plan.Name.IsUnknown() || plan.ExpiresOn.IsUnknown()
	plan.keepComputed(state)
	if sends {
		plan.CurrentBalance, plan.AllocatedCredits = types.NumberUnknown(), types.NumberUnknown()
		plan.Status, plan.UpdatedAt = types.StringUnknown(), types.StringUnknown()
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, []byte("true"))...)
}

// addCannotChange refuses what the API cannot change.
func addCannotChange(changed, cleared []string, state *creditBatchModel, diags *diag.Diagnostics) {
	var lines []string
	if len(changed) > 0 {
		lines = append(lines, fmt.Sprintf("Changed: %s. The API cannot change that of a batch.", strings.Join(changed, ", ")))
	}
	values := map[string]string{"name": state.Name.ValueString(), "expires_on": state.ExpiresOn.ValueString()}
	for _, name := range cleared {
		lines = append(lines, fmt.Sprintf("Removed: %s, which is %q. The API can give it another value, but cannot take it away.", name, values[name]))
	}
	diags.AddAttributeError(path.Root(append(changed, cleared...)[0]), sumBatchCannotChange, fmt.Sprintf(
		"%s\n\nIt is the %s (id %s). Nothing was changed.\n\n"+
			"What you can do:\n"+
			"- keep the batch as it is: set the old value again, or list the attribute in lifecycle.ignore_changes;\n"+
			"- have a second batch: declare it as a resource of its own. This one stays, with its balance;\n"+
			"- give this one up (state rm, or remove the resource and apply) and declare another. The old one stays, with its balance.",
		strings.Join(lines, "\n"), state.held().title(), state.ID.ValueString()))
}

// guardedDetail tells what happened, what a new look finds, and the ways out.
func (r *creditBatchResource) guardedDetail(ctx context.Context, batch heldObject) string {
	since, _ := guardedSince(batch.Status)
	return batch.subject().guardedDetail(batch.Status, r.candidates(ctx, batch, since))
}

// candidates looks once for what the creation may have made.
func (r *creditBatchResource) candidates(ctx context.Context, batch heldObject, since time.Time) string {
	if r.client() == nil {
		return "Looking for it was not possible: " + r.session.missing
	}
	balance, ok := thoughtindustries.ParseNumber(batch.StartingBalance)
	if !ok || since.IsZero() {
		return "Looking for it was not possible: the state does not say what was sent and when."
	}
	request := thoughtindustries.CreditBatchRequest{ClientID: batch.ClientID, StartingBalance: balance}
	if batch.CreditAccountID != "" {
		request.CreditAccountID = &batch.CreditAccountID
	}
	if batch.Name != "" {
		request.Name = &batch.Name
	}
	found, err := r.client().FindCreditBatches(ctx, request)
	return whatALookFound(found, err, describeBatch, "A new look found no such batch. That is no proof: a listing may lag.")
}

func batchStaysDetail(batch heldObject) string {
	return fmt.Sprintf("The old %s (id %s) stays, with its balance, and is no longer managed. To take it away, use the product's admin pages.", batch.title(), batch.ID)
}

// secondBatchDetail says what made the engine want a second batch, as far as a
// provider, which is told no addresses, can know. atHeld: it is said at the
// address of the batch that is held.
func secondBatchDetail(batch heldObject, atHeld bool) string {
	intro := "The state holds a batch of this client, account, name and starting balance already, and this plan would create another one, with credits of its own."
	if atHeld {
		intro = "This batch is held by the state, and the same plan would create another one of the same client, account, name and starting balance, at another address, with credits of its own."
	}
	id := batch.ID
	if id == "" {
		id = "not known, since the outcome of its creation is unknown"
	}
	return fmt.Sprintf("%s\n\n"+
		"  It is the %s, id %s.\n\n"+
		"Depending on what happened:\n"+
		"- The resource, its for_each key or its module was renamed: say so with a moved block,\n"+
		"    moved {\n      from = <old address>\n      to   = <new address>\n    }\n"+
		"- It is tainted (a provisioner failed, or taint was run): run untaint with its address.\n"+
		"- There are two resources of it, and one batch is wanted: remove one. To manage it at another address, state rm the old one and import %s/<the id above>.\n"+
		"- A second batch is wanted: give it another name, such as the year; a name can be changed afterwards.\n\n"+
		"Nothing was changed.", intro, batch.title(), id, batch.ClientID)
}
