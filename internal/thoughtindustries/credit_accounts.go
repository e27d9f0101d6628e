package thoughtindustries

import (
	"context"
	"encoding/json"
	"math/big"
	"strings"
	"time"
)

// CreditAccountRequest is the body of POST /clients/:id/creditAccounts. A nil
// pointer is left out of the body; the lists are always sent, also when empty.
type CreditAccountRequest struct {
	// ClientID is a UUID; it is sent in the path and in the body.
	ClientID string
	// Name is shown in the product; not empty.
	Name string
	// StartingBalance in credits, 0 or more.
	StartingBalance *big.Float
	// NotifyEmails are notified of activity.
	NotifyEmails []string
	// LicenseIDs are associated with the account.
	LicenseIDs []string
	// Type is client or company; others are sent as they are.
	Type *string
	// BatchDaysUntilExpire is the days after which a batch expires, 0 or more.
	BatchDaysUntilExpire *int64
	// MinimumBatchAmount in credits is the least that one batch must have, 0 or more.
	MinimumBatchAmount *int64
	// CreditBatchName labels the batches of the account.
	CreditBatchName *string
	// Alongside are the ids of accounts of the same name beside which this one may
	// be created. They are not sent.
	Alongside []string
}

// MarshalJSON writes the documented fields, numbers in plain decimals.
func (r CreditAccountRequest) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		ClientID             string      `json:"clientId"`
		Name                 string      `json:"name"`
		StartingBalance      json.Number `json:"startingBalance"`
		NotifyEmails         []string    `json:"notifyEmails"`
		LicenseIDs           []string    `json:"licenseIds"`
		Type                 *string     `json:"type,omitempty"`
		BatchDaysUntilExpire *int64      `json:"batchDaysUntilExpire,omitempty"`
		MinimumBatchAmount   *int64      `json:"minimumBatchAmount,omitempty"`
		CreditBatchName      *string     `json:"creditBatchName,omitempty"`
	}{
		r.ClientID, r.Name, decimal(r.StartingBalance), list(r.NotifyEmails), list(r.LicenseIDs),
		r.Type, r.BatchDaysUntilExpire, r.MinimumBatchAmount, r.CreditBatchName,
	})
}

// decimal writes the shortest decimal that reads back as the same number, and
// no exponent: 0.1 stays 0.1 and 1e15 is written as an integer.
func decimal(number *big.Float) json.Number {
	if number == nil {
		return "0"
	}
	return json.Number(number.Text('f', -1))
}

func list(values []string) []string {
	if values == nil {
		return []string{}
	}
	return values
}

// Sublicense is one of an account's, as the response to its creation lists them.
type Sublicense struct {
	ID      Optional[string]
	Deleted Optional[bool]
}

// CreditAccount is what was returned of an account: by the response to its creation,
// or by the lookup, which returns less.
type CreditAccount struct {
	// ID is never empty.
	ID             string
	ClientID       Optional[string]
	Name           Optional[string]
	Status         Optional[string]
	Type           Optional[string]
	CurrentBalance Optional[*big.Float]
	// StartingBalance is that of its first batch; a creation does not return it.
	StartingBalance      Optional[*big.Float]
	BatchDaysUntilExpire Optional[int64]
	MinimumBatchAmount   Optional[int64]
	Sublicenses          Optional[[]Sublicense]
	// CreatedAt and UpdatedAt are ISO 8601, as the API wrote them.
	CreatedAt Optional[string]
	UpdatedAt Optional[string]
}

// decodeCreditAccount reads the response to a creation; false if it has no id.
func decodeCreditAccount(raw []byte) (CreditAccount, bool) {
	tree, _ := decodeLenient(raw)
	from := responseObject(tree, "APICreateCreditAccount", hasUUID)
	if from == nil {
		return CreditAccount{}, false
	}
	id, _ := plausibleUUID(from["id"])
	return CreditAccount{
		ID:                   id,
		ClientID:             readString(from, "clientId"),
		Name:                 readString(from, "name"),
		Status:               readString(from, "status"),
		Type:                 readString(from, "type"),
		CurrentBalance:       readNumber(from, "currentBalance"),
		BatchDaysUntilExpire: readInteger(from, "batchDaysUntilExpire"),
		MinimumBatchAmount:   readInteger(from, "minimumBatchAmount"),
		Sublicenses:          read(from, "sublicenses", readSublicenses),
		CreatedAt:            readString(from, "createdAt"),
		UpdatedAt:            readString(from, "updatedAt"),
	}, true
}

// ReadCreditAccount reads the response to a creation that somebody else sent;
// false where it gives no id. It sends nothing.
func ReadCreditAccount(response []byte) (CreditAccount, bool) { return decodeCreditAccount(response) }

func readSublicenses(value any) ([]Sublicense, bool) {
	elements, ok := value.([]any)
	if !ok {
		return nil, false
	}
	result := make([]Sublicense, 0, len(elements))
	for _, element := range elements {
		from, ok := element.(object)
		if !ok {
			return nil, false
		}
		result = append(result, Sublicense{ID: readString(from, "id"), Deleted: readBool(from, "deleted")})
	}
	return result, true
}

// CreateCreditAccount is POST /clients/:id/creditAccounts with every rule that
// keeps one declared account one account. allowed covers waiting for a turn
// and for Retry-After; neither a POST that has begun nor the lookup after it is
// cut by it.
//
// The error is one of *ExistsError, *LookupFailedError, *APIError,
// *NotCreatedError (each: nothing was created) and *UnknownOutcomeError (nobody
// can tell, and the account must not be created again).
func (c *Client) CreateCreditAccount(ctx context.Context, request CreditAccountRequest, allowed time.Duration) (Creation[CreditAccount], error) {
	body, err := json.Marshal(request)
	if err != nil {
		return Creation[CreditAccount]{}, &NotCreatedError{Reason: "the request could not be written as JSON"}
	}
	defer c.invalidate(request.ClientID)
	sought := soughtBy(request)
	return create(ctx, c, createSpec[CreditAccount]{
		key:     createKey{operation: "account", client: strings.ToLower(request.ClientID), name: NormalizeName(request.Name)},
		address: c.endpoint(nil, "clients", request.ClientID, "creditAccounts"),
		body:    body,
		read: func(response []byte) (CreditAccount, bool) {
			account, ok := decodeCreditAccount(response)
			return account, ok && !strings.EqualFold(account.ID, request.ClientID)
		},
		before: func(ctx context.Context) (existing[CreditAccount], error) { return c.accountBefore(ctx, sought) },
		after: func(ctx context.Context, since time.Time) ([]CreditAccount, error) {
			return c.accountsAfter(ctx, sought, since)
		},
		id:            func(account CreditAccount) string { return account.ID },
		existedBefore: func(id string, began time.Time) bool { return c.existedBefore(request.ClientID, id, began) },
		claim: func(account CreditAccount) bool {
			if c.config.Tracked(strings.ToLower(account.ID)) || !c.claims.claim(account.ID) {
				return false
			}
			c.claims.open(account.ID, request.StartingBalance)
			c.names.put(strings.ToLower(account.ID), nameResponse{name: request.Name})
			return true
		},
	}, allowed)
}

// existedBefore reports whether the listing that was read before a request began
// shows an object.
func (c *Client) existedBefore(clientID, id string, began time.Time) bool {
	before, ok := c.snapshotBefore(clientID, began)
	return ok && before.contains(id)
}

// ClaimCreditAccount reports whether nobody in this process has that account
// yet, and takes it. It sends nothing.
func (c *Client) ClaimCreditAccount(accountID string) bool {
	return c.claims.claim(accountID)
}
