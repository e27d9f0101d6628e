package provider

import (
	"fmt"
	"net/http"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// postClass is what a POST's fault allows the provider to know.
type postClass int

const (
	// outcomeUnknown: it may have been processed or not.
	outcomeUnknown postClass = iota
	// outcomeTold: the answer holds an id.
	outcomeTold
	// outcomeRefused: certainly nothing was stored.
	outcomeRefused
	// outcomeUnavailable: a 503 with Retry-After, which asks to come back.
	outcomeUnavailable
)

// postFault is something that goes wrong with a POST.
type postFault struct {
	name  string
	class postClass
	fault mockapi.Fault
}

// late is longer than any request_timeout of the simulation.
const late = 75 * time.Second

// postFaults are all of them.
var postFaults = func() []*postFault {
	var all []*postFault
	add := func(name string, class postClass, fault mockapi.Fault) {
		all = append(all, &postFault{name, class, fault})
	}
	both := func(name string, fault mockapi.Fault) {
		add(name+", not stored", outcomeUnknown, fault)
		fault.Commit = true
		add(name+", stored", outcomeUnknown, fault)
	}
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 409, 422} {
		add(fmt.Sprint(status), outcomeRefused, mockapi.Fault{Status: status})
	}
	add("429", outcomeRefused, mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"3"}}})
	add("429 for an hour", outcomeRefused, mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	add("429 that does not say how long", outcomeRefused, mockapi.Fault{Status: 429, Body: pointer("")})
	for _, status := range []int{302, 303, 408, 500, 503, 504} {
		both(fmt.Sprint(status), mockapi.Fault{Status: status})
	}
	both("502 with HTML", mockapi.Fault{Status: 502, Body: pointer("<html><title>Bad Gateway</title></html>")})
	for _, wait := range []string{"1", "40"} {
		fault := mockapi.Fault{Status: 503, Header: http.Header{"Retry-After": {wait}}}
		add("503 with Retry-After "+wait+", not stored", outcomeUnavailable, fault)
		fault.Commit = true
		add("503 with Retry-After "+wait+", stored", outcomeUnavailable, fault)
	}
	both("connection lost", mockapi.Fault{Cut: mockapi.CutConnection})
	both("connection reset", mockapi.Fault{Cut: mockapi.CutReset})
	both("cut within the status line", mockapi.Fault{Cut: mockapi.CutHeaders})
	add("cut within the body", outcomeUnknown, mockapi.Fault{Cut: mockapi.CutBody, Commit: true})
	for _, wait := range []time.Duration{2 * time.Second, 20 * time.Second, 100 * time.Second} {
		add(fmt.Sprintf("connection lost, stored %s later", wait), outcomeUnknown, mockapi.Fault{Cut: mockapi.CutConnection, CommitDelay: wait})
	}
	add("500, stored 3s later", outcomeUnknown, mockapi.Fault{Status: 500, CommitDelay: 3 * time.Second})
	add("answer too late", outcomeUnknown, mockapi.Fault{DelayAnswer: late})
	add("begun too late", outcomeUnknown, mockapi.Fault{Delay: late})
	add("begun too late, stored all the same", outcomeUnknown, mockapi.Fault{Delay: late, Commit: true})
	add("slow", outcomeTold, mockapi.Fault{Delay: time.Second, DelayAnswer: 2 * time.Second})
	add("2xx with an endless body", outcomeUnknown, mockapi.Fault{Commit: true, EndlessBody: true})
	add("2xx with HTML", outcomeUnknown, mockapi.Fault{Commit: true, Body: pointer("<html>welcome</html>")})
	add("204", outcomeUnknown, mockapi.Fault{Commit: true, Status: 204, Body: pointer("")})
	add("2xx without an id", outcomeUnknown, mockapi.Fault{Commit: true, Mutate: inAnswer(func(a map[string]any) { delete(a, "id") })})
	add("2xx, all of wrong types", outcomeUnknown, mockapi.Fault{Commit: true, Mutate: inAnswer(func(a map[string]any) {
		for name := range a {
			a[name] = []any{map[string]any{"wrong": true}}
		}
	})})
	add("2xx, all but the id of wrong types", outcomeTold, mockapi.Fault{Commit: true, Mutate: inAnswer(func(a map[string]any) {
		for name := range a {
			if name != "id" {
				a[name] = []any{map[string]any{"wrong": true}}
			}
		}
	})})
	add("2xx with the id alone", outcomeTold, mockapi.Fault{Commit: true, Mutate: inAnswer(func(a map[string]any) {
		for name := range a {
			if name != "id" {
				delete(a, name)
			}
		}
	})})
	return all
}()

