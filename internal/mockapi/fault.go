package mockapi

import (
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Fault is something that a server or the network can do wrong, placed before or after the moment when the request's
// object is stored (the commit). Its parts happen in this order: Delay, commit, DelayAnswer, Hold, response or Cut,
// CommitDelay.
//
// With Status, Body or Cut the request is processed only where Commit or CommitDelay is set. Without them it is always
// processed, and the response is the ordinary one but for Header and Rewrite.
type Fault struct {
	// Method and Path choose the requests; "" matches all. Path is a pattern with a wildcard for a segment, with or
	// without BasePath: "/clients/{id}/creditAccounts".
	Method, Path string

	// Match is a further condition, or nil. It sees a copy of the request.
	Match func(*Request) bool `json:"-"`

	// Skip is how many matching requests pass first; then the fault applies Times times, 0 meaning for ever.
	Skip, Times int

	// Delay passes before anything is done. If the client leaves meanwhile, the request is not processed, unless
	// Commit or CommitDelay is set.
	Delay time.Duration

	// Commit processes the request before misbehaving. A request that the API refuses stores nothing all the same.
	Commit bool

	// CommitDelay commits this long after the response was sent or cut, as a server with a queue does.
	CommitDelay time.Duration

	// DelayAnswer passes between commit and response.
	DelayAnswer time.Duration

	// Hold, if not nil, keeps the response back until it is closed, the client leaves, or the server is closed.
	Hold <-chan struct{} `json:"-"`

	// Status replaces the ordinary status. From 400 on the body is the documented error body.
	Status int

	// Header replaces headers of the response; nil takes one away.
	Header http.Header

	// Body replaces the response's body.
	Body *string

	// Rewrite changes the body last of all. Set, EachObject and others return such functions.
	Rewrite func(body []byte) []byte `json:"-"`

	// Cut ends the connection instead of completing the response.
	Cut Cut

	// Stray is written after the complete response; then the connection is closed.
	Stray string
}

// Cut is a point at which the connection ends.
type Cut string

// The points at which a connection can end.
const (
	CutNone       Cut = ""
	CutConnection Cut = "connection" // closed before the first byte of the response
	CutReset      Cut = "reset"      // likewise, with a reset where the connection is TCP
	CutHeaders    Cut = "headers"    // closed within the status line
	CutBody       Cut = "body"       // closed after half the body that Content-Length announced
)

// Validate returns an error for a fault that cannot be carried out.
func (f Fault) Validate() error {
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 999):
		return fmt.Errorf("status %d is not between 200 and 999", f.Status)
	case !slices.Contains([]Cut{CutNone, CutConnection, CutReset, CutHeaders, CutBody}, f.Cut):
		return fmt.Errorf("cut %q is not connection, reset, headers or body", f.Cut)
	}
	return nil
}

// commits reports whether the request is processed.
func (f Fault) commits() bool {
	return f.Commit || f.CommitDelay > 0 || (f.Status == 0 && f.Body == nil && f.Cut == CutNone)
}

// activeFault is an injected fault with its counters, which the server's lock guards.
type activeFault struct {
	Fault

	skipped int
	applied int
}

// Inject adds a fault after those that are there. The first one that matches a request and neither skips it nor is used
// up applies. It panics if the fault is not valid.
func (s *Server) Inject(f Fault) {
	if err := f.Validate(); err != nil {
		panic("mockapi: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &activeFault{Fault: f})
}

// ClearFaults removes all faults. It does not release requests to which one already applies.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// applicableFault returns the zero Fault, which changes nothing, where none applies.
func (s *Server) applicableFault(r *Request) Fault {
	s.mu.Lock()
	faults := slices.Clone(s.faults)
	request := *r
	s.mu.Unlock()
	for _, f := range faults {
		// Match is the test's code and may call the server, so it runs without the lock.
		if request.matches(f.Method, f.Path) && (f.Match == nil || f.Match(&request)) && s.use(f) {
			return f.Fault
		}
	}
	return Fault{}
}

func (s *Server) use(f *activeFault) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case f.skipped < f.Skip:
		f.skipped++
		return false
	case f.Times > 0 && f.applied >= f.Times:
		return false
	}
	f.applied++
	return true
}
