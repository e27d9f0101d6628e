package provider

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// declared is an account or a batch that somebody declares, whatever address it
// has at the moment. Its marker travels from the configuration through the POST
// to what is stored.
type declared struct {
	marker, address       string
	client, name, balance string
	account               string // that a batch goes to; empty for none
	existing              string
	allow, cbd            bool
	timeout               string // of creating; empty for the default
	absent                bool   // not in the configuration at the moment
	posts                 []*post
	late                  bool // given up while it could still be stored
	// beside is why a POST was sent though one account existed: its look may then
	// have taken that one, if it is only seconds old.
	beside exception
}

func (d *declared) kind() *simulatedKind { return kindAt(d.address) }

func (d *declared) key() objectKey { return d.kind().key(d.kind().attributes(d)) }

func (d *declared) config() resourceConfig {
	return resourceConfig{attributes: d.kind().attributes(d), createBeforeDestroy: d.cbd}
}

// world is everything of one seed: the server, the state and the person at the
// keyboard.
type world struct {
	seed   uint64
	random *rand.Rand
	kind   engineKind

	api      *mockapi.Server
	listener *memoryListener
	skew     time.Duration
	lag      time.Duration
	clients  []string
	many     bool
	// batches is the share of batches among what is declared, in percent, and
	// accounts are those that they can go to, by their client.
	batches  int
	accounts map[string]string

	// What the person has written.
	declared    []*declared
	policy      string
	concurrency int
	timeout     string

	state     *engineState
	processes int
	run       runContext
	weather   weather

	mu      sync.Mutex
	posts   int
	onPost  func(count int)
	fates   map[string]exception
	exists  map[string]string // by marker: an account that an error named
	steps   []string
	excused map[exception]int
	counted map[string]bool
	met     map[string]int

	invented  map[string]bool
	untainted map[string]bool
	gone      map[string]bool // vanished from the product
	problems  []string
}

// runContext is what a POST is judged by.
type runContext struct {
	number  int
	start   *engineState
	replace map[string]bool
}

// chance is a number that depends on the seed, the run and what it is for, so
// that concurrent calls do not take each other's.
func (w *world) chance(parts ...any) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprintln(hash, w.seed, w.run.number)
	_, _ = fmt.Fprintln(hash, parts...)
	return rand.New(rand.NewPCG(hash.Sum64(), 1)).Uint64() //nolint:gosec // a simulation
}

func (w *world) pick(choices ...string) string { return choices[w.random.IntN(len(choices))] }

func (w *world) percent(share int) bool { return w.random.IntN(100) < share }

func newWorld(seed uint64) *world {
	w := &world{
		seed: seed, random: rand.New(rand.NewPCG(seed, 7)), state: newEngineState(), //nolint:gosec // a simulation
		clients: []string{testClient, "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"},
		fates:   map[string]exception{}, exists: map[string]string{}, excused: map[exception]int{}, counted: map[string]bool{}, met: map[string]int{},
		invented: map[string]bool{}, untainted: map[string]bool{}, gone: map[string]bool{},
	}
	w.kind = engineKinds[w.random.IntN(len(engineKinds))]
	w.policy = w.pick("", "fail", "fail", "adopt", "ignore")
	w.concurrency = 1 + w.random.IntN(5)
	w.timeout = w.pick("", "5s", "30s")
	options := mockapi.Options{APIKey: testKey, PerPage: 1 + w.random.IntN(25), Latency: time.Duration(5+w.random.IntN(300)) * time.Millisecond}
	if w.percent(20) {
		w.skew = time.Duration(w.random.IntN(7200)-3600) * time.Second
	}
	if w.percent(20) {
		w.lag = time.Duration(1+w.random.IntN(90)) * time.Second
		options.ListingLag = w.lag
	}
	options.Now = func() time.Time { return time.Now().Add(w.skew) }
	switch w.random.IntN(6) {
	case 0:
		options.RateLimit = mockapi.RateLimit{Kind: mockapi.FixedWindow, PerMinute: 10, NoHeaders: w.percent(30)}
	case 1:
		options.RateLimit = mockapi.RateLimit{Kind: mockapi.TokenBucket, PerMinute: 30, Burst: 3, MaxConcurrent: 2}
	}
	w.api = mockapi.New(options)
	for i, id := range w.clients {
		w.api.AddClient(mockapi.Client{ID: id, Name: fmt.Sprint("Client ", i), Slug: fmt.Sprint("client-", i)})
	}
	w.inject()
	if seed%3 == 0 {
		w.batches = []int{40, 100}[w.random.IntN(2)]
		w.addAccountsForBatches()
	}
	count := 1 + min(w.random.IntN(5), w.random.IntN(4))
	if w.percent(7) { // enough for the breaker to be of use
		count += 4
		w.concurrency = 1 + w.random.IntN(2)
		w.many = true
	}
	for range count {
		w.declare()
	}
	if w.percent(15) {
		w.stranger()
	}
	return w
}

// declare adds an account or a batch to the configuration.
func (w *world) declare() *declared {
	if w.batches > 0 && w.percent(w.batches) {
		return w.declareBatch()
	}
	number := len(w.declared) + 1
	d := &declared{
		marker: fmt.Sprintf("d%d@example.com", number), address: fmt.Sprintf("%s.a[%q]", creditAccountType, fmt.Sprint("k", number)),
		client: w.clients[w.random.IntN(len(w.clients))], name: fmt.Sprint("Training ", number),
		balance: w.pick("100", "100", "100", "0.5", "0"), allow: w.percent(10), cbd: w.percent(30), timeout: w.pick("", "90s", "90s", "5m"),
	}
	if len(w.declared) > 0 && w.percent(10) {
		if other := w.declared[w.random.IntN(len(w.declared))]; other.kind() == d.kind() {
			d.client, d.name = other.client, other.name
		}
	}
	w.declared = append(w.declared, d)
	return d
}

