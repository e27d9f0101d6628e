package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// The person at the keyboard: what people do between two runs, right and wrong.

var namedObject = regexp.MustCompile(`(?:existing_account_id = "|import [0-9a-f-]{36}/)([0-9a-f-]{36})`)

// learn is what the person takes from the screen.
func (w *world) learn(r *engineRun) {
	for _, t := range r.told {
		if !t.failed {
			continue
		}
		w.met["said: "+t.summary]++
		if t.summary != sumExists && t.summary != sumBatchExists {
			continue
		}
		if found := namedObject.FindStringSubmatch(t.details); found != nil {
			for _, d := range w.present() {
				if d.address == t.address {
					w.exists[d.marker] = found[1]
					if w.fates[found[1]] == byKill {
						w.met["a later run names an account that a kill had left"]++
					}
				}
			}
		}
	}
}

// live does everything of one seed.
func (w *world) live() {
	w.weather = w.newWeather()
	w.execute(w.newRun(), w.ending())
	for range 1 + w.random.IntN(3) {
		time.Sleep([]time.Duration{0, time.Second, time.Minute, time.Hour}[w.random.IntN(4)])
		r := w.newRunAfter()
		w.weather = weather{}
		if w.percent(60) {
			w.weather = w.newWeather()
		}
		w.execute(r, w.ending())
		if !r.process.dead() && !w.interruptedAt(r) && !r.planOnly && !r.failed() && w.percent(20) {
			w.quiet()
		}
		if len(w.problems) > 0 {
			return
		}
	}
}

func (w *world) ending() string {
	if w.percent(60) {
		return endsNormally
	}
	return w.pick(killAtPost, killAtResult, killInTime, interruptPost, interruptAfter)
}

// quiet checks that nothing is left to be done after an apply without errors.
func (w *world) quiet() {
	w.weather = weather{}
	r := w.newRun()
	r.planOnly = true
	w.execute(r, endsNormally)
	for _, c := range r.changes {
		o := w.state.current[c.address]
		if vanished := o != nil && w.gone[o.id()]; c.act != actNothing && !vanished {
			w.broken("%s: after an apply without errors the plan wants to %s it", c.address, c.act)
		}
	}
	if r.failed() && !w.replacesVanished() {
		w.broken("after an apply without errors the plan fails")
	}
}

// replacesVanished: a batch that vanished would be created again beside an equal
// one, and that is refused.
func (w *world) replacesVanished() bool {
	return slices.ContainsFunc(w.present(), func(d *declared) bool {
		o := w.state.current[d.address]
		return o != nil && w.gone[o.id()] && w.sameKey(d) > 1
	})
}

// newRunAfter changes something and gives the next run.
func (w *world) newRunAfter() *engineRun {
	what := ""
	guarded := w.guarded()
	named := slices.Sorted(maps.Keys(w.exists))
	switch {
	case guarded != nil && w.percent(70):
		what = w.resolve(guarded)
	case len(named) > 0 && w.percent(60):
		what = w.answerExists(w.byMarker(named[w.random.IntN(len(named))]))
	default:
		what = w.meddle()
	}
	if w.percent(15) {
		what += "; " + w.meddle()
	}
	w.step("person: %s", what)
	r := w.newRun()
	if present := w.present(); len(present) > 0 && w.percent(15) {
		d := present[w.random.IntN(len(present))]
		r.replace[d.address] = true
	}
	r.planOnly = w.percent(8)
	return r
}

// guarded gives a declaration whose account is guarded in the state, or nil.
func (w *world) guarded() *declared {
	for _, d := range w.present() {
		if o := w.state.current[d.address]; o != nil && o.id() == "" && o.marker() == d.marker {
			return d
		}
	}
	return nil
}

// resolve is one of the guide's ways out, rightly or wrongly.
func (w *world) resolve(d *declared) string {
	time.Sleep(10 * time.Minute)
	id := ""
	for _, account := range w.storedFor(d) {
		if !w.state.holds(account.id) {
			id = account.id
		}
	}
	right := w.percent(75)
	switch {
	case (id != "") == right && id != "":
		w.identifyGuarded(d, id)
		return fmt.Sprintf("%s exists: %s", d.address, id)
	case id == "" && !right:
		id = w.wrongID(d)
		w.identifyGuarded(d, id)
		return fmt.Sprintf("%s exists (wrong): %s", d.address, id)
	case w.percent(50):
		w.stateRemove(d)
		return fmt.Sprintf("%s does not exist (right=%v): state rm", d.address, right)
	}
	d.absent = true
	return fmt.Sprintf("%s does not exist (right=%v): taken out", d.address, right)
}

