package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// batchPlan is what a plan of one batch comes to, as accountPlan is.
type batchPlan struct {
	diags      diag.Diagnostics
	unresolved *trackedObject
	planned    *creditBatchModel
	lookup     plannedLookup
}

// planBatch decides what a plan may do, as planAccount does. applied is the
// expiry that the last apply asked for, where that is known.
func planBatch(ctx context.Context, registry *stateRegistry, prior, proposed *creditBatchModel, applied string) batchPlan {
	switch {
	case proposed == nil:
		if prior.ID.IsNull() {
			registry.decideUnresolved(prior.key())
		}
		return batchPlan{diags: prior.tracked().forgets(numberText(prior.CurrentBalance) + " credits when last read")}
	case prior != nil:
		return planBatchUpdate(registry, prior, proposed, applied)
	}
	return planBatchCreate(ctx, registry, proposed)
}

// planBatchCreate is asked whenever the engine has no usable object at an address.
func planBatchCreate(ctx context.Context, registry *stateRegistry, proposed *creditBatchModel) (plan batchPlan) {
	if proposed.keyKnown() {
		if creation := registry.planCreate(ctx, proposed.key(), nil); creation.refused() {
			plan.unresolved, plan.diags = creation.refusal(proposed.tracked(), nil)
			return plan
		}
		plan.lookup = cheapLookup
	}
	checkExpiry(proposed, nil, &plan.diags)
	return plan
}

func planBatchUpdate(registry *stateRegistry, prior, proposed *creditBatchModel, applied string) (plan batchPlan) {
	if prior.ID.IsNull() {
		// An unresolved batch that was untainted: it does not exist any more for that.
		registry.decideUnresolved(prior.key())
		object := prior.tracked()
		plan.unresolved = &object
		return plan
	}
	if _, shared := registry.retain(prior.ID.ValueString()); shared {
		plan.diags.AddWarning(sumBatchShared, fmt.Sprintf(
			"Two resources of this state manage the %s (id %s). Keep one: run state rm with the address of the other one and take it out of the configuration. "+
				"Nothing is sent, and the batch stays.", prior.tracked().title(), prior.ID.ValueString()))
	}
	if changed, cleared := proposed.fixedChanges(prior), proposed.cleared(prior); len(changed)+len(cleared) > 0 {
		addCannotChange(changed, cleared, prior, &plan.diags)
		return plan
	}
	proposed.keepSame(prior)
	if expiry := optionalTime(proposed.ExpiresOn); expiry != nil && !expiry.After(time.Now()) && proposed.ExpiresOn.ValueString() == applied {
		// It has passed since it was asked for, and somebody gave the batch another
		// one. Setting it back would take the credits away.
		proposed.ExpiresOn = prior.ExpiresOn
	}
	checkExpiry(proposed, prior, &plan.diags)
	_, sends := proposed.change(prior)
	sends = sends || proposed.Name.IsUnknown() || proposed.ExpiresOn.IsUnknown()
	proposed.keepComputed(prior)
	if renamed := proposed.tracked(); proposed.keyKnown() && renamed.key() != prior.tracked().key() && registry.track(renamed) {
		// Nor is another one created of the name that it gets: not beside it, nor in
		// its place, for which an engine asks by a second plan call.
		plan.diags.AddError(sumBatchSecond, secondBatchDetail(renamed))
		return plan
	}
	if sends {
		proposed.CurrentBalance, proposed.AllocatedCredits = types.NumberUnknown(), types.NumberUnknown()
		proposed.Status, proposed.UpdatedAt = types.StringUnknown(), types.StringUnknown()
	}
	plan.planned = proposed
	return plan
}

// checkExpiry refuses a date that is past and new: credits that nobody could
// use. One that the state has may well be past.
func checkExpiry(proposed, prior *creditBatchModel, diags *diag.Diagnostics) {
	expiry := optionalTime(proposed.ExpiresOn)
	if expiry == nil || expiry.After(time.Now()) || prior != nil && sameTime(proposed.ExpiresOn, prior.ExpiresOn) {
		return
	}
	advice := "Set a time to come, or remove expires_on to have the API choose it."
	switch {
	case prior == nil:
	case prior.ExpiresOn.IsNull():
		advice = "Set a time to come, or remove expires_on: the API chose one."
	default:
		advice = fmt.Sprintf("Set a time to come, or keep what the batch has: expires_on = %q.", prior.ExpiresOn.ValueString())
	}
	diags.AddAttributeError(path.Root("expires_on"), sumBatchPast, fmt.Sprintf(
		"expires_on of the %s is to be %s, and that is past. Nothing was changed. %s",
		proposed.tracked().title(), proposed.ExpiresOn.ValueString(), advice))
}

