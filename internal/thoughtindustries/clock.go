package thoughtindustries

import (
	"net/http"
	"sync"
	"time"
)

// serverClock remembers how far the server's clock is from ours, learnt from
// the Date of any answer. Date counts whole seconds, so it is right to about one.
type serverClock struct {
	mu     sync.Mutex
	offset time.Duration
	known  bool
}

func (s *serverClock) learn(header http.Header, began, ended time.Time) {
	date, err := http.ParseTime(header.Get("Date"))
	if err != nil {
		return
	}
	middle := began.Add(ended.Sub(began) / 2)
	s.mu.Lock()
	defer s.mu.Unlock()
	// Half a second is what cutting off the fraction takes away on average.
	s.offset, s.known = date.Add(500*time.Millisecond).Sub(middle), true
}

// at gives the server's time at a local one; the same where nothing is known.
func (s *serverClock) at(local time.Time) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return local.Add(s.offset)
}
