package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var (
	_ resource.ResourceWithConfigure   = (*creditBatchResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*creditBatchResource)(nil)
	_ resource.ResourceWithImportState = (*creditBatchResource)(nil)
	_ resource.ResourceWithIdentity    = (*creditBatchResource)(nil)
)

type creditBatchResource struct {
	// session is nil while the engine validates.
	session *session
}

func newCreditBatchResource() resource.Resource { return &creditBatchResource{} }

func (r *creditBatchResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = creditBatchType
}

func (r *creditBatchResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = creditBatchSchema(ctx)
}

func (r *creditBatchResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = creditBatchIdentitySchema()
}

func (r *creditBatchResource) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*session); ok {
		r.session = configured
	}
}

// client is nil where requests are not possible.
func (r *creditBatchResource) client() *thoughtindustries.Client {
	if r.session == nil {
		return nil
	}
	return r.session.client
}

// Create sends one POST. Once an id is known it adds no error, as for accounts.
func (r *creditBatchResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan creditBatchModel
	resp.Diagnostics.Append(batchModel().get(ctx, req.Plan.Raw, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.client() == nil {
		addNotConfigured(r.session, "Creating a credit batch", &resp.Diagnostics)
		return
	}
	key := plan.key()
	r.session.registry.beginCreate(key)
	defer r.session.registry.endCreate(key)
	created, err := r.client().CreateCreditBatch(ctx, plan.request(), defaultCreateTimeout)
	if created.CannotLookUp != nil && !explainsRefusedLookup(err) && r.session.sayOnce("lookup refused") {
		resp.Diagnostics.AddWarning(sumBatchLookupRefused, fmt.Sprintf(
			"Before a batch with a name is created, the provider searches the client's credit batches for the same one, and the API refused this: %s. "+
				"Batches are created without this lookup, and cannot be refreshed. To allow it, let the key's role read credit batches. This is said once a run.", created.CannotLookUp))
	}
	if err != nil {
		r.createFailed(ctx, err, &plan, resp)
		return
	}
	r.createSucceeded(ctx, created, &plan, resp)
}

// createSucceeded saves a batch that exists and is ours.
func (r *creditBatchResource) createSucceeded(ctx context.Context, created thoughtindustries.Creation[thoughtindustries.CreditBatch], plan *creditBatchModel, resp *resource.CreateResponse) {
	title := plan.tracked().title()
	plan.ID = types.StringPointerValue(created.Object.ID.Value)
	unreadable := plan.applyResponse(created.Object)
	diags := batchModel().set(ctx, &resp.State.Raw, plan)
	diags.Append(setAppliedExpiry(ctx, resp.Private, plan)...)
	diags.Append(plan.identity().setIdentity(ctx, resp.Identity)...)
	r.session.registry.track(plan.tracked())
	for _, d := range diags {
		resp.Diagnostics.AddWarning(d.Summary(), d.Detail())
	}
	switch {
	case created.AfterUnknown:
		resp.Diagnostics.AddWarning(sumBatchAdopted, fmt.Sprintf(
			"The %s was created, but the response to its creation did not arrive as it should: %s. "+
				"It was found by a lookup, and is managed from now on: %s. It was recognised by its client, its account, its name, its starting balance and the time at which it appeared.",
			title, created.Adopted, describeBatch(created.Object)))
	case created.Adopted != "":
		resp.Diagnostics.AddWarning(sumBatchAdopted, fmt.Sprintf(
			"The %s was there already, and on_existing_account is \"adopt\": none was created, and this one is managed from now on: %s. "+
				"It was recognised by its client, its account, its name and its starting balance.", title, describeBatch(created.Object)))
	case len(unreadable) > 0:
		resp.Diagnostics.AddWarning(sumUnreadable, fmt.Sprintf(
			"The %s was created (id %s), but the API's response did not have these values in the documented form: %s. "+
				"What was configured is kept; the others are null until the next refresh.", title, plan.ID.ValueString(), strings.Join(unreadable, ", ")))
	}
	if returned := created.Object.ClientID.Value; returned != nil && !strings.EqualFold(*returned, plan.ClientID.ValueString()) {
		resp.Diagnostics.AddWarning(sumOtherClient, fmt.Sprintf(
			"The %s was created (id %s), but the response says that it belongs to client %q. Check it in the product's admin pages.", title, plan.ID.ValueString(), *returned))
	}
}

// createFailed says why there is no batch, or why nobody knows.
func (r *creditBatchResource) createFailed(ctx context.Context, err error, plan *creditBatchModel, resp *resource.CreateResponse) {
	var exists *thoughtindustries.ExistsError[thoughtindustries.CreditBatch]
	if errors.As(err, &exists) {
		r.session.addBatchExists(exists.Existing.Found, plan.tracked().subject(), &resp.Diagnostics)
		return
	}
	r.session.addCreateError(ctx, err, plan.tracked(), func(status string) diag.Diagnostics {
		plan.nullComputed()
		plan.Status = types.StringValue(status)
		return batchModel().set(ctx, &resp.State.Raw, plan)
	}, resp.Private, &resp.Diagnostics)
}

// addBatchExists says which batches stand in the way and how to go on.
func (s *session) addBatchExists(found []thoughtindustries.CreditBatch, declared subject, diags *diag.Diagnostics) {
	lines := make([]string, 0, len(found))
	tracked := false
	for _, batch := range found {
		lines = append(lines, "- "+describeBatch(batch))
		tracked = tracked || s.registry.containsID(*batch.ID.Value)
	}
	way := fmt.Sprintf("It is the batch you declare: import %s/%s", declared.clientID, *found[0].ID.Value)
	switch {
	case tracked:
		way = "The state has it, at another address or under another name: correct or remove one of the two resources."
	case len(found) > 1:
		way = fmt.Sprintf("One of them is the batch you declare: import %s/<its id>.", declared.clientID)
	default:
		way += ", or set on_existing_account = \"adopt\" in the provider's configuration."
	}
	diags.AddAttributeError(path.Root("name"), sumBatchExists, fmt.Sprintf(
		"The %s is there already, so none is created:\n%s\n\n"+
			"It may come from an earlier run that was killed before its state was saved, or be the batch that came with the account.\n"+
			"- %s\n"+
			"- You want another one: give this one another name. Or, to skip the lookup of existing batches, set on_existing_account = \"ignore\" in the provider's configuration.\n\n"+
			"Nothing was changed.",
		declared.title, strings.Join(lines, "\n"), way))
}

// describeBatch names a batch by what the listing shows.
func describeBatch(batch thoughtindustries.CreditBatch) string {
	text := "id " + *batch.ID.Value
	if batch.Name.Value != nil {
		text += fmt.Sprintf(", name %q", shortened(*batch.Name.Value))
	}
	if batch.CreatedAt.Value != nil {
		// What is no time is not shown: it may hold anything, escape sequences too.
		if _, err := time.Parse(time.RFC3339, *batch.CreatedAt.Value); err == nil {
			text += ", created " + *batch.CreatedAt.Value
		}
	}
	if batch.CurrentBalance.Value != nil {
		text += ", current balance " + string(*batch.CurrentBalance.Value)
	}
	return text
}

// statusNotListed is the status of a batch that a complete listing does not have.
const statusNotListed = "not listed"

// Read finds the batch in the client's listing, which is read once for all of
// them.
func (r *creditBatchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state creditBatchModel
	resp.Diagnostics.Append(batchModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(state.identity().setIdentity(ctx, resp.Identity)...)
	if r.client() == nil {
		return // said once, when the provider was configured
	}
	made, _ := time.Parse(time.RFC3339, state.CreatedAt.ValueString())
	batch, gone, err := r.client().ReadCreditBatch(ctx, state.ClientID.ValueString(), state.ID.ValueString(), made)
	switch {
	case err != nil:
		r.notRefreshed(state.ClientID.ValueString(), err, &resp.Diagnostics)
	case batch != nil:
		before := state.Name
		state.refresh(*batch)
		if !state.Name.Equal(before) {
			// Its name was changed elsewhere, or by a run that was killed before it
			// was saved. A plan that wants to create it anew may ask for either name.
			if r.session.registry.track(state.tracked()) {
				resp.Diagnostics.AddError(sumBatchSecond, secondBatchDetail(state.tracked()))
			}
		}
		resp.Diagnostics.Append(batchModel().set(ctx, &resp.State.Raw, &state)...)
	case gone:
		// No call deletes a batch: it was used up, expired or was taken away by hand.
		// Created again, it would give its credits again.
		if state.Status.ValueString() == statusNotListed {
			return // said when it was found out
		}
		state.Status = types.StringValue(statusNotListed)
		resp.Diagnostics.Append(batchModel().set(ctx, &resp.State.Raw, &state)...)
		resp.Diagnostics.AddWarning(sumBatchGone, fmt.Sprintf(
			"The %s (id %s) is not in the client's listing any more: it was used up, has expired or was taken away by hand. It stays in the state with the status %q, and is not created again. "+
				"Once it is of no use, remove the resource. To give credits again, declare another batch under another name.",
			state.tracked().title(), state.ID.ValueString(), statusNotListed))
	default:
		when := "It was created a few minutes ago, and a listing may lag, so it is kept as it is in the state."
		if made.IsZero() {
			when = "When it was created is not known, and a listing may lag, so it is kept as it is in the state. Should it be missing for long, it exists no more: " +
				"once it is of no use, remove the resource."
		}
		resp.Diagnostics.AddWarning(sumBatchNotListed, fmt.Sprintf("The %s (id %s) is not in the client's listing. %s", state.tracked().title(), state.ID.ValueString(), when))
	}
}

// notRefreshed says once a client and run that its batches stay as the state
// has them. That the key may not read them is no fault: a run can go on.
func (r *creditBatchResource) notRefreshed(clientID string, err error, diags *diag.Diagnostics) {
	if !r.session.sayOnce("batches of " + strings.ToLower(clientID)) {
		return
	}
	detail := fmt.Sprintf("The credit batches of client %s could not be read: %s. They are kept as they are in the state. This is said once a run.", clientID, err)
	var refused *thoughtindustries.APIError
	if errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound || refused.Status == http.StatusMethodNotAllowed) {
		diags.AddWarning(sumBatchNotRefreshed, detail+" Let the key's role read credit batches, and check that the client exists on this instance.")
		return
	}
	diags.AddError(sumBatchNotRefreshed, detail+" Try again, or plan without a refresh: -refresh=false.")
}

// Update sends what may change in one PUT, and compares what was unknown when
// it was planned. An error leaves the state as it was.
func (r *creditBatchResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state creditBatchModel
	resp.Diagnostics.Append(batchModel().get(ctx, req.Plan.Raw, &plan)...)
	resp.Diagnostics.Append(batchModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if changed := append(plan.fixedChanges(&state), plan.cleared(&state)...); len(changed) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root(changed[0]), sumDiffersAtApply, fmt.Sprintf(
			"Changed: %s, of the %s (id %s). The plan could not know, because the new value was not known yet; now it is, and it is another one. "+
				"The API cannot change that of a batch. Nothing was changed and the state is as it was: plan again to see the ways out.",
			strings.Join(changed, ", "), state.tracked().title(), state.ID.ValueString()))
		return
	}
	plan.keepComputed(&state)
	if change, wanted := plan.change(&state); wanted {
		if r.client() == nil {
			addNotConfigured(r.session, "Changing a credit batch", &resp.Diagnostics)
			return
		}
		batch, err := r.client().UpdateCreditBatch(ctx, state.ClientID.ValueString(), state.ID.ValueString(), change)
		if err != nil {
			addNotUpdated(err, &state, r.client().Address(), &resp.Diagnostics)
			return
		}
		plan.refreshComputed(batch)
		plan.CreatedAt = state.CreatedAt
	}
	resp.Diagnostics.Append(setAppliedExpiry(ctx, resp.Private, &plan)...)
	resp.Diagnostics.Append(batchModel().set(ctx, &resp.State.Raw, &plan)...)
	resp.Diagnostics.Append(plan.identity().setIdentity(ctx, resp.Identity)...)
}

// addNotUpdated says why a change was not made, or that it may have been.
func addNotUpdated(err error, state *creditBatchModel, address string, diags *diag.Diagnostics) {
	declared := state.tracked().subject()
	var refused *thoughtindustries.APIError
	if !errors.As(err, &refused) {
		diags.AddError(sumBatchNotUpdated, fmt.Sprintf(
			"The %s (id %s) may be changed or not: %s. The state is as it was. The change may be sent any number of times: apply again.",
			declared.title, state.ID.ValueString(), err))
		return
	}
	advice := adviceFor(refused, declared, address)
	if refused.Status == http.StatusNotFound {
		advice = "The batch does not exist on this instance any more, or it is another instance. Plan again: a refresh shows whether it is still listed."
	}
	detail := fmt.Sprintf("The %s (id %s) was not changed: %s responded with %s\n\n%s", declared.title, state.ID.ValueString(), address, refusalText(refused), advice)
	if attribute, ok := declared.attributes[refused.Field]; ok && concernsField(refused.Status) {
		diags.AddAttributeError(path.Root(attribute), sumBatchNotUpdated, detail)
		return
	}
	diags.AddError(sumBatchNotUpdated, detail)
}

// Delete forgets: no API call deletes a batch.
func (r *creditBatchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state creditBatchModel
	resp.Diagnostics.Append(batchModel().get(ctx, req.State.Raw, &state)...)
	if resp.Diagnostics.HasError() || r.session == nil {
		return
	}
	r.session.registry.release(state.tracked())
}

// ImportState reads everything back from the listing.
func (r *creditBatchResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id, diags := importedIdentity(ctx, req)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.client() == nil {
		addNotConfigured(r.session, "Importing a credit batch", &resp.Diagnostics)
		return
	}
	client, batchID := id.ClientID.ValueString(), id.ID.ValueString()
	batch, _, err := r.client().ReadCreditBatch(ctx, client, batchID, time.Time{})
	switch {
	case err != nil:
		resp.Diagnostics.AddError(sumBatchNotFound, fmt.Sprintf("The credit batches of client %s could not be read: %s. Nothing was imported.", client, err))
		return
	case batch == nil:
		resp.Diagnostics.AddError(sumBatchNotFound, fmt.Sprintf(
			"Client %s has no credit batch %s on %s. The import id is <client_id>/<id>: check both, and that this is the instance that you mean. "+
				"The data source thoughtindustries_credit_batches lists the batches of a client. Nothing was imported.", client, batchID, r.client().Address()))
		return
	}
	model := creditBatchModel{ClientID: id.ClientID, ID: id.ID}
	if !model.readWhole(*batch) {
		resp.Diagnostics.AddError(sumUnreadable, fmt.Sprintf(
			"The listing does not show the starting balance of the batch %s of client %s in the documented form. Nothing was imported.", batchID, client))
		return
	}
	resp.Diagnostics.Append(batchModel().set(ctx, &resp.State.Raw, &model)...)
	resp.Diagnostics.Append(id.setIdentity(ctx, resp.Identity)...)
}
