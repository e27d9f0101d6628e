package provider

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The network of the simulation: connections in memory between provider
// processes, which can be killed, and the fake API, whose faults are chosen
// here for each request.

// process is a provider process.
type process struct {
	world  *world
	number int
	phase  string
	server tfprotov6.ProviderServer
	// ctx is what the protocol's server gives to every call: a stop cancels it.
	ctx    context.Context
	stop   context.CancelFunc
	killed chan struct{}

	mu          sync.Mutex
	conns       []net.Conn
	ended       bool
	interrupted time.Time
	posts       []*post
	gets        []*get
	dials       int
	writes      int
	// lineBroken: a connection could not be made, or broke off at the client's side.
	lineBroken bool
}

// get is a request of a look-up.
type get struct {
	path  string
	at    time.Time
	clean bool
	// hopeless: its answer is one that no repetition mends.
	hopeless bool
}

func (w *world) newProcess(phase string) *process {
	w.processes++
	p := &process{world: w, number: w.processes, phase: phase, killed: make(chan struct{})}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.server = serverWith("simulation", p.dial)()
	return p
}

func (p *process) dead() bool {
	select {
	case <-p.killed:
		return true
	default:
		return false
	}
}

func (p *process) sent() []*post {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.posts)
}

// interrupt is what an engine's first Ctrl-C does to a provider.
func (p *process) interrupt() {
	p.mu.Lock()
	if p.interrupted.IsZero() {
		p.interrupted = time.Now()
	}
	p.mu.Unlock()
	p.stop()
	_, _ = p.server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{})
}

// kill ends the process: its connections break off, and nothing that it still
// does is seen by anybody.
func (p *process) kill() {
	p.mu.Lock()
	select {
	case <-p.killed:
	default:
		close(p.killed)
	}
	p.mu.Unlock()
	p.end()
	p.stop()
}

// end closes what a process leaves behind when it ends.
func (p *process) end() {
	p.mu.Lock()
	conns := p.conns
	p.conns, p.ended = nil, true
	p.mu.Unlock()
	for _, conn := range conns {
		_ = conn.Close()
	}
}

func (p *process) hasEnded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

var errKilled = errors.New("the process is dead")

func (p *process) dial(ctx context.Context, _, address string) (net.Conn, error) {
	// A transport may dial once more for a request that is over already.
	if p.dead() || p.hasEnded() {
		return nil, errKilled
	}
	switch p.lineFault(dialFaults, p.world.weather.dials, &p.dials) {
	case "":
	case "connection refused":
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case "host not found":
		return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	default: // slow
		select {
		case <-time.After(10 * time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	near, far := net.Pipe()
	select {
	case p.world.listener.conns <- &serverConn{Conn: far, process: p}:
	case <-p.world.listener.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.conns = append(p.conns, near)
	if p.dead() {
		_ = near.Close()
	}
	return &clientConn{Conn: near, process: p}, nil
}

// lineFault chooses what goes wrong with the next use of the line, if anything.
func (p *process) lineFault(names []string, share int, count *int) string {
	p.mu.Lock()
	*count++
	used := *count
	p.mu.Unlock()
	w := p.world
	if w.chance(names[0], p.number, used)%100 >= uint64(share) {
		return ""
	}
	name := names[w.chance("which", names[0], p.number, used)%uint64(len(names))]
	w.mu.Lock()
	w.met[name]++
	w.mu.Unlock()
	p.mu.Lock()
	p.lineBroken = true
	p.mu.Unlock()
	return name
}

// serverConn knows whose connection it is.
type serverConn struct {
	net.Conn

	process *process
}

// clientConn fails where the network does.
type clientConn struct {
	net.Conn

	process *process
}

func (c *clientConn) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, []byte("POST ")) {
		return c.Conn.Write(b)
	}
	switch c.process.lineFault(writeFaults, c.process.world.weather.writes, &c.process.writes) {
	case "":
		return c.Conn.Write(b)
	case "dead before the first byte":
		_ = c.Close()
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	case "cut within the request":
		n, _ := c.Conn.Write(b[:len(b)/2])
		_ = c.Close()
		return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	default: // after the request
		n, err := c.Conn.Write(b)
		_ = c.Close()
		return n, err
	}
}

// memoryListener is the server's side of the network.
type memoryListener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemoryListener() *memoryListener {
	return &memoryListener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (l *memoryListener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.conns:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *memoryListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *memoryListener) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "memory"} }

type processOf struct{}

// serve answers until the returned function is called.
func (w *world) serve() (stop func()) {
	w.listener = newMemoryListener()
	server := &http.Server{
		Handler: http.HandlerFunc(w.answer), ReadHeaderTimeout: time.Hour, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			if conn, ok := conn.(*serverConn); ok {
				return context.WithValue(ctx, processOf{}, conn.process)
			}
			return ctx
		},
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(w.listener)
	}()
	return func() {
		w.api.Close()
		_ = server.Close()
		_ = w.listener.Close()
		<-done
	}
}

