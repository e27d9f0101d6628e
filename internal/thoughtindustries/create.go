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

// Existing is the result of the lookup before a creation, the same for a plan and an apply. T is ListedAccount or
// CreditBatch.
type Existing[T any] struct {
	Decision Decision
	Found    []T          // newest first
	WhyNot   string       // mode adopt and ItExists: why it is not adopted, in words
	Tracked  bool         // one of Found is in the state
	Err      *LookupError // CannotLookUp, LookupFailed
	// NotAsked counts accounts of another balance beyond the 50 newest, or whose name could not be read: an older one
	// of the name would not be found.
	NotAsked int
}

// object is what a lookup finds: a ListedAccount or a CreditBatch.
type object interface {
	id() string
	nouns() (one, several string)
}

// decideExisting makes the result of a lookup from what it found. problem says that there may be more; whyNot, why an
// object is not adopted though it is the only one.
func decideExisting[T object](c *Client, found []T, problem *LookupError, whyNot func(T) string) Existing[T] {
	switch {
	case len(found) > 0 && !problem.isUnauthorized():
	case problem == nil:
		return Existing[T]{Decision: NothingExists}
	case problem.Refused:
		return Existing[T]{Decision: CannotLookUp, Err: problem}
	default:
		return Existing[T]{Decision: LookupFailed, Err: problem}
	}
	existing := Existing[T]{Decision: ItExists, Found: found}
	existing.Tracked = slices.ContainsFunc(found, func(one T) bool { return c.isTracked(one.id()) })
	if c.config.OnExisting != AdoptExisting {
		return existing
	}
	one, several := found[0].nouns()
	existing.WhyNot = whyNot(found[0])
	switch {
	case len(found) > 1:
		existing.WhyNot = "several " + several + " have the name"
	case existing.Tracked:
		existing.WhyNot = "another resource of this state has it"
	case existing.WhyNot == "" && problem != nil:
		existing.WhyNot = "another " + one + " may have the name: " + problem.Reason
	case existing.WhyNot == "":
		existing.Decision = AdoptIt
	}
	return existing
}

// settleExisting acts on what exists: it gives the object that is adopted, or says why nothing is created.
func settleExisting[T object](waiting context.Context, c *Client, existing Existing[T]) (adopted *T, err error) {
	switch existing.Decision {
	case AdoptIt:
		if c.claim(existing.Found[0].id()) {
			return &existing.Found[0], nil
		}
		existing.Decision, existing.WhyNot = ItExists, wasTaken
		return nil, &ExistsError[T]{existing}
	case ItExists:
		return nil, &ExistsError[T]{existing}
	case LookupFailed:
		if waiting.Err() != nil {
			return nil, c.notCreated(ended(waiting, waiting.Err()))
		}
		return nil, existing.Err
	}
	return nil, nil
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
	// CannotLookUp: why it was created without a lookup; nil where there was one, and in mode ignore. It is set for
	// each creation.
	CannotLookUp *LookupError
	NotAsked     int
}

const (
	wasThere      = "it was there before"
	wasTaken      = "another resource of this run has it"
	noListing     = "no listing was read before the request was sent, so a new one cannot be recognised"
	batchListings = "the listing of the client's credit batches"
)

// posted is a POST whose outcome is decided.
type posted struct {
	outcome outcome
	reason  string
	result  result
}

// post sends a POST until its outcome is decided: it is sent again only where it was never sent, or refused because
// of the rate limit. take reads the id from the body of a 2xx, and claims it.
func (c *Client) post(
	ctx context.Context, request any, take func(body []byte) given, segments ...string,
) posted {
	body, err := json.Marshal(request)
	if err != nil {
		return posted{outcome: outcomeNotSent, result: result{err: errNotBuilt}}
	}
	wanted := call{http.MethodPost, c.endpoint(nil, segments...), body}
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

// recoverLost gives the object of a POST whose response did not give it: the only one that the lookup finds, where
// the outcome is unknown. withoutLookup says why there is none.
func recoverLost[T object](
	ctx context.Context, c *Client, sent posted, withoutLookup *LookupError,
	lookup func(context.Context) ([]T, *LookupError),
) (recovered T, err error) {
	switch sent.outcome {
	case outcomeRefused:
		return recovered, c.apiError(sent.result)
	case outcomeNotSent:
		return recovered, c.notCreated(sent.result.err)
	}
	var found []T
	problem := withoutLookup
	if problem == nil {
		found, problem = poll(ctx, lookup)
	}
	if problem == nil && len(found) == 1 && c.claim(found[0].id()) {
		return found[0], nil
	}
	lost := &UnknownOutcomeError{Reason: sent.reason, At: sent.result.began}
	for _, candidate := range found {
		lost.Candidates = append(lost.Candidates, candidate.id())
	}
	if problem != nil {
		lost.Lookup = problem.Reason
	}
	return recovered, lost
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
