package simulation

import (
	"slices"
	"strings"
	"time"
)

// What is demanded of each plan, and of the state after each run.

// judgePlan judges a plan that passed, as the engine shows it to the person.
func (s *scenario) judgePlan(r *engineRun) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	p := r.process
	if !p.keyRefused.IsZero() {
		s.broken(ruleKey, "a lookup of the plan got a 401, and the plan passed")
	}
	limited := true
	for _, c := range r.changes {
		d := s.declaredAt(c.address)
		if c.act != actCreate && c.act != actReplace {
			continue
		}
		limited = limited && len(d.alongside) == 0
		switch {
		case d.existing != "":
			s.judgeTakeOver(r, d)
		case s.policy == "ignore", d.kind() == batchKind && d.name == "":
		default:
			s.judgePlannedCreation(r, d)
		}
	}
	if took := time.Since(r.began); limited && !s.run.start.asks() && took > 75*time.Second {
		s.broken(ruleMinute, "the plan took %s", took)
	}
}

// judgePlannedCreation: the lookup of a plan decides as that of the apply does,
// or a warning leaves it to the apply.
func (s *scenario) judgePlannedCreation(r *engineRun, d *declared) {
	l := s.lookupOf(r.process, d)
	switch {
	case r.announced[d.address]:
		if s.policy != "adopt" || l.adoptable == nil {
			s.broken(ruleAdoptable, "%s: the plan announces it; policy %q, shown %d", d.address, s.policy, len(l.same))
		}
	case len(l.same) > 0 && r.warnedInPlan && !s.lookupsWork():
		// A lookup that failed was left to the apply, and that of another object showed more.
	case len(l.same) > 0:
		s.broken(ruleOneDecision, "%s: the plan was shown that %s exists, and passed", d.address, l.same[0].id)
	case l.missing != "" && len(d.alongside) > 0:
		s.broken(ruleAlongside, "%s: %s, and the plan passed", d.address, l.missing)
	case l.missing != "" && !r.warnedInPlan:
		s.broken(ruleOneDecision, "%s: %s, and the plan passed without a warning", d.address, l.missing)
	}
}

// judgeTakeOver judges a plan that passed with existing_account_id. It needs api.mu.
func (s *scenario) judgeTakeOver(r *engineRun, d *declared) {
	o, a := s.api.byID(d.existing), s.api
	isAccount := o != nil && o.kind == accountKind && d.kind() == accountKind
	readable := s.profile == faultProfile{}
	if !isAccount || !readable || o.first == nil || o.first.unlisted || o.visibleFrom.After(r.began) {
		return
	}
	unresolved := false
	s.run.start.all(func(_ string, _ bool, o *stateObject) {
		unresolved = unresolved || o.id() == "" && o.key() == d.key()
	})
	otherName := sameNameForm(o.name) != sameNameForm(d.name) && a.names != "not returned"
	if o.client == d.client && otherName && !unresolved {
		s.broken(ruleTakeOver, "%s: %s has another name, and the plan passed", d.address, o.id)
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
		s.judgeShared(r)
		s.judgePromise(r)
		s.judgeMessages(r)
	}
}

// settle finds for each POST what answers for it: an object of the state, its
// own refusal, or what became of that which the state had of it.
func (s *scenario) settle(r *engineRun, before *engineState, killed bool) {
	now, had := s.state.posts(), before.posts()
	for _, q := range s.posts {
		o := had[q]
		switch {
		case now[q] != nil, q.excused, q.outcome == outcomeRefused, q.outcome == outcomeLimited:
			continue
		case o == nil && killed && q.process == s.run.engine.process:
			// Nothing of it is in the state that was saved, and nothing could be saved.
		case o == nil:
			s.broken(ruleNotLost, "%s (outcome %d) has left nothing in the state", q, q.outcome)
		case o.id() == "" && q.declared.existing == "" && r != nil && s.renamed(o) &&
			before.current[o.declared.address] == o:
			s.broken(ruleDestroy, "%s is unresolved, and was forgotten because of another name at its address", q)
		default:
			// A person forgot or replaced it, or named another one. That others are not destroyed, left judges.
		}
		q.excused = true
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
				s.broken(ruleTainted, "%s is unresolved and not tainted", address)
			}
			return
		}
		if other := holders[id]; other != nil && !o.named && !other.named && !o.isLie() && !other.isLie() {
			s.broken(ruleIDs, "two resources have %s, one at %s", id, address)
		}
		holders[id] = o
		if s.api.byID(id) == nil && !s.invented[id] {
			s.broken(ruleIDs, "%s has the id %s, which does not exist", address, id)
		}
	})
}

// judgeObjects: each object that was made is in the state, or unresolved there,
// or nobody needs to answer for it.
func (s *scenario) judgeObjects() {
	holders := s.state.posts()
	for _, made := range s.api.objects {
		q := made.post
		if q == nil || q.excused || s.state.containsID(made.id) {
			continue
		}
		if o := holders[q]; o == nil || o.id() != "" && !o.named {
			s.broken(ruleNotLost, "%s made %s, which the state does not have", q, made.id)
		}
	}
}