// stranger is an account or a batch that somebody made in the admin pages, like a declared one.
func (w *world) stranger() {
	d := w.declared[w.random.IntN(len(w.declared))]
	d.kind().stranger(w.api, d, w.pick(d.balance, "7"))
}

func (w *world) byMarker(marker string) *declared {
	for _, d := range w.declared {
		if d.marker == marker {
			return d
		}
	}
	return nil
}

// allStored gives what the server has of every kind.
func (w *world) allStored() []storedObject {
	var all []storedObject
	for _, kind := range simulatedKinds {
		all = append(all, kind.stored(w.api)...)
	}
	return all
}

// storedFor gives what was created for a declaration.
func (w *world) storedFor(d *declared) []storedObject {
	return slices.DeleteFunc(d.kind().stored(w.api), func(s storedObject) bool { return s.marker != d.marker })
}

// sameKey counts the declarations and strangers that can be taken for one.
func (w *world) sameKey(d *declared) int {
	count := 0
	for _, other := range w.declared {
		if alike(other.key(), d.key()) {
			count++
		}
	}
	for _, stored := range d.kind().stored(w.api) {
		if stored.marker == "" && alike(stored.key, d.key()) {
			count++
		}
	}
	return count
}

// hasStrangers reports whether somebody made an object in the admin pages that
// could be taken for one, whatever either was called since.
func (w *world) hasStrangers(d *declared) bool {
	return slices.ContainsFunc(d.kind().stored(w.api), func(s storedObject) bool {
		return s.marker == "" && s.key.clientID == d.key().clientID
	})
}

// present gives the declarations that the configuration has at the moment.
func (w *world) present() []*declared {
	return slices.DeleteFunc(slices.Clone(w.declared), func(d *declared) bool { return d.absent })
}

func (w *world) step(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.steps = append(w.steps, fmt.Sprintf(format, args...))
}

// newRun is a run of the engine on what the person has written.
func (w *world) newRun() *engineRun {
	r := &engineRun{
		world: w, kind: w.kind, refresh: w.percent(60), replace: map[string]bool{}, order: w.random.IntN(3) - 1,
		checks: w.percent(20), parallelism: 1 + w.random.IntN(10), state: w.state.clone(), called: map[string]bool{},
		resources: map[string]resourceConfig{},
		provider: object{
			"base_url": "http://127.0.0.1:9", "api_key": testKey, "max_concurrent_requests": json.Number(fmt.Sprint(w.concurrency)),
		},
	}
	if w.timeout != "" {
		r.provider["request_timeout"] = w.timeout
	}
	if w.policy != "" {
		r.provider["on_existing_account"] = w.policy
	}
	for _, d := range w.present() {
		r.resources[d.address] = d.config()
	}
	return r
}

// execute does a run, with whatever ends it early, and checks what came of it.
func (w *world) execute(r *engineRun, ending string) {
	w.run = runContext{number: w.run.number + 1, start: w.state.clone(), replace: r.replace}
	w.arm(r, ending)
	w.step("run %d: %s; %s; %+v; policy %q", w.run.number, r, ending, w.weather, w.policy)
	r.run()
	synctest.Wait() // what a killed process had sent has arrived
	w.mu.Lock()
	w.onPost = nil
	w.mu.Unlock()
	killed := r.process.dead()
	r.mu.Lock()
	w.state = r.state.clone()
	if killed {
		w.state = r.written[len(r.written)-1]
		if w.percent(30) { // a remote state is saved now and then
			w.state = r.written[w.random.IntN(len(r.written))]
		}
		w.state = w.state.clone()
		w.met["killed"]++
	} else if w.interruptedAt(r) {
		w.met["interrupted"]++
	}
	if r.planOnly || r.process.phase == "plan" {
		w.state = w.run.start
	}
	summary := ""
	for _, t := range r.told {
		if t.failed {
			summary += fmt.Sprintf("\n      %s %s: %s", t.phase, t.address, t.summary)
		}
	}
	r.mu.Unlock()
	w.step("  -> killed=%v%s\n      state: %s", killed, summary, w.state)
	w.learn(r)
	w.check(r, killed)
}

func (w *world) interruptedAt(r *engineRun) bool {
	r.process.mu.Lock()
	defer r.process.mu.Unlock()
	return !r.process.interrupted.IsZero()
}

// endings of a run.
const (
	endsNormally   = "ends normally"
	killAtPost     = "killed at a POST"
	killAtResult   = "killed between an answer and saving it"
	killInTime     = "killed after a while"
	interruptPost  = "interrupted at a POST"
	interruptAfter = "interrupted after a while"
)

// arm prepares what ends a run early.
func (w *world) arm(r *engineRun, ending string) {
	nth := 1 + w.random.IntN(3)
	delays := []time.Duration{0, 5 * time.Millisecond, 100 * time.Millisecond, 350 * time.Millisecond, 3 * time.Second, 40 * time.Second}
	delay := delays[w.random.IntN(len(delays))]
	if ending == killAtResult {
		r.onResult = func(count int) {
			if count == nth {
				r.process.kill()
			}
		}
		return
	}
	end := func() {
		if ending == interruptPost || ending == interruptAfter {
			r.interrupt()
			return
		}
		r.process.kill()
	}
	switch ending {
	case killAtPost, interruptPost:
		w.onPost = func(count int) {
			if count == nth {
				time.AfterFunc(delay, end)
			}
		}
	case killInTime, interruptAfter:
		r.onApply = func() { time.AfterFunc(delay, end) }
	}
}
