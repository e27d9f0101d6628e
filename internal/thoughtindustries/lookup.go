package thoughtindustries

import (
	"context"
	"log/slog"
	"math/big"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	// lookTolerance allows for what Date cuts off and for clocks that are not quite in step.
	lookTolerance = 5 * time.Second
	// namesAtMost is how many accounts are asked for their name, newest first.
	namesAtMost = 20
)

// soughtAccount is what an account is recognised by.
type soughtAccount struct {
	clientID        string
	name            string
	startingBalance *big.Float
	another         bool
}

// seenAccount is an account as its batches show it: no endpoint lists accounts.
type seenAccount struct {
	id string
	// startingBalance of its first batch; nil where it cannot be read.
	startingBalance *big.Float
	// currentBalance is the sum of its batches; nil where one cannot be read.
	currentBalance *big.Float
	// first is when its first batch was made; zero where it cannot be read.
	first     time.Time
	createdAt Told[string]
}

func (s seenAccount) account(clientID string) CreditAccount {
	result := CreditAccount{ID: s.id, ClientID: told(clientID)}
	if !s.first.IsZero() { // what is no time is not shown to anybody
		result.CreatedAt = s.createdAt
	}
	if s.currentBalance != nil {
		result.CurrentBalance = told(s.currentBalance)
	}
	return result
}

// seenIn gathers accounts from batches, newest first.
func seenIn(batches []CreditBatch) []seenAccount {
	byID := map[string]*seenAccount{}
	for _, batch := range batches {
		if batch.CreditAccountID.Value == nil || *batch.CreditAccountID.Value == "" {
			continue
		}
		id := strings.ToLower(*batch.CreditAccountID.Value)
		account := byID[id]
		if account == nil {
			account = &seenAccount{id: *batch.CreditAccountID.Value, currentBalance: new(big.Float).SetPrec(512)}
			byID[id] = account
		}
		if made := batch.created(); account.createdAt.Value == nil || made.Before(account.first) {
			account.first, account.createdAt = made, batch.CreatedAt
			account.startingBalance = nil
			if batch.StartingBalance.Value != nil {
				account.startingBalance = *batch.StartingBalance.Value
			}
		}
		if batch.CurrentBalance.Value == nil {
			account.currentBalance = nil
		} else if account.currentBalance != nil {
			account.currentBalance.Add(account.currentBalance, *batch.CurrentBalance.Value)
		}
	}
	accounts := make([]seenAccount, 0, len(byID))
	for _, account := range byID {
		accounts = append(accounts, *account)
	}
	slices.SortFunc(accounts, func(a, b seenAccount) int {
		if order := b.first.Compare(a.first); order != 0 {
			return order
		}
		return strings.Compare(a.id, b.id)
	})
	return accounts
}

func (c *Client) seenAccounts(ctx context.Context, clientID string, tries int) ([]seenAccount, error) {
	batches, err := c.creditBatches(ctx, clientID, "", tries)
	if err != nil {
		return nil, err
	}
	return seenIn(batches), nil
}

// firstListing gives a client's listing as it was when this process first asked.
func (c *Client) firstListing(ctx context.Context, clientID string) (listing, error) {
	return c.accounts.first(ctx, clientID, func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, "", getTries)
	})
}

// accountBefore is the look before creating. It returns an account that was
// adopted, *ExistsError, or nothing: then creation goes on. An endpoint that
// refuses or fails to answer is no reason not to create.
func (c *Client) accountBefore(ctx context.Context, sought soughtAccount) (*CreditAccount, error) {
	if c.config.OnExisting == IgnoreOnExisting {
		return nil, nil
	}
	known, err := c.firstListing(ctx, sought.clientID)
	if err != nil {
		return nil, c.goOnWithout(ctx, err)
	}
	found, err := c.named(ctx, sought, known.accounts, getTries, func(account seenAccount) bool { return !c.accounts.ours(account.id) })
	if err != nil {
		if err := c.goOnWithout(ctx, err); err != nil {
			return nil, err
		}
	}
	if len(found) == 0 {
		return nil, nil
	}
	exists := &ExistsError{Held: c.config.Held(strings.ToLower(found[0].id))}
	for _, account := range found {
		exists.Accounts = append(exists.Accounts, account.account(sought.clientID))
	}
	another := sought.another || c.accounts.replaces(placeOfAccount(sought.clientID, sought.name))
	if c.config.OnExisting != AdoptExisting || another || len(found) > 1 || exists.Held {
		return nil, exists
	}
	if !c.accounts.claim(found[0].id, sought.name) {
		return nil, exists
	}
	return &exists.Accounts[0], nil
}

