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

// concurrency is how many requests may be under way at once. It begins low and
// opens with every answer, so that a limit is met by few requests and not by
// all at once; it closes again after a refusal.
type concurrency struct {
	most    int // never more than this
	open    int // how far it is open now
	before  int // how far it was open before it was closed
	ceiling int // lowered when the API refused because of it
	proven  int // so many were under way at once and were accepted
	moved   time.Time
	quiet   time.Duration
	raiseAt time.Time
	raised  bool // the ceiling, to see whether the API allows more by now
}

func newConcurrency(most int) concurrency {
	return concurrency{most: most, open: min(2, most), ceiling: most, quiet: shortestQuiet}
}

// admits reports whether one more may start, or else when to ask again; zero
// if only an answer can change it.
func (c *concurrency) admits(now time.Time, underWay int) (again time.Time, ok bool) {
	if c.lowered() && !now.Before(c.raiseAt) {
		c.ceiling++
		c.raised, c.raiseAt = true, now.Add(c.quiet)
	}
	if underWay < min(c.open, c.ceiling) {
		return time.Time{}, true
	}
	if c.open >= c.ceiling {
		return time.Time{}, false
	}
	again = c.moved.Add(patience)
	if now.Before(again) {
		return again, false
	}
	c.open = underWay + 1
	return time.Time{}, true
}

// lowered reports whether fewer are allowed than were asked for.
func (c *concurrency) lowered() bool { return c.ceiling < c.most }

func (c *concurrency) started(now time.Time) { c.moved = now }

// accepted hears that a request went through which made it count under way.
// Only a number that is made use of is raised.
func (c *concurrency) accepted(count int) {
	c.proven = max(c.proven, count)
	if c.open < c.ceiling && 2*count > c.open {
		c.open++
	}
}

// close leaves one request to find out whether the API accepts again.
func (c *concurrency) close() { c.before, c.open = c.open, 1 }

// lower hears that the API refused one of count requests under way because
// these were too many. Each one refused is one too many.
func (c *concurrency) lower(now time.Time, count int) {
	if c.raised {
		c.quiet = min(2*c.quiet, longestQuiet)
	}
	c.ceiling = max(1, min(c.ceiling, count)-1)
	c.proven = min(c.proven, c.ceiling)
	c.raised, c.raiseAt = false, now.Add(c.quiet)
}
