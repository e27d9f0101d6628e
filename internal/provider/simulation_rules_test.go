package provider

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// exception is a reason for which an account may exist twice, or exist without
// being in the state. There are no others, and each is counted.
type exception string

const (
	byReplacement   exception = "a person asked for a replacement or permitted a second account"
	byForgetting    exception = "a person forgot or replaced an account that exists"
	byWrongGuess    exception = "a person forgot an account of unknown outcome, and it exists"
	byOtherID       exception = "a person named another account than the one that was created"
	byInventedID    exception = "a person named an account that does not exist"
	byOtherName     exception = "a person changed name or client together with the address, or of a tainted or guarded account"
	byEdit          exception = "a person declared an account otherwise after it was lost or forgotten"
	byIgnore        exception = "on_existing_account is ignore"
	byRefusal       exception = "the look-up endpoints are refused"
	byFailure       exception = "the look-up endpoints failed to answer"
	byLag           exception = "the look-up did not list the account yet"
	byZero          exception = "a starting balance of 0 leaves nothing to be looked for"
	bySameName      exception = "another declaration of the same client and name took the account"
	byDelayedCommit exception = "the server stored an account after it was lost or forgotten"
	byKill          exception = "the run was killed before an account was saved"
	byUnavailable   exception = "a 503 with Retry-After had stored the account"
	byNoName        exception = "a batch without a name is not looked for"
	byVanishing     exception = "a batch vanished from the product"
	byTolerance     exception = "it was made within the 5 s by which a look may be off, and no listing was read before"
)

var exceptions = []exception{
	byReplacement, byForgetting, byWrongGuess, byOtherID, byInventedID, byOtherName, byEdit, byIgnore, byRefusal,
	byFailure, byLag, byZero, bySameName, byDelayedCommit, byKill, byUnavailable,
	byNoName, byVanishing, byTolerance,
}

// broken notes that something is not as promised.
func (w *world) broken(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.brokenLocked(format, args...)
}

func (w *world) brokenLocked(format string, args ...any) {
	if len(w.problems) == 20 {
		return // what follows is of the same cause
	}
	w.problems = append(w.problems, fmt.Sprintf("after step %d: ", len(w.steps))+fmt.Sprintf(format, args...))
}

// excuse counts an exception, once for each account.
func (w *world) excuse(e exception, account string) {
	if key := string(e) + account; account == "" || !w.counted[key] {
		w.counted[key] = true
		w.excused[e]++
	}
}

// stored reports whether a POST may have stored something, whatever the
// provider can know of it.
func (p *post) mayHaveStored() bool {
	switch {
	case p.fault == nil:
		return p.status < 400
	case p.status == 429, p.fault.class == outcomeRefused:
		return false
	}
	return p.fault.fault.Commit || p.fault.fault.CommitDelay > 0 || p.fault.class != outcomeUnavailable
}

// unclear reports whether the provider must take a POST for one that may have
// been processed, so that it may not be followed by another.
func (p *post) unclear() bool {
	switch {
	case p.status == 429:
		return false
	case p.fault == nil:
		return p.status < 400
	}
	return p.fault.class == outcomeUnknown || p.fault.class == outcomeTold
}

// pending: it may yet be stored.
func (p *post) pending() bool {
	return p.fault != nil && p.fault.class != outcomeRefused && time.Since(p.at) < 2*late+p.fault.fault.CommitDelay &&
		(p.fault.fault.CommitDelay > 0 || p.fault.fault.Delay > 0)
}

