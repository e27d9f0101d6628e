package simulation

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// What a process was shown. All of it needs api.mu.

// listingOf is the path that shows what a client has.
func listingOf(client string) string { return "/incoming/v2/clients/" + client + "/creditBatches" }

func actionsOf(o *stored) string {
	return "/incoming/v2/clients/" + o.client + "/creditAccount/" + o.id + "/creditActions"
}

// listings are those of a declaration's client that a process read to their end.
func (p *process) listings(d *declared) (found []*read) {
	for _, r := range p.reads {
		if r.path == listingOf(d.client) && !r.complete.IsZero() {
			found = append(found, r)
		}
	}
	return found
}

// snapshot is the first listing that a process read to its end; nil for none.
func (p *process) snapshot(d *declared, before time.Time) (first *read) {
	for _, r := range p.listings(d) {
		earlier := first == nil || r.complete.Before(first.complete) ||
			r.complete.Equal(first.complete) && r.began.After(first.began)
		if !r.complete.After(before) && earlier {
			first = r
		}
	}
	return first
}

// nameOf is the name of an account as it was returned to a process; empty where it was not.
func (p *process) nameOf(o *stored) string {
	if o.kind == batchKind {
		return p.scenario.api.returned(o.name)
	}
	for _, r := range p.reads {
		if r.path == actionsOf(o) && r.name != "" {
			return r.name
		}
	}
	return ""
}

// hasNoName reports whether an account's credit actions were read and have no name.
func (p *process) hasNoName(o *stored) bool {
	return p.nameOf(o) == "" && slices.ContainsFunc(p.reads, func(r *read) bool {
		return r.path == actionsOf(o) && !r.complete.IsZero()
	})
}

// hasAsked reports whether a process has asked and waits for a response no more.
func (p *process) hasAsked(path string) bool {
	return slices.ContainsFunc(p.asked[path], (*exchange).isOver)
}

// listedAccount is an account as a listing shows it.
type listedAccount struct {
	*stored

	first  *stored // its oldest batch
	likely bool    // it has the starting balance that is looked for
	active bool    // one of its batches is active
}

// accountsIn are those of a client in a listing, without those that do not count.
func (s *scenario) accountsIn(r *read, d *declared, without func(id string) bool) []*listedAccount {
	found := map[string]*listedAccount{}
	for b := range r.shown {
		if b.client != d.client || b.account == "" || without(b.account) {
			continue
		}
		a := found[b.account]
		if a == nil {
			a = &listedAccount{stored: s.api.byID(b.account), first: b}
			found[b.account] = a
		}
		if b.storedAt.Before(a.first.storedAt) {
			a.first = b
		}
		a.active = a.active || r.shown[b] == "active"
	}
	var all []*listedAccount
	for _, a := range found {
		a.likely = true
		for b := range r.shown { // it may have several first ones
			if b.account == a.id && b.storedAt.Equal(a.first.storedAt) && amount(b.balance) != amount(d.balance) {
				a.likely = false
			}
		}
		all = append(all, a)
	}
	return all
}

// othersAsked is how many accounts of other balances are asked for their names.
const othersAsked = 50

// lookup is what a process was shown of what a declaration may be already.
type lookup struct {
	listing *read
	refused bool      // the listing was
	missing string    // what it lacks to be complete
	same    []*stored // shown under the name
	// adoptable is the one that adopt takes; nil for none.
	adoptable *stored
	// unread are the accounts in the listing whose names need not have been read.
	unread []*stored
}

func (l *lookup) lacks(format string, args ...any) {
	l.missing = cmp.Or(l.missing, fmt.Sprintf(format, args...))
}

// lookupOf is the lookup before a creation, as far as a process got with it.
func (s *scenario) lookupOf(p *process, d *declared) *lookup {
	l := &lookup{listing: p.snapshot(d, time.Now())}
	if l.listing == nil {
		if l.refused = p.refused[listingOf(d.client)]; !l.refused {
			l.lacks("no listing was read to its end before it")
		}
		return l
	}
	own := func(id string) bool {
		o := s.api.byID(id)
		return o.post != nil && o.post.process == p || p.claimed[strings.ToLower(id)] || lists(d.alongside, id)
	}
	active := false
	if d.kind() == batchKind {
		for b := range l.listing.shown {
			if d.alike(b) && !own(b.id) {
				l.same, active = append(l.same, b), l.listing.shown[b] == "active"
			}
		}
	} else {
		active = s.readNames(l, p, d, s.accountsIn(l.listing, d, own))
	}
	if len(l.same) == 1 && active && !p.tracked[strings.ToLower(l.same[0].id)] {
		l.adoptable = l.same[0]
	}
	return l
}

