// Package mockapi is a strict fake of the Thought Industries REST API for tests and demonstrations.
//
// It serves every documented endpoint that the provider uses, refuses what the documentation does not allow, and
// records every request. With [Server.Inject] it misbehaves at a chosen point: exactly before or after an object is
// stored, or in the response. It responds in each form that is known of the API, see [Wire] and [Paging].
//
// The package shares no code with the client that it tests, so a mistake in the client's types cannot hide.
//
// A [Server] is an http.Handler. It works behind httptest.NewServer, and on in-memory connections inside a
// testing/synctest bubble. Create it inside the bubble and call [Server.Close] before the bubble ends.
package mockapi

import (
	"bytes"
	"cmp"
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// BasePath is where the API begins.
const BasePath = "/incoming/v2"

// Options say how a Server behaves. The zero value is a well-behaved server that accepts any key.
type Options struct {
	// APIKey is the Bearer key that requests must carry; "" accepts any.
	APIKey string

	// Now is the server's clock; nil means time.Now. It must not call the Server.
	Now func() time.Time

	// PerPage is the number of elements on a page of a listing; 0 means 25.
	PerPage int

	// Wire is the form of responses, Paging the way from one page to the next.
	Wire   Wire
	Paging Paging

	// EmptyPage puts an empty page that promises more before the first page of every listing.
	EmptyPage bool

	// EmptyList is how a listing without elements is written.
	EmptyList EmptyList

	// RateLimit refuses requests with 429. The zero value refuses none and sends no X-RateLimit headers.
	RateLimit RateLimit

	// Latency passes before every response, after the request was processed.
	Latency time.Duration

	// ListingLag is how long it takes until a new batch and its credit action are listed.
	ListingLag time.Duration
}

// Server is the fake API. It is safe for concurrent use.
type Server struct {
	options Options
	mux     *http.ServeMux

	// closing ends every wait; its Done channel is closed by Close.
	closing context.Context
	close   context.CancelFunc

	mu       sync.Mutex
	store    store
	limiter  limiter
	requests []*Request
	faults   []*activeFault
}

// New returns a Server without clients.
func New(options Options) *Server {
	if options.Now == nil {
		options.Now = time.Now
	}
	options.PerPage = cmp.Or(options.PerPage, 25)
	options.Wire = cmp.Or(options.Wire, WireDocumented)
	options.Paging = cmp.Or(options.Paging, PagingPage)
	s := &Server{
		options: options,
		mux:     newMux(),
		limiter: newLimiter(options.RateLimit),
	}
	s.closing, s.close = context.WithCancel(context.Background())
	return s
}

// Close ends every pending Delay, Hold and Latency. A closed Server still responds, but never waits again.
func (s *Server) Close() { s.close() }

// ServeHTTP checks the key, then the rate limit, then applies the first fault that matches.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	e := &exchange{server: s, w: w, r: r, request: s.record(r, body)}
	if err != nil {
		hangUp()
	}
	r.Body = io.NopCloser(bytes.NewReader(body))

	if early := s.refuseEarly(r); early != nil {
		s.pause(r.Context(), s.options.Latency)
		e.reply(*early)
		return
	}
	e.serve(s.applicableFault(e.request))
}

// refuseEarly returns the response to a request without the key or above the rate limit, nil for any other.
func (s *Server) refuseEarly(r *http.Request) *response {
	s.mu.Lock()
	defer s.mu.Unlock()
	key, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || key == "" || (s.options.APIKey != "" && key != s.options.APIKey) {
		return s.newResponse(http.StatusUnauthorized, nil)
	}
	if wait, ok := s.limiter.take(s.now()); !ok {
		return s.rateLimited(wait)
	}
	return nil
}

func (s *Server) now() time.Time { return s.options.Now().UTC() }

// pause waits until the time has passed, the client has left or the server is closed.
func (s *Server) pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.closing.Done():
	case <-ctx.Done():
	}
}
