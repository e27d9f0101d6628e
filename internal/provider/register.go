package provider

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"
)

// register is what keeps a plan from making a second account by accident.
//
// An engine asks for a creation whenever it has no usable object at an
// address: after a rename without a moved block, for a tainted object, for a
// second resource of the same name, after an outcome that nobody knows. The
// plan call alone does not tell these apart from the first creation, because
// its prior state is null in all of them. But engines hand every object of the
// state to UpgradeResourceState first, also without a refresh, and so the
// register learns what the state holds.
//
// Calls of different objects come concurrently and in any order. So creations
// are noted as well, and whichever of the two comes second is refused, at its
// own address.
//
// It belongs to one configured provider: plan and apply are processes of their
// own, and each configuring starts anew.
type register struct {
	mu   sync.Mutex
	held map[accountKey][]heldAccount
	// creations that were planned and are not permitted beside a held account.
	planned map[accountKey]int
	// taken are the ids that planned creations take over, by id in lower case.
	taken map[string]int
	// kept are the ids of accounts whose resources stay, in lower case.
	kept map[string]bool
}

// accountKey is what makes two declared accounts the same: the API lets a
// client have several accounts of one name, but nobody declares that on purpose.
type accountKey struct{ clientID, name string }

func keyOf(clientID, name string) accountKey {
	return accountKey{strings.ToLower(clientID), name}
}

// heldAccount is an account in the state.
type heldAccount struct {
	ClientID string
	Name     string
	// ID is empty for a guarded account.
	ID string
	// StartingBalance is a decimal number.
	StartingBalance string
	// Status holds, for a guarded account, what happened and when.
	Status string
}

func (h heldAccount) key() accountKey { return keyOf(h.ClientID, h.Name) }

// guarded: the outcome of its creation is unknown.
func (h heldAccount) guarded() bool { return h.ID == "" }

func newRegister() *register {
	r := &register{}
	r.reset()
	return r
}

func (r *register) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = map[accountKey][]heldAccount{}
	r.planned = map[accountKey]int{}
	r.taken = map[string]int{}
	r.kept = map[string]bool{}
}

// hold notes an object of the state, given as its JSON. What is no account yet
// (an import that knows no name) has no key and is not noted.
func (r *register) hold(raw []byte) {
	var state struct {
		ClientID        *string      `json:"client_id"`
		Name            *string      `json:"name"`
		ID              *string      `json:"id"`
		StartingBalance *json.Number `json:"starting_balance"`
		Status          *string      `json:"status"`
	}
	if json.Unmarshal(raw, &state) != nil || state.ClientID == nil || state.Name == nil {
		return
	}
	held := heldAccount{ClientID: *state.ClientID, Name: *state.Name}
	if state.ID != nil {
		held.ID = *state.ID
	}
	if state.StartingBalance != nil {
		held.StartingBalance = state.StartingBalance.String()
	}
	if state.Status != nil {
		held.Status = *state.Status
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	key := held.key()
	if !slices.Contains(r.held[key], held) {
		r.held[key] = append(r.held[key], held)
	}
}

// release drops an account from the register, when it is deleted.
func (r *register) release(key accountKey, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[key] = slices.DeleteFunc(r.held[key], func(h heldAccount) bool { return strings.EqualFold(h.ID, id) })
	if len(r.held[key]) == 0 {
		delete(r.held, key)
	}
}

// create is asked when a creation is planned. It returns the accounts that the
// state holds under the key, and how many creations of the key were planned
// before this one. A creation that is permitted is not noted, and so stands in
// nobody's way.
func (r *register) create(key accountKey, permitted bool) (held []heldAccount, before int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held = slices.Clone(r.held[key])
	before = r.planned[key]
	if !permitted && len(held) == 0 {
		r.planned[key]++
	}
	return held, before
}

// created is told when a creation begins: from then on it is not a plan any
// more. With create_before_destroy the old object's destruction is planned
// after it and must not be refused.
func (r *register) created(key accountKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.planned, key)
}

// creates reports whether a creation of the key is planned that is not
// permitted beside a held account.
func (r *register) creates(key accountKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.planned[key] > 0
}

// take notes that a planned creation takes over an account; false where another
// planned creation takes it too, or a resource that stays has it. A replacement
// takes its own account, of which the plan call before said that it stays.
func (r *register) take(id string, replacing bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	if replacing {
		delete(r.kept, id)
	}
	r.taken[id]++
	return r.taken[id] == 1 && !r.kept[id]
}

// keep notes that a resource stays with its account; false where a planned
// creation takes that account over.
func (r *register) keep(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	r.kept[id] = true
	return r.taken[id] == 0
}

// holder gives the account of the state that has an id.
func (r *register) holder(id string) (heldAccount, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, accounts := range r.held {
		for _, held := range accounts {
			if held.ID != "" && strings.EqualFold(held.ID, id) {
				return held, true
			}
		}
	}
	return heldAccount{}, false
}

// holds reports whether the state holds an account, by its id in any case.
func (r *register) holds(id string) bool {
	_, ok := r.holder(id)
	return ok
}

// anyGuarded reports whether the state holds a guarded account.
func (r *register) anyGuarded() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, accounts := range r.held {
		if slices.ContainsFunc(accounts, heldAccount.guarded) {
			return true
		}
	}
	return false
}

// A guarded account keeps what happened in its status, because that is all
// that a plan without refresh can see of it: private data is not handed to the
// plan of a tainted object.
const (
	guardPrefix = "outcome unknown since "
	guardInfix  = ": "
)

func guardStatus(at time.Time, reason string) string {
	return guardPrefix + at.UTC().Format(time.RFC3339) + guardInfix + reason
}

// guardedSince reads what guardStatus wrote; the zero time where it cannot.
func guardedSince(status string) (at time.Time, reason string) {
	rest, ok := strings.CutPrefix(status, guardPrefix)
	if !ok {
		return time.Time{}, status
	}
	when, reason, ok := strings.Cut(rest, guardInfix)
	if !ok {
		return time.Time{}, status
	}
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return time.Time{}, status
	}
	return at, reason
}