// judgeProcess looks at what the process of a run sent. It needs api.mu.
func (s *scenario) judgeProcess(r *engineRun) {
	p := r.process
	if !p.interrupted.IsZero() {
		if took := time.Since(p.interrupted); took > 100*time.Second {
			s.broken(ruleEnds, "the run took %s to end after the interrupt", took)
		}
		return
	}
	takesOver := slices.ContainsFunc(s.present(), func(d *declared) bool { return d.existing != "" })
	if !p.keyRefused.IsZero() && !r.failed() && !takesOver {
		s.broken(ruleKey, "a lookup got a 401, and the %s passed", p.phase)
	}
	if p.phase == "apply" && s.policy == "ignore" && p.gets > 0 && !takesOver {
		s.broken(ruleIgnore, "%d GETs were sent", p.gets)
	}
	quiet := !slices.ContainsFunc(r.changes, func(c *change) bool { return c.act != actNothing && c.act != actDelete })
	if p.phase == "plan" && p.gets > 0 && quiet && !r.failed() && !s.run.start.asks() {
		s.broken(ruleQuietPlan, "%d requests were sent", p.gets)
	}
	warned := slices.ContainsFunc(r.said, func(d diagnostic) bool { return !d.failed })
	for _, q := range p.posts {
		if q.unread && q.outcome == outcomeCreated && !warned {
			s.broken(ruleWarned, "%s: the lookup before it left something out", q)
		}
	}
}

// judgeShared: a plan tells of two resources that have one account. It needs api.mu.
func (s *scenario) judgeShared(r *engineRun) {
	seen := map[string]bool{}
	s.run.start.all(func(address string, deposed bool, o *stateObject) {
		id := strings.ToLower(o.id())
		said := slices.ContainsFunc(r.said, func(said diagnostic) bool {
			return strings.Contains(strings.ToLower(said.summary+said.details), id)
		})
		if seen[id] && !deposed && o.kind == accountKind && !said && !r.failed() {
			s.broken(ruleShared, "%s: another resource has %s too, and the plan does not tell", address, id)
		}
		seen[id] = id != ""
	})
}

// judgePromise: a plan that passed applies, where nothing goes wrong and nobody
// else makes anything meanwhile. It needs api.mu.
func (s *scenario) judgePromise(r *engineRun) {
	a := s.api
	meanwhile := slices.ContainsFunc(a.objects, func(o *stored) bool {
		others := o.post == nil && o.foreign || o.post != nil && o.post.process != r.process
		return others && o.visibleFrom.After(r.began)
	})
	undisturbed := s.profile == faultProfile{} && r.process.interrupted.IsZero()
	for _, said := range r.said {
		exists := said.summary == sumExists || said.summary == sumBatchExists
		switch {
		case !said.failed || said.phase != "apply" || meanwhile || s.mayFail(r, said):
		case undisturbed:
			s.broken(rulePlanApplies, "%s: the plan passed, and the apply says %q", said.address, said.summary)
		case exists && !r.warnedInPlan && !s.profile.namesHeal &&
			s.lookupOf(r.process, s.declaredAt(said.address)).missing == "": // else the apply was shown something else
			s.broken(ruleOneDecision, "%s: the plan passed without a warning, and the apply says %q",
				said.address, said.summary)
		}
	}
}

// mayFail: an apply could fail though its plan passed, because of what no plan can know.
func (s *scenario) mayFail(r *engineRun, said diagnostic) bool {
	d, had := s.declaredAt(said.address), s.run.start.current[said.address]
	switch {
	case had != nil && s.invented[strings.ToLower(had.id())]:
		return true // an update of what does not exist
	case d == nil:
		return false
	case had != nil && had.id() == "" && d.cbd:
		return true // what is destroyed after a creation is handed to the apply's process after it
	case said.summary != sumLookupFailed && said.summary != sumBatchLookupFailed:
		return false
	}
	// The plan's lookup failed too, and was left to the apply with a warning. Or the
	// listing has become other clients' batches alone, or shows a batch of no account:
	// of that nothing is demanded, but that no second account comes of it.
	l := s.lookupOf(r.process, d)
	ofOthers := slices.ContainsFunc(r.process.reads, func(read *read) bool {
		return read.path == listingOf(d.client) && read.isOfOthersAlone(d.client)
	})
	ofNone := d.kind() == accountKind && l.listing != nil && l.listing.showsBatchOfNoAccount(d.client)
	return ofNone || ofOthers || l.missing != "" && r.warnedInPlan
}

// judgeMessages: what is said of creations. It needs api.mu.
func (s *scenario) judgeMessages(r *engineRun) {
	for _, said := range r.said {
		d := s.declaredAt(said.address)
		isOfIt := func(q *post) bool { return q.declared == d && q.outcome != outcomeLimited }
		switch said.summary {
		case sumUnknown, sumBatchUnknown:
			if !slices.ContainsFunc(r.process.posts, isOfIt) {
				s.broken(ruleNotSent, "%s is said to be of unknown outcome", d.address)
			}
		case sumExists, sumBatchExists:
			if !s.showedAlike(r.process, d) {
				s.broken(ruleReallyExists, "%s: %s", said.address, said.summary)
			}
		case sumBatchLookupFailed:
			if d != nil && d.name == "" {
				s.broken(ruleNameless, "%s: %s", said.address, said.summary)
			}
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
	s.broken(ruleDestroy, "%s (%s) was destroyed, and nobody asked for it (-replace: %v)",
		address, o.id(), r.replace[address])
}
