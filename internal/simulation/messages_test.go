package simulation

// What the contract fixes and the simulation reads: types, and summaries of
// messages.
const (
	creditAccountType = "thoughtindustries_credit_account"
	creditBatchType   = "thoughtindustries_credit_batch"

	sumRefused       = "The API refused to create the credit account"
	sumNotCreated    = "Credit account not created"
	sumUnknown       = "Unknown whether the credit account was created"
	sumBreaker       = "Credit account not sent after repeated unknown outcomes"
	sumExists        = "A credit account of that name exists"
	sumAlreadyTaken  = "Credit account already managed"
	sumCannotChange  = "A credit account cannot be changed"
	sumSecondAccount = "This would create a second credit account"
	sumUnresolved    = "Unresolved outcome of an earlier creation"
	sumLookupFailed  = "The lookup before creating a credit account failed"
	sumWillAdopt     = "Credit account will be adopted"

	sumBatchRefused      = "The API refused to create the credit batch"
	sumBatchNotCreated   = "Credit batch not created"
	sumBatchUnknown      = "Unknown whether the credit batch was created"
	sumBatchBreaker      = "Credit batch not sent after repeated unknown outcomes"
	sumBatchExists       = "A credit batch of that name exists"
	sumBatchCannotChange = "A credit batch cannot be changed in this way"
	sumBatchSecond       = "This would create a second credit batch"
	sumBatchNotRefreshed = "Credit batches not refreshed"
	sumBatchLookupFailed = "The lookup before creating a credit batch failed"
	sumBatchWillAdopt    = "Credit batch will be adopted"
)

// unrelatedWarnings are those of a plan that say nothing of its lookups.
var unrelatedWarnings = []string{
	"Credit account will be adopted", "Credit batch will be adopted",
	"Destroying only forgets the credit account", "Destroying only forgets the credit batch",
	"Forgetting a credit account of unknown outcome", "Forgetting a credit batch of unknown outcome",
	"Replacement leaves the old credit account behind", "Another credit account of the same client and name",
	"Two resources manage one credit account", "Two resources manage one credit batch",
	"Values recorded without a request", "Credit account taken over",
	"Credit batch not listed yet", "Credit batch not listed any more", "Credit batches not refreshed",
}

const (
	testKey    = "ti_test_0123456789abcdef"
	testClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	otherID    = "11111111-2222-4333-8444-555555555555"
)
