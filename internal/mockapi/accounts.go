package mockapi

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// CreditAccount is a credit account with all that the API was sent, more than it returns.
type CreditAccount struct {
	ID                   string
	ClientID             string
	Name                 string
	Type                 string // default "client"
	Status               string // default "active"
	StartingBalance      json.Number
	CurrentBalance       json.Number // at its creation
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

// AddAccount adds an account as if it had been made in the product, with its first batch and credit action. ClientID
// must be a client that was added (it panics otherwise). Empty fields get the API's defaults. It returns what is
// stored.
func (s *Server) AddAccount(a CreditAccount) CreditAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	a.ClientID = s.store.mustClient(a.ClientID).ID
	if a.CreatedAt.IsZero() {
		a.CreatedAt = s.now()
	}
	a.prepare(a.CreatedAt)
	s.storeAccount(&a)
	return a
}

// Accounts returns copies of all accounts in order of creation.
func (s *Server) Accounts() []CreditAccount {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.store.accounts)
}

// batchName is the name of the batches that are issued under the account.
func (a CreditAccount) batchName() string { return cmp.Or(a.CreditBatchName, a.Name) }

// expiry is when a batch issued at the given time expires; the zero time means never.
func (a CreditAccount) expiry(issued time.Time) time.Time {
	if a.BatchDaysUntilExpire == 0 {
		return time.Time{}
	}
	return issued.AddDate(0, 0, int(a.BatchDaysUntilExpire))
}

// prepare fills in what the API decides.
func (a *CreditAccount) prepare(at time.Time) {
	a.ID = cmp.Or(a.ID, newID())
	a.Type = cmp.Or(a.Type, "client")
	a.Status = cmp.Or(a.Status, "active")
	a.StartingBalance = cmp.Or(a.StartingBalance, "0")
	a.CurrentBalance = a.StartingBalance
	if a.Sublicenses == nil {
		for range a.LicenseIDs {
			a.Sublicenses = append(a.Sublicenses, Sublicense{ID: newID()})
		}
	}
	a.CreatedAt = atMilliseconds(at)
	a.UpdatedAt = a.CreatedAt
}

// storeAccount stores a prepared account and issues its first batch, unless it has no credits. It needs s.mu.
func (s *Server) storeAccount(a *CreditAccount) {
	s.store.accounts = append(s.store.accounts, a)
	if exact(a.StartingBalance).Sign() == 0 {
		return
	}
	first := &CreditBatch{
		Name:            a.batchName(),
		StartingBalance: a.StartingBalance,
		ClientID:        a.ClientID,
		CreditAccountID: a.ID,
		ExpiresOn:       a.expiry(a.CreatedAt),
	}
	first.prepare(a.CreatedAt)
	s.storeBatch(first)
}

func (s *Server) accountObject(a *CreditAccount) map[string]any {
	return map[string]any{
		"id":                   a.ID,
		"clientId":             a.ClientID,
		"sublicenses":          append([]Sublicense{}, a.Sublicenses...),
		"currentBalance":       a.CurrentBalance,
		"status":               a.Status,
		"notifyEmails":         append([]string{}, a.NotifyEmails...),
		"batchDaysUntilExpire": a.BatchDaysUntilExpire,
		"minimumBatchAmount":   a.MinimumBatchAmount,
		"createdAt":            stamp(a.CreatedAt),
		"updatedAt":            stamp(a.UpdatedAt),
		"type":                 a.Type,
		"name":                 a.Name,
	}
}

func (s *Server) createCreditAccount(c call) (result, error) {
	account, clientID := &CreditAccount{}, c.client.ID
	err := fields{
		"batchDaysUntilExpire": countField(&account.BatchDaysUntilExpire),
		"clientId":             idField(&clientID),
		"startingBalance":      creditsField(&account.StartingBalance),
		"minimumBatchAmount":   countField(&account.MinimumBatchAmount),
		"notifyEmails":         textsField(&account.NotifyEmails),
		"type":                 textField(&account.Type),
		"name":                 textField(&account.Name),
		"creditBatchName":      textField(&account.CreditBatchName),
		"licenseIds":           textsField(&account.LicenseIDs),
	}.decode(c.Request, "startingBalance", "notifyEmails", "name", "licenseIds")
	if err := cmp.Or(err, c.checkID(clientID), s.checkLicenses(c.client.ID, account.LicenseIDs)); err != nil {
		return result{}, err
	}
	account.ClientID = c.client.ID
	account.prepare(s.now())
	return result{
		status: http.StatusCreated,
		body:   s.object("APICreateCreditAccount", s.accountObject(account)),
		commit: func(late time.Time) {
			if !late.IsZero() {
				account.prepare(late)
			}
			s.storeAccount(account)
		},
	}, nil
}

// checkLicenses refuses licenses that the client does not have. A client without registered licenses accepts any.
func (s *Server) checkLicenses(clientID string, ids []string) error {
	licenses := s.store.licensesOf(clientID)
	for _, id := range ids {
		known := slices.ContainsFunc(licenses, func(l *License) bool { return sameID(l.ID, id) })
		if len(licenses) > 0 && !known {
			return refuseValue("licenseIds are not licenses of the client: %s", id)
		}
	}
	return nil
}
