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

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// ModifyPlan decides what a plan may do, and notes it in the registry.
func (r *batchResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var prior, planned batchModel
	isNew, isGone := req.State.Raw.IsNull(), req.Plan.Raw.IsNull()
	if !isNew {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if !isGone {
		resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	}
	switch {
	case resp.Diagnostics.HasError():
	case isGone:
		balance := balanceText(numberOf(prior.CurrentBalance), "when last read")
		r.session.planDestroy(prior.object(), balance, &resp.Diagnostics)
	case isNew:
		r.session.planBatchCreate(ctx, &planned, &resp.Diagnostics)
	default:
		r.session.planBatchUpdate(ctx, &prior, &planned, &resp.Diagnostics)
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
		}
	}
}

// planBatchCreate is asked whenever the engine has no usable object at an address.
func (s *session) planBatchCreate(ctx context.Context, planned *batchModel, diags *diag.Diagnostics) {
	checkExpiry(planned, nil, diags)
	if !planned.keyKnown() {
		s.planUnknownCreate(ctx, registry.Batch, nil, diags)
		return
	}
	object := planned.object()
	if verdict := s.registry.PlanCreate(ctx, object, nil); verdict.Refused() {
		s.addRefusedPlan(ctx, verdict, object, nil, diags)
		return
	}
	if s.client == nil || diags.HasError() {
		return
	}
	ctx, cancel := s.planContext(ctx)
	defer cancel()
	s.decideCreate(object, nil, s.client.ExistingCreditBatches(ctx, planned.request()), diags)
}

func (s *session) planBatchUpdate(ctx context.Context, prior, planned *batchModel, diags *diag.Diagnostics) {
	object := prior.object()
	if object.Unresolved() {
		s.registry.Decide(object) // its resource was untainted
		diags.AddError(sumUnresolved, s.unresolvedDetail(ctx, object))
		return
	}
	if _, shared := s.registry.Retain(object.ID); shared {
		addShared(object, diags)
	}
	if changed, cleared := planned.settle(prior); len(changed)+len(cleared) > 0 {
		addBatchCannotChange(prior, changed, cleared, diags)
		return
	}
	checkExpiry(planned, prior, diags)
	renamed := planned.object()
	if known, _ := s.registry.Find(object.ID); planned.keyKnown() && !renamed.SameKey(known) && s.registry.Track(renamed) {
		// No other batch is created of the name that it gets, here or by hand: not beside it, nor in its place.
		diags.AddError(summaryFor(renamed.Kind, sumSecondAccount), secondDetail(renamed, nil))
		return
	}
	if _, sends := planned.change(prior); sends {
		planned.CurrentBalance, planned.AllocatedCredits = types.NumberUnknown(), types.NumberUnknown()
		planned.Status, planned.UpdatedAt = types.StringUnknown(), types.StringUnknown()
	}
}

// checkExpiry refuses a date that is past and new: credits that nobody could use. One that the state has may be past.
func checkExpiry(planned, prior *batchModel, diags *diag.Diagnostics) {
	expiry := optionalTime(planned.ExpiresOn)
	if expiry == nil || expiry.After(time.Now()) || prior != nil && sameTime(planned.ExpiresOn, prior.ExpiresOn) {
		return
	}
	advice := "remove expires_on to let the API choose."
	if prior != nil && !prior.ExpiresOn.IsNull() {
		advice = fmt.Sprintf("keep the current value: expires_on = %q.", prior.ExpiresOn.ValueString())
	}
	diags.AddAttributeError(path.Root("expires_on"), sumBatchPast, fmt.Sprintf(
		"expires_on of the %s would be %s, which is in the past. Nothing was changed. Set a time in the future, or %s",
		titleOf(planned.object()), planned.ExpiresOn.ValueString(), advice))
}

// addBatchCannotChange refuses what the API cannot change.
func addBatchCannotChange(prior *batchModel, changed, cleared []string, diags *diag.Diagnostics) {
	var lines []string
	if len(changed) > 0 {
		lines = append(lines, fmt.Sprintf("Changed: %s. The API cannot change that of a "+
			"batch.", strings.Join(changed, ", ")))
	}
	values := map[string]string{"name": prior.Name.ValueString(), "expires_on": prior.ExpiresOn.ValueString()}
	for _, name := range cleared {
		lines = append(lines, fmt.Sprintf("Removed: %s, which is %q. The API can change it, but not clear "+
			"it.", name, values[name]))
	}
	diags.AddAttributeError(path.Root(append(changed, cleared...)[0]), sumBatchCannotChange, fmt.Sprintf(
		"%s\n\nThis concerns the %s (id %s). Nothing was changed.\n\n- Keep it: set the old value again, or list "+
			"the attribute in lifecycle.ignore_changes.\n- Another batch wanted? Declare a separate resource with "+
			"another name. This batch keeps its balance.\n\n%s",
		strings.Join(lines, "\n"), titleOf(prior.object()), prior.ID.ValueString(), more))
}
