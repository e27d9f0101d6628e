package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var (
	_ resource.ResourceWithConfigure   = (*batchResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*batchResource)(nil)
	_ resource.ResourceWithImportState = (*batchResource)(nil)
	_ resource.ResourceWithIdentity    = (*batchResource)(nil)
)

type batchResource struct{ declared }

func newCreditBatchResource() resource.Resource {
	return &batchResource{declared{typeName: creditBatchType, noun: "batch", schema: creditBatchSchema}}
}

// Create sends one POST.
func (r *batchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.ready("Creating a credit batch", &resp.Diagnostics) {
		return
	}
	object := plan.object()
	if !r.session.beginCreate(ctx, object, nil, &resp.Diagnostics) {
		return
	}
	defer r.session.registry.End(object)
	batch, how, err := r.session.client.CreateCreditBatch(ctx, plan.request(), defaultCreateTimeout)

	result := creationResult{Creation: how}
	var unknown *thoughtindustries.UnknownOutcomeError
	var stored []string
	switch {
	case err == nil:
		plan.ID = textField(batch.ID)
		result.unreadable = plan.applyResponse(batch)
		if how.Adopted == nil || how.AfterUnknown != "" {
			forms := storedForms{}
			stored = forms.noteResponse(&plan, batch)
			forms.save(ctx, resp.Private)
		}
	case errors.As(err, &unknown):
		plan.unresolved(unresolvedStatus(unknown.At, unknown.Reason))
	}
	r.session.finishCreate(ctx, plan.object(), nil, result, err, &plan, resp)
	addStored(&plan, stored, &resp.Diagnostics)
}

// addStored warns that the service stores another value than was sent.
func addStored(m *batchModel, stored []string, diags *diag.Diagnostics) {
	if len(stored) > 0 {
		diags.AddWarning(sumBatchStored, fmt.Sprintf(
			"For the %s (id %s), %s. The state keeps the configured value, and it is not sent again. The next "+
				"plan shows later changes made in the product.", titleOf(m.object()), m.ID.ValueString(), strings.Join(stored, "; ")))
	}
}

// statusNotListed is the status of a batch that a complete listing does not have.
const statusNotListed = "not listed"

// Read finds the batch in the client's listing, which is read once for all of them.
func (r *batchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(state.identity().set(ctx, resp.Identity)...)
	if r.session.client == nil {
		return // said once, when the provider was configured
	}
	clientID, title := state.ClientID.ValueString(), titleOf(state.object())
	made, _ := time.Parse(time.RFC3339, state.CreatedAt.ValueString())
	batch, gone, err := r.session.client.ReadCreditBatch(ctx, clientID, state.ID.ValueString(), made)
	switch {
	case err != nil:
		r.session.addNotRefreshed(clientID, err, &resp.Diagnostics)
	case batch != nil:
		forms := readStoredForms(ctx, req.Private)
		addStored(&state, state.refresh(*batch, forms), &resp.Diagnostics)
		forms.save(ctx, resp.Private)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	case !gone:
		resp.Diagnostics.AddWarning(sumBatchNotListed, fmt.Sprintf(
			"The %s (id %s) is not in the client's listing. It may be too new, so the state keeps it. If it stays "+
				"missing, it no longer exists: remove the resource.", title, state.ID.ValueString()))
	case state.Status.ValueString() != statusNotListed:
		// No call deletes a batch: it was used up, expired or was taken away by hand.
		state.Status = types.StringValue(statusNotListed)
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
		resp.Diagnostics.AddWarning(sumBatchGone, fmt.Sprintf(
			"The %s (id %s) is no longer in the client's listing: it was used up, has expired or was removed in "+
				"the product. It stays in the state with the status %q and is not created again. If you no longer "+
				"need it, remove the resource. To give credits again, declare another batch with another "+
				"name.", title, state.ID.ValueString(), statusNotListed))
	}
}

