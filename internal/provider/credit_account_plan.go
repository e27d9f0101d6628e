package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// ModifyPlan decides what a plan may do, and notes it in the registry.
func (r *accountResource) ModifyPlan(
	ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse,
) {
	var config, prior, planned accountModel
	isNew, isGone := req.State.Raw.IsNull(), req.Plan.Raw.IsNull()
	if !isNew {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if !isGone {
		resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
		resp.Diagnostics.Append(req.Plan.Get(ctx, &planned)...)
	}
	switch {
	case resp.Diagnostics.HasError():
	case isGone:
		object := prior.object()
		r.session.planDestroy(object, balanceText(object.StartingBalance, "at creation"), &resp.Diagnostics)
	case !isNew:
		for _, name := range r.session.planAccountUpdate(ctx, &config, &prior, &planned, &resp.Diagnostics) {
			resp.RequiresReplace.Append(path.Root(name))
		}
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
		}
	case isSet(config.ExistingAccountID):
		r.session.planAccountTakeOver(ctx, &planned, &resp.Diagnostics)
		if !resp.Diagnostics.HasError() {
			resp.Diagnostics.Append(resp.Plan.Set(ctx, &planned)...)
		}
	case planned.keyKnown():
		r.session.planAccountCreate(ctx, &planned, &resp.Diagnostics)
	default:
		r.session.planUnknownCreate(ctx, registry.Account, stringsOf(planned.CreateAlongside), &resp.Diagnostics)
	}
}

// planAccountCreate is asked whenever the engine has no usable object at an address.
func (s *session) planAccountCreate(ctx context.Context, planned *accountModel, diags *diag.Diagnostics) {
	object, alongside := planned.object(), stringsOf(planned.CreateAlongside)
	if verdict := s.registry.PlanCreate(ctx, object, alongside); verdict.Refused() {
		s.addRefusedPlan(ctx, verdict, object, alongside, diags)
		return
	}
	if !s.registry.Applying() {
		s.warnOfOthers(planned, alongside, diags)
	}
	if s.client == nil || planned.StartingBalance.IsUnknown() || planned.ExistingAccountID.IsUnknown() {
		return
	}
	lookup, cancel := s.planContext(ctx)
	if len(alongside) > 0 { // nothing may stop an apply between the two halves of a replacement
		cancel()
		allowed, invalid := planned.Timeouts.Create(ctx, defaultCreateTimeout)
		diags.Append(invalid...)
		lookup, cancel = context.WithTimeout(ctx, allowed)
	}
	defer cancel()
	s.decideCreate(object, alongside, s.client.ExistingCreditAccounts(lookup, planned.request()), diags)
}

// warnOfOthers names the accounts of the same client and name that stay beside a new one. Those that a replacement
// leaves behind were named with it.
func (s *session) warnOfOthers(planned *accountModel, alongside []string, diags *diag.Diagnostics) {
	var others []string
	for _, id := range alongside {
		object, tracked := s.registry.Find(id)
		if (!tracked || object.SameKey(planned.object())) && s.firstTime("beside "+strings.ToLower(id)) {
			others = append(others, id)
		}
	}
	if len(others) > 0 {
		diags.AddWarning(sumOldStays, fmt.Sprintf(
			"Another %s will be created, because create_alongside permits it beside: %s. Those accounts keep "+
				"their balances. If this one replaces one of them, the old one is no longer managed: to close it, use "+
				"the product's admin pages.", titleOf(planned.object()), strings.Join(others, ", ")))
	}
}

// planAccountTakeOver: nothing will be sent, so no second account can come of it. Two resources of one account would
// get in each other's way, though.
func (s *session) planAccountTakeOver(ctx context.Context, planned *accountModel, diags *diag.Diagnostics) {
	id := planned.ExistingAccountID.ValueString()
	if !s.registry.Claim(id) {
		addAlreadyTaken(id, diags)
		return
	}
	planned.ID = types.StringValue(id)
	if planned.keyKnown() {
		object := planned.object()
		s.registry.Decide(object)
		conflict := s.registry.Track(object)
		s.registry.Settle(id)
		if conflict {
			diags.AddError(sumSecondAccount, secondDetail(object, nil))
			return
		}
	}
	s.checkTakeOver(ctx, planned, false, diags)
}

