package thoughtindustries

import (
	"net/http"
	"sync"
	"time"
)

// serverClock remembers how far the server's clock is ahead of ours, learnt
// from the Date of any response. A response that took long says little (its Date
// may be from the beginning or the end), so what each allows is narrowed down
// by the others.
type serverClock struct {
	mu sync.Mutex
	// responses counts those that had a Date.
	responses int
	// inconsistent: two responses cannot come from one clock, so that neither is
	// believed.
	inconsistent bool
	low, high    time.Duration
}

// learn gets a response whose headers came at a local time.
func (s *serverClock) learn(header http.Header, began, came time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	low, high := date.Sub(came), date.Add(time.Second).Sub(began) // Date counts whole seconds
	if s.responses > 0 && (low > s.high+lookupTolerance || high < s.low-lookupTolerance) {
		s.inconsistent = true
	}
	if narrowLow, narrowHigh := max(low, s.low), min(high, s.high); s.responses > 0 && narrowLow <= narrowHigh {
		low, high = narrowLow, narrowHigh
	}
	s.low, s.high = low, high
	s.responses++
}

// at gives the earliest time that the server's clock may have shown at a local
// one; the local one, and false, where the server's is not known.
func (s *serverClock) at(local time.Time) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.responses == 0 || s.inconsistent {
		return local, false
	}
	return local.Add(s.low), true
}

// between gives the earliest time that the server's clock may have shown at one
// local time, and the latest at another; false where fewer responses than wanted
// agree on it.
func (s *serverClock) between(from, to time.Time, wanted int) (earliest, latest time.Time, known bool) {
	earliest, known = s.at(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	return earliest, to.Add(s.high), known && s.responses >= wanted
}