// goOnWithout decides whether creation goes on without the look before it.
func (c *Client) goOnWithout(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return whyEnded(ctx, ctx.Err())
	}
	if lookupRefused(err) {
		c.accounts.noteRefusal(err.Error())
	} else {
		c.say(ctx, slog.LevelWarn, "Could not look whether it exists already; creating it", "reason", err.Error())
	}
	return nil
}

// accountsSince looks for the account of a POST with an unknown outcome, sent
// at a local time.
func (c *Client) accountsSince(ctx context.Context, sought soughtAccount, since time.Time) ([]CreditAccount, error) {
	accounts, err := c.seenAccounts(ctx, sought.clientID, 1)
	if err != nil {
		return nil, err
	}
	// The offset is applied now: the listing may be the first answer with a Date.
	before, read := c.accounts.baseline(sought.clientID)
	return c.appeared(ctx, sought, accounts, c.clock.at(since), before, read)
}

// accountsAppeared is accountsSince with the server's time, for a later
// process: what its own listing held may well be the account.
func (c *Client) accountsAppeared(ctx context.Context, sought soughtAccount, since time.Time) ([]CreditAccount, error) {
	accounts, err := c.seenAccounts(ctx, sought.clientID, getTries)
	if err != nil {
		return nil, err
	}
	return c.appeared(ctx, sought, accounts, since, nil, false)
}

// appeared picks the accounts that came up since the server's time given and
// are nobody's. before is what the listing held before the request, if it was read.
func (c *Client) appeared(ctx context.Context, sought soughtAccount, accounts []seenAccount, since time.Time, before map[string]bool, read bool) ([]CreditAccount, error) {
	taken := func(id string) bool { return c.accounts.ours(id) || c.config.Held(strings.ToLower(id)) }
	found, err := c.named(ctx, sought, accounts, 1, func(account seenAccount) bool {
		switch {
		case before[strings.ToLower(account.id)], taken(account.id):
			return false
		case account.first.IsZero():
			return read // new against the listing, and when cannot be told
		}
		return !account.first.Add(lookTolerance).Before(since)
	})
	if err != nil {
		return nil, err
	}
	var result []CreditAccount
	for _, account := range found {
		if !taken(account.id) { // nor was it taken while names were asked for
			result = append(result, account.account(sought.clientID))
		}
	}
	return result, nil
}

// named picks the accounts of the same starting balance and name among those
// that may be it, and asks for no more names than it must. Where a name cannot
// be asked for, what was found comes with the error.
func (c *Client) named(ctx context.Context, sought soughtAccount, accounts []seenAccount, tries int, maybe func(seenAccount) bool) (found []seenAccount, err error) {
	asked := 0
	for _, account := range accounts {
		if !sameBalance(account.startingBalance, sought.startingBalance) || !maybe(account) {
			continue
		}
		if asked++; asked > namesAtMost {
			break
		}
		name, err := c.accounts.name(ctx, account.id, func(ctx context.Context) (string, error) {
			return c.accountName(ctx, sought.clientID, account.id, tries)
		})
		if err != nil {
			return found, err
		}
		if name == sought.name {
			found = append(found, account)
		}
	}
	return found, nil
}

// sameBalance compares what two sides make of one number: a server keeps a
// double, a configuration more.
func sameBalance(a, b *big.Float) bool {
	if a == nil || b == nil {
		return false
	}
	x, _ := a.Float64()
	y, _ := b.Float64()
	return x == y
}

// accountName asks the credit actions of an account what it is called; empty
// where they do not tell.
func (c *Client) accountName(ctx context.Context, clientID, accountID string, tries int) (string, error) {
	name := ""
	query := url.Values{"clientId": {clientID}, "actionType": {string(CreditActions)}}
	err := c.getPages(ctx, tries, query, "APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions",
		func(element object) {
			if told := readString(element, "creditAccountName"); told.Value != nil && name == "" {
				name = *told.Value
			}
		},
		"clients", clientID, "creditAccount", accountID, "creditActions")
	return name, err
}
