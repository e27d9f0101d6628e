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

const (
	// longWait is from when on a wait is worth telling of although one of its
	// kind was told of before.
	longWait = 5 * time.Second
	// toldLately is how long what was told stands, unless a wait of its kind is
	// much longer.
	toldLately = 30 * time.Second
)

// notice remembers what was told about waits.
type notice struct {
	until time.Time // the end of the last wait told
	last  [refusedWithoutTime + 1]struct {
		at   time.Time
		wait time.Duration
	}
}

// noticeOf gives what is to be told about a wait, nil if it is part of one that
// was told of before, or one more of a kind that is known by now.
func (p *Pacer) noticeOf(now time.Time, v verdict) *Wait {
	wait := v.again.Sub(now)
	if p.onWait == nil || v.why == none || !v.again.After(p.notice.until.Add(time.Second)) && now.Before(p.notice.until) {
		return nil
	}
	last := &p.notice.last[v.why]
	if !last.at.IsZero() && (wait < longWait || now.Sub(last.at) < toldLately && wait < 2*last.wait) {
		return nil
	}
	p.notice.until, last.at, last.wait = v.again, now, wait
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