// judgePost is asked when a POST arrives, before anything is done with it: may
// it be there? It needs w.mu.
func (w *world) judgePost(p *post) {
	d := w.byMarker(p.marker)
	if d == nil {
		w.brokenLocked("a POST of an account that nobody declared: %q", p.marker)
		return
	}
	earlier := slices.Clone(d.posts)
	d.posts = append(d.posts, p)
	if p.process.phase != "apply" {
		w.brokenLocked("%s: a plan sent a POST", d.address)
		return
	}
	start := w.run.start
	held := start.of(d.marker)
	if held == nil {
		w.judgeSecond(d, start)
	}
	unavailable := false
	for _, q := range earlier {
		if q.process == p.process && q.unclear() {
			w.brokenLocked("%s: POST %d follows POST %d, whose outcome is unknown or told (%s)", d.address, p.number, q.number, q.faultName())
			return
		}
		unavailable = unavailable || q.process == p.process && q.fault != nil && q.fault.class == outcomeUnavailable
	}
	if !slices.ContainsFunc(earlier, (*post).mayHaveStored) {
		return
	}
	switch {
	case held == nil, w.gone[held.id()] && (!w.run.replace[d.address] || held.tainted):
	case d.allow, w.run.replace[d.address] && !held.tainted:
		w.excuse(byReplacement, "")
		return
	case held.key() != d.key() && (held.tainted || w.run.start.current[d.address] == nil):
		w.excuse(byOtherName, "")
		return
	case !unavailable:
		w.brokenLocked("%s: POST %d of an account that the state holds (id %q)", d.address, p.number, held.id())
		return
	}
	for _, account := range w.storedFor(d) {
		why, hidden := w.hidden(account, d, p, unavailable)
		if !hidden {
			w.brokenLocked("%s: POST %d although the account %s exists and can be seen", d.address, p.number, account.id)
			return
		}
		w.excuse(why, account.id)
		d.beside = why
		if unavailable {
			w.excuse(byUnavailable, account.id)
		}
	}
	if len(w.storedFor(d)) == 0 && slices.ContainsFunc(earlier, (*post).pending) {
		w.excuse(byDelayedCommit, "")
	}
}

// judgeSecond: the state holds an account of the same client and name.
func (w *world) judgeSecond(d *declared, start *engineState) {
	if d.allow {
		return
	}
	start.all(func(address string, _ bool, o *stateObject) {
		if o.key() != d.key() || w.gone[o.id()] || address == d.address && w.run.replace[address] {
			return
		}
		if other := w.declaredAt(address); o.tainted && other != nil && other.key() != o.key() {
			w.excuse(byOtherName, "")
		} else {
			w.brokenLocked("%s: a POST beside the account of the same client and name at %s", d.address, address)
		}
	})
}

// firstPostOf is when the first POST of a process arrived.
func (d *declared) firstPostOf(p *process) time.Time {
	for _, sent := range d.posts {
		if sent.process == p {
			return sent.at
		}
	}
	return time.Time{}
}

// hidden reports whether the look before a POST cannot see an account, and why.
func (w *world) hidden(account storedObject, d *declared, p *post, unavailable bool) (exception, bool) {
	listing := d.kind().listing(d.client)
	var first, last time.Time
	failures := map[string]int{}
	p.process.mu.Lock()
	defer p.process.mu.Unlock()
	troubled := p.process.lineBroken
	for _, g := range p.process.gets {
		if g.clean && g.path == listing {
			if last = g.at; first.IsZero() {
				first = g.at
			}
		}
		if !g.clean {
			failures[g.path]++
		}
		troubled = troubled || g.hopeless || failures[g.path] >= 4 || !g.clean && unavailable
	}
	// The look after a 503 is for what this process may have made, the one
	// before the first POST for what was there.
	seen := first
	own := unavailable && !account.createdAt.Add(-w.skew).Before(d.firstPostOf(p.process).Add(-time.Second))
	if own {
		seen = last
	}
	switch {
	case w.policy == "ignore" && !own:
		return byIgnore, true
	case d.kind() == batchKind && d.name == "" && !own:
		return byNoName, true
	case account.balance == "0" && d.kind() == accountKind:
		return byZero, true
	case slices.Contains(refusingFaults, w.weather.lookUps):
		return byRefusal, true
	case troubled:
		return byFailure, true
	case account.name != d.name || account.client != d.client || account.balance != d.balance || account.account != d.account:
		return byEdit, true
	case w.sameKey(d) > 1:
		return bySameName, true
	case slices.ContainsFunc(w.present(), func(other *declared) bool { return other != d && other.existing == account.id }):
		return byOtherID, true
	case !seen.IsZero() && account.createdAt.Add(-w.skew).Add(w.lag).After(seen.Add(-time.Second)):
		return byLag, true
	}
	return "", false
}

