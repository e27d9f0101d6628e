package simulation

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// What is demanded of each creation, when the engine has its result.

func (s *scenario) judgeCreation(r *engineRun, d *declared, o *stateObject) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	p, id := r.process, o.id()
	q := p.lastPost(d, o)
	o.declared = d
	defer func() { p.claimed[strings.ToLower(id)] = true }()
	switch {
	case d.existing != "":
		if o.named = true; q != nil || !strings.EqualFold(d.existing, id) {
			s.broken(ruleTakeOver, "%s: taking over %s gave %q", d.address, d.existing, id)
		}
	case q == nil && id == "":
		s.broken(ruleNotSent, "%s is unresolved", d.address)
	case q == nil:
		s.judgeAdoption(r, d, id)
	case id == "":
		s.judgeUnresolved(q)
	case q.outcome == outcomeCreated && strings.EqualFold(q.id, id):
		s.judgeResponse(q, o)
	default:
		s.judgeAdoptionAfter(q, id)
	}
}

// lastPost is the POST that may have created what is declared; nil where none left.
func (p *process) lastPost(d *declared, o *stateObject) (q *post) {
	for _, e := range p.posts {
		if e.declared == d {
			o.posts = append(o.posts, e)
			if e.outcome != outcomeLimited {
				q = e
			}
		}
	}
	return q
}

// judgeResponse: what a response returned is in the state.
func (s *scenario) judgeResponse(q *post, o *stateObject) {
	if q.made == nil || !strings.EqualFold(q.made.id, q.id) {
		if s.api.byID(q.id) == nil {
			s.invented[strings.ToLower(q.id)] = true
		}
		q.excused, q.lied = true, true
	}
	_, isNumber := o.value["current_balance"].(json.Number)
	if q.fault == noFault && (!isNumber || o.value["status"] != "active") {
		s.broken(ruleComputed, "%s returned everything, and the state has %v", q, o.value)
	}
}

// judgeAdoption: nothing was sent, and one that exists was taken.
func (s *scenario) judgeAdoption(r *engineRun, d *declared, id string) {
	p := r.process
	l := s.lookupOf(p, d)
	isTheOne := len(l.same) == 1 && strings.EqualFold(l.same[0].id, id) && !p.tracked[strings.ToLower(id)]
	switch {
	case l.missing != "":
		s.broken(ruleLookup, "%s: %s was adopted: %s", d.address, id, l.missing)
	case s.policy != "adopt" || !isTheOne:
		s.broken(ruleAdoptedBefore, "%s: %s was adopted; policy %q, shown %d, tracked: %v",
			d.address, id, s.policy, len(l.same), p.tracked[strings.ToLower(id)])
	case l.adoptable == nil:
		s.broken(ruleAdoptable, "%s: %s was adopted, which has another balance or no active batch", d.address, id)
	case !r.announced[d.address] && !r.warnedInPlan && !s.api.byID(id).visibleFrom.After(r.began):
		s.broken(ruleOneDecision, "%s: %s was adopted, which the plan did not announce", d.address, id)
	}
}

// judgeAdoptionAfter: after an unknown outcome, something was adopted.
func (s *scenario) judgeAdoptionAfter(q *post, id string) {
	p, d := q.process, q.declared
	if s.policy == "ignore" || p.snapshot(d, q.began) == nil {
		s.broken(ruleNoListing, "%s: %s was adopted", q, id)
		return
	}
	shownAlone := slices.ContainsFunc(p.listings(d), func(r *read) bool {
		found := s.found(r, q)
		return !r.began.Before(q.began) && len(found) == 1 && strings.EqualFold(found[0].id, id)
	})
	switch {
	case q.id != "" && strings.EqualFold(q.id, id) && p.knows(id, q.began):
		s.broken(ruleListedBefore, "%s: its response gave %s, which was known before, and it was taken", q, id)
	case !shownAlone:
		s.broken(ruleAdoptedAfter, "%s: %s was adopted, and no listing after it shows it alone", q, id)
	case q.made == nil || !strings.EqualFold(q.made.id, id):
		q.excused = true // another one appeared meanwhile that is like it in all that a lookup shows
	}
}

// judgeUnresolved: what can be found is found.
func (s *scenario) judgeUnresolved(q *post) {
	d, p := q.declared, q.process
	if q.outcome == outcomeRefused {
		s.broken(ruleRefusal, "%s was refused, and is kept as unresolved", q)
	}
	if q.outcome == outcomeCreated {
		s.broken(ruleIDKept, "%s: its response told the id %s, and it is kept as unresolved", q, q.id)
	}
	seen := q.made
	if seen != nil && seen.kind == accountKind {
		seen = q.made.first
	}
	isLookedUp := s.policy != "ignore" && (d.kind() == accountKind || d.name != "") && p.snapshot(d, q.began) != nil
	canBeSeen := seen != nil && !seen.visibleFrom.After(q.ended.Add(20*time.Second))
	ofNone := slices.ContainsFunc(p.listings(d), func(r *read) bool { return r.showsBatchOfNoAccount(d.client) })
	if !isLookedUp || !s.lookupsWork() || !canBeSeen || !p.interrupted.IsZero() || ofNone {
		return
	}
	others := slices.DeleteFunc(s.api.of(d.kind()), func(o *stored) bool { return o == q.made || !d.alike(o) })
	if len(others) == 0 {
		s.broken(ruleFindable, "%s made %s, which could be found, and is unresolved", q, q.made.id)
	}
}

// lookupsWork: nothing goes wrong with lookups, nor takes longer than they wait.
func (s *scenario) lookupsWork() bool {
	f, a := s.profile, s.api
	heldBack := slices.ContainsFunc(s.run.engine.process.posts, func(e *post) bool {
		return e.fault != nil && (e.fault.retryAfter != "" || e.fault.status == 401) // for long, or for ever
	})
	return f.gets == 0 && f.lookups == "" && f.names == "" && f.dials == 0 && f.twins == 0 && s.timeout != "5s" &&
		a.names != "not returned" && !heldBack
}

// judgeUpdate: what the API has is fixed, but for a null that nothing returned.
func (s *scenario) judgeUpdate(address string, before, after object) {
	if kindAt(address) != accountKind || textIn(before, "id") == "" {
		return
	}
	fields := []string{"client_id", "name", "starting_balance", "notify_emails", "license_ids"}
	unreturned := before["status"] == nil
	for _, name := range fields {
		unreturned = unreturned || before[name] == nil
	}
	for _, name := range fields {
		changed := !keepsTo(before[name], after[name])
		if changed && (before[name] != nil || !unreturned) {
			s.broken(ruleRecorded, "%s: %s was %v and is %v", address, name, before[name], after[name])
		}
	}
}
