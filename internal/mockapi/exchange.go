package mockapi

import (
	"bytes"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// exchange is one request on its way to a response, or to the lack of one.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	r       *http.Request
	request *Request // guarded by server.mu
}

// response is what goes over the wire.
type response struct {
	status int
	header http.Header
	body   []byte
}

// serve processes the request and lets the fault spoil it.
func (e *exchange) serve(f Fault) {
	s, ctx := e.server, e.r.Context()
	s.pause(ctx, f.Delay)
	if ctx.Err() != nil && !f.Commit && f.CommitDelay == 0 {
		hangUp()
	}
	made, commit := e.process(f)
	if f.CommitDelay > 0 {
		defer time.AfterFunc(f.CommitDelay, commit)
	}
	s.pause(ctx, f.DelayAnswer)
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-ctx.Done():
		case <-s.closing.Done():
		}
	}
	s.pause(ctx, s.options.Latency)
	e.send(f.spoil(made), f)
}

// process returns the ordinary response. The object is stored, unless the fault prevents it or delays it until commit
// is called.
func (e *exchange) process(f Fault) (ordinary response, commit func()) {
	s := e.server
	s.mu.Lock()
	defer s.mu.Unlock()
	decided := s.decide(e.r)
	store := func(late time.Time) {
		if decided.commit != nil {
			decided.commit(late)
			e.request.Committed = true
		}
	}
	if f.commits() && f.CommitDelay == 0 {
		store(time.Time{})
	}
	return *s.newResponse(decided.status, decided.body), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		store(s.now())
	}
}

// newResponse needs s.mu.
func (s *Server) newResponse(status int, body []byte) *response {
	header := http.Header{"Date": {s.now().Format(http.TimeFormat)}}
	s.limiter.describe(s.now(), header)
	return &response{status: status, header: header, body: body}
}

// rateLimited needs s.mu.
func (s *Server) rateLimited(wait time.Duration) *response {
	seconds := wholeSeconds(max(time.Second, wait+time.Second-time.Nanosecond))
	made := s.newResponse(http.StatusTooManyRequests, errorBody(http.StatusTooManyRequests, "too many requests", seconds))
	made.header.Set("Retry-After", seconds)
	return made
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// spoil applies the fault's status, body and headers.
func (f Fault) spoil(made response) response {
	if f.Status != 0 {
		made.status = f.Status
	}
	if f.Status >= http.StatusBadRequest {
		made.body = errorBody(f.Status, "injected fault", f.Header.Get("Retry-After"))
	}
	if f.Body != nil {
		made.body = []byte(*f.Body)
	}
	if f.Rewrite != nil {
		made.body = f.Rewrite(made.body)
	}
	for name, values := range f.Header {
		made.header[http.CanonicalHeaderKey(name)] = values
	}
	return made
}

func (e *exchange) send(made response, f Fault) {
	switch {
	case e.r.Context().Err() != nil, f.Cut == CutConnection:
		hangUp()
	case f.Cut != CutNone || f.Stray != "":
		e.sendRaw(made, f)
	default:
		e.reply(made)
	}
}

// reply records the status first: whoever reads the response must find the record complete.
func (e *exchange) reply(made response) {
	if e.r.Context().Err() != nil {
		hangUp()
	}
	e.noteStatus(made.status)
	made.describeBody()
	maps.Copy(e.w.Header(), made.header)
	e.w.WriteHeader(made.status)
	_, _ = e.w.Write(made.body) // the client may be gone
}

func (e *exchange) noteStatus(status int) {
	e.server.mu.Lock()
	defer e.server.mu.Unlock()
	e.request.Status = status
}

// describeBody sets the headers about the body that no fault has set.
func (a response) describeBody() {
	if len(a.body) == 0 || slices.Contains([]int{http.StatusNoContent, http.StatusNotModified}, a.status) {
		return
	}
	kind := "application/json; charset=utf-8"
	if bytes.HasPrefix(a.body, []byte("<")) {
		kind = "text/html; charset=utf-8"
	}
	for name, value := range map[string]string{"Content-Type": kind, "Content-Length": strconv.Itoa(len(a.body))} {
		if _, ok := a.header[name]; !ok {
			a.header.Set(name, value)
		}
	}
}

// sendRaw writes past net/http, which allows neither a response that is cut nor bytes behind one.
func (e *exchange) sendRaw(made response, f Fault) {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		hangUp()
	}
	defer func() { _ = conn.Close() }()
	switch f.Cut {
	case CutReset:
		resetOnClose(conn)
	case CutHeaders:
		_, _ = io.WriteString(conn, "HTTP/1.1 20")
	case CutBody:
		made.writeTo(conn, made.body[:len(made.body)/2])
	default:
		e.noteStatus(made.status)
		made.writeTo(conn, made.body)
		_, _ = io.WriteString(conn, f.Stray)
	}
}

func resetOnClose(conn net.Conn) {
	if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = inner.NetConn() // TLS: a reset happens one layer below
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
}

// writeTo announces the whole body and writes the given part of it.
func (a response) writeTo(conn net.Conn, part []byte) {
	a.describeBody()
	raw := http.Response{
		StatusCode:    a.status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        a.header,
		ContentLength: max(1, int64(len(a.body))),
		Body:          io.NopCloser(bytes.NewReader(part)),
	}
	_ = raw.Write(conn) // fails where the body is cut on purpose
}

// hangUp closes the connection without a response.
func hangUp() { panic(http.ErrAbortHandler) }
