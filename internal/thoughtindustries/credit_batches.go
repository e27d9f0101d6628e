package thoughtindustries

import (
	"context"
	"math/big"
	"net/url"
	"strings"
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

// CreditBatches gives the batches of a client, or of one of its accounts where
// creditAccountID is not empty, as remembered until something changes there.
//
// The accounts of a client are served by its one listing. That it holds the
// batches of all accounts is not stated by the vendor, so an account that is
// not in it is asked for by itself.
func (c *Client) CreditBatches(ctx context.Context, clientID, creditAccountID string) ([]CreditBatch, error) {
	batches, err := c.rememberedBatches(ctx, clientID, "")
	if err != nil || creditAccountID == "" {
		return batches, err
	}
	if found := batchesOf(batches, creditAccountID); len(found) > 0 {
		return found, nil
	}
	batches, err = c.rememberedBatches(ctx, clientID, creditAccountID)
	return batchesOf(batches, creditAccountID), err
}

// batchesOf gives those of an account.
func batchesOf(batches []CreditBatch, creditAccountID string) []CreditBatch {
	var found []CreditBatch
	for _, batch := range batches {
		if batch.CreditAccountID.Value != nil && strings.EqualFold(*batch.CreditAccountID.Value, creditAccountID) {
			found = append(found, batch)
		}
	}
	return found
}

func (c *Client) rememberedBatches(ctx context.Context, clientID, creditAccountID string) ([]CreditBatch, error) {
	return remembered(ctx, c, clientID, "creditBatches "+strings.ToLower(creditAccountID), func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, creditAccountID, getTries)
	})
}

// creditBatches is GET /clients/:id/creditBatches, all pages of it, asked of the
// server. An empty creditAccountID asks for those of all accounts.
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
