package mockapi

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// Fault is something that a server or the network can do wrong, placed precisely before or after the moment when the
// request's object is stored (the commit). Its parts happen in this order: Delay, commit, DelayAnswer, Hold, response or Cut,
// CommitDelay.
//
// Without Status, Cut, Body, EndlessBody and Errors the ordinary response is given, and so the request is processed whether Commit is
// set or not. With one of them it is processed only with Commit or CommitDelay.
type Fault struct {
	// Method and Path choose the requests; "" matches all. Path is a pattern as for http.ServeMux, below BasePath (which
	// may also be written): "/clients/{id}/creditAccounts".
	Method, Path string

	// Match is a further condition, or nil. It sees a copy of the request, with Body but without an outcome.
	Match func(*Request) bool

	// Skip is how many matching requests pass first; then the fault applies Times times, 0 meaning for ever.
	Skip, Times int

	// Delay passes before anything is done. If the client leaves meanwhile, the request is not processed, unless Commit
	// or CommitDelay is set: then it is, as by a server that does not notice.
	Delay time.Duration

	// Commit processes the request before misbehaving. A request that the API refuses stores nothing all the same.
	Commit bool

	// CommitDelay commits only this long after the response was sent or cut, as a server does that queues. The object then
	// bears that time. It implies Commit.
	CommitDelay time.Duration

	// DelayAnswer passes between commit and response.
	DelayAnswer time.Duration

	// Status replaces the ordinary status: 200 to 999, 0 for none.
	Status int

	// Header replaces headers of the response, the server's own included (Date too); nil values take one away.
	Header http.Header

	// Body replaces the response's body. If it is nil, a Status from 400 on has the documented error body, and any other
	// the ordinary one, though nothing may have been stored.
	Body *string

	// Cut ends the connection instead of completing the response.
	Cut Cut

	// Stray is written on the connection after the complete response, as by a server that mistakes it for another's. The
	// connection is then closed.
	Stray string

	// EndlessBody sends JSON-like bytes until the client leaves, at most 64 MiB.
	EndlessBody bool

	// Errors is what went wrong, in the manner of GraphQL: {"errors": [{"message", "extensions": {"code"}}]} with status 200
	// unless Status is another, and null where the ordinary response has its object. The request is processed only with
	// Commit or CommitDelay. It counts for nothing beside a Body.
	Errors []GraphQLError

	// ErrorsBesideData keeps the ordinary response beside Errors, and so the request is processed as it ordinarily is.
	ErrorsBesideData bool

	// Malformed is a response that is not what its form promises.
	Malformed Malformed

	// Object changes the object that is responded with, or every entry of a listing, whatever the form. Numbers are
	// json.Number.
	Object func(object map[string]any)

	// Entries changes all that a listing finds, before it is cut into pages.
	Entries func(entries []map[string]any) []map[string]any

	// Mutate changes the whole ordinary response, in its form, before it is sent. Numbers are json.Number.
	Mutate func(answer map[string]any)

	// Hold, if not nil, keeps the response back after the commit until it is closed, the client leaves, or the server is
	// closed.
	Hold <-chan struct{}
}

// Set returns a function for Fault.Object that sets one field.
func Set(name string, value any) func(map[string]any) {
	return func(object map[string]any) { object[name] = value }
}

// GraphQLError is one of the errors in a response; an empty Code leaves extensions out.
type GraphQLError struct {
	Message string `json:"message"`
	Code    string `json:"code"`
}

// Cut is a point at which the connection ends.
type Cut int

// The points at which a connection can end.
const (
	CutNone       Cut = iota
	CutConnection     // closed before the first byte of the response
	CutReset          // reset before the first byte of the response; closed where the connection is not TCP
	CutHeaders        // closed within the status line
	CutBody           // closed after half the body that Content-Length announced
)

var cutNames = []string{"none", "connection", "reset", "headers", "body"}

// String returns the name that UnmarshalText takes.
func (c Cut) String() string { return nameOf(cutNames, int(c)) }

// MarshalText returns the name of the cut.
func (c Cut) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// UnmarshalText takes none, connection, reset, headers or body.
func (c *Cut) UnmarshalText(text []byte) error {
	i, err := indexOf(cutNames, string(text))
	*c = Cut(i)
	return err
}

// Validate returns an error for a fault that cannot be carried out.
func (f Fault) Validate() error {
	switch {
	case f.Status != 0 && (f.Status < 200 || f.Status > 999):
		return fmt.Errorf("status %d is not between 200 and 999", f.Status)
	case f.Cut < CutNone || f.Cut > CutBody:
		return fmt.Errorf("cut %d is unknown", f.Cut)
	case f.Malformed < WellFormed || int(f.Malformed) >= len(malformedNames):
		return fmt.Errorf("malformed %d is unknown", f.Malformed)
	case f.ErrorsBesideData && len(f.Errors) == 0:
		return errors.New("errors beside data need errors")
	case f.Skip < 0 || f.Times < 0:
		return fmt.Errorf("skip %d and times %d must be at least 0", f.Skip, f.Times)
	case f.Delay < 0 || f.CommitDelay < 0 || f.DelayAnswer < 0:
		return fmt.Errorf("delays must be at least 0")
	}
	return nil
}

// commits reports whether the request is processed.
func (f Fault) commits() bool {
	failed := len(f.Errors) > 0 && !f.ErrorsBesideData
	misbehaves := failed || f.Status != 0 || f.Cut != CutNone || f.Body != nil || f.EndlessBody
	return f.Commit || f.CommitDelay > 0 || !misbehaves
}

// activeFault is an injected fault with its counters, which the server's lock guards.
type activeFault struct {
	Fault

	skipped int
	applied int
}

// Inject adds a fault after the ones that are there. For each request the first that matches, and that is not skipping
// or used up, applies; the ones behind it do not see the request. It panics if the fault is not valid.
func (s *Server) Inject(f Fault) {
	if err := f.Validate(); err != nil {
		panic("mockapi: " + err.Error())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &activeFault{Fault: f})
}

// ClearFaults removes all faults. Requests that one already applies to are not released.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// applicableFault returns the fault that applies to the request, or the zero Fault, which changes nothing.
func (s *Server) applicableFault(r *Request) Fault {
	s.mu.Lock()
	faults := s.faults
	request := r.clone()
	s.mu.Unlock()
	for _, f := range faults {
		// Match is the test's code, which may well ask the server: it runs without the lock.
		if s.matches(&request, f.Method, f.Path) && (f.Match == nil || f.Match(&request)) && s.use(f) {
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
