package mockapi

import (
	"net/http"
	"strconv"
	"time"
)

// RateLimit says which requests are refused with 429. They are recorded, but neither processed nor counted.
type RateLimit struct {
	// Kind is how PerMinute is counted.
	Kind RateKind

	// PerMinute is the number of requests in a minute; 0 means no limit.
	PerMinute int

	// Burst is how many requests a full TokenBucket lets through at once; 0 means PerMinute.
	Burst int
}

// RateKind is a way to count requests.
type RateKind string

// The ways to count requests. "" is TokenBucket.
const (
	TokenBucket RateKind = "token-bucket" // refills evenly
	FixedWindow RateKind = "fixed-window" // starts anew at each minute
)

// limiter counts in whole nanoseconds, not in fractions of tokens: a client that keeps the pace exactly is never
// refused for a rounding error.
type limiter struct {
	RateLimit

	fullAt time.Time // TokenBucket: when the bucket is full again
	window time.Time // FixedWindow: its beginning
	used   int       // in that window
}

func newLimiter(limit RateLimit) limiter {
	if limit.Burst == 0 {
		limit.Burst = limit.PerMinute
	}
	return limiter{RateLimit: limit}
}

// take admits a request, or returns how long to wait.
func (l *limiter) take(now time.Time) (wait time.Duration, ok bool) {
	if l.PerMinute == 0 {
		return 0, true
	}
	if l.remaining(now) == 0 {
		if l.Kind == FixedWindow {
			return l.reset().Sub(now), false
		}
		return l.fullAt.Sub(now) - time.Duration(l.Burst-1)*l.interval(), false
	}
	l.fullAt = l.fullAt.Add(l.interval())
	l.used++
	return 0, true
}

// interval is the time in which a bucket gains one token.
func (l *limiter) interval() time.Duration { return time.Minute / time.Duration(l.PerMinute) }

// remaining brings the counters up to now.
func (l *limiter) remaining(now time.Time) int {
	if l.fullAt.Before(now) {
		l.fullAt = now
	}
	if window := now.Truncate(time.Minute); !window.Equal(l.window) {
		l.window, l.used = window, 0
	}
	if l.Kind == FixedWindow {
		return max(0, l.PerMinute-l.used)
	}
	return max(0, l.Burst-int((l.fullAt.Sub(now)+l.interval()-1)/l.interval()))
}

// reset is when the whole quota is there again if no more requests come.
func (l *limiter) reset() time.Time {
	if l.Kind == FixedWindow {
		return l.window.Add(time.Minute)
	}
	return l.fullAt
}

// describe adds the X-RateLimit headers.
func (l *limiter) describe(now time.Time, header http.Header) {
	if l.PerMinute == 0 {
		return
	}
	header.Set("X-RateLimit-Limit", strconv.Itoa(l.PerMinute))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(l.remaining(now)))
	// Rounded up: a client that waits until then must find the quota there.
	roundedUp := l.reset().Add(time.Second - time.Nanosecond).Unix()
	header.Set("X-RateLimit-Reset", strconv.FormatInt(roundedUp, 10))
}
