// Package thoughtindustries: the exported API of the client, as stubs.
package thoughtindustries

import (
	"context"
	"log/slog"
	"math/big"
	"net"
	"net/url"
	"time"
)

// ---- client.go, address.go

// OnExisting is what creating an account does when the client already has one of that name.
type OnExisting string

const (
	FailOnExisting   OnExisting = "fail"   // create nothing, name the one that exists
	AdoptExisting    OnExisting = "adopt"  // take it over
	IgnoreOnExisting OnExisting = "ignore" // no lookup, neither before nor after
)

const (
	DefaultMaxConcurrentRequests = 5
	DefaultRequestTimeout        = 60 * time.Second
)

// DialFunc connects to an address, as net.Dialer's DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Config says how to reach an instance. BaseURL and APIKey are required; zero
// values of the others mean their defaults.
type Config struct {
	BaseURL               *url.URL // what InstanceURL or ParseBaseURL returned
	APIKey                string   // sent as a Bearer token to BaseURL and nowhere else
	UserAgent             string
	MaxConcurrentRequests int
	RequestsPerMinute     int // a ceiling; 0: the API's own limits alone
	RequestTimeout        time.Duration
	OnExisting            OnExisting
	// Tracked reports whether the state has an object, by its id in lower case: such an object is never adopted.
	Tracked func(id string) bool
	// Log receives what happens, for people who ask; nil keeps quiet.
	Log func(ctx context.Context, level slog.Level, msg string, args ...any)
	// DialContext replaces the dialer, for tests that need no network.
	DialContext DialFunc
}

// Client talks to one instance with one key. It is safe for concurrent use.
type Client struct{ config Config }

func New(config Config) (*Client, error)            { panic("stub") }
func (c *Client) Close()                            {}
func (c *Client) Address() string                   { panic("stub") } // without the API's path
func InstanceURL(instance string) (*url.URL, error) { panic("stub") }
func ParseBaseURL(raw string) (*url.URL, error)     { panic("stub") }

// ---- response.go

// Field is a value of a response. Value is nil for a null, and where nothing readable came.
type Field[T any] struct {
	Value *T
	// Known: the response has it, be it null; false where it is missing or of another type than documented.
	Known bool
}

// Number is a decimal number, as a configuration or the API writes it in digits ("100", "0.1"), without an exponent. Empty: none.
type Number string

func ParseNumber(text string) (Number, bool) { panic("stub") } // bounded; what is not a finite decimal is none
func NumberOf(value *big.Float) Number       { panic("stub") } // shortest decimal that reads back the same
func (n Number) Float() *big.Float           { panic("stub") } // 512 bits, as Terraform; nil where empty
func (n Number) Equal(other Number) bool     { panic("stub") } // as doubles, as servers keep them; false where either is empty

// ---- names.go

func NormalizeName(name string) string { panic("stub") } // what a name is compared by; INTERFACE.md, "Same name"
func SameName(a, b string) bool        { panic("stub") }

// ---- errors

// APIError is a definite no of the API: nothing was done.
type APIError struct {
	Status   int    // 300 to 499
	Code     string // the API's own word; may be empty
	Message  string // what the API wrote, cleaned and shortened; may be empty. For HTML: its title
	Field    string // documented name of the field that the message concerns; may be empty
	Location string // of a redirect, without its query
	HTML     bool   // the response is an HTML page: a gateway or a firewall, not the API
}

func (e *APIError) Error() string { panic("stub") }

// ResponseError: a request failed, or its response could not be used.
type ResponseError struct {
	Reason string
	HTML   bool // the response was an HTML page, so base_url may be wrong
}

func (e *ResponseError) Error() string { return e.Reason }

// LookupError: a lookup is not complete, so what it did not find proves nothing.
type LookupError struct {
	Refused bool   // 403, 404, 405 by the API itself, or no names at all: the endpoints are not open to this key
	Reason  string // what could not be read and why, in words for people
	HTML    bool   // an HTML page came: ask whether base_url is right, instead of advising "ignore"
	Err     error  // the response behind it, where there was one: *APIError (401: the key is not valid), *ResponseError
}

