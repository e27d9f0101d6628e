package simulation

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// The oracle: what is promised of each request, of what comes of each
// creation, and of the state after each run. README.md says the same in
// words. It judges by what a process was shown, and by the truth of the server.

func (s *scenario) broken(format string, args ...any) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	s.brokenLocked(format, args...)
}

func (s *scenario) brokenLocked(format string, args ...any) {
	if len(s.problems) == 20 {
		return // what follows is of the same cause
	}
	s.problems = append(s.problems, fmt.Sprintf("pipeline %d after step %d: ", s.pipeline, len(s.steps))+fmt.Sprintf(format, args...))
}

// arrive judges a request, before anything is done with it. It needs api.mu.
func (x *exchange) arrive(began time.Time) {
	p := x.process
	s := p.scenario
	// With connections that are slow to come, what began before may come later by another one.
	if s.profile.dials == 0 && began.After(p.heldSince) && began.Before(p.heldUntil) {
		s.brokenLocked("%s %s began %s before the time that a response told", x.request.Method, x.request.URL.Path, p.heldUntil.Sub(began))
	}
	p.starts = append(p.starts, began)
	inMinute := 0
	for _, start := range p.starts {
		if start.After(began.Add(-time.Minute)) && !start.After(began) {
			inMinute++
		}
	}
	if s.perMinute > 0 && inMinute > s.perMinute {
		s.brokenLocked("%d requests within a minute, %d are allowed", inMinute, s.perMinute)
	}
	if x.request.Method == http.MethodGet {
		p.gets++
		s.judgeQuestion(p, x.request.URL.Path)
	}
	if x.request.Method == http.MethodPost {
		x.post = p.arrived(began, x.body)
	}
}

// judgeQuestion: a name that was returned is not asked for again.
func (s *scenario) judgeQuestion(p *process, path string) {
	for _, r := range p.reads {
		if r.path == path && r.name != "" && !r.complete.IsZero() && strings.HasSuffix(path, "/creditActions") {
			s.brokenLocked("a name that the API returned is asked for again: %s", path)
			return
		}
	}
}

// arrived notes a POST, and judges whether it may be sent. It needs api.mu.
func (p *process) arrived(began time.Time, body object) *post {
	s := p.scenario
	q := &post{number: len(s.posts) + 1, process: p, began: began}
	for _, kind := range simulatedKinds {
		marker := kind.sent(body)
		for _, d := range s.declared {
			if marker != "" && d.marker == marker {
				q.declared = d
			}
		}
	}
	s.posts, p.posts = append(s.posts, q), append(p.posts, q)
	if q.declared == nil {
		q.declared = &declared{}
		s.brokenLocked("a POST of what nobody declared: %v", body)
		return q
	}
	if p.phase != "apply" {
		s.brokenLocked("%s: a %s sent it", q, p.phase)
	}
	if !p.interrupted.IsZero() && began.After(p.interrupted) {
		s.brokenLocked("%s was begun after the interrupt", q)
	}
	s.judgeRepetition(q)
	s.judgeBreaker(q)
	s.judgeOneRule(q)
	s.judgeLookup(q)
	if s.onPost != nil {
		s.onPost(len(p.posts))
	}
	return q
}

// judgeRepetition: only a 429 is followed by another POST, and POSTs of one key
// go one after the other.
func (s *scenario) judgeRepetition(q *post) {
	for _, e := range q.process.posts {
		switch {
		case e == q:
		case e.declared == q.declared && e.outcome != outcomeLimited:
			s.brokenLocked("%s follows %s, whose outcome was not a refusal by the rate limit", q, e)
		case e.outcome == underWay && e.declared.key() == q.declared.key():
			s.brokenLocked("%s is sent while %s is under way", q, e)
		}
	}
}

// judgeBreaker: no POST begins after three unknown outcomes in a row.
func (s *scenario) judgeBreaker(q *post) {
	var ended []*post
	for _, e := range q.process.posts {
		if e != q && e.outcome != underWay && e.ended.Before(q.began) {
			ended = append(ended, e)
		}
	}
	slices.SortStableFunc(ended, func(a, b *post) int { return a.ended.Compare(b.ended) })
	row := 0
	for _, e := range ended {
		switch e.outcome {
		case outcomeUnknown:
			row++
		case outcomeCreated:
			row = 0
		}
	}
	if s.profile.dials > 0 { // what has its turn may still wait for a connection
		row -= s.concurrency
	}
	if row >= 3 {
		s.brokenLocked("%s begins after %d unknown outcomes in a row", q, row)
	}
}

