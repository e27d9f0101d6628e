package thoughtindustries

import (
	"cmp"
	"context"
	"iter"
	"math"
	"math/big"
	"slices"
	"strings"
)

// ListedAccount is a credit account as its batches and actions show it: no
// endpoint lists accounts, so one that never had a batch is not among them.
type ListedAccount struct {
	// ID is never empty.
	ID string
	// Name is empty where the account's credit actions do not return it.
	Name string
	// StartingBalance is that of the account's first batch; nil where it cannot be read.
	StartingBalance *big.Float
	// CurrentBalance is that of its active batches; nil where it cannot be read.
	CurrentBalance *big.Float
	// CreatedAt is when its first batch was made, ISO 8601 as the API wrote it.
	CreatedAt Optional[string]
}

// CreditAccounts gives the accounts of a client, oldest first, from one listing
// of its batches and, for their names, one request an account. Both are kept.
func (c *Client) CreditAccounts(ctx context.Context, clientID string) ([]ListedAccount, error) {
	var accounts []ListedAccount
	listing, err := c.StartAccountListing(ctx, clientID)
	if err != nil {
		return nil, err
	}
	for account, err := range listing.Accounts(ctx, func() int { return math.MaxInt }) {
		if err != nil {
			return nil, err
		}
		accounts = append(accounts, account)
	}
	return accounts, nil
}

// AccountListing is a client's accounts, whose names are asked for as they are read.
type AccountListing struct {
	client   *Client
	clientID string
	accounts []listedAccount
	active   map[string]*big.Float
}

// StartAccountListing reads the batches of a client, to their end: an account's
// balances are in all of them.
func (c *Client) StartAccountListing(ctx context.Context, clientID string) (*AccountListing, error) {
	batches, err := c.CreditBatches(ctx, clientID, "")
	if err != nil {
		return nil, err
	}
	accounts := accountsIn(batches)
	slices.SortFunc(accounts, func(a, b listedAccount) int {
		return cmp.Or(a.first.Compare(b.first), strings.Compare(a.id, b.id))
	})
	return &AccountListing{client: c, clientID: clientID, accounts: accounts, active: activeBalances(batches)}, nil
}

// Len is how many accounts there are.
func (l *AccountListing) Len() int { return len(l.accounts) }

// Accounts gives the accounts, oldest first, as soon as the name of each is
// known. An error is of one account, which comes with it. needed says how many
// more accounts are needed at least: no more names are asked for ahead.
func (l *AccountListing) Accounts(ctx context.Context, needed func() int) iter.Seq2[ListedAccount, error] {
	return func(yield func(ListedAccount, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		type response struct {
			name string
			err  error
		}
		responses := make([]chan response, len(l.accounts))
		for i, account := range l.accounts {
			ahead := min(needed(), l.client.config.MaxConcurrentRequests, len(l.accounts)-i)
			for j := i; j < i+ahead; j++ {
				if responses[j] != nil {
					continue
				}
				responses[j] = make(chan response, 1)
				go func() {
					name, err := l.client.accountName(ctx, l.clientID, l.accounts[j].id, getTries, false)
					responses[j] <- response{name, err}
				}()
			}
			if ahead <= 0 {
				return
			}
			named := <-responses[i]
			if !yield(ListedAccount{
				ID: account.id, Name: named.name, CreatedAt: account.createdAt,
				StartingBalance: account.startingBalance, CurrentBalance: l.active[strings.ToLower(account.id)],
			}, named.err) {
				return
			}
		}
	}
}

// activeBalances gives the total of the active batches by account id in lower
// case; nil if it is not known.
func activeBalances(batches []CreditBatch) map[string]*big.Float {
	byAccount := map[string][]CreditBatch{}
	for _, batch := range batches {
		if batch.CreditAccountID.Value != nil {
			id := strings.ToLower(*batch.CreditAccountID.Value)
			byAccount[id] = append(byAccount[id], batch)
		}
	}
	totals := map[string]*big.Float{}
	for id, batches := range byAccount {
		totals[id] = ActiveBalance(batches)
	}
	return totals
}

// ActiveBalance gives the credits in those of the batches that are active: what
// can be spent. It is nil where the status of a batch, or the balance of an
// active one, was not returned.
func ActiveBalance(batches []CreditBatch) *big.Float {
	// Decimals: in binary, a tenth and two tenths are not quite three.
	total := new(big.Rat)
	for _, batch := range batches {
		if batch.Status.Value == nil {
			return nil
		}
		if !strings.EqualFold(*batch.Status.Value, "active") {
			continue
		}
		if batch.CurrentBalance.Value == nil {
			return nil
		}
		amount, ok := new(big.Rat).SetString((*batch.CurrentBalance.Value).Text('g', -1))
		if !ok {
			return nil
		}
		total.Add(total, amount)
	}
	digits, _ := total.FloatPrec()
	sum, ok := ParseNumber(total.FloatString(digits))
	if !ok {
		return nil
	}
	return sum
}
