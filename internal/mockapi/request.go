package mockapi

import (
	"fmt"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"
)

// Request is one request that arrived, whether it got a response or not.
type Request struct {
	Method string
	Path   string
	Query  url.Values
	Header http.Header
	Body   []byte
	Time   time.Time // arrival, by the server's clock

	// Status is that of the response; 0 while there is none, and for good where the connection was cut.
	Status int

	// Committed reports whether the request stored or changed an object.
	Committed bool
}

func (s *Server) record(r *http.Request, body []byte) *Request {
	request := &Request{
		Method: r.Method,
		Path:   r.URL.EscapedPath(),
		Query:  r.URL.Query(),
		Header: r.Header.Clone(),
		Body:   body,
		Time:   s.now(),
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	return request
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// matches compares a request with a method and a path pattern, either of which may be "".
func (r *Request) matches(method, pattern string) bool {
	if method != "" && method != r.Method {
		return false
	}
	pattern = wildcard.ReplaceAllString(strings.TrimPrefix(pattern, BasePath), "*")
	matched, _ := path.Match(pattern, strings.TrimPrefix(r.Path, BasePath))
	return pattern == "" || matched
}

// Requests returns copies of all requests since the start or the last ResetRequests, in order of arrival, including
// those that were refused.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return copies(s.requests)
}

// ResetRequests forgets the requests recorded so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Count returns how many recorded requests have the method and a path that fits the pattern, as in Fault.
func (s *Server) Count(method, pattern string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, r := range s.requests {
		if r.matches(method, pattern) {
			count++
		}
	}
	return count
}

// Summary says in a line for each endpoint how many requests it got; "other" are those that fit none.
func (s *Server) Summary() []string {
	var lines []string
	other := s.Count("", "")
	for _, e := range endpoints() {
		if count := s.Count(e.method, e.path); count > 0 {
			lines = append(lines, fmt.Sprintf("%6d  %s", count, e.pattern()))
			other -= count
		}
	}
	if other > 0 {
		lines = append(lines, fmt.Sprintf("%6d  other", other))
	}
	return lines
}
