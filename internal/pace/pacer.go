package pace

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// Options of a [Pacer].
type Options struct {
	// MaxConcurrent is the most requests in flight at once, at least 1 (less
	// counts as 1). The pacer keeps to fewer where the API refuses so many.
	MaxConcurrent int
	// PerMinute is a ceiling of the requests in any 60 seconds. It is never
	// exceeded, whatever the API allows; 0 (or less) is none.
	PerMinute int
	// OnWait, if not nil, is called when the pacer begins to hold requests back:
	// once for each wait, not for each request. It is called without a lock held,
	// from the goroutine that happens to notice, and should return soon.
	OnWait func(Wait)
}

// Pacer decides when requests may start. It is safe for concurrent use, and
// costs nothing while no request waits: no goroutine, no timer.
type Pacer struct {
	onWait func(Wait)
	random func() float64 // 0 to 1

	slots       atomic.Uint64 // given out
	mu          sync.Mutex
	queue       queue
	timer       *time.Timer
	inFlight    int
	ceiling     ceiling
	concurrency concurrency
	quota       quota
	unannounced unannounced
	backoff     backoff
	notice      notice
}

// New returns a pacer that knows nothing yet about the API.
func New(o Options) *Pacer {
	p := &Pacer{
		onWait:      o.OnWait,
		random:      rand.Float64,
		ceiling:     ceiling{perMinute: max(o.PerMinute, 0)},
		concurrency: newConcurrency(max(o.MaxConcurrent, 1)),
	}
	if p.onWait == nil {
		p.onWait = func(Wait) {}
	}
	return p
}

// Permit allows one request to start now.
type Permit struct {
	pacer  *Pacer
	began  time.Time
	count  int  // of requests in flight, with this one
	proven bool // as many had been accepted at once before
	done   bool
}

// Response is what came of a request.
type Response struct {
	// Status is the HTTP status, 0 if no response came.
	Status int
	// Header of the response; may be nil.
	Header http.Header
	// RetryAfter is the wait that the body asks for, 0 if it does not. It counts
	// where the header asks for none.
	RetryAfter time.Duration
	// Unsent says that no part of the request left. It uses up nothing.
	Unsent bool
}

// Done ends the permit. It must be called exactly once; more calls do nothing.
func (t *Permit) Done(r Response) {
	p, now := t.pacer, time.Now()
	p.mu.Lock()
	if t.done {
		p.mu.Unlock()
		return
	}
	t.done = true
	p.inFlight--
	if !r.Unsent {
		p.ceiling.ended(now)
		p.learn(t, r, now)
	}
	p.serveAndUnlock(now)
}

// learn takes what a response says about the limit.
func (p *Pacer) learn(t *Permit, r Response, now time.Time) {
	refused := r.Status == http.StatusTooManyRequests
	accepted := r.Status > 0 && r.Status < 500 && !refused
	wait, asked := r.retryAfter(now)
	left, reset, announced := rateLimit(r.Header, now)
	switch {
	case announced:
		p.quota.hear(now, t.began, left, reset, accepted)
	case r.Status > 0 && p.quota.known:
		p.quota.unheard()
	}
	sinceRefusal := !t.began.Before(p.backoff.heeded)
	switch {
	case refused:
		p.refused(t, now, announced, left)
		if sinceRefusal {
			p.backoff.refused(now, wait, p.quota.obeyed(), p.random())
		} else if asked {
			p.backoff.extend(now, wait, p.random(), askedToWait)
		}
	case r.Status >= 500 && asked:
		p.backoff.extend(now, wait, p.random(), askedToWait)
		p.concurrency.close()
	case accepted:
		p.unannounced.accept(now)
		if sinceRefusal {
			p.backoff.since = time.Time{}
			p.concurrency.accept(t.count)
		}
	}
}

// refused learns from a 429. Which limit it was shows in what is left of the
// quota or, without headers, in whether so many were accepted at once before.
// What was in flight at a refusal that was acted upon is part of that one.
func (p *Pacer) refused(t *Permit, now time.Time, announced bool, left int) {
	tooMany := t.count > 1 && (announced && left > 0 || !announced && !t.proven)
	if tooMany {
		p.concurrency.lower(now, t.count)
	}
	if t.began.Before(p.backoff.heeded) {
		return
	}
	p.concurrency.close()
	switch {
	case announced && left == 0:
		p.quota.refused()
	case !announced && !tooMany && p.backoff.since.IsZero():
		p.unannounced.refused(now)
	}
}

// start gives the permit to start a request.
func (p *Pacer) start(now time.Time) *Permit {
	p.inFlight++
	p.concurrency.moved = now
	p.unannounced.start(now)
	return &Permit{pacer: p, began: now, count: p.inFlight, proven: p.concurrency.hasProven(p.inFlight)}
}

// mayStart reports whether the next request may start. If not, again is when to
// ask again, zero for after the next response, and why is worth a message
// unless it is none.
func (p *Pacer) mayStart(now time.Time) (again time.Time, why reason, ok bool) {
	later := func(at time.Time, because reason) {
		if at.After(now) && at.After(again) {
			again, why = at, because
		}
	}
	later(p.backoff.until, p.backoff.why)
	if p.quota.obeyed() {
		later(p.quota.next(p.inFlight))
	} else {
		later(p.unannounced.next(now), steadyPace)
	}
	at, room := p.ceiling.next(now, p.inFlight)
	if later(at, atCeiling); !room || !again.IsZero() {
		return again, why, false
	}
	again, ok = p.concurrency.admits(now, p.inFlight)
	return again, none, ok
}

// serveAndUnlock starts what may start, in order of the queue, and sees to it
// that the rest is looked at again.
func (p *Pacer) serveAndUnlock(now time.Time) {
	var again time.Time
	var why reason
	ok := true
	for ok && len(p.queue) > 0 {
		if again, why, ok = p.mayStart(now); ok {
			first := p.queue[0]
			p.queue.remove(first)
			first.permit = p.start(now)
			close(first.ready)
		}
	}
	if !ok && why != none {
		if p.queue.dropImpatient(); len(p.queue) == 0 {
			again, why = time.Time{}, none
		}
	}
	wait, isNew := p.notice.of(now, again, why, len(p.queue))
	if p.timer != nil {
		p.timer.Stop()
	}
	if !again.IsZero() {
		p.timer = time.AfterFunc(again.Sub(now), func() {
			p.mu.Lock()
			p.serveAndUnlock(time.Now())
		})
	}
	p.mu.Unlock()
	if isNew {
		p.onWait(wait)
	}
}

// HeldBack is how long requests have waited so far because of the API: its
// limits, or a wait that it asked for. Of two calls the difference is how much
// of the time between them was not the caller's to use.
func (p *Pacer) HeldBack() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.notice.heldBack(time.Now())
}
