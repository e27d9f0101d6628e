package pace

import (
	"net/http"
	"time"
)

// learn takes what an answer tells about the limit.
func (p *Pacer) learn(t *Turn, a Answer) {
	refused := a.Status == http.StatusTooManyRequests
	asked, isAsked := asked(a)
	limits, announced := ParseLimits(a.Header)
	switch {
	case announced:
		p.hear(t, a, limits, !refused && a.Status != http.StatusServiceUnavailable)
	default:
		p.budget.unheard()
	}
	switch {
	case refused:
		p.refused(t, a.At, asked, limits, announced)
	case a.Status == http.StatusServiceUnavailable && isAsked:
		p.hold.ask(a.At, asked, p.random())
		p.concurrency.close()
	case a.Status > 0 && a.Status < 500:
		p.accepted(t, a.At)
	}
}

// asked is how long an answer asks to wait.
func asked(a Answer) (time.Duration, bool) {
	if d, ok := ParseRetryAfter(a.Header, a.At); ok {
		return d, true
	}
	return min(max(a.RetryAfter, 0), longestTold), a.RetryAfter > 0
}

func (p *Pacer) hear(t *Turn, a Answer, limits Limits, accepted bool) {
	ends := limits.Reset
	if !ends.IsZero() {
		if date, err := http.ParseTime(a.Header.Get(headerDate)); err == nil {
			p.clock.learn(date, t.began, a.At)
		}
		// Measured from here, it does not move when the local clock is set anew.
		ends = a.At.Add(p.clock.local(ends).Sub(a.At))
	}
	overlap := t.count - 1 + int(p.started-t.number)
	p.budget.hear(a.At, limits, ends, t.began, overlap, p.underWay, accepted, p.random())
}

func (p *Pacer) accepted(t *Turn, now time.Time) {
	p.unannounced.wasAccepted(now)
	if t.began.Before(p.hold.heeded) {
		return
	}
	if p.hold.over(t.began) {
		p.unannounced.cameBack(now)
	}
	p.concurrency.accepted(t.count)
}

// tooMany reports whether a request was refused because of how many were under
// way, and closes the line to so many.
func (p *Pacer) tooMany(t *Turn, now time.Time, part bool, limits Limits, announced bool) bool {
	open := p.concurrency.open
	if part {
		open = p.concurrency.before
	}
	// The API may have seen some that started later before it.
	count := max(t.count, min(t.count+int(p.started-t.number), open))
	tooMany := limits.Remaining > 0
	if !announced {
		tooMany = count > t.proven || p.concurrency.lowered() && count >= p.concurrency.ceiling
	}
	if tooMany = tooMany && count > 1; tooMany {
		p.concurrency.lower(now, count)
	}
	return tooMany
}

// refused learns from a 429. Which limit it was shows in what is left of the
// budget or, without headers, in whether so many were under way ever before.
func (p *Pacer) refused(t *Turn, now time.Time, asked time.Duration, limits Limits, announced bool) {
	part := t.began.Before(p.hold.heeded) // of a refusal that was acted upon
	tooMany := p.tooMany(t, now, part, limits, announced)
	if part {
		if asked > 0 {
			p.hold.ask(now, asked, p.random())
		}
		return
	}
	p.concurrency.close()
	if t.anew {
		p.hold.beginAnew()
	}
	p.hold.refused(now, asked, p.budget.known, p.random())
	switch {
	case announced && limits.Remaining == 0:
		p.budget.refused(now, t.began, t.expected, asked, p.concurrency.most)
	case !p.budget.known && !tooMany && p.hold.run == 1:
		p.unannounced.wasUsedUp(now)
	}
}
