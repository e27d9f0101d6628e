package provider

import (
	"context"
	"slices"
	"strings"
	"time"
)

// The part of the state registry that is about objects of which it is not known
// at first what a plan does with them. A creation may be the plan call of such an
// object itself, because engines say nothing of a tainted one:
//
//   - an account without a name, that was imported at another address or tainted.
//     Or it stays where it is, and gets its name in this plan;
//   - an unresolved object, whose resource got another name or client. Or its
//     resource is removed, and it is forgotten.
//
// The object's own plan call decides, whether it comes before or after the
// creation's.

// undecidedObject is an object of the state whose own plan call may be to come.
type undecidedObject struct {
	trackedObject
	// decided is closed when that is known.
	decided chan struct{}
}

func undecided(object trackedObject) *undecidedObject {
	return &undecidedObject{trackedObject: object, decided: make(chan struct{})}
}

// decide needs the registry's lock.
func (u *undecidedObject) decide() {
	if !u.isDecided() {
		close(u.decided)
	}
}

func (u *undecidedObject) isDecided() bool {
	select {
	case <-u.decided:
		return true
	default:
		return false
	}
}

// ownPlanTimeout is how long a creation waits for the plan calls of undecided
// objects. Engines make that call right after they read the object; if none
// comes, the creation is taken for the object's own.
const ownPlanTimeout = 3 * time.Second

// trackUnnamed notes an account without a name. Whether it is in conflict with a
// creation is decided by its own plan call, in engines that make one whatever
// becomes of it; in the others it is, even if it gets another name.
func (r *stateRegistry) trackUnnamed(object trackedObject) (conflict bool) {
	unnamed := r.noteUnnamed(object)
	return !r.destructionPlanned && r.decideUnnamed(unnamed)
}

// stayUnnamed notes that the plan call of an account left it without a name, or
// destroys it. It reports whether a creation that was planned before is in
// conflict with it.
func (r *stateRegistry) stayUnnamed(object trackedObject) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.decideUnnamed(r.noteUnnamed(object))
}

func (r *stateRegistry) noteUnnamed(object trackedObject) *undecidedObject {
	client := strings.ToLower(object.ClientID)
	for _, unnamed := range r.unnamed[client] {
		if strings.EqualFold(unnamed.ID, object.ID) {
			return unnamed
		}
	}
	unnamed := undecided(object)
	r.unnamed[client] = append(r.unnamed[client], unnamed)
	return unnamed
}

func (r *stateRegistry) decideUnnamed(unnamed *undecidedObject) (conflict bool) {
	unnamed.decide()
	if r.applying {
		return false // the plan has permitted it
	}
	for key, creations := range r.planned {
		conflict = conflict || key.kind == creditAccountType && strings.EqualFold(key.clientID, unnamed.ClientID) && !allCover(creations, unnamed.trackedObject)
	}
	return conflict
}

// dropUnnamed: an account has a name, or is gone.
func (r *stateRegistry) dropUnnamed(object trackedObject) {
	client := strings.ToLower(object.ClientID)
	r.unnamed[client] = slices.DeleteFunc(r.unnamed[client], func(u *undecidedObject) bool {
		gone := strings.EqualFold(u.ID, object.ID)
		if gone {
			u.decide()
		}
		return gone
	})
}

// trackUnresolved notes an unresolved object, in engines that make a plan call
// for one that is removed.
func (r *stateRegistry) trackUnresolved(object trackedObject) {
	same := func(u *undecidedObject) bool { return u.trackedObject == object }
	if r.destructionPlanned && !slices.ContainsFunc(r.unresolved, same) {
		r.unresolved = append(r.unresolved, undecided(object))
	}
}

// decideUnresolved notes a plan call of the unresolved objects of a key: each is
// forgotten, taken over, or in conflict with that call by its key.
func (r *stateRegistry) decideUnresolved(key objectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.decideUnresolvedLocked(key)
}

func (r *stateRegistry) decideUnresolvedLocked(key objectKey) {
	for _, object := range r.unresolved {
		if object.key() == key {
			object.decide()
		}
	}
}

// mayBe gives the undecided and the unnamed objects that a creation may be the
// plan call of.
func (r *stateRegistry) mayBe(key objectKey, creation plannedCreation) (objects []*undecidedObject) {
	if key.kind == creditAccountType {
		objects = slices.DeleteFunc(slices.Clone(r.unnamed[key.clientID]), func(u *undecidedObject) bool { return creation.covers(u.trackedObject) })
	}
	for _, object := range r.unresolved {
		if object.Kind == key.kind && !object.isDecided() {
			objects = append(objects, object)
		}
	}
	return objects
}

// await waits until the objects that a creation may be the plan call of are
// decided, for ownPlanTimeout in all, and gives those that it waited for.
func (r *stateRegistry) await(ctx context.Context, key objectKey, creation plannedCreation) []*undecidedObject {
	r.mu.Lock()
	r.decideUnresolvedLocked(key)
	awaited := r.mayBe(key, creation)
	r.mu.Unlock()
	if len(awaited) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ownPlanTimeout)
	defer cancel()
	for _, object := range awaited {
		select {
		case <-object.decided:
		case <-ctx.Done():
		}
	}
	return awaited
}