// check compares the state, the server and what was declared, after a run.
func (w *world) check(r *engineRun, killed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if killed {
		for _, p := range r.process.sent() {
			if d := w.byMarker(p.marker); d != nil && p.pending() && !w.state.guards(p.marker) {
				d.late = true
			}
		}
	}
	accounts := w.allStored()
	holders := map[string]string{}
	w.state.all(func(address string, deposed bool, o *stateObject) {
		id := o.id()
		if id == "" {
			if !o.tainted && !w.untainted[address] {
				w.brokenLocked("%s is guarded and not tainted", address)
			}
			return
		}
		if other, ok := holders[id]; ok && (!deposed || other != address) {
			switch {
			case r.endedEarly(killed) && w.passedOn(other, address):
			case w.misnamed(id, other, address):
				w.excuse(byOtherID, id)
			case w.justBefore(r, accounts, id):
				w.excuse(byTolerance, id)
			default:
				w.brokenLocked("%s and %s hold the same account %s", other, address, id)
			}
		}
		holders[id] = address
		exists := slices.ContainsFunc(accounts, func(a storedObject) bool { return strings.EqualFold(a.id, id) })
		switch {
		case exists:
		case w.gone[id]:
			w.excuse(byVanishing, id)
		case w.invented[id]:
			w.excuse(byInventedID, id)
		default:
			w.brokenLocked("%s holds the id %s, which does not exist", address, id)
		}
	})
	for _, account := range accounts {
		d := w.byMarker(account.marker)
		switch held := holders[account.id]; {
		case d == nil:
		case held != "":
			delete(w.fates, account.id)
		case w.fates[account.id] != "":
			w.excuse(w.fates[account.id], account.id)
		case w.state.guards(d.marker):
		default:
			if !w.fateOf(account, d, killed) {
				w.brokenLocked("%s: the account %s exists and is missing from the state", d.address, account.id)
			}
		}
	}
	if r.process != nil && !killed {
		w.checkProcess(r)
	}
}

// endedEarly reports whether a run may have left something of its plan undone.
func (r *engineRun) endedEarly(killed bool) bool {
	if killed || r.process == nil {
		return killed
	}
	r.process.mu.Lock()
	defer r.process.mu.Unlock()
	return !r.process.interrupted.IsZero()
}

// passedOn reports whether one of two addresses is not declared any more: an
// account that is taken over at another address is held at both until the old
// one is destroyed.
func (w *world) passedOn(addresses ...string) bool {
	return slices.ContainsFunc(addresses, func(address string) bool { return w.declaredAt(address) == nil })
}

// declaredAt gives what the configuration has at an address; nil for nothing.
func (w *world) declaredAt(address string) *declared {
	for _, d := range w.present() {
		if d.address == address {
			return d
		}
	}
	return nil
}

// justBefore reports whether an account was made so shortly before a POST of the
// run that the look after it took it for what the POST had made, without a
// listing from before that would have shown it.
func (w *world) justBefore(r *engineRun, accounts []storedObject, id string) bool {
	if w.policy != "ignore" && w.weather.lookUps == "" && w.weather.gets == 0 {
		return false
	}
	return slices.ContainsFunc(accounts, func(a storedObject) bool {
		return a.id == id && slices.ContainsFunc(r.process.sent(), func(p *post) bool {
			before := p.at.Sub(a.createdAt.Add(-w.skew))
			return before > 0 && before <= 6*time.Second
		})
	})
}

// misnamed reports whether a person gave one of two addresses an account that
// was made for another one.
func (w *world) misnamed(id string, addresses ...string) bool {
	return slices.ContainsFunc(addresses, func(address string) bool {
		d := w.declaredAt(address)
		return d != nil && d.existing == id && !slices.ContainsFunc(w.storedFor(d), func(s storedObject) bool { return s.id == id })
	})
}

