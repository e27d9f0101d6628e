package thoughtindustries

import (
	"net/http"
	"sync"
	"time"
)

// serverClock remembers how far the server's clock is ahead of ours, learnt
// from the Date of any answer. An answer that took long says little (its Date
// may be from the beginning or the end), so what each allows is narrowed down
// by the others.
type serverClock struct {
	mu        sync.Mutex
	known     bool
	low, high time.Duration
}

func (s *serverClock) learn(header http.Header, began, ended time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	low, high := date.Sub(ended), date.Add(time.Second).Sub(began) // Date counts whole seconds
	if narrowLow, narrowHigh := max(low, s.low), min(high, s.high); s.known && narrowLow <= narrowHigh {
		low, high = narrowLow, narrowHigh
	}
	s.known, s.low, s.high = true, low, high
}

// at gives the earliest time that the server's clock may have shown at a local
// one; the same where nothing is known.
func (s *serverClock) at(local time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return local.Add(s.low)
}