// ModifyPlan decides what a plan may do.
func (r *creditBatchResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.session == nil {
		return // not configured: the engine is only validating
	}
	var prior, proposed *creditBatchModel
	if !req.State.Raw.IsNull() {
		prior = &creditBatchModel{}
		resp.Diagnostics.Append(batchModel().get(ctx, req.State.Raw, prior)...)
	}
	if !req.Plan.Raw.IsNull() {
		proposed = &creditBatchModel{}
		resp.Diagnostics.Append(batchModel().get(ctx, req.Plan.Raw, proposed)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	applied, _ := req.Private.GetKey(ctx, privateAppliedExpiry)
	plan := planBatch(ctx, r.session.registry, prior, proposed, appliedExpiry(applied))
	resp.Diagnostics.Append(plan.diags...)
	if plan.unresolved != nil {
		resp.Diagnostics.AddError(sumUnresolved, r.session.unresolvedDetail(ctx, *plan.unresolved))
	}
	if resp.Diagnostics.HasError() || proposed == nil {
		return
	}
	if plan.lookup != noLookup {
		r.session.lookUpPlannedBatch(ctx, proposed, &resp.Diagnostics)
	}
	if plan.planned == nil {
		plan.planned = proposed
	}
	resp.Diagnostics.Append(batchModel().set(ctx, &resp.Plan.Raw, plan.planned)...)
}

// lookUpPlannedBatch shows a plan what the apply would be stopped by. What is
// refused, fails or would have to wait is left to the apply.
func (s *session) lookUpPlannedBatch(ctx context.Context, planned *creditBatchModel, diags *diag.Diagnostics) {
	if s.client == nil || s.onExisting == thoughtindustries.IgnoreOnExisting || planned.Name.IsNull() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	existing := s.client.ExistingCreditBatches(ctx, planned.request())
	found := existing.Found
	switch existing.Decision {
	case thoughtindustries.NothingExists, thoughtindustries.CannotLookUp, thoughtindustries.LookupFailed:
	case thoughtindustries.AdoptIt:
		diags.AddWarning(sumBatchWillAdopt, fmt.Sprintf(
			"The %s is there already, and on_existing_account is \"adopt\": the apply creates none and takes this one over: %s. If you want another one, give it another name.",
			planned.tracked().title(), describeBatch(found[0])))
	default:
		s.addBatchExists(found, planned.tracked().subject(), diags)
	}
}

// privateAppliedExpiry is the expiry that the last apply asked for.
const privateAppliedExpiry = "applied_expires_on"

// appliedExpiry reads it; empty where there is none.
func appliedExpiry(raw []byte) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func setAppliedExpiry(ctx context.Context, private privateState, m *creditBatchModel) diag.Diagnostics {
	if m.ExpiresOn.IsNull() || m.ExpiresOn.IsUnknown() {
		return private.SetKey(ctx, privateAppliedExpiry, nil)
	}
	raw, err := json.Marshal(m.ExpiresOn.ValueString())
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
	}
	return private.SetKey(ctx, privateAppliedExpiry, raw)
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
			"- give this one up (state rm, or remove the resource and apply) and declare another, under another name. The old one stays, with its balance.\n\n%s",
		strings.Join(lines, "\n"), state.tracked().title(), state.ID.ValueString(), toDestroy))
}

// batchCandidates looks up once what the creation may have made; impossible is
// said where the state does not say enough.
func (s *session) batchCandidates(ctx context.Context, batch trackedObject, impossible string) string {
	balance, ok := thoughtindustries.ParseNumber(batch.StartingBalance)
	if !ok {
		return impossible
	}
	request := thoughtindustries.CreditBatchRequest{ClientID: batch.ClientID, StartingBalance: balance}
	if batch.CreditAccountID != "" {
		request.CreditAccountID = &batch.CreditAccountID
	}
	if batch.Name != "" {
		request.Name = &batch.Name
	}
	found, err := s.client.FindCreditBatches(ctx, request)
	return whatALookupFound(found, err, describeBatch, "A new lookup found no such batch. This does not prove that there is none: the listing may lag.")
}

// sameBatchDetail: two new ones.
func sameBatchDetail(planned trackedObject) string {
	return fmt.Sprintf("This plan would create more than one %s. Each would give its credits. Nothing was changed.\n\n"+
		"- One is wanted: remove the other resources.\n"+
		"- Several are wanted: give each a name of its own, such as the month, so that a later plan can distinguish them.", planned.title())
}

// secondBatchDetail says what made the engine want a second batch, as far as a
// provider, which gets no addresses, can know.
func secondBatchDetail(batch trackedObject) string {
	return fmt.Sprintf("The state has a batch of this client, account, name and starting balance, and this plan would create another one, with credits of its own.\n\n"+
		"  It is the %s, id %s.\n\n"+
		"Depending on what happened:\n"+
		"- The resource, its for_each key or its module was renamed: say so with a moved block,\n"+
		"    moved {\n      from = <old address>\n      to   = <new address>\n    }\n"+
		"- It is tainted (a provisioner failed, or taint was run): run untaint with its address.\n"+
		"- It was to be replaced (-replace, replace_triggered_by): no batch is replaced by its equal. Take that out.\n"+
		"- There are two resources of it, and one batch is wanted: remove one. To manage it at another address, state rm the old one and import %s/%s.\n"+
		"- A second batch is wanted: declare it under another name, such as the year, as a resource of its own. A name can be changed afterwards.\n\n"+
		"%s Nothing was changed.", batch.title(), batch.ID, batch.ClientID, batch.ID, toDestroy)
}
