package provider

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// addNotConfigured says which argument a request lacks.
func addNotConfigured(s *session, what string, diags *diag.Diagnostics) {
	missing := "The provider was not configured."
	if s != nil && s.missing != "" {
		missing = s.missing
	}
	diags.AddError(sumNotConfigured, what+" needs a request to the API. "+missing+" Nothing was changed.")
}

// subject is what a message about a creation is about.
type subject struct {
	// noun is account or batch.
	noun string
	// title names it, with its client.
	title    string
	clientID string
	// attributes by the API's field.
	attributes map[string]string
	// existing says how to manage one that exists.
	existing string
	// Summaries.
	refused, notCreated, breaker, unknown, lookupFailed, second, same, forgets, forgetsUnresolved string
	// sameDetail is said of two new ones in one plan.
	sameDetail string
	// slow says what else to do where the API kept a creation waiting too long.
	slow string
}

func (o trackedObject) subject() subject {
	if o.Kind == creditBatchType {
		return subject{
			noun: "batch", title: o.title(), clientID: o.ClientID, attributes: batchFields,
			existing: "run state rm with the address of this resource, then import " + o.ClientID + "/<its id>. Or by edits alone: remove this resource (or its for_each entry) " +
				"from the configuration and apply, then put it back together with an import block of that id and apply. Nothing is created.",
			refused: sumBatchRefused, notCreated: sumBatchNotCreated, breaker: sumBatchBreaker, unknown: sumBatchUnknownOutcome, lookupFailed: sumBatchLookupFailed,
			second: sumBatchSecond, same: sumBatchSame, forgets: sumBatchDestroyForgets, forgetsUnresolved: sumBatchForgetsUnresolved, sameDetail: sameBatchDetail(o),
			slow: "Apply again.",
		}
	}
	return subject{
		noun: "account", title: o.title(), clientID: o.ClientID, attributes: accountFields(),
		existing: "set existing_account_id = \"<its id>\" on this resource and apply. It is checked, and nothing is created.",
		refused:  sumRefused, notCreated: sumNotCreated, breaker: sumBreaker, unknown: sumUnknownOutcome, lookupFailed: sumLookupBeforeFailed,
		second: sumSecondAccount, same: sumSameName, forgets: sumDestroyForgets, forgetsUnresolved: sumForgetsUnresolved, sameDetail: sameNameDetail(o),
		slow: "Apply again, or allow more with timeouts = { create = \"1h\" }.",
	}
}

// title names an object for people.
func (o trackedObject) title() string {
	if o.Kind == creditAccountType {
		return fmt.Sprintf("account %q of client %s", o.Name, o.ClientID)
	}
	name := "unnamed batch"
	if o.Name != "" {
		name = fmt.Sprintf("batch %q", o.Name)
	}
	title := fmt.Sprintf("%s (%s credits) of client %s", name, o.StartingBalance, o.ClientID)
	if o.CreditAccountID != "" {
		title += ", account " + o.CreditAccountID
	}
	return title
}

func accountFields() map[string]string {
	fields := make(map[string]string, len(apiAttributes))
	for _, attribute := range apiAttributes {
		fields[attribute.field] = attribute.name
	}
	return fields
}

var batchFields = map[string]string{
	"clientId": "client_id", "startingBalance": "starting_balance", "creditAccountId": "credit_account_id", "name": "name", "expiresOn": "expires_on",
}

// addRefused says what the API refused, in its own words, and what to do.
func addRefused(refused *thoughtindustries.APIError, s subject, address string, diags *diag.Diagnostics) {
	detail := fmt.Sprintf("The %s was not created: %s responded with %s\n\n%s", s.title, address, refusalText(refused), adviceFor(refused, s, address))
	addConcerning(refused, s, s.refused, detail, diags)
}

// refusalText is the API's response, and that it changed nothing.
func refusalText(refused *thoughtindustries.APIError) string {
	said := ""
	if refused.Message != "" {
		said = fmt.Sprintf("\n\nThe API wrote: %s", refused.Message)
		if refused.Code != "" {
			said += " (" + refused.Code + ")"
		}
	}
	return fmt.Sprintf("%d %s. Nothing was changed.%s", refused.Status, http.StatusText(refused.Status), said)
}

// whatALookupFound describes a lookup of something unresolved; none is said where there
// was nothing to be found.
func whatALookupFound[T any](found []T, err error, describe func(T) string, none string) string {
	switch {
	case err != nil:
		return fmt.Sprintf("The lookup failed: %s.", err)
	case len(found) == 0:
		return none
	}
	lines := []string{"A new lookup found:"}
	for _, candidate := range found {
		lines = append(lines, "- "+describe(candidate))
	}
	return strings.Join(lines, "\n")
}

