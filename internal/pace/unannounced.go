package pace

import (
	"time"

	"golang.org/x/time/rate"
)

const (
	// caution is the part of a measured rate that is used at first.
	caution = 0.95
	// growth of the rate with the first request that is accepted, and for as
	// many more as steps the same again: the longer the API refuses none, the
	// further away its limit may be.
	growth = 0.002
	steps  = 20
)

// unannounced learns a limit that no header tells of. Whenever the API begins
// to refuse, its quota is used up; so what it accepted between two such times
// is what it refills, whether in drops (a bucket) or at once (a window).
// A rate.Limiter keeps to that, and saves up what is not used while everything
// waits, which serves a window. The rate grows until the API refuses again.
type unannounced struct {
	limiter  *rate.Limiter // nil: nothing is known to keep to
	usedUp   time.Time     // when the API last began to refuse
	back     time.Time     // when it accepted again
	atOnce   bool          // all that it refills comes back at once
	accepted int           // since then
	longest  int           // the most that was accepted between two refusals
	refill   meter
}

// next gives the earliest time of the next start.
func (u *unannounced) next(now time.Time) time.Time {
	if u.limiter == nil {
		return time.Time{}
	}
	missing := 1 - u.limiter.TokensAt(now)
	if missing <= 0 {
		return time.Time{}
	}
	wait := seconds(missing / float64(u.limiter.Limit()))
	return now.Add(wait + time.Microsecond) // rounding must not wake it too early
}

func (u *unannounced) started(now time.Time) {
	if u.limiter != nil {
		u.limiter.AllowN(now, 1)
	}
}

func (u *unannounced) wasAccepted(now time.Time) {
	u.accepted++
	if u.limiter != nil {
		faster := 1 + growth*(1+float64(u.accepted)/steps)
		u.limiter.SetLimitAt(now, u.limiter.Limit()*rate.Limit(min(faster, 2)))
	}
}

// wasUsedUp hears that the API begins to refuse.
func (u *unannounced) wasUsedUp(now time.Time) {
	u.longest = max(u.longest, u.accepted)
	if !u.usedUp.IsZero() {
		u.seeWhetherAtOnce(now)
		u.refill.add(float64(u.accepted), now.Sub(u.usedUp))
		// One more than was counted: the count may have been cut off either way.
		perSecond := caution * (u.refill.count + 1) / max(u.refill.seconds, 0.001)
		u.limiter = rate.NewLimiter(rate.Limit(perSecond), max(1, u.longest))
		u.limiter.AllowN(now, max(1, u.longest)) // nothing is left
	}
	u.usedUp, u.back, u.accepted = now, time.Time{}, 0
}

// seeWhetherAtOnce tells a window: much came back at once after a long pause.
func (u *unannounced) seeWhetherAtOnce(now time.Time) {
	switch much := 2*u.accepted >= u.longest; {
	case !much:
		u.atOnce = false
	case !u.back.IsZero() && 2*now.Sub(u.back) < u.back.Sub(u.usedUp):
		u.atOnce = true
	}
}

// cameBack hears that the API accepts again.
func (u *unannounced) cameBack(now time.Time) {
	u.back = now
	if u.limiter != nil && u.atOnce {
		u.limiter = rate.NewLimiter(u.limiter.Limit(), max(1, u.longest))
	}
}
