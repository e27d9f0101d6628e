package thoughtindustries

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// CreditBatch is an element of GET /clients/:id/creditBatches, and what the responses to creating and changing one
// have.
type CreditBatch struct {
	ID               Field[string] `json:"id"`              // known only if it is a UUID
	CreditAccountID  Field[string] `json:"creditAccountId"` // likewise
	Name             Field[string] `json:"name"`
	ClientID         Field[string] `json:"clientId"`
	Status           Field[string] `json:"status"`
	StartingBalance  Field[Number] `json:"startingBalance"`
	CurrentBalance   Field[Number] `json:"currentBalance"`
	AllocatedCredits Field[Number] `json:"allocatedCredits"`
	ExpiresOn        Field[string] `json:"expiresOn"` // times are ISO 8601, as the API wrote them
	CreatedAt        Field[string] `json:"createdAt"`
	UpdatedAt        Field[string] `json:"updatedAt"`
}

// created is when the batch was made; the zero time where that cannot be read.
func (b CreditBatch) created() time.Time {
	at, err := time.Parse(time.RFC3339Nano, textOf(b.CreatedAt))
	if err != nil {
		return time.Time{}
	}
	return at
}

// balance that the batch started with; empty where it cannot be read.
func (b CreditBatch) balance() Number { return numberOf(b.StartingBalance) }

// listed gives what a lookup says of the batch.
func (b CreditBatch) listed() Listed {
	return Listed{
		ID: textOf(b.ID), Name: textOf(b.Name), StartingBalance: b.balance(), CurrentBalance: numberOf(b.CurrentBalance),
		CreatedAt: textOf(b.CreatedAt), Active: b.isActive(), batch: b,
	}
}

func (b CreditBatch) isActive() bool { return strings.EqualFold(textOf(b.Status), "active") }

func newestFirst(batches []CreditBatch) []CreditBatch {
	return slices.SortedStableFunc(slices.Values(batches), func(a, b CreditBatch) int {
		return b.created().Compare(a.created())
	})
}

// CreditBatchRequest is the body of POST /clients/:id/creditBatches. A nil pointer is left out.
type CreditBatchRequest struct {
	ClientID        string     `json:"clientId"`
	StartingBalance Number     `json:"startingBalance"`
	CreditAccountID *string    `json:"creditAccountId,omitempty"`
	Name            *string    `json:"name,omitempty"`
	ExpiresOn       *Timestamp `json:"expiresOn,omitempty"`
}

// CreditBatchChange is the body of PUT /clients/creditBatches/:id; what is nil is left out.
type CreditBatchChange struct {
	Name      *string    `json:"name,omitempty"`
	ExpiresOn *Timestamp `json:"expiresOn,omitempty"`
}

// Timestamp is a time as the API documents it: UTC, with milliseconds.
type Timestamp time.Time

// MarshalJSON writes it as a JSON string.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Time(t).UTC().Format("2006-01-02T15:04:05.000Z"))
}

// batchListing is a client's credit batches, read to their end.
type batchListing struct {
	batches  []CreditBatch
	accounts []Listed // newest first, without names
	// ids of all batches and accounts that came, in lower case. Those of other clients count too: they are not new
	// either.
	ids map[string]bool
	// problem: a batch does not say which account it belongs to, so there may be more accounts than those above.
	problem *LookupError
}

func (l batchListing) has(id string) bool { return l.ids[strings.ToLower(id)] }

func (l batchListing) batch(id string) *CreditBatch {
	for _, batch := range l.batches {
		if batch.ID.Value != nil && strings.EqualFold(*batch.ID.Value, id) {
			return &batch
		}
	}
	return nil
}

