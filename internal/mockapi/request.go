package mockapi

import (
	"bytes"
	"net/http"
	"net/url"
	"time"
)

// Request is one request that arrived, with a response or without.
type Request struct {
	Method string
	Path   string // as sent, so with Options.PathPrefix and BasePath
	Query  url.Values
	Header http.Header
	Body   []byte
	Time   time.Time // arrival, by the server's clock

	// Status is that of the response; 0 while there is none, and for good if the connection was cut or the client
	// left first.
	Status int

	// Committed reports whether the request stored or changed an object.
	Committed bool

	rawQuery string
}

func (r Request) clone() Request {
	r.Query = url.Values(http.Header(r.Query).Clone())
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	return r
}

func (s *Server) record(r *http.Request, body []byte) *Request {
	request := &Request{
		Method:   r.Method,
		Path:     r.URL.EscapedPath(),
		Query:    r.URL.Query(),
		Header:   r.Header.Clone(),
		Body:     body,
		Time:     s.now(),
		rawQuery: r.URL.RawQuery,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, request)
	return request
}

// Requests returns copies of all requests since the start or the last ResetRequests, in order of arrival, the refused ones
// included.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.requests))
	for i, r := range s.requests {
		requests[i] = r.clone()
	}
	return requests
}

// ResetRequests forgets the requests recorded so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// Count returns how many recorded requests have the method ("" means any) and a path that fits the pattern ("" means
// any). The pattern is written as for http.ServeMux, with or without BasePath:
// "/incoming/v2/clients/{id}/creditAccounts". Requests refused with 429 count too.
func (s *Server) Count(method, pathPattern string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, r := range s.requests {
		if s.matches(r, method, pathPattern) {
			n++
		}
	}
	return n
}

// EndpointCount is how often one endpoint was asked.
type EndpointCount struct {
	Endpoint string // method and path pattern, or "other"
	Requests int
}

// Summary counts the recorded requests of each endpoint, in the order of the API's documentation. Endpoints that nobody
// asked are left out; "other" holds what fits none.
func (s *Server) Summary() []EndpointCount {
	s.mu.Lock()
	defer s.mu.Unlock()
	counts := make([]EndpointCount, len(routes)+1)
	for i, route := range routes {
		counts[i].Endpoint = route.method + " " + s.base() + route.pattern
	}
	counts[len(routes)].Endpoint = "other"
	for _, r := range s.requests {
		i := len(routes)
		if relative, ok := s.relative(r.Path); ok {
			for j, route := range routes {
				if _, ok := matchPath(route.pattern, relative); ok && route.method == r.Method {
					i = j
				}
			}
		}
		counts[i].Requests++
	}
	asked := counts[:0]
	for _, c := range counts {
		if c.Requests > 0 {
			asked = append(asked, c)
		}
	}
	return asked
}
