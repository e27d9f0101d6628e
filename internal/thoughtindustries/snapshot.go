package thoughtindustries

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"time"
)

// snapshot is a client's listing of credit batches, read to its end, and its
// accounts as the batches show them. What a process creates is added by
// its claims, so one snapshot serves all creations of a client.
type snapshot struct {
	batches []CreditBatch
	// accounts are newest first.
	accounts []listedAccount
	// byID has the batches whose id can be read, by it in lower case.
	byID map[string]CreditBatch
	// unreadable says why the accounts may be more than those above: a batch does
	// not say whose it is. Empty where each does.
	unreadable string
	// err: the listing was refused, or could not be read to its end.
	err error
	// at is the local time when it had been read.
	at time.Time
}

func newSnapshot(batches []CreditBatch, err error) snapshot {
	result := snapshot{batches: batches, accounts: accountsIn(batches), byID: make(map[string]CreditBatch, len(batches)), err: err, at: time.Now()}
	for _, batch := range batches {
		if batch.ID.Value != nil {
			result.byID[strings.ToLower(*batch.ID.Value)] = batch
		}
		if !batch.CreditAccountID.Known {
			result.unreadable = "a credit batch in the listing does not say which account it belongs to"
		}
	}
	return result
}

// contains reports whether the listing shows an account or a batch of that id.
func (s snapshot) contains(id string) bool {
	if _, ok := s.byID[strings.ToLower(id)]; ok {
		return true
	}
	return s.account(id) != nil
}

// account gives an account by its id in any case; nil where it is not listed.
func (s snapshot) account(id string) *listedAccount {
	i := slices.IndexFunc(s.accounts, func(account listedAccount) bool { return strings.EqualFold(account.id, id) })
	if i < 0 {
		return nil
	}
	return &s.accounts[i]
}

// clientSnapshot gives a client's snapshot as it was when this process first
// asked: one for all creations, however many wait for it. That it could not be
// read is kept too. The error is one of a lookup.
func (c *Client) clientSnapshot(ctx context.Context, clientID string) (snapshot, error) {
	return c.keptSnapshot(ctx, clientID, "before", func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, "", getTries)
	})
}

// keptSnapshot is a snapshot that is read once for each purpose.
func (c *Client) keptSnapshot(ctx context.Context, clientID, purpose string, read func(context.Context) ([]CreditBatch, error)) (snapshot, error) {
	kept, err := c.snapshots.get(ctx, purpose+" "+strings.ToLower(clientID), func(ctx context.Context) (snapshot, bool, error) {
		batches, err := read(ctx)
		if isWouldWait(err) {
			return snapshot{}, false, err
		}
		return newSnapshot(batches, err), true, nil
	})
	if err == nil {
		err = kept.err
	}
	return kept, c.lookupError("the listing of the client's credit batches", err)
}

// snapshotBefore gives the snapshot that was read before a request began, at a
// local time, if there is one that was read to its end.
func (c *Client) snapshotBefore(clientID string, began time.Time) (snapshot, bool) {
	kept, ok := c.snapshots.peek("before " + strings.ToLower(clientID))
	return kept, ok && kept.err == nil && !kept.at.After(began)
}

// listedAccount is an account as its batches show it: no endpoint lists accounts.
type listedAccount struct {
	id string
	// startingBalance of its first batch; nil where it cannot be read.
	startingBalance *big.Float
	// currentBalance is the sum of its batches; nil where one cannot be read.
	currentBalance *big.Float
	// first is when its first batch was made; zero where it cannot be read.
	first     time.Time
	createdAt Optional[string]
}

func (s listedAccount) account(clientID string) CreditAccount {
	result := CreditAccount{ID: s.id, ClientID: optional(clientID)}
	if !s.first.IsZero() { // what is no time is not shown to anybody
		result.CreatedAt = s.createdAt
	}
	if s.currentBalance != nil {
		result.CurrentBalance = optional(s.currentBalance)
	}
	if s.startingBalance != nil {
		result.StartingBalance = optional(s.startingBalance)
	}
	return result
}

// accountsIn gathers accounts from batches, newest first.
func accountsIn(batches []CreditBatch) []listedAccount {
	byID := map[string]*listedAccount{}
	undated, count := map[string]int{}, map[string]int{}
	for _, batch := range batches {
		if batch.CreditAccountID.Value == nil || *batch.CreditAccountID.Value == "" {
			continue
		}
		id := strings.ToLower(*batch.CreditAccountID.Value)
		account := byID[id]
		if account == nil {
			account = &listedAccount{id: *batch.CreditAccountID.Value, currentBalance: new(big.Float).SetPrec(512)}
			byID[id] = account
		}
		if made := batch.created(); account.createdAt.Value == nil || made.Before(account.first) {
			account.first, account.createdAt = made, batch.CreatedAt
			account.startingBalance = batch.balance()
		}
		if batch.created().IsZero() {
			undated[id]++
		}
		count[id]++
		if batch.CurrentBalance.Value == nil {
			account.currentBalance = nil
		} else if account.currentBalance != nil {
			account.currentBalance.Add(account.currentBalance, *batch.CurrentBalance.Value)
		}
	}
	accounts := make([]listedAccount, 0, len(byID))
	for id, account := range byID {
		if undated[id] > 0 && count[id] > 1 {
			account.startingBalance = nil // which batch is the first is not known
		}
		accounts = append(accounts, *account)
	}
	slices.SortFunc(accounts, func(a, b listedAccount) int {
		if order := b.first.Compare(a.first); order != 0 {
			return order
		}
		return strings.Compare(a.id, b.id)
	})
	return accounts
}
