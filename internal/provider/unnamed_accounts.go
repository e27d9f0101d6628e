package provider

import (
	"context"
	"slices"
	"strings"
	"time"
)

// The part of the state registry that is about accounts without a name. Such a
// one may be the very account that a plan wants to create: it was imported at
// another address, or tainted. Or it stays where it is, and gets its name in this
// plan. That is known once its own plan call has come, before or after the
// creation's.

// unnamedAccount is an account whose name the state does not have: it was
// imported, and no response returned one.
type unnamedAccount struct {
	trackedObject
	// decided is closed by the plan call of the account itself, if that leaves it
	// without a name. Then it is in conflict with each creation of its client.
	decided chan struct{}
}

func (u *unnamedAccount) isDecided() bool {
	select {
	case <-u.decided:
		return true
	default:
		return false
	}
}

// ownPlanTimeout is how long a creation waits for the plan call of an account
// without a name. Engines make that call right after they read the account; a
// tainted one is not asked about at all, so the creation may be its own.
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

func (r *stateRegistry) noteUnnamed(object trackedObject) *unnamedAccount {
	client := strings.ToLower(object.ClientID)
	for _, unnamed := range r.unnamed[client] {
		if strings.EqualFold(unnamed.ID, object.ID) {
			return unnamed
		}
	}
	unnamed := &unnamedAccount{trackedObject: object, decided: make(chan struct{})}
	r.unnamed[client] = append(r.unnamed[client], unnamed)
	return unnamed
}

func (r *stateRegistry) decideUnnamed(unnamed *unnamedAccount) (conflict bool) {
	if !unnamed.isDecided() {
		close(unnamed.decided)
	}
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
	r.unnamed[client] = slices.DeleteFunc(r.unnamed[client], func(u *unnamedAccount) bool {
		gone := strings.EqualFold(u.ID, object.ID)
		if gone && !u.isDecided() {
			close(u.decided)
		}
		return gone
	})
}

// unnamedBeside gives the accounts without a name that a creation does not list.
func (r *stateRegistry) unnamedBeside(key objectKey, creation plannedCreation) (accounts []*unnamedAccount) {
	if key.kind != creditAccountType {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(r.unnamed[key.clientID]), func(u *unnamedAccount) bool { return creation.covers(u.trackedObject) })
}

// awaitUnnamed waits until the accounts without a name that a creation does not
// list are decided, for ownPlanTimeout in all, and gives those it waited for.
func (r *stateRegistry) awaitUnnamed(ctx context.Context, key objectKey, creation plannedCreation) []*unnamedAccount {
	r.mu.Lock()
	awaited := r.unnamedBeside(key, creation)
	r.mu.Unlock()
	if len(awaited) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, ownPlanTimeout)
	defer cancel()
	for _, unnamed := range awaited {
		select {
		case <-unnamed.decided:
		case <-ctx.Done():
		}
	}
	return awaited
}
