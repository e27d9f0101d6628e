package provider

import (
	"strings"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

// The summaries of diagnostics. They are constant, so that people find them in the guide and engines can gather equal
// ones; names and ids stand in the detail. Those of batches differ by the noun, see summaryFor.
const (
	// Creating.
	sumRefused            = "The API refused to create the credit account"
	sumNotCreated         = "Credit account not created"
	sumUnknownOutcome     = "Unknown whether the credit account was created"
	sumBreaker            = "Credit account not sent after repeated unknown outcomes"
	sumExists             = "A credit account of that name exists"
	sumAdopted            = "Credit account adopted"
	sumWillAdopt          = "Credit account will be adopted"
	sumLookupBeforeFailed = "The lookup before creating a credit account failed"
	sumLookupRefused      = "Existing credit accounts cannot be looked up"
	sumLeftToApply        = "Existing credit accounts not looked up by the plan"
	sumNotAllChecked      = "Not all credit accounts could be checked"
	sumUnreadable         = "Parts of the API's response could not be read"
	sumStoredName         = "The API's response has another name"

	// Taking over and importing.
	sumTakenOver     = "Credit account taken over"
	sumAlreadyTaken  = "Credit account already managed"
	sumOfOtherClient = "The credit account is another client's"
	sumOtherName     = "The credit account has another name"
	sumNotListed     = "Credit account not listed"
	sumNoName        = "Credit account without a readable name"
	sumNotChecked    = "Credit accounts not checked"
	sumCheckFailed   = "The check of a credit account failed"
	sumImportID      = "Invalid import id"
	sumCannotMove    = "Cannot move to a credit account"

	// Planning.
	sumCannotChange      = "A credit account cannot be changed"
	sumReplacement       = "Replacement leaves the old credit account behind"
	sumOldStays          = "Another credit account of the same client and name"
	sumSecondAccount     = "This would create a second credit account"
	sumSameName          = "Two new credit accounts of the same name"
	sumUnresolved        = "Unresolved outcome of an earlier creation"
	sumShared            = "Two resources manage one credit account"
	sumDestroyForgets    = "Destroying only forgets the credit account"
	sumForgetsUnresolved = "Forgetting a credit account of unknown outcome"
	sumWrongExisting     = "existing_account_id is not this account"
	sumRecorded          = "Values recorded without a request"

	// Batches alone.
	sumBatchCannotChange = "A credit batch cannot be changed in this way"
	sumBatchSame         = "Two new credit batches that are the same"
	sumBatchPast         = "The credit batch would expire in the past"
	sumBatchStored       = "The service stores another value than was sent"
	sumBatchGone         = "Credit batch not listed any more"
	sumBatchNotListed    = "Credit batch not listed yet"
	sumBatchNotRefreshed = "Credit batches not refreshed"
	sumBatchNotUpdated   = "Credit batch not changed"
	sumBatchNotFound     = "Credit batch not found"

	// Faults of the provider itself.
	sumInternal = "Error in the provider"
)

var batchWords = strings.NewReplacer("credit accounts", "credit batches", "credit account", "credit batch",
	"Credit accounts", "Credit batches", "Credit account", "Credit batch")

// summaryFor gives the summary for a kind of objects.
func summaryFor(kind registry.Kind, summary string) string {
	if kind == registry.Batch {
		return batchWords.Replace(summary)
	}
	return summary
}

// plural of a kind, for people.
func plural(kind registry.Kind) string {
	if kind == registry.Batch {
		return "batches"
	}
	return "accounts"
}

// Pages of the guide that messages end with.
const (
	guides               = "https://registry.terraform.io/providers/ti-community/thoughtindustries/latest/docs/guides/"
	moreOfUnknownOutcome = "More: " + guides + "unknown-outcome"
	moreOfTakingOver     = "More: " + guides + "take-over"
	moreOfMoving         = "More: " + guides + "migrate"
	more                 = "More: " + guides + "troubleshooting"
)
