package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/semaphore"
)

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

func (c *Client) notCreated(err error) *NotCreatedError {
	return &NotCreatedError{
		Reason:      c.describe(err),
		Breaker:     errors.Is(err, errBreaker),
		Interrupted: errors.Is(err, errInterrupted),
		TimedOut:    errors.Is(err, errOutOfTime),
		Err:         err,
	}
}

// UnknownOutcomeError: it may have been created or not; the request must not be sent again.
type UnknownOutcomeError struct {
	Reason     string    // what happened, with what the server wrote
	At         time.Time // local time at which the request was sent
	Candidates []string  // ids that the lookup found
	Lookup     string    // why the lookup was refused or failed; empty where it was complete
}

func (e *UnknownOutcomeError) Error() string { return "the outcome is unknown: " + e.Reason }

// Decision is what a lookup before a creation leads to.
type Decision int

// The decisions of a lookup.
const (
	NothingExists Decision = iota // create it
	AdoptIt                       // Found has the one that is adopted
	ItExists                      // Found has those that exist: nothing is created
	CannotLookUp                  // Err.Refused: it is created without a lookup, with one warning a run
	LookupFailed                  // Err: nothing is created
)

// Listed is an account or a batch as a client's listing shows it.
type Listed struct {
	ID              string // never empty
	Name            string // empty where it is not returned or not read
	NameErr         error  // why the name of an account could not be read
	StartingBalance Number // of an account: of its first batch; empty where it cannot be read
	CurrentBalance  Number // of an account: total of its active batches; empty where it cannot be read
	CreatedAt       string // of an account: of its first batch; as the API wrote it
	Active          bool   // of an account: one of its batches is

	batch CreditBatch // a batch itself
}

// mayStartWith: a balance that cannot be read may be any.
func (l Listed) mayStartWith(balance Number) bool {
	return l.StartingBalance == "" || l.StartingBalance.Equal(balance)
}

// Existing is the result of the lookup before a creation, the same for a plan and an apply.
type Existing struct {
	Decision Decision
	Found    []Listed     // newest first
	WhyNot   string       // mode adopt and ItExists: why it is not adopted, in words
	Tracked  bool         // one of Found is in the state
	Err      *LookupError // CannotLookUp, LookupFailed
	// NotAsked counts accounts of another balance beyond the 50 newest, or whose name could not be read: an older one
	// of the name would not be found.
	NotAsked int
}

// decideExisting makes the result of a lookup from what it found. problem says that there may be more.
func (c *Client) decideExisting(found []Listed, problem *LookupError, balance Number) Existing {
	switch {
	case len(found) > 0 && !problem.isUnauthorized():
	case problem == nil:
		return Existing{Decision: NothingExists}
	case problem.Refused:
		return Existing{Decision: CannotLookUp, Err: problem}
	default:
		return Existing{Decision: LookupFailed, Err: problem}
	}
	existing := Existing{Decision: ItExists, Found: found}
	existing.Tracked = slices.ContainsFunc(found, func(one Listed) bool { return c.isTracked(one.ID) })
	if c.config.OnExisting != AdoptExisting {
		return existing
	}
	switch one := found[0]; {
	case len(found) > 1:
		existing.WhyNot = "several have the name"
	case existing.Tracked:
		existing.WhyNot = "another resource of this state has it"
	case one.StartingBalance == "":
		existing.WhyNot = "its starting balance cannot be read"
	case !one.StartingBalance.Equal(balance):
		existing.WhyNot = "its starting balance is " + string(one.StartingBalance)
	case !one.Active:
		existing.WhyNot = "it is not active"
	case problem != nil:
		existing.WhyNot = "another one may have the name: " + problem.Reason
	default:
		existing.Decision = AdoptIt
	}
	return existing
}

// settleExisting acts on what exists: it takes over the object that is adopted, or says why nothing is created.
func (c *Client) settleExisting(waiting context.Context, existing Existing) (how Creation, err error) {
	if waiting.Err() != nil { // the lookup was cut short, whatever it says
		return how, c.notCreated(ended(waiting, waiting.Err()))
	}
	how.NotAsked = existing.NotAsked
	switch existing.Decision {
	case AdoptIt:
		if c.claim(existing.Found[0].ID) {
			how.Adopted = &existing.Found[0]
			return how, nil
		}
		existing.Decision, existing.WhyNot = ItExists, wasTaken
		return how, &ExistsError{existing}
	case ItExists:
		return how, &ExistsError{existing}
	case LookupFailed:
		return how, existing.Err
	}
	how.CannotLookUp = existing.Err
	return how, nil
}

