package mockapi

import (
	"cmp"
	"encoding/json"
	"fmt"
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

// AddBatch adds a batch without a credit action. ClientID must be a client that was added (it panics otherwise);
// CreditAccountID may name anything. ListingLag does not apply. Empty fields get the API's defaults. It returns what is
// stored.
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

// Batches returns copies of all batches in order of creation, including those that ListingLag still hides.
func (s *Server) Batches() []CreditBatch {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.store.batches)
}

// RemoveBatch removes a batch, but neither its credit actions nor its account. An unknown ID is no error.
func (s *Server) RemoveBatch(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.store.batches = slices.DeleteFunc(s.store.batches, func(b *CreditBatch) bool { return sameID(b.ID, id) })
}

// ChangeBatch changes a batch as people and time do: archived, expired, renamed, used up. The function must not call
// the Server.
func (s *Server) ChangeBatch(id string, change func(*CreditBatch)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.store.batch(id)
	if b == nil {
		return fmt.Errorf("batch %q does not exist", id)
	}
	change(b)
	b.UpdatedAt = atMilliseconds(s.now())
	return nil
}

// UseCredits draws credits from a batch, as enrolments do, and adds a debit action.
func (s *Server) UseCredits(batchID string, amount float64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.store.batch(batchID)
	if b == nil {
		return fmt.Errorf("batch %q does not exist", batchID)
	}
	// The shortest decimal that is this float64: 0.1 means a tenth.
	drawn := json.Number(strconv.FormatFloat(amount, 'f', -1, 64))
	before := b.CurrentBalance
	after := new(big.Rat).Sub(exact(before), exact(drawn))
	if amount <= 0 || after.Sign() < 0 {
		return fmt.Errorf("batch %q holds %s credits, so %v cannot be drawn", batchID, before, amount)
	}
	digits, _ := after.FloatPrec()
	b.CurrentBalance = json.Number(after.FloatString(digits))
	b.UpdatedAt = atMilliseconds(s.now())
	s.storeAction(&creditAction{
		action:    debit,
		clientID:  b.ClientID,
		accountID: b.CreditAccountID,
		amount:    drawn,
		batchID:   b.ID,
		before:    before,
		after:     b.CurrentBalance,
		at:        b.UpdatedAt,
	})
	return nil
}

// prepare fills in what the API decides.
func (b *CreditBatch) prepare(at time.Time) {
	b.ID = cmp.Or(b.ID, newID())
	b.Status = cmp.Or(b.Status, "active")
	b.StartingBalance = cmp.Or(b.StartingBalance, "0")
	b.CurrentBalance = cmp.Or(b.CurrentBalance, b.StartingBalance)
	b.AllocatedCredits = cmp.Or(b.AllocatedCredits, "0")
	b.CreatedAt = atMilliseconds(at)
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

func (s *Server) batchObject(b *CreditBatch) map[string]any {
	return map[string]any{
		"id":               b.ID,
		"name":             optional(b.Name),
		"expiresOn":        stamp(b.ExpiresOn),
		"startingBalance":  b.StartingBalance,
		"currentBalance":   b.CurrentBalance,
		"clientId":         b.ClientID,
		"status":           b.Status,
		"createdAt":        stamp(b.CreatedAt),
		"updatedAt":        stamp(b.UpdatedAt),
		"creditAccountId":  optional(b.CreditAccountID),
		"allocatedCredits": b.AllocatedCredits,
	}
}

func (s *Server) listCreditBatches(c call) (result, error) {
	accountID := c.query.Get("creditAccountId")
	found := listing{
		name:   "creditBatches",
		beside: map[string]any{"clientId": c.client.ID, "creditAccountId": optional(accountID)},
		query:  c.query,
	}
	for _, b := range s.store.batches {
		asked := sameID(b.ClientID, c.client.ID) && (accountID == "" || sameID(b.CreditAccountID, accountID))
		if asked && !s.now().Before(b.visibleFrom) {
			found.elements = append(found.elements, s.batchObject(b))
		}
	}
	return s.list("APICreditBatchesByClientAndCreditAccount", found)
}

func (s *Server) createCreditBatch(c call) (result, error) {
	batch, clientID := &CreditBatch{}, c.client.ID
	err := fields{
		"startingBalance": creditsField(&batch.StartingBalance),
		"clientId":        idField(&clientID),
		"creditAccountId": idField(&batch.CreditAccountID),
		"name":            textField(&batch.Name),
		"expiresOn":       timeField(&batch.ExpiresOn),
	}.decode(c.Request, "startingBalance")
	if err := cmp.Or(err, c.checkID(clientID)); err != nil {
		return result{}, err
	}
	if batch.CreditAccountID != "" {
		account := s.store.account(batch.CreditAccountID)
		if account == nil || account.ClientID != c.client.ID {
			return result{}, refuseValue("creditAccountId is no credit account of the client")
		}
		batch.CreditAccountID = account.ID
		batch.Name = cmp.Or(batch.Name, account.batchName())
		batch.ExpiresOn = cmp.Or(batch.ExpiresOn, account.expiry(s.now()))
	}
	batch.ClientID = c.client.ID
	batch.prepare(s.now())
	return result{
		status: http.StatusCreated,
		body:   s.object("CreateCreditBatch", s.batchObject(batch)),
		commit: func(late time.Time) {
			if !late.IsZero() {
				batch.prepare(late)
			}
			s.storeBatch(batch)
		},
	}, nil
}

func (s *Server) updateCreditBatch(c call) (result, error) {
	id := c.PathValue("creditBatchId")
	batch := s.store.batch(id)
	if batch == nil {
		return result{}, refuse(http.StatusNotFound, "credit batch %s does not exist", id)
	}
	changed, name, expiresOn, balance := *batch, "", time.Time{}, int64(-1)
	err := fields{
		"name":           textField(&name),
		"expiresOn":      timeField(&expiresOn),
		"currentBalance": countField(&balance),
	}.decode(c.Request)
	if err != nil {
		return result{}, err
	}
	if name != "" {
		changed.Name = name
	}
	if !expiresOn.IsZero() {
		changed.ExpiresOn = expiresOn
	}
	if balance >= 0 {
		changed.CurrentBalance = json.Number(strconv.FormatInt(balance, 10))
	}
	changed.UpdatedAt = atMilliseconds(s.now())
	return result{
		status: http.StatusOK,
		body:   s.object("UpdateCreditBatch", s.batchObject(&changed)),
		commit: func(late time.Time) {
			*batch = changed
			if !late.IsZero() {
				batch.UpdatedAt = atMilliseconds(late)
			}
		},
	}, nil
}
