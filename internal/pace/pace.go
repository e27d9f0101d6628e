package pace

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Options of a [Pacer].
type Options struct {
	// MaxConcurrent is the most requests that are under way at once, at least 1
	// (less counts as 1). The pacer keeps to fewer where the API refuses so many.
	MaxConcurrent int
	// PerMinute is a ceiling of the requests that start in any 60 seconds. It is
	// never exceeded, whatever the API allows; 0 (or less) is none. What the API
	// allows is learnt from its answers in either case.
	PerMinute int
	// OnWait, if not nil, is told when the pacer begins to hold requests back:
	// once for each wait, not for each request, and of short ones once for each
	// reason. It is called without any lock held, from the goroutine that
	// happens to notice, and should return soon.
	OnWait func(Wait)
}

// Pacer decides when requests may start. It is safe for concurrent use, and
// costs nothing while no request waits: no goroutine, no timer.
type Pacer struct {
	onWait func(Wait)
	random func() float64 // 0 to 1

	mu          sync.Mutex
	places      uint64 // given out
	line        line
	timer       *time.Timer
	underWay    int
	started     uint64
	ceiling     ceiling
	concurrency concurrency
	budget      budget
	unannounced unannounced
	clock       serverClock
	hold        hold
	notice      notice
}

// New gives a pacer that knows nothing yet about the API.
func New(o Options) *Pacer {
	return &Pacer{
		onWait:      o.OnWait,
		random:      rand.Float64,
		ceiling:     ceiling{perMinute: max(o.PerMinute, 0)},
		concurrency: newConcurrency(max(o.MaxConcurrent, 1)),
	}
}

// Turn is the leave to start one request now.
type Turn struct {
	pacer    *Pacer
	number   uint64 // of the turns of the pacer
	began    time.Time
	count    int  // of requests under way, with this one
	proven   int  // the largest count that had been accepted by then
	expected bool // the budget had something left for it
	anew     bool // the quota was to have started anew since the last refusal
	done     bool
}

// Answer is what came of a request.
type Answer struct {
	// Status is the HTTP status, 0 if no answer came or none was asked for.
	Status int
	// Header of the answer; may be nil.
	Header http.Header
	// At is when the answer came by the local clock; zero is now.
	At time.Time
	// RetryAfter is the wait that the body asks for, 0 if it does not. It counts
	// where the header asks for none, and up to 24 h.
	RetryAfter time.Duration
}

// Done tells that the request has ended. It must be called exactly once; more
// calls do nothing.
func (t *Turn) Done(a Answer) {
	p, now := t.pacer, time.Now()
	p.mu.Lock()
	if t.done {
		p.mu.Unlock()
		return
	}
	t.done = true
	p.underWay--
	p.ceiling.ended(now)
	if a.At.Before(t.began) || a.At.After(now) {
		a.At = now
	}
	p.learn(t, a)
	told := p.serve(now)
	p.mu.Unlock()
	p.tell(told)
}

// start gives the turn to start a request.
func (p *Pacer) start(now time.Time) *Turn {
	p.underWay++
	p.started++
	turn := &Turn{
		pacer: p, number: p.started, began: now, count: p.underWay, proven: p.concurrency.proven,
		expected: p.budget.known && p.budget.left >= p.underWay,
		anew:     p.budget.startedAnew(p.hold.heeded, now),
	}
	p.ceiling.started()
	p.concurrency.started(now)
	p.unannounced.started(now)
	return turn
}

// verdict is whether a request may start.
type verdict struct {
	now   bool
	again time.Time // when to ask again; zero: after the next answer
	why   reason    // none: nothing that is worth telling
}

// mayStart reports whether the next request may start.
func (p *Pacer) mayStart(now time.Time) verdict {
	var v verdict
	later := func(at time.Time, why reason) {
		if at.After(now) && at.After(v.again) {
			v.again, v.why = at, why
		}
	}
	later(p.hold.until, p.hold.why)
	if p.budget.known {
		at, used := p.budget.next(p.underWay)
		switch {
		case !used:
			later(at, none)
		case p.budget.kind == windowed:
			later(at, windowUsedUp)
		default:
			later(at, steadyPace)
		}
	} else {
		later(p.unannounced.next(now), steadyPace)
	}
	at, ok := p.ceiling.next(now)
	later(at, atCeiling)
	if !ok || !v.again.IsZero() {
		return v
	}
	v.again, v.now = p.concurrency.admits(now, p.underWay)
	return v
}

// serve lets start what may, in order of arrival, and sees to it that the rest
// is looked at again. It gives the wait to tell of, nil for none.
func (p *Pacer) serve(now time.Time) *Wait {
	for !p.line.empty() {
		v := p.mayStart(now)
		if !v.now {
			p.wakeAt(now, v.again)
			return p.noticeOf(now, v)
		}
		p.line.pop().begin(p.start(now))
	}
	p.wakeAt(now, time.Time{})
	return nil
}

// wakeAt has the line looked at again at a time, or at none if it is zero.
func (p *Pacer) wakeAt(now, at time.Time) {
	switch {
	case at.IsZero():
		if p.timer != nil {
			p.timer.Stop()
		}
	case p.timer == nil:
		p.timer = time.AfterFunc(at.Sub(now), p.wake)
	default:
		p.timer.Reset(at.Sub(now))
	}
}

func (p *Pacer) wake() {
	p.mu.Lock()
	told := p.serve(time.Now())
	p.mu.Unlock()
	p.tell(told)
}
