package thoughtindustries

import (
	"context"
	"strings"
)

// AccountCheck is what the API returns about an account that is imported or taken over.
type AccountCheck struct {
	// Listed has the account's id, name and starting balance, as its client's
	// listing and its credit actions show them; nil where a complete listing does
	// not show it.
	Listed *ListedAccount
	// OtherClient is the client that it belongs to by what the API returns;
	// empty where that is the one that was named, or not returned.
	OtherClient string
}

// CheckCreditAccount looks up an account in its client's listing, which is read
// once for all checks of a process, and asks its credit actions what they return
// of it. The error is *LookupRefusedError or *LookupFailedError.
func (c *Client) CheckCreditAccount(ctx context.Context, clientID, accountID string) (AccountCheck, error) {
	known, err := c.clientSnapshot(ctx, clientID)
	if err != nil {
		return AccountCheck{}, err
	}
	if other := c.otherClientOf(accountID, clientID); other != "" {
		return AccountCheck{OtherClient: other}, nil
	}
	name, err := c.accountName(ctx, clientID, accountID, getTries, false)
	if isRefusal(err) {
		err = nil // the listing is enough, and an unknown account is refused as well
	}
	err = c.lookupError("the credit actions of account "+accountID, err)
	account := known.account(accountID)
	if account == nil {
		return AccountCheck{OtherClient: c.otherClientOf(accountID, clientID)}, err
	}
	return AccountCheck{Listed: &ListedAccount{ID: account.id, Name: name, StartingBalance: account.startingBalance}}, err
}

// otherClientOf gives the client that an account belongs to by what this process
// has read; empty where that is the one that is named, or not known.
func (c *Client) otherClientOf(accountID, clientID string) string {
	if owner, ok := c.owners.peek(strings.ToLower(accountID)); ok && !strings.EqualFold(owner, clientID) {
		return owner
	}
	return ""
}

// noteOwners keeps whose accounts a listing shows.
func (c *Client) noteOwners(clientID string, batches []CreditBatch) {
	for _, batch := range batches {
		if batch.CreditAccountID.Value == nil {
			continue
		}
		owner := clientID
		if batch.ClientID.Value != nil {
			owner = *batch.ClientID.Value
		}
		c.owners.put(strings.ToLower(*batch.CreditAccountID.Value), owner)
	}
}
