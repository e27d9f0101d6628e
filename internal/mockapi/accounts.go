package mockapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"
)

// CreditAccount is a credit account with all that the API was sent, more than it returns.
type CreditAccount struct {
	ID                   string
	ClientID             string
	Name                 string
	Type                 string // default "client"
	Status               string // default "active"
	StartingBalance      json.Number
	CurrentBalance       json.Number // of all batches together
	NotifyEmails         []string
	LicenseIDs           []string
	Sublicenses          []Sublicense
	BatchDaysUntilExpire int64
	MinimumBatchAmount   int64
	CreditBatchName      string // "" if not given
	CreatedAt            time.Time
	UpdatedAt            time.Time
}

// Sublicense is what the API makes of one license ID: an object with an ID of its own.
type Sublicense struct {
	ID      string `json:"id"`
	Deleted bool   `json:"deleted"`
}

func (a CreditAccount) clone() CreditAccount {
	a.NotifyEmails = slices.Clone(a.NotifyEmails)
	a.LicenseIDs = slices.Clone(a.LicenseIDs)
	a.Sublicenses = slices.Clone(a.Sublicenses)
	return a
}

// label is the name of the batches that are issued under the account.
func (a CreditAccount) label() string {
	if a.CreditBatchName != "" {
		return a.CreditBatchName
	}
	return a.Name
}

// expiry is when a batch issued at the given time expires; the zero time means never.
func (a CreditAccount) expiry(issued time.Time) time.Time {
	if a.BatchDaysUntilExpire == 0 {
		return time.Time{}
	}
	return issued.AddDate(0, 0, int(a.BatchDaysUntilExpire))
}

// AddAccount adds an account as if it had been made in the admin pages: with its first batch and its credit action, but
// for a starting balance of 0 (see Options.BatchForZero). ClientID must be a client added before. Empty fields get the
// API's defaults, CreatedAt the server's time; an empty starting balance is 0, and the current balance is the starting
// balance. It panics on what cannot be stored, and returns what is.
func (s *Server) AddAccount(a CreditAccount) CreditAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	a = a.clone()
	a.ClientID = s.store.mustClient(a.ClientID).ID
	if a.ID == "" {
		a.ID = newID()
	}
	if s.store.account(a.ID) != nil {
		panic(fmt.Sprintf("mockapi: account %q exists", a.ID))
	}
	if a.StartingBalance == "" {
		a.StartingBalance = "0"
	}
	if problem := (field{kind: fieldBalance}).problem(a.StartingBalance); problem != "" || !json.Valid([]byte(a.StartingBalance)) {
		panic(fmt.Sprintf("mockapi: starting balance %q %s", a.StartingBalance, problem))
	}
	if a.CreatedAt.IsZero() {
		a.CreatedAt = s.now()
	}
	a.prepare(a.CreatedAt)
	s.storeAccount(&a)
	return a.clone()
}

// Accounts returns copies of all accounts in order of creation.
func (s *Server) Accounts() []CreditAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	accounts := make([]CreditAccount, len(s.store.accounts))
	for i, a := range s.store.accounts {
		accounts[i] = a.clone()
	}
	return accounts
}

// prepare fills in what the API decides.
func (a *CreditAccount) prepare(now time.Time) {
	if a.Type == "" {
		a.Type = "client"
	}
	if a.Status == "" {
		a.Status = "active"
	}
	if a.Sublicenses == nil {
		for range a.LicenseIDs {
			a.Sublicenses = append(a.Sublicenses, Sublicense{ID: newID()})
		}
	}
	a.CurrentBalance = a.StartingBalance
	a.CreatedAt = atMilliseconds(now)
	a.UpdatedAt = a.CreatedAt
}

// storeAccount stores a prepared account and issues its first batch. It needs s.mu.
func (s *Server) storeAccount(a *CreditAccount) {
	s.store.accounts = append(s.store.accounts, a)
	if exact(a.StartingBalance).Sign() > 0 || s.options.BatchForZero {
		b := &CreditBatch{
			Name:            a.label(),
			StartingBalance: a.StartingBalance,
			ClientID:        a.ClientID,
			CreditAccountID: a.ID,
			ExpiresOn:       a.expiry(a.CreatedAt),
		}
		b.prepare(a.CreatedAt)
		s.storeBatch(b)
	}
}