func (e *LookupError) Error() string { return e.Reason }
func (e *LookupError) Unwrap() error { return e.Err }

// NotCreatedError: it is certain that nothing was created.
type NotCreatedError struct {
	Reason      string
	Breaker     bool // nothing was sent because the outcomes of several requests before this one are unknown
	Interrupted bool
	TimedOut    bool // the time allowed for creating was over while waiting
	Err         error
}

func (e *NotCreatedError) Error() string { return e.Reason }
func (e *NotCreatedError) Unwrap() error { return e.Err }

// UnknownOutcomeError: it may have been created or not; the request must not be sent again.
type UnknownOutcomeError struct {
	Reason     string    // what happened, with what the server wrote
	At         time.Time // local time at which the request was sent
	Candidates []string  // ids that the lookup found
	Lookup     string    // why the lookup was refused or failed; empty where it was complete
}

func (e *UnknownOutcomeError) Error() string { panic("stub") }

// ---- the lookup before a creation: one function, one result, for plan and apply

// Decision is what a lookup before a creation leads to.
type Decision int

const (
	NothingExists Decision = iota // create it
	AdoptIt                       // Found has the one that is adopted
	ItExists                      // Found has those that exist: nothing is created
	CannotLookUp                  // Err.Refused: it is created without a lookup, with one warning a run
	LookupFailed                  // Err: nothing is created
)

// Existing is the result of the lookup before a creation. T is ListedAccount or CreditBatch.
type Existing[T any] struct {
	Decision Decision
	Found    []T          // newest first
	WhyNot   string       // mode adopt and ItExists: why it is not adopted, in words ("its starting balance is 500", "none of its batches is active", "several accounts have the name")
	Tracked  bool         // one of Found is in the state
	Err      *LookupError // CannotLookUp, LookupFailed
	// NotAsked: accounts of another balance beyond the 50 newest, or whose name could not be read: an older one of the name would not be found (one warning a run).
	NotAsked int
}

// ExistsError: nothing was created, because there is such an object already.
type ExistsError[T any] struct{ Existing Existing[T] }

func (e *ExistsError[T]) Error() string { return "it exists already" }

// Creation is an object that exists now and is the caller's.
type Creation[T any] struct {
	Object T
	// Adopted says why an object that was found was taken; empty where the response gave the id.
	Adopted string
	// AfterUnknown: adopted after a POST of unknown outcome; false where it was there before.
	AfterUnknown bool
	// CannotLookUp: why it was created without a lookup; nil where there was one (or mode ignore). Set for each creation: the caller warns once a run.
	CannotLookUp *LookupError
	NotAsked     int
}

// ---- accounts.go

// CreditAccountRequest is the body of POST /clients/:id/creditAccounts. A nil pointer is left out; the lists are always sent.
type CreditAccountRequest struct {
	ClientID, Name           string
	StartingBalance          Number
	NotifyEmails, LicenseIDs []string
	Type                     *string
	BatchDaysUntilExpire     *int64
	MinimumBatchAmount       *int64
	CreditBatchName          *string
	Alongside                []string // ids of accounts of the same name beside which this one may be created; not sent
}

type Sublicense struct {
	ID      Field[string] `json:"id"`
	Deleted Field[bool]   `json:"deleted"`
}

// CreditAccount is what was returned of an account: by the response to its creation, or by a lookup, which returns less.
type CreditAccount struct {
	ID                   string // never empty
	ClientID, Name       Field[string]
	Status, Type         Field[string]
	CurrentBalance       Field[Number]
	StartingBalance      Field[Number] // of its first batch; a creation does not return it
	BatchDaysUntilExpire Field[int64]
	MinimumBatchAmount   Field[int64]
	Sublicenses          Field[[]Sublicense]
	CreatedAt, UpdatedAt Field[string] // ISO 8601, as the API wrote them
}

