package pace

import (
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// longestTold is the longest wait that an answer can ask for.
	longestTold = 24 * time.Hour
	// most is the largest count of requests that a header can tell, so that
	// sums of counts never overflow.
	most = 1_000_000_000
	// latestReset is the end of the year 9999, in Unix seconds.
	latestReset = 253_402_300_799
)

// Canonical names, which http.Header finds without rewriting them first.
const (
	headerLimit      = "X-Ratelimit-Limit"
	headerRemaining  = "X-Ratelimit-Remaining"
	headerReset      = "X-Ratelimit-Reset"
	headerRetryAfter = "Retry-After"
	headerDate       = "Date"
)

// Limits is what the X-RateLimit headers of one answer say.
type Limits struct {
	// Limit is the size of the quota in requests, at most 1e9; 0 if not told.
	Limit int
	// Remaining is how many requests the quota still allows, 0 to 1e9.
	Remaining int
	// Reset is when the quota starts anew, by the server's clock, in the years
	// 1970 to 9999; zero if not told.
	Reset time.Time
}

// ParseLimits reads X-RateLimit-Limit, X-RateLimit-Remaining and
// X-RateLimit-Reset (Unix seconds, a fraction is kept). It reports false
// without a readable Remaining, the one that nothing can be told without.
// A negative Remaining counts as 0; a Limit or Reset that makes no sense, as
// not told.
func ParseLimits(h http.Header) (Limits, bool) {
	remaining, ok := parseNumber(h.Get(headerRemaining))
	if !ok {
		return Limits{}, false
	}
	limits := Limits{Remaining: toCount(remaining)}
	if limit, ok := parseNumber(h.Get(headerLimit)); ok {
		limits.Limit = toCount(limit)
	}
	if reset, ok := parseNumber(h.Get(headerReset)); ok && reset > 0 && reset <= latestReset {
		whole, fraction := math.Modf(reset)
		limits.Reset = time.Unix(int64(whole), int64(fraction*float64(time.Second)))
	}
	return limits, true
}

// ParseRetryAfter reads Retry-After, as seconds (a fraction is allowed) or as
// an HTTP date, which it measures against the answer's own Date where there is
// one (the server's clock may be off) and against now where there is none. The
// wait is 0 to 24 h: less is cut to 0 and more to 24 h. It reports false where
// the header is missing or neither of the two.
func ParseRetryAfter(h http.Header, now time.Time) (time.Duration, bool) {
	value := strings.TrimSpace(h.Get(headerRetryAfter))
	if value == "" {
		return 0, false
	}
	if seconds, ok := parseNumber(value); ok {
		return toWait(seconds), true
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0, false
	}
	if date, err := http.ParseTime(h.Get(headerDate)); err == nil {
		now = date
	}
	return min(max(until.Sub(now), 0), longestTold), true
}

// parseNumber reads plain decimal numbers. What strconv reads besides (NaN,
// infinities, hexadecimal, underscores) is no number that a header may hold.
func parseNumber(s string) (float64, bool) {
	s = strings.TrimSpace(s)
	if strings.Trim(s, "+-.0123456789eE") != "" {
		return 0, false
	}
	n, err := strconv.ParseFloat(s, 64)
	if err != nil && !math.IsInf(n, 0) { // an infinity is a number too large to hold
		return 0, false
	}
	return n, true
}

func toCount(n float64) int {
	return int(min(max(n, 0), most))
}

func toWait(seconds float64) time.Duration {
	return time.Duration(min(max(seconds, 0), longestTold.Seconds()) * float64(time.Second))
}

// rateLimit reads what is left of the quota, and when it starts anew by the
// local clock (zero where that is not told, or cannot be believed).
func rateLimit(h http.Header, now time.Time) (left int, reset time.Time, ok bool) {
	limits, ok := ParseLimits(h)
	return limits.Remaining, localReset(limits.Reset, h, now), ok
}

// localReset is a reset by the local clock, zero if it is not one to wait for.
// A server whose clock is off says so by its Date, which counts whole seconds.
func localReset(reset time.Time, h http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(h.Get(headerDate)); err == nil && date.Sub(now).Abs() > 2*time.Second {
		reset = reset.Add(now.Sub(date))
	}
	if until := reset.Sub(now); until < -time.Second || until > longestWindow+time.Minute {
		return time.Time{}
	}
	return now.Add(reset.Sub(now)) // it does not move when the local clock is set anew
}

// retryAfter is how long a response asks to wait, if it does.
func retryAfter(r Response, now time.Time) (time.Duration, bool) {
	if d, ok := ParseRetryAfter(r.Header, now); ok {
		return d, true
	}
	return min(max(r.RetryAfter, 0), longestTold), r.RetryAfter > 0
}
