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
	cutInHeaders
	cutInBody
)

// fault is what goes wrong with one request at the server. Its parts happen in
// this order: delay, storing, delayResponse, the response or its cut, and storing
// with commitDelay. A fault that spoils the response stores nothing unless it is
// said.
type fault struct {
	name string
	// outcome that the response leaves the process with, if it arrives.
	outcome                           outcome
	delay, delayResponse, commitDelay time.Duration
	commit                            bool
	status                            int
	retryAfter                        string // seconds, or "date"
	body                              *string
	cut                               cutAt
	endless                           bool
	mutate                            func(object)
	tells                             string // whose id the response gives
}

var noFault = &fault{outcome: outcomeCreated}

func (f *fault) spoils() bool {
	return f.status != 0 || f.body != nil || f.cut != cutNowhere || f.endless
}

func (f *fault) commits() bool { return f.commit || !f.spoils() }

// harmless: a listing is shown as it is.
func (f *fault) harmless() bool { return !f.spoils() }

func (f *fault) headers(serverTime time.Time) map[string]string {
	switch f.retryAfter {
	case "":
		return nil
	case "date":
		return map[string]string{"Retry-After": serverTime.Add(20 * time.Second).UTC().Format(http.TimeFormat)}
	}
	return map[string]string{"Retry-After": f.retryAfter}
}

// late is longer than any request_timeout of the simulation.
const late = 75 * time.Second

const (
	anotherTrackedID = "2xx with the id of one that the state has"
	aForeignID       = "2xx with the id of one that exists"
	anInventedID     = "2xx with the id of none"
)

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
	text := func(text string) *string { return &text }
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 409, 422} {
		add(fmt.Sprint(status), fault{status: status})
	}
	add("429", fault{status: 429, retryAfter: "3"})
	add("429 for an hour", fault{status: 429, retryAfter: "3600"})
	add("429 with Retry-After 0", fault{status: 429, retryAfter: "0"})
	add("429 that does not say how long", fault{status: 429, body: text("")})
	for _, status := range []int{302, 303, 408, 500, 503, 504} {
		both(fmt.Sprint(status), fault{status: status})
	}
	both("502 with HTML", fault{status: 502, body: text("<html><title>Bad Gateway</title></html>")})
	for _, wait := range []string{"0", "1", "40", "-5", "86400", "date"} {
		both("503 with Retry-After "+wait, fault{status: 503, retryAfter: wait})
	}
	for _, wait := range []time.Duration{time.Second, 15 * time.Second} {
		add(fmt.Sprintf("503 with Retry-After 1, stored %s later", wait), fault{status: 503, retryAfter: "1", commitDelay: wait})
	}
	both("connection lost", fault{cut: cutAtOnce})
	both("cut within the status line", fault{cut: cutInHeaders})
	both("2xx with errors", fault{body: text(`{"errors":[{"message":"it failed"}],"data":{"APICreateCreditAccount":null}}`)})
	both("2xx with the id of a request", fault{body: text(`{"id":"req-8f3","status":"accepted"}`)})
	both("2xx with an error that has an id", fault{body: text(`{"data":{"error":{"id":"E42"}}}`)})
	add("cut within the body", fault{cut: cutInBody, commit: true, outcome: outcomeUnknown})
	for _, wait := range []time.Duration{2 * time.Second, 20 * time.Second, 100 * time.Second} {
		add(fmt.Sprintf("connection lost, stored %s later", wait), fault{cut: cutAtOnce, commitDelay: wait})
	}
	add("500, stored 3s later", fault{status: 500, commitDelay: 3 * time.Second})
	add("response too late", fault{delayResponse: late, outcome: outcomeCreated})
	add("begun too late", fault{delay: late, outcome: outcomeCreated})
	add("begun too late, stored all the same", fault{delay: late, commit: true, outcome: outcomeCreated})
	add("slow", fault{delay: time.Second, delayResponse: 2 * time.Second, outcome: outcomeCreated})
	add("2xx with an endless body", fault{commit: true, endless: true, body: text(`{"data":["`)})
	add("2xx with HTML", fault{commit: true, body: text("<html>welcome</html>"), outcome: outcomeUnknown})
	add("204", fault{commit: true, status: 204, body: text(""), outcome: outcomeUnknown})
	add("2xx without an id", fault{outcome: outcomeUnknown, mutate: func(o object) { delete(o, "id") }})
	wrong := func(keepID bool) func(object) {
		return func(o object) {
			for name := range o {
				if name != "id" || !keepID {
					o[name] = []any{object{"wrong": true}}
				}
			}
		}
	}
	add("2xx, all of wrong types", fault{outcome: outcomeUnknown, mutate: wrong(false)})
	add("2xx, all but the id of wrong types", fault{outcome: outcomeCreated, mutate: wrong(true)})
	add("2xx with the id alone", fault{outcome: outcomeCreated, mutate: func(o object) {
		for name := range o {
			if name != "id" {
				delete(o, name)
			}
		}
	}})
	for _, whose := range []string{anotherTrackedID, aForeignID, anInventedID} {
		add(whose, fault{outcome: outcomeCreated, tells: whose})
	}
	return all
}()

