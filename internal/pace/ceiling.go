package pace

import "time"

// ceiling keeps to a number of starts in any minute.
//
// A rate.Limiter cannot: with a burst it lets up to twice the number start
// within one minute, without a burst it spreads requests that need not wait.
type ceiling struct {
	perMinute int         // 0: no ceiling
	starts    []time.Time // the starts of the last minute at least, oldest first
}

// next gives the earliest time of the next start.
func (c *ceiling) next() time.Time {
	if c.perMinute == 0 || len(c.starts) < c.perMinute {
		return time.Time{}
	}
	return c.starts[len(c.starts)-c.perMinute].Add(time.Minute)
}

func (c *ceiling) started(now time.Time) {
	if c.perMinute == 0 {
		return
	}
	old := 0
	for old < len(c.starts) && now.Sub(c.starts[old]) >= time.Minute {
		old++
	}
	c.starts = append(c.starts[old:], now)
}

// estimate how long it takes until count more may have started.
func (c *ceiling) estimate(now time.Time, count int) time.Duration {
	if c.perMinute == 0 || count == 0 {
		return 0
	}
	// The last one starts whole minutes after the one that it is a multiple of
	// the ceiling behind, if that has started already.
	behind := (count - 1) % c.perMinute
	first := len(c.starts) - c.perMinute + behind
	minutes := time.Duration((count-1)/c.perMinute) * time.Minute
	if first < 0 {
		return minutes
	}
	return max(c.starts[first].Add(time.Minute).Sub(now), 0) + minutes
}
