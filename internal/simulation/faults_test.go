package simulation

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// cutAt is where a response ends too early.
type cutAt int

const (
	cutNowhere cutAt = iota
	cutAtOnce
	cutInBody
)

// fault is what goes wrong with one request at the server. Its parts happen in
// this order: delay, storing, delayResponse, the response or its cut, and storing
// with commitDelay. A fault that spoils the response stores nothing unless it says so.
type fault struct {
	name string
	// outcome that the response leaves the process with, if it arrives.
	outcome                           outcome
	delay, delayResponse, commitDelay time.Duration
	commit                            bool
	status                            int
	retryAfter                        string
	age                               string // a cache on the way gives a copy
	body                              *string
	cut                               cutAt
	mutate                            func(object)
	errors                            bool   // errors stand beside the object
	gives                             string // whose id the response gives
}

var noFault = &fault{outcome: outcomeCreated}

func (f *fault) spoils() bool {
	return f.status != 0 || f.body != nil || f.cut != cutNowhere
}

func (f *fault) commits() bool { return f.commit || !f.spoils() }

func (f *fault) html() bool { return f.body != nil && strings.HasPrefix(*f.body, "<") }

// refuses: to a GET, the API itself says that an endpoint is not open.
func (f *fault) refuses() bool { return slices.Contains([]int{403, 404, 405}, f.status) && !f.html() }

// late is longer than any request_timeout of the simulation.
const late = 75 * time.Second

const (
	anothersID   = "2xx with the id that another resource has"
	aForeignID   = "2xx with the id of one that exists"
	anInventedID = "2xx with the id of none"
	htmlPage     = "<html><title>Bad Gateway</title></html>"
)

func text(text string) *string { return &text }

// postFaults are what goes wrong with a POST.
var postFaults = func() []*fault {
	var all []*fault
	add := func(name string, f fault) {
		f.name = name
		all = append(all, &f)
	}
	both := func(name string, f fault) {
		f.outcome = outcomeUnknown
		add(name+", not stored", f)
		f.commit = true
		add(name+", stored", f)
	}
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 409, 422} {
		add(fmt.Sprint(status), fault{status: status})
	}
	add("403 with HTML", fault{status: 403, body: text(htmlPage)})
	add("429", fault{status: 429, retryAfter: "3"})
	add("429 for an hour", fault{status: 429, retryAfter: "3600"})
	add("429 with Retry-After 0", fault{status: 429, retryAfter: "0"})
	add("429 that does not say how long", fault{status: 429, body: text("")})
	for _, status := range []int{302, 303, 408, 500, 503, 504} {
		both(fmt.Sprint(status), fault{status: status})
	}
	both("502 with HTML", fault{status: 502, body: text(htmlPage)})
	for _, wait := range []string{"0", "40"} {
		both("503 with Retry-After "+wait, fault{status: 503, retryAfter: wait})
	}
	add("503 with Retry-After 1, stored 15s later", fault{status: 503, retryAfter: "1", commitDelay: 15 * time.Second})
	both("connection lost", fault{cut: cutAtOnce})
	for _, wait := range []time.Duration{2 * time.Second, 20 * time.Second, 100 * time.Second} {
		add(fmt.Sprintf("connection lost, stored %s later", wait), fault{cut: cutAtOnce, commitDelay: wait})
	}
	add("cut within the body", fault{cut: cutInBody, commit: true, outcome: outcomeUnknown})
	both("2xx with errors", fault{body: text(`{"errors":[{"message":"no"}],"data":{"APICreateCreditAccount":null}}`)})
	both("2xx with the id of a request", fault{body: text(`{"id":"req-8f3","status":"accepted"}`)})
	add("response too late", fault{delayResponse: late, outcome: outcomeCreated})
	add("begun too late", fault{delay: late, outcome: outcomeCreated})
	add("begun too late, stored all the same", fault{delay: late, commit: true, outcome: outcomeCreated})
	add("2xx with HTML", fault{commit: true, body: text(htmlPage), outcome: outcomeUnknown})
	add("204", fault{commit: true, status: 204, body: text(""), outcome: outcomeUnknown})
	add("2xx without an id", fault{outcome: outcomeUnknown, mutate: func(o object) { delete(o, "id") }})
	add("2xx, all but the id of wrong types", fault{outcome: outcomeCreated, mutate: spoil})
	add("2xx with errors beside the id", fault{outcome: outcomeCreated, errors: true})
	add("2xx with another name", fault{outcome: outcomeCreated, mutate: func(o object) { o["name"] = "Another name" }})
	for _, whose := range []string{anothersID, aForeignID, anInventedID} {
		add(whose, fault{outcome: outcomeCreated, gives: whose})
	}
	return all
}()

