package simulation

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// The person at the keyboard: what people do between two runs, right and wrong.

var namedObject = regexp.MustCompile(`(?:existing_account_id = "|import [0-9a-f-]{36}/)([0-9a-f-]{36})`)

// learn is what the person takes from the screen: objects that an error names.
func (s *scenario) learn(r *engineRun) {
	for _, said := range r.said {
		d, found := s.declaredAt(said.address), namedObject.FindStringSubmatch(said.details)
		exists := said.summary == sumExists || said.summary == sumBatchExists
		if said.failed && exists && d != nil && found != nil {
			s.exists[d] = found[1]
		}
	}
}

// live does everything of one seed.
func (s *scenario) live() {
	s.profile = s.newProfile()
	first := s.newRun()
	first.ending = s.newEnding()
	s.execute(first)
	for range 1 + s.random.IntN(4) {
		time.Sleep([]time.Duration{0, time.Second, time.Minute, time.Hour}[s.random.IntN(4)])
		r := s.newRunAfter()
		s.profile = faultProfile{}
		if s.percent(60) {
			s.profile = s.newProfile()
		}
		r.ending = s.newEnding()
		s.execute(r)
		if !r.process.dead() && !s.interrupted(r) && !r.planOnly && !r.failed() && s.percent(20) {
			s.judgeRest()
		}
		if len(s.problems) > 0 {
			return // nothing more is to be learned from this story
		}
	}
}

// isAnothers: the state has the object at two addresses, which may give it two
// names, or its id is one that a response gave wrongly.
func (s *scenario) isAnothers(o *stateObject) bool {
	if o == nil {
		return false
	}
	holders := 0
	s.state.all(func(_ string, _ bool, other *stateObject) {
		if other.id() != "" && strings.EqualFold(other.id(), o.id()) {
			holders++
		}
	})
	return holders > 1 || o.isLie()
}

// judgeRest: nothing is left to be done after an apply without errors.
func (s *scenario) judgeRest() {
	s.profile = faultProfile{}
	r := s.newRun()
	r.planOnly = true
	s.execute(r)
	for _, c := range r.changes {
		if c.act != actNothing && !s.isAnothers(c.before) {
			s.broken(ruleRest, "%s: after an apply without errors the plan wants to %s it", c.address, c.act)
		}
	}
	refreshMayFail := s.state.asks() && s.api.otherClients
	if r.failed() && !refreshMayFail {
		s.broken(ruleRest, "after an apply without errors the plan fails: %v", r.said)
	}
}

// newRunAfter changes something and gives the next run.
func (s *scenario) newRunAfter() *engineRun {
	before := s.state.clone()
	unresolved := s.unresolved()
	named := slices.SortedFunc(maps.Keys(s.exists), func(a, b *declared) int {
		return strings.Compare(a.marker, b.marker)
	})
	switch {
	case unresolved != nil && s.percent(70):
		s.resolve(unresolved)
	case len(named) > 0 && s.percent(60):
		s.answerExists(named[s.random.IntN(len(named))])
	default:
		s.mutate()
	}
	for s.percent(30) {
		s.mutate()
	}
	s.judgeRun(nil, before, false)
	r := s.newRun()
	if present := s.present(); len(present) > 0 && s.percent(20) {
		r.replace[present[s.random.IntN(len(present))].address] = true
	}
	r.planOnly = s.percent(8)
	return r
}

// unresolved gives a declaration whose outcome is unknown in the state, or nil.
func (s *scenario) unresolved() *declared {
	for _, d := range s.present() {
		if o := s.state.current[d.address]; o != nil && o.id() == "" {
			return d
		}
	}
	return nil
}

