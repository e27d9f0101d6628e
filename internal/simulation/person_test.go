package simulation

import (
	"encoding/json"
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

// learn is what the person takes from the screen.
func (s *scenario) learn(r *engineRun) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	for _, t := range r.said {
		if !t.failed {
			continue
		}
		s.met["said: "+t.summary]++
		if t.summary != sumExists && t.summary != sumBatchExists {
			continue
		}
		if found := namedObject.FindStringSubmatch(t.details); found != nil {
			if d := s.declaredAt(t.address); d != nil {
				s.exists[d] = found[1]
			}
			if o := s.api.byID(found[1]); o != nil && o.post != nil && o.post.fate == byKill {
				s.met["a later run names what a kill had left"]++
			}
		}
	}
}

// live does everything of one seed.
func (s *scenario) live() {
	s.profile = s.newProfile()
	s.execute(s.newRun(), s.ending())
	for range 1 + s.random.IntN(4) {
		time.Sleep([]time.Duration{0, time.Second, time.Minute, time.Hour}[s.random.IntN(4)])
		r := s.newRunAfter()
		s.profile = faultProfile{}
		if s.percent(60) {
			s.profile = s.newProfile()
		}
		s.execute(r, s.ending())
		if !r.process.dead() && !s.interrupted(r) && !r.planOnly && !r.failed() && s.percent(20) {
			s.judgeRest()
		}
		if s.isOver() {
			return
		}
	}
}

func (s *scenario) ending() string {
	if s.percent(60) {
		return endsNormally
	}
	return s.pick(killAtPost, killAtResult, killInTime, interruptPost, interruptAfter)
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
	s.execute(r, endsNormally)
	for _, c := range r.changes {
		if c.act != actNothing && !s.isAnothers(c.before) {
			s.broken(ruleRest, "%s: after an apply without errors the plan wants to %s it", c.address, c.act)
		}
	}
	refreshMayFail := s.state.asks() && (s.api.cache.stubborn || s.api.otherClients)
	if r.failed() && !refreshMayFail {
		s.broken(ruleRest, "after an apply without errors the plan fails: %v", r.said)
	}
}

// newRunAfter changes something and gives the next run.
func (s *scenario) newRunAfter() *engineRun {
	what, before := "", s.state.clone()
	unresolved := s.unresolved()
	named := slices.SortedFunc(maps.Keys(s.exists), func(a, b *declared) int {
		return strings.Compare(a.marker, b.marker)
	})
	switch {
	case unresolved != nil && s.percent(70):
		what = s.resolve(unresolved)
	case len(named) > 0 && s.percent(60):
		what = s.answerExists(named[s.random.IntN(len(named))])
	default:
		what = s.mutate()
	}
	for s.percent(30) {
		what += "; " + s.mutate()
	}
	s.step("person: %s", what)
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
func (s *scenario) resolve(d *declared) string {
	time.Sleep(10 * time.Minute)
	id := ""
	s.api.mu.Lock()
	for _, q := range s.state.current[d.address].posts {
		if q.made != nil && !s.state.containsID(q.made.id) {
			id = q.made.id
		}
	}
	s.api.mu.Unlock()
	right := s.percent(75)
	switch {
	case (id != "") == right && id != "":
		s.identifyUnresolved(d, id)
		return fmt.Sprintf("%s exists: %s", d.address, id)
	case id == "" && !right:
		id = s.wrongID(d)
		s.identifyUnresolved(d, id)
		return fmt.Sprintf("%s exists (wrong): %s", d.address, id)
	case s.percent(50):
		delete(s.state.current, d.address)
		return fmt.Sprintf("%s does not exist (right=%v): state rm", d.address, right)
	}
	d.absent = true
	return fmt.Sprintf("%s does not exist (right=%v): taken out", d.address, right)
}

// identifyUnresolved is identify for what is unresolved in the state: an import needs it to be taken out first.
func (s *scenario) identifyUnresolved(d *declared, id string) {
	if d.kind() == batchKind || s.percent(20) {
		delete(s.state.current, d.address)
	}
	s.identify(d, id)
}

// identify is how a person says which object a declared one is: by the account's
// attribute, or by an import at an address that has nothing.
func (s *scenario) identify(d *declared, id string) {
	if d.kind() == accountKind && (s.state.current[d.address] != nil || s.percent(60)) {
		d.existing = id
		return
	}
	if s.state.current[d.address] != nil {
		return
	}
	if d.kind() == accountKind && s.percent(25) {
		s.move(d, id)
		return
	}
	s.importObject(d, id)
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
		s.met["an import is refused"]++
		return
	}
	s.met["an import of "+d.kind().typeName]++
	s.give(d, imported)
	if name := textIn(imported.value, "name"); d.name == "" || s.percent(50) && name != "" {
		d.name = name
	}
}

