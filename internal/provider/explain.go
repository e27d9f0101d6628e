package provider

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// The details of diagnostics that accounts and batches share.

// addNotConfigured says which argument a request lacks.
func addNotConfigured(s *session, what string, diags *diag.Diagnostics) {
	diags.AddError(sumNotConfigured, what+" needs a request to the API. "+s.whatIsMissing()+" Nothing was changed.")
}

// warnOnce adds a warning unless one of the same key was given in this run.
func (s *session) warnOnce(key, summary, detail string, diags *diag.Diagnostics) {
	if s.firstTime(key) {
		diags.AddWarning(summary, detail)
	}
}

func (s *session) whatIsMissing() string {
	if s == nil || s.missing == "" {
		return "The provider was not configured."
	}
	return s.missing
}

// titleOf names an object for people.
func titleOf(object registry.Object) string {
	if object.Kind == registry.Account {
		return fmt.Sprintf("account %q of client %s", object.Name, object.ClientID)
	}
	title := "unnamed batch"
	if object.Name != "" {
		title = fmt.Sprintf("batch %q", object.Name)
	}
	title += fmt.Sprintf(" (%s credits) of client %s", object.StartingBalance, object.ClientID)
	if object.CreditAccountID != "" {
		title += ", account " + object.CreditAccountID
	}
	return title
}

// describe names an object by what the API returned. A time that is none may hold anything, and is not shown.
func describe(found thoughtindustries.Listed) string {
	text := "id " + found.ID
	if found.Name != "" {
		text += fmt.Sprintf(", name %q", shortened(found.Name))
	}
	if _, err := time.Parse(time.RFC3339, found.CreatedAt); err == nil {
		text += ", since " + found.CreatedAt
	}
	if found.StartingBalance != "" {
		text += ", starting balance " + string(found.StartingBalance)
	}
	if found.CurrentBalance != "" {
		text += ", current balance " + string(found.CurrentBalance)
	}
	if !found.Active {
		text += ", not active (archived)"
	}
	return text
}