// showedAlike: a process was shown an object that is like what is declared.
func (s *scenario) showedAlike(p *process, d *declared) bool {
	listing := p.snapshot(d, time.Now())
	if listing == nil {
		return false
	}
	if d.kind() == batchKind {
		return slices.ContainsFunc(slices.Collect(maps.Keys(listing.shown)), func(b *stored) bool {
			return d.alike(b) || d.account == "" && sameNameForm(b.name) == sameNameForm(d.name)
		})
	}
	nobodys := func(string) bool { return false }
	return slices.ContainsFunc(s.accountsIn(listing, d, nobodys), func(a *listedAccount) bool {
		return sameNameForm(p.nameOf(a.stored)) == sameNameForm(d.name)
	})
}

// readNames compares the names of accounts that a process read, and finds out
// which ones it has not read. It reports whether the last one of the name has
// the balance and an active batch.
func (s *scenario) readNames(l *lookup, p *process, d *declared, accounts []*listedAccount) (active bool) {
	noNames := !slices.ContainsFunc(p.reads, func(r *read) bool { return r.name != "" })
	newerOthers := func(a *listedAccount) (count int) {
		for _, other := range accounts {
			if other != a && !other.likely && !other.first.storedAt.Before(a.first.storedAt) {
				count++
			}
		}
		return count
	}
	for _, a := range accounts {
		name := p.nameOf(a.stored)
		older := !a.likely && newerOthers(a)+len(p.claimed) >= othersAsked // what it has taken may have been among them
		switch {
		case older: // nobody needs to ask, and who did may have done it for another creation
			l.unread = append(l.unread, a.stored)
		case name != "" && sameNameForm(name) == sameNameForm(d.name):
			l.same, active = append(l.same, a.stored), a.likely && a.active
		case name != "":
		case p.refused[actionsOf(a.stored)], noNames && p.hasNoName(a.stored):
			l.unread = append(l.unread, a.stored)
		case a.likely:
			l.lacks("the name of %s, which is of the same balance, was not read before it", a.id)
		case p.undialled, p.hasAsked(actionsOf(a.stored)):
			l.unread = append(l.unread, a.stored)
		default:
			l.lacks("%s, which is of another balance, was not asked for its name", a.id)
		}
	}
	return active
}

// found are the objects that a listing shows as what a POST of unknown outcome made.
func (s *scenario) found(r *read, q *post) (found []*stored) {
	d, p := q.declared, q.process
	before := p.snapshot(d, q.began)
	if before == nil || s.policy == "ignore" {
		return nil
	}
	known := func(id string) bool {
		return p.tracked[strings.ToLower(id)] || p.claimed[strings.ToLower(id)] || lists(d.alongside, id) || before.has(id)
	}
	if d.kind() == batchKind {
		for b := range r.shown {
			if d.alike(b) && !known(b.id) {
				found = append(found, b)
			}
		}
		return found
	}
	for _, a := range s.accountsIn(r, d, known) {
		if a.likely && sameNameForm(p.nameOf(a.stored)) == sameNameForm(d.name) {
			found = append(found, a.stored)
		}
	}
	return found
}

// has reports whether a listing shows an object or a batch of it.
func (r *read) has(id string) bool {
	for o := range r.shown {
		if strings.EqualFold(o.id, id) || strings.EqualFold(o.account, id) {
			return true
		}
	}
	return false
}

// showsBatchOfNoAccount reports whether a batch of the client belongs to none of its accounts.
func (r *read) showsBatchOfNoAccount(client string) bool {
	for b := range r.shown {
		if b.client == client && b.account == "" {
			return true
		}
	}
	return false
}

// mustShow reports whether a listing shows an object, since a batch of it was
// there before. No endpoint shows what has no batch, or none that is listed.
func (s *scenario) mustShow(r *read, o *stored) bool {
	return slices.ContainsFunc(s.api.objects, func(b *stored) bool {
		isOfIt := b == o || o.kind == accountKind && b.account == o.id
		return isOfIt && b.kind == batchKind && !b.unlisted && b.storedAt.Before(r.began) && b.visibleFrom.Before(r.began)
	})
}