// ExistsError: nothing was created, because there is such an object already.
type ExistsError struct{ Existing Existing }

func (e *ExistsError) Error() string { return "it exists already" }

// Creation says how an object that exists now came to be the caller's.
type Creation struct {
	// Adopted is what was found and taken over; nil where the response to the POST gave the id.
	Adopted *Listed
	// AfterUnknown says why the outcome of the POST was unknown; empty where Adopted was there before.
	AfterUnknown string
	// CannotLookUp: why it was created without a lookup; nil where there was one, and in mode ignore. It is set for
	// each creation.
	CannotLookUp *LookupError
	NotAsked     int
}

const (
	wasTaken      = "another resource of this run has it"
	noListing     = "no listing was read before the request was sent, so a new one cannot be recognised"
	batchListings = "the listing of the client's credit batches"
)

// post sends a POST until its outcome is decided: it is sent again only where it was never sent, or refused because
// of the rate limit. readID gives the id in the body of a 2xx, which is claimed. lost says that the outcome is unknown;
// err (*APIError, *NotCreatedError), that nothing was created.
func (c *Client) post(
	ctx context.Context, request any, before batchListing, readID func(body []byte) string, segments ...string,
) (lost *UnknownOutcomeError, err error) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, c.notCreated(errNotBuilt)
	}
	asked := time.Now()
	wanted := call{http.MethodPost, c.endpoint(nil, segments...), body}
	for try := 1; ; {
		decided, why := outcomeUnknown, ""
		r := c.send(ctx, wanted, func(r result) {
			var from given
			if r.status >= 200 && r.status <= 299 {
				from = c.takeID(readID(r.body), before, asked)
			}
			decided, why = c.decide(r, from)
			c.breaker.record(decided)
		})
		c.log(ctx, "Outcome of a creation", wanted, "outcome", decided.String(), "reason", why)
		switch {
		case decided == outcomeCreated:
			return nil, nil
		case decided == outcomePostponed:
			continue // the gate waits as the API asks
		case decided == outcomeRefused:
			return nil, c.apiError(r)
		case decided == outcomeUnknown:
			return &UnknownOutcomeError{Reason: c.withBody(why, r), At: r.began}, nil
		case !passing(r.err) || try >= 4:
			return nil, c.notCreated(r.err)
		}
		if err := pause(ctx, try); err != nil {
			return nil, c.notCreated(err)
		}
		try++
	}
}

// recoverLost gives the object of a POST of unknown outcome: the only one that the lookup finds. withoutLookup says why
// there is no lookup.
func (c *Client) recoverLost(
	ctx context.Context, lost *UnknownOutcomeError, withoutLookup *LookupError,
	lookup func(context.Context) ([]Listed, *LookupError),
) (*Listed, error) {
	var found []Listed
	problem := withoutLookup
	if problem == nil {
		found, problem = poll(ctx, lookup)
	}
	if problem == nil && len(found) == 1 && c.claim(found[0].ID) {
		return &found[0], nil
	}
	for _, candidate := range found {
		lost.Candidates = append(lost.Candidates, candidate.ID)
	}
	if problem != nil {
		lost.Lookup = problem.Reason
	}
	return nil, lost
}

const (
	// lookupPauses grow to 8 s each: about half a minute in all.
	lookupPauses = 7
	// lookupDeadline bounds what the API makes the lookups wait.
	lookupDeadline = 65 * time.Minute
	// lookupAfterInterrupt bounds the one lookup that an interrupt leaves.
	lookupAfterInterrupt = 30 * time.Second
)

// poll looks up an object whose POST has an unknown outcome, until something is found. The time allowed for creating
// does not concern it, and an interrupt leaves it one lookup.
func poll(
	ctx context.Context, lookup func(context.Context) ([]Listed, *LookupError),
) (found []Listed, problem *LookupError) {
	polling, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupDeadline)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		timer := time.AfterFunc(lookupAfterInterrupt, cancel)
		context.AfterFunc(polling, func() { timer.Stop() })
	})()
	for try := 1; ; try++ {
		found, problem = lookup(polling)
		switch {
		case problem == nil && len(found) > 0:
			return found, nil
		// That no name is returned may be over in a moment: the account is new.
		case problem != nil && problem.Refused && problem.Err != nil, problem.isUnauthorized():
			return found, problem
		case try > lookupPauses, pause(ctx, try) != nil:
			return found, problem
		}
	}
}