func describeAll(found []thoughtindustries.Listed) (lines string) {
	for _, object := range found {
		lines += "- " + describe(object) + "\n"
	}
	return lines
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

// conflict says why a creation that is planned would be a second object beside one of the state.
func (s *session) conflict(ctx context.Context, object registry.Object) (summary, detail string) {
	if object.Unresolved() {
		return sumUnresolved, s.unresolvedDetail(ctx, object)
	}
	return summaryFor(object.Kind, sumSecondAccount), secondDetail(object, nil)
}

// addRefusedPlan says why a creation may not be planned.
func (s *session) addRefusedPlan(
	ctx context.Context, verdict registry.Verdict, planned registry.Object, alongside []string, diags *diag.Diagnostics,
) {
	switch conflict := verdict.Conflict; {
	case conflict != nil && conflict.Unresolved():
		diags.AddError(sumUnresolved, s.unresolvedDetail(ctx, *conflict))
	case conflict != nil:
		diags.AddError(summaryFor(planned.Kind, sumSecondAccount), secondDetail(*conflict, alongside))
	default:
		summary, ofOneName := sumBatchSame, ""
		if planned.Kind == registry.Account {
			summary = sumSameName
			ofOneName = "- Several of the same name? Apply the first alone. Then declare the second with " +
				"create_alongside = [\"<id of the first>\"].\n"
		}
		diags.AddError(summary, fmt.Sprintf("This plan would create more than one %s, each with its own balance. "+
			"Nothing was changed.\n\n- Only one wanted? Remove the other resources.\n- Several wanted? Give them "+
			"different names.\n%s\n%s", titleOf(planned), ofOneName, more))
	}
}

// secondDetail says what may have made the engine want a second object; a provider gets no addresses.
func secondDetail(object registry.Object, alongside []string) string {
	another := "- Another batch wanted? Give it another name, for example with the year."
	if object.Kind == registry.Account {
		another = fmt.Sprintf("- Another account wanted, or a replacement? Set create_alongside = %s; the "+
			"existing one keeps its balance.", listOf(append(slices.Clone(alongside), object.ID)))
	}
	return fmt.Sprintf("The %s (id %s) is already in the state. This plan would create another, with its own "+
		"balance. Nothing was changed.\n\n"+
		"- Renamed? Add a moved block:\n    moved {\n      from = <old address>\n      to   = <new address>\n    }\n"+
		"- Tainted? Run untaint with the resource's address.\n%s\n\n%s", titleOf(object), object.ID, another, more)
}

// unresolvedDetail says what happened, what a new lookup finds, and the ways out.
func (s *session) unresolvedDetail(ctx context.Context, object registry.Object) string {
	since, reason := unresolvedSince(object.Status)
	sent := ""
	if !since.IsZero() {
		sent = ", sent " + since.Format(time.RFC3339) + ","
	}
	return fmt.Sprintf("The outcome of the request creating the %s%s is unknown: %s. The request will not be "+
		"repeated. Nothing was changed. %s\n\n%s",
		titleOf(object), sent, reason, s.lookUpUnresolved(ctx, object), waysOutOfUnresolved(object))
}

// lookUpUnresolved says what a new lookup of an unresolved object finds.
func (s *session) lookUpUnresolved(ctx context.Context, object registry.Object) string {
	if s == nil || s.client == nil {
		return "It could not be looked up again. " + s.whatIsMissing()
	}
	var found []thoughtindustries.Listed
	var err error
	if object.Kind == registry.Account {
		found, err = s.client.FindCreditAccounts(ctx, object.ClientID, object.Name, object.StartingBalance)
	} else {
		found, err = s.client.FindCreditBatches(ctx, thoughtindustries.CreditBatchRequest{
			ClientID: object.ClientID, StartingBalance: object.StartingBalance,
			CreditAccountID: pointerUnlessEmpty(object.CreditAccountID), Name: pointerUnlessEmpty(object.Name),
		})
	}
	switch {
	case err != nil:
		return fmt.Sprintf("A new lookup failed: %s.", err)
	case len(found) == 0:
		return "A new lookup found no match, but it may still exist."
	}
	return "A new lookup found:\n" + strings.TrimSpace(describeAll(found))
}

func pointerUnlessEmpty(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func waysOutOfUnresolved(object registry.Object) string {
	exists := "set existing_account_id = \"<id>\" and apply."
	if object.Kind == registry.Batch {
		exists = fmt.Sprintf("run state rm with its address, then import %s/<id>.", object.ClientID)
	}
	return fmt.Sprintf("Check the client's credit %s in the product:\n- It exists: %s\n- It does not: remove it "+
		"from the configuration and apply (or run state rm). Then declare it again, at this address or another, "+
		"and apply. One plan cannot do both.\n\nUntil then keep name and client_id. "+
		"%s", plural(object.Kind), exists, moreOfUnknownOutcome)
}

// planDestroy warns that destroying an object only removes it from the state.
func (s *session) planDestroy(object registry.Object, balance string, diags *diag.Diagnostics) {
	title := titleOf(object)
	if !object.Unresolved() {
		s.registry.Settle(object.ID)
		diags.AddWarning(summaryFor(object.Kind, sumDestroyForgets), fmt.Sprintf(
			"The %s (id %s) is removed from the state; it still exists, with its balance (%s). No API call deletes "+
				"it. To close it, use the product's admin pages. To manage it again, import %s/%s.",
			title, object.ID, balance, object.ClientID, object.ID))
		return
	}
	s.registry.Decide(object)
	_, reason := unresolvedSince(object.Status)
	diags.AddWarning(summaryFor(object.Kind, sumForgetsUnresolved), fmt.Sprintf(
		"It is unknown whether the %s was created: %s. It is removed from the state, and nothing is sent. If it "+
			"exists, it keeps its balance. Before you declare it again, check the client's credit %s in the product: "+
			"if it exists, a second one could be created. %s", title, reason, plural(object.Kind), moreOfUnknownOutcome))
}

// balanceText says how many credits there were, and when.
func balanceText(balance thoughtindustries.Number, when string) string {
	if balance == "" {
		return "unknown"
	}
	return string(balance) + " credits " + when
}

// addShared warns of two resources that stay with one object.
func addShared(object registry.Object, diags *diag.Diagnostics) {
	diags.AddWarning(summaryFor(object.Kind, sumShared), fmt.Sprintf(
		"Two resources in this state manage the %s (id %s). A change to one does not reach the other. Keep one of "+
			"them. Remove the other from the configuration, and run state rm with its address; nothing is sent. %s",
		titleOf(object), object.ID, more))
}

// An unresolved object keeps what happened in its status, which is all that a plan without a refresh can see of it.
const (
	unresolvedPrefix = "outcome unknown since "
	unresolvedInfix  = ": "
)

func unresolvedStatus(at time.Time, reason string) string {
	return unresolvedPrefix + at.UTC().Format(time.RFC3339) + unresolvedInfix + reason
}

// unresolvedSince reads what unresolvedStatus wrote; the zero time where it cannot.
func unresolvedSince(status string) (at time.Time, reason string) {
	rest, ok := strings.CutPrefix(status, unresolvedPrefix)
	when, reason, found := strings.Cut(rest, unresolvedInfix)
	at, err := time.Parse(time.RFC3339, when)
	if !ok || !found || err != nil {
		return time.Time{}, status
	}
	return at, reason
}

// refusalText is the API's response, and that it changed nothing.
func refusalText(refused *thoughtindustries.APIError) string {
	status := strings.TrimSpace(fmt.Sprint(refused.Status, " ", http.StatusText(refused.Status)))
	text := status + ". Nothing was changed."
	switch {
	case refused.HTML:
		return text + fmt.Sprintf("\n\nThe response is an HTML page (%s), so it did not come from the "+
			"API.", refused.Message)
	case refused.Message == "":
		return text
	}
	return text + "\n\nThe API wrote: " + refused.Message
}

const addressAdvice = "Is base_url (or instance) right? A proxy, a gateway or a firewall may have sent the page."

const keyAdvice = "The API key is not valid: it is wrong, was revoked, or belongs to another instance. It comes " +
	"from api_key in the provider's configuration or, if that is not set, from the environment variable " +
	"" + envAPIKey + "."

// adviceFor says what to do about the refusal of a request.
func adviceFor(refused *thoughtindustries.APIError, address string) string {
	switch {
	case refused.Status == http.StatusUnauthorized:
		return keyAdvice
	case refused.HTML:
		return addressAdvice
	case refused.Location != "":
		return fmt.Sprintf("It redirects to %s. Redirects are not followed. If that is the address of the "+
			"instance, set it as base_url.", refused.Location)
	}
	switch refused.Status {
	case http.StatusForbidden, http.StatusMethodNotAllowed:
		return "The key is valid, but its role is not allowed to do this. Give the role the permission in the " +
			"instance's Settings, or use another key."
	case http.StatusNotFound:
		return fmt.Sprintf("Check the ids, and check that %s is the right instance.", address)
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "Correct the value, then try again."
	case http.StatusRequestEntityTooLarge:
		return "The request is too large for the API. Shorten very long lists or names."
	}
	return "Correct the cause, then try again."
}

// fieldAttributes names the attributes by the API's fields.
var fieldAttributes = map[string]string{
	"clientId": "client_id", "name": "name", "startingBalance": "starting_balance", "notifyEmails": "notify_emails",
	"licenseIds": "license_ids", "type": "type", "batchDaysUntilExpire": "batch_days_until_expire",
	"minimumBatchAmount": "minimum_batch_amount", "creditBatchName": "credit_batch_name",
	"creditAccountId": "credit_account_id", "expiresOn": "expires_on",
}

// addRefusal adds the refusal of a write, at the attribute that it concerns.
func addRefusal(refused *thoughtindustries.APIError, summary, detail string, diags *diag.Diagnostics) {
	concerned := ""
	switch refused.Status {
	case http.StatusNotFound:
		concerned = "client_id"
	case http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity:
		concerned = fieldAttributes[refused.Field]
	}
	if concerned == "" {
		diags.AddError(summary, detail)
		return
	}
	diags.AddAttributeError(path.Root(concerned), summary, detail)
}

// shortened cuts a text of somebody else to what fits into a sentence.
func shortened(text string) string {
	if runes := []rune(text); len(runes) > 100 {
		return string(runes[:100]) + "…"
	}
	return text
}

// fieldValue gives the value of a field, or the zero value where none was returned.
func fieldValue[T any](field thoughtindustries.Field[T]) (value T) {
	if field.Value != nil {
		value = *field.Value
	}
	return value
}
