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
	ends      []time.Time // of the requests of the last minute at least, oldest first
}

// next returns the earliest time at which one more may start, zero for at once.
// ok is false if that depends on the end of another one.
func (c *ceiling) next(now time.Time, inFlight int) (at time.Time, ok bool) {
	if c.perMinute == 0 {
		return time.Time{}, true
	}
	old := 0
	for old < len(c.ends) && now.Sub(c.ends[old]) >= time.Minute {
		old++
	}
	c.ends = c.ends[old:]
	allowed := c.perMinute - inFlight
	switch {
	case allowed <= 0:
		return time.Time{}, false
	case len(c.ends) < allowed:
		return time.Time{}, true
	}
	return c.ends[len(c.ends)-allowed].Add(time.Minute), true
}

func (c *ceiling) ended(now time.Time) {
	if c.perMinute > 0 {
		c.ends = append(c.ends, now)
	}
}
