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
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.client() == nil {
		addNotConfigured(r.session, "Creating a credit batch", &resp.Diagnostics)
		return
	}
	r.session.held.created(plan.key())
	created, err := r.client().CreateCreditBatch(ctx, plan.request(), defaultCreateTimeout)
	if created.LookupRefused != "" && !keyRefused(err) {
		resp.Diagnostics.AddWarning(sumBatchLookupRefused, fmt.Sprintf(
			"Before a batch with a name is created, the client's credit batches are looked through for one that is the same, and this endpoint refuses: %s. "+
				"Batches are created without that look, and cannot be refreshed. To allow it, let the key's role read credit batches. This is said once a run.", created.LookupRefused))
	}
	if err != nil {
		r.createFailed(ctx, err, &plan, resp)
		return
	}
	r.createSucceeded(ctx, created, &plan, resp)
}

// createSucceeded saves a batch that exists and is ours.
func (r *creditBatchResource) createSucceeded(ctx context.Context, created thoughtindustries.Creation[thoughtindustries.CreditBatch], plan *creditBatchModel, resp *resource.CreateResponse) {
	title := plan.held().title()
	plan.ID = types.StringPointerValue(created.Object.ID.Value)
	unreadable := plan.record(created.Object)
	diags := resp.State.Set(ctx, plan)
	diags.Append(plan.identity().give(ctx, resp.Identity)...)
	for _, d := range diags {
		resp.Diagnostics.AddWarning(d.Summary(), d.Detail())
	}
	switch {
	case created.AfterUnknown:
		resp.Diagnostics.AddWarning(sumBatchAdopted, fmt.Sprintf(
			"The %s was created, but the answer to its creation did not arrive as it should: %s. "+
				"It was found by looking, and is managed from now on: %s. It was recognised by its client, its account, its name, its starting balance and the time at which it appeared.",
			title, created.Adopted, describeBatch(created.Object)))
	case created.Adopted != "":
		resp.Diagnostics.AddWarning(sumBatchAdopted, fmt.Sprintf(
			"The %s was there already, and on_existing_account is \"adopt\": none was created, and this one is managed from now on: %s. "+
				"It was recognised by its client, its account, its name and its starting balance.", title, describeBatch(created.Object)))
	case len(unreadable) > 0:
		resp.Diagnostics.AddWarning(sumUnreadable, fmt.Sprintf(
			"The %s was created (id %s), but the API's answer did not tell these values in the documented form: %s. "+
				"What was configured is kept; the others are null until the next refresh.", title, plan.ID.ValueString(), strings.Join(unreadable, ", ")))
	}
	if told := created.Object.ClientID.Value; told != nil && !strings.EqualFold(*told, plan.ClientID.ValueString()) {
		resp.Diagnostics.AddWarning(sumOtherClient, fmt.Sprintf(
			"The %s was created (id %s), but the answer says that it belongs to client %q. Check it in the product's admin pages.", title, plan.ID.ValueString(), *told))
	}
}

// createFailed tells why there is no batch, or why nobody knows.
func (r *creditBatchResource) createFailed(ctx context.Context, err error, plan *creditBatchModel, resp *resource.CreateResponse) {
	var (
		refused    *thoughtindustries.APIError
		notCreated *thoughtindustries.NotCreatedError
		exists     *thoughtindustries.ExistsError
		unknown    *thoughtindustries.UnknownOutcomeError
	)
	declared, address := plan.held().subject(), r.client().Address()
	switch {
	case errors.As(err, &unknown):
		// Kept without an id; the error beside it taints it, and the plan
		// refuses to create it again.
		plan.recordNothing()
		plan.Status = types.StringValue(guardStatus(unknown.At, unknown.Reason))
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(setGuard(ctx, resp.Private, unknown)...)
		addUnknown(unknown, declared, sumBatchUnknownOutcome, &resp.Diagnostics)
	case errors.As(err, &refused):
		addRefused(refused, declared, address, &resp.Diagnostics)
	case errors.As(err, &exists):
		addBatchExists(exists, declared, &resp.Diagnostics)
	case errors.As(err, &notCreated):
		addNotCreated(notCreated, declared, address, &resp.Diagnostics)
	default:
		resp.Diagnostics.AddError(sumInternal, err.Error())
	}
}

