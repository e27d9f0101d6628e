package thoughtindustries

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"
)

// newestOthers is how many accounts of another balance are asked for their names.
const newestOthers = 50

// CreditAccountRequest is the body of POST /clients/:id/creditAccounts. A nil pointer is left out; the lists are
// always sent.
type CreditAccountRequest struct {
	ClientID             string   `json:"clientId"`
	Name                 string   `json:"name"`
	StartingBalance      Number   `json:"startingBalance"`
	NotifyEmails         []string `json:"notifyEmails"`
	LicenseIDs           []string `json:"licenseIds"`
	Type                 *string  `json:"type,omitempty"`
	BatchDaysUntilExpire *int64   `json:"batchDaysUntilExpire,omitempty"`
	MinimumBatchAmount   *int64   `json:"minimumBatchAmount,omitempty"`
	CreditBatchName      *string  `json:"creditBatchName,omitempty"`
	// Alongside are the ids of accounts of the same name beside which this one may be created. They are not sent.
	Alongside []string `json:"-"`
}

// Sublicense is one of an account's, as the response to its creation lists them.
type Sublicense struct {
	ID      Field[string] `json:"id"`
	Deleted Field[bool]   `json:"deleted"`
}

// CreditAccount is what was returned of an account: by the response to its creation, or by a lookup, which returns
// less.
type CreditAccount struct {
	ID                   string              `json:"-"` // never empty
	ClientID             Field[string]       `json:"clientId"`
	Name                 Field[string]       `json:"name"`
	Status               Field[string]       `json:"status"`
	Type                 Field[string]       `json:"type"`
	CurrentBalance       Field[Number]       `json:"currentBalance"`
	StartingBalance      Field[Number]       `json:"-"` // of its first batch; a creation does not return it
	BatchDaysUntilExpire Field[int64]        `json:"batchDaysUntilExpire"`
	MinimumBatchAmount   Field[int64]        `json:"minimumBatchAmount"`
	Sublicenses          Field[[]Sublicense] `json:"sublicenses"`
	CreatedAt            Field[string]       `json:"createdAt"` // ISO 8601, as the API wrote it
	UpdatedAt            Field[string]       `json:"updatedAt"`
}

// ReadCreditAccount reads the response to a creation, also to one that somebody else sent; false where it gives no
// id. It sends nothing.
func ReadCreditAccount(response []byte) (CreditAccount, bool) {
	object := objectOf(asObject(response), "APICreateCreditAccount", hasUUID)
	if object == nil {
		return CreditAccount{}, false
	}
	account := decode[CreditAccount](object)
	account.ID = idOf(object)
	return account, true
}

// asAccount gives what a lookup knows of an account.
func (l Listed) asAccount(clientID string) CreditAccount {
	return CreditAccount{
		ID: l.ID, ClientID: fieldOf(clientID), Name: fieldOf(l.Name), CreatedAt: fieldOf(l.CreatedAt),
		StartingBalance: fieldOf(l.StartingBalance), CurrentBalance: fieldOf(l.CurrentBalance),
	}
}

// accountsIn gathers accounts from their batches, newest first.
func accountsIn(batches []CreditBatch) []Listed {
	byID := map[string][]CreditBatch{}
	for _, batch := range batches {
		if id := strings.ToLower(textOf(batch.CreditAccountID)); id != "" {
			byID[id] = append(byID[id], batch)
		}
	}
	accounts := make([]Listed, 0, len(byID))
	made := map[string]time.Time{}
	for _, own := range byID {
		slices.SortStableFunc(own, func(a, b CreditBatch) int { return a.created().Compare(b.created()) })
		first := own[0]
		account := Listed{ID: textOf(first.CreditAccountID)}
		account.Active = slices.ContainsFunc(own, CreditBatch.isActive)
		// Where a batch has no time, which one is the first is not known.
		if len(own) == 1 || !first.created().IsZero() {
			account.StartingBalance = first.balance()
		}
		if !first.created().IsZero() {
			account.CreatedAt = textOf(first.CreatedAt)
		}
		account.CurrentBalance, _ = ActiveBalance(own)
		made[account.ID] = first.created()
		accounts = append(accounts, account)
	}
	slices.SortFunc(accounts, func(a, b Listed) int {
		return cmp.Or(made[b.ID].Compare(made[a.ID]), strings.Compare(a.ID, b.ID))
	})
	return accounts
}

// matchedAccounts is what a lookup found.
type matchedAccounts struct {
	found    []Listed // of the name, newest first
	notAsked int      // accounts of another balance whose name is not known
	problem  *LookupError
}

