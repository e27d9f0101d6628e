package simulation

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The API as a server: what a process sends is judged, gets its fault, is done
// and responded to; and it is noted what the process was shown.

// connKey is the key of a connection in the context of its requests.
type connKey struct{}

// Accept makes the API a listener of connections in memory.
func (a *simulatedAPI) Accept() (net.Conn, error) {
	select {
	case conn := <-a.conns:
		return conn, nil
	case <-a.closed:
		return nil, net.ErrClosed
	}
}

// Close ends the listening.
func (a *simulatedAPI) Close() error {
	close(a.closed)
	return nil
}

// Addr is of no use.
func (a *simulatedAPI) Addr() net.Addr { return &net.TCPAddr{} }

// serve responds until the returned function is called.
func (a *simulatedAPI) serve() (stop func()) {
	a.conns, a.closed = make(chan *serverConn), make(chan struct{})
	server := &http.Server{
		Handler: a, ReadHeaderTimeout: time.Hour, ErrorLog: log.New(io.Discard, "", 0),
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			return context.WithValue(ctx, connKey{}, conn)
		},
	}
	go func() { _ = server.Serve(a) }()
	return func() { _ = server.Close() }
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
	header   http.Header
	content  any
	page     *page
	over     bool // the process has the response, or there is none
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

// isOver reports whether the process waits for a response no more.
func (x *exchange) isOver() bool { return x.over || x.isLeft() }

func (x *exchange) isLeft() bool { return !x.conn.leftAt().IsZero() }

// ServeHTTP is one exchange, from the request to the response or its loss.
func (a *simulatedAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	conn, _ := r.Context().Value(connKey{}).(*serverConn)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	x := &exchange{api: a, conn: conn, process: conn.process, request: r, body: decoded(body), header: w.Header()}
	a.mu.Lock()
	x.endpoint, _ = endpointOf(r.Method, r.URL.Path)
	x.process.scenario.judgeRequest(x)
	x.fault = x.process.scenario.faultFor(x)
	f := x.fault
	a.mu.Unlock()
	time.Sleep(f.delay)
	if f.delay > 0 && !f.commit && x.isLeft() {
		x.lose()
	}
	a.mu.Lock()
	x.perform()
	a.mu.Unlock()
	time.Sleep(f.delayResponse + a.latency)
	x.log()
	x.respond(w)
}

// log is for people who replay a seed.
func (x *exchange) log() {
	if !*simulationVerbose {
		return
	}
	what := ""
	if x.page != nil {
		what = fmt.Sprintf("page %d with %d of %d, last: %v, name %q",
			x.page.number, len(x.page.elements), x.page.total, x.page.last, x.page.name)
	}
	x.process.scenario.step("  %s %d %s %s %s -> %d %s",
		time.Since(x.api.begun), x.process.number, x.request.Method, x.request.URL, what, x.status, x.fault.name)
}

// perform does what is asked for, as far as the fault lets it. It needs api.mu.
func (x *exchange) perform() {
	a, e, f := x.api, x.endpoint, x.fault
	x.status = http.StatusOK
	switch {
	case e.operation == "" || x.request.Header.Get("Authorization") != "Bearer "+testKey:
		x.process.scenario.broken(ruleDocumented, "%s %s", x.request.Method, x.request.URL)
		x.status = http.StatusNotFound
		return
	case e.list != "":
		x.respondWithListing(e)
	case x.request.Method == http.MethodPut:
		o := a.byID(e.id)
		if o == nil {
			x.status = http.StatusNotFound
			return
		}
		if name, ok := x.body["name"].(string); ok && f.commits() {
			o.name = name
		}
		x.content = a.single(e, a.shown(o))
	default:
		x.create()
	}
	if f.status != 0 {
		x.status = f.status
		x.content = object{"error": "simulated", "message": "a fault of the simulation"}
	}
	if f.retryAfter != "" {
		x.header.Set("Retry-After", f.retryAfter)
	}
	if f.age != "" {
		x.header.Set("Age", f.age)
	}
}

// create stores what a POST asks for, now, later or never. It needs api.mu.
func (x *exchange) create() {
	a, f := x.api, x.fault
	o := objectOf(x.endpoint, x.body, x.post)
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
	response := a.shown(o)
	if f.mutate != nil {
		f.mutate(response)
	}
	if f.gives != "" {
		response["id"] = x.process.scenario.otherID(x.post, f.gives)
	}
	x.post.id = textIn(response, "id")
	content := a.single(x.endpoint, response)
	if f.errors {
		content["errors"] = []any{object{"message": "something else failed"}}
	}
	x.content = content
}

