package mockapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	// Bytes that an endless body stops at, so that a client without a limit of its own does not eat the machine.
	maxEndlessBytes = 64 << 20

	jsonType = "application/json; charset=utf-8"
)

// exchange is one request on its way to a response, or to the lack of one.
type exchange struct {
	server  *Server
	w       http.ResponseWriter
	ctx     context.Context
	request *Request // guarded by server.mu
	key     string
	release func() // gives the place under the concurrency limit back; may be called more than once
}

// response is what goes over the wire.
type response struct {
	status int
	header http.Header
	body   []byte
}

// serve processes the request and lets f, which may be the zero Fault, spoil the response.
func (e *exchange) serve(f Fault) {
	s := e.server
	commit := f.commits()
	if !s.pause(e.ctx, f.Delay) && !f.Commit && f.CommitDelay == 0 {
		e.hangUp()
		return
	}

	s.mu.Lock()
	now := s.now()
	ordinary := s.route(e.request, now)
	if commit && f.CommitDelay == 0 {
		e.commit(ordinary, now)
	}
	s.mu.Unlock()
	if commit && f.CommitDelay > 0 {
		defer s.commitLater(f.CommitDelay, func(at time.Time) { e.commit(ordinary, at) })
	}

	s.pause(e.ctx, f.DelayAnswer)
	if f.Hold != nil {
		select {
		case <-f.Hold:
		case <-e.ctx.Done():
		case <-s.closing.Done():
		}
	}
	s.pause(e.ctx, s.options.Latency)

	answer := e.spoil(e.render(ordinary, f), ordinary, f)
	switch {
	case e.ctx.Err() != nil:
		e.hangUp()
	case f.Cut != CutNone:
		e.cut(answer, f.Cut)
	case f.Stray != "":
		e.replyAndStray(answer, f.Stray)
	case f.EndlessBody:
		e.stream(answer)
	default:
		e.reply(answer)
	}
}

// commit needs server.mu.
func (e *exchange) commit(r result, at time.Time) {
	if r.commit != nil {
		r.commit(at)
		e.request.Committed = true
	}
}

// render makes the response that an undisturbed server gives, but for what f says about its payload.
func (e *exchange) render(r result, f Fault) response {
	now := e.server.now()
	body := r.body
	if r.payload != nil {
		body = r.payload.write(e.server.options, f)
	}
	a := response{status: r.status, header: make(http.Header), body: encode(body)}
	e.server.writeDate(a.header, now)
	e.server.limiter.describe(e.key, now, a.header)
	for name, values := range r.header {
		a.header[name] = values
	}
	return a
}

// spoil applies what f says about the response's status, headers and body.
func (e *exchange) spoil(a response, ordinary result, f Fault) response {
	if len(f.Errors) > 0 && !f.ErrorsBesideData {
		a.status = http.StatusOK
	}
	if f.Status != 0 {
		a.status = f.Status
	}
	switch {
	case f.Body != nil:
		a.body = []byte(*f.Body)
	case len(f.Errors) > 0:
		a.body = f.writeErrors(ordinary, a.body, e.server.options.Wire)
	case f.Status >= http.StatusBadRequest:
		retryAfter, _ := strconv.Atoi(f.Header.Get("Retry-After"))
		a.body = encode(errorBody(f.Status, "injected fault", retryAfter))
	case f.Mutate != nil:
		a.body = mutate(a.body, f.Mutate)
	}
	for name, values := range f.Header {
		a.header[http.CanonicalHeaderKey(name)] = values
	}
	return a
}

func mutate(body []byte, change func(map[string]any)) []byte {
	answer := make(map[string]any)
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if dec.Decode(&answer) != nil {
		return body // nothing to change in a response without a body
	}
	change(answer)
	return encode(answer)
}

// begin is called before the first byte of a response leaves: whoever reads the response must find the record complete and
// the place under the concurrency limit free.
func (e *exchange) begin(status int) {
	e.server.mu.Lock()
	e.request.Status = status
	e.server.mu.Unlock()
	e.release()
}

