package thoughtindustries

import (
	"context"
	"strings"
)

// AccountCheck is what the API returns about an account that is imported or taken over.
type AccountCheck struct {
	// Listed is the account as its client's listing shows it; nil where a
	// complete listing does not.
	Listed *ListedAccount
	// OtherClient is the client that it belongs to by what the API returns;
	// empty where that is the one that was named, or not returned.
	OtherClient string
}

// CheckCreditAccount looks up an account in its client's listing, which is read
// once for all checks of a process, and asks its credit actions what they return
// of it. The error is *LookupRefusedError or *LookupFailedError.
func (c *Client) CheckCreditAccount(ctx context.Context, clientID, accountID string) (AccountCheck, error) {
	var check AccountCheck
	known, err := c.clientSnapshot(ctx, clientID)
	if err != nil {
		return check, err
	}
	if other, ok := c.owners.peek(strings.ToLower(accountID)); ok && !strings.EqualFold(other, clientID) {
		check.OtherClient = other
		return check, nil
	}
	name, err := c.accountName(ctx, clientID, accountID, getTries, false)
	account := known.account(accountID)
	if account == nil {
		if other, ok := c.owners.peek(strings.ToLower(accountID)); ok && !strings.EqualFold(other, clientID) {
			check.OtherClient = other
		}
		if isRefusal(err) {
			err = nil // the listing is complete, and an unknown account is refused as well
		}
		return check, c.lookupError("the credit actions of account "+accountID, err)
	}
	check.Listed = &ListedAccount{ID: account.id, Name: name, StartingBalance: account.startingBalance, CurrentBalance: account.currentBalance, CreatedAt: account.createdAt}
	if isRefusal(err) {
		err = nil // the listing is enough
	}
	return check, c.lookupError("the credit actions of account "+accountID, err)
}

// ClientOfCreditAccount gives the client of an account as a response said that
// this process has read; false where none did. It sends nothing.
func (c *Client) ClientOfCreditAccount(accountID string) (clientID string, ok bool) {
	return c.owners.peek(strings.ToLower(accountID))
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
