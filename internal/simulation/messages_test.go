package simulation

// What the contract fixes and the simulation reads: types, and summaries of
// messages.
const (
	creditAccountType = "thoughtindustries_credit_account"
	creditBatchType   = "thoughtindustries_credit_batch"

	sumUnknown       = "Unknown whether the credit account was created"
	sumExists        = "A credit account of that name exists"
	sumAlreadyTaken  = "Credit account already managed"
	sumSecondAccount = "This would create a second credit account"
	sumUnresolved    = "Unresolved outcome of an earlier creation"
	sumLookupFailed  = "The lookup before creating a credit account failed"
	sumWillAdopt     = "Credit account will be adopted"

	sumBatchUnknown      = "Unknown whether the credit batch was created"
	sumBatchExists       = "A credit batch of that name exists"
	sumBatchSecond       = "This would create a second credit batch"
	sumBatchLookupFailed = "The lookup before creating a credit batch failed"
	sumBatchWillAdopt    = "Credit batch will be adopted"
)

// lookupWarnings are those of a plan that leave something of its lookups to the apply, or out.
var lookupWarnings = []string{
	"Existing credit accounts not looked up by the plan", "Existing credit batches not looked up by the plan",
	"Existing credit accounts cannot be looked up", "Existing credit batches cannot be looked up",
	"Not all credit accounts could be checked",
}

const (
	testKey    = "ti_test_0123456789abcdef"
	testClient = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	otherID    = "11111111-2222-4333-8444-555555555555"
)
