package thoughtindustries

import (
	"context"
	"errors"
	"math/big"
	"slices"
	"strings"
	"sync"
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

// Existing is the result of the lookup before a creation, the same for a plan and
// an apply. T is ListedAccount or CreditBatch.
type Existing[T any] struct {
	Decision Decision
	Found    []T          // newest first
	WhyNot   string       // mode adopt and ItExists: why it is not adopted, in words
	Tracked  bool         // one of Found is in the state
	Err      *LookupError // CannotLookUp, LookupFailed
	// NotAsked counts accounts of another balance beyond the 50 newest, or whose name
	// could not be read: an older one of the name would not be found.
	NotAsked int
}

// withoutMatch is the result of a lookup that found nothing.
func withoutMatch[T any](problem *LookupError) Existing[T] {
	switch {
	case problem == nil:
		return Existing[T]{Decision: NothingExists}
	case problem.Refused:
		return Existing[T]{Decision: CannotLookUp, Err: problem}
	}
	return Existing[T]{Decision: LookupFailed, Err: problem}
}

// stop says why nothing is created; nil where it is created.
func stop[T any](waiting context.Context, c *Client, existing Existing[T]) error {
	switch existing.Decision {
	case ItExists:
		return &ExistsError[T]{existing}
	case LookupFailed:
		if waiting.Err() != nil {
			return c.notCreated(ended(waiting, waiting.Err()))
		}
		return existing.Err
	}
	return nil
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
	// CannotLookUp: why it was created without a lookup; nil where there was one, and
	// in mode ignore. It is set for each creation.
	CannotLookUp *LookupError
	NotAsked     int
}

const (
	wasThere      = "it was there before"
	wasTaken      = "another resource of this run has it"
	noListing     = "no listing was read before the request was sent, so a new one cannot be recognised"
	notLookedUp   = "on_existing_account is \"ignore\", so nothing was looked up"
	batchListings = "the listing of the client's credit batches"
)

var (
	errNoListing   = &LookupError{Reason: noListing}
	errNotLookedUp = &LookupError{Reason: notLookedUp}
)

// posted is a POST whose outcome is decided.
type posted struct {
	outcome outcome
	reason  string
	result  result
}

// post sends a POST until its outcome is decided: it is sent again only where it
// was never sent, or refused because of the rate limit. take reads the id from the
// body of a 2xx, and claims it.
func (c *Client) post(ctx context.Context, wanted call, take func(body []byte) given) posted {
	for try := 1; ; {
		var p posted
		p.result = c.send(ctx, wanted, func(r result) {
			var from given
			if r.status >= 200 && r.status <= 299 {
				from = take(r.body)
			}
			p.outcome, p.reason = c.decide(r, from)
			c.breaker.record(p.outcome)
		})
		c.log(ctx, "Outcome of a creation", wanted, "outcome", p.outcome.String(), "reason", p.reason)
		switch {
		case p.outcome == outcomePostponed:
			continue // the gate waits as the API asks
		case p.outcome == outcomeUnknown && p.result.status != 0:
			p.reason = c.withBody(p.reason, p.result)
			return p
		case p.outcome != outcomeNotSent || !passing(p.result.err) || try >= 4:
			return p
		}
		if err := pause(ctx, try); err != nil {
			p.result.err = err
			return p
		}
		try++
	}
}

// nothing says why a POST created nothing, where that is certain; nil otherwise.
func (c *Client) nothing(sent posted) error {
	switch sent.outcome {
	case outcomeRefused:
		return c.apiError(sent.result)
	case outcomeNotSent:
		return c.notCreated(sent.result.err)
	}
	return nil
}

// lost is a POST whose outcome stays unknown, with what the lookup found.
func (sent posted) lost(candidates []string, problem *LookupError) *UnknownOutcomeError {
	lost := &UnknownOutcomeError{Reason: sent.reason, At: sent.result.began, Candidates: candidates}
	if problem != nil {
		lost.Lookup = problem.Reason
	}
	return lost
}

const (
	// lookupPauses grow to 8 s each: about half a minute in all.
	lookupPauses = 7
	// lookupDeadline bounds what the API makes the lookups wait.
	lookupDeadline = 65 * time.Minute
	// lookupAfterInterrupt bounds the one lookup that an interrupt leaves.
	lookupAfterInterrupt = 30 * time.Second
)

// poll looks up an object whose POST has an unknown outcome, until something is
// found. The time allowed for creating does not concern it, and an interrupt
// leaves it one lookup.
func poll[T any](
	ctx context.Context, lookup func(context.Context) ([]T, *LookupError),
) (found []T, problem *LookupError) {
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

// lock waits until nobody else creates what could be mistaken for this: then what
// appears meanwhile can only be this one's.
func (c *Client) lock(ctx context.Context, key ...string) (unlock func(), err error) {
	entry, _ := c.locks.LoadOrStore(strings.Join(key, "\x00"), semaphore.NewWeighted(1))
	one, _ := entry.(*semaphore.Weighted)
	if err := one.Acquire(ctx, 1); err != nil {
		return nil, ended(ctx, err)
	}
	return func() { one.Release(1) }, nil
}

// breakerLimit is after how many unknown outcomes in a row no more POSTs are sent:
// each of them would be one more object for a person to look for.
const breakerLimit = 3

// breaker is open or not for the life of a process. The zero value is not.
type breaker struct {
	mu     sync.Mutex
	row    int
	isOpen bool
}

func (b *breaker) open() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.isOpen
}

// record counts an outcome. Only a response with an id says that the API works again.
func (b *breaker) record(of outcome) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch of {
	case outcomeCreated:
		b.row = 0
	case outcomeUnknown:
		b.row++
		b.isOpen = b.isOpen || b.row >= breakerLimit
	}
}

// claims are the objects that this process created or took over, by their ids in
// lower case: two creations must never end up with one object.
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

// takeID claims the id of a response to a POST, or says why it is not one. What any listing showed before the POST was
// asked for is not new, be it another client's.
func (c *Client) takeID(id string, before batchListing, asked time.Time) given {
	shown, _ := c.shown.Load(strings.ToLower(id))
	at, wasShown := shown.(time.Time)
	switch {
	case before.has(id), wasShown && !at.After(asked):
		return given{problem: "gave the id " + id + ", which was there before"}
	case !c.claim(id):
		return given{problem: "gave the id " + id + ", which another resource has"}
	}
	return given{id: id}
}

// findTimeout leaves time for the rate limit's minute and for a slow response.
const findTimeout = 2 * time.Minute

// findOnce is one lookup for a person who has to decide: what it found is of use also
// where it is not complete.
func findOnce[T any](ctx context.Context, lookup func(context.Context) ([]T, *LookupError)) ([]T, error) {
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

// ActiveBalance is the total of the active batches; false where the status of a
// batch, or the balance of an active one, was not returned.
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