// outages are what every POST of a run gets while the API is out of order.
var outages = []string{
	"500, not stored", "500, stored", "connection lost, not stored", "504, stored", "429", "429 for an hour",
	"503 with Retry-After 40, not stored", "503 with Retry-After 0, stored", "503 with Retry-After 1, stored 15s later",
}

// lookupFaults are what goes wrong with a lookup. The first ones pass.
var lookupFaults = func() []*fault {
	text := func(text string) *string { return &text }
	return []*fault{
		{name: "lookup 500", status: 500},
		{name: "lookup 503", status: 503, retryAfter: "2"},
		{name: "lookup 503 with Retry-After 0", status: 503, retryAfter: "0"},
		{name: "lookup 429", status: 429, retryAfter: "2"},
		{name: "lookup lost", cut: cutAtOnce},
		{name: "lookup cut", cut: cutInBody},
		{name: "lookup late", delay: late},
		{name: "lookup with HTML", body: text("<html>welcome</html>")},
		{name: "lookup without a list", body: text(`{"data":{}}`)},
		{name: "lookup with null", body: text(`{"data":null}`)},
		{name: "lookup with errors in a 200", body: text(`{"errors":[{"message":"it failed"}]}`)},
		{name: "lookup 400", status: 400},
		{name: "lookup 401", status: 401},
		{name: "lookup 403", status: 403},
		{name: "lookup 404", status: 404},
	}
}()

// refusals is how many at the end of lookupFaults are refusals.
const refusals = 3

func faultNamed(all []*fault, name string) *fault {
	return all[slices.IndexFunc(all, func(f *fault) bool { return f.name == name })]
}

// Faults of the line.
var (
	dialFaults  = []string{"connection refused", "host not found", "slow connection"}
	writeFaults = []string{"dead before the first byte", "cut within the request", "cut after the request"}
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
	names string
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
		result.outage = s.pick(outages...)
	}
	passing, refusing := lookupFaults[:len(lookupFaults)-refusals], lookupFaults[len(lookupFaults)-refusals:]
	switch s.random.IntN(14) {
	case 0:
		result.gets = 10 + s.random.IntN(70)
	case 1:
		result.lookups = passing[s.random.IntN(len(passing))].name
	case 2:
		result.lookups = refusing[s.random.IntN(len(refusing))].name
	case 3:
		result.names = lookupFaults[s.random.IntN(len(lookupFaults))].name
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
func (s *scenario) faultFor(x *exchange, limited bool) *fault {
	p, chosen := x.process, noFault
	switch {
	case limited:
		return noFault
	case x.post != nil:
		count := len(p.posts)
		switch {
		case s.profile.outage != "":
			chosen = faultNamed(postFaults, s.profile.outage)
		case s.profile.nth == count, s.chance("post", x.post.declared.marker, count)%100 < uint64(s.profile.posts):
			chosen = postFaults[s.chance("which", x.post.declared.marker, count)%uint64(len(postFaults))]
		}
		if chosen.tells != "" && s.otherID(x.post, chosen.tells) == "" {
			chosen = noFault
		}
		x.post.fault = chosen
		first := !slices.ContainsFunc(p.posts, func(e *post) bool { return e != x.post && e.declared == x.post.declared })
		if first && s.chance("twin", x.post.declared.marker, count)%100 < uint64(s.profile.twins) {
			s.makeTwin(x.post)
		}
	case x.request.Method == http.MethodGet:
		passing := lookupFaults[:len(lookupFaults)-refusals]
		e, _ := endpointOf(x.request.Method, x.request.URL.Path)
		switch {
		case s.profile.lookups != "":
			chosen = faultNamed(lookupFaults, s.profile.lookups)
		case s.profile.names != "" && e.list == "creditActions" && s.chance("name", e.id)%100 < 40:
			chosen = faultNamed(lookupFaults, s.profile.names)
			if chosen != noFault {
				s.met["a fault of one account's name"]++
			}
		case s.chance("get", p.number, p.gets)%100 < uint64(s.profile.gets):
			chosen = passing[s.chance("which get", p.number, p.gets)%uint64(len(passing))]
		}
	}
	if chosen != noFault {
		s.met[chosen.name]++
	}
	return chosen
}

// makeTwin is another pipeline, or a person, who makes the same at the same time.
func (s *scenario) makeTwin(p *post) {
	s.met["somebody made the same at the same time"]++
	store := func() {
		s.api.mu.Lock()
		defer s.api.mu.Unlock()
		s.foreign(p.declared, p.declared.balance)
	}
	time.AfterFunc(time.Duration(s.chance("twin when", p.number)%4000)*time.Millisecond, store)
}

// otherID is the id that a lying response gives. It needs api.mu.
func (s *scenario) otherID(p *post, whose string) (id string) {
	switch whose {
	case anInventedID:
		return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, s.seed, "invented", p.number)).String()
	case anotherTrackedID:
		s.run.start.all(func(_ string, _ bool, o *stateObject) {
			if o.kind == p.declared.kind() && id == "" {
				id = o.id()
			}
		})
		return id
	}
	for _, o := range s.api.of(p.declared.kind()) {
		if o.foreign {
			return strings.ToUpper(o.id)
		}
	}
	return ""
}