// addBatchExists says which batch stands in the way and how to go on.
func addBatchExists(exists *thoughtindustries.ExistsError, s subject, diags *diag.Diagnostics) {
	lines := make([]string, 0, len(exists.Batches))
	for _, batch := range exists.Batches {
		lines = append(lines, "- "+describeBatch(batch))
	}
	held := ""
	if exists.Held {
		held = "\n\nThe state holds it, at another address or as the object that this one replaces. If it is being replaced on purpose with create_before_destroy, " +
			"set on_existing_account = \"ignore\" for that apply."
	}
	diags.AddAttributeError(path.Root("name"), sumBatchExists, fmt.Sprintf(
		"The %s is there already, so none was created:\n%s%s\n\n"+
			"It may come from an earlier run that was killed before its state was saved, or be the batch that came with the account.\n"+
			"- It is the batch you declare: import %s/%s, or set on_existing_account = \"adopt\" in the provider's configuration.\n"+
			"- It is another one, and you want a second: give this one another name, or set on_existing_account = \"ignore\" in the provider's configuration for that apply.\n\n"+
			"Nothing was changed.",
		s.title, strings.Join(lines, "\n"), held, s.clientID, *exists.Batches[0].ID.Value))
}

// describeBatch names a batch by what the listing tells of it.
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
		text += ", current balance " + decimalText(*batch.CurrentBalance.Value)
	}
	return text
}

// Read finds the batch in the client's listing, which is read once for all of
// them.
func (r *creditBatchResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state creditBatchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(state.identity().give(ctx, resp.Identity)...)
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
			r.session.held.hold(state.held())
		}
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	case gone:
		r.session.held.release(state.key(), state.ID.ValueString())
		resp.State.RemoveResource(ctx)
		resp.Diagnostics.AddWarning(sumBatchGone, fmt.Sprintf(
			"The %s (id %s) is not in the client's listing any more, so it is removed from the state. "+
				"A plan creates it anew as long as it is declared: if it is not wanted any more, remove the resource before applying.",
			state.held().title(), state.ID.ValueString()))
	default:
		when := "It was created a few minutes ago, and a listing may lag, so it is kept as it is in the state."
		if made.IsZero() {
			when = "When it was created is not known, and a listing may lag, so it is kept as it is in the state. Should it be missing for long, it exists no more: " +
				"run state rm with its address, and remove the resource unless it is to be created anew."
		}
		resp.Diagnostics.AddWarning(sumBatchNotListed, fmt.Sprintf("The %s (id %s) is not in the client's listing. %s", state.held().title(), state.ID.ValueString(), when))
	}
}

// notRefreshed says once a client and run that its batches stay as the state
// has them. That the key may not read them is no fault: a run can go on.
func (r *creditBatchResource) notRefreshed(clientID string, err error, diags *diag.Diagnostics) {
	if _, before := r.session.told.LoadOrStore("batches of "+strings.ToLower(clientID), true); before {
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
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if changed := append(plan.fixedChanges(&state), plan.cleared(&state)...); len(changed) > 0 {
		resp.Diagnostics.AddAttributeError(path.Root(changed[0]), sumDiffersAtApply, fmt.Sprintf(
			"Changed: %s, of the %s (id %s). The plan could not know, because the new value was not known yet; now it is, and it is another one. "+
				"The API cannot change that of a batch. Nothing was changed and the state is as it was: plan again to see the ways out.",
			strings.Join(changed, ", "), state.held().title(), state.ID.ValueString()))
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
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, nil)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	resp.Diagnostics.Append(plan.identity().give(ctx, resp.Identity)...)
}

// addNotUpdated says why a change was not made, or that it may have been.
func addNotUpdated(err error, state *creditBatchModel, address string, diags *diag.Diagnostics) {
	declared := state.held().subject()
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
	detail := fmt.Sprintf("The %s (id %s) was not changed: %s answered %s\n\n%s", declared.title, state.ID.ValueString(), address, refusalText(refused), advice)
	if attribute, ok := declared.attributes[refused.Field]; ok && concernsField(refused.Status) {
		diags.AddAttributeError(path.Root(attribute), sumBatchNotUpdated, detail)
		return
	}
	diags.AddError(sumBatchNotUpdated, detail)
}

// Delete forgets: no API call deletes a batch.
func (r *creditBatchResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state creditBatchModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || r.session == nil {
		return
	}
	if leaving, _ := req.Private.GetKey(ctx, privateLeaving); leaving != nil {
		resp.Diagnostics.AddWarning(sumBatchOldStays, batchStaysDetail(state.held()))
	}
	r.session.held.release(state.key(), state.ID.ValueString())
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
			"The listing does not tell the starting balance of the batch %s of client %s in the documented form. Nothing was imported.", batchID, client))
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(id.give(ctx, resp.Identity)...)
}
