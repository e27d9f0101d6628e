package simulation

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
)

// The network of the simulation: connections in memory between provider
// processes, which can be killed, and the API. What passes over them is what
// the oracle judges by: it knows what each process sent, and what it was shown.

// process is a provider process.
type process struct {
	scenario *scenario
	number   int
	phase    string
	server   tfprotov6.ProviderServer
	// ctx is what the protocol's server gives to every call: a stop cancels it.
	ctx    context.Context
	stop   context.CancelFunc
	killed chan struct{}

	mu            sync.Mutex
	conns         []net.Conn
	ended         bool
	dials, writes int

	// Under the lock of the API:
	interrupted          time.Time
	posts                []*post
	gets                 int
	reads                []*read
	asked                map[string][]*exchange // the GETs of each path
	undialled            bool                   // a connection that it wanted did not come
	refused              map[string]bool        // paths that the API itself refused
	failed               map[string]rule        // paths that responded with what is no listing, and by which rule
	keyRefused           time.Time              // by a 401 to a GET
	claimed              map[string]bool        // ids that it took over, adopted or created
	tracked              map[string]bool        // ids that the engine handed over to it
	starts               []time.Time            // of its requests
	heldSince, heldUntil time.Time              // by a 429 or a Retry-After
}

// read is one reading of a listing from its first page on.
type read struct {
	path, account string
	began         time.Time
	complete      time.Time
	shown         map[*stored]string // and its status
	name          string
}

// outcome is what a process can conclude of a POST.
type outcome int

const (
	underWay       outcome = iota
	outcomeUnknown         // it may have been processed or not
	outcomeCreated         // the response holds an id
	outcomeRefused         // a definite no
	outcomeLimited         // 429
)

// post is a POST that left, whole or in part.
type post struct {
	number       int
	declared     *declared
	process      *process
	began, ended time.Time
	fault        *fault
	unread       bool // one like it may exist, and the API did not let the lookup read it
	unwritten    bool // there was a connection, and nothing left over it
	outcome      outcome
	id           string // that the response gave
	made         *stored
	// fate is why nobody in the state answers for it any more.
	fate explanation
}

func (s *scenario) newProcess(phase string) *process {
	s.processes++
	p := &process{
		scenario: s, number: s.processes, phase: phase, killed: make(chan struct{}),
		asked: map[string][]*exchange{}, refused: map[string]bool{}, failed: map[string]rule{},
		claimed: map[string]bool{}, tracked: map[string]bool{},
	}
	p.ctx, p.stop = context.WithCancel(context.Background())
	p.server = provider.ServerWithDial("simulation", p.dial)()
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

// interrupt is what an engine's first Ctrl-C does to a provider.
func (p *process) interrupt() {
	p.scenario.api.mu.Lock()
	if p.interrupted.IsZero() {
		p.interrupted = time.Now()
	}
	p.scenario.api.mu.Unlock()
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
	began := time.Now()
	fault := p.lineFault(dialFaults, p.scenario.profile.dials, &p.dials)
	p.scenario.api.mu.Lock()
	p.undialled = p.undialled || fault != ""
	p.scenario.api.mu.Unlock()
	switch fault {
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
	conn := &serverConn{Conn: far, process: p, dialled: began, accepted: time.Now()}
	select {
	case p.scenario.api.conns <- conn:
	case <-p.scenario.api.closed:
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
	return &clientConn{Conn: near, far: conn}, nil
}

// lineFault chooses what goes wrong with the next use of the line, if anything.
func (p *process) lineFault(names []string, share int, count *int) string {
	p.mu.Lock()
	*count++
	used := *count
	p.mu.Unlock()
	s := p.scenario
	if s.chance(names[0], p.number, used)%100 >= uint64(share) {
		return ""
	}
	name := names[s.chance("which", names[0], p.number, used)%uint64(len(names))]
	s.api.mu.Lock()
	s.met[name]++
	s.api.mu.Unlock()
	return name
}

// serverConn is the server's end of a connection.
type serverConn struct {
	net.Conn

	process *process
	// dialled is when the process began to connect, and accepted when it was connected.
	dialled, accepted time.Time
	mu                sync.Mutex
	left              time.Time // when the process closed its end
}

func (c *serverConn) leftAt() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.left
}

// clientConn is the process's end, and fails where the network does.
type clientConn struct {
	net.Conn

	far *serverConn
}

func (c *clientConn) Close() error {
	c.far.mu.Lock()
	if c.far.left.IsZero() {
		c.far.left = time.Now()
	}
	c.far.mu.Unlock()
	return c.Conn.Close()
}

func (c *clientConn) Write(b []byte) (int, error) {
	if !bytes.HasPrefix(b, []byte("POST ")) {
		return c.Conn.Write(b)
	}
	p := c.far.process
	switch p.lineFault(writeFaults, p.scenario.profile.writes, &p.writes) {
	case "":
		return c.Conn.Write(b)
	case "dead before the first byte":
		p.cutWithin(b).unwritten = true
		_ = c.Close()
		return 0, &net.OpError{Op: "write", Net: "tcp", Err: syscall.EPIPE}
	case "cut within the request":
		p.cutWithin(b)
		n, _ := c.Conn.Write(b[:len(b)/2])
		_ = c.Close()
		return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
	default: // after the request
		n, err := c.Conn.Write(b)
		_ = c.Close()
		return n, err
	}
}

// cutWithin notes a POST of which a part left, or nothing.
func (p *process) cutWithin(whole []byte) *post {
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(whole)))
	if err != nil {
		panic(err) // a request is written at once
	}
	body, _ := io.ReadAll(request.Body)
	p.scenario.api.mu.Lock()
	defer p.scenario.api.mu.Unlock()
	q := p.arrived(time.Now(), decoded(body))
	q.outcome, q.ended = outcomeUnknown, time.Now()
	return q
}

func decoded(body []byte) object {
	var sent object
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&sent) != nil {
		return nil
	}
	return sent
}

// serve responds until the returned function is called.
func (a *simulatedAPI) serve() (stop func()) {
	a.conns, a.closed, a.settle = make(chan *serverConn), make(chan struct{}), make(chan struct{}, 1)
	var (
		mu   sync.Mutex
		open []*serverConn
	)
	a.all.Go(func() {
		for {
			select {
			case conn := <-a.conns:
				mu.Lock()
				open = append(open, conn)
				mu.Unlock()
				a.all.Go(func() { a.serveConn(conn) })
			case <-a.closed:
				return
			}
		}
	})
	return func() {
		close(a.closed)
		mu.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mu.Unlock()
		a.all.Wait()
	}
}

func (a *simulatedAPI) serveConn(conn *serverConn) {
	defer func() { _ = conn.Close() }()
	reader := bufio.NewReader(conn)
	for count, posts := 1, 0; ; count++ {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if r.Method == http.MethodPost {
			posts++
		}
		if posts > 0 && count > 1 {
			conn.process.scenario.broken(ruleOwnConnection, "%s %s is request %d on it", r.Method, r.URL.Path, count)
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		x := &exchange{api: a, conn: conn, process: conn.process, request: r, body: decoded(body)}
		if goOn := x.run(); !goOn {
			return
		}
	}
}
