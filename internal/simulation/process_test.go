package simulation

import (
	"bufio"
	"bytes"
	"context"
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

// process is a provider process, which can be killed, and the record of what it
// sent and was shown.
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
	keyRefused           time.Time              // by a 401 to a GET
	claimed              map[string]bool        // ids that it took over, adopted or created
	tracked              map[string]bool        // ids that the engine handed over to it
	heldSince, heldUntil time.Time              // by a 429 or a Retry-After
}

// read is one reading of a listing from its first page on.
type read struct {
	path     string
	began    time.Time
	complete time.Time
	shown    map[*stored]string // and its status
	name     string
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

// post is a POST for which there was a connection.
type post struct {
	number       int
	declared     *declared
	process      *process
	began, ended time.Time
	fault        *fault
	unread       bool // one like it may exist, and the API did not let the lookup read it
	outcome      outcome
	id           string // that the response gave
	made         *stored
	excused      bool // nobody in the state needs to answer for it any more
	lied         bool // the response gave an id of another one, or of none, that was not known before
}

func (s *scenario) newProcess(phase string) *process {
	s.processes++
	p := &process{
		scenario: s, number: s.processes, phase: phase, killed: make(chan struct{}),
		asked: map[string][]*exchange{}, refused: map[string]bool{},
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
	if !p.dead() {
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

var errEnded = errors.New("the process has ended")

// dial connects to the API in memory, or fails as the network does.
func (p *process) dial(_ context.Context, _, address string) (net.Conn, error) {
	fault := p.lineFault(dialFaults, p.scenario.profile.dials, &p.dials)
	p.scenario.api.mu.Lock()
	p.undialled = p.undialled || fault != ""
	p.scenario.api.mu.Unlock()
	switch fault {
	case connectionRefused:
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	case hostNotFound:
		return nil, &net.DNSError{Err: "no such host", Name: address, IsNotFound: true}
	}
	near, far := net.Pipe()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended { // a transport may dial once more for a request that is over already
		return nil, errEnded
	}
	conn := &serverConn{Conn: far, process: p}
	select {
	case p.scenario.api.conns <- conn:
	case <-p.scenario.api.closed:
		return nil, errEnded
	}
	p.conns = append(p.conns, near)
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
	return names[s.chance("which", names[0], p.number, used)%uint64(len(names))]
}

// serverConn is the server's end of a connection.
type serverConn struct {
	net.Conn

	process         *process
	requests, posts int

	mu   sync.Mutex
	left time.Time // when the process closed its end
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

// Write loses a POST, whole or in its middle: it never arrives, and the process cannot know.
func (c *clientConn) Write(b []byte) (int, error) {
	p := c.far.process
	if !bytes.HasPrefix(b, []byte("POST ")) {
		return c.Conn.Write(b)
	}
	n := 0
	switch p.lineFault(writeFaults, p.scenario.profile.writes, &p.writes) {
	case "":
		return c.Conn.Write(b)
	case cutWithin:
		n, _ = c.Conn.Write(b[:len(b)/2])
	}
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(b)))
	if err != nil {
		panic(err) // a request is written at once
	}
	body, _ := io.ReadAll(request.Body)
	p.scenario.api.mu.Lock()
	q := p.arrived(time.Now(), decoded(body))
	q.outcome, q.ended = outcomeUnknown, time.Now()
	p.scenario.api.mu.Unlock()
	_ = c.Close()
	return n, &net.OpError{Op: "write", Net: "tcp", Err: syscall.ECONNRESET}
}
