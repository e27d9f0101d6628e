package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// What accounts and batches share from the client's lookup and creation on.

// planUnknownCreate leaves a creation whose client or name is not known yet to the apply, unless it may be that of an
// object which the state has.
func (s *session) planUnknownCreate(
	ctx context.Context, kind registry.Kind, alongside []string, diags *diag.Diagnostics,
) {
	if conflict := s.registry.PlanUnknownCreate(ctx, kind, alongside); conflict != nil {
		s.addRefusedPlan(ctx, registry.Verdict{Conflict: conflict}, *conflict, alongside, diags)
	}
}

// beginCreate refuses what the state has, or had when the run began: the name may have been unknown at plan.
func (s *session) beginCreate(
	ctx context.Context, object registry.Object, alongside []string, diags *diag.Diagnostics,
) bool {
	conflict := s.registry.Begin(object, alongside)
	if conflict != nil {
		s.addRefusedPlan(ctx, registry.Verdict{Conflict: conflict}, object, alongside, diags)
	}
	return conflict == nil
}

// decideCreate says at plan what the lookup before a creation leads to, as the apply decides it too.
func (s *session) decideCreate(
	planned registry.Object, alongside []string, result thoughtindustries.Existing, diags *diag.Diagnostics,
) {
	s.warnOfNotAsked(planned, result.NotAsked, diags)
	switch result.Decision {
	case thoughtindustries.NothingExists, thoughtindustries.CannotLookUp: // the apply creates it
	case thoughtindustries.AdoptIt:
		diags.AddWarning(summaryFor(planned.Kind, sumWillAdopt), fmt.Sprintf(
			"The %s already exists: %s. Because on_existing_account is \"adopt\", the apply will take it over and "+
				"create nothing. %s",
			titleOf(planned), describe(result.Found[0]), anotherWanted(planned, result, alongside)))
	case thoughtindustries.ItExists:
		// The state may have handed it over meanwhile, and then that says more.
		if object, ok := s.registry.Find(result.Found[0].ID); ok && object.SameKey(planned) {
			diags.AddError(summaryFor(planned.Kind, sumSecondAccount), secondDetail(object, alongside))
			return
		}
		addExists(planned, alongside, result, diags)
	case thoughtindustries.LookupFailed:
		switch {
		case len(alongside) > 0 || keyInvalid(result.Err):
			addLookupFailed(planned, result.Err, diags)
		case !s.registry.Applying():
			s.warnOnce(sumLeftToApply, summaryFor(planned.Kind, sumLeftToApply), fmt.Sprintf(
				"The plan could not check whether the %s already exists: %s. The apply will check again, and "+
					"creates nothing if that fails too. Shown once per run.", titleOf(planned), result.Err.Reason), diags)
		}
	}
}

// warnOfRefusedLookup says once a run that the API refuses lookups.
func (s *session) warnOfRefusedLookup(kind registry.Kind, err *thoughtindustries.LookupError, diags *diag.Diagnostics) {
	if err != nil {
		summary := summaryFor(kind, sumLookupRefused)
		s.warnOnce(summary, summary, fmt.Sprintf("Before it creates a credit %s, the provider looks for one of "+
			"the same name. The API refused this lookup: %s. Creations go on without it. Allow the key's role to "+
			"read credit batches and credit actions, or set on_existing_account = \"ignore\" in the provider's "+
			"configuration. Shown once per run.", kind, err.Reason), diags)
	}
}

// warnOfNotAsked says once a run that a lookup did not see all.
func (s *session) warnOfNotAsked(planned registry.Object, notAsked int, diags *diag.Diagnostics) {
	if notAsked > 0 {
		s.warnOnce(sumNotAllChecked, sumNotAllChecked, fmt.Sprintf("For %d accounts of client %s, the provider "+
			"did not check whether the name is %q: they are older and have another balance, or their names cannot "+
			"be read. Make sure in the product that none of them has this name. Shown once per "+
			"run.", notAsked, planned.ClientID, planned.Name), diags)
	}
}