// judgeOneRule: no second object of what the state has, or the same plan makes.
func (s *scenario) judgeOneRule(q *post) {
	d := q.declared
	s.run.start.all(func(address string, _ bool, o *stateObject) {
		switch {
		case o.key() != d.key():
		case o.id() == "":
			s.brokenLocked("%s: the state has an unresolved one at %s", q, address)
		case !lists(d.alongside, o.id()):
			s.brokenLocked("%s: the state has %s at %s, which create_alongside does not list", q, o.id(), address)
		default:
			s.explain(byPermission, o.id())
		}
	})
	for _, other := range s.present() {
		tracked := s.run.start.current[other.address]
		if other.address != d.address && other.key() == d.key() && tracked == nil && (other.existing == "" || !lists(d.alongside, other.existing)) {
			s.brokenLocked("%s: the same plan makes another one at %s", q, other.address)
		}
	}
}

// listingOf is the path that shows what a client has.
func listingOf(client string) string { return "/incoming/v2/clients/" + client + "/creditBatches" }

// snapshot is the first listing that a process read to its end; nil for none.
func (p *process) snapshot(d *declared, before time.Time) (first *read) {
	for _, r := range p.listings(d) {
		if !r.complete.After(before) && (first == nil || r.complete.Before(first.complete)) {
			first = r
		}
	}
	return first
}

// listings are those that a process read to their end and that show what a declaration may be.
func (p *process) listings(d *declared) (found []*read) {
	for _, r := range p.reads {
		if r.path == listingOf(d.client) && !r.complete.IsZero() && (r.account == "" || d.kind() == batchKind && strings.EqualFold(r.account, d.account)) {
			found = append(found, r)
		}
	}
	return found
}

// candidates are the objects of a listing that can be what is declared, and when
// the listing showed that they were made: accounts of its starting balance, or
// batches that are it.
func (s *scenario) candidates(r *read, d *declared, p *process) map[*stored]time.Time {
	first, found := map[string]*stored{}, map[*stored]time.Time{}
	unclear := map[string]bool{} // accounts with several first batches
	for b := range r.shown {
		if d.kind() == batchKind {
			if d.alike(b) {
				found[b] = b.createdAt
			}
		} else if f := first[b.account]; b.account != "" && (f == nil || b.createdAt.Before(f.createdAt)) {
			first[b.account] = b
		}
	}
	for b := range r.shown {
		if f := first[b.account]; f != nil && b.createdAt.Equal(f.createdAt) && amount(b.balance) != amount(f.balance) {
			unclear[b.account] = true
		}
	}
	for id, b := range first {
		if !unclear[id] && amount(b.balance) == amount(d.balance) {
			found[s.api.byID(id)] = b.createdAt
		}
	}
	maps.DeleteFunc(found, func(o *stored, _ time.Time) bool {
		return o.post != nil && o.post.process == p || p.claimed[strings.ToLower(o.id)] || lists(d.alongside, o.id)
	})
	return found
}

// nameOf is the name of an object as it was returned to a process; known is false
// where it was not returned, or could not read the response.
func (p *process) nameOf(o *stored) (name string, known bool) {
	if o.kind == batchKind {
		return o.name, true
	}
	for _, r := range p.reads {
		if r.path == actionsOf(o) && (!r.complete.IsZero() || r.name != "") {
			if name, known = r.name, true; name != "" {
				break
			}
		}
	}
	return name, known
}

func actionsOf(o *stored) string {
	return "/incoming/v2/clients/" + o.client + "/creditAccount/" + o.id + "/creditActions"
}

