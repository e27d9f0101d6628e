package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// CreditBatch is an element of GET /clients/:id/creditBatches, and what the
// responses to creating and changing one have.
type CreditBatch struct {
	// ID and CreditAccountID are set only if they are UUIDs.
	ID               Optional[string]
	Name             Optional[string]
	ClientID         Optional[string]
	CreditAccountID  Optional[string]
	Status           Optional[string]
	StartingBalance  Optional[*big.Float]
	CurrentBalance   Optional[*big.Float]
	AllocatedCredits Optional[*big.Float]
	// ExpiresOn, CreatedAt and UpdatedAt are ISO 8601, as the API wrote them.
	ExpiresOn Optional[string]
	CreatedAt Optional[string]
	UpdatedAt Optional[string]
}

func readCreditBatch(from object) CreditBatch {
	batch := CreditBatch{
		Name:             readString(from, "name"),
		ClientID:         readString(from, "clientId"),
		CreditAccountID:  read(from, "creditAccountId", plausibleUUID),
		Status:           readString(from, "status"),
		StartingBalance:  readNumber(from, "startingBalance"),
		CurrentBalance:   readNumber(from, "currentBalance"),
		AllocatedCredits: readNumber(from, "allocatedCredits"),
		ExpiresOn:        readString(from, "expiresOn"),
		CreatedAt:        readString(from, "createdAt"),
		UpdatedAt:        readString(from, "updatedAt"),
	}
	if id, ok := plausibleUUID(from["id"]); ok {
		batch.ID = optional(id)
	}
	return batch
}

// decodeCreditBatch reads the response to a creation or a change; false where it
// gives no id.
func decodeCreditBatch(raw []byte, name string) (CreditBatch, bool) {
	tree, _ := decodeLenient(raw)
	from := responseObject(tree, name, hasUUID)
	if from == nil {
		return CreditBatch{}, false
	}
	return readCreditBatch(from), true
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

// balance that the batch started with; nil where it cannot be read.
func (b CreditBatch) balance() *big.Float {
	if b.StartingBalance.Value == nil {
		return nil
	}
	return *b.StartingBalance.Value
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
	return cached(ctx, c, clientID, "creditBatches "+strings.ToLower(creditAccountID), func(ctx context.Context) ([]CreditBatch, error) {
		return c.creditBatches(ctx, clientID, creditAccountID, getTries)
	})
}

// creditBatches is GET /clients/:id/creditBatches, all pages of it, asked of the
// server. An empty creditAccountID asks for those of all accounts. A listing that
// changes while it is read can repeat a page and miss another, and is read anew.
func (c *Client) creditBatches(ctx context.Context, clientID, creditAccountID string, tries int) ([]CreditBatch, error) {
	query := url.Values{"clientId": {clientID}}
	if creditAccountID != "" {
		query.Set("creditAccountId", creditAccountID)
	}
	for reading := 1; ; reading++ {
		var batches []CreditBatch
		walk := newListWalk("APICreditBatchesByClientAndCreditAccount", "creditBatches", &c.paging, func(element object) bool {
			batches = append(batches, readCreditBatch(element))
			return true
		})
		err := c.follow(ctx, tries, query, walk, "clients", clientID, "creditBatches")
		c.noteOwners(clientID, batches)
		if err == nil && walk.missed() {
			err = &ResponseError{Reason: "the listing of credit batches changed while it was read", changed: true}
		}
		var unread *ResponseError
		if !errors.As(err, &unread) || !unread.changed || reading >= tries {
			return batches, err
		}
	}
}

// EachCreditBatch hands over the batches of a client, or of one of its accounts
// where creditAccountID is not empty, page by page as they are read, until each
// returns false. Then no further page is asked for. Nothing of it is cached.
func (c *Client) EachCreditBatch(ctx context.Context, clientID, creditAccountID string, each func(CreditBatch) bool) error {
	query := url.Values{"clientId": {clientID}}
	if creditAccountID != "" {
		query.Set("creditAccountId", creditAccountID)
	}
	return c.getPagesWhile(ctx, getTries, query, "APICreditBatchesByClientAndCreditAccount", "creditBatches", func(element object) bool {
		batch := readCreditBatch(element)
		ofOther := creditAccountID != "" && !strings.EqualFold(text(batch.CreditAccountID.Value), creditAccountID)
		return ofOther || each(batch)
	}, "clients", clientID, "creditBatches")
}

// CreditBatchRequest is the body of POST /clients/:id/creditBatches. A nil
// pointer is left out of the body.
type CreditBatchRequest struct {
	// ClientID is a UUID; it is sent in the path and in the body.
	ClientID string
	// StartingBalance in credits, 0 or more.
	StartingBalance *big.Float
	// CreditAccountID is the account that the credits go to.
	CreditAccountID *string
	// Name is shown in the product; not empty.
	Name *string
	// ExpiresOn is the end of the credits, sent to the millisecond.
	ExpiresOn *time.Time
}

// MarshalJSON writes the documented fields, numbers in plain decimals.
func (r CreditBatchRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ClientID        string      `json:"clientId"`
		StartingBalance json.Number `json:"startingBalance"`
		CreditAccountID *string     `json:"creditAccountId,omitempty"`
		Name            *string     `json:"name,omitempty"`
		ExpiresOn       *string     `json:"expiresOn,omitempty"`
	}{r.ClientID, decimal(r.StartingBalance), r.CreditAccountID, r.Name, timestamp(r.ExpiresOn)})
}