// explainsRefusedLookup reports whether a refusal of the creation says it all:
// where the key is wrong, or the client does not exist, that lookups are refused
// as well is no news.
func explainsRefusedLookup(err error) bool {
	var refused *thoughtindustries.APIError
	return errors.As(err, &refused) && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusNotFound)
}

// addConcerning adds a refusal at the attribute that it concerns.
func addConcerning(refused *thoughtindustries.APIError, s subject, summary, detail string, diags *diag.Diagnostics) {
	if refused.Status == http.StatusNotFound {
		diags.AddAttributeError(path.Root("client_id"), summary, detail)
		return
	}
	if attribute, ok := s.attributes[refused.Field]; ok && concernsField(refused.Status) {
		diags.AddAttributeError(path.Root(attribute), summary, detail)
		return
	}
	diags.AddError(summary, detail)
}

// addCreateFailed says why nothing was created, where that is certain.
func addCreateFailed(err error, s subject, address string, diags *diag.Diagnostics) {
	var (
		refused    *thoughtindustries.APIError
		notCreated *thoughtindustries.NotCreatedError
		failed     *thoughtindustries.LookupError
	)
	switch {
	case errors.As(err, &notCreated):
		addNotCreated(notCreated, s, address, diags)
	case errors.As(err, &failed):
		addLookupFailed(err, s, diags)
	case errors.As(err, &refused):
		addRefused(refused, s, address, diags)
	default:
		diags.AddError(sumInternal, err.Error())
	}
}

// addLookupFailed says that what exists already could not be looked up to the
// end, so that nothing is created.
func addLookupFailed(err error, s subject, diags *diag.Diagnostics) {
	diags.AddError(s.lookupFailed, fmt.Sprintf(
		"Before the %s is created, the provider searches the client's credit batches and credit actions for one that exists already. This lookup failed: %s. "+
			"Without it, a second one could be created, so nothing was sent. Nothing was changed.\n\n"+
			"Try again. To create without this lookup, set on_existing_account = \"ignore\" in the provider's configuration, once the product's admin pages show that it does not exist.",
		s.title, err))
}

// lookupRefused: this key may not read the endpoints that the lookup uses.
func lookupRefused(err error) bool {
	var refused *thoughtindustries.LookupError
	return errors.As(err, &refused) && refused.Refused
}

// addNotCreated says why nothing was created.
func addNotCreated(notCreated *thoughtindustries.NotCreatedError, s subject, address string, diags *diag.Diagnostics) {
	if notCreated.Breaker {
		diags.AddError(s.breaker, fmt.Sprintf("The %s was not sent and is not in the state: %s. Resolve those first, then apply again.", s.title, notCreated.Reason))
		return
	}
	advice := "Check the network, the proxy settings and the address " + address + ", then apply again."
	switch {
	case notCreated.Interrupted:
		advice = "Apply again to create it."
	case notCreated.TimedOut:
		advice = "The API's rate limit or a maintenance kept it waiting. " + s.slow
	}
	diags.AddError(s.notCreated, fmt.Sprintf("The %s was not created: %s. Nothing was changed. %s", s.title, notCreated.Reason, advice))
}

// addUnknown says that nobody knows, right after the creation.
func addUnknown(unknown *thoughtindustries.UnknownOutcomeError, s subject, diags *diag.Diagnostics) {
	lookup := "The lookup found nothing that can only be this " + s.noun + "."
	switch {
	case len(unknown.Candidates) > 0:
		lookup = "The lookup was inconclusive, with these candidates: " + strings.Join(unknown.Candidates, ", ") + "."
	case unknown.Lookup != "":
		lookup = "The lookup failed: " + unknown.Lookup + "."
	}
	diags.AddError(s.unknown, fmt.Sprintf(
		"The request that creates the %s was sent at %s, and it is not known whether it was created: %s. %s\n\n"+
			"It was not sent again, and will not be: the %s is kept in the state without an id, and every plan refuses to create it "+
			"until you have checked %s",
		s.title, unknown.At.UTC().Format(time.RFC3339), unknown.Reason, lookup, s.noun, s.waysOut()))
}

// unresolvedDetail says what happened when a later plan refuses, and what a new
// lookup found.
func (s subject) unresolvedDetail(status, found string) string {
	since, reason := unresolvedSince(status)
	when := ""
	if !since.IsZero() {
		when = " at " + since.Format(time.RFC3339)
	}
	return fmt.Sprintf("The request that creates the %s was sent%s, and it is not known whether it was created: %s.\n\n"+
		"%s\n\n"+
		"It is not created again until you have checked %s",
		s.title, when, reason, found, s.waysOut())
}

