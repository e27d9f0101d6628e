package simulation

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	refused              map[string]bool // paths that responded 401, 403, 404 or 405
	offsets              []time.Duration // of the Dates that it was shown
	claimed              map[string]bool // ids that it took over, adopted or created
	tracked              map[string]bool // ids that the engine handed over to it
	starts               []time.Time     // of its requests
	heldSince, heldUntil time.Time       // by a 429 or a Retry-After
}

// read is one reading of a listing from its first page on.
type read struct {
	path, account string
	began         time.Time
	next          int
	complete      time.Time
	shown         map[*stored]time.Time // and when its page was made
	name          string
}

// outcome is what a process can conclude of a POST: the table of DESIGN.md.
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
	outcome      outcome
	id           string // that the response gave
	made         *stored
	// fate is why nobody in the state answers for it any more.
	fate explanation
}

func (s *scenario) newProcess(phase string) *process {
	s.processes++
	p := &process{scenario: s, number: s.processes, phase: phase, killed: make(chan struct{}), refused: map[string]bool{}, claimed: map[string]bool{}, tracked: map[string]bool{}}
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
	switch p.lineFault(dialFaults, p.scenario.profile.dials, &p.dials) {
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

// cutWithin notes a POST of which only a part left.
func (p *process) cutWithin(whole []byte) {
	request, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(whole)))
	if err != nil {
		return
	}
	body, _ := io.ReadAll(request.Body)
	p.scenario.api.mu.Lock()
	defer p.scenario.api.mu.Unlock()
	q := p.arrived(time.Now(), decoded(body))
	q.outcome, q.ended = outcomeUnknown, time.Now()
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
	for {
		r, err := http.ReadRequest(reader)
		if err != nil {
			return
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

// exchange is one request and its response.
type exchange struct {
	api     *simulatedAPI
	conn    *serverConn
	process *process
	request *http.Request
	body    object

	endpoint endpoint
	post     *post
	fault    *fault
	status   int
	header   map[string]string
	content  any
	page     *page
	madeAt   time.Time
}

// run reports whether the connection can carry another request.
func (x *exchange) run() bool {
	a, p := x.api, x.process
	began := time.Now()
	if x.conn.accepted.Equal(began) { // a request may begin by connecting
		began = x.conn.dialled
	}
	a.mu.Lock()
	a.underWay++
	wait, limited := a.limited()
	x.arrive(began)
	x.fault = p.scenario.faultFor(x, limited)
	f := x.fault
	a.mu.Unlock()
	defer func() {
		a.mu.Lock()
		a.underWay--
		a.mu.Unlock()
	}()
	time.Sleep(f.delay)
	if !f.commit && f.commitDelay == 0 && f.delay > 0 && !x.conn.leftAt().IsZero() {
		x.over(outcomeUnknown)
		return false
	}
	a.mu.Lock()
	x.header = map[string]string{}
	if limited {
		x.status, x.content = 429, object{"error": "rate_limited", "message": "too many requests", "retryAfter": int(wait.Seconds()) + 1}
		if a.limit.headers {
			x.header["Retry-After"] = strconv.Itoa(int(wait.Seconds()) + 1)
		}
	} else {
		x.do()
	}
	a.limitHeaders(x.header)
	a.mu.Unlock()
	time.Sleep(f.delayResponse + a.latency)
	goOn := x.respond()
	x.log()
	return goOn
}

// log is for people who replay a seed.
func (x *exchange) log() {
	if !*simulationVerbose {
		return
	}
	what := ""
	if x.post != nil {
		what = " of " + x.post.declared.address
	}
	if x.page != nil {
		what = fmt.Sprintf(" page %d with %d of %d, last: %v, name %q", x.page.number, len(x.page.elements), x.page.total, x.page.last, x.page.name)
	}
	x.process.scenario.step("  %s %d %s %s%s -> %d %s", time.Since(x.api.begun), x.process.number, x.request.Method, x.request.URL, what, x.status, x.fault.name)
}

// process_ does what is asked for, as far as the fault lets it. It needs api.mu.
func (x *exchange) do() {
	a, f := x.api, x.fault
	x.status, x.madeAt = http.StatusOK, time.Now()
	e, ok := endpointOf(x.request.Method, x.request.URL.Path)
	if x.endpoint = e; !ok || x.request.Header.Get("Authorization") != "Bearer "+testKey {
		x.process.scenario.brokenLocked("a request that is not documented: %s %s", x.request.Method, x.request.URL)
		x.status = http.StatusNotFound
		return
	}
	switch {
	case e.list != "":
		listed := a.listing(e, x.request.URL.Query())
		x.page, x.content = &listed, a.listed(e, listed)
	case x.request.Method == http.MethodPut:
		o := a.byID(e.id)
		if o == nil {
			x.status = http.StatusNotFound
			return
		}
		if name, ok := x.body["name"].(string); ok && f.commits() {
			o.name = name
		}
		x.content = a.single(e, o.shown())
	default:
		o := accountOf(e.client, x.body, x.post)
		if e.operation == "CreateCreditBatch" {
			o = batchOf(e.client, x.body, x.post)
		}
		switch {
		case f.commitDelay > 0:
			time.AfterFunc(f.delayResponse+a.latency+f.commitDelay, func() {
				a.mu.Lock()
				defer a.mu.Unlock()
				x.post.made = a.store(o)
			})
		case f.commits():
			x.post.made = a.store(o)
		}
		x.status = http.StatusCreated
		response := o.shown()
		if f.mutate != nil {
			f.mutate(response)
		}
		if f.tells != "" {
			response["id"] = x.process.scenario.otherID(x.post, f.tells)
		}
		x.post.id = textIn(response, "id")
		x.content = a.single(e, response)
	}
	if f.status != 0 {
		x.status = f.status
		x.content = object{"error": "simulated", "message": "a fault of the simulation"}
	}
	maps.Copy(x.header, f.headers(time.Now().Add(time.Until(a.now()))))
}

// respond writes the response, or what the fault leaves of it.
func (x *exchange) respond() bool {
	f := x.fault
	var body []byte
	switch {
	case f.body != nil:
		body = []byte(*f.body)
	case x.content != nil && x.status != http.StatusUnauthorized:
		body, _ = json.Marshal(x.content)
	}
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "HTTP/1.1 %d %s\r\n", x.status, http.StatusText(x.status))
	x.api.mu.Lock()
	x.api.sent++
	date := x.api.dateHeader(x.api.sent)
	x.api.mu.Unlock()
	if date != "" {
		x.header["Date"] = date
	}
	if x.status != http.StatusNoContent && !f.endless {
		x.header["Content-Length"] = strconv.Itoa(len(body))
	}
	for _, name := range slices.Sorted(maps.Keys(x.header)) {
		fmt.Fprintf(&wire, "%s: %s\r\n", name, x.header[name])
	}
	wire.WriteString("Content-Type: application/json\r\n\r\n")
	wire.Write(body)
	whole := wire.Bytes()
	switch f.cut {
	case cutAtOnce:
		x.over(outcomeUnknown)
		return false
	case cutInHeaders:
		_, _ = x.conn.Write(whole[:11])
		x.over(outcomeUnknown)
		return false
	case cutInBody:
		whole = whole[:len(whole)-len(body)/2-1]
		x.conclude(false)
		if q := x.post; q != nil && q.id != "" && bytes.Contains(whole, []byte(q.id)) {
			x.api.mu.Lock()
			q.outcome = outcomeCreated // it can be read, if not the rest
			x.api.mu.Unlock()
		}
		_, _ = x.conn.Write(whole)
		return false
	}
	if f.endless {
		x.over(outcomeUnknown)
		zeros := []byte(strings.Repeat("0", 64<<10))
		_, err := x.conn.Write(whole)
		for n := 0; err == nil && n < 4<<20; n += len(zeros) {
			_, err = x.conn.Write(zeros)
		}
		return false
	}
	// A process acts on what it was shown as soon as it has it, so that is noted
	// before, and taken back if it was not there any more.
	undo := x.conclude(true)
	if _, err := x.conn.Write(whole); err != nil {
		x.api.mu.Lock()
		undo()
		x.api.mu.Unlock()
		x.over(outcomeUnknown)
		return false
	}
	return true
}

// over ends an exchange without a response.
func (x *exchange) over(result outcome) {
	x.api.mu.Lock()
	defer x.api.mu.Unlock()
	if x.post == nil {
		return
	}
	x.post.outcome, x.post.ended = result, time.Now()
	if left := x.conn.leftAt(); !left.IsZero() {
		x.post.ended = left
	}
}

// conclude notes what the process learns from a response.
func (x *exchange) conclude(whole bool) (undo func()) {
	x.api.mu.Lock()
	defer x.api.mu.Unlock()
	p, now := x.process, time.Now()
	undo = func() {}
	if date, err := http.ParseTime(x.header["Date"]); err == nil {
		p.offsets = append(p.offsets, date.Sub(now))
	}
	if x.post == nil && x.status != http.StatusTooManyRequests && x.status != http.StatusServiceUnavailable {
		if !whole {
			return undo
		}
		if slices.Contains([]int{401, 403, 404, 405}, x.status) {
			p.refused[x.request.URL.Path] = true
		}
		if x.page != nil && x.fault.harmless() {
			return p.show(x)
		}
		return undo
	}
	if _, told := x.header["Retry-After"]; told || x.status == http.StatusTooManyRequests {
		since, until := p.heldSince, p.heldUntil
		p.heldSince, p.heldUntil = now, now.Add(time.Second)
		undo = func() { p.heldSince, p.heldUntil = since, until }
	}
	if q := x.post; q != nil {
		q.ended = now
		switch {
		case x.status == http.StatusTooManyRequests:
			q.outcome = outcomeLimited
		case !whole:
			q.outcome = x.fault.outcome
		case x.status >= 500 || x.status == 408 || x.status == 302 || x.status == 303:
			q.outcome = outcomeUnknown
		case x.status >= 300:
			q.outcome = outcomeRefused
		default:
			q.outcome = x.fault.outcome
		}
	}
	return undo
}

// show notes a page of a listing that a process was shown. It needs api.mu.
func (p *process) show(x *exchange) (undo func()) {
	query := x.request.URL.Query()
	path, account := x.request.URL.Path, query.Get("creditAccountId")
	// A way that leads to the first page again may show what came up meanwhile.
	again := x.page.number == 1 && (query.Has("cursor") || query.Has("page"))
	if x.page.number == 1 && !again {
		p.reads = append(p.reads, &read{path: path, account: account, began: x.madeAt, next: 1, shown: map[*stored]time.Time{}})
	}
	var touched []*read
	for _, r := range p.reads {
		if r.path != path || !strings.EqualFold(r.account, account) || r.next != x.page.number && !again || r.next < 0 || !r.complete.IsZero() {
			continue
		}
		touched = append(touched, r)
		for _, o := range x.page.shows {
			r.shown[o] = x.madeAt
		}
		if again {
			continue
		}
		if x.page.name != "" {
			r.name = x.page.name
		}
		if r.next++; x.page.last {
			r.complete = time.Now()
		}
	}
	return func() {
		for _, r := range touched {
			r.next, r.complete = -1, time.Time{}
		}
	}
}
