package mockapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// CreditBatch is a number of credits that were issued together.
type CreditBatch struct {
	ID               string
	Name             string    // "": null in responses
	ExpiresOn        time.Time // zero: never
	StartingBalance  json.Number
	CurrentBalance   json.Number
	ClientID         string
	Status           string // default "active"
	CreatedAt        time.Time
	UpdatedAt        time.Time
	CreditAccountID  string // "": belongs to no account
	AllocatedCredits json.Number

	visibleFrom time.Time // in listings
}

// AddBatch adds a batch without any credit action, as older ones in a real instance may be. ClientID must be a client
// added before (it panics otherwise); CreditAccountID may name anything. Empty fields get the defaults, CreatedAt the
// server's time, CurrentBalance the starting balance. ListingLag does not apply. It returns what is stored.
func (s *Server) AddBatch(b CreditBatch) CreditBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	b.ClientID = s.store.mustClient(b.ClientID).ID
	if b.CreatedAt.IsZero() {
		b.CreatedAt = s.now()
	}
	b.prepare(b.CreatedAt)
	s.store.batches = append(s.store.batches, &b)
	return b
}

// Batches returns copies of all batches in order of creation, the ones that ListingLag still hides included.
func (s *Server) Batches() []CreditBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	batches := make([]CreditBatch, len(s.store.batches))
	for i, b := range s.store.batches {
		batches[i] = *b
	}
	return batches
}

// RemoveBatch makes a batch disappear from the API, whatever made it go. Its credit actions and its account stay as they
// are. An unknown id is no error.
func (s *Server) RemoveBatch(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.batches = slices.DeleteFunc(s.store.batches, func(b *CreditBatch) bool { return sameID(b.ID, id) })
}

// ChangeBatch changes a batch as people and time do: archived, expired, renamed, used up. The balance of its account follows;
// its id stays. The function must not call the Server.
func (s *Server) ChangeBatch(id string, change func(*CreditBatch)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.store.batch(id)
	if b == nil {
		return fmt.Errorf("batch %q does not exist", id)
	}
	changed := *b
	change(&changed)
	changed.ID = b.ID
	s.credit(b.CreditAccountID, new(big.Rat).Sub(exact(changed.CurrentBalance), exact(b.CurrentBalance)), s.now())
	changed.UpdatedAt = atMilliseconds(s.now())
	*b = changed
	return nil
}

// UseCredits draws credits from a batch and its account, as enrolments do, and adds a debit action. The amount must be
// above 0 and in the batch.
func (s *Server) UseCredits(batchID string, amount float64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.store.batch(batchID)
	if b == nil {
		return fmt.Errorf("batch %q does not exist", batchID)
	}
	if math.IsInf(amount, 0) || !(amount > 0) { // the comparison is false for NaN
		return errors.New("the amount must be a number above 0")
	}
	// The shortest decimal that is this float64: 0.1 means a tenth.
	drawn := json.Number(strconv.FormatFloat(amount, 'f', -1, 64))
	if exact(drawn).Cmp(exact(b.CurrentBalance)) > 0 {
		return fmt.Errorf("batch %q holds %s credits only", batchID, b.CurrentBalance)
	}
	before := b.CurrentBalance
	now := s.now()
	s.setBalance(b, decimal(new(big.Rat).Sub(exact(before), exact(drawn))), now)
	s.storeAction(&creditAction{
		action:    debit,
		clientID:  b.ClientID,
		accountID: b.CreditAccountID,
		amount:    drawn,
		batchID:   b.ID,
		before:    before,
		after:     b.CurrentBalance,
		at:        atMilliseconds(now),
	})
	return nil
}

// setBalance changes a batch and, by the same difference, its account. It needs s.mu.
func (s *Server) setBalance(b *CreditBatch, balance json.Number, at time.Time) {
	s.credit(b.CreditAccountID, new(big.Rat).Sub(exact(balance), exact(b.CurrentBalance)), at)
	b.CurrentBalance = balance
	b.UpdatedAt = atMilliseconds(at)
}

// credit adds to an account's balance, if there is such an account. It needs s.mu.
func (s *Server) credit(accountID string, difference *big.Rat, at time.Time) {
	if a := s.store.account(accountID); a != nil {
		a.CurrentBalance = decimal(new(big.Rat).Add(exact(a.CurrentBalance), difference))
		a.UpdatedAt = atMilliseconds(at)
	}
}

// prepare fills in what the API decides.
func (b *CreditBatch) prepare(now time.Time) {
	if b.ID == "" {
		b.ID = newID()
	}
	if b.Status == "" {
		b.Status = "active"
	}
	if b.StartingBalance == "" {
		b.StartingBalance = "0"
	}
	if b.CurrentBalance == "" {
		b.CurrentBalance = b.StartingBalance
	}
	if b.AllocatedCredits == "" {
		b.AllocatedCredits = "0"
	}
	b.CreatedAt = atMilliseconds(now)
	b.UpdatedAt = b.CreatedAt
}

// storeBatch stores a prepared batch, and the credit action of one that belongs to an account. It needs s.mu.
func (s *Server) storeBatch(b *CreditBatch) {
	b.visibleFrom = b.CreatedAt.Add(s.options.ListingLag)
	s.store.batches = append(s.store.batches, b)
	if b.CreditAccountID == "" {
		return
	}
	s.storeAction(&creditAction{
		action:      credit,
		clientID:    b.ClientID,
		accountID:   b.CreditAccountID,
		amount:      b.StartingBalance,
		batchID:     b.ID,
		before:      "0",
		after:       b.StartingBalance,
		at:          b.CreatedAt,
		visibleFrom: b.visibleFrom,
	})
}

