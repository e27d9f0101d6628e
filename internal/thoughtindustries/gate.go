package thoughtindustries

import (
	"context"
	"encoding/json"
	"math"
	"math/rand/v2"
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
	// longestReset is how far away a reset may be to be believed.
	longestReset = time.Hour
	// longestBackoff is the wait after refusals that do not say how long to wait.
	longestBackoff = 30 * time.Second
	// raiseAfter so many successes in a row, one more request may be in flight than a refusal has shown to be
	// possible.
	raiseAfter = 256
	// worthALine is how long a wait must be for a line in the log.
	worthALine = 5 * time.Second
)

// gate lets requests start: no more at once than allowed, none before the time that the API last asked for, and no
// more a minute than the ceiling.
//
// A 429 is harmless, because it is refused before it is processed. So the gate sends a request where it does not know
// better, and learns from the refusal.
type gate struct {
	most     int           // max_concurrent_requests
	ceiling  *rate.Limiter // requests_per_minute; nil for none
	announce func(ctx context.Context, wait time.Duration)

	mu       sync.Mutex
	changed  chan struct{} // closed and replaced whenever a request ends
	inFlight int
	// open is how many may be in flight now: 1 after a refusal, and one more with each success, up to limit.
	open int
	// limit is lowered by a 429 that is not about the quota: too many at once.
	limit     int
	left      int       // what X-RateLimit-Remaining said last; -1 for nothing
	until     time.Time // no request starts before
	announced time.Time // the last value of until that was logged
	refusals  int       // in a row
	successes int       // in a row
}

func newGate(mostAtOnce, perMinute int, announce func(context.Context, time.Duration)) *gate {
	g := &gate{
		most: mostAtOnce, limit: mostAtOnce, open: min(2, mostAtOnce), left: -1,
		changed: make(chan struct{}), announce: announce,
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
		g.mu.Lock()
		now := time.Now()
		wait, ok := g.mayStart(now)
		if ok {
			g.inFlight++
			started := &permit{gate: g, began: now, together: g.inFlight}
			g.mu.Unlock()
			return started, nil
		}
		changed := g.changed
		worthSaying := wait >= worthALine && g.announced.Before(g.until)
		if worthSaying {
			g.announced = g.until
		}
		g.mu.Unlock()
		if worthSaying {
			g.announce(ctx, wait)
		}
		g.sleep(ctx, wait, changed)
	}
}

// sleep ends after wait (where it is not 0), when a request ends, or with ctx.
func (g *gate) sleep(ctx context.Context, wait time.Duration, changed <-chan struct{}) {
	var elapsed <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		elapsed = timer.C
	}
	select {
	case <-changed:
	case <-elapsed:
	case <-ctx.Done():
	}
}

// mayStart needs mu. wait is 0 where only the end of another request can help.
func (g *gate) mayStart(now time.Time) (wait time.Duration, ok bool) {
	switch {
	case now.Before(g.until):
		return g.until.Sub(now), false
	case g.inFlight >= min(g.open, g.limit):
		return 0, false
	case g.left >= 0 && g.inFlight > 0 && g.inFlight >= g.left: // these use up what is left
		return 0, false
	case g.ceiling == nil || g.ceiling.AllowN(now, 1):
		return 0, true
	}
	missing := 1 - g.ceiling.TokensAt(now)
	return time.Duration(missing/float64(g.ceiling.Limit())*float64(time.Second)) + time.Millisecond, false
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
	left, reset := quota(r.header, now)
	g.left = left
	wait, asked := retryAfter(r, now)
	switch {
	case r.status == http.StatusTooManyRequests:
		g.refused(p, now, wait, reset)
	case r.status >= 500 && asked:
		g.open = 1
		g.hold(now, wait)
	case r.status < 500:
		g.refusals = 0
		g.open = min(g.open+1, g.limit)
		if g.successes++; g.successes%raiseAfter == 0 {
			g.limit = min(g.limit+1, g.most)
		}
		if left == 0 { // a bucket has filled a little by then; a window refuses, and says until when
			g.hold(now, shortestWait)
		}
	}
}

// refused needs mu. asked is 0 where the API does not say how long to wait.
func (g *gate) refused(p *permit, now time.Time, asked, reset time.Duration) {
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
		if g.left == 0 && g.refusals > 0 { // a bucket would have let the second one pass
			wait = max(wait, reset)
		}
	}
	g.refusals++
	g.successes, g.open = 0, 1
	g.hold(now, wait)
}

// hold needs mu. The jitter keeps apart pipelines that share a key.
func (g *gate) hold(now time.Time, wait time.Duration) {
	jitter := time.Duration(rand.Int64N(int64(min(wait/20, 250*time.Millisecond)) + 1))
	if until := now.Add(min(wait, longestWait) + jitter); until.After(g.until) {
		g.until = until
	}
}

// quota reads the X-RateLimit headers: what is left (-1 where they do not say), and how long it takes until it is
// renewed, by the server's own clock.
func quota(header http.Header, now time.Time) (left int, reset time.Duration) {
	left, err := strconv.Atoi(strings.TrimSpace(header.Get("X-RateLimit-Remaining")))
	if err != nil {
		return -1, 0
	}
	if at, err := strconv.ParseInt(strings.TrimSpace(header.Get("X-RateLimit-Reset")), 10, 64); err == nil {
		reset = time.Unix(at, 0).Sub(serverTime(header, now))
	}
	if reset < 0 || reset > longestReset {
		reset = 0
	}
	return max(left, 0), reset
}

// retryAfter is how long a response asks to wait: in its header, as seconds or as a date, or in the documented body
// of a 429. It is a second at least.
func retryAfter(r result, now time.Time) (wait time.Duration, asked bool) {
	value := strings.TrimSpace(r.header.Get("Retry-After"))
	if at, err := http.ParseTime(value); err == nil {
		return max(at.Sub(serverTime(r.header, now)), shortestWait), true
	}
	seconds, err := strconv.ParseFloat(value, 64)
	if err != nil || math.IsInf(seconds, 0) || math.IsNaN(seconds) {
		var body struct {
			RetryAfter float64 `json:"retryAfter"`
		}
		if r.status != http.StatusTooManyRequests || json.Unmarshal(r.body, &body) != nil || body.RetryAfter <= 0 {
			return 0, false
		}
		seconds = body.RetryAfter
	}
	seconds = max(min(seconds, longestWait.Seconds()), shortestWait.Seconds())
	return time.Duration(seconds * float64(time.Second)), true
}

func serverTime(header http.Header, now time.Time) time.Time {
	if date, err := http.ParseTime(header.Get("Date")); err == nil {
		return date
	}
	return now
}
