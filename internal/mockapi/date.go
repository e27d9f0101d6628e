package mockapi

import (
	"net/http"
	"time"
)

// DateHeader says how the Date header of responses differs from the server's clock, by which everything else goes. The zero
// value is the time.
type DateHeader struct {
	Missing bool          // there is none
	Offset  time.Duration // it is wrong by this
	Jump    time.Duration // every second one, from the second on, is wrong by this too
}

// SetDate changes what Options.Date said.
func (s *Server) SetDate(d DateHeader) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.date, s.dates = d, 0
}

func (s *Server) writeDate(header http.Header, now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.date.Missing {
		header["Date"] = nil // an absent one would be added by net/http
		return
	}
	shown := now.Add(s.date.Offset)
	if s.dates%2 == 1 {
		shown = shown.Add(s.date.Jump)
	}
	s.dates++
	header.Set("Date", shown.Format(http.TimeFormat))
}