// judgeLookup is the lookup before a POST: complete, or refused; and nothing
// like it among what it showed. What exists all the same must be explained.
func (s *scenario) judgeLookup(q *post) {
	d, p := q.declared, q.process
	var exist []*stored
	for _, o := range s.api.of(d.kind()) {
		if d.alike(o) && (o.post == nil || o.post.process != p) && !lists(d.alongside, o.id) {
			exist = append(exist, o)
		}
	}
	explainAll := func(e explanation) {
		for _, o := range exist {
			s.explain(e, o.id)
		}
	}
	r := p.snapshot(d, time.Now())
	switch {
	case s.policy == "ignore":
		explainAll(byIgnore)
		return
	case d.kind() == batchKind && d.name == "":
		explainAll(byNoName)
		return
	case r == nil && p.refused[listingOf(d.client)]:
		explainAll(byRefusal)
		return
	case r == nil:
		s.brokenLocked("%s: no listing was read to its end before it", q)
		return
	}
	candidates := s.candidates(r, d, p)
	noNames := !slices.ContainsFunc(p.reads, func(r *read) bool { return r.name != "" })
	for o := range candidates {
		name, known := p.nameOf(o)
		same := slices.Contains(exist, o)
		switch {
		case name != "" && sameNameForm(name) == sameNameForm(d.name):
			s.brokenLocked("%s: the process was shown that %s exists", q, o.id)
		case name != "":
		case p.refused[actionsOf(o)]:
			if same {
				s.explain(byNameRefusal, o.id)
			}
		case known && noNames:
			if same {
				s.explain(byNoNames, o.id)
			}
		default:
			s.brokenLocked("%s: the name of the candidate %s (one of %d) was not read before it (response without a name: %v)", q, o.id, len(candidates), known)
		}
	}
	for _, o := range exist {
		if candidates[o].IsZero() && !p.claimed[strings.ToLower(o.id)] && !s.explainUnlisted(o, d, r) {
			s.brokenLocked("%s: %s exists, and nothing explains that the lookup did not find it", q, o.id)
		}
	}
}

// judgeCreation judges what an engine was given for a creation.
func (s *scenario) judgeCreation(p *process, d *declared, o *stateObject) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	id := o.id()
	var q *post
	for _, e := range p.posts {
		if e.declared == d {
			o.posts = append(o.posts, e)
			if e.outcome != outcomeLimited {
				q = e
			}
		}
	}
	o.declared = d
	defer func() { p.claimed[strings.ToLower(id)] = true }()
	switch {
	case d.existing != "":
		if o.named = true; q != nil || !strings.EqualFold(d.existing, id) {
			s.brokenLocked("%s: taking over %s gave %q", d.address, d.existing, id)
		}
	case q == nil && id == "":
		s.brokenLocked("%s is unresolved, and no POST left", d.address)
	case q == nil:
		s.judgeAdoption(p, d, id)
	case q.outcome == outcomeCreated && strings.EqualFold(q.id, id) && (q.made == nil || !strings.EqualFold(q.made.id, id)):
		if p.tracked[strings.ToLower(id)] {
			s.brokenLocked("%s: its response gave %s, which the state has, and it was taken", q, id)
		}
		s.lied(q, id)
	case id == "":
		s.judgeUnresolved(q)
	case q.made != nil && strings.EqualFold(q.made.id, id):
		if q.outcome == outcomeUnknown {
			s.met["adopted after an unknown outcome"]++
		}
	default:
		s.judgeMistake(q, id)
	}
}

func (s *scenario) lied(q *post, id string) {
	if s.api.byID(id) == nil {
		s.invented[strings.ToLower(id)] = true
	}
	q.fate = byLie
}

// judgeAdoption: nothing was sent, and one that exists was taken.
func (s *scenario) judgeAdoption(p *process, d *declared, id string) {
	s.met["adopted before a POST"]++
	r := p.snapshot(d, time.Now())
	if s.policy != "adopt" || r == nil {
		s.brokenLocked("%s: %s was adopted; policy %q, listing read: %v", d.address, id, s.policy, r != nil)
		return
	}
	found := slices.DeleteFunc(slices.Collect(maps.Keys(s.candidates(r, d, p))), func(o *stored) bool {
		name, _ := p.nameOf(o)
		return sameNameForm(name) != sameNameForm(d.name)
	})
	if len(found) != 1 || !strings.EqualFold(found[0].id, id) || p.tracked[strings.ToLower(id)] {
		s.brokenLocked("%s: %s was adopted, of %d that the lookup showed; tracked: %v", d.address, id, len(found), p.tracked[strings.ToLower(id)])
	}
}

// found are the objects that a listing shows as what a POST of unknown outcome made.
func (s *scenario) found(r *read, q *post) []*stored {
	d, p := q.declared, q.process
	before := p.snapshot(d, q.began)
	low, consistent := p.clock()
	return slices.DeleteFunc(slices.Collect(maps.Keys(s.candidates(r, d, &process{claimed: p.claimed}))), func(o *stored) bool {
		seen := o
		if o.first != nil {
			seen = o.first
		}
		name, _ := p.nameOf(o)
		switch {
		case p.tracked[strings.ToLower(o.id)], sameNameForm(name) != sameNameForm(d.name) && (o.kind == accountKind || d.name != ""):
			return true
		case before != nil && s.policy != "ignore":
			return !before.shown[seen].IsZero()
		}
		return !consistent || seen.createdAt.Add(6*time.Second).Before(q.began.Add(low))
	})
}

