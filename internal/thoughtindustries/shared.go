package thoughtindustries

import (
	"context"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// sharedTimeout bounds a question that several callers wait for. It leaves room
// for a rate window of an hour.
const sharedTimeout = 70 * time.Minute

// shared runs a request once for several callers that ask at the same time: each is sent once,
// also for those who ask while it is under way. The zero value is ready to use.
type shared[T any] struct {
	flights singleflight.Group
	mu      sync.Mutex
	kept    map[string]T
}

// get gives what was kept for a question, or asks. ask says whether its result
// is kept. It runs detached from ctx: it must not end because the first of
// several callers gave up, since the others would take that for a response.
// A caller that may not wait for the rate limit joins one that may: a plan ends
// when all its lookups have. In the other case it may end with ErrWouldWait, and
// then whoever may wait asks again.
func (s *shared[T]) get(ctx context.Context, question string, ask func(context.Context) (value T, keep bool, err error)) (T, error) {
	for {
		value, err := s.join(ctx, question, ask)
		if !isWouldWait(err) || withoutWaiting(ctx) {
			return value, err
		}
	}
}

func (s *shared[T]) join(ctx context.Context, question string, ask func(context.Context) (value T, keep bool, err error)) (T, error) {
	if value, ok := s.peek(question); ok {
		return value, nil
	}
	result := s.flights.DoChan(question, func() (any, error) {
		if value, ok := s.peek(question); ok {
			return value, nil
		}
		asking, cancel := detachedContext(ctx)
		defer cancel()
		value, keep, err := ask(asking)
		if keep && err == nil && asking.Err() == nil {
			value = s.putFirst(question, value)
		}
		return value, err
	})
	select {
	case done := <-result:
		value, _ := done.Val.(T)
		return value, done.Err
	case <-ctx.Done():
		var none T
		return none, whyEnded(ctx, ctx.Err())
	}
}

// peek gives what was kept, without asking.
func (s *shared[T]) peek(question string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	value, ok := s.kept[question]
	return value, ok
}

// drop forgets what was kept for a question, if it is so.
func (s *shared[T]) drop(question string, so func(T) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if value, ok := s.kept[question]; ok && so(value) {
		delete(s.kept, question)
	}
}

// put keeps a value, as if it had been asked for.
func (s *shared[T]) put(question string, value T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.keep(question, value)
}

// putFirst keeps a value unless there is one, and gives the one that is kept.
func (s *shared[T]) putFirst(question string, value T) T {
	s.mu.Lock()
	defer s.mu.Unlock()
	if earlier, ok := s.kept[question]; ok {
		return earlier
	}
	s.keep(question, value)
	return value
}

// keep needs mu.
func (s *shared[T]) keep(question string, value T) {
	if s.kept == nil {
		s.kept = map[string]T{}
	}
	s.kept[question] = value
}

// detachedContext is the context of a question that several callers wait for.
func detachedContext(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), sharedTimeout)
}