// fateOf finds out why an account is not in the state; false where there is no
// reason for it.
func (w *world) fateOf(account storedObject, d *declared, killed bool) bool {
	why := exception("")
	switch {
	case killed:
		why = byKill
	case d.late:
		why = byDelayedCommit
	case slices.ContainsFunc(d.posts, func(p *post) bool {
		return p.fault != nil && p.fault.class == outcomeUnavailable && p.mayHaveStored()
	}):
		why = byUnavailable
	case w.sameKey(d) > 1:
		why = bySameName
	case slices.ContainsFunc(d.posts, func(p *post) bool { return p.fault != nil && p.fault.fault.CommitDelay > 0 }) && w.hasStrangers(d):
		why = byDelayedCommit // another one was there to be found meanwhile
	case d.beside != "" && slices.ContainsFunc(w.storedFor(d), func(s storedObject) bool { return s.id != account.id && w.state.holds(s.id) }):
		why = d.beside
	default:
		return false
	}
	w.fates[account.id] = why
	w.excuse(why, account.id)
	return true
}

// checkProcess looks at what the process of an apply sent.
func (w *world) checkProcess(r *engineRun) {
	p := r.process
	p.mu.Lock()
	defer p.mu.Unlock()
	unclear, ids := 0, false
	for _, sent := range p.posts {
		if !p.interrupted.IsZero() && sent.at.After(p.interrupted) {
			w.brokenLocked("POST %d of %s was begun after the interrupt", sent.number, sent.marker)
		}
		explained := p.lineBroken || sent.fault != nil && (sent.fault.fault.Cut != mockapi.CutNone || sent.fault.fault.Delay >= late || sent.fault.fault.DelayAnswer >= late)
		if sent.status == 0 && !explained {
			w.brokenLocked("POST %d of %s was cut before its answer", sent.number, sent.marker)
		}
		if sent.unclear() {
			unclear++
		}
		ids = ids || sent.fault == nil || sent.fault.class == outcomeTold || sent.fault.fault.Cut == mockapi.CutBody
		if told := sent.fault == nil && sent.status == 201 || sent.fault != nil && sent.fault.class == outcomeTold; told && !p.lineBroken {
			if o := w.state.of(sent.marker); o == nil || o.id() == "" {
				w.brokenLocked("POST %d of %s was answered with an id, which is not in the state", sent.number, sent.marker)
			}
		}
	}
	if !ids && unclear > 2+w.concurrency {
		w.brokenLocked("%d POSTs of unknown outcome were sent in a row", unclear)
	}
	if !p.interrupted.IsZero() && time.Since(p.interrupted) > 100*time.Second {
		w.brokenLocked("the run took %s to end after the interrupt", time.Since(p.interrupted))
	}
	if p.phase == "plan" && len(p.gets) > 0 && !w.state.asks() {
		w.brokenLocked("a plan without a guarded account or a batch sent %d requests", len(p.gets))
	}
}

// left is told that an apply destroyed an object. It is called by the engine.
func (w *world) left(r *engineRun, address string, o *stateObject, deposed bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	d := w.byMarker(o.marker())
	_, declared := r.resources[address]
	if declared && !deposed && !r.replace[address] && (d == nil || !d.allow) && d != nil && d.existing == "" && o.key() == d.key() {
		w.brokenLocked("%s was destroyed, and nobody asked for it", address)
	}
	w.forget(o)
}

// resolved is told that an apply changed an object.
func (w *world) resolved(_ *engineRun, prior, result *stateObject) {
	if prior.id() != "" || result.id() == "" {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if d := w.byMarker(result.marker()); d != nil {
		w.givenUp(d, byOtherID)
	}
}

// forget notes that a person gave an object up. It needs w.mu.
func (w *world) forget(o *stateObject) {
	if id := o.id(); id != "" {
		w.fates[id] = byForgetting
		return
	}
	if d := w.byMarker(o.marker()); d != nil {
		why := byWrongGuess
		if d.existing != "" {
			why = byOtherID
		}
		w.givenUp(d, why)
	}
}

// givenUp notes that nobody waits for an account of unknown outcome any more.
// It counts where the account is not in the state after the run.
func (w *world) givenUp(d *declared, why exception) {
	d.late = slices.ContainsFunc(d.posts, (*post).pending)
	for _, account := range w.storedFor(d) {
		if w.fates[account.id] == "" && !w.state.holds(account.id) {
			w.fates[account.id] = why
		}
	}
}

func (p *post) faultName() string {
	if p.fault == nil {
		return fmt.Sprintf("no fault, answered %d", p.status)
	}
	return p.fault.name
}