// readBatches is GET /clients/:id/creditBatches, all pages of it.
func (c *Client) readBatches(ctx context.Context, clientID string, how reading) (batchListing, error) {
	all, err := readAll[CreditBatch](ctx, c, batchesOfClient(clientID), how)
	if err != nil {
		return batchListing{}, err
	}
	result := batchListing{ids: map[string]bool{}}
	for _, batch := range all {
		batch.ID, batch.CreditAccountID = asUUID(batch.ID), asUUID(batch.CreditAccountID)
		owner := textOf(asUUID(batch.ClientID))
		if owner == "" {
			owner = clientID
		}
		for _, id := range []string{textOf(batch.ID), textOf(batch.CreditAccountID)} {
			result.ids[strings.ToLower(id)] = id != ""
			c.shown.LoadOrStore(strings.ToLower(id), time.Now())
		}
		if id := textOf(batch.CreditAccountID); id != "" {
			c.owners.Store(strings.ToLower(id), owner)
		}
		if strings.EqualFold(owner, clientID) { // a listing may ignore what it is asked for
			result.batches = append(result.batches, batch)
		}
	}
	if len(all) > 0 && len(result.batches) == 0 {
		return result, unusable("the listing has batches of other clients alone")
	}
	if slices.ContainsFunc(result.batches, func(batch CreditBatch) bool { return batch.CreditAccountID.Value == nil }) {
		result.problem = &LookupError{Reason: "a credit batch in the listing does not say which account it belongs to"}
	}
	result.accounts = accountsIn(result.batches)
	return result, nil
}

func batchesOfClient(clientID string) listCall {
	return listCall{
		operation: "APICreditBatchesByClientAndCreditAccount", name: "creditBatches",
		query: url.Values{"clientId": {clientID}}, segments: []string{"clients", clientID, "creditBatches"},
	}
}

// listingBefore is a client's listing as it was when this process first asked: one for all its creations. That it
// could not be read is cached too.
func (c *Client) listingBefore(ctx context.Context, clientID string) (batchListing, error) {
	key := "before " + strings.ToLower(clientID)
	return once(ctx, &c.memo, key, keepAlways, func(ctx context.Context) (batchListing, error) {
		return c.readBatches(ctx, clientID, beforePost)
	})
}

// knownBefore is the listing by which a new object is recognised after a POST of unknown outcome, or why there is
// none.
func (c *Client) knownBefore(ctx context.Context, clientID string) (before batchListing, whyNot *LookupError) {
	if c.config.OnExisting == IgnoreOnExisting {
		return before, &LookupError{Reason: "on_existing_account is \"ignore\", so nothing was looked up"}
	}
	before, err := c.listingBefore(ctx, clientID)
	if err != nil {
		return batchListing{}, &LookupError{Reason: noListing}
	}
	return before, nil
}

// shownBatches is a listing for people, cached until something changes at the client.
func (c *Client) shownBatches(ctx context.Context, clientID string) (batchListing, error) {
	key := c.shownKey(clientID, "batches")
	return once(ctx, &c.memo, key, keepValue, func(ctx context.Context) (batchListing, error) {
		return c.readBatches(ctx, clientID, toShow)
	})
}

// CreditBatches gives the batches of a client, or of one of its accounts where creditAccountID is not empty; cached
// until something changes there. One listing serves all accounts of the client.
func (c *Client) CreditBatches(ctx context.Context, clientID, creditAccountID string) ([]CreditBatch, error) {
	listing, err := c.shownBatches(ctx, clientID)
	if err != nil || creditAccountID == "" {
		return listing.batches, err
	}
	return listing.batchesOf(creditAccountID), nil
}

func (l batchListing) batchesOf(accountID string) []CreditBatch {
	var found []CreditBatch
	for _, batch := range l.batches {
		if strings.EqualFold(textOf(batch.CreditAccountID), accountID) {
			found = append(found, batch)
		}
	}
	return found
}

// isMatch says whether a batch can be the one of a request: of the same account, starting balance and name.
// uncertain: what would tell them apart cannot be read.
func (r CreditBatchRequest) isMatch(batch CreditBatch) (matches, uncertain bool) {
	account, balance := batch.CreditAccountID, batch.balance()
	switch {
	case account.Known && r.CreditAccountID != nil && !strings.EqualFold(textOf(account), *r.CreditAccountID),
		balance != "" && !balance.Equal(r.StartingBalance),
		batch.Name.Known && r.Name != nil && !SameName(textOf(batch.Name), *r.Name):
		return false, false
	}
	uncertain = batch.ID.Value == nil || !account.Known || balance == "" ||
		!batch.Name.Known && r.Name != nil
	return !uncertain, uncertain
}

