package pace

import "time"

const (
	// longestLearnt is the longest wait that is concluded from headers that do
	// not ask for one.
	longestLearnt = 2 * time.Minute
	// shortestGap and longestGap bound the time between two requests while
	// nothing is left.
	shortestGap = 2 * time.Millisecond
	longestGap  = longestLearnt
	// slack is how much slower than measured the steady pace is. It costs
	// nothing: what the bucket gains meanwhile, the next answer says is left.
	slack = 1.25
	// patienceInWindow is how long the first request of a window may take
	// before a second one joins it.
	patienceInWindow = 2 * time.Second
	// silence is how many answers without headers mean that they have ended.
	silence = 10
	// coarse is how long a window may last for whole seconds to matter.
	coarse = 3 * time.Second
	// notWorthAsking is a wait that is too short to find out whether something
	// is left before its end: to be refused costs as much.
	notWorthAsking = time.Second
	// strikesAreOut is how many refusals in a row disprove a steady refill.
	strikesAreOut = 3
	// neverAnyLeft is how many requests in a row may leave nothing before the
	// pace is tried a little faster.
	neverAnyLeft = 8
)

// kind is what a limit does once nothing is left.
type kind int

const (
	unsure   kind = iota
	steady        // a bucket: it fills at a steady rate
	windowed      // a window: nothing until it ends, then everything
)

// budget is what the X-RateLimit headers say may still be sent.
//
// A rate.Limiter cannot hold it: what is left is set by every answer, not
// counted down locally, since others may use the same key.
type budget struct {
	known  bool
	left   int       // by the answer that counts
	heard  time.Time // when that answer came
	reset  time.Time // when it says that the quota starts anew; zero: not told
	began  time.Time // when an answer first told of that reset
	seen   bool      // it told of another one before
	top    int       // the size of the quota, as far as known
	silent int       // answers in a row without headers
	jitter float64   // 0 to 1, drawn with every answer that counts
	others int       // how many requests others seem to have under way

	kind    kind
	gap     time.Duration // between two requests while nothing is left
	refill  meter         // of a steady limit
	strikes int           // refusals in a row while nothing was left
	drops   int           // times that a window seemed to fill in drops
	never   int           // accepted requests in a row that left nothing
	faster  int           // how many of them it takes to go faster
	hurry   float64       // factor of the gap
	period  time.Duration // of windows, 0 if not known
	early   bool          // resets are cut off to whole seconds
	tooSoon time.Duration // a window lasts longer than this

	quiet quietMoment
}

// quietMoment is a moment without any request under way: what is left and what
// was spent can be compared between two of them, whatever order the server
// served the requests in.
type quietMoment struct {
	known bool
	at    time.Time
	left  int
	ends  time.Time
	spent int // accepted requests since
}

// next gives the earliest time at which one more request may join those under
// way. used reports whether that is because the budget is used up; otherwise
// it is only those under way that have to be answered first.
func (b *budget) next(underWay int) (at time.Time, used bool) {
	switch {
	case !b.known || b.left > underWay+b.others || b.left > 0 && underWay == 0:
		return time.Time{}, false
	case b.kind == windowed && !b.ends().IsZero():
		wait := b.ends().Sub(b.heard)
		at = b.ends().Add(part(min(wait/50, 250*time.Millisecond), b.jitter))
		return at.Add(time.Duration(underWay) * patienceInWindow), b.left == 0
	}
	more := max(underWay-b.left, 0)
	if b.kind != steady {
		more *= 8 // one request is enough to find out, unless it hangs
	}
	gap := b.gap + part(b.gap/10, b.jitter)
	at = b.heard.Add(time.Duration(more+1) * gap)
	if ends := b.ends(); b.kind == unsure && more == 0 && ends.After(b.heard) &&
		(ends.Before(at) || ends.Sub(b.heard) <= notWorthAsking) {
		at = ends
	}
	return at, b.left == 0
}

// ends is when the quota may start anew; zero if nothing tells.
//
// Resets count whole seconds, up or down, which matters where a quota lasts
// hardly longer. But a window ends at the latest its length after the first
// answer in it, and lengths are whole seconds.
func (b *budget) ends() time.Time {
	if b.reset.IsZero() {
		return b.reset
	}
	ends := b.reset
	if b.early || !ends.After(b.heard) {
		ends = ends.Add(time.Second)
	}
	length := b.reset.Sub(b.began)
	if !b.seen || length <= 0 || length > coarse {
		return ends
	}
	if b.early {
		length += time.Second - 1
	}
	length = length.Truncate(time.Second)
	if full := b.began.Add(length); length > b.tooSoon && full.Before(ends) {
		return full
	}
	return ends
}

// hear takes the headers of an answer. overlap is how many other requests the
// server may have served in another order than they were sent and answered in,
// underWay how many are still under way.
func (b *budget) hear(now time.Time, l Limits, reset, began time.Time, overlap, underWay int, accepted bool, jitter float64) {
	b.silent = 0
	b.top = max(b.top, l.Limit, l.Remaining+1)
	// Of answers that may be out of order the lowest counts, unless the order
	// cannot explain the difference.
	stale := b.known && began.Before(b.heard) && l.Remaining >= b.left && l.Remaining <= b.left+overlap
	if !stale {
		b.left, b.heard, b.jitter = l.Remaining, now, jitter
		b.resets(now, reset)
	}
	if !b.known {
		b.known, b.gap, b.hurry, b.faster = true, firstGap(b.top), 1, neverAnyLeft
	}
	if accepted {
		b.quiet.spent++
		b.speedUp(l.Remaining)
	}
	if underWay == 0 {
		b.compare(now)
	}
}