// addNotRefreshed says once a client and run that its batches stay as the state has them. A run can go on where the key
// may not read them.
func (s *session) addNotRefreshed(clientID string, err error, diags *diag.Diagnostics) {
	if !s.firstTime("batches of " + strings.ToLower(clientID)) {
		return
	}
	detail := fmt.Sprintf("The credit batches of client %s could not be read: %s. The state was not refreshed. "+
		"Shown once per run.", clientID, err)
	var lookup *thoughtindustries.LookupError
	switch {
	case keyInvalid(err):
		diags.AddError(sumBatchNotRefreshed, detail+" "+keyAdvice)
	case errors.As(err, &lookup) && lookup.Refused:
		diags.AddWarning(sumBatchNotRefreshed, detail+
			" Allow the key's role to read credit batches, and check that the client exists on this instance.")
	default:
		diags.AddError(sumBatchNotRefreshed, detail+" Try again, or plan without a refresh: -refresh=false.")
	}
}

// Update sends what may change in one PUT. Engines plan again before it, when every value is known, so that what may not
// be changed was refused by then. An error leaves the state as it was.
func (r *batchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state batchModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if change, needed := plan.change(&state); needed {
		if !r.ready("Changing a credit batch", &resp.Diagnostics) {
			return
		}
		batch, err := r.session.client.UpdateCreditBatch(ctx, state.ClientID.ValueString(), state.ID.ValueString(), change)
		if err != nil {
			addNotUpdated(err, &state, r.session.client.Address(), &resp.Diagnostics)
			return
		}
		plan.applyResponse(batch)
		forms := readStoredForms(ctx, req.Private)
		// A service may confirm a change and not make it. If it goes on to show the old value, that is its form.
		if change.Name != nil {
			forms["name"] = storedForm{Value: state.Name.ValueString()}
		}
		if change.ExpiresOn != nil {
			forms["expires_on"] = storedForm{Value: state.ExpiresOn.ValueString()}
		}
		addStored(&plan, forms.noteResponse(&plan, batch), &resp.Diagnostics)
		forms.save(ctx, resp.Private)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(plan.identity().set(ctx, resp.Identity)...)
}

// addNotUpdated says why a change was not made, or that it may have been.
func addNotUpdated(err error, state *batchModel, address string, diags *diag.Diagnostics) {
	title, id := titleOf(state.object()), state.ID.ValueString()
	var refused *thoughtindustries.APIError
	if !errors.As(err, &refused) {
		diags.AddError(sumBatchNotUpdated, fmt.Sprintf(
			"It is unknown whether the %s (id %s) was changed: %s. The state was not changed. Apply again: it is "+
				"safe to repeat this change.", title, id, err))
		return
	}
	detail := fmt.Sprintf("The %s (id %s) was not changed: %s responded with %s\n\n", title, id, address, refusalText(refused))
	addRefusal(refused, sumBatchNotUpdated, detail+adviceFor(refused, address), diags)
}

// Delete removes the batch from the state: no API call deletes one.
func (r *batchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state batchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if !resp.Diagnostics.HasError() {
		r.session.registry.Release(state.object())
	}
}

// ImportState reads everything back from the listing.
func (r *batchResource) ImportState(
	ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse,
) {
	id, diags := importedIdentity(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.ready("Importing a credit batch", &resp.Diagnostics) {
		return
	}
	client, batchID := id.ClientID.ValueString(), id.ID.ValueString()
	batch, _, err := r.session.client.ReadCreditBatch(ctx, client, batchID, time.Time{})
	reason := ""
	switch {
	case keyInvalid(err):
		reason = keyAdvice
	case err != nil:
		reason = fmt.Sprintf("The credit batches of client %s could not be read: %s. Try again.", client, err)
	case batch == nil:
		reason = fmt.Sprintf("Client %s has no credit batch %s on %s. Check both ids, and check that this is the "+
			"right instance. The data source thoughtindustries_credit_batches lists the batches of a "+
			"client.", client, batchID, r.session.client.Address())
	case batch.StartingBalance.Value == nil:
		reason = fmt.Sprintf("The starting balance of the batch %s of client %s could not be read from the "+
			"listing.", batchID, client)
	default:
		resp.Diagnostics.Append(resp.State.Set(ctx, importedBatch(id, *batch))...)
		resp.Diagnostics.Append(id.set(ctx, resp.Identity)...)
		return
	}
	resp.Diagnostics.AddError(sumBatchNotFound, reason+" Nothing was imported.")
}