// ListedAccount is a credit account as its batches and actions show it: no endpoint lists accounts.
type ListedAccount struct {
	ID              string // never empty
	Name            string // empty where it is not returned or not read
	NameErr         error  // why the name could not be read
	StartingBalance Number // of its first batch; empty where it cannot be read
	CurrentBalance  Number // total of its active batches; empty where it cannot be read
	CreatedAt       string // of its first batch, as the API wrote it
	Active          bool   // one of its batches is active
}

// ExistingCreditAccounts is the lookup before a creation (GETs alone). It ends with ctx. In mode ignore it asks nothing: NothingExists.
func (c *Client) ExistingCreditAccounts(ctx context.Context, request CreditAccountRequest) Existing[ListedAccount] {
	panic("stub")
}

// CreateCreditAccount: error is *ExistsError[ListedAccount], *LookupError, *APIError, *NotCreatedError (each: nothing was created) or *UnknownOutcomeError.
func (c *Client) CreateCreditAccount(ctx context.Context, request CreditAccountRequest, allowed time.Duration) (Creation[CreditAccount], error) {
	panic("stub")
}

// FindCreditAccounts looks up once what a creation of unknown outcome may have made: same client, name and starting balance, had by nobody. For a person who has to decide; two minutes at most.
func (c *Client) FindCreditAccounts(ctx context.Context, clientID, name string, startingBalance Number) ([]ListedAccount, error) {
	panic("stub")
}

// AccountCheck is what the API returns about an account that is imported or taken over.
type AccountCheck struct {
	Listed      *ListedAccount // nil where a complete listing does not show it
	OtherClient string         // the client that it belongs to by what the API returns; empty where it is the one named, or not returned
}

// CheckCreditAccount: the error is *LookupError.
func (c *Client) CheckCreditAccount(ctx context.Context, clientID, accountID string) (AccountCheck, error) {
	panic("stub")
}

// ClaimCreditAccount takes an account for a resource of this process; false where another has it. It sends nothing.
func (c *Client) ClaimCreditAccount(accountID string) bool { panic("stub") }

// CreditAccounts gives the accounts of a client, oldest first, from one listing of its batches; names are asked for (in parallel) of the first `named` accounts, or of all where named < 0.
func (c *Client) CreditAccounts(ctx context.Context, clientID string, named int) ([]ListedAccount, error) {
	panic("stub")
}

// AccountName asks the credit actions of an account what it is called; empty where they do not say. Kept for the process once there.
func (c *Client) AccountName(ctx context.Context, clientID, accountID string) (string, error) {
	panic("stub")
}

// ReadCreditAccount reads the response to a creation that somebody else sent (moved states); false where it gives no id.
func ReadCreditAccount(response []byte) (CreditAccount, bool) { panic("stub") }

// ---- batches.go

type CreditBatch struct {
	ID               Field[string] `json:"id"`              // known only if it is a UUID
	CreditAccountID  Field[string] `json:"creditAccountId"` // likewise
	Name             Field[string] `json:"name"`
	ClientID         Field[string] `json:"clientId"`
	Status           Field[string] `json:"status"`
	StartingBalance  Field[Number] `json:"startingBalance"`
	CurrentBalance   Field[Number] `json:"currentBalance"`
	AllocatedCredits Field[Number] `json:"allocatedCredits"`
	ExpiresOn        Field[string] `json:"expiresOn"`
	CreatedAt        Field[string] `json:"createdAt"`
	UpdatedAt        Field[string] `json:"updatedAt"`
}

// CreditBatchRequest is the body of POST /clients/:id/creditBatches. A nil pointer is left out.
type CreditBatchRequest struct {
	ClientID        string
	StartingBalance Number
	CreditAccountID *string
	Name            *string
	ExpiresOn       *time.Time // sent to the millisecond
}

