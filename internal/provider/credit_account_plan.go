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

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Keys of private data.
const (
	// privateUnset lists the attributes that are null because the API did not
	// return them.
	privateUnset = "unset"
	// privateUnresolved says what happened to a creation of unknown outcome.
	privateUnresolved = "unresolved"
)

// privateState is what the framework calls private data in requests and responses.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func unsetIn(ctx context.Context, private privateState) []string {
	raw, _ := private.GetKey(ctx, privateUnset)
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		return nil
	}
	return names
}

func setUnset(ctx context.Context, private privateState, names []string) diag.Diagnostics {
	if len(names) == 0 {
		return private.SetKey(ctx, privateUnset, nil)
	}
	raw, err := json.Marshal(names)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
	}
	return private.SetKey(ctx, privateUnset, raw)
}

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
// that the API never returned. It sends nothing.
func planAccount(registry *stateRegistry, config, prior, proposed *creditAccountModel, unset []string) accountPlan {
	switch {
	case proposed == nil:
		return planAccountDestroy(prior)
	case prior != nil:
		return planAccountUpdate(registry, config, prior, proposed, unset)
	case isSet(config.ExistingAccountID):
		return planAccountTakeOver(registry, config, proposed)
	}
	return planAccountCreate(registry, config, proposed)
}

func planAccountDestroy(prior *creditAccountModel) (plan accountPlan) {
	if prior.ID.IsNull() {
		_, reason := unresolvedSince(prior.Status.ValueString())
		plan.diags.AddWarning(sumForgetsGuarded, fmt.Sprintf(
			"It is unknown whether the account %q of client %s was created: %s. It will be forgotten and nothing is sent. "+
				"If it exists, it stays, with its balance. Once it is forgotten, declaring it again creates it: "+
				"first make sure in the product's admin pages (the client's credit accounts) that it does not exist.",
			prior.Name.ValueString(), prior.ClientID.ValueString(), reason))
		return plan
	}
	plan.diags.AddWarning(sumDestroyForgets, fmt.Sprintf(
		"The account %q (id %s) of client %s will be forgotten, and stays where it is: no API call deletes an account. "+
			"Its balance, %s credits at creation, stays usable. To close it, use the product's admin pages (the client's credit accounts). "+
			"To manage it again, import %s/%s.",
		prior.Name.ValueString(), prior.ID.ValueString(), prior.ClientID.ValueString(), balanceAtCreation(prior),
		prior.ClientID.ValueString(), prior.ID.ValueString()))
	return plan
}

// planAccountCreate is asked whenever the engine has no usable object at an address.
func planAccountCreate(registry *stateRegistry, config, proposed *creditAccountModel) (plan accountPlan) {
	if !proposed.keyKnown() || config.ExistingAccountID.IsUnknown() {
		return plan // what it will be is decided when it is known, by the apply
	}
	alongside := stringsOf(config.CreateAlongside)
	creation := registry.planCreate(proposed.key(), alongside)
	switch {
	case creation.conflict != nil && creation.conflict.unresolved():
		plan.unresolved = creation.conflict
		return plan
	case creation.conflict != nil:
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(*creation.conflict, alongside))
		return plan
	case creation.twice:
		plan.diags.AddError(sumSameName, sameNameDetail(proposed))
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
	if proposed.keyKnown() && registry.track(trackedFrom(proposed)) {
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(trackedFrom(proposed), nil))
		return plan
	}
	plan.planned, plan.lookup = proposed, checkLookup
	return plan
}