// firstGap is the time that one request takes of a quota a minute, as the API
// documents it, within bounds that suit quotas of another length.
func firstGap(top int) time.Duration {
	return min(max(time.Minute/time.Duration(max(top, 1)), 250*time.Millisecond), 500*time.Millisecond)
}

// startedAnew reports whether the quota was to start anew between two times.
func (b *budget) startedAnew(after, now time.Time) bool {
	ends := b.ends()
	return ends.After(after) && !ends.After(now)
}

// resets takes note of when the quota starts anew, if that is one to wait for.
func (b *budget) resets(now, reset time.Time) {
	switch step := reset.Sub(b.reset); {
	case reset.IsZero() || reset.Add(time.Second).Before(now):
		b.reset = time.Time{}
	case reset.After(now.Add(longestLearnt)):
		b.reset = now.Add(longestLearnt)
	case b.reset.IsZero() || step > coarse/10 || step < -coarse/10:
		if !b.reset.IsZero() && step > 0 && step <= longestLearnt {
			b.period = step.Round(time.Second)
		}
		b.seen, b.reset, b.began = !b.reset.IsZero(), reset, now
	}
}

// unheard takes note of an answer without headers, to a request that may have
// counted nevertheless.
func (b *budget) unheard() {
	if !b.known {
		return
	}
	b.left = max(b.left-1, 0)
	if b.silent++; b.silent >= silence {
		*b = budget{}
	}
}

// compare looks at two quiet moments and concludes what kind of limit it is:
// a few more than were left before came in drops, a whole quota came at once.
func (b *budget) compare(now time.Time) {
	before := b.quiet
	b.quiet = quietMoment{known: true, at: now, left: b.left, ends: b.ends()}
	if !before.known {
		return
	}
	came, took := b.left-before.left+before.spent, now.Sub(before.at)
	switch {
	case 2*came >= b.top:
		b.cameAtOnce(before.left)
	case came >= 1 && (b.kind != windowed || before.ends.IsZero() || now.Before(before.ends)):
		b.cameInDrops(came, took)
	case b.kind == steady:
		b.refill.add(0, took)
	}
	if b.kind == steady {
		b.steadyGap()
	}
}

func (b *budget) cameAtOnce(leftBefore int) {
	switch {
	case b.strikes > 0:
		b.kind = windowed
	case b.kind == unsure && leftBefore == 0:
		b.setGap(b.gap / 2) // a fast bucket may have filled up: look earlier
	}
	b.strikes, b.drops = 0, 0
	b.others /= 2
}

func (b *budget) cameInDrops(came int, took time.Duration) {
	if b.kind == windowed {
		// Once may be the end of a window between two requests.
		if b.drops++; b.drops < 2 {
			return
		}
	}
	if b.kind != steady {
		b.kind, b.refill = steady, meter{}
	}
	b.strikes = 0
	if b.never < neverAnyLeft/2 { // else the bucket may have been full
		b.refill.add(float64(came), took)
	}
}

// speedUp tries a faster pace where the answers never say that any is left: a
// bucket for a single request does so, and headers that mean nothing.
func (b *budget) speedUp(left int) {
	b.never++
	if left > 0 || b.kind != steady {
		b.never = 0
	}
	if b.never >= b.faster {
		b.never = neverAnyLeft / 2
		b.hurry /= slack
	}
}

func (b *budget) steadyGap() { b.setGap(seconds(slack * b.hurry / b.refill.rate())) }

// refused takes note of the first of a run of refusals. expected tells that
// some were left for it; told is how long the answer asks to wait, 0 if it
// does not ask.
func (b *budget) refused(now, began time.Time, expected bool, told time.Duration, mostOthers int) {
	if expected {
		b.others = min(b.others+1, mostOthers)
		return
	}
	b.strikes++
	untilEnd := b.ends().Sub(now)
	switch b.kind {
	case steady:
		if b.hurry < 1 {
			b.hurry = min(1, b.hurry*slack)
			b.faster = min(2*b.faster, 8*neverAnyLeft)
		} else {
			b.refill.count /= 1.5
		}
		b.steadyGap()
		if b.strikes >= strikesAreOut {
			b.kind = unsure
		}
	case unsure:
		b.setGap(2 * b.gap)
		if told > coarse && !b.reset.IsZero() && told >= untilEnd-2*time.Second {
			b.kind = windowed
		}
	}
	b.tooEarly(began)
	if told > 0 && (b.reset.IsZero() || told < untilEnd/2) {
		b.reset = now.Add(min(told, longestLearnt)) // the plainer word of the two
	}
}

// tooEarly learns from a request that began when its window was over, as far as
// known, and was refused nevertheless.
func (b *budget) tooEarly(began time.Time) {
	switch {
	case b.reset.IsZero() || began.Before(b.began):
	case !began.Before(b.reset):
		b.early = true
	case b.kind == windowed:
		b.tooSoon = max(b.tooSoon, began.Sub(b.began).Truncate(time.Second))
	}
}

func (b *budget) setGap(gap time.Duration) { b.gap = min(max(gap, shortestGap), longestGap) }

// estimate how long it takes until count more requests have started, 0 if that
// is not known.
func (b *budget) estimate(now time.Time, count int) time.Duration {
	switch {
	case !b.known:
		return 0
	case b.kind == steady:
		return seconds(float64(count) / b.refill.rate())
	case b.kind == windowed && !b.reset.IsZero():
		period := b.period
		if period == 0 {
			period = time.Minute
		}
		return max(b.ends().Sub(now), 0) + time.Duration(max(count-1, 0)/b.top)*period
	}
	// The API documents its quota as one a minute.
	return seconds(float64(count) / float64(b.top) * time.Minute.Seconds())
}

// seconds converts; longer than an hour is no estimate worth having.
func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), 1e6) * float64(time.Second))
}
