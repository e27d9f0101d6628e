package thoughtindustries

import (
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// A flight follows one request to the wire, to answer the question that
// decides whether it may be sent again: has its first byte left, or might it?
//
// httptrace alone cannot tell: its WroteHeaders means that the headers are in
// a buffer. So the flight is asked before each write on the connection, and
// once it is grounded, no later write of that request gets through. Without
// that, "nothing was written" could be true when looked at and false just after.
type flight struct {
	mu    sync.Mutex
	state flightState
}

type flightState int

const (
	boarding flightState = iota // nothing has been written
	leaving                     // a write is under way
	left                        // at least one byte was taken by the network
	grounded                    // nothing was written and nothing will be
)

var errGrounded = errors.New("the request was given up before its first byte left")

// leave is asked before a write. An error means: do not write.
func (f *flight) leave() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch f.state {
	case grounded:
		return errGrounded
	case boarding:
		f.state = leaving
	}
	return nil
}

// wrote is told how many bytes a write that leave allowed got through.
func (f *flight) wrote(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case n > 0:
		f.state = left
	case f.state == leaving:
		f.state = boarding
	}
}

// ground reports whether it is certain that no byte of the request has left,
// and makes sure that it stays so.
func (f *flight) ground() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state == boarding {
		f.state = grounded
	}
	return f.state == grounded
}

// gotConn ties the flight to the connection that the transport chose for it.
func (f *flight) gotConn(info httptrace.GotConnInfo) {
	conn := info.Conn
	for conn != nil {
		if tracked, ok := conn.(*trackedConn); ok {
			tracked.flight.Store(f)
			return
		}
		under, ok := conn.(interface{ NetConn() net.Conn }) // TLS, also within TLS
		if !ok {
			break
		}
		conn = under.NetConn()
	}
	// A connection that cannot be watched may have carried anything.
	f.wrote(1)
}

// smallestRequest is less than any request line of this API with its method,
// path and ids, and more than the alert with which TLS says goodbye on a dead
// connection (31 bytes; 53 with the oldest cipher suites): a write below it is
// not the beginning of a request.
const smallestRequest = 64

// trackedConn tells the flight on board of each write.
type trackedConn struct {
	net.Conn

	flight atomic.Pointer[flight]
}

func (c *trackedConn) Write(p []byte) (int, error) {
	f := c.flight.Load()
	if f == nil || len(p) < smallestRequest {
		return c.Conn.Write(p)
	}
	if err := f.leave(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	f.wrote(n)
	return n, err
}
