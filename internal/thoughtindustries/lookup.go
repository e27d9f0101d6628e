package thoughtindustries

import (
	"context"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"time"
)

const (
	// lookupTolerance allows for what Date cuts off and for clocks that are not quite in step.
	lookupTolerance = 5 * time.Second
	// defaultMaxCandidates is how many accounts are asked for their name, newest first.
	defaultMaxCandidates = 250
)

// soughtAccount is what an account is recognised by.
type soughtAccount struct {
	clientID        string
	name            string
	startingBalance *big.Float
	// alongside are the ids of accounts that are meant to be there, in lower case.
	alongside []string
}

func soughtBy(request CreditAccountRequest) soughtAccount {
	sought := soughtAccount{clientID: request.ClientID, name: request.Name, startingBalance: request.StartingBalance}
	for _, id := range request.Alongside {
		sought.alongside = append(sought.alongside, strings.ToLower(id))
	}
	return sought
}

// matchedAccounts is what a lookup found.
type matchedAccounts struct {
	// accounts of the name that was looked up, newest first.
	accounts []listedAccount
	// notLookedUp counts the candidates beyond the limit.
	notLookedUp int
}

// matchAccounts asks for the names of those among the accounts that may be the
// one that is sought, and gives those of its name. What it found comes with the
// error too: a candidate whose name cannot be read hides no other.
func (c *Client) matchAccounts(ctx context.Context, sought soughtAccount, accounts []listedAccount, tries int, anew bool) (matchedAccounts, error) {
	var (
		result   matchedAccounts
		unnamed  []string
		problems []error
	)
	asked := 0
	for _, account := range accounts {
		// A balance that cannot be read may be the same.
		if account.startingBalance != nil && !sameBalance(account.startingBalance, sought.startingBalance) {
			continue
		}
		if asked++; asked > c.config.MaxCandidates {
			result.notLookedUp++
			continue
		}
		name, err := c.accountName(ctx, sought.clientID, account.id, tries, anew)
		switch {
		case ctx.Err() != nil:
			return result, whyEnded(ctx, ctx.Err())
		case isWouldWait(err):
			return result, err
		case err != nil:
			problems = append(problems, fmt.Errorf("the credit actions of account %s: %w", account.id, err))
		case name == "":
			unnamed = append(unnamed, account.id)
		case SameName(name, sought.name):
			result.accounts = append(result.accounts, account)
		}
	}
	return result, c.namesError(unnamed, problems)
}

// namesError says what names that could not be read mean for a lookup: where the
// endpoint never returned one in this process, it is not open to it; else the
// account may be any.
func (c *Client) namesError(unnamed []string, problems []error) error {
	for _, problem := range problems {
		if !isRefusal(problem) || c.namesReturned.Load() {
			return &LookupFailedError{Reason: c.redact(describe(problem))}
		}
	}
	switch {
	case len(problems) > 0:
		return &LookupRefusedError{Reason: c.redact(describe(problems[0])), refusal: problems[0]}
	case len(unnamed) > 0 && c.namesReturned.Load():
		return &LookupFailedError{Reason: "the credit actions of account " + unnamed[0] + " return no name"}
	case len(unnamed) > 0:
		return &LookupRefusedError{Reason: "the credit actions of accounts return no names"}
	}
	return nil
}

// existingAccounts is the lookup that comes before a creation: the client's
// accounts of that name which neither this process created nor the request
// names. One snapshot serves all creations of a client.
func (c *Client) existingAccounts(ctx context.Context, sought soughtAccount) (matchedAccounts, error) {
	known, err := c.clientSnapshot(ctx, sought.clientID)
	if err != nil {
		return matchedAccounts{}, err
	}
	candidates := slices.DeleteFunc(slices.Clone(known.accounts), func(account listedAccount) bool {
		return c.claims.contains(account.id) || slices.Contains(sought.alongside, strings.ToLower(account.id))
	})
	found, err := c.matchAccounts(ctx, sought, candidates, getTries, false)
	if err == nil && known.unreadable != "" {
		err = &LookupFailedError{Reason: known.unreadable}
	}
	return found, err
}

// ExistingCreditAccounts is the lookup that comes before a creation, for a plan:
// the client's accounts of the request's name, newest first, which neither this
// process created nor the request names. It sends GETs alone. Where wait is
// false, it takes only what needs no waiting for the rate limit, else it ends
// with ErrWouldWait. The other errors are *LookupRefusedError and *LookupFailedError.
func (c *Client) ExistingCreditAccounts(ctx context.Context, request CreditAccountRequest, wait bool) ([]CreditAccount, error) {
	if c.config.OnExisting == IgnoreOnExisting {
		return nil, nil
	}
	found, err := c.existingAccounts(planContext(ctx, wait), soughtBy(request))
	if len(found.accounts) > 0 {
		return found.shown(request.ClientID, request.Name), nil
	}
	return nil, err
}

// shown gives the accounts as they are shown to people.
func (m matchedAccounts) shown(clientID, name string) []CreditAccount {
	var result []CreditAccount
	for _, account := range m.accounts {
		shown := account.account(clientID)
		shown.Name = optional(name)
		result = append(result, shown)
	}
	return result
}