// matchAccounts asks candidates for their names: all of those that may have the balance, and the newest others. It
// gives those of the name. One whose name cannot be read hides none of the others.
func (c *Client) matchAccounts(
	ctx context.Context, request CreditAccountRequest, candidates []Listed, how reading,
) matchedAccounts {
	var asked, others []*Listed
	for i := range candidates {
		switch candidate := &candidates[i]; {
		case candidate.mayStartWith(request.StartingBalance):
			asked = append(asked, candidate)
		case len(others) < newestOthers:
			others = append(others, candidate)
		default: // another lookup of this process may have asked
			candidate.Name = c.knownName(strings.ToLower(candidate.ID)).name
		}
	}
	c.askNames(ctx, request.ClientID, append(asked, others...), how)
	var matched matchedAccounts
	for _, account := range candidates {
		switch {
		case account.Name != "" && SameName(account.Name, request.Name):
			matched.found = append(matched.found, account)
		case account.Name != "":
		case isUnauthorized(account.NameErr):
			matched.problem = nameProblem(account, false)
			return matched
		case !account.mayStartWith(request.StartingBalance):
			matched.notAsked++
		case matched.problem == nil || matched.problem.Refused:
			matched.problem = nameProblem(account, c.namesReturned.Load())
		}
	}
	if ctx.Err() != nil {
		matched.problem = &LookupError{Reason: ended(ctx, ctx.Err()).Error()}
	}
	return matched
}

// nameProblem says what a name that could not be read means for a lookup. Where no account's name was ever returned,
// the endpoint is not open to this key; else the account may be the one.
func nameProblem(account Listed, othersHaveNames bool) *LookupError {
	problem := lookupError("the credit actions of account "+account.ID, account.NameErr)
	if problem == nil {
		problem = &LookupError{Refused: true, Reason: "the credit actions of account " + account.ID + " return no name"}
	}
	problem.Refused = problem.Refused && !othersHaveNames
	return problem
}

// askNames fills in the names of accounts, several at once.
func (c *Client) askNames(ctx context.Context, clientID string, accounts []*Listed, how reading) {
	var asking errgroup.Group
	asking.SetLimit(c.config.MaxConcurrentRequests)
	for _, account := range accounts {
		asking.Go(func() error {
			account.Name, account.NameErr = c.accountName(ctx, clientID, account.ID, how)
			return nil
		})
	}
	_ = asking.Wait()
}

// ExistingCreditAccounts is the lookup before a creation, for a plan and for an apply (GETs alone). It ends with ctx.
// In mode ignore it asks nothing: NothingExists.
func (c *Client) ExistingCreditAccounts(ctx context.Context, request CreditAccountRequest) Existing {
	if c.config.OnExisting == IgnoreOnExisting {
		return Existing{}
	}
	listing, err := c.listingBefore(ctx, request.ClientID)
	if err != nil {
		return c.decideExisting(nil, lookupError(batchListings, err), request.StartingBalance)
	}
	candidates := slices.DeleteFunc(slices.Clone(listing.accounts), func(account Listed) bool {
		return c.claims.contains(account.ID) || containsID(request.Alongside, account.ID)
	})
	matched := c.matchAccounts(ctx, request, candidates, beforePost)
	switch {
	case ctx.Err() != nil: // cut short, what it found decides nothing
		matched.found = nil
	case matched.problem == nil:
		matched.problem = listing.problem
	}
	existing := c.decideExisting(matched.found, matched.problem, request.StartingBalance)
	existing.NotAsked = matched.notAsked
	return existing
}

// newAccounts looks up the account of a POST with an unknown outcome: one that the listing before the POST does not
// have, and that nobody has.
func (c *Client) newAccounts(
	ctx context.Context, request CreditAccountRequest, before batchListing, how reading,
) ([]Listed, *LookupError) {
	now, err := c.readBatches(ctx, request.ClientID, how)
	if err != nil {
		return nil, lookupError(batchListings, err)
	}
	candidates := slices.DeleteFunc(now.accounts, func(account Listed) bool {
		return before.has(account.ID) || c.isTaken(account.ID) || containsID(request.Alongside, account.ID) ||
			!account.mayStartWith(request.StartingBalance)
	})
	matched := c.matchAccounts(ctx, request, candidates, how)
	// Another resource may have got one of them while names were asked for.
	found := slices.DeleteFunc(matched.found, func(account Listed) bool { return c.isTaken(account.ID) })
	switch {
	case matched.problem != nil:
		return found, matched.problem
	case slices.ContainsFunc(found, func(account Listed) bool { return account.StartingBalance == "" }):
		return found, &LookupError{Reason: "the starting balance of a new account of that name cannot be read"}
	}
	return found, now.problem
}