// lock waits until nobody else creates what could be mistaken for this: then what appears meanwhile can only be this
// one's.
func (c *Client) lock(ctx context.Context, key ...string) (unlock func(), err error) {
	entry, _ := c.locks.LoadOrStore(strings.Join(key, "\x00"), semaphore.NewWeighted(1))
	one, _ := entry.(*semaphore.Weighted)
	if err := one.Acquire(ctx, 1); err != nil {
		return nil, ended(ctx, err)
	}
	return func() { one.Release(1) }, nil
}

// breakerLimit is after how many unknown outcomes in a row no more POSTs are sent: each of them would be one more
// object for a person to look for.
const breakerLimit = 3

// breaker is open or not for the life of a process. The zero value is not.
type breaker struct {
	row    atomic.Int32
	isOpen atomic.Bool
}

// record counts an outcome. Only a response with an id says that the API works again.
func (b *breaker) record(of outcome) {
	switch {
	case of == outcomeCreated:
		b.row.Store(0)
	case of == outcomeUnknown && b.row.Add(1) >= breakerLimit:
		b.isOpen.Store(true)
	}
}

// claims are the objects that this process created or took over, by their ids in lower case: two creations must never
// end up with one object.
type claims struct {
	ids sync.Map
	// opened has the starting balance of each account that this process created.
	opened sync.Map
}

// claim takes an object; false where this process has it already.
func (c *claims) claim(id string) bool {
	_, taken := c.ids.LoadOrStore(strings.ToLower(id), true)
	return !taken
}

func (c *claims) contains(id string) bool {
	_, taken := c.ids.Load(strings.ToLower(id))
	return taken
}

// open notes that this process created an account, which comes with a first batch.
func (c *claims) open(accountID string, startingBalance Number) {
	c.opened.Store(strings.ToLower(accountID), startingBalance)
}

// openedWith is empty for other accounts.
func (c *claims) openedWith(accountID string) Number {
	balance, _ := c.opened.Load(strings.ToLower(accountID))
	number, _ := balance.(Number)
	return number
}

// isTracked: the state has it.
func (c *Client) isTracked(id string) bool { return c.config.Tracked(strings.ToLower(id)) }

// isTaken: this process or the state has it.
func (c *Client) isTaken(id string) bool { return c.claims.contains(id) || c.isTracked(id) }

// claim takes an object that the state does not have.
func (c *Client) claim(id string) bool { return !c.isTracked(id) && c.claims.claim(id) }

// takeID claims the id of a response to a POST, or says why it is not one. What any listing showed before the POST
// was asked for is not new, be it another client's.
func (c *Client) takeID(id string, before batchListing, asked time.Time) given {
	shown, _ := c.shown.Load(strings.ToLower(id))
	at, wasShown := shown.(time.Time)
	switch {
	case id == "":
		return given{}
	case before.has(id), wasShown && !at.After(asked):
		return given{problem: "gave the id " + id + ", which was there before"}
	case !c.claim(id):
		return given{problem: "gave the id " + id + ", which another resource has"}
	}
	return given{id: id}
}

// findTimeout leaves time for the rate limit's minute and for a slow response.
const findTimeout = 2 * time.Minute

// findOnce is one lookup for a person who has to decide: what it found is of use also where it is not complete.
func findOnce(ctx context.Context, lookup func(context.Context) ([]Listed, *LookupError)) ([]Listed, error) {
	finding, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	found, problem := lookup(finding)
	switch {
	case problem == nil, len(found) > 0 && !problem.isUnauthorized():
		return found, nil
	case ctx.Err() == nil && finding.Err() != nil:
		return found, &LookupError{Reason: "there was no response within " + findTimeout.String()}
	}
	return found, problem
}

// ActiveBalance is the total of the active batches; false where the status of a batch, or the balance of an active
// one, was not returned.
func ActiveBalance(batches []CreditBatch) (Number, bool) {
	// Decimals: in binary, a tenth and two tenths are not quite three.
	total := new(big.Rat)
	for _, batch := range batches {
		if batch.Status.Value == nil {
			return "", false
		}
		if !batch.isActive() {
			continue
		}
		if batch.CurrentBalance.Value == nil {
			return "", false
		}
		amount, ok := new(big.Rat).SetString(string(*batch.CurrentBalance.Value))
		if !ok {
			return "", false
		}
		total.Add(total, amount)
	}
	digits, _ := total.FloatPrec()
	return ParseNumber(total.FloatString(digits))
}

func containsID(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(other, id) })
}
