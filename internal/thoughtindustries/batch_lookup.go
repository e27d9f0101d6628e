package thoughtindustries

import (
	"context"
	"slices"
	"strings"
	"time"
)

// listingLag is how long a batch may be missing from listings after it was
// made.
const listingLag = 5 * time.Minute

// match says whether a batch can be the one of a request: of the same account,
// starting balance and name. Where no name is sent the API may choose one.
// uncertain: what would distinguish them cannot be read.
func (r CreditBatchRequest) match(batch CreditBatch) (matches, uncertain bool) {
	differs := batch.CreditAccountID.Known && !strings.EqualFold(text(batch.CreditAccountID.Value), text(r.CreditAccountID)) ||
		batch.balance() != nil && !sameBalance(batch.balance(), r.StartingBalance) ||
		r.Name != nil && batch.Name.Known && !SameName(text(batch.Name.Value), *r.Name)
	if differs {
		return false, false
	}
	uncertain = batch.ID.Value == nil || !batch.CreditAccountID.Known || batch.balance() == nil || r.Name != nil && !batch.Name.Known
	return !uncertain, uncertain
}

// matchBatches gives the batches that can be the one of a request, newest first,
// among those that keep lets through. The error says that there may be more.
func matchBatches(batches []CreditBatch, request CreditBatchRequest, keep func(id string, made time.Time) bool) (found []CreditBatch, err error) {
	for _, batch := range newestFirst(batches) {
		id := strings.ToLower(text(batch.ID.Value))
		matches, uncertain := request.match(batch)
		if !matches && !uncertain || id != "" && !keep(id, batch.created()) {
			continue
		}
		if uncertain {
			err = &LookupFailedError{Reason: "a credit batch in the listing lacks the values that identify it"}
			continue
		}
		found = append(found, batch)
	}
	return found, err
}

func newestFirst(batches []CreditBatch) []CreditBatch {
	return slices.SortedStableFunc(slices.Values(batches), func(a, b CreditBatch) int { return b.created().Compare(a.created()) })
}

// existingBatches is the lookup before a creation, as existingAccounts is. A
// batch without a name is not looked up: equal top-ups are ordinary, and
// nothing would distinguish them. The listing is read all the same, for the
// lookup afterwards.
func (c *Client) existingBatches(ctx context.Context, request CreditBatchRequest) ([]CreditBatch, error) {
	known, err := c.clientSnapshot(ctx, request.ClientID)
	if err != nil || request.Name == nil {
		return nil, err
	}
	return matchBatches(known.batches, request, func(id string, _ time.Time) bool { return !c.claims.contains(id) })
}

// ExistingCreditBatches is the lookup that comes before a creation, for a plan,
// as ExistingCreditAccounts is.
func (c *Client) ExistingCreditBatches(ctx context.Context, request CreditBatchRequest, wait bool) ([]CreditBatch, error) {
	if c.config.OnExisting == IgnoreOnExisting || request.Name == nil {
		return nil, nil
	}
	found, err := c.existingBatches(planContext(ctx, wait), request)
	if len(found) > 0 {
		return found, nil
	}
	return nil, err
}

// batchBefore is what the lookup before a creation leads to.
func (c *Client) batchBefore(ctx context.Context, request CreditBatchRequest) (existing[CreditBatch], error) {
	var result existing[CreditBatch]
	if c.config.OnExisting == IgnoreOnExisting {
		return result, nil
	}
	found, err := c.existingBatches(ctx, request)
	if len(found) == 0 {
		return result, err
	}
	exists := &ExistsError{Batches: found}
	for _, batch := range found {
		exists.Tracked = exists.Tracked || c.config.Tracked(strings.ToLower(*batch.ID.Value))
	}
	switch {
	case c.config.OnExisting != AdoptExisting, len(found) > 1, exists.Tracked:
		return result, exists
	case err != nil: // another one may be it as well
		return result, err
	case !c.claims.claim(*found[0].ID.Value):
		return result, exists
	}
	result.object = &found[0]
	return result, nil
}

// batchesAfter looks up the batch of a POST with an unknown outcome, as
// accountsAfter does.
func (c *Client) batchesAfter(ctx context.Context, request CreditBatchRequest, since time.Time) ([]CreditBatch, error) {
	batches, err := c.creditBatches(ctx, request.ClientID, text(request.CreditAccountID), 1)
	if err != nil {
		return nil, c.lookupError("the listing of the client's credit batches", err)
	}
	isNew, err := c.newSince(request.ClientID, since, datesThatAgree)
	if err != nil {
		return nil, err
	}
	// An account that was created a moment ago came with a batch of its own,
	// which may be of the same size.
	others := c.claims.initialBatchOf(text(request.CreditAccountID), batches)
	return matchBatches(batches, request, func(id string, made time.Time) bool {
		return id != others && !c.isTaken(id) && isNew(id, made)
	})
}

// FindCreditBatches looks up once the batches that a creation of unknown outcome
// may have made, as FindCreditAccounts does.
func (c *Client) FindCreditBatches(ctx context.Context, request CreditBatchRequest) ([]CreditBatch, error) {
	return findWithin(ctx, func(ctx context.Context) ([]CreditBatch, error) {
		batches, err := c.creditBatches(ctx, request.ClientID, text(request.CreditAccountID), getTries)
		if err != nil {
			return nil, c.lookupError("the listing of the client's credit batches", err)
		}
		found, err := matchBatches(batches, request, func(id string, _ time.Time) bool { return !c.isTaken(id) })
		if len(found) > 0 {
			err = nil // it is these that help
		}
		return found, err
	})
}

// ReadCreditBatch gives a batch from the client's listing, which is read once
// for all batches of the client; all of them get the error if it cannot be read.
// Where there is no such batch, gone reports whether a complete listing should
// show it: a batch that was made a moment ago, by this process, or at a time that
// is not known (zero), may be missing from listings for a while.
func (c *Client) ReadCreditBatch(ctx context.Context, clientID, batchID string, made time.Time) (found *CreditBatch, gone bool, err error) {
	known, err := c.keptSnapshot(ctx, clientID, "refresh", func(ctx context.Context) ([]CreditBatch, error) {
		return c.CreditBatches(ctx, clientID, "")
	})
	if err != nil {
		return nil, false, err
	}
	id := strings.ToLower(batchID)
	if batch, ok := known.byID[id]; ok {
		return &batch, false, nil
	}
	if now, _ := c.clock.at(time.Now()); c.claims.contains(id) || !made.IsZero() && now.Sub(made) < listingLag {
		return nil, false, nil
	}
	// A listing that changes between two of its pages can miss a batch, so one
	// that misses a batch is not believed alone.
	again, err := c.keptSnapshot(ctx, clientID, "refresh again", func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, "", getTries)
	})
	if err != nil {
		return nil, false, err
	}
	if batch, ok := again.byID[id]; ok {
		return &batch, false, nil
	}
	if len(again.byID) < len(again.batches) {
		return nil, false, &LookupFailedError{Reason: "the listing of batches has entries whose id cannot be read, or the same id twice"}
	}
	return nil, !made.IsZero(), nil
}
