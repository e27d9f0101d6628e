package pace

import "time"

// ceiling keeps to a number of requests in any minute.
//
// A request reaches the API at some time between its start and its end, nobody
// knows when; so it counts from the one until a minute after the other. Then
// the API never sees more in any minute, by its clock or by the local one.
//
// A rate.Limiter cannot do that: with a burst it lets up to twice the number
// start within one minute, without a burst it spreads requests that need not
// wait.
type ceiling struct {
	perMinute int         // 0: no ceiling
	underWay  int         // started, and not ended
	ends      []time.Time // of the requests of the last minute at least, oldest first
}

// next gives the earliest time at which one more may start, zero for at once.
// ok is false if that depends on the end of another one.
func (c *ceiling) next(now time.Time) (at time.Time, ok bool) {
	if c.perMinute == 0 {
		return time.Time{}, true
	}
	c.forget(now)
	allowed := c.perMinute - c.underWay
	switch {
	case allowed <= 0:
		return time.Time{}, false
	case len(c.ends) < allowed:
		return time.Time{}, true
	}
	return c.ends[len(c.ends)-allowed].Add(time.Minute), true
}

// forget those that count no more.
func (c *ceiling) forget(now time.Time) {
	old := 0
	for old < len(c.ends) && now.Sub(c.ends[old]) >= time.Minute {
		old++
	}
	c.ends = c.ends[old:]
}

func (c *ceiling) started() { c.underWay++ }

func (c *ceiling) neverSent() { c.underWay-- }

func (c *ceiling) ended(now time.Time) {
	c.underWay--
	if c.perMinute > 0 {
		c.ends = append(c.ends, now)
	}
}

// estimate how long it takes until count more may have started.
func (c *ceiling) estimate(now time.Time, count int) time.Duration {
	if c.perMinute == 0 || count == 0 {
		return 0
	}
	// The last one starts whole minutes after the one that it is a multiple of
	// the ceiling behind, if that has ended already.
	behind := (count - 1) % c.perMinute
	first := len(c.ends) + c.underWay - c.perMinute + behind
	minutes := time.Duration((count-1)/c.perMinute) * time.Minute
	switch {
	case first < 0:
		return minutes
	case first >= len(c.ends):
		return minutes + time.Minute
	}
	return max(c.ends[first].Add(time.Minute).Sub(now), 0) + minutes
}
