package simulation

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// A small model of an engine: what Terraform and OpenTofu ask of a provider,
// in the orders in which they do, and what they keep in the state. It follows
// node_resource_abstract_instance.go and its neighbours of both.

// diagnostic is what a provider said.
type diagnostic struct {
	address, phase   string
	failed           bool
	summary, details string
}

// action is what a plan wants to do with an object.
type action string

const (
	actNothing action = "no-op"
	actCreate  action = "create"
	actUpdate  action = "update"
	actReplace action = "replace"
	actDelete  action = "delete"
)

// change is what a plan wants to do with one object, and all that the apply
// takes from the plan.
type change struct {
	address  string
	act      action
	deposed  bool
	before   *stateObject
	planned  object
	raw      *tfprotov6.DynamicValue
	private  []byte
	replaces bool // the provider asks for it
}

// options are how a run is started, and how it ends.
type options struct {
	refresh bool
	replace map[string]bool
	// order in which orphans come to their turn: -1 first, 1 last, 0 mixed.
	order       int
	parallelism int
	planOnly    bool
	ending      ending
}

// engineRun is one run: plan, and apply where nothing failed.
type engineRun struct {
	options

	scenario  *scenario
	provider  object
	resources map[string]declared // by address
	began     time.Time

	mu sync.Mutex
	// state as the run has it in memory, and each version of it as it was written.
	state   *engineState
	written []*engineState
	changes []*change
	said    []diagnostic
	// announced are the addresses at which the plan says that something is adopted.
	announced    map[string]bool
	warnedInPlan bool
	events       map[event]int
	// halted: no further object is begun.
	halted  bool
	process *process
}

func (r *engineRun) schema(address string) simulatedSchema {
	return simulatedSchemas()[kindAt(address).typeName]
}

// must is for calls of the protocol: what goes wrong is in the diagnostics.
func must[T any](response T, err error) T {
	if err != nil {
		panic(err)
	}
	return response
}

// note keeps diagnostics and reports whether one is an error.
func (r *engineRun) note(address, phase string, diagnostics []*tfprotov6.Diagnostic) (failed bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process.dead() {
		return true
	}
	for _, d := range diagnostics {
		if strings.Contains(d.Summary+d.Detail, testKey) {
			r.scenario.broken(ruleSecret, "%s", address)
		}
		isError := d.Severity == tfprotov6.DiagnosticSeverityError
		r.said = append(r.said, diagnostic{address, phase, isError, d.Summary, d.Detail})
		failed = failed || isError
	}
	return failed
}

func (r *engineRun) failed() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.ContainsFunc(r.said, func(t diagnostic) bool { return t.failed })
}

// begin starts a provider and configures it.
func (r *engineRun) begin(phase string) bool {
	r.process = r.scenario.newProcess(phase)
	response := must(r.process.server.ConfigureProvider(r.process.ctx, &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.12.0", Config: written(simulatedSchemas()[""].whole(r.provider)),
	}))
	return !r.note("", phase, response.Diagnostics)
}

// upgrade hands an object of the state over, as is done before anything else.
func (r *engineRun) upgrade(address, phase string, o *stateObject) bool {
	r.scenario.api.mu.Lock()
	r.process.tracked[strings.ToLower(o.id())] = o.id() != ""
	r.scenario.api.mu.Unlock()
	raw := must(json.Marshal(o.value))
	response := must(r.process.server.UpgradeResourceState(r.process.ctx, &tfprotov6.UpgradeResourceStateRequest{
		TypeName: kindAt(address).typeName, RawState: &tfprotov6.RawState{JSON: raw},
	}))
	if r.note(address, phase, response.Diagnostics) {
		return false
	}
	if !reflect.DeepEqual(r.schema(address).read(response.UpgradedState), o.value) {
		r.scenario.broken(ruleEngine, "%s: upgrading the state changed it", address)
	}
	return true
}

// read refreshes an object: nil where it does not exist any more.
func (r *engineRun) read(address string, o *stateObject) (*stateObject, bool) {
	response := must(r.process.server.ReadResource(r.process.ctx, &tfprotov6.ReadResourceRequest{
		TypeName: kindAt(address).typeName, CurrentState: written(o.value), Private: o.private,
	}))
	if r.note(address, "plan", response.Diagnostics) {
		return nil, false
	}
	value := r.schema(address).read(response.NewState)
	if value == nil {
		r.scenario.broken(ruleDestroy, "%s: reading took %s out of the state", address, o.id())
		return nil, false
	}
	before, after := maps.Clone(o.value), maps.Clone(value)
	for _, name := range o.kind.refreshed {
		delete(before, name)
		delete(after, name)
	}
	if !reflect.DeepEqual(after, before) {
		r.scenario.broken(ruleEngine, "%s: reading changed it: %v became %v", address, o.value, value)
	}
	result := *o
	result.value, result.private = value, response.Private
	return &result, true
}

// run plans and applies. It returns when the run is over, or was killed.
func (r *engineRun) run() {
	r.began = time.Now()
	if !r.plan() {
		return
	}
	r.scenario.judgePlan(r)
	if r.planOnly {
		return
	}
	r.written = []*engineState{r.state.clone()}
	if !r.begin("apply") {
		return
	}
	r.happens(applyBegins)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.apply()
	}()
	select {
	case <-done:
		r.process.end()
	case <-r.process.killed:
	}
}

// begins reports whether another object may be begun.
func (r *engineRun) begins() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return !r.halted && !r.process.dead()
}

// interrupt is the first Ctrl-C: what has begun is told to stop, nothing else begins.
func (r *engineRun) interrupt() {
	r.mu.Lock()
	r.halted = true
	r.mu.Unlock()
	r.process.interrupt()
}

// write changes the state, as it was after a call, unless the run is dead.
func (r *engineRun) write(change func(*engineState)) bool {
	r.happens(resultReturns)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.process.dead() {
		return false
	}
	change(r.state)
	r.written = append(r.written, r.state.clone())
	return true
}

// together does things concurrently, as many at once as the run may, each after
// a pause that makes their order a matter of the seed.
func (r *engineRun) together(count int, do func(i int)) {
	places := make(chan struct{}, r.parallelism)
	var all sync.WaitGroup
	for i := range count {
		pause := time.Duration(r.scenario.chance("start", r.process.number, i)%50) * time.Millisecond
		all.Go(func() {
			time.Sleep(pause)
			places <- struct{}{}
			defer func() { <-places }()
			do(i)
		})
	}
	all.Wait()
}
