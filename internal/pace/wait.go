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

type reason int

const (
	none reason = iota
	atCeiling
	steadyPace
	windowUsedUp
	askedToWait
	refusedWithoutTime
)

func (r reason) String() string {
	return [...]string{
		none:               "",
		atCeiling:          "the configured number of requests a minute is reached",
		steadyPace:         "keeping to the pace that the API allows",
		windowUsedUp:       "the API's quota is used up until it starts anew",
		askedToWait:        "the API asked to wait (Retry-After)",
		refusedWithoutTime: "the API refused a request as one too many and named no time",
	}[r]
}

// ofTheAPI reports whether the API makes the request wait, and not the configuration.
func (r reason) ofTheAPI() bool { return r >= steadyPace }

const (
	// longWait is from when on a wait is worth a message although one of its kind
	// had one before.
	longWait = 5 * time.Second
	// toldLately is how long a message stands for shorter waits as well.
	toldLately = 30 * time.Second
)

// notice remembers what was said about waits, and how long they took.
type notice struct {
	told  [refusedWithoutTime + 1]bool
	until time.Time     // no message is due for waits that end before
	held  time.Duration // requests were held back, until since
	since time.Time
	now   bool // they are held back
}

// of returns what is to be said about a wait, nil if it is part of one that had
// a message, or one more of a kind that is known by now.
func (n *notice) of(now time.Time, v verdict, waiting int) *Wait {
	wait := v.again.Sub(now)
	if v.why == none || n.told[v.why] && (wait < longWait || !v.again.After(n.until)) {
		return nil
	}
	n.told[v.why] = true
	n.until = v.again.Add(time.Second)
	if lately := now.Add(toldLately); lately.After(n.until) {
		n.until = lately
	}
	return &Wait{For: wait, Waiting: waiting, Reason: v.why.String()}
}

// count goes on counting, with requests held back or not.
func (n *notice) count(now time.Time, held bool) {
	n.held, n.since, n.now = n.heldBack(now), now, held
}

func (n *notice) heldBack(now time.Time) time.Duration {
	if n.now {
		return n.held + now.Sub(n.since)
	}
	return n.held
}