type accountAnswer struct {
	ID                   string       `json:"id"`
	ClientID             string       `json:"clientId"`
	Sublicenses          []Sublicense `json:"sublicenses"`
	CurrentBalance       json.Number  `json:"currentBalance"`
	Status               string       `json:"status"`
	NotifyEmails         []string     `json:"notifyEmails"`
	BatchDaysUntilExpire int64        `json:"batchDaysUntilExpire"`
	MinimumBatchAmount   int64        `json:"minimumBatchAmount"`
	CreatedAt            string       `json:"createdAt"`
	UpdatedAt            string       `json:"updatedAt"`
	Type                 string       `json:"type"`
	Name                 string       `json:"name"`
}

func (s *Server) accountAnswer(a *CreditAccount) accountAnswer {
	emails := append([]string{}, a.NotifyEmails...)
	if s.options.NormalizeEmails {
		for i, email := range emails {
			emails[i] = lower(email)
		}
		slices.Sort(emails)
	}
	return accountAnswer{
		ID:                   a.ID,
		ClientID:             a.ClientID,
		Sublicenses:          append([]Sublicense{}, a.Sublicenses...),
		CurrentBalance:       a.CurrentBalance,
		Status:               a.Status,
		NotifyEmails:         emails,
		BatchDaysUntilExpire: a.BatchDaysUntilExpire,
		MinimumBatchAmount:   a.MinimumBatchAmount,
		CreatedAt:            stamp(a.CreatedAt),
		UpdatedAt:            stamp(a.UpdatedAt),
		Type:                 a.Type,
		Name:                 a.Name,
	}
}

var createCreditAccountRoute = route{
	method:  http.MethodPost,
	pattern: "/clients/{id}/creditAccounts",
	fields: []field{
		{name: "batchDaysUntilExpire", kind: fieldInteger},
		{name: "clientId", kind: fieldUUID},
		{name: "startingBalance", kind: fieldBalance, required: true},
		{name: "minimumBatchAmount", kind: fieldInteger},
		{name: "notifyEmails", kind: fieldTexts, required: true},
		{name: "type", kind: fieldName},
		{name: "name", kind: fieldName, required: true},
		{name: "creditBatchName", kind: fieldName},
		{name: "licenseIds", kind: fieldTexts, required: true},
	},
	handle: (*Server).createCreditAccount,
}

func (s *Server) createCreditAccount(c call) result {
	licenseIDs := c.body.texts("licenseIds")
	if unknown := s.unknownLicenses(c.client.ID, licenseIDs); len(unknown) > 0 {
		return *refuse(http.StatusUnprocessableEntity, "licenseIds are not licenses of the client: %s", strings.Join(unknown, ", "))
	}
	a := &CreditAccount{
		ID:                   newID(),
		ClientID:             c.client.ID,
		Name:                 s.storedName(c.body.text("name")),
		Type:                 c.body.text("type"),
		StartingBalance:      c.body.number("startingBalance"),
		NotifyEmails:         c.body.texts("notifyEmails"),
		LicenseIDs:           licenseIDs,
		BatchDaysUntilExpire: c.body.integer("batchDaysUntilExpire"),
		MinimumBatchAmount:   c.body.integer("minimumBatchAmount"),
		CreditBatchName:      s.storedName(c.body.text("creditBatchName")),
	}
	a.prepare(c.now)
	return result{
		status:  http.StatusCreated,
		payload: &payload{operation: "APICreateCreditAccount", object: s.accountAnswer(a)},
		commit: func(at time.Time) {
			a.prepare(at)
			s.storeAccount(a)
		},
	}
}

// storedName is a name as the service keeps it.
func (s *Server) storedName(name string) string {
	if s.options.NormalizeNames {
		return norm.NFC.String(strings.TrimSpace(name))
	}
	return name
}

// unknownLicenses are those that the client does not have. A client without registered licenses accepts any.
func (s *Server) unknownLicenses(clientID string, ids []string) []string {
	licenses := s.store.licensesOf(clientID)
	if len(licenses) == 0 {
		return nil
	}
	var unknown []string
	for _, id := range ids {
		if !slices.ContainsFunc(licenses, func(l *License) bool { return sameID(l.ID, id) }) {
			unknown = append(unknown, id)
		}
	}
	return unknown
}
