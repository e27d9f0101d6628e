package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Keys of private data.
const (
	// privateReplacing is set by a plan call that knows the prior state. Only an
	// intended replacement hands it on to the plan call without one.
	privateReplacing = "replacing"
	// privateLeaving goes from the plan of a replacement to the deletion of the old
	// object, which then says that the account stays: engines drop the warnings of
	// the plan call that knows it.
	privateLeaving = "leaving"
	// privateUntold lists the attributes that are null because nobody told them.
	privateUntold = "untold"
	// privateGuard says what happened to a creation of unknown outcome.
	privateGuard = "guard"
)

// privateState is what the framework calls private data in requests and responses.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func untoldIn(ctx context.Context, private privateState) []string {
	raw, _ := private.GetKey(ctx, privateUntold)
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		return nil
	}
	return names
}

func setUntold(ctx context.Context, private privateState, names []string) diag.Diagnostics {
	if len(names) == 0 {
		return private.SetKey(ctx, privateUntold, nil)
	}
	raw, err := json.Marshal(names)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
	}
	return private.SetKey(ctx, privateUntold, raw)
}

// ModifyPlan decides what a plan may do. Nothing here assumes that a value is known.
func (r *creditAccountResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.session == nil {
		return // not configured: the engine is only validating
	}
	var config, plan, state creditAccountModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(accountModel().get(ctx, req.State.Raw, &state)...)
	}
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(accountModel().get(ctx, req.Plan.Raw, &plan)...)
		resp.Diagnostics.Append(accountModel().get(ctx, req.Config.Raw, &config)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case req.Plan.Raw.IsNull():
		r.planDestroy(ctx, &state, resp)
	case req.State.Raw.IsNull():
		r.planCreate(ctx, req, &config, &plan, resp)
	default:
		r.planUpdate(ctx, req, &config, &plan, &state, resp)
	}
}

func (r *creditAccountResource) planDestroy(ctx context.Context, state *creditAccountModel, resp *resource.ModifyPlanResponse) {
	key := state.key()
	if r.session.held.creates(key) {
		if state.ID.IsNull() { // the creation would have been told so, had it come second
			resp.Diagnostics.AddError(sumGuarded, r.guardedDetail(ctx, heldFrom(state)))
			return
		}
		resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(heldFrom(state), true))
		return
	}
	if state.ID.IsNull() {
		_, reason := guardedSince(state.Status.ValueString())
		resp.Diagnostics.AddWarning(sumForgetsGuarded, fmt.Sprintf(
			"It is unknown whether the account %q of client %s was created: %s. It will be forgotten and nothing is sent. "+
				"If it exists, it stays, with its balance. Once it is forgotten, declaring it again creates it: "+
				"first make sure in the product's admin pages (the client's credit accounts) that it does not exist.",
			state.Name.ValueString(), state.ClientID.ValueString(), reason))
		return
	}
	resp.Diagnostics.AddWarning(sumDestroyForgets, fmt.Sprintf(
		"The account %q (id %s) of client %s will be forgotten, and stays where it is: no API call deletes an account. "+
			"Its balance, %s credits at creation, stays usable. To close it, use the product's admin pages (the client's credit accounts). "+
			"To manage it again, import %s/%s.",
		state.Name.ValueString(), state.ID.ValueString(), state.ClientID.ValueString(), balanceAtCreation(state),
		state.ClientID.ValueString(), state.ID.ValueString()))
}

