package provider

import (
	"context"
	"fmt"
	"slices"
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
	case planned.keyKnown() && !config.ExistingAccountID.IsUnknown():
		r.session.planAccountCreate(ctx, &planned, &resp.Diagnostics)
	}
}

// planAccountCreate is asked whenever the engine has no usable object at an address.
func (s *session) planAccountCreate(ctx context.Context, planned *accountModel, diags *diag.Diagnostics) {
	object, alongside := planned.object(), stringsOf(planned.CreateAlongside)
	if verdict := s.registry.PlanCreate(ctx, object, alongside); verdict.Refused() {
		s.addRefusedPlan(ctx, verdict, object, alongside, diags)
		return
	}
	s.warnOfOthers(planned, alongside, diags)
	if s.client == nil || planned.StartingBalance.IsUnknown() {
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
	found := existingOf(s.client.ExistingCreditAccounts(lookup, planned.request()), listedAccount)
	s.decideCreate(object, alongside, found, diags)
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
		if s.registry.Track(object) {
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
	changed, recorded := settleValues(config, prior, planned)
	alongside := stringsOf(planned.CreateAlongside)
	if slices.ContainsFunc(alongside, func(id string) bool { return strings.EqualFold(id, object.ID) }) {
		s.firstTime("beside " + strings.ToLower(object.ID)) // said here
		addReplacement(object, diags)
		if len(changed) > 0 {
			return changed
		}
	}
	if len(changed) > 0 {
		addCannotChange(object, changed, alongside, diags)
		return nil
	}
	if object.Unresolved() {
		planned.withoutResponse(config.ExistingAccountID, types.StringNull())
		s.checkTakeOver(ctx, planned, false, diags)
	}
	if len(recorded) > 0 {
		addRecorded(object, recorded, diags)
	}
	return nil
}

// settleValues keeps in the plan what is the same, and names what is changed, and what is only recorded: a null that no
// response returned, which shows in a required attribute, or in a status that is null too. What is not known yet is
// planned as an update; the engine plans again when it is.
func settleValues(config, prior, planned *accountModel) (changed, recorded []string) {
	const required, optional = true, false
	nothingReturned := prior.Status.IsNull() || prior.ID.IsNull()
	settle := func(name string, required, same bool, configured, before attr.Value) (keep bool) {
		switch {
		case same, !fullyKnown(configured):
		case before.IsNull() && (required || nothingReturned):
			recorded = append(recorded, name)
		default:
			changed = append(changed, name)
		}
		return same
	}
	if settle("client_id", required, sameIDs(config.ClientID, prior.ClientID), config.ClientID, prior.ClientID) {
		planned.ClientID = prior.ClientID
	}
	if settle("name", required, sameNames(config.Name, prior.Name), config.Name, prior.Name) {
		planned.Name = prior.Name
	}
	if settle("starting_balance", required, sameNumbers(config.StartingBalance, prior.StartingBalance),
		config.StartingBalance, prior.StartingBalance) {
		planned.StartingBalance = prior.StartingBalance
	}
	if emails := config.NotifyEmails; settle("notify_emails", required, emails.Equal(prior.NotifyEmails),
		emails, prior.NotifyEmails) {
		planned.NotifyEmails = prior.NotifyEmails
	}
	if settle("license_ids", required, sameSet(lowerCase(config.LicenseIDs), lowerCase(prior.LicenseIDs)),
		config.LicenseIDs, prior.LicenseIDs) {
		planned.LicenseIDs = prior.LicenseIDs
	}
	// The API chooses the next three where they are not configured.
	if settle("type", optional, config.Type.IsNull() || config.Type.Equal(prior.Type), config.Type, prior.Type) {
		planned.Type = prior.Type
	}
	days := config.BatchDaysUntilExpire
	if settle("batch_days_until_expire", optional, days.IsNull() || sameNumbers(days, prior.BatchDaysUntilExpire),
		days, prior.BatchDaysUntilExpire) {
		planned.BatchDaysUntilExpire = prior.BatchDaysUntilExpire
	}
	amount := config.MinimumBatchAmount
	if settle("minimum_batch_amount", optional, amount.IsNull() || sameNumbers(amount, prior.MinimumBatchAmount),
		amount, prior.MinimumBatchAmount) {
		planned.MinimumBatchAmount = prior.MinimumBatchAmount
	}
	settle("credit_batch_name", optional, config.CreditBatchName.Equal(prior.CreditBatchName),
		config.CreditBatchName, prior.CreditBatchName)
	planned.ID, planned.Status, planned.CreatedAt, planned.UpdatedAt = prior.ID, prior.Status, prior.CreatedAt, prior.UpdatedAt
	planned.CurrentBalance, planned.Sublicenses = prior.CurrentBalance, prior.Sublicenses
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
func addReplacement(object registry.Object, diags *diag.Diagnostics) {
	diags.AddWarning(sumReplacement, fmt.Sprintf(
		"create_alongside lists this account itself, so a change or -replace creates a new account in its place. The old "+
			"%s (id %s) then stays, with its balance (%s), and is no longer managed. To close it, use the product's admin "+
			"pages. If the apply fails with an \"inconsistent final plan\", a value has changed since the plan: plan again.",
		titleOf(object), object.ID, balanceText(object.StartingBalance, "at creation")))
}

// addCannotChange refuses what the API cannot change.
func addCannotChange(object registry.Object, changed, alongside []string, diags *diag.Diagnostics) {
	another := ""
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

func addRecorded(object registry.Object, names []string, diags *diag.Diagnostics) {
	diags.AddWarning(sumRecorded, fmt.Sprintf(
		"For the %s (id %s), the API never returned these values: %s. The configured values will be recorded, and "+
			"nothing is sent. Compare them with the product: recording them does not change the account.",
		titleOf(object), object.ID, strings.Join(names, ", ")))
}
