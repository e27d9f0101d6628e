package thoughtindustries

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"
)

// NotCreatedError: it is certain that nothing was created.
type NotCreatedError struct {
	// Reason says why, in words for people.
	Reason string
	// Breaker: nothing was sent because the outcomes of several requests before
	// this one were unknown.
	Breaker bool
	// Interrupted: the run was asked to stop.
	Interrupted bool
	// TimedOut: the time allowed for creating was over while waiting.
	TimedOut bool
}

func (e *NotCreatedError) Error() string { return e.Reason }

// UnknownOutcomeError: the object may have been created or not, and the lookup
// was inconclusive. The request must not be sent again.
type UnknownOutcomeError struct {
	// Reason says what happened, in words for people.
	Reason string
	// At is when the request was sent: the server's time, if ServerTime, else the
	// local one.
	At time.Time
	// ServerTime: the server's clock is known.
	ServerTime bool
	// Candidates are the ids that the lookup found.
	Candidates []string
	// Lookup says why the lookup was refused or failed; empty where it was completed.
	Lookup string
}

func (e *UnknownOutcomeError) Error() string { return "the outcome is unknown: " + e.Reason }

// ExistsError: nothing was created, because there is such an object already.
type ExistsError struct {
	// Accounts are the ones that exist, newest first, at least one where an
	// account was to be created.
	Accounts []CreditAccount
	// Batches are the ones that exist, likewise.
	Batches []CreditBatch
	// Tracked: the one that exists is tracked by another resource of this state.
	Tracked bool
}

func (e *ExistsError) Error() string { return "it exists already" }

func asAPIError(err error) (*APIError, bool) {
	var refused *APIError
	ok := errors.As(err, &refused)
	return refused, ok
}

// Creation is an object that exists now and is the caller's.
type Creation[T any] struct {
	Object T
	// Adopted says why an object that was found was taken, and nothing was
	// created or no response named it; empty where the response gave the id.
	Adopted string
	// AfterUnknown: Adopted after a POST whose outcome was not known, by a
	// lookup; false where the object was there before.
	AfterUnknown bool
	// LookupRefused is set once in a run: why the lookup before creating could
	// not be made, so that objects are created without it.
	LookupRefused string
	// NotLookedUp counts the accounts that may be the one that was created, and
	// whose names were too many to look up.
	NotLookedUp int
}

// createSpec is one object to be created.
type createSpec[T any] struct {
	// key: creations of the same key go one after the other, each with its
	// lookup, so that what appears meanwhile can only be that one's.
	key     createKey
	address *url.URL
	body    []byte
	// read gives the object of a response; false where that gives no id.
	read func(response []byte) (T, bool)
	// before is the lookup before it is created, and may adopt an object.
	before func(ctx context.Context) (existing[T], error)
	// after is the lookup after a POST that began at a local time: the objects
	// that can be its. An error: it is not complete.
	after func(ctx context.Context, since time.Time) ([]T, error)
	// id of an object.
	id func(T) string
	// existedBefore: the listing read before a POST that began at a local time has
	// an object of that id.
	existedBefore func(id string, began time.Time) bool
	// claim takes an object; false if another resource has it.
	claim func(T) bool
}

// existing is what the lookup before a creation found.
type existing[T any] struct {
	// object is adopted; nil for none.
	object *T
	// notLookedUp counts candidates beyond the limit.
	notLookedUp int
}

const (
	// defaultLookupTimeout is how long an object whose POST has an unknown outcome is looked up.
	defaultLookupTimeout = 30 * time.Second
	// lookupDeadline bounds that where the API makes the lookup wait: it leaves
	// room for a rate window of an hour.
	lookupDeadline = 65 * time.Minute
	// notSentTries is how often a request that was never sent is tried in all.
	notSentTries = 4
	firstPause   = 500 * time.Millisecond
)

// create looks up what exists, sends one POST, and acts on what Decide says of it.
func create[T any](ctx context.Context, c *Client, spec createSpec[T], allowed time.Duration) (Creation[T], error) {
	var result Creation[T]
	waiting, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	unlock, err := c.creating.lock(waiting, spec.key)
	if err != nil {
		return result, notCreated(whyEnded(waiting, err))
	}
	defer unlock()

	before, err := spec.before(waiting)
	result.NotLookedUp = before.notLookedUp
	var refused *LookupRefusedError
	switch {
	case err != nil && waiting.Err() != nil:
		return result, notCreated(whyEnded(waiting, err))
	case errors.As(err, &refused):
		result.LookupRefused = c.firstRefusal(refused.Reason)
	case err != nil:
		return result, err
	case before.object != nil:
		result.Object, result.Adopted = *before.object, "it was there before"
		return result, nil
	}

	object, attempt, verdict := post(waiting, c, spec)
	switch verdict.Outcome {
	case Created:
		result.Object = object
		return result, nil
	case Refused:
		return result, c.apiError(attempt)
	case NotSent:
		return result, notCreated(attempt.Err)
	}
	reason := c.redact(verdict.Reason)
	found, err := pollForObject(ctx, c, spec, attempt.Began)
	if err == nil && len(found) == 1 && spec.claim(found[0]) {
		result.Object, result.Adopted, result.AfterUnknown = found[0], reason, true
		return result, nil
	}
	return result, c.unknownOutcome(reason, attempt.Began, spec.ids(found), err)
}

