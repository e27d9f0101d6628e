package simulation

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"sync"
	"testing/synctest"
	"time"
)

// declared is an account or a batch that somebody declares, whatever address it
// has at the moment. Its marker travels from the configuration through the POST
// to what is stored.
type declared struct {
	marker, address       string
	client, name, balance string
	account               string // that a batch goes to; empty for none
	existing              string
	alongside             []string
	cbd                   bool
	timeout               string // of creating; empty for the default
	absent                bool   // not in the configuration at the moment
}

func (d *declared) kind() *simulatedKind { return kindAt(d.address) }

// scenario is a person, a configuration and a state.
type scenario struct {
	seed    uint64
	random  *rand.Rand
	api     *simulatedAPI
	clients []string
	many    bool
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
	profile   faultProfile
	exists    map[*declared]string // an object that an error named

	// Under the lock of the API:
	posts     []*post
	invented  map[string]bool // ids that a person made up, or a response
	untainted map[string]bool

	logMu    sync.Mutex
	steps    []string
	problems []problem
}

// runContext is what a POST is judged by.
type runContext struct {
	number int
	start  *engineState
	engine *engineRun
}

// chance is a number that depends on the seed, the run and what it is for, so
// that concurrent calls do not take each other's.
func (s *scenario) chance(parts ...any) uint64 {
	hash := fnv.New64a()
	_, _ = fmt.Fprintln(hash, s.seed, s.run.number)
	_, _ = fmt.Fprintln(hash, parts...)
	return rand.New(rand.NewPCG(hash.Sum64(), 1)).Uint64() //nolint:gosec // a simulation
}

func (s *scenario) pick(choices ...string) string { return choices[s.random.IntN(len(choices))] }

func (s *scenario) percent(share int) bool { return s.random.IntN(100) < share }

func newScenario(seed uint64) *scenario {
	s := &scenario{
		seed: seed, state: newEngineState(),
		random:   rand.New(rand.NewPCG(seed, 7)), //nolint:gosec // a simulation
		clients:  []string{testClient, "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"},
		exists:   map[*declared]string{},
		invented: map[string]bool{}, untainted: map[string]bool{}, accounts: map[string]string{},
	}
	s.api = &simulatedAPI{traits: s.newTraits(), seed: seed, begun: time.Now()}
	s.policy = s.pick("", "fail", "fail", "adopt", "ignore")
	s.concurrency = 1 + s.random.IntN(5)
	s.timeout = s.pick("", "5s", "30s")
	if seed%3 == 0 {
		s.batches = []int{40, 100}[s.random.IntN(2)]
		for _, client := range s.clients { // an account that batches can go to
			account := s.api.store(&stored{
				kind: accountKind, client: client, name: "For batches", balance: "5", foreign: true,
			})
			s.accounts[client] = account.id
		}
	}
	count := 1 + min(s.random.IntN(5), s.random.IntN(4))
	if s.percent(7) { // enough for the breaker to be of use
		count += 4
		s.concurrency = 1 + s.random.IntN(2)
		s.many = true
	}
	for range count {
		s.declare()
	}
	if s.percent(15) {
		d := s.declared[s.random.IntN(len(s.declared))]
		s.api.store(foreign(d, s.pick(d.balance, "7")))
	}
	if s.percent(8) {
		s.crowd()
	}
	return s
}

// crowd makes many accounts beside the first declared one; in between perhaps one like it.
func (s *scenario) crowd() {
	d := s.declared[0]
	balance := s.pick(d.balance, "7", "7")
	for range 4 + s.random.IntN(100) {
		o := s.api.store(foreign(d, balance))
		if s.percent(98) {
			o.name += " of another"
		}
		time.Sleep(time.Second)
	}
	time.Sleep(time.Duration(s.random.IntN(2)) * time.Hour)
}

// foreign is an object that somebody made in the admin pages, like a declared one.
func foreign(d *declared, balance string) *stored {
	return &stored{
		kind: d.kind(), client: d.client, name: d.name, account: d.account, balance: balance, foreign: true,
	}
}

// present gives the declarations that the configuration has at the moment.
func (s *scenario) present() []*declared {
	return slices.DeleteFunc(slices.Clone(s.declared), func(d *declared) bool { return d.absent })
}