// CreateCreditAccount is POST /clients/:id/creditAccounts with every rule that keeps one declared account one
// account. allowed covers what comes before the POST; neither a POST that has begun nor the lookup after it is cut by
// it.
//
// The error is *ExistsError, *LookupError, *APIError or *NotCreatedError (each: nothing was created), or
// *UnknownOutcomeError.
func (c *Client) CreateCreditAccount(
	ctx context.Context, request CreditAccountRequest, allowed time.Duration,
) (account CreditAccount, how Creation, err error) {
	waiting, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	unlock, err := c.lock(waiting, "account", strings.ToLower(request.ClientID), NormalizeName(request.Name))
	if err != nil {
		return account, how, c.notCreated(err)
	}
	defer unlock()
	how, err = c.settleExisting(waiting, c.ExistingCreditAccounts(waiting, request))
	switch {
	case err != nil:
		return account, how, err
	case how.Adopted != nil:
		return how.Adopted.asAccount(request.ClientID), how, nil
	}

	before, withoutLookup := c.knownBefore(waiting, request.ClientID)
	request.NotifyEmails = append([]string{}, request.NotifyEmails...) // never null
	request.LicenseIDs = append([]string{}, request.LicenseIDs...)
	defer c.changed(request.ClientID)
	readID := func(body []byte) string {
		account, _ = ReadCreditAccount(body)
		if strings.EqualFold(account.ID, request.ClientID) {
			return ""
		}
		return account.ID
	}
	lost, err := c.post(waiting, request, before, readID, "clients", request.ClientID, "creditAccounts")
	if lost != nil {
		how.AfterUnknown = lost.Reason
		how.Adopted, err = c.recoverLost(ctx, lost, withoutLookup, func(ctx context.Context) ([]Listed, *LookupError) {
			return c.newAccounts(ctx, request, before, afterPost)
		})
	}
	if err != nil {
		return CreditAccount{}, how, err
	}
	if how.Adopted != nil {
		account = how.Adopted.asAccount(request.ClientID)
	}
	c.claims.open(account.ID, request.StartingBalance)
	return account, how, nil
}

// FindCreditAccounts looks up once what a creation of unknown outcome may have made: same client, name and starting
// balance, had by nobody. It is for a person who has to decide, and takes two minutes at most.
func (c *Client) FindCreditAccounts(
	ctx context.Context, clientID, name string, startingBalance Number,
) ([]Listed, error) {
	request := CreditAccountRequest{ClientID: clientID, Name: name, StartingBalance: startingBalance}
	return findOnce(ctx, func(ctx context.Context) ([]Listed, *LookupError) {
		return c.newAccounts(ctx, request, batchListing{}, forPeople)
	})
}

// AccountCheck is what the API returns about an account that is imported or taken over.
type AccountCheck struct {
	Listed *Listed // nil where a complete listing does not show it
	// OtherClient is the client that it belongs to by what the API returns; empty where that is the one named, or not
	// returned.
	OtherClient string
}

// CheckCreditAccount looks up an account in its client's listing, which is read once for all checks of a process, and
// asks for its name. The error is *LookupError.
func (c *Client) CheckCreditAccount(ctx context.Context, clientID, accountID string) (AccountCheck, error) {
	listing, err := c.listingBefore(ctx, clientID)
	if err != nil {
		return AccountCheck{}, lookupError(batchListings, err)
	}
	check := AccountCheck{OtherClient: c.otherOwner(accountID, clientID)}
	if check.OtherClient != "" {
		return check, nil
	}
	name, nameErr := c.accountName(ctx, clientID, accountID, beforePost)
	for _, account := range listing.accounts {
		if strings.EqualFold(account.ID, accountID) {
			account.Name, account.NameErr = name, nameErr
			check.Listed = &account
		}
	}
	problem := lookupError("the credit actions of account "+accountID, nameErr)
	switch {
	case problem != nil && !problem.Refused: // an unknown account is refused as well
		return check, problem
	case check.Listed == nil && listing.problem != nil:
		return check, listing.problem
	case check.Listed == nil:
		check.OtherClient = c.otherOwner(accountID, clientID)
	}
	return check, nil
}

// otherOwner gives the client that an account belongs to by what this process has read; empty where that is the one
// named, or not known.
func (c *Client) otherOwner(accountID, clientID string) string {
	found, _ := c.owners.Load(strings.ToLower(accountID))
	owner, _ := found.(string)
	if strings.EqualFold(owner, clientID) {
		return ""
	}
	return owner
}

// ClaimCreditAccount takes an account for a resource of this process; false where another has it. It sends nothing.
func (c *Client) ClaimCreditAccount(accountID string) bool { return c.claims.claim(accountID) }

// CreditAccounts gives the accounts of a client, oldest first, from one listing of its batches; names are asked for
// of the first named accounts, or of all where named < 0.
func (c *Client) CreditAccounts(ctx context.Context, clientID string, named int) ([]Listed, error) {
	listing, err := c.shownBatches(ctx, clientID)
	if err != nil {
		return nil, err
	}
	accounts := slices.Clone(listing.accounts)
	slices.Reverse(accounts)
	var asked []*Listed
	for i := range accounts {
		if named < 0 || i < named {
			asked = append(asked, &accounts[i])
		}
	}
	c.askNames(ctx, clientID, asked, toShow)
	return accounts, nil
}

// accountName asks the credit actions of an account what it is called; empty where they do not say. Once there, it is
// cached for the process.
func (c *Client) accountName(ctx context.Context, clientID, accountID string, how reading) (string, error) {
	id := strings.ToLower(accountID)
	known := c.knownName(id)
	if known.name != "" || !how.again && known.asked >= mostNameRequests {
		return known.name, known.err
	}
	question := fmt.Sprintf("name of %s, fresh %v", id, how.fresh)
	return once(ctx, &c.memo, question, keepNothing, func(ctx context.Context) (string, error) {
		name, err := c.askName(ctx, clientID, id, how)
		c.names.Store(id, knownName{name: name, err: err, asked: c.knownName(id).asked + 1})
		return name, err
	})
}