// identifyGuarded is identify for what the state guards: an import needs the
// guarded batch to be taken out first.
func (w *world) identifyGuarded(d *declared, id string) {
	if d.kind() == batchKind {
		w.stateRemove(d)
	}
	w.identify(d, id)
}

// wrongID is an id of another object, or of none.
func (w *world) wrongID(d *declared) string {
	if accounts := d.kind().stored(w.api); len(accounts) > 0 && w.percent(50) {
		return accounts[w.random.IntN(len(accounts))].id
	}
	id := uuid.NewString()
	w.invented[id] = true
	return id
}

func (w *world) stateRemove(d *declared) {
	o := w.state.current[d.address]
	if o == nil {
		return
	}
	delete(w.state.current, d.address)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.forget(o)
}

// answerExists is what people do when they are told that an account exists.
func (w *world) answerExists(d *declared) string {
	id := w.exists[d.marker]
	delete(w.exists, d.marker)
	switch w.random.IntN(4) {
	case 0, 1:
		if w.state.current[d.address] == nil {
			w.identify(d, id)
		}
		return fmt.Sprintf("%s is %s", d.address, id)
	case 2:
		w.policy = "adopt"
		return "adopt what exists"
	}
	w.policy = "ignore"
	return "ignore what exists"
}

// meddle changes something, for no reason.
func (w *world) meddle() string {
	present := w.present()
	if len(present) == 0 || w.percent(12) {
		for _, d := range w.declared {
			if d.absent && w.percent(60) {
				d.absent, d.existing = false, ""
				return "put back " + d.address
			}
		}
		return "declared " + w.declare().address
	}
	d := present[w.random.IntN(len(present))]
	o := w.state.current[d.address]
	switch w.random.IntN(17) {
	case 16:
		if o != nil && o.id() != "" {
			return "nothing"
		}
		id := w.wrongID(d)
		w.identify(d, id)
		return fmt.Sprintf("%s is said to be %s", d.address, id)
	case 0, 1:
		if o == nil {
			return "nothing"
		}
		tainted := *o
		tainted.tainted = true
		w.state.current[d.address] = &tainted
		delete(w.untainted, d.address)
		return "tainted " + d.address
	case 2:
		return w.untaint()
	case 3, 4, 5:
		return w.rename(d)
	case 6:
		d.absent = true
		return "took out " + d.address
	case 7:
		w.stateRemove(d)
		return "state rm " + d.address
	case 8:
		d.name += "!"
		return "renamed the account of " + d.address
	case 9:
		d.balance = w.pick("100", "7")
		return fmt.Sprintf("%s: balance %s", d.address, d.balance)
	case 10:
		if d.kind() == batchKind {
			return w.meddleWithBatch(d)
		}
		d.allow = !d.allow
		return fmt.Sprintf("%s: allow_replacement %v", d.address, d.allow)
	case 11:
		if d.kind() == batchKind {
			return w.meddleWithBatch(d)
		}
		d.timeout, d.existing = w.pick("", "90s", "10m"), ""
		return d.address + ": other timeouts, no existing_account_id"
	case 12:
		w.policy = w.pick("", "fail", "adopt", "ignore")
		return "policy " + w.policy
	case 13:
		w.stranger()
		return "somebody made an account in the admin pages"
	case 14:
		d.cbd = !d.cbd
		return fmt.Sprintf("%s: create_before_destroy %v", d.address, d.cbd)
	}
	return "nothing"
}

func (w *world) untaint() string {
	for _, address := range slices.Sorted(maps.Keys(w.state.current)) {
		if o := w.state.current[address]; o.tainted {
			plain := *o
			plain.tainted = false
			w.state.current[address] = &plain
			w.untainted[address] = true
			return "untainted " + address
		}
	}
	return "nothing to untaint"
}

// rename gives a declaration another key, with or without telling the engine.
func (w *world) rename(d *declared) string {
	old := d.address
	d.address = strings.TrimSuffix(old, `"]`) + `x"]`
	if w.state.current[d.address] != nil {
		d.address = old
		return "nothing"
	}
	if o := w.state.current[old]; o != nil && w.percent(40) {
		delete(w.state.current, old)
		w.state.current[d.address] = o
		w.state.deposed[d.address] = w.state.deposed[old]
		delete(w.state.deposed, old)
		w.untainted[d.address] = w.untainted[old]
		return fmt.Sprintf("moved %s to %s", old, d.address)
	}
	return fmt.Sprintf("renamed %s to %s without a moved block", old, d.address)
}
