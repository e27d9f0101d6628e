package thoughtindustries

import (
	"context"
	"math/big"
	"net/url"
	"time"
)

// CreditBatch is an element of GET /clients/:id/creditBatches.
type CreditBatch struct {
	ID               Told[string]
	Name             Told[string]
	ClientID         Told[string]
	CreditAccountID  Told[string]
	Status           Told[string]
	StartingBalance  Told[*big.Float]
	CurrentBalance   Told[*big.Float]
	AllocatedCredits Told[*big.Float]
	// ExpiresOn, CreatedAt and UpdatedAt are ISO 8601, as the API wrote them.
	ExpiresOn Told[string]
	CreatedAt Told[string]
	UpdatedAt Told[string]
}

func readCreditBatch(from object) CreditBatch {
	return CreditBatch{
		ID:               readString(from, "id"),
		Name:             readString(from, "name"),
		ClientID:         readString(from, "clientId"),
		CreditAccountID:  readString(from, "creditAccountId"),
		Status:           readString(from, "status"),
		StartingBalance:  readNumber(from, "startingBalance"),
		CurrentBalance:   readNumber(from, "currentBalance"),
		AllocatedCredits: readNumber(from, "allocatedCredits"),
		ExpiresOn:        readString(from, "expiresOn"),
		CreatedAt:        readString(from, "createdAt"),
		UpdatedAt:        readString(from, "updatedAt"),
	}
}

// created is when the batch was made; the zero time where that cannot be read.
func (b CreditBatch) created() time.Time {
	if b.CreatedAt.Value == nil {
		return time.Time{}
	}
	at, err := time.Parse(time.RFC3339Nano, *b.CreatedAt.Value)
	if err != nil {
		return time.Time{}
	}
	return at
}

// CreditBatches is GET /clients/:id/creditBatches, all pages of it. An empty
// creditAccountID asks for those of all accounts.
func (c *Client) CreditBatches(ctx context.Context, clientID, creditAccountID string) ([]CreditBatch, error) {
	return c.creditBatches(ctx, clientID, creditAccountID, getTries)
}

func (c *Client) creditBatches(ctx context.Context, clientID, creditAccountID string, tries int) ([]CreditBatch, error) {
	query := url.Values{"clientId": {clientID}}
	if creditAccountID != "" {
		query.Set("creditAccountId", creditAccountID)
	}
	var batches []CreditBatch
	err := c.getPages(ctx, tries, query, "APICreditBatchesByClientAndCreditAccount", "creditBatches",
		func(element object) { batches = append(batches, readCreditBatch(element)) },
		"clients", clientID, "creditBatches")
	return batches, err
}