func inAnswer(change func(map[string]any)) func(map[string]any) { return changed(change).Mutate }

// outages are what every POST of a run gets while the API is out of order.
var outages = []string{"500, not stored", "500, stored", "connection lost, not stored", "504, stored", "503 with Retry-After 40, not stored", "429", "429 for an hour"}

// getFaults are what goes wrong with a look-up.
var getFaults = map[string]mockapi.Fault{
	"look-up 500":            {Status: 500},
	"look-up 503":            {Status: 503, Header: http.Header{"Retry-After": {"2"}}},
	"look-up 429":            {Status: 429, Header: http.Header{"Retry-After": {"2"}}},
	"look-up lost":           {Cut: mockapi.CutConnection},
	"look-up cut":            {Cut: mockapi.CutBody},
	"look-up late":           {Delay: late},
	"look-up with HTML":      {Body: pointer("<html>welcome</html>")},
	"look-up without a list": {Body: pointer(`{"data":{}}`)},
	"look-up 401":            {Status: 401, Body: pointer("")},
	"look-up 403":            {Status: 403},
	"look-up 404":            {Status: 404},
}

// The names of faults by where they come from.
var (
	passingGetFaults = []string{"look-up 500", "look-up 503", "look-up 429", "look-up lost", "look-up cut", "look-up late", "look-up with HTML", "look-up without a list"}
	refusingFaults   = []string{"look-up 401", "look-up 403", "look-up 404"}
	dialFaults       = []string{"connection refused", "host not found", "slow connection"}
	writeFaults      = []string{"dead before the first byte", "cut within the request", "cut after the request"}
)

// weather is what goes wrong in one run.
type weather struct {
	// posts is the share of POSTs that get a fault, in percent; outage one that all get.
	posts  int
	outage string
	// nth POST of a process gets a fault, and no other; 0 for none.
	nth int
	// gets, dials and writes are shares in percent; lookUps what all look-ups get.
	gets, dials, writes int
	lookUps             string
}

func (w *world) newWeather() weather {
	result := weather{}
	fault := w.random.IntN(10)
	if w.many && w.percent(50) {
		fault = 5
	}
	switch fault {
	case 0, 1, 2:
		result.nth = 1 + w.random.IntN(3)
	case 3, 4:
		result.posts = 20 + w.random.IntN(80)
	case 5:
		result.outage = outages[w.random.IntN(len(outages))]
	}
	switch w.random.IntN(10) {
	case 0:
		result.gets = 10 + w.random.IntN(70)
	case 1:
		result.lookUps = passingGetFaults[w.random.IntN(len(passingGetFaults))]
	case 2:
		result.lookUps = refusingFaults[w.random.IntN(len(refusingFaults))]
	}
	switch w.random.IntN(8) {
	case 0:
		result.dials = 10 + w.random.IntN(90)
	case 1:
		result.writes = 10 + w.random.IntN(60)
	}
	return result
}

func (w *world) postFault(arrived *post, count int) *postFault {
	name := ""
	switch {
	case w.weather.outage != "":
		name = w.weather.outage
	case w.weather.nth == count, w.chance("post", arrived.marker, count)%100 < uint64(w.weather.posts):
		name = postFaults[w.chance("which", arrived.marker, count)%uint64(len(postFaults))].name
	default:
		return nil
	}
	for _, fault := range postFaults {
		if fault.name == name {
			return fault
		}
	}
	panic("no fault " + name)
}

func (w *world) getFault(p *process) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	name := w.weather.lookUps
	p.mu.Lock()
	count := len(p.gets)
	p.mu.Unlock()
	if name == "" && w.chance("get", p.number, count)%100 < uint64(w.weather.gets) {
		name = passingGetFaults[w.chance("which get", p.number, count)%uint64(len(passingGetFaults))]
	}
	if name != "" {
		w.met[name]++
	}
	return name
}

// inject makes the fake API heed the faults that are chosen here.
func (w *world) inject() {
	add := func(name string, fault mockapi.Fault) {
		fault.Match = func(r *mockapi.Request) bool { return r.Header.Get(headerFault) == name }
		w.api.Inject(fault)
	}
	for _, fault := range postFaults {
		add(fault.name, fault.fault)
	}
	for name, fault := range getFaults {
		add(name, fault)
	}
}
