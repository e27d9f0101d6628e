package simulation

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ask is one call of PlanResourceChange; config is nil for a destruction.
func (r *engineRun) ask(address, phase string, config, prior object, private []byte) (*change, bool) {
	schema := r.schema(address)
	proposed := object(nil)
	if config != nil {
		proposed = schema.proposed(prior, config)
	}
	response := must(r.process.server.PlanResourceChange(r.process.ctx, &tfprotov6.PlanResourceChangeRequest{
		TypeName: kindAt(address).typeName,
		Config:   written(config), PriorState: written(prior), ProposedNewState: written(proposed),
		PriorPrivate: private,
	}))
	if r.note(address, phase, response.Diagnostics) {
		return nil, false
	}
	value := schema.read(response.PlannedState)
	for name, wanted := range config {
		kept := prior != nil && reflect.DeepEqual(value[name], prior[name])
		if wanted != nil && !kept && !reflect.DeepEqual(value[name], wanted) {
			r.scenario.broken(ruleEngine, "%s: %s is configured as %v and planned as %v", address, name, wanted, value[name])
		}
	}
	return &change{
		address: address, planned: value, raw: response.PlannedState, private: response.PlannedPrivate,
		replaces: len(response.RequiresReplace) > 0,
	}, true
}

// planObject is how engines plan an object that the configuration has.
func (r *engineRun) planObject(address, phase string, config object, prior *stateObject, force bool) (*change, bool) {
	usable := prior
	if prior == nil || prior.tainted {
		usable = &stateObject{}
	}
	result, ok := r.ask(address, phase, config, usable.value, usable.private)
	if !ok {
		return nil, false
	}
	act := actUpdate
	switch {
	case prior == nil:
		act = actCreate
	case prior.tainted:
		act = actReplace
	case result.replaces || force:
		act = actReplace
		if result, ok = r.ask(address, phase, config, nil, result.private); !ok {
			return nil, false
		}
	case reflect.DeepEqual(result.planned, prior.value):
		act = actNothing
	}
	result.act, result.before = act, prior
	return result, true
}

func (r *engineRun) planDestroy(address, phase string, o *stateObject, deposed bool) (*change, bool) {
	result, ok := r.ask(address, phase, nil, o.value, o.private)
	if ok {
		result.act, result.before, result.deposed = actDelete, o, deposed
	}
	return result, ok
}

// plan asks for every object of the state and of the configuration, each
// object's calls in their order and several objects at once.
func (r *engineRun) plan() bool {
	if !r.begin("plan") {
		return false
	}
	var orphans, instances [][]func() bool
	// steps of one object: upgrade, read, plan; a failing one ends them.
	steps := func(address string, o *stateObject, deposed bool, then func(*stateObject) (*change, bool)) []func() bool {
		current := o
		var result []func() bool
		if o != nil {
			result = append(result, func() bool { return r.upgrade(address, "plan", o) })
			if r.refresh {
				result = append(result, func() (ok bool) {
					if current, ok = r.read(address, o); !ok {
						return false
					}
					r.replaceObject(address, deposed, o, current)
					return true
				})
			}
		}
		return append(result, func() bool {
			planned, ok := then(current)
			if planned != nil {
				r.mu.Lock()
				r.changes = append(r.changes, planned)
				r.mu.Unlock()
			}
			return ok
		})
	}
	r.state.all(func(address string, deposed bool, o *stateObject) {
		if _, configured := r.resources[address]; deposed || !configured {
			orphans = append(orphans, steps(address, o, deposed, func(o *stateObject) (*change, bool) {
				return r.planDestroy(address, "plan", o, deposed)
			}))
		}
	})
	for _, address := range slices.Sorted(maps.Keys(r.resources)) {
		instances = append(instances, steps(address, r.state.current[address], false, func(o *stateObject) (*change, bool) {
			return r.planObject(address, "plan", r.config(address), o, r.replace[address])
		}))
	}
	switch {
	case r.order < 0:
		r.mix(orphans)
		r.mix(instances)
	case r.order > 0:
		r.mix(instances)
		r.mix(orphans)
	default:
		r.mix(append(orphans, instances...))
	}
	slices.SortStableFunc(r.changes, func(a, b *change) int { return strings.Compare(a.address, b.address) })
	r.process.end()
	for _, said := range r.said {
		r.warnedInPlan = r.warnedInPlan || slices.Contains(lookupWarnings, said.summary)
		if said.summary == sumWillAdopt || said.summary == sumBatchWillAdopt {
			r.announced[said.address] = true
		}
	}
	return !r.failed()
}

// mix does the steps of several objects concurrently.
func (r *engineRun) mix(objects [][]func() bool) {
	between := time.Duration(r.scenario.random.IntN(20)) * time.Millisecond
	r.together(len(objects), func(i int) {
		for _, step := range objects[i] {
			if !step() {
				return
			}
			time.Sleep(between)
		}
	})
}

func (r *engineRun) replaceObject(address string, deposed bool, from, to *stateObject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !deposed {
		r.state.current[address] = to
		return
	}
	r.state.deposed[address][slices.Index(r.state.deposed[address], from)] = to
}