// matchBatches gives the batches of a listing that can be the one of a request, newest first, without those to pass
// over. The error says that there may be more. A batch that belongs to no account is one like others here.
func (c *Client) matchBatches(
	listing batchListing, request CreditBatchRequest, passOver func(id string) bool,
) (found []Listed, problem *LookupError) {
	for _, batch := range newestFirst(listing.batches) {
		id := textOf(batch.ID)
		matches, uncertain := request.isMatch(batch)
		switch {
		case id != "" && passOver(id), c.mayBeFirst(batch, listing):
		case uncertain && problem == nil:
			problem = &LookupError{Reason: "a credit batch in the listing lacks the values that identify it"}
		case matches:
			found = append(found, batch.listed())
		}
	}
	return found, problem
}

// mayBeFirst reports whether a batch may have come with an account that this process created: it has the account's
// starting balance, and none of the account is older.
func (c *Client) mayBeFirst(batch CreditBatch, listing batchListing) bool {
	accountID := textOf(batch.CreditAccountID)
	if !batch.balance().Equal(c.claims.openedWith(accountID)) {
		return false
	}
	return !slices.ContainsFunc(listing.batchesOf(accountID), func(other CreditBatch) bool {
		return !other.created().IsZero() && other.created().Before(batch.created())
	})
}

// ExistingCreditBatches is the lookup before a creation, as ExistingCreditAccounts is. A batch without a name is not
// looked up: equal top-ups are ordinary.
func (c *Client) ExistingCreditBatches(ctx context.Context, request CreditBatchRequest) Existing {
	if c.config.OnExisting == IgnoreOnExisting || request.Name == nil {
		return Existing{}
	}
	listing, err := c.listingBefore(ctx, request.ClientID)
	if err != nil {
		return c.decideExisting(nil, lookupError(batchListings, err), request.StartingBalance)
	}
	found, problem := c.matchBatches(listing, request, c.claims.contains)
	return c.decideExisting(found, problem, request.StartingBalance)
}

// newBatches looks up the batch of a POST with an unknown outcome, as newAccounts does.
func (c *Client) newBatches(
	ctx context.Context, request CreditBatchRequest, before batchListing, how reading,
) ([]Listed, *LookupError) {
	now, err := c.readBatches(ctx, request.ClientID, how)
	if err != nil {
		return nil, lookupError(batchListings, err)
	}
	found, problem := c.matchBatches(now, request, func(id string) bool { return before.has(id) || c.isTaken(id) })
	hasAccount := func(found Listed) bool { return found.batch.CreditAccountID.Value != nil }
	if problem == nil && request.CreditAccountID == nil && slices.ContainsFunc(found, hasAccount) {
		// It may be the first batch of an account whose own creation has an unknown outcome.
		problem = &LookupError{Reason: "the request names no account, so a batch of an account may be another one"}
	}
	return found, problem
}

// CreateCreditBatch is POST /clients/:id/creditBatches by the rules of CreateCreditAccount, with its errors.
func (c *Client) CreateCreditBatch(
	ctx context.Context, request CreditBatchRequest, allowed time.Duration,
) (batch CreditBatch, how Creation, err error) {
	waiting, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	unlock, err := c.lock(waiting, request.lockKey()...)
	if err != nil {
		return batch, how, c.notCreated(err)
	}
	defer unlock()
	how, err = c.settleExisting(waiting, c.ExistingCreditBatches(waiting, request))
	switch {
	case err != nil:
		return batch, how, err
	case how.Adopted != nil:
		return how.Adopted.batch, how, nil
	}

	// Without a name there was no lookup, so a listing that fails does not stop it.
	before, withoutLookup := c.knownBefore(waiting, request.ClientID)
	defer c.changed(request.ClientID)
	readID := func(body []byte) string {
		batch, _ = readCreditBatch(body, "CreateCreditBatch")
		return textOf(batch.ID)
	}
	lost, err := c.post(waiting, request, before, readID, "clients", request.ClientID, "creditBatches")
	if lost != nil {
		how.AfterUnknown = lost.Reason
		how.Adopted, err = c.recoverLost(ctx, lost, withoutLookup, func(ctx context.Context) ([]Listed, *LookupError) {
			return c.newBatches(ctx, request, before, afterPost)
		})
	}
	switch {
	case err != nil:
		return CreditBatch{}, how, err
	case how.Adopted != nil:
		return how.Adopted.batch, how, nil
	}
	return batch, how, nil
}

