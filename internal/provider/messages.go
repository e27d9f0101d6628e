package provider

// The summaries of all diagnostics. They are constants, so that people find
// them in the guide and engines can gather equal ones; names and ids stand in
// the detail.
const (
	// Provider.
	sumInvalidConfiguration = "Invalid provider configuration"
	sumNotConfigured        = "Provider not configured"
	sumVariableNotUsed      = "Environment variable not used"

	// Input.
	sumInvalidValue = "Invalid value"
	sumMissingValue = "Missing value"

	// Creating.
	sumRefused            = "The API refused to create the credit account"
	sumNotCreated         = "Credit account not created"
	sumUnknownOutcome     = "Unknown whether the credit account was created"
	sumBreaker            = "Credit account not sent after repeated unknown outcomes"
	sumExists             = "A credit account of that name exists"
	sumAdopted            = "Credit account adopted"
	sumTakenOver          = "Credit account taken over"
	sumAlreadyTaken       = "Credit account already managed"
	sumOfOtherClient      = "The credit account is another client's"
	sumOtherName          = "The credit account has another name"
	sumNotListed          = "Credit account not listed"
	sumNotChecked         = "Credit accounts not checked"
	sumCheckFailed        = "The check of a credit account failed"
	sumWillAdopt          = "Credit account will be adopted"
	sumLookupBeforeFailed = "The lookup before creating a credit account failed"
	sumNotAllChecked      = "Not all credit accounts could be checked"
	sumUnreadable         = "Parts of the API's response could not be read"
	sumLookupRefused      = "Existing credit accounts cannot be looked up"
	sumOtherClient        = "The API's response names another client"

	// Planning.
	sumCannotChange      = "A credit account cannot be changed"
	sumReplacement       = "Replacement leaves the old credit account behind"
	sumSecondAccount     = "This would create a second credit account"
	sumUnresolved        = "Unresolved outcome of an earlier creation"
	sumSameName          = "Two new credit accounts of the same name"
	sumOldStays          = "Another credit account of the same client and name"
	sumShared            = "Two resources manage one credit account"
	sumDestroyForgets    = "Destroying only forgets the credit account"
	sumForgetsUnresolved = "Forgetting a credit account of unknown outcome"
	sumWrongExisting     = "existing_account_id is not this account"
	sumRecorded          = "Values recorded without a request"
	sumDiffersAtApply    = "Value changed between plan and apply"

	// Batches.
	sumBatchRefused           = "The API refused to create the credit batch"
	sumBatchNotCreated        = "Credit batch not created"
	sumBatchUnknownOutcome    = "Unknown whether the credit batch was created"
	sumBatchBreaker           = "Credit batch not sent after repeated unknown outcomes"
	sumBatchLookupFailed      = "The lookup before creating a credit batch failed"
	sumBatchWillAdopt         = "Credit batch will be adopted"
	sumBatchExists            = "A credit batch of that name exists"
	sumBatchAdopted           = "Credit batch adopted"
	sumBatchLookupRefused     = "Existing credit batches cannot be looked up"
	sumBatchCannotChange      = "A credit batch cannot be changed in this way"
	sumBatchSecond            = "This would create a second credit batch"
	sumBatchSame              = "Two new credit batches that are the same"
	sumBatchShared            = "Two resources manage one credit batch"
	sumBatchDestroyForgets    = "Destroying only forgets the credit batch"
	sumBatchForgetsUnresolved = "Forgetting a credit batch of unknown outcome"
	sumBatchPast              = "The credit batch would expire in the past"
	sumBatchGone              = "Credit batch not listed any more"
	sumBatchNotListed         = "Credit batch not listed yet"
	sumBatchNotRefreshed      = "Credit batches not refreshed"
	sumBatchNotUpdated        = "Credit batch not changed"
	sumBatchNotFound          = "Credit batch not found"

	// Looking up.
	sumLookupFailed   = "API request failed"
	sumNothingFound   = "Nothing found"
	sumSeveralFound   = "More than one found"
	sumBalanceUnknown = "The balance is not known"

	// Listing.
	sumListingLimited = "The list is cut off at its limit"
	sumNameNotFound   = "Credit account without a name"
	sumBatchWithoutID = "Credit batch without an id"

	// Importing and moving.
	sumImportID   = "Invalid import id"
	sumCannotMove = "Cannot move to a credit account"

	// Faults of the provider itself.
	sumInternal = "Error in the provider"
)