func (e *exchange) reply(a response) {
	if e.ctx.Err() != nil {
		e.hangUp()
		return
	}
	e.begin(a.status)
	a.setContentHeaders(strconv.Itoa(len(a.body)))
	e.writeHeader(a)
	_, _ = e.w.Write(a.body) // the client may be gone, which is its own affair
}

// setContentHeaders describes the body, except where a fault's headers already do.
func (a response) setContentHeaders(length string) {
	if _, ok := a.header["Content-Type"]; !ok && len(a.body) > 0 {
		a.header.Set("Content-Type", jsonType)
		if bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<")) {
			a.header.Set("Content-Type", "text/html; charset=utf-8")
		}
	}
	bodyAllowed := a.status != http.StatusNoContent && a.status != http.StatusNotModified
	if _, ok := a.header["Content-Length"]; !ok && length != "" && bodyAllowed {
		a.header.Set("Content-Length", length)
	}
}

func (e *exchange) writeHeader(a response) {
	header := e.w.Header()
	for name, values := range a.header {
		header[name] = values
	}
	e.w.WriteHeader(a.status)
}

// stream sends a body that looks like JSON and does not end.
func (e *exchange) stream(a response) {
	e.begin(a.status)
	a.body = []byte(`{"data":["`)
	a.setContentHeaders("")
	e.writeHeader(a)

	// A client that neither reads nor leaves would block the write for ever: closing the server ends it.
	rc := http.NewResponseController(e.w)
	stop := context.AfterFunc(e.server.closing, func() { _ = rc.SetWriteDeadline(time.Unix(1, 0)) })
	defer stop()

	sent, err := e.w.Write(a.body)
	chunk := []byte(strings.Repeat("0", 16<<10))
	for sent < maxEndlessBytes && err == nil && e.ctx.Err() == nil && e.server.closing.Err() == nil {
		var n int
		n, err = e.w.Write(chunk)
		sent += n
	}
	if e.server.closing.Err() != nil {
		panic(http.ErrAbortHandler) // returning would complete the body
	}
}

// cut ends the connection in the middle of the response.
func (e *exchange) cut(a response, how Cut) {
	e.release()
	conn := e.hijack()
	defer func() { _ = conn.Close() }()
	switch how {
	case CutReset:
		if inner, ok := conn.(interface{ NetConn() net.Conn }); ok {
			conn = inner.NetConn() // TLS: a reset happens one layer below
		}
		if tcp, ok := conn.(*net.TCPConn); ok {
			_ = tcp.SetLinger(0)
		}
	case CutHeaders:
		_, _ = conn.Write([]byte("HTTP/1.1 20"))
	case CutBody:
		a.setContentHeaders(strconv.Itoa(max(len(a.body), 1)))
		a.body = a.body[:len(a.body)/2]
		a.writeTo(conn, "")
	}
}

// replyAndStray completes the response and goes on writing.
func (e *exchange) replyAndStray(a response, stray string) {
	conn := e.hijack()
	defer func() { _ = conn.Close() }()
	e.begin(a.status)
	a.setContentHeaders(strconv.Itoa(len(a.body)))
	a.writeTo(conn, stray)
}

// writeTo writes the response, and what comes after it, past net/http.
func (a response) writeTo(conn net.Conn, after string) {
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "HTTP/1.1 %d %s\r\n", a.status, http.StatusText(a.status))
	_ = a.header.Write(&wire)
	wire.WriteString("\r\n")
	wire.Write(a.body)
	wire.WriteString(after)
	_, _ = conn.Write(wire.Bytes())
}

// hangUp closes the connection without any response.
func (e *exchange) hangUp() {
	e.release()
	_ = e.hijack().Close()
}

// hijack takes the connection away from net/http. Where that is impossible (HTTP/2, a response recorder) the handler is
// aborted, which is the nearest thing to a closed connection.
func (e *exchange) hijack() net.Conn {
	conn, _, err := http.NewResponseController(e.w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	return conn
}
