package pace

import (
	"net/http"
	"time"
)

const (
	// longestWindow is the longest that a quota may last: a reset further away
	// is not believed.
	longestWindow = time.Hour
	// coarse is how long a window must last for whole seconds not to matter.
	coarse = 3 * time.Second
	// slack is how much slower than measured the pace is. It costs nothing: what
	// a bucket gains meanwhile, the next response says is left.
	slack = 1.25
	// nearReset is a reset that is too near for a probe before it to pay.
	nearReset = time.Second
	// windowPatience is how long the first request of a window may take before a
	// second one joins it.
	windowPatience = 2 * time.Second
	// silence is how many responses without headers mean that they have ended.
	silence = 10
	// firstDoubt is how many requests in a row may be accepted with nothing left
	// before the headers are not believed. A wait for a reset counts as doubtOfReset.
	firstDoubt   = 9
	doubtOfReset = 3
	// strikesAreOut is how many refusals in a row disprove a steady refill.
	strikesAreOut = 3
)

// kind is what a quota does once nothing is left.
type kind int

const (
	probing kind = iota // not known yet: one request finds out
	paced               // it refills steadily
	waiting             // nothing until its reset, then everything
)

// quota is what the X-RateLimit headers say may still be sent.
type quota struct {
	known   bool
	left    int       // by the response that counts
	heard   time.Time // when that one came
	reset   time.Time // zero: not known
	top     int       // the most that was left, and one
	silent  int       // responses in a row without headers
	kind    kind
	gap     time.Duration // between two requests while nothing is left
	refill  refill
	overdue bool // the response that counts came when the reset had passed
	strikes int  // refusals in a row while nothing was left
	doubt   doubt
}

// doubt is about headers that say that nothing is left, to requests that are accepted.
type doubt struct{ count, most int }

// obeyed reports whether the headers say when to send.
func (q *quota) obeyed() bool { return q.known && q.doubt.count < q.doubt.most }

// next returns the earliest time at which one more request may join those in
// flight. The reason is none where that is only because these have to be
// answered first.
func (q *quota) next(inFlight int) (at time.Time, why reason) {
	switch {
	case q.left > inFlight || q.left > 0 && inFlight == 0:
		return time.Time{}, none
	case q.kind == waiting && q.reset.After(q.heard):
		at, why = q.reset.Add(time.Duration(inFlight)*windowPatience), windowUsedUp
	default:
		more := max(inFlight-q.left, 0)
		if q.kind == probing {
			more *= 8 // one request is enough to find out, unless it hangs
		}
		at, why = q.heard.Add(time.Duration(more+1)*q.gap), steadyPace
		if left := q.reset.Sub(q.heard); q.kind == probing && more == 0 && left > 0 && (left < q.gap || left <= nearReset) {
			at = q.reset
		}
	}
	if q.left > 0 {
		why = none
	}
	return at, why
}

// outOfOrder reports whether a response may be older than the one that counts:
// of those the lowest counts, unless the order cannot explain the difference.
func (q *quota) outOfOrder(left int, began time.Time, overlap int) bool {
	return q.known && began.Before(q.heard) && left >= q.left && left <= q.left+overlap
}

// hear takes the headers of a response.
func (q *quota) hear(now time.Time, l Limits, reset time.Time, accepted, stale bool) {
	q.silent = 0
	if !q.known {
		q.known, q.doubt.most = true, firstDoubt
		q.gap = min(max(time.Minute/time.Duration(max(l.Limit, 1)), 250*time.Millisecond), 500*time.Millisecond)
	}
	q.top = max(q.top, l.Remaining+1)
	if accepted {
		q.refill.spent++
	}
	if stale {
		return
	}
	q.overdue = q.reset.After(q.heard) && !now.Before(q.reset)
	q.left, q.heard, q.reset = l.Remaining, now, reset
	switch {
	case q.left > 0:
		q.doubt.count = 0
	default:
		if accepted {
			q.doubtMore()
		}
		q.emptied(now)
	}
}

func (q *quota) doubtMore() {
	q.doubt.count++
	if q.kind == waiting {
		q.doubt.count += doubtOfReset - 1
	}
}

// unheard takes note of a response without headers, to a request that may have
// counted nevertheless.
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
	switch {
	case came == 0 || q.kind == waiting:
	case 2*came >= q.top && q.strikes > 0 && took > coarse:
		q.kind = waiting
	case 2*came >= q.top && q.strikes == 0 && q.kind == probing:
		q.setGap(q.gap / 2) // a fast bucket may have filled up: look earlier
	default:
		q.kind = paced
		q.refill.add(float64(came), took)
		q.setGap(seconds(slack / q.refill.rate()))
	}
	if came > 0 {
		q.strikes = 0
	}
}

// refused takes note of the first of a run of refusals. asked is how long the
// response asks to wait, 0 if it does not ask.
func (q *quota) refused(now time.Time, asked time.Duration) {
	if !q.obeyed() {
		q.doubt.most *= 2
	}
	q.doubt.count = 0
	q.strikes++
	switch {
	case q.overdue: // the reset counts whole seconds
		q.setGap(min(q.gap, shortestPause))
	case q.kind == paced && q.strikes < strikesAreOut:
		q.refill.count /= 1.5
		q.setGap(seconds(slack / q.refill.rate()))
	case q.kind == paced:
		q.kind, q.refill.rateMeter = probing, rateMeter{}
	case q.kind == probing:
		q.setGap(2 * q.gap)
	default:
		q.setGap(shortestPause)
	}
	if asked > 0 && (q.reset.IsZero() || asked < q.reset.Sub(now)/2) {
		q.reset = now.Add(asked) // the plainer word of the two
	}
}

func (q *quota) setGap(gap time.Duration) {
	q.gap = min(max(gap, 2*time.Millisecond), longestPause)
}

// localReset is a reset by the local clock, zero if it is not one to wait for.
// A server whose clock is off says so by its Date, which counts whole seconds.
func localReset(reset time.Time, h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get(headerDate)); err == nil && date.Sub(now).Abs() > 2*time.Second {
		reset = reset.Add(now.Sub(date))
	}
	if until := reset.Sub(now); until < -time.Second || until > longestWindow+time.Minute {
		return time.Time{}
	}
	return now.Add(reset.Sub(now)) // it does not move when the local clock is set anew
}
