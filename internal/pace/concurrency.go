package pace

import "time"

const (
	// patience is how long the first requests may take before more join them
	// although nothing is known yet.
	patience = 250 * time.Millisecond
	// shortestQuiet and longestQuiet bound how long a number that was found to
	// be too high is left alone.
	shortestQuiet = 10 * time.Second
	longestQuiet  = 16 * time.Minute
)

// concurrency is how many requests may be in flight at once. It begins low and
// opens with every response, so that a limit is met by few requests and not by
// all at once; it closes again after a refusal.
type concurrency struct {
	most    int // never more than this
	limit   int // lowered when the API refused because of it
	open    int // how far it is open now
	proven  int // so many were in flight at once and were accepted
	moved   time.Time
	quiet   time.Duration // doubled each time
	raiseAt time.Time     // one more is tried then
}

func newConcurrency(most int) concurrency {
	return concurrency{most: most, limit: most, open: min(2, most), quiet: shortestQuiet}
}

// admits reports whether one more may start, or else when to ask again; zero
// if only a response can change it.
func (c *concurrency) admits(now time.Time, inFlight int) (again time.Time, ok bool) {
	if c.lowered() && !now.Before(c.raiseAt) {
		c.limit++
		c.raiseAt = now.Add(c.quiet)
	}
	if inFlight < min(c.open, c.limit) {
		return time.Time{}, true
	}
	if c.open >= c.limit {
		return time.Time{}, false
	}
	if again = c.moved.Add(patience); now.Before(again) {
		return again, false
	}
	c.open = inFlight + 1
	return time.Time{}, true
}

// lowered reports whether fewer are allowed than were asked for.
func (c *concurrency) lowered() bool { return c.limit < c.most }

// hasProven reports whether the API accepted so many before, and may be
// expected to do so again.
func (c *concurrency) hasProven(count int) bool {
	return count <= c.proven && (!c.lowered() || count < c.limit)
}

// accept hears that a request went through which made it count in flight. Only
// a number that is made use of is raised.
func (c *concurrency) accept(count int) {
	c.proven = max(c.proven, count)
	if c.open < c.limit && 2*count > c.open {
		c.open++
	}
}

// close leaves one request to find out whether the API accepts again.
func (c *concurrency) close() { c.open = 1 }

// lower hears that the API refused one of count requests in flight because
// these were too many.
func (c *concurrency) lower(now time.Time, count int) {
	if count <= c.limit {
		c.quiet = min(2*c.quiet, longestQuiet)
	}
	c.limit = max(1, min(c.limit, count-1))
	c.proven = min(c.proven, c.limit)
	c.raiseAt = now.Add(c.quiet)
}
