package pace

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Canonical names, which http.Header finds without rewriting them first.
const (
	headerLimit      = "X-Ratelimit-Limit"
	headerRemaining  = "X-Ratelimit-Remaining"
	headerReset      = "X-Ratelimit-Reset"
	headerRetryAfter = "Retry-After"
	headerDate       = "Date"
)

const (
	// shortestWait and longestWait bound every wait that a response asks for.
	shortestWait = time.Second
	longestWait  = 24 * time.Hour
	// longestWindow is how far away a reset may be to be believed.
	longestWindow = time.Hour
	// mostLeft is the most that may be left, so that sums never overflow.
	mostLeft = 1_000_000_000
	// latestReset is the end of the year 9999, in Unix seconds.
	latestReset = 253_402_300_799
)

// Limits is what the X-RateLimit headers of one response say.
type Limits struct {
	// Limit is the size of the quota, 0 if not returned.
	Limit int
	// Remaining is how many requests the quota still allows; less than 0 counts as 0.
	Remaining int
	// Reset is when the quota starts anew, by the server's clock; zero if not returned.
	Reset time.Time
}

// ParseLimits reads the X-RateLimit headers. It reports false without a
// readable Remaining, the one that nothing is known without.
func ParseLimits(h http.Header) (Limits, bool) {
	remaining, ok := parseNumber(h.Get(headerRemaining))
	if !ok {
		return Limits{}, false
	}
	limits := Limits{Remaining: int(min(max(remaining, 0), mostLeft))}
	if limit, ok := parseNumber(h.Get(headerLimit)); ok {
		limits.Limit = int(min(max(limit, 0), mostLeft))
	}
	if reset, ok := parseNumber(h.Get(headerReset)); ok && reset > 0 && reset <= latestReset {
		whole, fraction := math.Modf(reset)
		limits.Reset = time.Unix(int64(whole), int64(fraction*1e9))
	}
	return limits, true
}

// rateLimit returns what is left of the quota, and when it starts anew by the
// local clock: zero where that is not one to wait for. A server whose clock is
// off shows it by its Date, which counts whole seconds.
func rateLimit(h http.Header, now time.Time) (left int, reset time.Time, ok bool) {
	limits, ok := ParseLimits(h)
	server := now
	if date, err := http.ParseTime(h.Get(headerDate)); err == nil && date.Sub(now).Abs() > 2*time.Second {
		server = date
	}
	if until := limits.Reset.Sub(server); until >= -time.Second && until <= longestWindow+time.Minute {
		reset = now.Add(until)
	}
	return limits.Remaining, reset, ok
}

// ParseRetryAfter reads Retry-After, as seconds (a fraction is allowed) or as
// an HTTP date, which it measures against the response's own Date where there is
// one (the server's clock may be off) and against now where there is none. The
// wait is a second to 24 hours. It reports false where the header is missing or
// neither of the two.
func ParseRetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := h.Get(headerRetryAfter)
	if wait, ok := parseNumber(value); ok {
		return inBounds(seconds(wait)), true
	}
	until, err := http.ParseTime(strings.TrimSpace(value))
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get(headerDate)); err == nil {
		now = date
	}
	return inBounds(until.Sub(now)), true
}

// retryAfter is how long a response asks to wait, in its header or its body.
func (r Response) retryAfter(now time.Time) (wait time.Duration, asked bool) {
	if wait, asked = ParseRetryAfter(r.Header, now); asked || r.RetryAfter == 0 {
		return wait, asked
	}
	return inBounds(r.RetryAfter), true
}

func inBounds(wait time.Duration) time.Duration {
	return min(max(wait, shortestWait), longestWait)
}

// parseNumber reads plain decimal numbers. What strconv reads besides (NaN,
// infinities, hexadecimal, underscores) is no number that a header may hold.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil || math.IsInf(n, 0) // an infinity is a number too large to hold
}

// seconds converts; it does not go below 0, or beyond twelve days.
func seconds(s float64) time.Duration {
	return time.Duration(min(max(s, 0), 1e6) * float64(time.Second))
}

func part(d time.Duration, of float64) time.Duration { return time.Duration(float64(d) * of) }