// clock is how far the server's clock is ahead, at least, as its responses said.
func (p *process) clock() (low time.Duration, consistent bool) {
	if len(p.offsets) == 0 {
		return 0, false
	}
	low = slices.Min(p.offsets)
	return low, slices.Max(p.offsets)-low <= 5*time.Second
}

// judgeMistake: after an unknown outcome, something was adopted that the POST did not make.
func (s *scenario) judgeMistake(q *post, id string) {
	for _, r := range q.process.listings(q.declared) {
		if found := s.found(r, q); !r.began.Before(q.began) && len(found) == 1 && strings.EqualFold(found[0].id, id) {
			q.fate = byMistake
			return
		}
	}
	s.brokenLocked("%s: %s was adopted, which it did not make, and no lookup showed it alone", q, id)
}

// judgeUnresolved: what can be found is found.
func (s *scenario) judgeUnresolved(q *post) {
	d, p, f := q.declared, q.process, s.profile
	if q.outcome == outcomeRefused {
		s.brokenLocked("%s was refused, and is kept as unresolved", q)
	}
	if q.outcome == outcomeCreated && q.made != nil && q.id == q.made.id {
		s.brokenLocked("%s: its response told the id %s, and it is kept as unresolved", q, q.id)
	}
	seen := q.made
	if seen != nil && seen.kind == accountKind {
		seen = q.made.first
	}
	undisturbed := f.gets == 0 && f.lookups == "" && f.names == "" && f.dials == 0 && f.twins == 0 && s.api.limit.number == 0 && s.perMinute == 0 &&
		s.api.emptyPage == 0 && s.api.names != "not returned" && p.interrupted.IsZero() && s.timeout != "5s" &&
		!slices.ContainsFunc(p.posts, func(e *post) bool { return e.fault != nil && e.fault.retryAfter != "" })
	if !undisturbed || seen == nil || seen.visibleFrom.After(q.ended.Add(20*time.Second)) || p.snapshot(d, q.began) == nil || s.policy == "ignore" {
		return
	}
	others := slices.DeleteFunc(s.api.of(d.kind()), func(o *stored) bool { return o == q.made || !d.alike(o) })
	if len(others) == 0 {
		s.brokenLocked("%s made %s, which could be found, and is kept as unresolved", q, q.made.id)
	}
}

// judgeRun compares the state, the server and what was sent, after a run or
// after what a person did to the state (then r is nil).
func (s *scenario) judgeRun(r *engineRun, before *engineState, killed bool) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	s.settle(r, before, killed)
	s.judgeState()
	s.judgeObjects()
	if r != nil && !killed {
		s.judgeProcess(r)
		s.judgePromise(r)
	}
}

// settle finds for each POST what answers for it: an object of the state, its
// own refusal, or the fate of what the state had of it.
func (s *scenario) settle(r *engineRun, before *engineState, killed bool) {
	now, had := s.state.posts(), before.posts()
	for _, q := range s.posts {
		o := had[q]
		switch {
		case now[q] != nil, q.fate != "", q.outcome == outcomeRefused, q.outcome == outcomeLimited:
		case o != nil && o.id() == "" && q.declared.existing != "":
			q.fate = byOtherID
		case o != nil && o.id() != "" && o.tainted && s.renamed(o):
			q.fate = byOtherName
		case o != nil && o.id() == "":
			if q.fate = byGuess; r != nil && s.renamed(o) && before.current[o.declared.address] == o {
				s.brokenLocked("%s is unresolved, and was forgotten because of another name at its address", q)
			}
		case o != nil:
			q.fate = byForgetting
		case killed && q.process == s.run.engine.process:
			q.fate = byKill
		default:
			s.brokenLocked("%s (outcome %d) has left nothing in the state", q, q.outcome)
			q.fate = byKill
		}
	}
}

// renamed: the configuration has another client or name at the address of an object.
func (s *scenario) renamed(o *stateObject) bool {
	return o.declared != nil && s.declaredAt(o.declared.address) == o.declared && o.declared.key() != o.key()
}

