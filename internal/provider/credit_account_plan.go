package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// plannedLookup is what a plan looks up before it is given.
type plannedLookup string

const (
	noLookup plannedLookup = ""
	// cheapLookup takes what needs no waiting for the rate limit; the rest is left
	// to the apply, which looks up in any case.
	cheapLookup plannedLookup = "cheap"
	// wholeLookup waits: nothing may stop an apply between the two halves of a
	// replacement.
	wholeLookup plannedLookup = "whole"
	// checkLookup compares an account that is to be taken over.
	checkLookup plannedLookup = "check"
)

// accountPlan is what a plan of one account comes to.
type accountPlan struct {
	diags diag.Diagnostics
	// unresolved is an object whose outcome is unknown and that stands in the way.
	// What is said of it needs another lookup.
	unresolved *trackedObject
	// planned is the plan where it is not what the engine proposed.
	planned *creditAccountModel
	// replaced are the changed attributes that make a replacement.
	replaced []string
	lookup   plannedLookup
}

// planAccount decides what a plan may do, from what the state registry, the
// configuration, the state and the engine's proposal say, and notes it in the
// registry. Nothing here assumes that a value is known. prior is nil for a
// creation, config and proposed are for a destruction; unset are the attributes
// that the API never returned. It sends nothing, and waits for no more than the
// plan calls of other accounts.
func planAccount(ctx context.Context, registry *stateRegistry, config, prior, proposed *creditAccountModel, unset []string) accountPlan {
	switch {
	case proposed == nil:
		return planAccountForget(registry, trackedFrom(prior), balanceAtCreation(prior))
	case prior != nil:
		return planAccountUpdate(registry, config, prior, proposed, unset)
	case isSet(config.ExistingAccountID):
		return planAccountTakeOver(registry, config, proposed)
	}
	return planAccountCreate(ctx, registry, config, proposed)
}

func planAccountForget(registry *stateRegistry, account trackedObject, balance string) (plan accountPlan) {
	if account.Name == "" && registry.stayUnnamed(account) {
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(account, registry.alongsideOf(account)))
		return plan
	}
	if account.unresolved() {
		registry.decideUnresolved(account.key())
	}
	plan.diags = account.forgets(balance + " credits at creation")
	return plan
}

// planAccountCreate is asked whenever the engine has no usable object at an address.
func planAccountCreate(ctx context.Context, registry *stateRegistry, config, proposed *creditAccountModel) (plan accountPlan) {
	if !proposed.keyKnown() || config.ExistingAccountID.IsUnknown() {
		return plan // what it will be is decided when it is known, by the apply
	}
	alongside := stringsOf(config.CreateAlongside)
	creation := registry.planCreate(ctx, proposed.key(), alongside)
	if creation.refused() {
		plan.unresolved, plan.diags = creation.refusal(trackedFrom(proposed), alongside)
		return plan
	}
	if len(alongside) > 0 {
		plan.diags.AddWarning(sumOldStays, besideDetail(proposed, alongside))
	}
	if !proposed.StartingBalance.IsUnknown() {
		plan.lookup = cheapLookup
		if len(alongside) > 0 {
			plan.lookup = wholeLookup
		}
	}
	return plan
}

// planAccountTakeOver: nothing will be sent, so no second account can come of
// it. Two resources of one account would fight over it, though.
func planAccountTakeOver(registry *stateRegistry, config, proposed *creditAccountModel) (plan accountPlan) {
	id := config.ExistingAccountID.ValueString()
	if !registry.claim(id) {
		plan.diags.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, alreadyTakenDetail(id))
		return plan
	}
	proposed.ID = types.StringValue(id)
	if proposed.keyKnown() {
		registry.decideUnresolved(proposed.key())
	}
	if proposed.keyKnown() && registry.track(trackedFrom(proposed)) {
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(trackedFrom(proposed), registry.alongsideOf(trackedFrom(proposed))))
		return plan
	}
	plan.planned, plan.lookup = proposed, checkLookup
	return plan
}

func planAccountUpdate(registry *stateRegistry, config, prior, proposed *creditAccountModel, unset []string) (plan accountPlan) {
	if prior.ID.IsNull() {
		// An unresolved account that was untainted: it does not exist any more for that.
		registry.decideUnresolved(prior.key())
		if config.ExistingAccountID.IsNull() {
			object := trackedFrom(prior)
			plan.unresolved = &object
			return plan
		}
		if id := config.ExistingAccountID; isSet(id) {
			if !registry.claim(id.ValueString()) {
				plan.diags.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, alreadyTakenDetail(id.ValueString()))
				return plan
			}
			plan.lookup = checkLookup
		}
	} else if !retainAccount(registry, prior, proposed, &plan.diags) {
		return plan
	}
	changed, recorded := settleValues(config, prior, proposed, unset)
	if len(changed) > 0 {
		planAccountChange(registry, changed, prior, proposed, &plan)
		return plan
	}
	proposed.keepComputed(prior)
	if prior.ID.IsNull() {
		proposed.nullComputed()
		proposed.ID = config.ExistingAccountID
	}
	// An import may get its name or its client here, or stay without a name.
	object, conflict := trackedFrom(proposed), false
	switch {
	case !isSet(proposed.ID):
	case object.Name == "" && prior.Name.IsNull():
		conflict = registry.stayUnnamed(object)
	case proposed.keyKnown() && proposed.key() != prior.key():
		conflict = registry.track(object)
	}
	if conflict {
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(object, registry.alongsideOf(object)))
		return plan
	}
	if listsOwnID(proposed, prior) {
		plan.diags.AddWarning(sumReplacement, replacementDetail(prior, nil))
	}
	if len(recorded) > 0 {
		plan.diags.AddWarning(sumRecorded, recordedDetail(prior, recorded, "will be"))
	}
	plan.planned = proposed
	return plan
}

