package pace

import "time"

// Wait is what [Options.OnWait] is told.
type Wait struct {
	// For is how long it will be, as far as known now, until the next request
	// may start; above 0.
	For time.Duration
	// Waiting is how many requests wait, at least 1.
	Waiting int
	// Estimate is how long it will be until the last of them may start; 0 if
	// that is not known. It counts on nobody else to use the same key.
	Estimate time.Duration
	// Reason is a phrase in English for the user to read.
	Reason string
}

type reason int

const (
	none reason = iota
	steadyPace
	windowUsedUp
	atCeiling
	askedToWait
	refusedWithoutTime
)

func (r reason) String() string {
	return [...]string{
		none:               "",
		steadyPace:         "keeping to the pace that the API allows",
		windowUsedUp:       "the API's quota is used up until it starts anew",
		atCeiling:          "the configured number of requests a minute is reached",
		askedToWait:        "the API asked to wait (Retry-After)",
		refusedWithoutTime: "the API refused a request as one too many and named no time",
	}[r]
}

// longWait is a wait that is worth telling of although others of its kind
// were told of before.
const longWait = 5 * time.Second

// notice remembers what was told about the waits of a line that has not been
// empty since.
type notice struct {
	until time.Time // the end of the last wait told
	told  [refusedWithoutTime + 1]bool
	pause time.Duration // the last one told without a time named
}

// noticeOf gives what is to be told about a wait, nil if it is part of one that
// was told of before.
func (p *Pacer) noticeOf(now time.Time, v verdict) *Wait {
	wait, n := v.again.Sub(now), &p.notice
	if p.onWait == nil || v.why == none || !v.again.After(n.until.Add(time.Second)) && now.Before(n.until) {
		return nil
	}
	switch v.why {
	case steadyPace, atCeiling:
		if n.told[v.why] && wait < longWait {
			return nil
		}
	case refusedWithoutTime:
		if n.told[v.why] && wait < 2*n.pause {
			return nil
		}
		n.pause = wait
	}
	n.until, n.told[v.why] = v.again, true
	return &Wait{
		For: wait, Waiting: len(p.line.waits), Reason: v.why.String(),
		Estimate: p.estimate(now, wait),
	}
}

// estimate how long it will be until all that wait have started.
func (p *Pacer) estimate(now time.Time, wait time.Duration) time.Duration {
	count := len(p.line.waits)
	e := p.budget.estimate(now, count)
	if p.unannounced.limiter != nil && !p.budget.known {
		e = seconds(float64(count) / float64(p.unannounced.limiter.Limit()))
	}
	if c := p.ceiling.estimate(now, count); c > e {
		e = c
	}
	if e > 0 {
		e = max(e, wait)
	}
	return e
}

func (p *Pacer) tell(w *Wait) {
	if w != nil {
		p.onWait(*w)
	}
}