// give puts an object that a person named into the state.
func (s *scenario) give(d *declared, o *stateObject) {
	o.declared, o.named = d, true
	s.state.current[d.address] = o
}

// judgeImport: imported is what is listed and has a name; and what is, can be imported.
func (s *scenario) judgeImport(r *engineRun, d *declared, id string, imported *stateObject) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	p, o, a := r.process, s.api.byID(id), s.api
	isListed := o != nil && slices.ContainsFunc(p.listings(d), func(r *read) bool { return r.has(id) })
	switch {
	case imported != nil && (!isListed || d.kind() == accountKind && p.nameOf(o) == ""):
		s.brokenLocked(ruleImport, "%s was imported; listed: %v", id, isListed)
	case imported != nil && d.kind() == accountKind && imported.key() != o.key():
		s.brokenLocked(ruleImport, "%s was imported as %v", id, imported.value)
	case imported != nil || o == nil || !s.lookupsWork() || o.client != d.client || o.kind != d.kind():
	default:
		seen := o
		if o.kind == accountKind {
			seen = o.first
		}
		if seen != nil && !seen.unlisted && seen.visibleFrom.Before(r.began) && a.names != "not returned" {
			s.brokenLocked(ruleImport, "%s is listed and has a name, and was not imported: %v", id, r.said)
		}
	}
}

// move takes an account over from a terraform_data whose input describes it.
func (s *scenario) move(d *declared, id string) {
	r := s.newRun()
	s.run = runContext{number: s.run.number + 1, start: s.state.clone(), engine: r}
	if !r.begin("move") {
		s.broken(ruleEngine, "a move cannot begin: %v", r.said)
		return
	}
	defer r.process.end()
	input := object{
		"id": id, "clientId": d.client, "name": d.name, "startingBalance": json.Number(d.balance),
		"notifyEmails": []any{d.marker}, "licenseIds": []any{},
	}
	incomplete := s.pick("", "", "", "id", "clientId", "name")
	delete(input, incomplete)
	moved, ok := r.moved(d.address, input)
	if s.met["a move"]++; incomplete != "" {
		if ok {
			s.broken(ruleMove, "%s was moved without its %s: %v", d.address, incomplete, moved.value)
		}
		return
	}
	if !ok {
		s.broken(ruleMove, "%s was not moved: %v", d.address, r.said)
		return
	}
	wanted := r.schema(d.address).whole(object{
		"client_id": d.client, "id": id, "name": d.name, "starting_balance": json.Number(d.balance),
	})
	if !keepsTo(wanted, moved.value) || r.process.gets > 0 {
		s.broken(ruleMove, "%s became %v, with %d requests", d.address, moved.value, r.process.gets)
	}
	s.give(d, moved)
}

// moved asks for an object as the engine does for a moved block that leads from another type.
func (r *engineRun) moved(address string, input object) (*stateObject, bool) {
	types := object{}
	for name, value := range input {
		switch value.(type) {
		case json.Number:
			types[name] = "number"
		case string:
			types[name] = "string"
		default:
			types[name] = []any{"tuple", []any{}}
		}
	}
	raw := must(json.Marshal(object{
		"id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "input": object{"type": []any{"object", types}, "value": input},
	}))
	response := must(r.process.server.MoveResourceState(r.process.ctx, &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: "terraform.io/builtin/terraform", SourceTypeName: "terraform_data",
		SourceState: &tfprotov6.RawState{JSON: raw}, TargetTypeName: kindAt(address).typeName,
	}))
	value := r.schema(address).read(response.TargetState)
	if r.note(address, "move", response.Diagnostics) {
		return nil, false
	}
	return &stateObject{
		kind: kindAt(address), value: value, private: response.TargetPrivate,
		identity: r.identityFor(response.TargetIdentity),
	}, true
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
	r.judgePrivate(address, given.Private)
	return r.read(address, &stateObject{
		kind: kind, value: value, private: given.Private, identity: r.identityFor(given.Identity),
	})
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
func (s *scenario) answerExists(d *declared) string {
	id := s.exists[d]
	delete(s.exists, d)
	switch s.random.IntN(5) {
	case 0, 1:
		if s.state.current[d.address] == nil {
			s.identify(d, id)
		}
		return fmt.Sprintf("%s is %s", d.address, id)
	case 2:
		s.policy = "adopt"
		return "adopt what exists"
	case 3:
		if d.kind() == batchKind {
			return "nothing"
		}
		d.alongside = append(d.alongside, id)
		return fmt.Sprintf("%s: create_alongside %s", d.address, id)
	}
	s.policy = "ignore"
	return "ignore what exists"
}

