package simulation

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

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
	over     bool // the process has the response, or there is none
}

// isOver reports whether the process waits for a response no more.
func (x *exchange) isOver() bool { return x.over || !x.conn.leftAt().IsZero() }

// run reports whether the connection can carry another request.
func (x *exchange) run() bool {
	a, s := x.api, x.process.scenario
	began := time.Now()
	if x.conn.accepted.Equal(began) { // a request may begin by connecting
		began = x.conn.dialled
	}
	a.mu.Lock()
	wait, limited := a.limited()
	x.endpoint, _ = endpointOf(x.request.Method, x.request.URL.Path)
	s.judgeRequest(x, began)
	x.fault = s.faultFor(x, limited)
	f := x.fault
	a.mu.Unlock()
	time.Sleep(f.delay)
	if !f.commit && f.commitDelay == 0 && f.delay > 0 && !x.conn.leftAt().IsZero() {
		x.end(outcomeUnknown)
		return false
	}
	a.mu.Lock()
	x.header = map[string]string{}
	if limited {
		seconds := int(wait.Seconds()) + 1
		x.status = http.StatusTooManyRequests
		x.content = object{"error": "rate_limited", "message": "too many requests", "retryAfter": seconds}
		if a.limit.headers {
			x.header["Retry-After"] = strconv.Itoa(seconds)
		}
	} else {
		x.perform()
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
		what = fmt.Sprintf(" page %d with %d of %d, last: %v, name %q, age %q",
			x.page.number, len(x.page.elements), x.page.total, x.page.last, x.page.name, x.header["Age"])
	}
	x.process.scenario.step("  %s %d %s %s%s -> %d %s",
		time.Since(x.api.begun), x.process.number, x.request.Method, x.request.URL, what, x.status, x.fault.name)
}

// perform does what is asked for, as far as the fault lets it. It needs api.mu.
func (x *exchange) perform() {
	a, e, f := x.api, x.endpoint, x.fault
	x.status = http.StatusOK
	if e.operation == "" || x.request.Header.Get("Authorization") != "Bearer "+testKey {
		x.process.scenario.brokenLocked(ruleDocumented, "%s %s", x.request.Method, x.request.URL)
		x.status = http.StatusNotFound
		return
	}
	switch {
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
	f.addHeaders(x.header, a.now())
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
func (x *exchange) respond() bool {
	f := x.fault
	var body []byte
	switch {
	case f.body != nil:
		body = []byte(*f.body)
	case x.content != nil && x.status != http.StatusUnauthorized:
		body, _ = json.Marshal(x.content)
	}
	x.api.mu.Lock()
	x.header["Date"] = x.api.now().Format(http.TimeFormat)
	x.api.mu.Unlock()
	if x.header["Content-Type"] = "application/json"; f.html() {
		x.header["Content-Type"] = "text/html"
	}
	if x.status != http.StatusNoContent && !f.endless {
		x.header["Content-Length"] = strconv.Itoa(len(body))
	}
	var wire bytes.Buffer
	fmt.Fprintf(&wire, "HTTP/1.1 %d %s\r\n", x.status, http.StatusText(x.status))
	for _, name := range slices.Sorted(maps.Keys(x.header)) {
		fmt.Fprintf(&wire, "%s: %s\r\n", name, x.header[name])
	}
	wire.WriteString("\r\n")
	wire.Write(body)
	whole := wire.Bytes()
	switch {
	case f.cut == cutAtOnce:
		x.end(outcomeUnknown)
		return false
	case f.cut == cutInHeaders:
		_, _ = x.conn.Write(whole[:11])
		x.end(outcomeUnknown)
		return false
	case f.cut == cutInBody:
		x.conclude(false)
		_, _ = x.conn.Write(whole[:len(whole)-len(body)/2-1])
		return false
	case f.endless:
		x.end(outcomeUnknown)
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
		x.end(outcomeUnknown)
		return false
	}
	return true
}

// end ends an exchange without a response.
func (x *exchange) end(result outcome) {
	x.api.mu.Lock()
	defer x.api.mu.Unlock()
	x.over = true
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
	x.over, undo = true, func() {}
	if _, said := x.header["Retry-After"]; said && (x.post != nil || x.status == http.StatusServiceUnavailable) ||
		x.status == http.StatusTooManyRequests {
		since, until := p.heldSince, p.heldUntil
		p.heldSince, p.heldUntil = now, now.Add(time.Second)
		undo = func() { p.heldSince, p.heldUntil = since, until }
	}
	if x.post != nil {
		x.concludePost(whole)
		return undo
	}
	fromAPI := x.status != http.StatusTooManyRequests && x.status < 500
	switch {
	case !whole, x.request.Method != http.MethodGet, !fromAPI:
	case x.status == http.StatusUnauthorized:
		p.failed[x.request.URL.Path] = ruleKey
		if p.keyRefused.IsZero() {
			p.keyRefused = now
			undo = func() { p.keyRefused = time.Time{} }
		}
	case x.fault.refuses():
		p.refused[x.request.URL.Path] = true
	case x.fault.html():
		p.failed[x.request.URL.Path] = rulePage
	case x.page == nil || x.fault.spoils():
	case x.header["Age"] != "":
		p.failed[x.request.URL.Path] = ruleAge
	default:
		return p.show(x)
	}
	return undo
}

func (x *exchange) concludePost(whole bool) {
	q := x.post
	q.ended = time.Now()
	switch {
	case x.status == http.StatusTooManyRequests:
		q.outcome = outcomeLimited
	case !whole:
		q.outcome = outcomeUnknown
	case x.status >= 500 || slices.Contains([]int{302, 303, 408}, x.status):
		q.outcome = outcomeUnknown
	case x.status >= 300:
		q.outcome = outcomeRefused
	case x.process.knows(q.id, q.began):
		q.outcome = outcomeUnknown
	default:
		q.outcome = x.fault.outcome
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
func (p *process) show(x *exchange) (undo func()) {
	query := x.request.URL.Query()
	path, account := x.request.URL.Path, query.Get("creditAccountId")
	if !query.Has("cursor") && !query.Has("page") || query.Get("page") == "1" {
		p.reads = append(p.reads, &read{path: path, account: account, began: x.page.madeAt, shown: map[*stored]string{}})
	}
	var touched []*read
	for _, r := range p.reads {
		if r.path != path || !strings.EqualFold(r.account, account) || !r.complete.IsZero() {
			continue
		}
		touched = append(touched, r)
		for _, o := range x.page.shows {
			r.shown[o] = o.status
		}
		r.name = cmp.Or(x.page.name, r.name)
		switch {
		case !x.page.last || r.lacks(x.page.whole):
		case r.isOfOthersAlone(x.endpoint.client):
			p.failed[path] = ruleOtherClients
		default:
			r.complete = time.Now()
		}
	}
	return func() {
		for _, r := range touched { // it is not a reading of anything any more
			r.path, r.complete = "", time.Time{}
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
