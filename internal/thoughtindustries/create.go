package thoughtindustries

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/pace"
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

// UnknownOutcomeError: the object may have been created or not, and looking
// did not tell. The request must not be sent again.
type UnknownOutcomeError struct {
	// Reason says what happened, in words for people.
	Reason string
	// At is the server's time when the request was sent, as far as it is known.
	At time.Time
	// Candidates are the ids that looking found, where there were several.
	Candidates []string
	// Look says why looking found nothing; empty where it worked.
	Look string
}

func (e *UnknownOutcomeError) Error() string { return "the outcome is unknown: " + e.Reason }

// ExistsError: nothing was created, because there is such an object already.
type ExistsError struct {
	// Accounts are the ones that exist, newest first, at least one where an
	// account was to be created.
	Accounts []CreditAccount
	// Batches are the ones that exist, likewise.
	Batches []CreditBatch
	// Held: the one that exists is held by another resource of this state.
	Held bool
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
	// created or no answer told of it; empty where the answer gave the id.
	Adopted string
	// AfterUnknown: Adopted after a POST whose outcome was not known, by
	// looking; false where the object was there before.
	AfterUnknown bool
	// LookupRefused is set once in a run: the endpoints by which objects are
	// looked up are not open to this key.
	LookupRefused string
}

// posting is one object to be created.
type posting[T any] struct {
	// key: postings of the same key go one after the other, so that what
	// appears while one is under way can only be that one's.
	key     string
	address *url.URL
	body    []byte
	// read gives the object of an answer; false where that gives no id.
	read func(answer []byte) (T, bool)
	// before looks for an object that is there already, and may adopt it.
	before func(ctx context.Context) (*T, error)
	// look gives the objects that can be this one, created since (local time).
	look func(ctx context.Context, since time.Time) ([]T, error)
	// id of an object, for people.
	id func(T) string
	// claim takes an object for this posting; false if another one has it.
	claim func(T) bool
}

const (
	// defaultLookFor is how long an object whose POST has an unknown outcome is looked for.
	defaultLookFor = 30 * time.Second
	// lookAtMost bounds it where the look itself has to wait.
	lookAtMost = 5 * time.Minute
	// notSentTries is how often a request that never left is tried in all.
	notSentTries = 4
	firstPause   = 500 * time.Millisecond
)

// create sends one POST, and acts on what Decide says of it.
func create[T any](ctx context.Context, c *Client, p posting[T], allowed time.Duration) (Creation[T], error) {
	var done Creation[T]
	waiting, cancel := context.WithTimeout(ctx, allowed)
	defer cancel()
	unlock, err := c.creating.lock(waiting, p.key)
	if err != nil {
		return done, notCreated(whyEnded(waiting, err))
	}
	defer unlock()

	existing, err := p.before(waiting)
	done.LookupRefused = c.accounts.refusalToTell()
	switch {
	case err != nil && waiting.Err() != nil:
		return done, notCreated(whyEnded(waiting, err))
	case err != nil:
		return done, err
	case existing != nil:
		done.Object, done.Adopted = *existing, "it was there before"
		return done, nil
	}

	place := c.pacer.Line()
	defer place.Leave()
	var (
		object  T
		verdict Verdict
	)
	wanted := call{
		method: http.MethodPost, address: p.address, body: p.body, place: place, allowed: c.breaker.allowed,
		settle: func(attempt *Attempt) {
			if attempt.Status >= 200 && attempt.Status <= 299 {
				object, attempt.GaveID = p.read(attempt.Body)
			}
			verdict = Decide(*attempt)
			c.breaker.record(verdict.Outcome)
		},
	}
	since := time.Time{} // when the first request began that may yet show up as an object
	for tries := 1; ; {
		attempt := c.attempt(waiting, wanted)
		if since.IsZero() && (verdict.Outcome == Unknown || verdict.LookFirst) {
			since = attempt.Began
		}
		if c.config.Log != nil {
			c.log(ctx, slog.LevelDebug, "Outcome of a creation", wanted, "outcome", verdict.Outcome.String(), "reason", c.redact(verdict.Reason))
		}
		switch verdict.Outcome {
		case Created:
			if !p.claim(object) {
				verdict.Reason = "the answer gave the id of one that is held already"
				return done, c.unknown(verdict, attempt.Began, p.ids([]T{object}), nil)
			}
			done.Object = object
			return done, nil

		case Refused:
			return done, c.apiError(attempt)

		case NotSent:
			if !verdict.Repeat || tries >= notSentTries {
				return done, notCreated(attempt.Err)
			}
			if err := pause(waiting, tries); err != nil {
				return done, notCreated(err)
			}
			tries++

		case WaitAndRetry:
			if !verdict.LookFirst {
				continue
			}
			// The turn comes at the time that the server gave. Waiting for it is
			// bounded by the time allowed, and the look after it is not.
			turn, err := place.Wait(waiting)
			if err != nil {
				return done, notCreated(whyEnded(waiting, err))
			}
			turn.Done(pace.Answer{})
			found, lookErr := lookOnce(ctx, p, since)
			if len(found) > 1 {
				return done, c.unknown(verdict, since, p.ids(found), lookErr)
			}
			if len(found) == 1 && p.claim(found[0]) {
				done.Object, done.Adopted, done.AfterUnknown = found[0], verdict.Reason, true
				return done, nil
			}

		default:
			found, lookErr := lookUntil(ctx, p, since, c.config.LookFor)
			if len(found) == 1 && p.claim(found[0]) {
				done.Object, done.Adopted, done.AfterUnknown = found[0], c.redact(verdict.Reason), true
				return done, nil
			}
			return done, c.unknown(verdict, since, p.ids(found), lookErr)
		}
	}
}

func lookOnce[T any](ctx context.Context, p posting[T], since time.Time) ([]T, error) {
	looking, cancel := context.WithTimeout(ctx, lookAtMost)
	defer cancel()
	return p.look(looking, since)
}

// lookUntil looks until something is found, for as long as lookFor and with growing
// pauses. An interrupt leaves it one look; the time allowed for creating does
// not concern it.
func lookUntil[T any](ctx context.Context, p posting[T], since time.Time, lookFor time.Duration) (found []T, err error) {
	looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lookAtMost)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		// One look, but not for ever: whoever interrupts is waiting.
		timer := time.AfterFunc(lookFor, cancel)
		context.AfterFunc(looking, func() { timer.Stop() })
	})()
	begun := time.Now()
	for tries := 1; ; tries++ {
		found, err = p.look(looking, since)
		if len(found) > 0 || lookupRefused(err) {
			return found, err
		}
		if looking.Err() != nil || time.Since(begun) >= lookFor {
			return nil, err
		}
		if pause(ctx, tries) != nil {
			return nil, err
		}
	}
}

func (c *Client) unknown(verdict Verdict, since time.Time, candidates []string, lookErr error) error {
	result := &UnknownOutcomeError{Reason: c.redact(verdict.Reason), At: c.clock.at(since), Candidates: candidates}
	if lookErr != nil {
		result.Look = c.redact(describe(lookErr))
	}
	return result
}

func notCreated(err error) *NotCreatedError {
	return &NotCreatedError{
		Reason:      describe(err),
		Breaker:     errors.Is(err, errBreaker),
		Interrupted: errors.Is(err, errInterrupted),
		TimedOut:    errors.Is(err, errOutOfTime),
	}
}

func (p posting[T]) ids(found []T) []string {
	var result []string
	for _, object := range found {
		result = append(result, p.id(object))
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