// mutate changes something, for no reason.
func (s *scenario) mutate() string {
	present := s.present()
	if len(present) == 0 || s.percent(12) {
		for _, d := range s.declared {
			if d.absent && s.percent(60) {
				d.absent, d.existing = false, ""
				return "put back " + d.address
			}
		}
		return "declared " + s.declare().address
	}
	d := present[s.random.IntN(len(present))]
	o := s.state.current[d.address]
	switch s.random.IntN(21) {
	case 0, 1:
		if o == nil {
			return "nothing"
		}
		tainted := *o
		tainted.tainted = true
		s.state.current[d.address] = &tainted
		delete(s.untainted, d.address)
		return "tainted " + d.address
	case 2:
		return s.untaint()
	case 3, 4, 5:
		return s.rename(d)
	case 6:
		d.absent = true
		return "took out " + d.address
	case 7:
		delete(s.state.current, d.address)
		return "state rm " + d.address
	case 8:
		d.name += "!"
		return "renamed the object of " + d.address
	case 9:
		d.balance = s.pick("100", "7")
		return fmt.Sprintf("%s: balance %s", d.address, d.balance)
	case 10, 11:
		return s.permitAlongside(d)
	case 12:
		d.timeout, d.existing = s.pick("", "90s", "10m"), ""
		return d.address + ": other timeouts, no existing_account_id"
	case 13:
		s.policy = s.pick("", "fail", "adopt", "ignore")
		return "policy " + s.policy
	case 14:
		s.api.mu.Lock()
		defer s.api.mu.Unlock()
		s.api.store(foreign(d, s.pick(d.balance, "7")))
		return "somebody made one like " + d.address + " in the admin pages"
	case 15:
		d.cbd = !d.cbd
		return fmt.Sprintf("%s: create_before_destroy %v", d.address, d.cbd)
	case 16:
		if o != nil && o.id() != "" {
			return "nothing"
		}
		id := s.wrongID(d)
		s.identify(d, id)
		return fmt.Sprintf("%s is said to be %s", d.address, id)
	case 17, 18:
		return s.use()
	case 19:
		d.label = s.pick("", "Seats")
		return fmt.Sprintf("%s: label %q", d.address, d.label)
	}
	return "nothing"
}

// permitAlongside lists an account, mostly the own one, and leaves it listed.
func (s *scenario) permitAlongside(d *declared) string {
	if d.kind() != accountKind {
		return "nothing"
	}
	id, o := "", s.state.current[d.address]
	switch {
	case o != nil && o.id() != "" && s.percent(80):
		id = o.id()
	case len(d.alongside) > 0 && s.percent(30):
		d.alongside = nil
		return d.address + ": no create_alongside"
	default:
		id = s.wrongID(d)
	}
	d.alongside = append(d.alongside, id)
	return fmt.Sprintf("%s: create_alongside %s", d.address, id)
}

// use takes credits of some batch, or all, or the batch expires and is not listed any more.
func (s *scenario) use() string {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	batches := slices.DeleteFunc(slices.Clone(s.api.objects), func(o *stored) bool { return o.kind != batchKind })
	if len(batches) == 0 {
		return "nothing"
	}
	b := batches[s.random.IntN(len(batches))]
	b.current = "0"
	switch s.random.IntN(3) {
	case 0:
		b.status = "archived"
	case 1:
		b.unlisted = true
		s.met["a batch is used up and not listed any more"]++
	}
	return fmt.Sprintf("the batch %s is used up (%s, unlisted: %v)", b.id, b.status, b.unlisted)
}

func (s *scenario) untaint() string {
	for _, address := range slices.Sorted(maps.Keys(s.state.current)) {
		if o := s.state.current[address]; o.tainted {
			plain := *o
			plain.tainted = false
			s.state.current[address] = &plain
			s.untainted[address] = true
			return "untainted " + address
		}
	}
	return "nothing to untaint"
}

// rename gives a declaration another key, with or without telling the engine.
func (s *scenario) rename(d *declared) string {
	old := d.address
	d.address = strings.TrimSuffix(old, `"]`) + `x"]`
	if s.state.current[d.address] != nil {
		d.address = old
		return "nothing"
	}
	if o := s.state.current[old]; o != nil && s.percent(40) {
		delete(s.state.current, old)
		s.state.current[d.address] = o
		s.state.deposed[d.address] = s.state.deposed[old]
		delete(s.state.deposed, old)
		s.untainted[d.address] = s.untainted[old]
		return fmt.Sprintf("moved %s to %s", old, d.address)
	}
	return fmt.Sprintf("renamed %s to %s without a moved block", old, d.address)
}
