package thoughtindustries

import (
	"context"
	"math/big"
	"strings"

	"golang.org/x/sync/errgroup"
)

// ListedAccount is a credit account as its batches and actions show it: no
// endpoint lists accounts, so one that never had a batch is not among them.
type ListedAccount struct {
	// ID is never empty.
	ID string
	// Name is empty where the account's credit actions do not tell it.
	Name string
	// StartingBalance is that of the account's first batch; nil where it cannot be read.
	StartingBalance *big.Float
	// CurrentBalance is that of its active batches; nil where it cannot be read.
	CurrentBalance *big.Float
	// CreatedAt is when its first batch was made, ISO 8601 as the API wrote it.
	CreatedAt Optional[string]
}

// CreditAccounts gives the accounts of a client, from one listing of its
// batches and, for their names, one question an account. Both are kept.
func (c *Client) CreditAccounts(ctx context.Context, clientID string) ([]ListedAccount, error) {
	batches, err := c.CreditBatches(ctx, clientID, "")
	if err != nil {
		return nil, err
	}
	seen := accountsIn(batches)
	active := activeBalances(batches)
	accounts := make([]ListedAccount, len(seen))
	asking, askingCtx := errgroup.WithContext(ctx)
	asking.SetLimit(c.config.MaxConcurrentRequests)
	for i, account := range seen {
		asking.Go(func() error {
			name, err := c.accountName(askingCtx, clientID, account.id, getTries, false)
			accounts[i] = ListedAccount{
				ID: account.id, Name: name, CreatedAt: account.createdAt,
				StartingBalance: account.startingBalance, CurrentBalance: active[strings.ToLower(account.id)],
			}
			return err
		})
	}
	return accounts, asking.Wait()
}

// activeBalances gives the total of the active batches by account id in lower
// case; nil where it cannot be told.
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
// active one, was not told.
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
