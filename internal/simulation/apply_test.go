package simulation

import (
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// apply does what was planned, objects concurrently, each with another plan
// call before it is changed.
func (r *engineRun) apply() {
	r.together(len(r.changes), func(i int) {
		if c := r.changes[i]; c.act != actNothing && r.begins() {
			r.applyChange(c)
		}
	})
}

func (r *engineRun) applyChange(c *change) {
	address := c.address
	switch c.act {
	case actUpdate:
		if !r.upgrade(address, "apply", c.before) {
			return
		}
		again, ok := r.planObject(address, "apply", r.config(address), c.before, false)
		if !ok || !r.sameAgain(c, again) {
			return
		}
		r.applyObject(address, r.config(address), c.before, again)
	case actCreate:
		r.create(c)
	case actDelete:
		r.destroy(c, c.before, c.deposed)
	case actReplace:
		if !r.resources[address].cbd {
			if r.destroy(c, c.before, false) && r.begins() {
				r.create(c)
			}
			return
		}
		if !r.write(func(s *engineState) {
			delete(s.current, address)
			s.deposed[address] = append(s.deposed[address], c.before)
		}) {
			return
		}
		if !r.create(c) {
			r.write(func(s *engineState) {
				if s.current[address] == nil {
					s.removeDeposed(address, c.before)
					s.current[address] = c.before
				}
			})
			return
		}
		if r.begins() {
			r.destroy(c, c.before, true)
		}
	}
}

func (r *engineRun) config(address string) object {
	d := r.resources[address]
	return r.schema(address).whole(d.kind().attributes(&d))
}

// sameAgain is the check that the plan within the apply keeps to the one that was shown.
func (r *engineRun) sameAgain(shown, again *change) bool {
	if !keepsTo(shown.planned, again.planned) {
		r.scenario.broken(ruleEngine, "%s: inconsistent final plan: %v became %v",
			shown.address, shown.planned, again.planned)
		return false
	}
	return true
}

// create is the creation of an object, or the second half of a replacement: by
// then the state has no current object at the address.
func (r *engineRun) create(c *change) bool {
	again, ok := r.planObject(c.address, "apply", r.config(c.address), nil, false)
	if !ok || !r.sameAgain(c, again) || !r.begins() {
		return false
	}
	return r.applyObject(c.address, r.config(c.address), nil, again)
}

// destroy deletes an object with the private data of its plan; a deposed one is
// planned within the apply.
func (r *engineRun) destroy(c *change, o *stateObject, deposed bool) bool {
	if !r.upgrade(c.address, "apply", o) {
		return false
	}
	private := c.private
	if deposed {
		again, ok := r.planDestroy(c.address, "apply", o, true)
		if !ok {
			return false
		}
		private = again.private
	}
	if !r.begins() {
		return false
	}
	response := must(r.process.server.ApplyResourceChange(r.process.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:   kindAt(c.address).typeName,
		PriorState: written(o.value), PlannedState: written(nil), Config: written(nil),
		PlannedPrivate: private,
	}))
	failed := r.note(c.address, "apply", response.Diagnostics)
	if failed {
		return false
	}
	if value := r.schema(c.address).read(response.NewState); value != nil {
		r.scenario.broken(ruleEngine, "%s: after its destruction it is still there", c.address)
	}
	r.scenario.left(r, c.address, o, deposed)
	return r.write(func(s *engineState) {
		if deposed {
			s.removeDeposed(c.address, o)
		} else {
			delete(s.current, c.address)
		}
	})
}

// applyObject creates or updates, and writes what came of it as engines do: a
// creation that failed and left something is tainted, one that left nothing is
// not in the state, an update that failed keeps what the response says.
func (r *engineRun) applyObject(address string, config object, prior *stateObject, wanted *change) bool {
	before := object(nil)
	if prior != nil {
		before = prior.value
	}
	response := must(r.process.server.ApplyResourceChange(r.process.ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:   kindAt(address).typeName,
		PriorState: written(before), PlannedState: wanted.raw, Config: written(config),
		PlannedPrivate: wanted.private,
	}))
	value := r.schema(address).read(response.NewState)
	failed := r.note(address, "apply", response.Diagnostics)
	if r.process.dead() {
		return false
	}
	switch {
	case failed && prior == nil && textIn(value, "id") != "":
		r.scenario.broken(ruleEngine, "%s: its creation holds the id %s and failed", address, textIn(value, "id"))
	case !failed && value == nil:
		r.scenario.broken(ruleEngine, "%s: applied without an error and without an object", address)
	case !failed && !keepsTo(wanted.planned, value):
		r.scenario.broken(ruleEngine, "%s: inconsistent result: planned %v, got %v", address, wanted.planned, value)
	}
	if value == nil {
		r.write(func(*engineState) {})
		return false
	}
	for name, got := range value {
		if got == any(notKnown{}) {
			r.scenario.broken(ruleEngine, "%s: %s is unknown after the apply", address, name)
		}
	}
	result := &stateObject{kind: kindAt(address)}
	if prior != nil {
		*result = *prior
	}
	result.value, result.private = value, response.Private
	result.tainted = failed && prior == nil
	switch d := r.scenario.declaredAt(address); {
	case prior == nil:
		r.scenario.judgeCreation(r, d, result)
	case prior.id() == "" && result.id() != "": // unresolved, until a person named it
		result.named = true
	default:
		r.scenario.judgeUpdate(address, before, value)
	}
	return r.write(func(s *engineState) { s.current[address] = result }) && !failed
}
