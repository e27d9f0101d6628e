package provider

import (
	"fmt"
	"slices"
	"strings"
)

// What is said of a plan of an account: what happened, what was not changed, and
// the ways out.

// toDestroy ends every message that stops a plan: a destroy plans like an apply
// first, and is stopped by the same.
const toDestroy = "A destroy is stopped by this too, because it refreshes first. To destroy all the same, run it with -refresh=false."

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
	if len(changed) > 0 {
		intro = fmt.Sprintf("Changed: %s. A new account will be created, because create_alongside lists the id of this one.", strings.Join(changed, ", "))
	}
	return fmt.Sprintf("%s The old account %q (id %s) of client %s stays, with its balance (%s credits at creation), and is no longer managed. "+
		"To close it, use the product's admin pages. "+
		"(Should an apply stop here with an inconsistent final plan: a value that was unknown to the plan became another one. Nothing was changed; plan again.)",
		intro, prior.Name.ValueString(), prior.ID.ValueString(), prior.ClientID.ValueString(), balanceAtCreation(prior))
}

// secondAccountDetail says what made the engine want a second account, as far
// as a provider, which gets no addresses, can know.
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
func sameNameDetail(planned trackedObject) string {
	return fmt.Sprintf("This plan would create more than one account %q for client %s, each with a balance of its own. A client and a name mean one account. Nothing was changed.\n\n"+
		"- One is wanted: remove the other resources.\n"+
		"- Two are wanted: give them different names. "+
		"Or, for two of one name, apply the first one alone, then declare the second with create_alongside = [\"<id of the first>\"].",
		planned.Name, planned.ClientID)
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