// retainAccount notes that a resource stays with its account; false where the
// plan cannot go on.
func retainAccount(registry *stateRegistry, prior, proposed *creditAccountModel, diags *diag.Diagnostics) bool {
	id := prior.ID.ValueString()
	claimed, shared := registry.retain(id)
	if claimed {
		diags.AddError(sumAlreadyTaken, alreadyTakenDetail(id))
		return false
	}
	if existing := proposed.ExistingAccountID; isSet(existing) && !strings.EqualFold(existing.ValueString(), id) {
		diags.AddAttributeError(path.Root("existing_account_id"), sumWrongExisting, wrongExistingDetail(prior, existing.ValueString()))
		return false
	}
	if shared {
		diags.AddWarning(sumShared, fmt.Sprintf(
			"Two resources of this state manage the account %s of client %s. A change to one does not reach the other. Keep one: "+
				"run state rm with the address of the other one and take it out of the configuration. Nothing is sent, and the account stays.",
			id, prior.ClientID.ValueString()))
	}
	return true
}

// settleValues keeps in the plan what is the same, and names what is changed,
// and what is only recorded because the API never returned it.
func settleValues(config, prior, proposed *creditAccountModel, unset []string) (changed, recorded []string) {
	ctx := context.Background()
	for _, attribute := range apiAttributes {
		wanted, before := attribute.value(config), attribute.value(prior)
		switch {
		case attribute.computed && wanted.IsNull(), known(ctx, wanted) && attribute.same(wanted, before):
			attribute.set(proposed, prior)
		case !known(ctx, wanted):
			// An update is planned; the apply compares.
		case before.IsNull() && slices.Contains(unset, attribute.name):
			recorded = append(recorded, attribute.name)
		default:
			changed = append(changed, attribute.name)
		}
	}
	return changed, recorded
}

// listsOwnID: the account may be replaced. What makes an engine replace an
// object that does not change is not reported to a provider, and what it says in the
// call that follows is dropped.
func listsOwnID(proposed, prior *creditAccountModel) bool {
	return slices.ContainsFunc(stringsOf(proposed.CreateAlongside), func(id string) bool { return strings.EqualFold(id, prior.ID.ValueString()) })
}

// planAccountChange refuses to change what the API cannot change, or plans a
// replacement where that is permitted.
func planAccountChange(registry *stateRegistry, changed []string, prior, proposed *creditAccountModel, plan *accountPlan) {
	if listsOwnID(proposed, prior) {
		plan.replaced = changed
		plan.diags.AddWarning(sumReplacement, replacementDetail(prior, changed))
		return
	}
	replacing := ""
	if isSet(prior.ID) {
		replacing = fmt.Sprintf(";\n- have a new account in its place: set create_alongside = %s here. The old one stays, with its balance, and is no longer managed",
			listOf(slices.Concat(stringsOf(proposed.CreateAlongside), []string{prior.ID.ValueString()}, registry.idsOf(proposed.key()))))
	}
	plan.diags.AddAttributeError(path.Root(changed[0]), sumCannotChange, fmt.Sprintf(
		"Changed: %s, of the account %q (id %s) of client %s. The API cannot change an account, and a new one in its place would leave the old one "+
			"with its balance. Nothing was changed.\n\n"+
			"What you can do:\n"+
			"- keep the account as it is: set the old value again, or list the attribute in lifecycle.ignore_changes;\n"+
			"- change it in the product's admin pages and list it in ignore_changes%s.\n\n%s",
		strings.Join(changed, ", "), prior.Name.ValueString(), prior.ID.ValueString(), prior.ClientID.ValueString(), replacing, toDestroy))
}

// ModifyPlan decides what a plan may do.
func (r *creditAccountResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.session == nil {
		return // not configured: the engine is only validating
	}
	var config, prior, proposed *creditAccountModel
	if !req.State.Raw.IsNull() {
		prior = &creditAccountModel{}
		resp.Diagnostics.Append(accountModel().get(ctx, req.State.Raw, prior)...)
	}
	if !req.Plan.Raw.IsNull() {
		config, proposed = &creditAccountModel{}, &creditAccountModel{}
		resp.Diagnostics.Append(accountModel().get(ctx, req.Plan.Raw, proposed)...)
		resp.Diagnostics.Append(accountModel().get(ctx, req.Config.Raw, config)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	plan := r.session.planAccount(ctx, config, prior, proposed, unsetIn(ctx, req.Private))
	resp.Diagnostics.Append(plan.diags...)
	if resp.Diagnostics.HasError() || proposed == nil {
		return
	}
	for _, name := range plan.replaced {
		resp.RequiresReplace.Append(path.Root(name))
	}
	resp.Diagnostics.Append(accountModel().set(ctx, &resp.Plan.Raw, plan.planned)...)
}

// planAccount decides what a plan may do, and does the lookups that it needs.
func (s *session) planAccount(ctx context.Context, config, prior, proposed *creditAccountModel, unset []string) accountPlan {
	plan := planAccount(ctx, s.registry, config, prior, proposed, unset)
	if plan.unresolved != nil {
		plan.diags.AddError(sumUnresolved, s.unresolvedDetail(ctx, *plan.unresolved))
	}
	if plan.planned == nil {
		plan.planned = proposed
	}
	if !plan.diags.HasError() && proposed != nil {
		plan.diags.Append(s.lookUpPlanned(ctx, plan.lookup, plan.planned)...)
	}
	return plan
}
