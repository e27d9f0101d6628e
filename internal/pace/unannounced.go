package pace

import (
	"time"

	"golang.org/x/time/rate"
)

// growth of the rate with each request that is accepted.
const growth = 1.01

// unannounced learns a limit that no header states. Whenever the API begins
// to refuse, its quota is used up; so what it accepted between two such times
// is what comes back, whether in drops (a bucket) or at once (a window).
// A rate.Limiter keeps to that, and saves up what is not used while everything
// waits, which serves a window. The rate grows until the API refuses again.
type unannounced struct {
	limiter *rate.Limiter // nil: nothing is known to keep to
	refill  refill
}

// next returns the earliest time of the next start.
func (u *unannounced) next(now time.Time) time.Time {
	if u.limiter == nil || u.limiter.TokensAt(now) >= 1 {
		return time.Time{}
	}
	wait := seconds((1 - u.limiter.TokensAt(now)) / float64(u.limiter.Limit()))
	return now.Add(wait + time.Microsecond) // rounding must not wake it too early
}

func (u *unannounced) start(now time.Time) {
	if u.limiter != nil {
		u.limiter.AllowN(now, 1)
	}
}

func (u *unannounced) accept(now time.Time) {
	u.refill.spent++
	if u.limiter != nil {
		u.limiter.SetLimitAt(now, u.limiter.Limit()*growth)
	}
}

// refused hears that the API begins to refuse.
func (u *unannounced) refused(now time.Time) {
	burst := max(u.refill.spent, 1)
	came, took := u.refill.interval(now)
	if took == 0 {
		return
	}
	u.refill.add(came, took)
	// One more than was counted: the count may have been cut off either way.
	u.limiter = rate.NewLimiter(rate.Limit(u.refill.rate()+1/u.refill.seconds), burst)
	u.limiter.AllowN(now, burst) // nothing is left
}
