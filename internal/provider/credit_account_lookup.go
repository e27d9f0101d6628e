package provider

import (
	"context"
	"fmt"
	"math/big"
	"slices"

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
		found, err := s.existingAccounts(ctx, planned.request(), wanted == wholeLookup)
		switch {
		case err != nil:
			addLookupFailed(err, trackedFrom(planned).subject(), &diags)
		case len(found) == 0:
		case s.onExisting == thoughtindustries.AdoptExisting && len(found) == 1 && found[0].StartingBalance.Value != nil && !s.registry.containsID(found[0].ID):
			diags.AddWarning(sumWillAdopt, fmt.Sprintf(
				"Client %s has an account %q with the same starting balance already, and on_existing_account is \"adopt\": the apply creates no account and takes this one over: %s. "+
					"If you want another one, set create_alongside = %s.",
				planned.ClientID.ValueString(), planned.Name.ValueString(), describeAccount(found[0]), listOf(append(stringsOf(planned.CreateAlongside), found[0].ID))))
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

// accountCandidates looks up once what the creation may have made; impossible is
// said where the state does not say enough.
func (s *session) accountCandidates(ctx context.Context, account trackedObject, impossible string) string {
	balance, _, err := big.ParseFloat(account.StartingBalance, 10, numberPrecision, big.ToNearestEven)
	if err != nil {
		return impossible
	}
	found, err := s.client.FindCreditAccounts(ctx, account.ClientID, account.Name, balance)
	return whatALookupFound(found, err, describeAccount, "A new lookup found no such account. This does not prove that there is none: the lookup finds accounts only by their credit batches.")
}
