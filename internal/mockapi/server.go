package mockapi

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

const maxBodyBytes = 8 << 20

// Server is the fake API. It is safe for concurrent use.
type Server struct {
	options Options
	limiter *limiter

	// closing ends every wait; its Done channel is closed by Close.
	closing context.Context
	close   context.CancelFunc

	mu       sync.Mutex
	store    store
	requests []*Request
	faults   []*activeFault
	queue    []*queuedCommit
	date     DateHeader
	dates    int // Date headers that were written
}

// New makes a Server that knows no client yet.
func New(options Options) *Server {
	s := &Server{options: options.withDefaults(), date: options.Date}
	s.limiter = newLimiter(s.options.RateLimit)
	s.closing, s.close = context.WithCancel(context.Background())
	return s
}

// Close ends every pending Delay, Hold and Latency, breaks endless bodies off, and executes the commits that still wait for
// a CommitDelay: when it returns they are stored. A closed Server goes on answering, but it never waits again.
func (s *Server) Close() {
	s.close()
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.queue) > 0 {
		s.queue[0].timer.Stop()
		s.commitQueued(s.queue[0])
	}
}

// ServeHTTP responds to one request: key, then rate limit, then faults, then the endpoint. A request refused for its key or
// by the rate limit is seen by no fault.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBodyBytes+1))
	e := &exchange{server: s, w: w, ctx: r.Context(), request: s.record(r, body), release: func() {}}
	if err != nil {
		e.hangUp()
		return
	}

	key, ok := s.authenticate(r.Header)
	e.key = key
	if !ok {
		s.pause(e.ctx, s.options.Latency)
		e.reply(e.render(result{status: http.StatusUnauthorized}, Fault{}))
		return
	}

	release, wait, ok := s.limiter.take(key, s.now())
	if !ok {
		s.pause(e.ctx, s.options.Latency)
		refused := rateLimited(wait)
		if s.options.RateLimit.NoHeaders {
			refused.header = nil
		}
		e.reply(e.render(refused, Fault{}))
		return
	}
	e.release = release
	defer release()

	e.serve(s.applicableFault(e.request))
}

func (s *Server) authenticate(header http.Header) (key string, ok bool) {
	values := header.Values("Authorization")
	if len(values) != 1 {
		return "", false
	}
	key, ok = strings.CutPrefix(values[0], "Bearer ")
	if !ok || key == "" || strings.ContainsAny(key, " \t") {
		return "", false
	}
	return key, s.options.APIKey == "" || s.options.APIKey == key
}

func (s *Server) now() time.Time {
	return s.options.Now().UTC()
}

// pause waits and reports whether the client was still there at the end.
func (s *Server) pause(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-s.closing.Done():
		case <-ctx.Done():
		}
	}
	return ctx.Err() == nil
}

// queuedCommit is an object that is stored some time after the response to its request.
type queuedCommit struct {
	timer  *time.Timer
	commit func(at time.Time)
}

func (s *Server) commitLater(d time.Duration, commit func(at time.Time)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing.Err() != nil {
		commit(s.now())
		return
	}
	q := &queuedCommit{commit: commit}
	s.queue = append(s.queue, q)
	// A timer without a goroutine: nothing outlives the server, nor a synctest bubble.
	q.timer = time.AfterFunc(d, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.commitQueued(q)
	})
}

// commitQueued needs s.mu. A commit that Close already executed is not executed again.
func (s *Server) commitQueued(q *queuedCommit) {
	if i := slices.Index(s.queue, q); i >= 0 {
		s.queue = slices.Delete(s.queue, i, i+1)
		q.commit(s.now())
	}
}
