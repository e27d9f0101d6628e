package pace

import "time"

// meter measures how many requests a limit lets through in a second.
type meter struct{ count, seconds float64 }

// add fades what was measured before, once that is enough.
func (m *meter) add(count int, d time.Duration) {
	if m.count > 20 {
		m.count, m.seconds = m.count*0.9, m.seconds*0.9
	}
	m.count, m.seconds = m.count+float64(count), m.seconds+d.Seconds()
}

func (m *meter) rate() float64 {
	return max(m.count/max(m.seconds, 0.001), 1/longestPause.Seconds())
}

// refill measures what comes back to a quota, from one moment with nothing left
// to the next.
type refill struct {
	meter
	empty time.Time // the last such moment
	spent int       // requests accepted since
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

// seconds converts; longer than twelve days is none worth having.
func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), 1e6) * float64(time.Second))
}

func part(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }
