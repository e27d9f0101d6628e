// Package registry knows what the state has and which creations are planned. It keeps a plan from making a second
// account, or a second batch, by accident.
//
// The plan call of a creation does not say whether it is a first one, or comes of a rename, a taint or a second resource.
// But engines hand every object of the state to the provider before they plan it, also without a refresh.
//
// There is one rule: an object of the state and a planned creation of the same key are in conflict, unless the creation
// names the object's id; so are two planned creations of one key. Calls are concurrent and come in any order, so
// whichever comes second is refused.
package registry

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Kind of an object.
type Kind string

// The kinds.
const (
	Account Kind = "account"
	Batch   Kind = "batch"
)

// Object is an account or a batch in the state, or one that is planned.
type Object struct {
	Kind            Kind
	ClientID        string
	Name            string // empty for a batch without one
	StartingBalance thoughtindustries.Number
	CreditAccountID string // of batches alone
	ID              string // empty for an unresolved object and for a planned one
	Status          string // of an unresolved object: what happened and when
}

// Unresolved reports whether the outcome of the object's creation is unknown.
func (o Object) Unresolved() bool { return o.ID == "" }

// key is what makes two declared objects the same.
type key struct {
	kind            Kind
	clientID        string
	name            string
	creditAccountID string  // of batches alone
	startingBalance float64 // of batches alone
}

func (o Object) key() key {
	k := key{kind: o.Kind, clientID: strings.ToLower(o.ClientID), name: thoughtindustries.NormalizeName(o.Name)}
	if o.Kind == Batch {
		k.creditAccountID = strings.ToLower(o.CreditAccountID)
		if balance := o.StartingBalance.Float(); balance != nil {
			k.startingBalance, _ = balance.Float64()
		}
	}
	return k
}

// SameKey reports whether two declared objects would be the same.
func (o Object) SameKey(other Object) bool { return o.key() == other.key() }

// creation is one that is planned and has not begun: the ids beside which it may be made.
type creation []string

// covers reports whether the creation may stand beside an object. An unresolved one has no id, so nothing covers it.
func (c creation) covers(object Object) bool {
	return !object.Unresolved() && slices.ContainsFunc(c, func(id string) bool { return strings.EqualFold(id, object.ID) })
}

// Registry belongs to one configured provider: plan and apply are processes of their own.
type Registry struct {
	mu      sync.Mutex
	tracked map[key][]Object
	byID    map[string]Object // ids in lower case
	// undecided are the objects of which it is not known yet what the plan does with them. decided is closed and replaced
	// as soon as that is known of one of them.
	undecided map[Object]bool
	decided   chan struct{}
	planned   map[key][]creation
	// plannedUnknown: a creation whose key is not known yet is planned.
	plannedUnknown map[Kind]bool
	running        map[key]int // creations that have begun and not ended
	// claims counts the planned creations that take over an account, and retained the resources that stay with one.
	claims, retained map[string]int
	unresolved       map[key]Object // of this run, also those that were forgotten or taken over
	released         map[key]Object // deleted in this run
	applying         bool           // a creation has begun, or something was deleted
}

// New returns an empty registry.
func New() *Registry {
	r := &Registry{}
	r.Reset()
	return r
}

// Reset empties the registry for another run.
func (r *Registry) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tracked, r.byID = map[key][]Object{}, map[string]Object{}
	r.undecided, r.decided = map[Object]bool{}, make(chan struct{})
	r.planned, r.plannedUnknown, r.running = map[key][]creation{}, map[Kind]bool{}, map[key]int{}
	r.claims, r.retained = map[string]int{}, map[string]int{}
	r.unresolved, r.released, r.applying = map[key]Object{}, map[key]Object{}, false
}

// Track notes an object of the state. It reports whether a creation that was planned before is in conflict with it.
func (r *Registry) Track(object Object) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := object.key()
	isNew := !slices.Contains(r.tracked[k], object)
	if isNew {
		r.tracked[k] = append(r.tracked[k], object)
		r.undecided[object] = true
	}
	if object.Unresolved() {
		r.unresolved[k] = object
	} else {
		r.byID[strings.ToLower(object.ID)] = object
	}
	return object.Unresolved() && r.plannedUnknown[object.Kind] ||
		slices.ContainsFunc(r.planned[k], func(c creation) bool { return !c.covers(object) })
}

// Release drops an object that is deleted from the state.
func (r *Registry) Release(object Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := object.key()
	r.tracked[k] = slices.DeleteFunc(r.tracked[k], func(o Object) bool { return strings.EqualFold(o.ID, object.ID) })
	if id := strings.ToLower(object.ID); r.byID[id].key() == k {
		delete(r.byID, id)
	}
	r.decide(func(o Object) bool { return o.key() == k })
	r.released[k], r.applying = object, true
}

// Verdict is what the registry says of a planned creation.
type Verdict struct {
	Conflict *Object // of the state, stands in the way; an unresolved one before any other
	Twice    bool    // another creation of the same key is planned or running
}

// Refused reports whether the creation may not be planned.
func (v Verdict) Refused() bool { return v.Conflict != nil || v.Twice }