// lockKey is the same for all requests whose batches a lookup can mistake for one another. The name is not part of
// it: the API chooses one where none is sent.
func (r CreditBatchRequest) lockKey() []string {
	balance := strconv.FormatFloat(r.StartingBalance.double(), 'g', -1, 64)
	return []string{"batch", strings.ToLower(r.ClientID), strings.ToLower(valueOf(r.CreditAccountID)), balance}
}

// readCreditBatch reads the response to a creation or a change; false where it gives no id.
func readCreditBatch(body []byte, operation string) (CreditBatch, bool) {
	object := objectOf(asObject(body), operation, hasUUID)
	if object == nil {
		return CreditBatch{}, false
	}
	batch := decode[CreditBatch](object)
	batch.CreditAccountID = asUUID(batch.CreditAccountID)
	return batch, true
}

// FindCreditBatches looks up once what a creation of unknown outcome may have made, as FindCreditAccounts does.
func (c *Client) FindCreditBatches(ctx context.Context, request CreditBatchRequest) ([]Listed, error) {
	return findOnce(ctx, func(ctx context.Context) ([]Listed, *LookupError) {
		return c.newBatches(ctx, request, batchListing{}, forPeople)
	})
}

// listingLag is how long a batch may be missing from listings after it was made.
const listingLag = 5 * time.Minute

// ReadCreditBatch gives a batch from the client's listing, which is read once for all batches of the client. Where
// there is none, gone reports whether a complete listing should show it: one that was made a moment ago, by this
// process, or at a time that is not known (zero), may be missing for a while.
func (c *Client) ReadCreditBatch(
	ctx context.Context, clientID, batchID string, made time.Time,
) (batch *CreditBatch, gone bool, err error) {
	listing, err := c.shownBatches(ctx, clientID)
	if err != nil {
		return nil, false, lookupError(batchListings, err)
	}
	batch = listing.batch(batchID)
	if batch != nil || c.claims.contains(batchID) || !made.IsZero() && time.Since(made) < listingLag {
		return batch, false, nil
	}
	// It may be missing from a cache's copy, or have moved from one page to another while they were read.
	key := c.shownKey(clientID, "batches again")
	again, err := once(ctx, &c.memo, key, keepValue, func(ctx context.Context) (batchListing, error) {
		return c.readBatches(ctx, clientID, beforePost)
	})
	if err != nil {
		return nil, false, lookupError(batchListings, err)
	}
	batch = again.batch(batchID)
	withoutID := func(other CreditBatch) bool { return other.ID.Value == nil }
	if batch == nil && slices.ContainsFunc(again.batches, withoutID) {
		return nil, false, &LookupError{Reason: "a credit batch in the listing has no id that can be read"}
	}
	return batch, batch == nil && !made.IsZero(), nil
}

// updateAtMost bounds a change that the API puts off: nothing else does.
const updateAtMost = 20 * time.Minute

// UpdateCreditBatch is PUT /clients/creditBatches/:id. It says what a batch is to be, so it is repeated on passing
// faults. The error is *APIError or *ResponseError.
func (c *Client) UpdateCreditBatch(
	ctx context.Context, clientID, batchID string, change CreditBatchChange,
) (CreditBatch, error) {
	body, err := json.Marshal(change)
	if err != nil {
		return CreditBatch{}, unusable("the request could not be written as JSON")
	}
	defer c.changed(clientID)
	waiting, cancel := context.WithTimeout(ctx, updateAtMost)
	defer cancel()
	address := c.endpoint(nil, "clients", "creditBatches", batchID)
	r, err := c.repeat(waiting, call{http.MethodPut, address, body}, toShow.tries)
	switch {
	case err != nil && ctx.Err() == nil && waiting.Err() != nil:
		return CreditBatch{}, unusable("the API put the change off for %s", updateAtMost)
	case err != nil:
		return CreditBatch{}, err
	}
	batch, ok := readCreditBatch(r.body, "UpdateCreditBatch")
	if !ok && (isHTML(r) || asObject(r.body).reportsError()) {
		return CreditBatch{}, c.responseError(r)
	}
	return batch, nil
}
