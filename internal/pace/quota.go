package pace

import "time"

const (
	// shortestWindow is the length from which a window is waited for. In a shorter
	// one whole seconds are too coarse, and a steady pace is as fast.
	shortestWindow = 3 * time.Second
	// firstGap is the time before the first probe.
	firstGap = 500 * time.Millisecond
	// nearReset is a reset that is too near for a probe before it to pay.
	nearReset = time.Second
	// slack is how much slower than measured the steady pace is. It costs nothing:
	// what a bucket gains meanwhile, the next response says is left.
	slack = 1.25
	// probePatience is how long a probe, or the first request of a window, may take
	// before another one joins it.
	probePatience = 2 * time.Second
	// silence is how many responses without headers mean that they have ended.
	silence = 10
	// strikesAreOut is how many refusals in a row disprove a steady refill.
	strikesAreOut = 3
	// firstTrust is how many requests in a row may be accepted with nothing left
	// before the headers are not believed; one after its reset counts as resetTrust.
	firstTrust = 9
	resetTrust = 3
)

// state is what a quota does while nothing is left.
type state int

const (
	probing state = iota // not known yet: one request finds out
	paced                // a bucket, which refills steadily
	waiting              // a window: nothing until its reset, then everything
)

// quota is what the X-RateLimit headers say may still be sent.
type quota struct {
	known   bool
	state   state
	left    int           // by the response that counts
	heard   time.Time     // when that one came
	reset   time.Time     // zero: not known
	overdue bool          // it came when the reset before had passed
	most    int           // that was ever left, and one
	gap     time.Duration // between two requests while nothing is left
	refill  refill
	strikes int // refusals in a row while nothing was left
	silent  int // responses in a row without headers
	lies    int // requests accepted in a row although nothing was left
	trust   int // how many of these it takes not to believe it
}

// obeyed reports whether the headers say when to send.
func (q *quota) obeyed() bool { return q.known && q.lies < q.trust }

// next returns the earliest time at which one more request may join those in
// flight, and the reason unless these only have to be answered first.
func (q *quota) next(inFlight int) (at time.Time, why reason) {
	if q.left > inFlight || q.left > 0 && inFlight == 0 {
		return time.Time{}, none
	}
	at, why, each := q.heard.Add(q.gap), steadyPace, probePatience
	untilReset := q.reset.Sub(q.heard)
	switch {
	case q.state == paced:
		each = q.gap
	case untilReset > 0 && q.state == waiting:
		at, why = q.reset, windowUsedUp
	case untilReset > 0 && untilReset < max(q.gap, nearReset):
		at = q.reset
	}
	if q.left > 0 {
		why = none
	}
	return at.Add(time.Duration(inFlight-q.left) * each), why
}

// hear takes the headers of the response to a request that was sent at began. Of
// responses that may be out of order, the one that leaves least counts.
func (q *quota) hear(now, began time.Time, left int, reset time.Time, accepted bool) {
	if !q.known {
		*q = quota{known: true, gap: firstGap, trust: firstTrust}
	}
	q.silent = 0
	q.most = max(q.most, left+1)
	if accepted {
		q.refill.spent++
	}
	if began.Before(q.heard) && left >= q.left {
		return
	}
	q.overdue = q.reset.After(q.heard) && !now.Before(q.reset)
	outwaited := q.overdue && q.reset.Sub(q.heard) > shortestWindow
	q.left, q.heard, q.reset = left, now, reset
	switch {
	case left > 0:
		q.lies = 0
	case accepted && outwaited:
		q.lies += resetTrust
	case accepted:
		q.lies++
	}
	if left == 0 {
		q.emptied(now)
	}
}

// unheard takes note of a response without headers, to a request that counted
// nevertheless.
func (q *quota) unheard() {
	q.left = max(q.left-1, 0)
	if q.silent++; q.silent >= silence {
		*q = quota{}
	}
}

// emptied concludes from what was accepted between two moments with nothing
// left how the quota comes back: at once, or in drops.
func (q *quota) emptied(now time.Time) {
	came, took := q.refill.interval(now)
	atOnce := 2*came >= q.most
	switch {
	case came == 0:
		return
	case atOnce && q.strikes > 0 && took > shortestWindow:
		q.state = waiting
	case q.state == probing && (!atOnce || q.strikes > 0):
		q.state = paced
	}
	if q.state == paced {
		q.refill.add(came, took)
		q.gap = seconds(slack / q.refill.rate())
	}
	q.strikes = 0
}

// refused takes note of the first of a run of refusals with nothing left.
func (q *quota) refused() {
	if !q.obeyed() {
		q.trust *= 2
	}
	q.lies = 0
	q.strikes++
	switch {
	case q.state == waiting || q.overdue: // the reset counts whole seconds
		q.gap = min(q.gap, shortestWait)
	case q.state == probing:
		q.gap = min(2*q.gap, longestWindow)
	case q.strikes < strikesAreOut:
		q.refill.count /= 1.5
		q.gap = seconds(slack / q.refill.rate())
	default:
		q.state, q.refill = probing, refill{empty: q.refill.empty, spent: q.refill.spent}
	}
}