// spoil makes all values but the id of a wrong type.
func spoil(o object) {
	for name := range o {
		if name != "id" {
			o[name] = []any{object{"wrong": true}}
		}
	}
}

// What goes wrong with lookups: so that they fail, or are refused.
var (
	lookupFailures = []*fault{
		{name: "lookup 500", status: 500},
		{name: "lookup 503", status: 503, retryAfter: "2"},
		{name: "lookup 503 with Retry-After 0", status: 503, retryAfter: "0"},
		{name: "lookup 429", status: 429, retryAfter: "2"},
		{name: "lookup lost", cut: cutAtOnce},
		{name: "lookup cut", cut: cutInBody},
		{name: "lookup late", delay: late},
		{name: "lookup with HTML", body: text(htmlPage)},
		{name: "lookup 403 with HTML", status: 403, body: text(htmlPage)},
		{name: "lookup 404 with HTML", status: 404, body: text(htmlPage)},
		{name: "lookup without a list", body: text(`{"data":{}}`)},
		{name: "lookup with null", body: text(`{"data":null}`)},
		{name: "lookup with errors in a 200", body: text(`{"errors":[{"message":"it failed"}]}`)},
		{name: "lookup 400", status: 400},
		{name: "lookup from a cache", age: "30"},
	}
	lookupRefusals = []*fault{
		{name: "lookup 403", status: 403},
		{name: "lookup 403 with nothing", status: 403, body: text("")},
		{name: "lookup 404", status: 404},
		{name: "lookup 405", status: 405},
	}
	keyRefused   = &fault{name: "lookup 401", status: 401, body: text("")}
	lookupFaults = append(slices.Concat(lookupFailures, lookupRefusals), keyRefused)
)

func faultNamed(all []*fault, name string) *fault {
	return all[slices.IndexFunc(all, func(f *fault) bool { return f.name == name })]
}

// Faults of the line.
const (
	connectionRefused = "connection refused"
	hostNotFound      = "host not found"
	cutWithin         = "cut within the request"
)

var (
	dialFaults  = []string{connectionRefused, hostNotFound}
	writeFaults = []string{"dead before the first byte", cutWithin}
)

// faultProfile is what goes wrong in one run.
type faultProfile struct {
	// posts is the share of POSTs that get a fault, in percent; outage one that all get.
	posts  int
	outage string
	// nth POST of a process gets a fault, and no other; 0 for none.
	nth int
	// gets, dials and writes are shares in percent; lookups what all lookups get.
	gets, dials, writes int
	lookups             string
	// names: what every question for the name of some accounts gets; which ones is drawn by their id.
	// It may be over after the first POST of a process.
	names     string
	namesHeal bool
	// twins is the share of POSTs around which somebody makes an object like it.
	twins int
}

