package pace

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	// growth of the rate with the first request that is accepted, and for as
	// many more as steps the same again: the longer the API refuses none, the
	// further away its limit may be.
	growth = 0.004
	steps  = 20
)

// unannounced learns a limit that no header tells of. Whenever the API begins
// to refuse, its quota is used up; so what it accepted between two such times
// is what comes back, whether in drops (a bucket) or at once (a window).
// A rate.Limiter keeps to that, and saves up what is not used while everything
// waits, which serves a window. The rate grows until the API refuses again.
type unannounced struct {
	limiter *rate.Limiter // nil: nothing is known to keep to
	longest int           // the most that was accepted between two refusals
	refill  refill
}

// next returns the earliest time of the next start.
func (u *unannounced) next(now time.Time) time.Time {
	if u.limiter == nil {
		return time.Time{}
	}
	missing := 1 - u.limiter.TokensAt(now)
	if missing <= 0 {
		return time.Time{}
	}
	return now.Add(seconds(missing/float64(u.limiter.Limit())) + time.Microsecond) // rounding must not wake it too early
}

func (u *unannounced) started(now time.Time) {
	if u.limiter != nil {
		u.limiter.AllowN(now, 1)
	}
}

func (u *unannounced) accept(now time.Time) {
	u.refill.spent++
	if u.limiter != nil {
		faster := 1 + growth*(1+float64(u.refill.spent)/steps)
		u.limiter.SetLimitAt(now, u.limiter.Limit()*rate.Limit(min(faster, 2)))
	}
}

// usedUpAt hears that the API begins to refuse.
func (u *unannounced) usedUpAt(now time.Time) {
	u.longest = max(u.longest, u.refill.spent, 1)
	came, took := u.refill.interval(now)
	if took == 0 {
		return
	}
	u.refill.add(float64(came), took)
	// One more than was counted: the count may have been cut off either way.
	perSecond := (u.refill.count + 1) / max(u.refill.seconds, 0.001)
	u.limiter = rate.NewLimiter(rate.Limit(perSecond), u.longest)
	u.limiter.AllowN(now, u.longest) // nothing is left
}
