package pace

import "time"

const (
	// firstPause follows a refusal that names no time.
	firstPause = 100 * time.Millisecond
	// pauseGrowth is the part of the time since the first of a run of refusals
	// that the next pause takes: growing with it, and never far too late.
	pauseGrowth = 0.2
	// pauseLearnt is the part of the last such time that the first pause takes.
	pauseLearnt = 0.4
)

// hold is the time until which every request waits, because one was refused.
type hold struct {
	until time.Time
	why   reason

	// heeded is when the last refusal was acted upon. Requests that were under
	// way by then are part of the same refusal.
	heeded time.Time
	run    int           // refusals in a row that were acted upon
	anew   bool          // the run was taken to begin anew already
	since  time.Time     // the first of them
	lasted time.Duration // the last run, from its first refusal to the end
}

// beginAnew takes the next refusal as the first of a run, because it comes when
// the API should have accepted again. It does so once in a run.
func (h *hold) beginAnew() {
	if !h.anew {
		h.anew, h.run = true, 0
	}
}

// refused holds back all requests until the time asked for, or for a growing
// pause. known tells that something else says how long it lasts, so that the
// length of the last run is no guide.
func (h *hold) refused(now time.Time, asked time.Duration, known bool, jitter float64) {
	if h.run++; h.run == 1 {
		h.since = now
	}
	h.heeded = now
	pause := max(firstPause, part(now.Sub(h.since), pauseGrowth))
	if !known && asked == 0 {
		pause = max(pause, part(h.lasted, pauseLearnt))
	}
	pause = min(pause, longestLearnt)
	if asked >= pause {
		h.ask(now, asked, jitter)
		return
	}
	h.extend(now.Add(part(pause, 0.9+0.2*jitter)), refusedWithoutTime)
}

// ask holds back all requests for as long as an answer asks. The jitter keeps
// pipelines apart that use the same key and are told the same.
func (h *hold) ask(now time.Time, asked time.Duration, jitter float64) {
	h.extend(now.Add(asked+part(min(asked/50, 250*time.Millisecond), jitter)), askedToWait)
}

func (h *hold) extend(until time.Time, why reason) {
	if until.After(h.until) {
		h.until, h.why = until, why
	}
}

// over tells that a request that began since the last refusal was accepted. It
// reports whether that ends a run of refusals.
func (h *hold) over(began time.Time) bool {
	if h.run == 0 {
		return false
	}
	h.run, h.anew, h.lasted = 0, false, began.Sub(h.since)
	return true
}

func part(d time.Duration, of float64) time.Duration {
	return time.Duration(float64(d) * of)
}