// addExists says which objects stand in the way of a creation and how to go on.
func addExists(
	planned registry.Object, alongside []string, result thoughtindustries.Existing, diags *diag.Diagnostics,
) {
	id := "<id>"
	if len(result.Found) == 1 {
		id = result.Found[0].ID
	}
	way := fmt.Sprintf("Is it the account that you declare? Set existing_account_id = %q and apply; nothing is "+
		"created.", id)
	switch {
	case result.Tracked:
		way = "It is already in this state, at another address or under another name. Correct or remove one of " +
			"the two resources."
	case planned.Kind == registry.Batch:
		way = fmt.Sprintf("Is it the batch that you declare? Import %s/%s.", planned.ClientID, id)
	}
	whyNot := ""
	if result.WhyNot != "" {
		whyNot = "It is not adopted: " + result.WhyNot + ". "
	}
	diags.AddAttributeError(path.Root("name"), summaryFor(planned.Kind, sumExists), fmt.Sprintf(
		"The %s already exists:\n%s\n%sNothing was changed.\n- %s\n- %s\n- No lookup wanted? Set "+
			"on_existing_account = \"ignore\" in the provider's configuration.\n\n%s",
		titleOf(planned), describeAll(result.Found), whyNot, way, anotherWanted(planned, result, alongside), more))
}

func anotherWanted(planned registry.Object, result thoughtindustries.Existing, alongside []string) string {
	if planned.Kind == registry.Batch {
		return "Another one wanted? Give it another name."
	}
	ids := append([]string{}, alongside...)
	for _, found := range result.Found {
		ids = append(ids, found.ID)
	}
	return "Another one wanted? Set create_alongside = " + listOf(ids) + "."
}

// keyInvalid: the API said so.
func keyInvalid(err error) bool {
	var refused *thoughtindustries.APIError
	return errors.As(err, &refused) && refused.Status == http.StatusUnauthorized
}

// addLookupFailed says that nothing is created, because what exists could not be looked up to the end.
func addLookupFailed(planned registry.Object, err *thoughtindustries.LookupError, diags *diag.Diagnostics) {
	advice := "Try again. If that does not help and the product shows that it does not exist, set " +
		"on_existing_account = \"ignore\" in the provider's configuration."
	switch {
	case keyInvalid(err):
		advice = keyAdvice
	case err.HTML:
		advice = addressAdvice
	}
	diags.AddError(summaryFor(planned.Kind, sumLookupBeforeFailed), fmt.Sprintf(
		"Before it creates the %s, the provider checks whether it already exists. This lookup failed: %s. Nothing "+
			"was created, because it could have been a second one.\n\n%s\n\n%s",
		titleOf(planned), err.Reason, advice, more))
}

// creationResult is how the client came by an object, and what is odd about the response to its creation.
type creationResult struct {
	thoughtindustries.Creation

	unreadable []string // attributes that the response should have returned and did not
	storedName *string  // as returned
}

// readable says whether a response has an attribute in the documented form.
type readable struct {
	attribute string
	is        bool
}

func unreadableOf(attributes ...readable) (names []string) {
	for _, attribute := range attributes {
		if !attribute.is {
			names = append(names, attribute.attribute)
		}
	}
	return names
}

// finishCreate writes the state and the messages that follow from a creation. model is what the state gets: the object
// with its id, or the unresolved one. Once there is an id it adds no error: an error beside a saved state taints the
// object, and a tainted object is one that an engine creates again.
func (s *session) finishCreate(
	ctx context.Context, object registry.Object, alongside []string, result creationResult, err error, model any,
	resp *resource.CreateResponse,
) {
	var unknown *thoughtindustries.UnknownOutcomeError
	var exists *thoughtindustries.ExistsError
	switch {
	case err == nil:
		s.warnOfRefusedLookup(object.Kind, result.CannotLookUp, &resp.Diagnostics)
		s.warnOfNotAsked(object, result.NotAsked, &resp.Diagnostics)
		saveCreated(ctx, object, model, resp)
		s.registry.Track(object)
		addCreated(object, result, &resp.Diagnostics)
	case errors.As(err, &unknown):
		resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
		s.registry.Track(object)
		s.registry.Decide(object) // by this creation
		addUnknown(object, unknown, &resp.Diagnostics)
	case errors.As(err, &exists):
		addExists(object, alongside, exists.Existing, &resp.Diagnostics)
	default:
		s.addNotCreated(object, err, &resp.Diagnostics)
	}
}

// saveCreated puts an object that exists into the state.
func saveCreated(ctx context.Context, object registry.Object, model any, resp *resource.CreateResponse) {
	diags := resp.State.Set(ctx, model)
	identity := objectIdentity{types.StringValue(object.ClientID), types.StringValue(object.ID)}
	diags.Append(identity.set(ctx, resp.Identity)...)
	for _, d := range diags {
		resp.Diagnostics.AddWarning(d.Summary(), d.Detail())
	}
}

