package mockapi

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// RateLimit says which requests are refused with 429. Refused requests are recorded but not processed, and cost
// nothing. Each API key has a quota of its own.
type RateLimit struct {
	// Kind is how PerMinute is counted.
	Kind RateKind

	// PerMinute is the number of requests in a Window; 0 means no quota.
	PerMinute int

	// Burst is how many requests a full TokenBucket lets through at once; 0 means PerMinute. FixedWindow and
	// Concurrency do not use it.
	Burst int

	// Window is what counts as the minute of PerMinute; 0 means one minute. A FixedWindow begins at whole multiples
	// of it; a TokenBucket gains PerMinute tokens, evenly, in each.
	Window time.Duration

	// MaxConcurrent is the number of requests that may be under way at once, for any Kind; 0 means no such limit, but 1
	// for the Kind Concurrency.
	MaxConcurrent int

	// NoHeaders leaves the X-RateLimit headers and Retry-After out. The body of a 429 still has retryAfter.
	NoHeaders bool
}

// RateKind is a way to count requests.
type RateKind int

// The ways to count requests.
const (
	TokenBucket RateKind = iota // refills evenly
	FixedWindow                 // starts anew at each window, so that twice the quota can pass around its beginning
	Concurrency                 // only MaxConcurrent counts
)

var rateKindNames = []string{"token-bucket", "fixed-window", "concurrency"}

// String returns the name that UnmarshalText takes.
func (k RateKind) String() string { return nameOf(rateKindNames, int(k)) }

// MarshalText returns the name of the kind.
func (k RateKind) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText takes token-bucket, fixed-window or concurrency.
func (k *RateKind) UnmarshalText(text []byte) error {
	i, err := indexOf(rateKindNames, string(text))
	*k = RateKind(i)
	return err
}

func nameOf(names []string, i int) string {
	if i < 0 || i >= len(names) {
		return strconv.Itoa(i)
	}
	return names[i]
}

func indexOf(names []string, name string) (int, error) {
	i := slices.Index(names, name)
	if i < 0 {
		return 0, fmt.Errorf("%q is none of %s", name, strings.Join(names, ", "))
	}
	return i, nil
}

func (l RateLimit) withDefaults() RateLimit {
	if l == (RateLimit{}) {
		return l
	}
	if l.Kind == Concurrency {
		l.PerMinute = 0
		l.MaxConcurrent = max(1, l.MaxConcurrent)
	}
	if l.Burst == 0 {
		l.Burst = l.PerMinute
	}
	if l.Window == 0 {
		l.Window = time.Minute
	}
	return l
}

// limiter keeps the quotas of all keys.
type limiter struct {
	limit RateLimit

	mu     sync.Mutex
	quotas map[string]*quota
}

func newLimiter(limit RateLimit) *limiter {
	return &limiter{limit: limit, quotas: make(map[string]*quota)}
}

// quota is what one key has used. Time is counted in whole nanoseconds, not in fractions of tokens, so that a client
// that keeps the pace exactly is never refused for a rounding error.
type quota struct {
	running int

	fullAt time.Time // TokenBucket: when the bucket will be full again

	window time.Time // FixedWindow: its beginning
	used   int       // in that window
}

// take admits a request, or returns how long to wait. The release function frees its place among the concurrent ones.
func (l *limiter) take(key string, now time.Time) (release func(), wait time.Duration, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.quota(key, now)
	if l.limit.MaxConcurrent > 0 && q.running >= l.limit.MaxConcurrent {
		return nil, time.Second, false
	}
	if l.limit.PerMinute > 0 {
		if l.remaining(q, now) == 0 {
			return nil, l.untilNext(q, now), false
		}
		q.fullAt = q.fullAt.Add(l.interval())
		q.used++
	}
	q.running++
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		q.running--
	}), 0, true
}

// quota returns what a key has used, brought up to now.
func (l *limiter) quota(key string, now time.Time) *quota {
	q := l.quotas[key]
	if q == nil {
		q = &quota{}
		l.quotas[key] = q
	}
	if q.fullAt.Before(now) {
		q.fullAt = now
	}
	if l.limit.Window > 0 {
		if window := now.Truncate(l.limit.Window); !window.Equal(q.window) {
			q.window, q.used = window, 0
		}
	}
	return q
}

// interval is the time in which a bucket gains one token.
func (l *limiter) interval() time.Duration {
	return l.limit.Window / time.Duration(l.limit.PerMinute)
}

func (l *limiter) remaining(q *quota, now time.Time) int {
	switch {
	case l.limit.PerMinute == 0:
		return max(0, l.limit.MaxConcurrent-q.running)
	case l.limit.Kind == FixedWindow:
		return max(0, l.limit.PerMinute-q.used)
	default:
		free := time.Duration(l.limit.Burst)*l.interval() - q.fullAt.Sub(now)
		return max(0, int(free/l.interval()))
	}
}

func (l *limiter) untilNext(q *quota, now time.Time) time.Duration {
	if l.limit.Kind == FixedWindow {
		return q.window.Add(l.limit.Window).Sub(now)
	}
	return q.fullAt.Add(l.interval()).Sub(now) - time.Duration(l.limit.Burst)*l.interval()
}

// reset is when the whole quota will be there again if nothing more is asked.
func (l *limiter) reset(q *quota, now time.Time) time.Time {
	switch {
	case l.limit.PerMinute == 0:
		return now.Add(time.Second) // nobody knows when the others will be done
	case l.limit.Kind == FixedWindow:
		return q.window.Add(l.limit.Window)
	default:
		return q.fullAt
	}
}

// describe adds the X-RateLimit headers.
func (l *limiter) describe(key string, now time.Time, header http.Header) {
	if l.limit.NoHeaders || l.limit == (RateLimit{}) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.quota(key, now)
	limit := l.limit.PerMinute
	if limit == 0 {
		limit = l.limit.MaxConcurrent
	}
	header.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	header.Set("X-RateLimit-Remaining", strconv.Itoa(l.remaining(q, now)))
	header.Set("X-RateLimit-Reset", strconv.FormatInt(ceilUnix(l.reset(q, now)), 10))
}

// ceilUnix rounds up: a client that waits until then must find the quota there.
func ceilUnix(t time.Time) int64 {
	return t.Add(time.Second - time.Nanosecond).Unix()
}