// PlanCreate notes a planned creation and says whether it may be.
//
// It may be the plan call of an unresolved object whose resource was given another name: engines do not mention a tainted
// object in it. Or the object is forgotten or taken over in the same plan, by a call of its own that comes before or
// after. So PlanCreate waits for these calls; if none comes, the creation is taken for the object's own.
func (r *Registry) PlanCreate(ctx context.Context, object Object, alongside []string) Verdict {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := object.key()
	ofKey := func(o Object) bool { return o.Unresolved() && o.key() == k }
	r.decide(ofKey) // it is in conflict with the creation in any case
	undecided := r.await(ctx, ownPlanTimeout, func(o Object) bool { return o.Unresolved() && o.Kind == k.kind })
	verdict := Verdict{Conflict: undecided, Twice: len(r.planned[k]) > 0 || r.running[k] > 0}
	planned := creation(alongside)
	for _, tracked := range r.tracked[k] {
		if !planned.covers(tracked) && (verdict.Conflict == nil || tracked.Unresolved()) {
			verdict.Conflict = &tracked
		}
	}
	r.planned[k] = append(r.planned[k], planned)
	return verdict
}

// Engines make the plan call of an object right after they read it.
const (
	// ownPlanTimeout is how long a creation waits for those of unresolved objects.
	ownPlanTimeout = 3 * time.Second
	// unknownTimeout is how long a creation whose key is not known yet waits for all others: without them it is refused.
	unknownTimeout = 10 * time.Second
)

// await waits until no object that concerns a creation is undecided, or gives one that still is. It needs the lock, and
// lets go of it while it waits.
func (r *Registry) await(ctx context.Context, timeout time.Duration, concerns func(Object) bool) *Object {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		var undecided *Object
		for object := range r.undecided {
			if concerns(object) {
				undecided = &object
			}
		}
		if undecided == nil || ctx.Err() != nil {
			return undecided
		}
		decided := r.decided
		r.mu.Unlock()
		select {
		case <-decided:
		case <-ctx.Done():
		}
		r.mu.Lock()
	}
}

// Decide notes the plan call of an unresolved object: it is forgotten, taken over or refused by that call.
func (r *Registry) Decide(object Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decide(func(o Object) bool { return o.Unresolved() && o.SameKey(object) })
}

// Settle notes the plan call of an object with an id: it stays under a key that is known, or is forgotten.
func (r *Registry) Settle(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decide(func(o Object) bool { return strings.EqualFold(o.ID, id) })
}

// decide needs the lock.
func (r *Registry) decide(isDecided func(Object) bool) {
	before := len(r.undecided)
	maps.DeleteFunc(r.undecided, func(object Object, _ bool) bool { return isDecided(object) })
	if len(r.undecided) < before {
		close(r.decided)
		r.decided = make(chan struct{})
	}
}

// Begin turns a planned creation into a running one. Its key may have been unknown at plan: conflict is an object of the
// same key that was unresolved or deleted in this run, and then it does not begin.
//
// With create_before_destroy the state hands the previous object over once more afterwards, and that must not be refused.
func (r *Registry) Begin(object Object, alongside []string) (conflict *Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	k := object.key()
	for _, objects := range []map[key]Object{r.unresolved, r.released} {
		if other, ok := objects[k]; ok && !creation(alongside).covers(other) {
			return &other
		}
	}
	delete(r.planned, k)
	r.running[k]++
	r.applying = true
	return nil
}

// End is called when a creation has ended. What it created is tracked by then.
func (r *Registry) End(object Object) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running[object.key()]--
}

// PlanUnknownCreate is PlanCreate for a creation whose key is not known yet. It gives an object that may turn out to have
// the same one: an unresolved one, or an account that does not stay, such as a tainted one, which the creation replaces.
func (r *Registry) PlanUnknownCreate(ctx context.Context, kind Kind, alongside []string) *Object {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.plannedUnknown[kind] = true
	for _, object := range r.unresolved {
		if object.Kind == kind {
			return &object
		}
	}
	if kind == Batch { // its plan call may be a long time in coming, after a refresh
		return nil
	}
	return r.await(ctx, unknownTimeout, func(o Object) bool {
		return o.Kind == kind && !creation(alongside).covers(o)
	})
}

// Applying reports whether this run is an apply, and has begun to create or delete.
func (r *Registry) Applying() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.applying
}

// Claim notes that a planned creation takes over an account. It reports whether no other resource has that account.
func (r *Registry) Claim(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	r.claims[id]++
	return r.claims[id] == 1 && r.retained[id] == 0
}

// Retain notes that a resource stays with its object. It reports whether a planned creation takes that object over, and
// whether another resource that stays has it too.
func (r *Registry) Retain(id string) (claimed, shared bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	r.retained[id]++
	return r.claims[id] > 0, r.retained[id] > 1
}

// Find gives the object of the state that has an id.
func (r *Registry) Find(id string) (Object, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	object, ok := r.byID[strings.ToLower(id)]
	return object, ok
}

// Contains reports whether the state has an object with an id.
func (r *Registry) Contains(id string) bool {
	_, ok := r.Find(id)
	return ok
}

// HadUnresolved reports whether the state has an unresolved object, or had one when the run began.
func (r *Registry) HadUnresolved() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.unresolved) > 0
}

// UnresolvedLike gives the unresolved object of the same key that the state has, or had when the run began.
func (r *Registry) UnresolvedLike(object Object) (Object, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	found, ok := r.unresolved[object.key()]
	return found, ok
}