// judgeState: each object of the state is what it says, once.
func (s *scenario) judgeState() {
	holders := map[string]*stateObject{}
	s.state.all(func(address string, _ bool, o *stateObject) {
		id := strings.ToLower(o.id())
		if id == "" {
			if !o.tainted && !s.untainted[address] {
				s.brokenLocked("%s is unresolved and not tainted", address)
			}
			return
		}
		if other := holders[id]; other != nil {
			switch lied := func(o *stateObject) bool {
				return slices.ContainsFunc(o.posts, func(q *post) bool { return q.fate == byLie || q.fate == byMistake })
			}; {
			case o.named || other.named:
				s.explain(byNaming, id)
			case lied(o) || lied(other):
				s.explain(byMistake, id)
			default:
				s.brokenLocked("two resources have %s, one at %s", id, address)
			}
		}
		holders[id] = o
		switch exists := s.api.byID(id) != nil; {
		case exists:
		case s.invented[id]:
			s.explain(byInvention, id)
		default:
			s.brokenLocked("%s has the id %s, which does not exist", address, id)
		}
	})
}

// judgeObjects: each object that this pipeline made is in its state, or
// unresolved there, or it is explained why not.
func (s *scenario) judgeObjects() {
	answers := s.state.posts()
	for _, made := range s.api.objects {
		q := made.post
		if q == nil || q.process.scenario != s || s.state.containsID(made.id) {
			continue
		}
		o := answers[q]
		switch {
		case q.fate != "":
			s.explain(q.fate, made.id)
		case o != nil && o.id() == "":
			s.met["unresolved, and it exists"]++
		case o != nil && o.named:
			s.explain(byOtherID, made.id)
		default:
			s.brokenLocked("%s made %s, which the state does not have", q, made.id)
		}
	}
}

// judgeProcess looks at what the process of a run sent. It needs api.mu.
func (s *scenario) judgeProcess(r *engineRun) {
	p := r.process
	if !p.interrupted.IsZero() && time.Since(p.interrupted) > 100*time.Second {
		s.brokenLocked("the run took %s to end after the interrupt", time.Since(p.interrupted))
	}
	quiet := !slices.ContainsFunc(r.changes, func(c *change) bool { return c.act != actNothing && c.act != actDelete })
	if p.phase == "plan" && p.gets > 0 && quiet && !r.failedLocked() && !s.run.start.asks() {
		s.brokenLocked("a plan that changes nothing sent %d requests", p.gets)
	}
}

// judgePromise: a plan that passed applies, where nothing goes wrong and nobody
// else makes anything meanwhile; and two resources of one account are named.
// It needs api.mu.
func (s *scenario) judgePromise(r *engineRun) {
	a := s.api
	meanwhile := slices.ContainsFunc(a.objects, func(o *stored) bool {
		others := o.post == nil && o.foreign || o.post != nil && o.post.process != r.process
		return others && o.visibleFrom.After(r.began)
	})
	undisturbed := s.profile == faultProfile{} && a.limit.number == 0 && s.perMinute == 0 && a.emptyPage == 0 && r.process.interrupted.IsZero()
	seen := map[string]bool{}
	s.run.start.all(func(address string, deposed bool, o *stateObject) {
		id := strings.ToLower(o.id())
		told := slices.ContainsFunc(r.said, func(d diagnostic) bool { return strings.Contains(strings.ToLower(d.summary+d.details), id) })
		if seen[id] && !deposed && o.kind == accountKind && !told && !r.failedLocked() {
			s.brokenLocked("%s: another resource has %s too, and the plan does not tell", address, id)
		}
		seen[id] = id != ""
	})
	for _, d := range r.said {
		had := s.run.start.current[d.address]
		exists := had == nil || !s.invented[strings.ToLower(had.id())] // an update of what does not exist fails
		if d.failed && d.phase == "apply" && undisturbed && !meanwhile && exists {
			s.brokenLocked("%s: the plan passed, and the apply says %q", d.address, d.summary)
		}
	}
}

// left is called when an apply destroyed an object, by the engine.
func (s *scenario) left(r *engineRun, address string, o *stateObject, deposed bool) {
	d := s.declaredAt(address)
	s.api.mu.Lock()
	delete(r.process.tracked, strings.ToLower(o.id())) // the process forgot it
	s.api.mu.Unlock()
	if d == nil || deposed || o.tainted && s.renamed(o) || d.existing != "" || lists(d.alongside, o.id()) && o.id() != "" {
		return
	}
	s.broken("%s (%s) was destroyed, and nobody asked for it (-replace: %v)", address, o.id(), r.replace[address])
}
