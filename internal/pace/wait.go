package pace

import "time"

// Wait is what [Options.OnWait] is called with.
type Wait struct {
	// For is how long it will be, as far as known now, until the next request
	// may start; above 0.
	For time.Duration
	// Waiting is how many requests wait, at least 1.
	Waiting int
	// Reason is a phrase in English for the user to read.
	Reason string
}

// reason is why requests wait, for the user to read.
type reason string

const (
	none               reason = ""
	atCeiling          reason = "the configured number of requests a minute is reached"
	steadyPace         reason = "keeping to the pace that the API allows"
	windowUsedUp       reason = "the API's quota is used up until it starts anew"
	askedToWait        reason = "the API asked to wait (Retry-After)"
	refusedWithoutTime reason = "the API refused a request as one too many and named no time"
)

const (
	// longWait is from when on a wait is worth a message although one of its kind
	// had one before.
	longWait = 5 * time.Second
	// toldLately is how long a message stands for shorter waits as well.
	toldLately = 30 * time.Second
)

// notice remembers what was said about waits, and how long they took.
type notice struct {
	until time.Time     // no message is due for waits that end before
	held  time.Duration // requests were held back by the API, until since
	since time.Time     // zero: they are not held back now
}

// of takes note of a wait, none if again is zero or why is none. It returns it,
// unless it is part of one that had a message or one more of a kind that is known.
func (n *notice) of(now, again time.Time, why reason, waiting int) (Wait, bool) {
	n.held, n.since = n.heldBack(now), time.Time{}
	if why != none && why != atCeiling {
		n.since = now
	}
	w := Wait{For: again.Sub(now), Waiting: waiting, Reason: string(why)}
	if why == none || !again.After(n.until) || w.For < longWait && !n.until.IsZero() {
		return w, false
	}
	n.until = now.Add(max(w.For+time.Second, toldLately))
	return w, true
}

func (n *notice) heldBack(now time.Time) time.Duration {
	if n.since.IsZero() {
		return n.held
	}
	return n.held + now.Sub(n.since)
}