func planAccountUpdate(registry *stateRegistry, config, prior, proposed *creditAccountModel, unset []string) (plan accountPlan) {
	if prior.ID.IsNull() {
		// An unresolved account that was untainted: it does not exist any more for that.
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
		planAccountChange(changed, prior, proposed, &plan)
		return plan
	}
	proposed.keepComputed(prior)
	if prior.ID.IsNull() {
		proposed.recordNothing()
		proposed.ID = config.ExistingAccountID
	}
	// An import may get its name or its client here, or stay without a name.
	news := proposed.Name.IsNull() || proposed.keyKnown() && proposed.key() != prior.key()
	if news && isSet(proposed.ID) && registry.track(trackedFrom(proposed)) {
		plan.diags.AddError(sumSecondAccount, secondAccountDetail(trackedFrom(proposed), nil))
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
			"Two resources of this state manage the account %s of client %s. Whatever one of them is told to be, the other one does not know. Keep one: "+
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
// object that does not change is not told to a provider, and what it says in the
// call that follows is dropped.
func listsOwnID(proposed, prior *creditAccountModel) bool {
	return slices.ContainsFunc(stringsOf(proposed.CreateAlongside), func(id string) bool { return strings.EqualFold(id, prior.ID.ValueString()) })
}

// planAccountChange refuses to change what the API cannot change, or plans a
// replacement where that is permitted.
func planAccountChange(changed []string, prior, proposed *creditAccountModel, plan *accountPlan) {
	if listsOwnID(proposed, prior) {
		plan.replaced = changed
		plan.diags.AddWarning(sumReplacement, replacementDetail(prior, changed))
		return
	}
	replacing := ""
	if isSet(prior.ID) {
		replacing = fmt.Sprintf(";\n- have a new account in its place: set create_alongside = %s here. The old one stays, with its balance, and is no longer managed",
			listOf(append(stringsOf(proposed.CreateAlongside), prior.ID.ValueString())))
	}
	plan.diags.AddAttributeError(path.Root(changed[0]), sumCannotChange, fmt.Sprintf(
		"Changed: %s, of the account %q (id %s) of client %s. The API cannot change an account, and a new one in its place would leave the old one "+
			"with its balance. Nothing was changed.\n\n"+
			"What you can do:\n"+
			"- keep the account as it is: set the old value again, or list the attribute in lifecycle.ignore_changes;\n"+
			"- change it in the product's admin pages and list it in ignore_changes%s.\n\n%s",
		strings.Join(changed, ", "), prior.Name.ValueString(), prior.ID.ValueString(), prior.ClientID.ValueString(), replacing, toDestroy))
}

// toDestroy ends every message that stops a plan: a destroy plans like an apply
// first, and is stopped by the same.
const toDestroy = "A destroy is stopped by this too, because it refreshes first. To destroy all the same, run it with -refresh=false."

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
	plan := planAccount(r.session.registry, config, prior, proposed, unsetIn(ctx, req.Private))
	resp.Diagnostics.Append(plan.diags...)
	if plan.unresolved != nil {
		resp.Diagnostics.AddError(sumGuarded, r.session.unresolvedAccountDetail(ctx, *plan.unresolved))
	}
	if resp.Diagnostics.HasError() || proposed == nil {
		return
	}
	for _, name := range plan.replaced {
		resp.RequiresReplace.Append(path.Root(name))
	}
	if plan.planned == nil {
		plan.planned = proposed
	}
	resp.Diagnostics.Append(r.session.lookUpPlanned(ctx, plan.lookup, plan.planned)...)
	resp.Diagnostics.Append(accountModel().set(ctx, &resp.Plan.Raw, plan.planned)...)
}

// lookUpPlanned shows a plan what the apply would be stopped by.
func (s *session) lookUpPlanned(ctx context.Context, wanted plannedLookup, planned *creditAccountModel) (diags diag.Diagnostics) {
	switch wanted {
	case checkLookup:
		if isSet(planned.ClientID) {
			s.checkTakeOver(ctx, planned, &diags)
		}
	case cheapLookup, wholeLookup:
		found, err := s.existingAccounts(ctx, planned.request(), wanted == wholeLookup)
		switch {
		case err != nil:
			addLookupFailed(err, trackedFrom(planned).subject(), &diags)
		case len(found) == 0:
		case s.onExisting == thoughtindustries.AdoptExisting && len(found) == 1 && !s.registry.containsID(found[0].ID):
			diags.AddWarning(sumWillAdopt, fmt.Sprintf(
				"Client %s has an account %q with the same starting balance already, and on_existing_account is \"adopt\": the apply creates no account and takes this one over: %s. "+
					"If you want another one, set create_alongside = %s.",
				planned.ClientID.ValueString(), planned.Name.ValueString(), describeAccount(found[0]), listOf(append(stringsOf(planned.CreateAlongside), found[0].ID))))
		default:
			s.addExists(found, planned, &diags)
		}
	}
	return diags
}

// existingAccounts gives the accounts that the client has already and that the
// lookup of the apply would find. What is refused is left to the apply, as is
// what fails or would have to wait unless wait is set.
func (s *session) existingAccounts(ctx context.Context, request thoughtindustries.CreditAccountRequest, wait bool) ([]thoughtindustries.CreditAccount, error) {
	if s.client == nil || s.onExisting == thoughtindustries.IgnoreOnExisting {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, defaultCreateTimeout) // an API may ask to come back for ever
	defer cancel()
	found, err := s.client.ExistingCreditAccounts(ctx, request, wait)
	if err != nil && (!wait || lookupRefused(err)) {
		return nil, nil
	}
	return found, err
}

// unresolvedAccountDetail tells what happened, what a new lookup finds, and the ways out.
func (s *session) unresolvedAccountDetail(ctx context.Context, account trackedObject) string {
	since, _ := unresolvedSince(account.Status)
	return account.subject().unresolvedDetail(account.Status, s.accountCandidates(ctx, account, since))
}

// accountCandidates looks up once what the creation may have made.
func (s *session) accountCandidates(ctx context.Context, account trackedObject, since time.Time) string {
	if s.client == nil {
		return "Looking for it was not possible: " + s.missing
	}
	balance, _, err := big.ParseFloat(account.StartingBalance, 10, 512, big.ToNearestEven)
	if err != nil || since.IsZero() {
		return "Looking for it was not possible: the state does not say what was sent and when."
	}
	found, err := s.client.FindCreditAccounts(ctx, account.ClientID, account.Name, balance)
	return whatALookupFound(found, err, describeAccount, "A new lookup found no such account. That is no proof: the lookup sees an account by its credit batches alone.")
}

func trackedFrom(m *creditAccountModel) trackedObject {
	object := trackedObject{
		Kind: creditAccountType, ClientID: m.ClientID.ValueString(), Name: m.Name.ValueString(),
		ID: m.ID.ValueString(), Status: m.Status.ValueString(),
	}
	if !m.StartingBalance.IsNull() && !m.StartingBalance.IsUnknown() {
		object.StartingBalance = numberText(m.StartingBalance)
	}
	return object
}

func balanceAtCreation(state *creditAccountModel) string {
	if state.StartingBalance.IsNull() {
		return "an unknown number of"
	}
	return numberText(state.StartingBalance)
}

// listOf writes ids as a list of the configuration, each once.
func listOf(ids []string) string {
	var quoted []string
	for _, id := range ids {
		if text := fmt.Sprintf("%q", strings.ToLower(id)); !slices.Contains(quoted, text) {
			quoted = append(quoted, text)
		}
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// besideDetail: create_alongside permits the creation. It is said whether or not
// the state has the accounts listed, which may be known only later.
func besideDetail(proposed *creditAccountModel, alongside []string) string {
	return fmt.Sprintf("An account %q of client %s will be created, although there are others of this client and name, because create_alongside permits it beside: %s. "+
		"Those stay, with their balances. One that this account replaces is no longer managed: to close it, use the product's admin pages.",
		proposed.Name.ValueString(), proposed.ClientID.ValueString(), strings.Join(alongside, ", "))
}

// replacementDetail: create_alongside lists the account itself.
func replacementDetail(prior *creditAccountModel, changed []string) string {
	intro := "create_alongside lists the id of this account itself, so it may be replaced (by -replace, replace_triggered_by, a taint or a changed value). If this plan replaces it:"
	further := ""
	if len(changed) > 0 {
		intro = fmt.Sprintf("Changed: %s. A new account will be created, because create_alongside lists the id of this one.", strings.Join(changed, ", "))
		further = " (Should an apply stop here with an inconsistent final plan: a value that was unknown to the plan became another one. Nothing was changed; plan again.)"
	}
	return fmt.Sprintf("%s The old account %q (id %s) of client %s stays, with its balance (%s credits at creation), and is no longer managed. "+
		"To close it, use the product's admin pages."+further,
		intro, prior.Name.ValueString(), prior.ID.ValueString(), prior.ClientID.ValueString(), balanceAtCreation(prior))
}

// secondAccountDetail says what made the engine want a second account, as far
// as a provider, which is told no addresses, can know.
func secondAccountDetail(account trackedObject, alongside []string) string {
	list := listOf(append(slices.Clone(alongside), account.ID))
	if account.Name == "" {
		return fmt.Sprintf("The state has an account of this client whose name it does not know: it was imported, no listing shows it, and no apply has recorded its name. "+
			"It may be the account that this plan would create, and that would be a second one, with a balance of its own.\n\n"+
			"  client_id = %q\n  id        = %s\n\n"+
			"Depending on what happened:\n"+
			"- It is the account that is to be created here (it was imported at another address, or tainted): run state mv from its address to this one, or untaint.\n"+
			"- It is another one: record its name first, by apply with -target=<its address>. Its name must not be listed in ignore_changes for that.\n"+
			"- It is another one, and its name shall not be recorded: set create_alongside = %s here.\n\n"+
			"%s Nothing was changed.", account.ClientID, account.ID, list, toDestroy)
	}
	return fmt.Sprintf("The state has an account of this client and name, and this plan would create another one, with a balance of its own.\n\n"+
		"  client_id = %q\n  name      = %q\n  id        = %s\n\n"+
		"Depending on what happened:\n"+
		"- The resource, its for_each key or its module was renamed: say so with a moved block,\n"+
		"    moved {\n      from = <old address>\n      to   = <new address>\n    }\n"+
		"- It is tainted (a provisioner failed, or taint was run): run untaint with its address.\n"+
		"- There are two resources of this client and name: give one another name, or remove one.\n"+
		"- The account is to be managed at another address alone: set existing_account_id = %q there and remove the other resource.\n"+
		"- A second account is wanted, beside this one or in its place (-replace, replace_triggered_by, a taint): set create_alongside = %s on the resource that is created. "+
		"The account above stays, with its balance.\n\n"+
		"%s Nothing was changed.", account.ClientID, account.Name, account.ID, account.ID, list, toDestroy)
}

// sameNameDetail: two new ones, neither of which has an id that could be listed.
func sameNameDetail(proposed *creditAccountModel) string {
	return fmt.Sprintf("This plan would create more than one account %q for client %s, each with a balance of its own. A client and a name mean one account. Nothing was changed.\n\n"+
		"- One is wanted: remove the other resources.\n"+
		"- Two are wanted: give them different names. "+
		"Or, for two of one name, apply the first one alone, then declare the second with create_alongside = [\"<id of the first>\"].",
		proposed.Name.ValueString(), proposed.ClientID.ValueString())
}

func alreadyTakenDetail(id string) string {
	return fmt.Sprintf("The account %s is managed already, by another resource of this configuration or by this one, which an engine was asked to replace. "+
		"An account is managed by one resource, and one that exists need not be replaced by itself: remove existing_account_id, the other resource or the replacement. Nothing was changed.", id)
}

func wrongExistingDetail(state *creditAccountModel, wanted string) string {
	return fmt.Sprintf("This resource manages the account %s, and existing_account_id is %s. Set it to the former or remove it. "+
		"To manage the latter instead, first give this one up (state rm, or remove the resource and apply).", state.ID.ValueString(), wanted)
}

func recordedDetail(state *creditAccountModel, names []string, tense string) string {
	return fmt.Sprintf("Of the account %s (client %s): %s. The API never returned these values, so the configured ones %s recorded as they are and nothing is sent. "+
		"Compare them with the product's admin pages: if they differ, the account is not changed by this.",
		state.ID.ValueString(), state.ClientID.ValueString(), strings.Join(names, ", "), tense)
}