// planCreate is asked whenever the engine has no usable object at an address.
func (r *creditAccountResource) planCreate(ctx context.Context, req resource.ModifyPlanRequest, config, plan *creditAccountModel, resp *resource.ModifyPlanResponse) {
	mark, _ := req.Private.GetKey(ctx, privateReplacing)
	replacing := mark != nil
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, nil)...)

	if isSet(config.ExistingAccountID) {
		r.planTakeOver(ctx, config, plan, replacing, resp)
		return
	}
	if !plan.keyKnown() || config.ExistingAccountID.IsUnknown() {
		return // what it will be is decided when it is known, by the apply
	}
	allowed := plan.AllowReplacement.ValueBool()
	held, before := r.session.held.create(plan.key(), replacing || allowed)
	for _, account := range held {
		switch {
		case account.guarded() && !allowed:
			resp.Diagnostics.AddError(sumGuarded, r.guardedDetail(ctx, account))
			return
		case !replacing && !allowed:
			resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(account, false))
			return
		}
		resp.Diagnostics.AddWarning(sumOldStays, oldStaysDetail(account))
	}
	if len(held) > 0 && before > 0 {
		// This one may, but the other creation, which came before it was known
		// what the state holds, may not.
		resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(held[0], true))
		return
	}
	if replacing {
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateLeaving, []byte("true"))...)
	}
	if len(held) == 0 && before > 0 {
		resp.Diagnostics.AddWarning(sumSameName, fmt.Sprintf(
			"This plan creates more than one account %q for client %s. Each has a balance of its own. "+
				"If one was meant, remove the others before applying: an account cannot be deleted afterwards.",
			plan.Name.ValueString(), plan.ClientID.ValueString()))
	}
}

// planTakeOver: nothing will be sent, so no second account can come of it. Two
// resources of one account would fight over it, though.
func (r *creditAccountResource) planTakeOver(ctx context.Context, config, plan *creditAccountModel, replacing bool, resp *resource.ModifyPlanResponse) {
	id := config.ExistingAccountID.ValueString()
	if detail := r.ofOtherClient(config); detail != "" {
		resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumOfOtherClient, detail)
		return
	}
	if !r.session.held.take(id, replacing) {
		resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, alreadyTakenDetail(id))
		return
	}
	if held, creates := r.session.held.heldBeside(plan.key()); creates {
		resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(held, true))
		return
	}
	plan.ID = types.StringValue(id)
	resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("id"), plan.ID)...)
}

// ofOtherClient says that the account to take over is another client's; empty
// where nothing speaks for it. Taking over asks nobody, so what can tell is the
// listings that this process has read for another reason: a data source, a look.
func (r *creditAccountResource) ofOtherClient(m *creditAccountModel) string {
	if r.session == nil || r.session.client == nil || !isSet(m.ClientID) {
		return ""
	}
	id, client := m.ExistingAccountID.ValueString(), m.ClientID.ValueString()
	owner, ok := r.session.client.ClientOfCreditAccount(id)
	if !ok || strings.EqualFold(owner, client) {
		return ""
	}
	return fmt.Sprintf("The credit batches of client %s show that the account %s is that client's, and client_id is %s. Nothing was changed. "+
		"Correct existing_account_id or client_id.", owner, id, client)
}

func (r *creditAccountResource) planUpdate(ctx context.Context, req resource.ModifyPlanRequest, config, plan, state *creditAccountModel, resp *resource.ModifyPlanResponse) {
	if r.session.held.creates(state.key()) {
		resp.Diagnostics.AddError(sumSecondAccount, secondAccountDetail(heldFrom(state), true))
		return
	}
	if r.session.held.permits(state.key()) {
		resp.Diagnostics.AddWarning(sumOldStays, oldStaysDetail(heldFrom(state)))
	}
	if !r.planExistingID(ctx, config, plan, state, resp) {
		return
	}
	untold := untoldIn(ctx, req.Private)
	var changed, recorded []string
	for _, attribute := range apiAttributes {
		wanted, prior := attribute.value(config), attribute.value(state)
		switch {
		case attribute.computed && wanted.IsNull(), known(ctx, wanted) && attribute.same(wanted, prior):
			attribute.set(plan, state)
		case !known(ctx, wanted):
			// An update is planned; the apply compares.
		case prior.IsNull() && slices.Contains(untold, attribute.name):
			recorded = append(recorded, attribute.name)
		default:
			changed = append(changed, attribute.name)
		}
	}
	if len(changed) > 0 {
		r.planChange(ctx, changed, plan, state, resp)
		return
	}
	plan.keepComputed(state)
	if state.ID.IsNull() {
		plan.recordNothing()
		plan.ID = config.ExistingAccountID
	}
	resp.Diagnostics.Append(accountModel().set(ctx, &resp.Plan.Raw, plan)...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, []byte("true"))...)
	if len(recorded) > 0 {
		resp.Diagnostics.AddWarning(sumRecorded, recordedDetail(state, recorded, "will be"))
	}
}