const (
	// headerFault tells the fake API which fault was chosen for a request, and
	// headerPost which POST it is.
	headerFault = "Simulated-Fault"
	headerPost  = "Simulated-Post"
)

// post is a POST that arrived.
type post struct {
	number  int
	marker  string
	process *process
	fault   *postFault
	at      time.Time
	// status that was answered; 0 for none.
	status int
	// ended: the server is done with it.
	ended bool
}

// answer passes a request to the fake API, with a fault.
func (w *world) answer(rw http.ResponseWriter, r *http.Request) {
	p, _ := r.Context().Value(processOf{}).(*process)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	recorder := &statusRecorder{ResponseWriter: rw}
	if r.Method == http.MethodPost {
		arrived := w.arrived(p, body)
		if arrived.fault != nil {
			r.Header.Set(headerFault, arrived.fault.name)
		}
		r.Header.Set(headerPost, strconv.Itoa(arrived.number))
		defer func() {
			w.mu.Lock()
			defer w.mu.Unlock()
			arrived.status, arrived.ended = recorder.status, true
			switch {
			case arrived.fault == nil:
			case arrived.status == http.StatusTooManyRequests && arrived.fault.fault.Status != arrived.status:
				arrived.fault = nil // the rate limit came before it
			default:
				w.met["POST: "+arrived.fault.name]++
			}
		}()
		w.api.ServeHTTP(recorder, r)
		return
	}
	fault := w.getFault(p)
	r.Header.Set(headerFault, fault)
	told := &get{path: r.URL.Path, at: time.Now()}
	note := func() {
		if r.Method == http.MethodGet {
			p.gets = append(p.gets, told)
		}
	}
	if fault != "" { // nobody waits for the end of one that comes too late
		p.mu.Lock()
		note()
		p.mu.Unlock()
	}
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		told.at, told.clean = time.Now(), recorder.status == http.StatusOK && fault == ""
		told.hopeless = !told.clean && (recorder.status < 400 && recorder.status != 0 || recorder.status >= 400 && recorder.status < 500 && recorder.status != http.StatusTooManyRequests)
		if fault == "" {
			note()
		}
	}()
	w.api.ServeHTTP(recorder, r)
}

type statusRecorder struct {
	http.ResponseWriter

	status int
}

func (s *statusRecorder) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// arrived notes a POST and chooses its fault.
func (w *world) arrived(p *process, body []byte) *post {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.posts++
	arrived := &post{number: w.posts, marker: markerSent(body), process: p, at: time.Now()}
	p.mu.Lock()
	p.posts = append(p.posts, arrived)
	count := len(p.posts)
	p.mu.Unlock()
	arrived.fault = w.postFault(arrived, count)
	w.judgePost(arrived)
	if w.onPost != nil {
		w.onPost(count)
	}
	return arrived
}