// resolve is one of the guide's ways out, rightly or wrongly.
func (s *scenario) resolve(d *declared) {
	time.Sleep(10 * time.Minute)
	id, right := "", s.percent(75)
	s.api.mu.Lock()
	for _, q := range s.state.current[d.address].posts {
		if q.made != nil && !s.state.containsID(q.made.id) {
			id = q.made.id
		}
	}
	s.api.mu.Unlock()
	switch exists := id != ""; {
	case exists == right: // the person says that it exists
		if !exists {
			id = s.wrongID(d)
		}
		if d.kind() == batchKind || s.percent(20) { // an import needs the address
			delete(s.state.current, d.address)
		}
		s.identify(d, id)
	case s.percent(50):
		delete(s.state.current, d.address)
	default:
		d.absent = true
	}
}

// identify is how a person says which object a declared one is: by the account's
// attribute, or by an import at an address that has nothing.
func (s *scenario) identify(d *declared, id string) {
	isFree := s.state.current[d.address] == nil
	switch {
	case d.kind() == accountKind && (!isFree || s.percent(60)):
		d.existing = id
	case isFree:
		s.importObject(d, id)
	}
}

// importObject imports at an address that has nothing.
func (s *scenario) importObject(d *declared, id string) {
	s.profile = faultProfile{}
	if s.percent(30) {
		s.profile = s.newProfile()
	}
	s.step("import at %s: %+v", d.address, s.profile)
	r := s.newRun()
	r.began = time.Now()
	s.run = runContext{number: s.run.number + 1, start: s.state.clone(), engine: r}
	if !r.begin("import") {
		s.broken(ruleEngine, "an import cannot begin: %v", r.said)
		return
	}
	defer r.process.end()
	imported, ok := r.imported(d.address, d.client+"/"+id)
	s.judgeImport(r, d, id, imported)
	if !ok {
		return
	}
	imported.declared, imported.named = d, true
	s.state.current[d.address] = imported
	if name := textIn(imported.value, "name"); d.name == "" || s.percent(50) && name != "" {
		d.name = name
	}
}

// judgeImport: imported is what is listed and has a name; and what is, can be imported.
func (s *scenario) judgeImport(r *engineRun, d *declared, id string, imported *stateObject) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	p, o := r.process, s.api.byID(id)
	isAccount := d.kind() == accountKind
	isListed := o != nil && slices.ContainsFunc(p.listings(d), func(r *read) bool { return r.has(id) })
	switch {
	case imported != nil && isAccount && (!isListed || p.nameOf(o) == "" || imported.key() != o.key()):
		s.broken(ruleImport, "%s was imported as %v; listed: %v", id, imported.value, isListed)
	case imported != nil && (o == nil || o.client != d.client): // the rest is read as at a refresh, from a copy too
		s.broken(ruleImport, "%s was imported as %v", id, imported.value)
	case imported != nil || o == nil || !s.lookupsWork() || o.client != d.client || o.kind != d.kind():
	default:
		seen := o
		if o.kind == accountKind {
			seen = o.first
		}
		if seen != nil && !seen.unlisted && seen.visibleFrom.Before(r.began) && s.api.names != "not returned" {
			s.broken(ruleImport, "%s is listed and has a name, and was not imported: %v", id, r.said)
		}
	}
}

// imported asks for an object by its import id, as the import command does.
func (r *engineRun) imported(address, importID string) (*stateObject, bool) {
	kind := kindAt(address)
	response := must(r.process.server.ImportResourceState(r.process.ctx, &tfprotov6.ImportResourceStateRequest{
		TypeName: kind.typeName, ID: importID,
	}))
	if r.note(address, "import", response.Diagnostics) {
		return nil, false
	}
	if len(response.ImportedResources) != 1 {
		r.scenario.broken(ruleEngine, "%s: importing %s gave %d objects", address, importID, len(response.ImportedResources))
		return nil, false
	}
	given := response.ImportedResources[0]
	value := r.schema(address).read(given.State)
	return r.read(address, &stateObject{kind: kind, value: value, private: given.Private})
}

// wrongID is an id of another object, or of none.
func (s *scenario) wrongID(d *declared) string {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	if objects := s.api.of(d.kind()); len(objects) > 0 && s.percent(60) {
		return objects[s.random.IntN(len(objects))].id
	}
	id := uuid.NewSHA1(uuid.Nil, fmt.Append(nil, s.seed, len(s.steps), "invented")).String()
	s.invented[id] = true
	return id
}