// respond writes the response, or what the fault leaves of it.
func (x *exchange) respond(w http.ResponseWriter) {
	f := x.fault
	var body []byte
	switch {
	case f.body != nil:
		body = []byte(*f.body)
	case x.content != nil && x.status != http.StatusUnauthorized:
		body, _ = json.Marshal(x.content)
	}
	if x.header.Set("Content-Type", "application/json"); f.html() {
		x.header.Set("Content-Type", "text/html")
	}
	if f.cut == cutAtOnce || x.isLeft() {
		x.lose()
	}
	if x.status != http.StatusNoContent {
		x.header.Set("Content-Length", strconv.Itoa(len(body)))
	}
	// A process acts on what it was shown as soon as it has it, so that is noted before.
	x.conclude(f.cut == cutNowhere)
	w.WriteHeader(x.status)
	if f.cut == cutInBody {
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body)
}

// lose ends an exchange without a response.
func (x *exchange) lose() {
	x.api.mu.Lock()
	x.over = true
	if x.post != nil {
		x.post.outcome, x.post.ended = outcomeUnknown, time.Now()
		if left := x.conn.leftAt(); !left.IsZero() {
			x.post.ended = left
		}
	}
	x.api.mu.Unlock()
	panic(http.ErrAbortHandler)
}

// conclude notes what the process learns from a response.
func (x *exchange) conclude(whole bool) {
	x.api.mu.Lock()
	defer x.api.mu.Unlock()
	p, now, path := x.process, time.Now(), x.request.URL.Path
	x.over = true
	saysWhen := x.header.Get("Retry-After") != "" && (x.post != nil || x.status == http.StatusServiceUnavailable)
	if saysWhen || x.status == http.StatusTooManyRequests {
		p.heldSince, p.heldUntil = now, now.Add(time.Second)
	}
	switch {
	case x.post != nil:
		x.concludePost(whole)
	case !whole, x.request.Method != http.MethodGet, x.status == http.StatusTooManyRequests, x.status >= 500:
	case x.status == http.StatusUnauthorized:
		if p.keyRefused.IsZero() {
			p.keyRefused = now
		}
	case x.fault.refuses():
		p.refused[path] = true
	case x.page != nil && !x.fault.spoils() && x.fault.age == "":
		p.show(x)
	}
}

func (x *exchange) concludePost(whole bool) {
	q := x.post
	q.ended = time.Now()
	switch {
	case x.status == http.StatusTooManyRequests:
		q.outcome = outcomeLimited
	case !whole, x.status >= 500, slices.Contains([]int{302, 303, 408}, x.status):
		q.outcome = outcomeUnknown
	case x.status >= 300:
		q.outcome = outcomeRefused
	case x.process.knows(q.id, q.began):
		q.outcome = outcomeUnknown
	default:
		q.outcome = x.fault.outcome
	}
	if q.outcome == outcomeCreated {
		x.process.claimed[strings.ToLower(q.id)] = true
	}
}

// knows reports whether an id is one that the state has, that the process took,
// or that a listing read before some time showed.
func (p *process) knows(id string, before time.Time) bool {
	id = strings.ToLower(id)
	if p.tracked[id] || p.claimed[id] {
		return true
	}
	return slices.ContainsFunc(p.reads, func(r *read) bool {
		return strings.HasSuffix(r.path, "/creditBatches") && !r.complete.IsZero() && !r.complete.After(before) && r.has(id)
	})
}

// show notes a page of a listing that a process was shown. It needs api.mu.
func (p *process) show(x *exchange) {
	path, query := x.request.URL.Path, x.request.URL.Query()
	if !query.Has("cursor") && !query.Has("page") || query.Get("page") == "1" {
		p.reads = append(p.reads, &read{path: path, began: x.page.madeAt, shown: map[*stored]string{}})
	}
	for _, r := range p.reads {
		if r.path != path || !r.complete.IsZero() {
			continue
		}
		for _, o := range x.page.shows {
			r.shown[o] = o.status
		}
		r.name = cmp.Or(x.page.name, r.name)
		if x.page.last && !r.lacks(x.page.whole) && !r.isOfOthersAlone(x.endpoint.client) {
			r.complete = time.Now()
		}
	}
}

// lacks reports whether something was there when the reading began, and was not shown.
func (r *read) lacks(whole []*stored) bool {
	return slices.ContainsFunc(whole, func(o *stored) bool {
		_, shown := r.shown[o]
		return !shown && o.storedAt.Before(r.began) && o.visibleFrom.Before(r.began)
	})
}

// isOfOthersAlone: of what a listing shows nothing is the client's, so it cannot be the client's listing.
func (r *read) isOfOthersAlone(client string) bool {
	for o := range r.shown {
		if strings.EqualFold(o.client, client) {
			return false
		}
	}
	return len(r.shown) > 0
}
