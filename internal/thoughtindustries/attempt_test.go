package thoughtindustries

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// failingDial counts, and connects to nothing.
func failingDial(count *int, err error) DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		*count++
		return nil, err
	}
}

// scriptedDial gives connections whose other end reads what comes and writes
// the response, and then stays silent. It counts the connections.
func scriptedDial(count *int, response string) DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		*count++
		near, far := net.Pipe()
		go func() {
			buffer := make([]byte, 64<<10)
			_, _ = far.Read(buffer)
			_, _ = io.WriteString(far, response)
			_, _ = io.Copy(io.Discard, far)
			_ = far.Close()
		}()
		return near, nil
	}
}

// brittleConn writes as long as nobody breaks it. Once broken it takes no byte
// (or some, and then fails), while reading still waits: what a connection is
// like whose other end has gone without a word.
type brittleConn struct {
	net.Conn

	mu     sync.Mutex
	broken error
	takes  int
}

func (c *brittleConn) Write(p []byte) (int, error) {
	c.mu.Lock()
	broken, takes := c.broken, c.takes
	c.mu.Unlock()
	if broken == nil {
		return c.Conn.Write(p)
	}
	return min(takes, len(p)), broken
}

func (c *brittleConn) breakNow(err error, takes int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.broken, c.takes = err, takes
}

// brittle wraps the connections of a dialer and keeps them.
type brittle struct {
	network *pipes
	mu      sync.Mutex
	conns   []*brittleConn
}

func (b *brittle) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := b.network.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	wrapped := &brittleConn{Conn: conn}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns = append(b.conns, wrapped)
	return wrapped, nil
}

func (b *brittle) breakAll(err error, takes int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, conn := range b.conns {
		conn.breakNow(err, takes)
	}
}

func TestAttempt_ADeadConnectionBeforeTheFirstByte(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		dialer := &brittle{}
		w.dialThrough(dialer)
		w.create("before", "5").want(t, "created")
		dialer.breakAll(io.ErrClosedPipe, 0)
		w.create("A", "5").want(t, "created")
		w.wantPosts(2)
		w.wantAccounts(2)
		if len(dialer.conns) != 2 {
			t.Errorf("%d connections were made, want a new one for the second POST", len(dialer.conns))
		}
	})
}

func TestAttempt_AConnectionThatDiesAfterTheFirstByte(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		dialer := &brittle{}
		w.dialThrough(dialer)
		w.create("before", "5").want(t, "created")
		w.onPosts(mockapi.Fault{Status: 418}) // would show in the kind, were it sent again
		dialer.breakAll(io.ErrClosedPipe, 1)
		got := w.create("A", "5")
		got.want(t, "unknown")
		w.wantPosts(1)
	})
}

// "Nothing was sent" must stay true: no later write gets through.
func TestFlight_GroundedStaysOnTheGround(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	defer func() { _ = far.Close() }()
	conn, tracker := &trackedConn{Conn: near}, &writeTracker{}
	conn.tracker.Store(tracker)
	if !tracker.abort() {
		t.Fatal("nothing was written, and yet it may have left")
	}
	if n, err := conn.Write(make([]byte, smallestRequest)); n != 0 || !errors.Is(err, errAborted) {
		t.Errorf("a write got %d bytes through, error %v", n, err)
	}
	if !tracker.abort() {
		t.Error("it is not certain any more that nothing left")
	}
}

func TestFlight_WhatMayHaveLeftHasLeft(t *testing.T) {
	for _, test := range []struct {
		name    string
		happens func(f *writeTracker)
		aborted bool
	}{
		{"nothing", func(*writeTracker) {}, true},
		{"a write is under way", func(f *writeTracker) { _ = f.beforeWrite() }, false},
		{"a write failed with nothing taken", func(f *writeTracker) { _ = f.beforeWrite(); f.wrote(0) }, true},
		{"a byte was taken", func(f *writeTracker) { _ = f.beforeWrite(); f.wrote(1) }, false},
		{"a byte was taken, then a write failed", func(f *writeTracker) { _ = f.beforeWrite(); f.wrote(1); _ = f.beforeWrite(); f.wrote(0) }, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := &writeTracker{}
			test.happens(f)
			if got := f.abort(); got != test.aborted {
				t.Errorf("aborted is %v, want %v", got, test.aborted)
			}
		})
	}
}

// A goodbye of TLS on a dead connection is no request.
func TestFlight_SmallWritesAreNoRequest(t *testing.T) {
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	go func() { _, _ = io.Copy(io.Discard, far); _ = far.Close() }()
	conn, tracker := &trackedConn{Conn: near}, &writeTracker{}
	conn.tracker.Store(tracker)
	if n, err := conn.Write(make([]byte, smallestRequest-1)); err != nil || n != smallestRequest-1 {
		t.Fatal(n, err)
	}
	if !tracker.abort() {
		t.Error("a write too small for a request counts as one")
	}
}

func TestAttempt_AnInterruptBeforeTheFirstByte(t *testing.T) {
	// The dialer takes its time, and the interrupt comes meanwhile.
	slow := func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case <-time.After(time.Minute):
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting, DialContext: slow}, func(w *world) {
		ctx, cancel := context.WithCancel(w.t.Context())
		result := w.start(ctx, "A", "5")
		time.Sleep(time.Second)
		began := time.Now()
		cancel()
		got := <-result
		got.want(t, "not created")
		if !as[*NotCreatedError](t, got.err).Interrupted || time.Since(began) != 0 {
			t.Errorf("got %+v after %v", got.err, time.Since(began))
		}
		time.Sleep(2 * time.Minute)
		w.wantPosts(0)
	})
}

// dialThrough makes new connections pass through b.
func (w *world) dialThrough(b *brittle) {
	config := w.client.config
	b.network = w.network
	config.DialContext = b.dial
	w.client.transport = newTransport(config)
	w.client.config = config
}

func TestAttempt_ThePostIsTheDocumentedRequest(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		r := request("A", "0.1")
		days, label := int64(30), "spring"
		r.BatchDaysUntilExpire, r.CreditBatchName, r.NotifyEmails = &days, &label, []string{"a@example.com"}
		w.createIn(w.t.Context(), r, plenty).want(t, "created")
		sent := w.server.Requests()[0]
		const want = `{"clientId":"` + acme + `","name":"A","startingBalance":0.1,"notifyEmails":["a@example.com"],"licenseIds":[],"batchDaysUntilExpire":30,"creditBatchName":"spring"}`
		if string(sent.Body) != want {
			t.Errorf("sent %s, want %s", sent.Body, want)
		}
		for name, want := range map[string]string{"Content-Type": "application/json", "Accept": "application/json", "Authorization": "Bearer " + testKey} {
			if got := sent.Header.Get(name); got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if sent.Method != http.MethodPost || sent.Path != "/incoming/v2/clients/"+acme+"/creditAccounts" {
			t.Errorf("sent %s %s", sent.Method, sent.Path)
		}
	})
}