// planExistingID checks existing_account_id against the account that the state
// holds; false where the plan cannot go on.
func (r *creditAccountResource) planExistingID(ctx context.Context, config, plan, state *creditAccountModel, resp *resource.ModifyPlanResponse) bool {
	if state.ID.IsNull() {
		// A guarded account that was untainted: it does not exist any more for that.
		if config.ExistingAccountID.IsNull() {
			resp.Diagnostics.AddError(sumGuarded, r.guardedDetail(ctx, heldFrom(state)))
			return false
		}
		if id := config.ExistingAccountID; isSet(id) && !r.session.held.take(id.ValueString(), false) {
			resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumAlreadyTaken, alreadyTakenDetail(id.ValueString()))
			return false
		}
		return true
	}
	if !r.session.held.keep(state.ID.ValueString()) {
		resp.Diagnostics.AddError(sumAlreadyTaken, alreadyTakenDetail(state.ID.ValueString()))
		return false
	}
	if isSet(plan.ExistingAccountID) && !strings.EqualFold(plan.ExistingAccountID.ValueString(), state.ID.ValueString()) {
		resp.Diagnostics.AddAttributeError(path.Root("existing_account_id"), sumWrongExisting, wrongExistingDetail(state, plan.ExistingAccountID.ValueString()))
		return false
	}
	return true
}

// planChange refuses to change what the API cannot change, or plans a
// replacement where that is permitted.
func (r *creditAccountResource) planChange(ctx context.Context, changed []string, plan, state *creditAccountModel, resp *resource.ModifyPlanResponse) {
	if !plan.AllowReplacement.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root(changed[0]), sumCannotChange, fmt.Sprintf(
			"Changed: %s, of the account %q (id %s) of client %s. The API cannot change an account, and a new one in its place would leave the old one "+
				"with its balance. Nothing was changed.\n\n"+
				"What you can do:\n"+
				"- keep the account as it is: set the old value again, or list the attribute in lifecycle.ignore_changes;\n"+
				"- change it in the product's admin pages and list it in ignore_changes;\n"+
				"- have a second account: set allow_replacement = true here. The old one stays, and is no longer managed.",
			strings.Join(changed, ", "), state.Name.ValueString(), state.ID.ValueString(), state.ClientID.ValueString()))
		return
	}
	for _, name := range changed {
		resp.RequiresReplace.Append(path.Root(name))
	}
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, privateReplacing, []byte("true"))...)
	resp.Diagnostics.AddWarning(sumReplacement, fmt.Sprintf(
		"Changed: %s. A new account will be created, because allow_replacement is true. %s "+
			"(Should an apply stop here with an inconsistent final plan: a value that was unknown to the plan turned out to be another one. Nothing was changed; plan again.)",
		strings.Join(changed, ", "), oldStaysDetail(heldFrom(state))))
}

// guardedDetail tells what happened, what a new look finds, and the ways out.
func (r *creditAccountResource) guardedDetail(ctx context.Context, account heldObject) string {
	since, _ := guardedSince(account.Status)
	return account.subject().guardedDetail(account.Status, r.candidates(ctx, account, since))
}