// declaredAt gives what the configuration has at an address; nil for nothing.
func (s *scenario) declaredAt(address string) *declared {
	for _, d := range s.present() {
		if d.address == address {
			return d
		}
	}
	return nil
}

func (s *scenario) step(format string, args ...any) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	s.steps = append(s.steps, fmt.Sprintf(format, args...))
}

// newRun is a run of the engine on what the person has written.
func (s *scenario) newRun() *engineRun {
	r := &engineRun{
		options: options{
			refresh: s.percent(60), order: s.random.IntN(3) - 1, parallelism: 1 + s.random.IntN(10),
			replace: map[string]bool{},
		},
		scenario: s, state: s.state.clone(), resources: map[string]declared{},
		announced: map[string]bool{}, events: map[event]int{},
		provider: object{
			"base_url": "http://127.0.0.1:9", "api_key": testKey,
			"max_concurrent_requests": json.Number(fmt.Sprint(s.concurrency)),
			"request_timeout":         orNull(s.timeout), "on_existing_account": orNull(s.policy),
		},
	}
	for _, d := range s.present() {
		r.resources[d.address] = *d
	}
	return r
}

// execute does a run, with whatever ends it early, and checks what came of it.
func (s *scenario) execute(r *engineRun) {
	s.run = runContext{number: s.run.number + 1, start: s.state.clone(), engine: r}
	for _, d := range s.present() {
		s.step("  %+v", *d)
	}
	s.step("state:%s\nrun %d at %s: %+v; %+v; policy %q",
		s.state, s.run.number, time.Since(s.api.begun), r.options, s.profile, s.policy)
	before := s.state
	r.run()
	synctest.Wait() // what a killed process had sent has arrived
	killed := r.process.dead()
	r.mu.Lock()
	switch {
	case r.planOnly || r.process.phase == "plan":
		s.state = s.run.start
	case killed && r.written != nil:
		s.state = r.written[len(r.written)-1]
		if s.percent(30) { // a remote state is saved now and then
			s.state = r.written[s.random.IntN(len(r.written))]
		}
	case !killed:
		s.state = r.state
	}
	s.state = s.state.clone()
	summary := ""
	for _, said := range r.said {
		if said.failed {
			summary += fmt.Sprintf("\n      %s %s: %s", said.phase, said.address, said.summary)
		}
	}
	r.mu.Unlock()
	s.step("  -> killed=%v%s\n      state: %s", killed, summary, s.state)
	s.learn(r)
	s.judgeRun(r, before, killed)
}

func (s *scenario) interrupted(r *engineRun) bool {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	return !r.process.interrupted.IsZero()
}

// event is what an early end of a run waits for.
type event int

const (
	never         event = iota
	applyBegins         // the apply begins
	postArrives         // a POST arrives
	resultReturns       // a call has changed something, and the engine has not saved it yet
)

// ending is how a run ends: by itself, or a while after something happened the nth time.
type ending struct {
	at         event
	interrupts bool // else it kills
	nth        int
	delay      time.Duration
}

func (s *scenario) newEnding() ending {
	if s.percent(60) {
		return ending{}
	}
	milliseconds := []int{0, 5, 100, 350, 3000, 40000}
	e := ending{
		at: event(1 + s.random.IntN(3)), interrupts: s.percent(40), nth: 1 + s.random.IntN(3),
		delay: time.Duration(milliseconds[s.random.IntN(len(milliseconds))]) * time.Millisecond,
	}
	switch e.at {
	case applyBegins:
		e.nth = 1
	case resultReturns: // a kill between a response and saving it
		e.interrupts, e.delay = false, 0
	}
	return e
}

// happens notes an event, and ends the run if it is to end then.
func (r *engineRun) happens(e event) {
	r.mu.Lock()
	r.events[e]++
	isIt := r.ending.at == e && r.events[e] == r.ending.nth
	r.mu.Unlock()
	p := r.process
	end := p.kill
	if r.ending.interrupts {
		end = r.interrupt
	}
	switch {
	case isIt && e == resultReturns:
		end()
	case isIt:
		time.AfterFunc(r.ending.delay, end)
	}
}