// addCreated says what is odd about a creation that left an object.
func addCreated(object registry.Object, result creationResult, diags *diag.Diagnostics) {
	title := titleOf(object)
	switch {
	case result.AfterUnknown != "":
		diags.AddWarning(summaryFor(object.Kind, sumAdopted), fmt.Sprintf(
			"The outcome of the request creating the %s was unknown: %s. A lookup then found it: %s. It matches "+
				"in client, name and starting balance, and was not listed before. It is now managed. Values that the "+
				"lookup does not return are null. %s", title, result.AfterUnknown, describe(*result.Adopted), moreOfUnknownOutcome))
	case result.Adopted != nil:
		diags.AddWarning(summaryFor(object.Kind, sumAdopted), fmt.Sprintf(
			"The %s already existed: %s. Because on_existing_account is \"adopt\", it is now managed, and nothing "+
				"was created. Values that the lookup does not return are null.", title, describe(*result.Adopted)))
	case len(result.unreadable) > 0:
		diags.AddWarning(sumUnreadable, fmt.Sprintf(
			"The %s was created (id %s), but these values in the response could not be read: %s. The state has "+
				"the configured value where there is one, otherwise "+
				"null.", title, object.ID, strings.Join(result.unreadable, ", ")))
	}
	if stored := result.storedName; stored != nil && !thoughtindustries.SameName(*stored, object.Name) {
		diags.AddWarning(summaryFor(object.Kind, sumStoredName), fmt.Sprintf("The %s was created (id %s), but the "+
			"response calls it %q. Check it in the product.", title, object.ID, shortened(*stored)))
	}
}

// addUnknown says that nobody knows whether an object was created, right after the creation.
func addUnknown(object registry.Object, unknown *thoughtindustries.UnknownOutcomeError, diags *diag.Diagnostics) {
	lookup := "a lookup found no match"
	switch {
	case len(unknown.Candidates) > 0:
		lookup = "a lookup found several: " + strings.Join(unknown.Candidates, ", ")
	case unknown.Lookup != "":
		lookup = "it could not be looked up: " + unknown.Lookup
	}
	diags.AddError(summaryFor(object.Kind, sumUnknownOutcome), fmt.Sprintf(
		"The outcome of the request creating the %s, sent %s, is unknown: %s. It may exist; %s. The state keeps "+
			"it without an id, and the request will not be repeated.\n\n%s",
		titleOf(object), unknown.At.UTC().Format(time.RFC3339), unknown.Reason, lookup, waysOutOfUnresolved(object)))
}

// addNotCreated says why nothing was created, where that is certain.
func (s *session) addNotCreated(object registry.Object, err error, diags *diag.Diagnostics) {
	var (
		lookup     *thoughtindustries.LookupError
		notCreated *thoughtindustries.NotCreatedError
		refused    *thoughtindustries.APIError
	)
	title, address := titleOf(object), s.client.Address()
	switch {
	case errors.As(err, &lookup):
		addLookupFailed(object, lookup, diags)
	case errors.As(err, &notCreated):
		advice, summary := fmt.Sprintf("Check the network, the proxy settings and the address %s, then apply "+
			"again.", address), sumNotCreated
		switch {
		case notCreated.Breaker:
			advice, summary = "First resolve the accounts and batches whose outcome is unknown, then apply again. "+
				moreOfUnknownOutcome, sumBreaker
		case keyInvalid(err):
			advice = keyAdvice
		case notCreated.Interrupted:
			advice = "Apply again to create it."
		case notCreated.TimedOut:
			advice = "The API's rate limit or maintenance kept it waiting. Apply again."
			if object.Kind == registry.Account {
				advice += " To allow more time, set timeouts = { create = \"1h\" }."
			}
		}
		diags.AddError(summaryFor(object.Kind, summary), fmt.Sprintf("The %s was not created and is not in the "+
			"state: %s. %s", title, notCreated.Reason, advice))
	case errors.As(err, &refused):
		advice := adviceFor(refused, address)
		switch {
		case refused.Status == http.StatusNotFound && !refused.HTML:
			advice = fmt.Sprintf("Either the client %s does not exist on this instance, or training credits are not "+
				"switched on for it. Check client_id, and check that %s is the right instance.", object.ClientID, address)
		case refused.Status == http.StatusConflict && object.Kind == registry.Account:
			advice = "It conflicts with something that exists. If that is the account you declare, set " +
				"existing_account_id = \"<its id>\"."
		case refused.Status == http.StatusConflict:
			advice = fmt.Sprintf("It conflicts with something that exists. If that is the batch you declare, "+
				"import %s/<its id>.", object.ClientID)
		}
		addRefusal(refused, summaryFor(object.Kind, sumRefused),
			fmt.Sprintf("The %s was not created: %s responded with "+
				"%s\n\n%s", title, address, refusalText(refused), advice),
			diags)
	default:
		diags.AddError(sumInternal, err.Error())
	}
}
