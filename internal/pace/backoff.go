package pace

import "time"

const (
	// pauseGrowth is the part of the time since the first of a run of refusals
	// that the next pause takes: growing with it, and never far too late.
	pauseGrowth = 0.2
	// longestPause is the longest pause that nobody asks for.
	longestPause = 2 * time.Minute
)

// backoff is the time until which every request waits, because the API refused
// one or asked for it.
type backoff struct {
	until  time.Time
	why    reason
	heeded time.Time // when the last refusal was acted upon
	since  time.Time // the first of a run of refusals, zero outside of one
}

// refused holds back all requests for as long as asked, or for a growing pause
// where no headers say how long it lasts.
func (b *backoff) refused(now time.Time, asked time.Duration, announced bool, jitter float64) {
	if b.since.IsZero() {
		b.since = now
	}
	b.heeded = now
	pause := shortestWait
	if !announced {
		pause = min(max(pause, part(now.Sub(b.since), pauseGrowth)), longestPause)
	}
	if asked >= pause {
		b.extend(now, asked, jitter, askedToWait)
	} else {
		b.extend(now, pause, jitter, refusedWithoutTime)
	}
}

// extend holds back all requests. The jitter keeps pipelines apart that use the
// same key and get the same response.
func (b *backoff) extend(now time.Time, wait time.Duration, jitter float64, why reason) {
	if until := now.Add(wait + part(min(wait/10, 250*time.Millisecond), jitter)); until.After(b.until) {
		b.until, b.why = until, why
	}
}
