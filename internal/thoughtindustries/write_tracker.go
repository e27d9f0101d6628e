package thoughtindustries

import (
	"errors"
	"net"
	"net/http/httptrace"
	"sync"
	"sync/atomic"
)

// A writeTracker follows one request to the network, to answer the question that
// decides whether it may be sent again: was its first byte sent, or might it
// have been?
//
// httptrace alone cannot show that: its WroteHeaders means that the headers are in
// a buffer. So the tracker is asked before each write on the connection, and
// once it is aborted, no later write of that request gets through. Without
// that, "nothing was written" could be true when asked and false just after.
type writeTracker struct {
	mu    sync.Mutex
	state writeState
}

type writeState int

const (
	unsent  writeState = iota // nothing has been written
	writing                   // a write is under way
	sent                      // at least one byte was taken by the network
	aborted                   // nothing was written and nothing will be
)

var errAborted = errors.New("the request was given up before its first byte was sent")

// beforeWrite is asked before a write. An error means: do not write.
func (t *writeTracker) beforeWrite() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch t.state {
	case aborted:
		return errAborted
	case unsent:
		t.state = writing
	}
	return nil
}

// wrote gets the number of bytes a write that beforeWrite allowed got through.
func (t *writeTracker) wrote(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case n > 0:
		t.state = sent
	case t.state == writing:
		t.state = unsent
	}
}

// abort reports whether it is certain that nothing of the request was sent, and
// makes sure that it stays so.
func (t *writeTracker) abort() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.state == unsent {
		t.state = aborted
	}
	return t.state == aborted
}

// gotConn ties the tracker to the connection that the transport chose.
func (t *writeTracker) gotConn(info httptrace.GotConnInfo) {
	conn := info.Conn
	for conn != nil {
		if tracked, ok := conn.(*trackedConn); ok {
			tracked.tracker.Store(t)
			return
		}
		under, ok := conn.(interface{ NetConn() net.Conn }) // TLS, also within TLS
		if !ok {
			break
		}
		conn = under.NetConn()
	}
	// A connection that cannot be watched may have carried anything.
	t.wrote(1)
}

// smallestRequest is less than any request line of this API with its method,
// path and ids, and more than the alert with which TLS says goodbye on a dead
// connection (31 bytes; 53 with the oldest cipher suites): a write below it is
// not the beginning of a request.
const smallestRequest = 64

// trackedConn asks the tracker of its request before each write.
type trackedConn struct {
	net.Conn

	tracker atomic.Pointer[writeTracker]
}

func (c *trackedConn) Write(p []byte) (int, error) {
	t := c.tracker.Load()
	if t == nil || len(p) < smallestRequest {
		return c.Conn.Write(p)
	}
	if err := t.beforeWrite(); err != nil {
		return 0, err
	}
	n, err := c.Conn.Write(p)
	t.wrote(n)
	return n, err
}