// post sends the POST until its outcome is decided: it is sent again only where
// it was never sent, or refused because of the rate limit.
func post[T any](ctx context.Context, c *Client, spec createSpec[T]) (T, Attempt, Verdict) {
	wanted := call{method: http.MethodPost, address: spec.address, body: spec.body, slot: c.pacer.Enqueue()}
	for tries := 1; ; {
		object, attempt, verdict := postOnce(ctx, c, spec, wanted)
		if c.config.Log != nil {
			c.log(ctx, slog.LevelDebug, "Outcome of a creation", wanted, "outcome", verdict.Outcome.String(), "reason", c.redact(verdict.Reason))
		}
		switch {
		case verdict.Outcome == WaitAndRetry:
		case verdict.Outcome == NotSent && verdict.Repeat && tries < notSentTries:
			if err := pause(ctx, tries); err != nil {
				attempt.Err = err
				return object, attempt, verdict
			}
			tries++
		default:
			return object, attempt, verdict
		}
	}
}

// postOnce counts the outcome for the breaker, and claims the object, before the
// permit goes to the next request.
func postOnce[T any](ctx context.Context, c *Client, spec createSpec[T], wanted call) (object T, attempt Attempt, verdict Verdict) {
	permit, err := wanted.slot.Wait(ctx)
	if err == nil {
		defer func() { permit.Done(attempt.response()) }()
		err = c.breaker.allowed()
	}
	if err != nil {
		attempt = Attempt{Method: wanted.method, Err: whyEnded(ctx, err)}
		return object, attempt, Decide(attempt)
	}
	attempt = c.exchange(ctx, wanted)
	if attempt.Status >= 200 && attempt.Status <= 299 {
		if read, ok := spec.read(attempt.Body); ok {
			switch {
			case spec.existedBefore(spec.id(read), attempt.Began):
				attempt.NoID = fmt.Sprintf("gave the id %s, which existed before", spec.id(read))
			case !spec.claim(read):
				attempt.NoID = fmt.Sprintf("gave the id %s, which another resource has", spec.id(read))
			default:
				object, attempt.GaveID = read, true
			}
		}
	}
	verdict = Decide(attempt)
	verdict.Reason = c.withMessage(verdict.Reason, attempt)
	c.breaker.record(verdict.Outcome)
	return object, attempt, verdict
}

// pollForObject looks the object up until it is found, for as long as LookupTimeout
// and with growing pauses, not counting what the API made it wait. An interrupt
// leaves it one lookup; the time allowed for creating does not concern it.
func pollForObject[T any](ctx context.Context, c *Client, spec createSpec[T], since time.Time) (found []T, err error) {
	polling, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookupDeadline)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		// One lookup, but not for ever: whoever interrupts is waiting.
		timer := time.AfterFunc(c.config.LookupTimeout, cancel)
		context.AfterFunc(polling, func() { timer.Stop() })
	})()
	begun, heldBack := time.Now(), c.pacer.HeldBack()
	for tries := 1; ; tries++ {
		found, err = spec.after(polling, since)
		var refused *LookupRefusedError
		switch {
		// That no name is returned may be over in a moment: the account is new.
		case err == nil && len(found) > 0, errors.As(err, &refused) && refused.refusal != nil:
			return found, err
		case polling.Err() != nil && ctx.Err() != nil:
			return found, &LookupFailedError{Reason: "the run was interrupted"}
		case polling.Err() != nil:
			return found, &LookupFailedError{Reason: "the API made it wait for " + lookupDeadline.String()}
		case time.Since(begun)-(c.pacer.HeldBack()-heldBack) >= c.config.LookupTimeout, pause(ctx, tries) != nil:
			return found, err
		}
	}
}

func (c *Client) unknownOutcome(reason string, began time.Time, candidates []string, lookupErr error) error {
	at, known := c.clock.at(began)
	result := &UnknownOutcomeError{Reason: reason, At: at, ServerTime: known, Candidates: candidates}
	if lookupErr != nil {
		result.Lookup = c.redact(describe(lookupErr))
	}
	return result
}

// firstRefusal returns the reason of a refused lookup the first time.
func (c *Client) firstRefusal(reason string) string {
	if c.refusalReported.Swap(true) {
		return ""
	}
	return reason
}

func notCreated(err error) *NotCreatedError {
	return &NotCreatedError{
		Reason:      describe(err),
		Breaker:     errors.Is(err, errBreaker),
		Interrupted: errors.Is(err, errInterrupted),
		TimedOut:    errors.Is(err, errOutOfTime),
	}
}

func (s createSpec[T]) ids(found []T) []string {
	var result []string
	for _, object := range found {
		result = append(result, s.id(object))
	}
	return result
}

// pause waits before the next try: twice as long each time, up to 8 s, with a
// quarter of jitter. It ends with ctx at once and says why.
func pause(ctx context.Context, tries int) error {
	length := min(firstPause<<min(tries-1, 8), 8*time.Second)
	length += time.Duration(rand.Int64N(int64(length)/4 + 1))
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return whyEnded(ctx, ctx.Err())
	}
}