// waysOut of an unresolved outcome begin where a person has to look.
func (s subject) waysOut() string {
	return fmt.Sprintf("the client's credit %s in the product's admin pages:\n"+
		"- It exists: %s\n"+
		"- It does not exist: remove this resource (or its for_each entry) from the configuration and apply, then put it back and apply; "+
		"or run state rm with its address, then apply.\n"+
		"Neither needs another name or client: if the configuration was given one since, set the old one again first.\n\n"+
		"%s See the guide \"When the outcome is unknown\".", plural(s.noun), s.existing, toDestroy)
}

func plural(noun string) string {
	if noun == "batch" {
		return "batches"
	}
	return noun + "s"
}

func concernsField(status int) bool {
	return status == http.StatusBadRequest || status == http.StatusConflict || status == http.StatusUnprocessableEntity
}

// adviceFor says what to do about a refusal.
func adviceFor(refused *thoughtindustries.APIError, s subject, address string) string {
	switch refused.Status {
	case http.StatusUnauthorized:
		return "The API key is wrong, was revoked, or belongs to another instance. It comes from api_key in the provider's configuration, else from the environment variable " +
			envAPIKey + "; keys are made in Settings of the instance."
	case http.StatusForbidden:
		return "The key is valid, but its role may not do this. Give the key's role the permission in Settings of the instance, or use a key of another role."
	case http.StatusNotFound:
		return fmt.Sprintf("The client %s does not exist on this instance. Check client_id, and that %s is the instance that you mean.", s.clientID, address)
	case http.StatusConflict:
		if s.noun == "batch" {
			return "The API sees a conflict with something that exists. If that is the batch you declare, import " + s.clientID + "/<its id>."
		}
		return "The API sees a conflict with something that exists, such as an account of the same name. If that is the account you declare, take it over with existing_account_id = \"<its id>\"."
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "Correct the value and apply again."
	case http.StatusRequestEntityTooLarge:
		return "The request is too large for the API. Shorten very long lists or names."
	}
	if refused.Location != "" {
		return fmt.Sprintf("It redirects to %s. Redirects are not followed, because a repeated request may create a second %s. "+
			"If that is the address of the instance, set it as base_url.", refused.Location, s.noun)
	}
	return "Correct the cause, then apply again."
}

// addExists says which accounts stand in the way and how to go on.
func (s *session) addExists(found []thoughtindustries.ListedAccount, planned *creditAccountModel, diags *diag.Diagnostics) {
	lines, ids := make([]string, 0, len(found)), stringsOf(planned.CreateAlongside)
	tracked := false
	for _, account := range found {
		lines, ids = append(lines, "- "+describeListed(account)), append(ids, account.ID)
		tracked = tracked || s.registry.containsID(account.ID)
	}
	var ways []string
	switch {
	case tracked:
		ways = append(ways, "The state has it, at another address or under another name: correct or remove one of the two resources.")
	case len(found) == 1:
		ways = append(ways, fmt.Sprintf("It is the account that you declare: set existing_account_id = %q on this resource and apply (nothing is created), "+
			"or set on_existing_account = \"adopt\" in the provider's configuration.", found[0].ID))
	default:
		ways = append(ways, "One of them is the account that you declare: set existing_account_id = \"<its id>\" on this resource and apply. Nothing is created.")
	}
	ways = append(ways,
		fmt.Sprintf("You want another one beside it: set create_alongside = %s on this resource.", listOf(ids)),
		"You want no lookup of existing accounts: set on_existing_account = \"ignore\" in the provider's configuration.")
	diags.AddAttributeError(path.Root("name"), sumExists, fmt.Sprintf(
		"Client %s has an account %q with the same starting balance already, so none is created:\n%s\n\n"+
			"It may come from an earlier run that was killed before its state was saved.\n- %s\n\nNothing was changed.",
		planned.ClientID.ValueString(), planned.Name.ValueString(), strings.Join(lines, "\n"), strings.Join(ways, "\n- ")))
}

func describeListed(account thoughtindustries.ListedAccount) string {
	text := "id " + account.ID
	if account.CreatedAt != "" {
		text += ", first seen " + shortened(account.CreatedAt)
	}
	if account.CurrentBalance != "" {
		text += ", current balance " + string(account.CurrentBalance)
	}
	return text
}

// describeAccount names an account by what the lookup returns.
func describeAccount(account thoughtindustries.CreditAccount) string {
	text := "id " + account.ID
	if account.CreatedAt.Value != nil {
		text += ", first seen " + shortened(*account.CreatedAt.Value)
	}
	if account.CurrentBalance.Value != nil {
		text += ", current balance " + string(*account.CurrentBalance.Value)
	}
	return text
}
