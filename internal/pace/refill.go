package pace

import "time"

// refill measures how fast a quota comes back, from what was accepted between
// moments with nothing left.
type refill struct {
	empty          time.Time // the last such moment
	spent          int       // requests accepted since
	count, seconds float64   // measured so far
}

// interval ends an interval in which something came back, and begins the next.
func (r *refill) interval(now time.Time) (came int, took time.Duration) {
	first := r.empty.IsZero()
	if !first {
		came, took = r.spent, now.Sub(r.empty)
	}
	if first || came > 0 {
		r.empty, r.spent = now, 0
	}
	return came, took
}

// add fades what was measured before, once that is enough.
func (r *refill) add(came int, took time.Duration) {
	if r.count > 20 {
		r.count, r.seconds = r.count*0.9, r.seconds*0.9
	}
	r.count, r.seconds = r.count+float64(came), r.seconds+took.Seconds()
}

// rate a second.
func (r *refill) rate() float64 {
	return max(r.count/max(r.seconds, 0.001), 1/longestPause.Seconds())
}
