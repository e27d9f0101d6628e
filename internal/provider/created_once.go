package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// What accounts and batches have in common as objects that are created once and
// never deleted. What differs, nouns and summaries, is in their subject.

// forgets warns that destroying an object only forgets it. balance is what it
// was last known to have.
func (o trackedObject) forgets(balance string) (diags diag.Diagnostics) {
	s := o.subject()
	if o.unresolved() {
		_, reason := unresolvedSince(o.Status)
		diags.AddWarning(s.forgetsUnresolved, fmt.Sprintf(
			"It is unknown whether the %s was created: %s. It will be forgotten and nothing is sent. "+
				"If it exists, it stays, with its balance. Once it is forgotten, declaring it again creates it: "+
				"first make sure in the product's admin pages (the client's credit %s) that it does not exist.", s.title, reason, plural(s.noun)))
		return diags
	}
	diags.AddWarning(s.forgets, fmt.Sprintf(
		"The %s (id %s) will be forgotten, and stays where it is: no API call deletes it. Its balance, %s, stays usable. "+
			"To close it, use the product's admin pages (the client's credit %s). To manage it again, import %s/%s.",
		s.title, o.ID, balance, plural(s.noun), o.ClientID, o.ID))
	return diags
}

// refusal says why a creation may not be planned: nothing where it may. What is
// said of an unresolved object needs a lookup, so it is returned.
func (p creationPlan) refusal(planned trackedObject, alongside []string) (unresolved *trackedObject, diags diag.Diagnostics) {
	s := planned.subject()
	switch {
	case p.conflict != nil && p.conflict.unresolved():
		return p.conflict, nil
	case p.conflict != nil:
		diags.AddError(s.second, p.conflict.secondDetail(slices.Concat(alongside, p.uncovered)))
	case p.twice:
		diags.AddError(s.same, s.sameDetail)
	}
	return nil, diags
}

// secondDetail says what made the engine want a second object. alongside is what
// has to be listed besides this one.
func (o trackedObject) secondDetail(alongside []string) string {
	if o.Kind == creditBatchType {
		return secondBatchDetail(o)
	}
	return secondAccountDetail(o, alongside)
}

// unresolvedDetail says what happened, what a new lookup finds, and the ways out.
func (s *session) unresolvedDetail(ctx context.Context, o trackedObject) string {
	since, _ := unresolvedSince(o.Status)
	found := "The lookup failed: the state does not say what was sent and when."
	switch {
	case s.client == nil:
		found = "The lookup failed: " + s.missing
	case since.IsZero():
	case o.Kind == creditBatchType:
		found = s.batchCandidates(ctx, o, found)
	default:
		found = s.accountCandidates(ctx, o, found)
	}
	return o.subject().unresolvedDetail(o.Status, found)
}

// addCreateError says why an object was not created, or that nobody knows. Then
// keep puts it into the state without an id and with a status: the error beside
// it taints it, and the plan refuses to create it again.
func (s *session) addCreateError(ctx context.Context, err error, o trackedObject, keep func(status string) diag.Diagnostics, private privateState, diags *diag.Diagnostics) {
	var unknown *thoughtindustries.UnknownOutcomeError
	if !errors.As(err, &unknown) {
		addCreateFailed(err, o.subject(), s.client.Address(), diags)
		return
	}
	o.ID, o.Status = "", unresolvedStatus(unknown.At, unknown.Reason)
	diags.Append(keep(o.Status)...)
	diags.Append(setUnresolved(ctx, private, unknown)...)
	s.registry.track(o)
	s.registry.decideUnresolved(o.key()) // it is this creation's
	addUnknown(unknown, o.subject(), diags)
}