// timestamp writes a time as the API documents it: UTC, with milliseconds.
func timestamp(at *time.Time) *string {
	if at == nil {
		return nil
	}
	text := at.UTC().Format("2006-01-02T15:04:05.000Z")
	return &text
}

// CreateCreditBatch is POST /clients/:id/creditBatches, by the rules of
// CreateCreditAccount and with its errors.
func (c *Client) CreateCreditBatch(ctx context.Context, request CreditBatchRequest, allowed time.Duration) (Creation[CreditBatch], error) {
	body, err := json.Marshal(request)
	if err != nil {
		return Creation[CreditBatch]{}, &NotCreatedError{Reason: "the request could not be written as JSON"}
	}
	defer c.invalidate(request.ClientID)
	// Batches that a lookup can mistake for one another have one key. The name is
	// not part of it: the API chooses one if none is sent, so such a batch is
	// looked up without its name.
	balance := 0.0
	if request.StartingBalance != nil {
		balance, _ = request.StartingBalance.Float64() // as sameBalance compares
	}
	key := createKey{operation: "batch", client: strings.ToLower(request.ClientID), account: strings.ToLower(text(request.CreditAccountID)), balance: balance}
	return create(ctx, c, createSpec[CreditBatch]{
		key:     key,
		address: c.endpoint(nil, "clients", request.ClientID, "creditBatches"),
		body:    body,
		read: func(response []byte) (CreditBatch, bool) {
			return decodeCreditBatch(response, "CreateCreditBatch")
		},
		before: func(ctx context.Context) (existing[CreditBatch], error) { return c.batchBefore(ctx, request) },
		after: func(ctx context.Context, since time.Time) ([]CreditBatch, error) {
			return c.batchesAfter(ctx, request, since)
		},
		id:            func(batch CreditBatch) string { return text(batch.ID.Value) },
		existedBefore: func(id string, began time.Time) bool { return c.existedBefore(request.ClientID, id, began) },
		claim: func(batch CreditBatch) bool {
			id := text(batch.ID.Value)
			return !c.config.Tracked(strings.ToLower(id)) && c.claims.claim(id)
		},
	}, allowed)
}

// CreditBatchChange is the body of PUT /clients/creditBatches/:id; what is nil
// stays as it is.
type CreditBatchChange struct {
	Name      *string
	ExpiresOn *time.Time
}

// MarshalJSON writes the documented fields that change.
func (r CreditBatchChange) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Name      *string `json:"name,omitempty"`
		ExpiresOn *string `json:"expiresOn,omitempty"`
	}{r.Name, timestamp(r.ExpiresOn)})
}

// updateAtMost bounds a change that the API puts off: nothing else does.
const updateAtMost = 20 * time.Minute

// UpdateCreditBatch is PUT /clients/creditBatches/:id. It says what a batch is
// to be, so it is repeated on passing faults, for 20 minutes at most. The error
// is *APIError or *ResponseError; what the response did not have is unset.
func (c *Client) UpdateCreditBatch(ctx context.Context, clientID, batchID string, change CreditBatchChange) (CreditBatch, error) {
	body, err := json.Marshal(change)
	if err != nil {
		return CreditBatch{}, &ResponseError{Reason: "the request could not be written as JSON"}
	}
	defer c.invalidate(clientID)
	waiting, cancel := context.WithTimeout(ctx, updateAtMost)
	defer cancel()
	attempt, err := c.repeat(waiting, call{method: http.MethodPut, address: c.endpoint(nil, "clients", "creditBatches", batchID), body: body}, getTries)
	switch {
	case err != nil && ctx.Err() == nil && waiting.Err() != nil:
		return CreditBatch{}, &ResponseError{Reason: fmt.Sprintf("the API put the change off for %s", updateAtMost)}
	case err != nil:
		return CreditBatch{}, err
	}
	tree, _ := decodeLenient(attempt.Body)
	if err := c.errorIn(tree, attempt.Status); err != nil {
		return CreditBatch{}, err
	}
	batch, _ := decodeCreditBatch(attempt.Body, "UpdateCreditBatch")
	return batch, nil
}

// text returns what a pointer points to; empty for none.
func text(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}