// candidates looks once for what the creation may have made.
func (r *creditAccountResource) candidates(ctx context.Context, account heldObject, since time.Time) string {
	if r.session.client == nil {
		return "Looking for it was not possible: " + r.session.missing
	}
	balance, _, err := big.ParseFloat(account.StartingBalance, 10, 512, big.ToNearestEven)
	if err != nil || since.IsZero() {
		return "Looking for it was not possible: the state does not say what was sent and when."
	}
	found, err := r.session.client.FindCreditAccounts(ctx, account.ClientID, account.Name, balance)
	return whatALookFound(found, err, describeAccount, "A new look found no such account. That is no proof: the look-up sees an account by its credit batches alone.")
}

func heldFrom(state *creditAccountModel) heldObject {
	held := heldObject{
		Kind: creditAccountType, ClientID: state.ClientID.ValueString(), Name: state.Name.ValueString(),
		ID: state.ID.ValueString(), Status: state.Status.ValueString(),
	}
	if !state.StartingBalance.IsNull() {
		held.StartingBalance = numberText(state.StartingBalance)
	}
	return held
}

func balanceAtCreation(state *creditAccountModel) string {
	if state.StartingBalance.IsNull() {
		return "an unknown number of"
	}
	return numberText(state.StartingBalance)
}

func oldStaysDetail(account heldObject) string {
	if account.guarded() {
		return fmt.Sprintf("Whether the earlier account %q of client %s exists is unknown. If it does, it stays, with its balance of %s credits at creation.",
			account.Name, account.ClientID, account.StartingBalance)
	}
	balance := account.StartingBalance
	if balance == "" {
		balance = "an unknown number of"
	}
	return fmt.Sprintf("The old account %q (id %s) of client %s stays, with its balance (%s credits at creation), and is no longer managed. "+
		"To close it, use the product's admin pages.", account.Name, account.ID, account.ClientID, balance)
}

// secondAccountDetail says what made the engine want a second account, as far
// as a provider, which is told no addresses, can know. atHeld: it is said at the
// address of the account that is held.
func secondAccountDetail(account heldObject, atHeld bool) string {
	id := account.ID
	if id == "" {
		id = "not known, since the outcome of its creation is unknown"
	}
	intro := "The state holds an account of this client and name already, and this plan would create another one, with a balance of its own."
	if atHeld {
		intro = "This account is held by the state, and the same plan would create another one of the same client and name, at another address, with a balance of its own."
	}
	return fmt.Sprintf("%s\n\n"+
		"  client_id = %q\n  name      = %q\n  id        = %s\n\n"+
		"Depending on what happened:\n"+
		"- The resource, its for_each key or its module was renamed: say so with a moved block,\n"+
		"    moved {\n      from = <old address>\n      to   = <new address>\n    }\n"+
		"- It is tainted (a provisioner failed, or taint was run): run untaint with its address.\n"+
		"- There are two resources of this client and name: give one another name, or remove one.\n"+
		"- The account is to be managed at this address alone: set existing_account_id = \"<the id above>\" here and remove the other resource.\n"+
		"- A second account is wanted: set allow_replacement = true on the new one.\n\n"+
		"Nothing was changed.", intro, account.ClientID, account.Name, id)
}

func alreadyTakenDetail(id string) string {
	return fmt.Sprintf("Another resource of this configuration has the account %s. An account is managed by one resource: remove existing_account_id or the other resource.", id)
}

func wrongExistingDetail(state *creditAccountModel, wanted string) string {
	return fmt.Sprintf("This resource manages the account %s, and existing_account_id is %s. Set it to the former or remove it. "+
		"To manage the latter instead, first give this one up (state rm, or remove the resource and apply).", state.ID.ValueString(), wanted)
}

func recordedDetail(state *creditAccountModel, names []string, tense string) string {
	return fmt.Sprintf("Of the account %s (client %s): %s. The API never told these values, so the configured ones %s recorded as they are and nothing is sent. "+
		"Compare them with the product's admin pages: if they differ, the account is not changed by this.",
		state.ID.ValueString(), state.ClientID.ValueString(), strings.Join(names, ", "), tense)
}
