package pace

import "time"

const (
	// shortestPause is the least that a refusal holds everything back.
	shortestPause = time.Second
	// longestPause is the longest pause that nobody asks for.
	longestPause = 2 * time.Minute
	// pauseGrowth is the part of the time since the first of a run of refusals
	// that the next pause takes: growing with it, and never far too late.
	pauseGrowth = 0.2
)

// backoff is the time until which every request waits, because the API refused
// one or asked for it.
type backoff struct {
	until time.Time
	why   reason

	// heeded is when the last refusal was acted upon. Requests in flight by then
	// are part of the same refusal.
	heeded time.Time
	since  time.Time // the first of a run of refusals, zero outside of one
}

// refused holds back all requests for as long as asked, or for a growing pause
// where no headers tell how long it lasts.
func (b *backoff) refused(now time.Time, asked time.Duration, announced bool, jitter float64) {
	if b.since.IsZero() {
		b.since = now
	}
	b.heeded = now
	pause := shortestPause
	if !announced {
		pause = min(max(pause, part(now.Sub(b.since), pauseGrowth)), longestPause)
	}
	if asked >= pause {
		b.ask(now, asked, jitter)
	} else {
		b.extend(now.Add(part(pause, 1+jitter/10)), refusedWithoutTime)
	}
}

// ask holds back all requests for as long as a response asks. The jitter keeps
// pipelines apart that use the same key and are told the same.
func (b *backoff) ask(now time.Time, asked time.Duration, jitter float64) {
	asked = max(asked, shortestPause)
	b.extend(now.Add(asked+part(min(asked/50, 250*time.Millisecond), jitter)), askedToWait)
}

func (b *backoff) extend(until time.Time, why reason) {
	if until.After(b.until) {
		b.until, b.why = until, why
	}
}
