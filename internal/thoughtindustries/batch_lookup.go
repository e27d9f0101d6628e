package thoughtindustries

import (
	"context"
	"slices"
	"strings"
	"time"
)

// listingLag is how long a batch may be missing from listings after it was
// made: generous, because a batch that is taken to be gone is created again.
const listingLag = 5 * time.Minute

// matches reports whether a batch can be the one of a request: of the same
// account, starting balance and name. Where no name is sent the API may choose one.
func (r CreditBatchRequest) matches(batch CreditBatch) bool {
	return batch.ID.Value != nil &&
		strings.EqualFold(text(batch.CreditAccountID.Value), text(r.CreditAccountID)) &&
		sameBalance(batch.balance(), r.StartingBalance) &&
		(r.Name == nil || text(batch.Name.Value) == *r.Name)
}

// batchBefore is the look before creating, as accountBefore is. A batch without
// a name is not looked for: equal top-ups are ordinary, and nothing would tell
// them apart. The listing is read all the same, for the look afterwards.
func (c *Client) batchBefore(ctx context.Context, request CreditBatchRequest) (*CreditBatch, error) {
	if c.config.OnExisting == IgnoreOnExisting {
		return nil, nil
	}
	known, err := c.firstListing(ctx, request.ClientID)
	if err != nil {
		return nil, c.goOnWithout(ctx, err)
	}
	if request.Name == nil {
		return nil, nil
	}
	exists := &ExistsError{}
	for _, batch := range newestFirst(known.batches) {
		if request.matches(batch) && !c.accounts.ours(*batch.ID.Value) {
			exists.Batches = append(exists.Batches, batch)
			exists.Held = exists.Held || c.config.Held(strings.ToLower(*batch.ID.Value))
		}
	}
	switch {
	case len(exists.Batches) == 0:
		return nil, nil
	case c.config.OnExisting != AdoptExisting, len(exists.Batches) > 1, exists.Held,
		c.accounts.replaces(placeOfBatch(request.ClientID, *request.Name)),
		!c.accounts.claim(*exists.Batches[0].ID.Value, ""):
		return nil, exists
	}
	return &exists.Batches[0], nil
}

func newestFirst(batches []CreditBatch) []CreditBatch {
	return slices.SortedStableFunc(slices.Values(batches), func(a, b CreditBatch) int { return b.created().Compare(a.created()) })
}

// batchesSince looks for the batch of a POST with an unknown outcome, sent at a
// local time.
func (c *Client) batchesSince(ctx context.Context, request CreditBatchRequest, since time.Time) ([]CreditBatch, error) {
	batches, err := c.creditBatches(ctx, request.ClientID, text(request.CreditAccountID), 1)
	if err != nil {
		return nil, err
	}
	// The offset is applied now: the listing may be the first answer with a Date.
	before, read := c.accounts.baseline(request.ClientID)
	return c.batchesAmong(batches, request, c.clock.at(since), before, read), nil
}

// FindCreditBatches looks once for batches that a creation of unknown outcome
// may have made: of that client, account, name and starting balance, made no
// earlier than since (server's time; 5 s of tolerance), and held by nobody.
func (c *Client) FindCreditBatches(ctx context.Context, request CreditBatchRequest, since time.Time) ([]CreditBatch, error) {
	batches, err := findWithin(ctx, "the batch", func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, request.ClientID, text(request.CreditAccountID), getTries)
	})
	if err != nil {
		return nil, err
	}
	// What this process's own listing held may well be the batch.
	return c.batchesAmong(batches, request, since, nil, false), nil
}

// batchesAmong is to batches what appeared is to accounts.
func (c *Client) batchesAmong(batches []CreditBatch, request CreditBatchRequest, since time.Time, before map[string]bool, read bool) []CreditBatch {
	// An account that was created a moment ago came with a batch of its own,
	// which may be of the same size.
	others := c.accounts.cameWith(text(request.CreditAccountID), batches)
	var found []CreditBatch
	for _, batch := range newestFirst(batches) {
		if !request.matches(batch) {
			continue
		}
		id := strings.ToLower(*batch.ID.Value)
		if id == others || before[id] || c.accounts.ours(id) || c.config.Held(id) {
			continue
		}
		made := batch.created()
		if made.IsZero() && !read || !made.IsZero() && made.Add(lookTolerance).Before(since) {
			continue
		}
		found = append(found, batch)
	}
	return found
}

// ReadCreditBatch gives a batch from the client's listing, which is read once
// for all batches of the client; that it cannot be read is told to all of them.
// Where there is no such batch, gone reports whether it exists no more: a batch
// that was made a moment ago, by this process, or at a time that is not known
// (zero), may be missing from listings for a while.
func (c *Client) ReadCreditBatch(ctx context.Context, clientID, batchID string, made time.Time) (found *CreditBatch, gone bool, err error) {
	known, err := c.accounts.first(ctx, clientID+"\x00refresh", func(ctx context.Context) ([]CreditBatch, error) {
		return c.CreditBatches(ctx, clientID, "")
	})
	if err != nil {
		return nil, false, err
	}
	id := strings.ToLower(batchID)
	if batch, ok := known.byID[id]; ok {
		return &batch, false, nil
	}
	if c.accounts.ours(id) || !made.IsZero() && c.clock.at(time.Now()).Sub(made) < listingLag {
		return nil, false, nil
	}
	// A listing that changes between two of its pages can miss a batch, so one
	// that misses a batch is not believed alone.
	again, err := c.accounts.first(ctx, clientID+"\x00again", func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, "", getTries)
	})
	if err != nil {
		return nil, false, err
	}
	if batch, ok := again.byID[id]; ok {
		return &batch, false, nil
	}
	if len(again.byID) < len(again.batches) {
		return nil, false, &AnswerError{Reason: "the listing of batches has entries whose id cannot be read, or the same id twice"}
	}
	return nil, !made.IsZero(), nil
}
