package simulation

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// What is demanded of each request, before its response. All of it needs api.mu.

func (s *scenario) judgeRequest(x *exchange) {
	p, path, began := x.process, x.request.URL.Path, time.Now()
	if began.After(p.heldSince) && began.Before(p.heldUntil) {
		s.broken(rulePace, "%s %s began %s too early", x.request.Method, path, p.heldUntil.Sub(began))
	}
	if !p.keyRefused.IsZero() && began.After(p.keyRefused) {
		s.broken(ruleKey, "%s %s was sent after a 401", x.request.Method, path)
	}
	x.conn.requests++
	switch x.request.Method {
	case http.MethodGet:
		p.gets++
		p.asked[path] = append(p.asked[path], x)
		s.judgeGet(p, x.request)
	case http.MethodPost:
		x.conn.posts++
		x.post = p.arrived(began, x.body)
	}
	if x.conn.posts > 0 && x.conn.requests > 1 {
		s.broken(ruleOwnConnection, "%s %s is request %d on it", x.request.Method, path, x.conn.requests)
	}
}

// judgeGet: no copy is wanted, and a name that was returned is not asked for again.
func (s *scenario) judgeGet(p *process, r *http.Request) {
	if r.Header.Get("Cache-Control") != "no-cache" {
		s.broken(ruleNoCache, "%s", r.URL.Path)
	}
	for _, read := range p.reads {
		if read.path == r.URL.Path && read.name != "" && !read.complete.IsZero() {
			s.broken(ruleNamesOnce, "%s", read.path)
			return
		}
	}
}

// arrived notes a POST, and judges whether it may be sent.
func (p *process) arrived(began time.Time, body object) *post {
	s := p.scenario
	q := &post{number: len(s.posts) + 1, process: p, began: began, declared: &declared{}}
	for _, kind := range simulatedKinds {
		marker := kind.sent(body)
		for _, d := range s.declared {
			if marker != "" && d.marker == marker {
				q.declared = d
			}
		}
	}
	s.posts, p.posts = append(s.posts, q), append(p.posts, q)
	if q.declared.marker == "" {
		s.broken(ruleDocumented, "a POST of what nobody declared: %v", body)
		return q
	}
	if p.phase != "apply" || !p.interrupted.IsZero() && began.After(p.interrupted) {
		s.broken(rulePhase, "%s, in the phase %s, interrupted: %v", q, p.phase, !p.interrupted.IsZero())
	}
	s.judgeRepetition(q)
	s.judgeBreaker(q)
	s.judgeOneRule(q)
	s.judgeLookup(q)
	if p == s.run.engine.process {
		s.run.engine.happens(postArrives)
	}
	return q
}

func (q *post) String() string {
	what := "never arrived"
	if q.fault != nil {
		what = q.fault.name
	}
	return fmt.Sprintf("POST %d of %s (%s)", q.number, q.declared.address, what)
}

// judgeRepetition: only a 429 is followed by another POST, and POSTs of one key
// go one after the other.
func (s *scenario) judgeRepetition(q *post) {
	for _, e := range q.process.posts {
		switch {
		case e == q:
		case e.declared == q.declared && e.outcome != outcomeLimited:
			s.broken(ruleOnce, "%s follows %s, whose outcome was not a refusal by the rate limit", q, e)
		case e.outcome == underWay && e.declared.key() == q.declared.key():
			s.broken(ruleOnce, "%s is sent while %s is under way", q, e)
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
	if row >= 3 {
		s.broken(ruleBreaker, "%s begins after %d unknown outcomes in a row", q, row)
	}
}

// judgeOneRule: no second object of what the state has, or the same plan makes.
func (s *scenario) judgeOneRule(q *post) {
	d := q.declared
	s.run.start.all(func(address string, _ bool, o *stateObject) {
		switch {
		case o.key() != d.key():
		case o.id() == "":
			s.broken(ruleOneRule, "%s: the state has an unresolved one at %s", q, address)
		case !lists(d.alongside, o.id()):
			s.broken(ruleOneRule, "%s: the state has %s at %s, which is not listed", q, o.id(), address)
		}
	})
	for _, other := range s.present() {
		isNew := s.run.start.current[other.address] == nil && (other.existing == "" || !lists(d.alongside, other.existing))
		if other.address != d.address && other.key() == d.key() && isNew {
			s.broken(ruleOneRule, "%s: the same plan makes another one at %s", q, other.address)
		}
	}
}

// judgeLookup is the lookup before a POST: complete, or refused, with nothing
// like it among what it showed; and no object like it exists that it should have found.
func (s *scenario) judgeLookup(q *post) {
	d, p := q.declared, q.process
	if s.policy == "ignore" || d.kind() == batchKind && d.name == "" {
		return
	}
	l := s.lookupOf(p, d)
	if l.refused {
		q.unread = true
		return
	}
	for _, o := range l.same {
		if p.refused[actionsOf(o)] { // to this lookup perhaps, and shown to another one
			q.unread = true
			continue
		}
		s.broken(ruleExists, "%s: the process was shown that %s exists", q, o.id)
	}
	if s.run.engine.announced[d.address] {
		s.broken(ruleOneDecision, "%s: the plan announced that one is adopted", q)
	}
	if l.missing != "" {
		s.broken(ruleLookup, "%s: %s", q, l.missing)
		return
	}
	for _, o := range s.api.of(d.kind()) {
		isOwn := o.post != nil && o.post.process == p || p.claimed[strings.ToLower(o.id)] || lists(d.alongside, o.id)
		switch {
		case !d.alike(o), isOwn, slices.Contains(l.same, o):
		case slices.Contains(l.unread, o):
			q.unread = true
		case s.mustShow(l.listing, o):
			s.broken(ruleLookup, "%s: %s exists, and the lookup did not find it", q, o.id)
		}
	}
}