// planAccountUpdate plans for an account that the state has. It gives the attributes that require a replacement.
func (s *session) planAccountUpdate(
	ctx context.Context, config, prior, planned *accountModel, diags *diag.Diagnostics,
) (replaced []string) {
	object := prior.object()
	if object.Unresolved() {
		s.registry.Decide(object) // its resource was untainted
		switch id := config.ExistingAccountID; {
		case id.IsNull():
			diags.AddError(sumUnresolved, s.unresolvedDetail(ctx, object))
		case isSet(id) && !s.registry.Claim(id.ValueString()):
			addAlreadyTaken(id.ValueString(), diags)
		}
	} else {
		claimed, shared := s.registry.Retain(object.ID)
		if claimed {
			addAlreadyTaken(object.ID, diags)
		}
		checkExistingID(config.ExistingAccountID, object.ID, diags)
		if shared {
			addShared(object, diags)
		}
	}
	if diags.HasError() {
		return nil
	}
	if planned.keyKnown() {
		s.registry.Settle(object.ID)
	}
	changed, recorded := settleValues(config, prior, planned)
	replaceable := planned.mayReplace(object.ID)
	switch {
	case len(changed) > 0 && !replaceable:
		addCannotChange(prior, changed, stringsOf(planned.CreateAlongside), diags)
		return nil
	case replaceable:
		s.firstTime("beside " + strings.ToLower(object.ID)) // said here
		addReplacement(prior, changed, diags)
	}
	if len(changed) > 0 {
		return changed
	}
	planned.keepComputed(prior)
	if object.Unresolved() {
		planned.withoutResponse(config.ExistingAccountID, types.StringNull())
		s.checkTakeOver(ctx, planned, false, diags)
	}
	if len(recorded) > 0 {
		addRecorded(prior, recorded, diags)
	}
	return nil
}

// fixedAttribute is one that the API cannot change.
type fixedAttribute struct {
	name              string
	configured, prior attr.Value
	keep              func() // the prior value in the plan
}

// fixedAttributes are all of them, in the order in which messages name them.
func fixedAttributes(config, prior, plan *accountModel) []fixedAttribute {
	return []fixedAttribute{
		{"client_id", config.ClientID, prior.ClientID, func() { plan.ClientID = prior.ClientID }},
		{"name", config.Name, prior.Name, func() { plan.Name = prior.Name }},
		{
			"starting_balance", config.StartingBalance, prior.StartingBalance,
			func() { plan.StartingBalance = prior.StartingBalance },
		},
		{"notify_emails", config.NotifyEmails, prior.NotifyEmails, func() { plan.NotifyEmails = prior.NotifyEmails }},
		{"license_ids", config.LicenseIDs, prior.LicenseIDs, func() { plan.LicenseIDs = prior.LicenseIDs }},
		{"type", config.Type, prior.Type, func() { plan.Type = prior.Type }},
		{
			"batch_days_until_expire", config.BatchDaysUntilExpire, prior.BatchDaysUntilExpire,
			func() { plan.BatchDaysUntilExpire = prior.BatchDaysUntilExpire },
		},
		{
			"minimum_batch_amount", config.MinimumBatchAmount, prior.MinimumBatchAmount,
			func() { plan.MinimumBatchAmount = prior.MinimumBatchAmount },
		},
		{
			"credit_batch_name", config.CreditBatchName, prior.CreditBatchName,
			func() { plan.CreditBatchName = prior.CreditBatchName },
		},
	}
}

