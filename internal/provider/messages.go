package provider

// The summaries of all diagnostics. They are constants, so that people find
// them in the guide and engines can gather equal ones; names and ids stand in
// the detail.
const (
	// Provider.
	sumInvalidConfiguration = "Invalid provider configuration"
	sumNotConfigured        = "Provider not configured"

	// Input.
	sumInvalidValue = "Invalid value"

	// Creating.
	sumRefused        = "The API refused to create the credit account"
	sumNotCreated     = "Credit account not created"
	sumUnknownOutcome = "Unknown whether the credit account was created"
	sumBreaker        = "Credit account not sent after repeated unknown outcomes"
	sumExists         = "A credit account of that name exists"
	sumAdopted        = "Credit account adopted"
	sumTakenOver      = "Credit account taken over"
	sumAlreadyTaken   = "Credit account already managed"
	sumUnreadable     = "Parts of the API's answer could not be read"
	sumLookupRefused  = "Existing credit accounts cannot be looked up"
	sumOtherClient    = "The API's answer names another client"

	// Planning.
	sumCannotChange   = "A credit account cannot be changed"
	sumReplacement    = "Replacement leaves the old credit account behind"
	sumSecondAccount  = "This would create a second credit account"
	sumGuarded        = "Unresolved outcome of an earlier creation"
	sumSameName       = "Two new credit accounts of the same name"
	sumOldStays       = "The old credit account stays"
	sumDestroyForgets = "Destroying only forgets the credit account"
	sumForgetsGuarded = "Forgetting a credit account of unknown outcome"
	sumWrongExisting  = "existing_account_id is not this account"
	sumRecorded       = "Values recorded without a request"
	sumDiffersAtApply = "The value turned out to be another one"

	// Importing.
	sumImportID = "Invalid import id"

	// Faults of the provider itself.
	sumInternal = "Error in the provider"
)