// answerExists is what people do when they are told that an object exists.
func (s *scenario) answerExists(d *declared) {
	id := s.exists[d]
	delete(s.exists, d)
	switch s.random.IntN(5) {
	case 0, 1:
		if s.state.current[d.address] == nil {
			s.identify(d, id)
		}
	case 2:
		s.policy = "adopt"
	case 3:
		if d.kind() == accountKind {
			d.alongside = append(d.alongside, id)
		}
	case 4:
		s.policy = "ignore"
	}
}

// mutate changes something, for no reason.
func (s *scenario) mutate() {
	present := s.present()
	if len(present) == 0 || s.percent(12) {
		s.putBack()
		return
	}
	d := present[s.random.IntN(len(present))]
	o := s.state.current[d.address]
	switch s.random.IntN(20) {
	case 0, 1:
		s.taint(d, true)
	case 2:
		s.taint(d, false)
	case 3, 4, 5:
		s.rename(d)
	case 6:
		d.absent = true
	case 7:
		delete(s.state.current, d.address)
	case 8:
		d.name += "!"
	case 9:
		d.balance = s.pick("100", "7")
	case 10, 11:
		s.permit(d)
	case 12:
		d.timeout, d.existing = s.pick("", "90s", "10m"), ""
	case 13:
		s.policy = s.pick("", "fail", "adopt", "ignore")
	case 14: // somebody makes one like it in the admin pages
		s.api.mu.Lock()
		defer s.api.mu.Unlock()
		s.api.store(foreign(d, s.pick(d.balance, "7")))
	case 15:
		d.cbd = !d.cbd
	case 16:
		if o == nil || o.id() == "" {
			s.identify(d, s.wrongID(d))
		}
	case 17, 18:
		s.useBatch()
	}
}

// putBack declares again what was taken out, or something new.
func (s *scenario) putBack() {
	for _, d := range s.declared {
		if d.absent && s.percent(60) {
			d.absent, d.existing = false, ""
			return
		}
	}
	s.declare()
}

// taint is what the engine's commands taint and untaint do.
func (s *scenario) taint(d *declared, tainted bool) {
	if o := s.state.current[d.address]; o != nil && o.tainted != tainted {
		changed := *o
		changed.tainted = tainted
		s.state.current[d.address] = &changed
		s.untainted[d.address] = !tainted
	}
}

// permit lists an account, mostly the own one, and leaves it listed.
func (s *scenario) permit(d *declared) {
	o := s.state.current[d.address]
	switch {
	case d.kind() != accountKind:
	case o != nil && o.id() != "" && s.percent(80):
		d.alongside = append(d.alongside, o.id())
	case len(d.alongside) > 0 && s.percent(30):
		d.alongside = nil
	default:
		d.alongside = append(d.alongside, s.wrongID(d))
	}
}

// useBatch takes all credits of some batch; it may be archived then, or not be listed any more.
func (s *scenario) useBatch() {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	batches := slices.DeleteFunc(slices.Clone(s.api.objects), func(o *stored) bool { return o.kind != batchKind })
	if len(batches) == 0 {
		return
	}
	b := batches[s.random.IntN(len(batches))]
	b.current = "0"
	switch s.random.IntN(3) {
	case 0:
		b.status = "archived"
	case 1:
		b.unlisted = true
	}
}

// rename gives a declaration another key, with or without telling the engine.
func (s *scenario) rename(d *declared) {
	old := d.address
	renamed := strings.TrimSuffix(old, `"]`) + `x"]`
	if s.state.current[renamed] != nil {
		return
	}
	d.address = renamed
	if o := s.state.current[old]; o != nil && s.percent(40) { // a moved block
		delete(s.state.current, old)
		s.state.current[d.address] = o
		s.state.deposed[d.address] = s.state.deposed[old]
		delete(s.state.deposed, old)
		s.untainted[d.address] = s.untainted[old]
	}
}