// settleValues keeps in the plan what is the same, and names what is changed, and what is only recorded: a null that no
// response returned, which shows in a required attribute, or in a status that is null too.
func settleValues(config, prior, plan *accountModel) (changed, recorded []string) {
	nothingReturned := prior.Status.IsNull() || prior.ID.IsNull()
	for _, fixed := range fixedAttributes(config, prior, plan) {
		known, schema := fullyKnown(fixed.configured), creditAccountSchema().Attributes[fixed.name]
		switch {
		case schema.IsComputed() && fixed.configured.IsNull(),
			known && sameValue(fixed.name, fixed.configured, fixed.prior):
			fixed.keep()
		case !known:
			// An update is planned; the engine plans again when the value is known.
		case fixed.prior.IsNull() && (schema.IsRequired() || nothingReturned):
			recorded = append(recorded, fixed.name)
		default:
			changed = append(changed, fixed.name)
		}
	}
	return changed, recorded
}

// checkExistingID: existing_account_id of an account that the state has can only say what is so already.
func checkExistingID(configured types.String, id string, diags *diag.Diagnostics) {
	if isSet(configured) && !strings.EqualFold(configured.ValueString(), id) {
		diags.AddAttributeError(path.Root("existing_account_id"), sumWrongExisting, fmt.Sprintf(
			"This resource manages the account %s, but existing_account_id is %s. Nothing was changed.\n- Keep this "+
				"account: correct or remove existing_account_id.\n- Manage the other one: first run state rm with the "+
				"resource's address, or remove the resource and apply. Then declare it again.",
			id, configured.ValueString()))
	}
}

func addAlreadyTaken(id string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, fmt.Sprintf(
		"The account %s is already managed, by another resource of this configuration or by this one before its "+
			"replacement. Nothing was changed.\n- Another resource has it? Remove one of the two.\n- This resource is "+
			"being replaced? An account cannot replace itself: remove existing_account_id, or undo the "+
			"replacement.\n\n%s", id, moreOfTakingOver))
}

// addReplacement: create_alongside lists the account itself.
func addReplacement(prior *accountModel, changed []string, diags *diag.Diagnostics) {
	object := prior.object()
	intro := "create_alongside lists this account itself, so it may be replaced. If this plan replaces it, a new " +
		"account is created."
	if len(changed) > 0 {
		intro = fmt.Sprintf("Changed: %s. A new account will be created, because create_alongside lists this one.",
			strings.Join(changed, ", "))
	}
	diags.AddWarning(sumReplacement, fmt.Sprintf(
		"%s The old %s (id %s) stays, with its balance (%s), and is no longer managed. To close it, use the "+
			"product's admin pages. "+
			"If the apply fails with an \"inconsistent final plan\", a value has changed since the plan: plan again.",
		intro, titleOf(object), object.ID, balanceText(object.StartingBalance, "at creation")))
}

// addCannotChange refuses what the API cannot change.
func addCannotChange(prior *accountModel, changed, alongside []string, diags *diag.Diagnostics) {
	object, another := prior.object(), ""
	if !object.Unresolved() {
		another = fmt.Sprintf("\n- Replace it with a new account: set create_alongside = %s. The old account "+
			"keeps its balance.", listOf(append(alongside, object.ID)))
	}
	diags.AddAttributeError(path.Root(changed[0]), sumCannotChange, fmt.Sprintf(
		"Changed: %s, of the %s (id %s). The API cannot change an account. Nothing was changed.\n\n"+
			"- Keep it: set the old value again, or list the attribute in lifecycle.ignore_changes.\n"+
			"- Change it in the product and list it in ignore_changes.%s\n\n%s",
		strings.Join(changed, ", "), titleOf(object), object.ID, another, more))
}

func addRecorded(prior *accountModel, names []string, diags *diag.Diagnostics) {
	diags.AddWarning(sumRecorded, fmt.Sprintf(
		"For the %s (id %s), the API never returned these values: %s. The configured values will be recorded, and "+
			"nothing is sent. Compare them with the product: recording them does not change the account.",
		titleOf(prior.object()), prior.ID.ValueString(), strings.Join(names, ", ")))
}