// accountBefore is what the lookup before a creation leads to: an account that
// is adopted, an error, or neither, and then it is created.
func (c *Client) accountBefore(ctx context.Context, sought soughtAccount) (existing[CreditAccount], error) {
	var result existing[CreditAccount]
	if c.config.OnExisting == IgnoreOnExisting {
		return result, nil
	}
	found, err := c.existingAccounts(ctx, sought)
	result.notLookedUp = found.notLookedUp
	if len(found.accounts) == 0 {
		return result, err
	}
	exists := &ExistsError{Accounts: found.shown(sought.clientID, sought.name)}
	for _, account := range found.accounts {
		exists.Tracked = exists.Tracked || c.config.Tracked(strings.ToLower(account.id))
	}
	only := found.accounts[0]
	switch {
	case c.config.OnExisting != AdoptExisting, len(found.accounts) > 1, exists.Tracked, only.startingBalance == nil:
		return result, exists
	case err != nil: // another one may be it as well
		return result, err
	case !c.claims.claim(only.id):
		return result, exists
	}
	result.object = &exists.Accounts[0]
	return result, nil
}

// accountsAfter looks up the account of a POST with an unknown outcome: what is
// new against the listing read before it or, where none was read, what was made
// since by the server's clock. Without either nothing is found.
func (c *Client) accountsAfter(ctx context.Context, sought soughtAccount, since time.Time) ([]CreditAccount, error) {
	batches, err := c.creditBatches(ctx, sought.clientID, "", 1)
	if err != nil {
		return nil, c.lookupError("the listing of the client's credit batches", err)
	}
	now := newSnapshot(batches, nil)
	// The server's time is known from the listing at the latest.
	isNew, err := c.newSince(sought.clientID, since, 1)
	if err != nil {
		return nil, err
	}
	candidates := slices.DeleteFunc(slices.Clone(now.accounts), func(account listedAccount) bool {
		meant := slices.Contains(sought.alongside, strings.ToLower(account.id))
		return meant || c.isTaken(account.id) || !isNew(account.id, account.first)
	})
	found, err := c.matchAccounts(ctx, sought, candidates, 1, true)
	isNew, timeErr := c.newSince(sought.clientID, since, datesThatAgree)
	found.accounts = slices.DeleteFunc(found.accounts, func(account listedAccount) bool { // what is known meanwhile
		return c.isTaken(account.id) || timeErr == nil && !isNew(account.id, account.first)
	})
	switch {
	case err != nil:
	case timeErr != nil:
		err = timeErr
	case now.unreadable != "":
		err = &LookupFailedError{Reason: now.unreadable}
	case found.notLookedUp > 0:
		err = &LookupFailedError{Reason: fmt.Sprintf("%d new accounts are too many to look up the name of each", c.config.MaxCandidates+found.notLookedUp)}
	case slices.ContainsFunc(found.accounts, func(account listedAccount) bool { return account.startingBalance == nil }):
		err = &LookupFailedError{Reason: "the starting balance of a new account of that name cannot be read"}
	}
	return found.shown(sought.clientID, sought.name), err
}

// isTaken: an object that this process or the state has.
func (c *Client) isTaken(id string) bool {
	return c.claims.contains(id) || c.config.Tracked(strings.ToLower(id))
}

// datesThatAgree is from how many responses the server's time must be known to
// adopt by it: one alone may come from a gateway whose clock is another.
const datesThatAgree = 2

// newSince gives the test for what came up after a POST that began at a local
// time. Where no listing was read before it, that needs the server's time, from
// so many responses.
func (c *Client) newSince(clientID string, since time.Time, dates int) (isNew func(id string, made time.Time) bool, err error) {
	if before, ok := c.snapshotBefore(clientID, since); ok {
		return func(id string, _ time.Time) bool { return !before.contains(id) }, nil
	}
	earliest, latest, known := c.clock.between(since, time.Now(), dates)
	if !known {
		return nil, &LookupFailedError{Reason: "no listing was read before the request was sent, and no two responses agree on the server's time, so new accounts cannot be recognised"}
	}
	return func(_ string, made time.Time) bool {
		// What seems to come from the future shows that Date is another clock than
		// the one that dates objects.
		return !made.Add(lookupTolerance).Before(earliest) && !made.Add(-lookupTolerance).After(latest)
	}, nil
}

// findTimeout leaves time for the rate limit's minute and for a slow response.
const findTimeout = 2 * time.Minute

// FindCreditAccounts looks up once the accounts that a creation of unknown outcome
// may have made: of that client, name and starting balance, whenever they were
// made, and tracked by no resource. It is for a person who has to decide.
func (c *Client) FindCreditAccounts(ctx context.Context, clientID, name string, startingBalance *big.Float) ([]CreditAccount, error) {
	return findWithin(ctx, func(ctx context.Context) ([]CreditAccount, error) {
		batches, err := c.creditBatches(ctx, clientID, "", getTries)
		if err != nil {
			return nil, c.lookupError("the listing of the client's credit batches", err)
		}
		candidates := slices.DeleteFunc(accountsIn(batches), func(account listedAccount) bool { return c.isTaken(account.id) })
		found, err := c.matchAccounts(ctx, soughtAccount{clientID: clientID, name: name, startingBalance: startingBalance}, candidates, getTries, true)
		if len(found.accounts) > 0 {
			err = nil // it is these that help
		}
		return found.shown(clientID, name), err
	})
}

// findWithin bounds a lookup that a plan waits for: an API that asks to come
// back would hold it for ever.
func findWithin[T any](ctx context.Context, find func(context.Context) (T, error)) (T, error) {
	finding, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	found, err := find(finding)
	if err != nil && ctx.Err() == nil && finding.Err() != nil {
		err = &LookupFailedError{Reason: fmt.Sprintf("there was no response within %s", findTimeout)}
	}
	return found, err
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
