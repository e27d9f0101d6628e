package pace

import "time"

// serverClock narrows down how far the server's clock is from the local one.
//
// Date counts whole seconds, which alone is too coarse for a quota of a
// second. But every answer bounds the difference from both sides, and answers
// that come at different fractions of a second bound it closer and closer.
type serverClock struct {
	known     bool
	low, high time.Duration // the server's clock is ahead by this much
}

// learn takes the Date of an answer to a request that was under way from began
// to ended, both by the local clock.
func (c *serverClock) learn(date, began, ended time.Time) {
	low, high := date.Sub(ended), date.Add(time.Second).Sub(began)
	if c.known {
		low, high = max(low, c.low), min(high, c.high)
	}
	if low > high {
		// One of the clocks was set anew: what was known before is void.
		low, high = date.Sub(ended), date.Add(time.Second).Sub(began)
	}
	c.known, c.low, c.high = true, low, high
}

// local gives the local time at which the server's clock surely shows at. Two
// clocks that may well agree are taken to do so.
func (c *serverClock) local(at time.Time) time.Time {
	if !c.known || c.low <= 0 && c.high >= 0 {
		return at
	}
	return at.Add(-c.low)
}
