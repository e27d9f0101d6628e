package thoughtindustries

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// shortestWait is the least wait after a refusal, and after the quota is used up.
	shortestWait = time.Second
	// longestWait bounds what one response may ask for.
	longestWait = 24 * time.Hour
	// longestBackoff is the wait after refusals that do not say how long to wait.
	longestBackoff = 30 * time.Second
	// raiseAfter so many successes in a row, one more request may be in flight than a refusal has shown to be
	// possible.
	raiseAfter = 256
)

// gate lets requests start: no more at once than allowed, none before the time that the API last asked for, and no
// more a minute than the ceiling.
//
// A 429 is harmless, because it is refused before it is processed. So the gate sends a request where it does not know
// better, and learns from the refusal.
type gate struct {
	most    int           // max_concurrent_requests
	ceiling *rate.Limiter // requests_per_minute; nil for none

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever a request ends
	inFlight int
	// open is how many may be in flight now: 1 after a refusal, and one more with each success, up to limit.
	open int
	// limit is lowered by a 429 that is not about the quota: too many at once.
	limit     int
	left      int       // what X-RateLimit-Remaining said last; -1 for nothing
	until     time.Time // no request starts before
	refusals  int       // in a row
	successes int       // in a row
}

func newGate(mostAtOnce, perMinute int) *gate {
	g := &gate{
		most: mostAtOnce, limit: mostAtOnce, open: min(2, mostAtOnce), left: -1,
		changed: make(chan struct{}),
	}
	if perMinute > 0 {
		// Some at once and the rest spread: together never more than perMinute in any minute, also where requests
		// arrive some seconds later than others.
		perSecond := rate.Limit(0.9 * float64(perMinute) / 60)
		g.ceiling = rate.NewLimiter(perSecond, max(1, perMinute/20))
	}
	return g
}

// permit is one request in flight.
type permit struct {
	gate     *gate
	began    time.Time
	together int // requests in flight when it began, with this one
}

// wait blocks until a request may start, or ctx ends.
func (g *gate) wait(ctx context.Context) (*permit, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		started, wait, changed := g.tryStart()
		if started != nil {
			return started, nil
		}
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// tryStart gives a permit, or how long to wait for the next try, unless a request ends (changed) before.
func (g *gate) tryStart() (started *permit, wait time.Duration, changed <-chan struct{}) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	switch {
	case now.Before(g.until):
		return nil, g.until.Sub(now), g.changed
	case g.inFlight >= min(g.open, g.limit), g.left >= 0 && g.inFlight > 0 && g.inFlight >= g.left:
		return nil, longestWait, g.changed // only the end of another request helps: those in flight use up what is left
	case g.ceiling != nil && !g.ceiling.AllowN(now, 1):
		missing := 1 - g.ceiling.TokensAt(now)
		wait := time.Duration(missing / float64(g.ceiling.Limit()) * float64(time.Second))
		return nil, wait + time.Millisecond, g.changed
	}
	g.inFlight++
	return &permit{gate: g, began: now, together: g.inFlight}, 0, nil
}

// done ends a request, with what came of it.
func (p *permit) done(r result) {
	g, now := p.gate, time.Now()
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inFlight--
	close(g.changed)
	g.changed = make(chan struct{})
	if r.status == 0 {
		return
	}
	g.left = quotaLeft(r.header)
	wait, asked := retryAfter(r, now)
	switch {
	case r.status == http.StatusTooManyRequests:
		g.refused(p, now, wait)
	case r.status >= 500 && asked:
		g.open = 1
		g.hold(now, wait)
	case r.status < 500:
		g.refusals = 0
		g.open = min(g.open+1, g.limit)
		if g.successes++; g.successes%raiseAfter == 0 {
			g.limit = min(g.limit+1, g.most)
		}
		if g.left == 0 { // a bucket has filled a little by then; a window refuses, and says until when
			g.hold(now, shortestWait)
		}
	}
}

// refused needs mu. asked is 0 where the API does not say how long to wait.
func (g *gate) refused(p *permit, now time.Time, asked time.Duration) {
	if p.began.Before(g.until) && asked == 0 { // sent before the last refusal came, so it teaches nothing
		g.hold(now, shortestWait)
		return
	}
	if g.left != 0 && p.together > 1 {
		g.limit = max(1, min(g.limit, p.together-1))
	}
	wait := asked
	if wait == 0 {
		wait = min(shortestWait<<min(g.refusals, 5), longestBackoff)
	}
	g.refusals++
	g.successes, g.open = 0, 1
	g.hold(now, wait)
}

// hold needs mu.
func (g *gate) hold(now time.Time, wait time.Duration) {
	if until := now.Add(wait); until.After(g.until) {
		g.until = until
	}
}

// quotaLeft is how many requests are left by a response's headers; -1 where they do not say.
func quotaLeft(header http.Header) int {
	left, err := strconv.Atoi(strings.TrimSpace(header.Get("X-RateLimit-Remaining")))
	if err != nil {
		return -1
	}
	return max(left, 0)
}

// retryAfter is how long a response asks to wait: in its header, as seconds or as a date (by the server's own clock),
// or in the documented body of a 429. It is a second at least.
func retryAfter(r result, now time.Time) (wait time.Duration, asked bool) {
	var body struct{ RetryAfter float64 }
	value := strings.TrimSpace(r.header.Get("Retry-After"))
	seconds, err := strconv.ParseFloat(value, 64)
	at, notDate := http.ParseTime(value)
	switch {
	case notDate == nil:
		if date, err := http.ParseTime(r.header.Get("Date")); err == nil {
			now = date
		}
		seconds = at.Sub(now).Seconds()
	case err == nil && seconds <= math.MaxFloat64: // a number, and not without end
	case r.status == http.StatusTooManyRequests && json.Unmarshal(r.body, &body) == nil && body.RetryAfter > 0:
		seconds = body.RetryAfter
	default:
		return 0, false
	}
	seconds = max(min(seconds, longestWait.Seconds()), shortestWait.Seconds())
	return time.Duration(seconds * float64(time.Second)), true
}