type batchAnswer struct {
	ID               string      `json:"id"`
	Name             *string     `json:"name"`
	ExpiresOn        *string     `json:"expiresOn"`
	StartingBalance  json.Number `json:"startingBalance"`
	CurrentBalance   json.Number `json:"currentBalance"`
	ClientID         string      `json:"clientId"`
	Status           string      `json:"status"`
	CreatedAt        string      `json:"createdAt"`
	UpdatedAt        string      `json:"updatedAt"`
	CreditAccountID  *string     `json:"creditAccountId"`
	AllocatedCredits json.Number `json:"allocatedCredits"`
}

func (b CreditBatch) answer() batchAnswer {
	return batchAnswer{
		ID:               b.ID,
		Name:             optional(b.Name),
		ExpiresOn:        optionalStamp(b.ExpiresOn),
		StartingBalance:  b.StartingBalance,
		CurrentBalance:   b.CurrentBalance,
		ClientID:         b.ClientID,
		Status:           b.Status,
		CreatedAt:        stamp(b.CreatedAt),
		UpdatedAt:        stamp(b.UpdatedAt),
		CreditAccountID:  optional(b.CreditAccountID),
		AllocatedCredits: b.AllocatedCredits,
	}
}

var listCreditBatchesRoute = route{
	method:  http.MethodGet,
	pattern: "/clients/{id}/creditBatches",
	params: []param{
		{name: "clientId", required: true, kind: paramUUID},
		{name: "creditAccountId", kind: paramUUID},
	},
	listing: true,
	handle:  (*Server).listCreditBatches,
}

func (s *Server) listCreditBatches(c call) result {
	accountID := c.query["creditAccountId"]
	var entries []any
	for _, b := range s.store.batches {
		wanted := sameID(b.ClientID, c.client.ID) && (accountID == "" || sameID(b.CreditAccountID, accountID))
		if wanted && !c.now.Before(b.visibleFrom) {
			entries = append(entries, b.answer())
		}
	}
	return list("APICreditBatchesByClientAndCreditAccount", listing{
		name:    "creditBatches",
		beside:  map[string]any{"clientId": c.client.ID, "creditAccountId": optional(accountID)},
		entries: entries,
	})
}

var createCreditBatchRoute = route{
	method:  http.MethodPost,
	pattern: "/clients/{id}/creditBatches",
	fields: []field{
		{name: "startingBalance", kind: fieldBalance, required: true},
		{name: "clientId", kind: fieldUUID},
		{name: "creditAccountId", kind: fieldUUID},
		{name: "name", kind: fieldName},
		{name: "expiresOn", kind: fieldTimestamp},
	},
	handle: (*Server).createCreditBatch,
}

func (s *Server) createCreditBatch(c call) result {
	b := &CreditBatch{
		Name:            s.storedName(c.body.text("name")),
		ExpiresOn:       c.body.time("expiresOn"),
		StartingBalance: c.body.number("startingBalance"),
		ClientID:        c.client.ID,
	}
	if id := c.body.text("creditAccountId"); id != "" {
		a := s.store.account(id)
		if a == nil || a.ClientID != c.client.ID {
			return *refuse(http.StatusUnprocessableEntity, "creditAccountId is no credit account of the client")
		}
		b.CreditAccountID = a.ID
		if b.Name == "" {
			b.Name = a.label()
		}
		if b.ExpiresOn.IsZero() {
			b.ExpiresOn = a.expiry(c.now)
		}
	}
	b.prepare(c.now)
	return result{
		status:  http.StatusCreated,
		payload: &payload{operation: "CreateCreditBatch", object: b.answer()},
		commit: func(at time.Time) {
			b.prepare(at)
			s.storeBatch(b)
			s.credit(b.CreditAccountID, exact(b.StartingBalance), at)
		},
	}
}

var updateCreditBatchRoute = route{
	method:  http.MethodPut,
	pattern: "/clients/creditBatches/{creditBatchId}",
	fields: []field{
		{name: "name", kind: fieldName},
		{name: "expiresOn", kind: fieldTimestamp},
		{name: "currentBalance", kind: fieldInteger},
	},
	handle: (*Server).updateCreditBatch,
}

func (s *Server) updateCreditBatch(c call) result {
	b := s.store.batch(c.path["creditBatchId"])
	if b == nil {
		return *refuse(http.StatusNotFound, "credit batch %s does not exist", c.path["creditBatchId"])
	}
	change := func(b *CreditBatch, at time.Time) {
		if name := s.storedName(c.body.text("name")); name != "" {
			b.Name = name
		}
		if expiresOn := c.body.time("expiresOn"); !expiresOn.IsZero() {
			b.ExpiresOn = expiresOn
		}
		b.UpdatedAt = atMilliseconds(at)
	}
	balance, hasBalance := c.body["currentBalance"].(json.Number)

	planned := *b
	change(&planned, c.now)
	if hasBalance {
		planned.CurrentBalance = balance
	}
	return result{
		status:  http.StatusOK,
		payload: &payload{operation: "UpdateCreditBatch", object: planned.answer()},
		commit: func(at time.Time) {
			change(b, at)
			if hasBalance {
				s.setBalance(b, balance, at)
			}
		},
	}
}
