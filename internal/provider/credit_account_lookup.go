package provider

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// lookUpPlanned shows a plan what the apply would be stopped by.
func (s *session) lookUpPlanned(ctx context.Context, wanted plannedLookup, planned *creditAccountModel) (diags diag.Diagnostics) {
	switch wanted {
	case checkLookup:
		if isSet(planned.ClientID) {
			s.checkTakeOver(ctx, planned, &diags)
		}
	case cheapLookup, wholeLookup:
		existing := s.existingAccounts(ctx, planned.request(), wanted == wholeLookup)
		found := existing.Found
		switch existing.Decision {
		case thoughtindustries.LookupFailed:
			if wanted == wholeLookup {
				addLookupFailed(existing.Err, trackedFrom(planned).subject(), &diags)
			}
		case thoughtindustries.NothingExists, thoughtindustries.CannotLookUp:
		case thoughtindustries.AdoptIt:
			diags.AddWarning(sumWillAdopt, fmt.Sprintf(
				"Client %s has an account %q with the same starting balance already, and on_existing_account is \"adopt\": the apply creates no account and takes this one over: %s. "+
					"If you want another one, set create_alongside = %s.",
				planned.ClientID.ValueString(), planned.Name.ValueString(), describeListed(found[0]), listOf(append(stringsOf(planned.CreateAlongside), found[0].ID))))
		default:
			// The state may have handed it over meanwhile, and then it is that which
			// says what happened.
			if object, tracked := s.registry.find(found[0].ID); tracked && (object.Name == "" || object.key() == planned.key()) {
				diags.AddError(sumSecondAccount, secondAccountDetail(object, slices.Concat(stringsOf(planned.CreateAlongside), s.registry.idsOf(planned.key()))))
				return diags
			}
			s.addExists(found, planned, &diags)
		}
	}
	return diags
}

// existingAccounts gives the accounts that the client has already and that the
// lookup of the apply would find. What is refused is left to the apply, as is
// what fails or would have to wait unless wait is set.
func (s *session) existingAccounts(ctx context.Context, request thoughtindustries.CreditAccountRequest, wait bool) thoughtindustries.Existing[thoughtindustries.ListedAccount] {
	if s.client == nil {
		return thoughtindustries.Existing[thoughtindustries.ListedAccount]{}
	}
	most := time.Minute
	if wait {
		most = defaultCreateTimeout // an API may ask to come back for ever
	}
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	return s.client.ExistingCreditAccounts(ctx, request)
}

// accountCandidates looks up once what the creation may have made; impossible is
// said where the state does not say enough.
func (s *session) accountCandidates(ctx context.Context, account trackedObject, impossible string) string {
	balance, ok := thoughtindustries.ParseNumber(account.StartingBalance)
	if !ok {
		return impossible
	}
	found, err := s.client.FindCreditAccounts(ctx, account.ClientID, account.Name, balance)
	return whatALookupFound(found, err, describeListed, "A new lookup found no such account. This does not prove that there is none: the lookup finds accounts only by their credit batches.")
}