func (s *scenario) newProfile() faultProfile {
	result := faultProfile{}
	posts := s.random.IntN(10)
	if s.many && s.percent(50) {
		posts = 5
	}
	switch posts {
	case 0, 1, 2:
		result.nth = 1 + s.random.IntN(3)
	case 3, 4:
		result.posts = 20 + s.random.IntN(80)
	case 5:
		result.outage = postFaults[s.random.IntN(len(postFaults))].name
	}
	switch s.random.IntN(14) {
	case 0:
		result.gets = 10 + s.random.IntN(70)
	case 1:
		result.lookups = lookupFailures[s.random.IntN(len(lookupFailures))].name
	case 2:
		result.lookups = lookupRefusals[s.random.IntN(len(lookupRefusals))].name
	case 3:
		result.names, result.namesHeal = lookupFaults[s.random.IntN(len(lookupFaults))].name, s.percent(50)
	case 5:
		result.names, result.namesHeal = lookupRefusals[s.random.IntN(len(lookupRefusals))].name, true
	case 4:
		if s.percent(40) {
			result.lookups = keyRefused.name
		}
	}
	switch s.random.IntN(8) {
	case 0:
		result.dials = 10 + s.random.IntN(90)
	case 1:
		result.writes = 10 + s.random.IntN(60)
	}
	if s.percent(8) {
		result.twins = 30 + s.random.IntN(70)
	}
	return result
}

// faultFor chooses what goes wrong with a request. It needs api.mu.
func (s *scenario) faultFor(x *exchange) *fault {
	switch {
	case x.post != nil:
		return s.faultOfPost(x.post)
	case x.request.Method == http.MethodGet:
		return s.faultOfLookup(x)
	}
	return noFault
}

func (s *scenario) faultOfPost(q *post) *fault {
	count, marker := len(q.process.posts), q.declared.marker
	q.fault = noFault
	switch {
	case s.profile.outage != "":
		q.fault = faultNamed(postFaults, s.profile.outage)
	case s.profile.nth == count, s.chance("post", marker, count)%100 < uint64(s.profile.posts):
		q.fault = postFaults[s.chance("which", marker, count)%uint64(len(postFaults))]
	}
	if q.fault.gives != "" && s.otherID(q, q.fault.gives) == "" {
		q.fault = noFault
	}
	isFirst := !slices.ContainsFunc(q.process.posts, func(e *post) bool { return e != q && e.declared == q.declared })
	if isFirst && s.chance("twin", marker, count)%100 < uint64(s.profile.twins) {
		s.makeTwin(q)
	}
	return q.fault
}

func (s *scenario) faultOfLookup(x *exchange) *fault {
	p, e := x.process, x.endpoint
	switch {
	case s.profile.lookups != "":
		return faultNamed(lookupFaults, s.profile.lookups)
	case s.profile.names != "" && e.list == "creditActions" && s.chance("name", e.id)%100 < 60 &&
		(!s.profile.namesHeal || len(p.posts) == 0):
		return faultNamed(lookupFaults, s.profile.names)
	case s.chance("get", p.number, p.gets)%100 < uint64(s.profile.gets):
		return lookupFailures[s.chance("which get", p.number, p.gets)%uint64(len(lookupFailures))]
	}
	return noFault
}

// makeTwin is another pipeline, or a person, who makes the same at the same time.
func (s *scenario) makeTwin(q *post) {
	twin := foreign(q.declared, q.declared.balance)
	time.AfterFunc(time.Duration(s.chance("twin when", q.number)%4000)*time.Millisecond, func() {
		s.api.mu.Lock()
		defer s.api.mu.Unlock()
		s.api.store(twin)
	})
}

// otherID is the id that a lying response gives. It needs api.mu.
func (s *scenario) otherID(q *post, whose string) (id string) {
	switch whose {
	case anInventedID:
		return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, s.seed, "invented", q.number)).String()
	case anothersID:
		for _, e := range q.process.posts {
			if e.outcome == outcomeCreated && e.declared.kind() == q.declared.kind() {
				return e.id
			}
		}
		s.run.start.all(func(_ string, _ bool, o *stateObject) {
			if o.kind == q.declared.kind() && id == "" {
				id = o.id()
			}
		})
		return id
	}
	for _, o := range s.api.of(q.declared.kind()) {
		if o.foreign {
			return strings.ToUpper(o.id)
		}
	}
	return ""
}