// CreditBatchChange is the body of PUT /clients/creditBatches/:id; what is nil is left out.
type CreditBatchChange struct {
	Name      *string
	ExpiresOn *time.Time
}

// CreditBatches gives the batches of a client, or of one of its accounts where creditAccountID is not empty; kept until something changes there.
func (c *Client) CreditBatches(ctx context.Context, clientID, creditAccountID string) ([]CreditBatch, error) {
	panic("stub")
}

// ExistingCreditBatches: a batch without a name is not looked up (NothingExists, nothing asked).
func (c *Client) ExistingCreditBatches(ctx context.Context, request CreditBatchRequest) Existing[CreditBatch] {
	panic("stub")
}

// CreateCreditBatch: errors as of CreateCreditAccount, with *ExistsError[CreditBatch].
func (c *Client) CreateCreditBatch(ctx context.Context, request CreditBatchRequest, allowed time.Duration) (Creation[CreditBatch], error) {
	panic("stub")
}

func (c *Client) FindCreditBatches(ctx context.Context, request CreditBatchRequest) ([]CreditBatch, error) {
	panic("stub")
}

// ReadCreditBatch gives a batch from the client's listing, read once for all batches of the client. gone: a complete listing should show it and does not.
func (c *Client) ReadCreditBatch(ctx context.Context, clientID, batchID string, made time.Time) (batch *CreditBatch, gone bool, err error) {
	panic("stub")
}

// UpdateCreditBatch is PUT /clients/creditBatches/:id; repeated on passing faults. The error is *APIError or *ResponseError.
func (c *Client) UpdateCreditBatch(ctx context.Context, clientID, batchID string, change CreditBatchChange) (CreditBatch, error) {
	panic("stub")
}

// ActiveBalance is the total of the active batches; false where the status of a batch, or the balance of an active one, was not returned.
func ActiveBalance(batches []CreditBatch) (Number, bool) { panic("stub") }

// ---- clients.go, licenses.go, actions.go

// CustomerClient is an element of GET /clients: a customer organisation of the instance.
type CustomerClient struct {
	ID         Field[string] `json:"id"`
	Name       Field[string] `json:"name"`
	SchoolName Field[string] `json:"schoolName"`
	Slug       Field[string] `json:"slug"`
	SKU        Field[string] `json:"sku"`
	CustomHost Field[string] `json:"customHost"`
}

func (c *Client) Clients(ctx context.Context, query, sort string) ([]CustomerClient, error) {
	panic("stub")
}
func (c *Client) CustomerClient(ctx context.Context, id string) (*CustomerClient, error) {
	panic("stub")
} // nil where there is none

type License struct {
	ID    Field[string] `json:"id"`
	Name  Field[string] `json:"name"`
	Label Field[string] `json:"label"`
	SKU   Field[string] `json:"sku"`
}

func (c *Client) Licenses(ctx context.Context, clientID string) ([]License, error) { panic("stub") }

// ActionType is what GET …/creditActions is asked for.
type ActionType string

const (
	DebitActions  ActionType = "debit"
	CreditActions ActionType = "credit"
)

type CreditAction struct {
	ID, Action, Target, TargetType, Initiator, InitiatorType Field[string]
	Client                                                   Field[string]
	CreditAccountName, Source, SourceType                    Field[string]
	Amount, TargetBalanceIn, TargetBalanceOut                Field[Number]
	SourceBalanceIn, SourceBalanceOut                        Field[Number]
	Timestamp, UpdatedAt                                     Field[string]
}

func (c *Client) CreditActions(ctx context.Context, clientID, creditAccountID string, action ActionType) ([]CreditAction, error) {
	panic("stub")
}

// ---- check.go

// Check asks an instance, by GETs alone, for what the provider relies on, and writes a table. It reports whether every check held.
func (c *Client) Check(ctx context.Context, write func(table string)) bool { panic("stub") }
