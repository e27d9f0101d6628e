package provider

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// register is what keeps a plan from making a second account, or a second batch,
// by accident.
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
	held map[objectKey][]heldObject
	// creations that were planned and are not permitted beside a held account.
	planned map[objectKey]int
	// permitted are the creations beside which no held account was seen. It may
	// be seen yet, and then it is the held one that is told.
	permitted map[objectKey]bool
	// taken are the ids that planned creations take over, by id in lower case.
	taken map[string]int
	// kept are the ids of accounts whose resources stay, in lower case.
	kept map[string]bool
	// unidentified: an object of the state lacks its id or its client.
	unidentified bool
}

// objectKey is what makes two declared objects the same: the API lets a client
// have several accounts of one name, and several equal batches, but by accident
// they come of a plan that creates what the state holds.
type objectKey struct {
	kind     string // the resource's type
	clientID string
	name     string // empty for a batch without one
	// Of batches alone.
	creditAccountID string
	startingBalance float64
}

func accountKey(clientID, name string) objectKey {
	return objectKey{kind: creditAccountType, clientID: strings.ToLower(clientID), name: name}
}

func batchKey(clientID, creditAccountID, name, startingBalance string) objectKey {
	key := objectKey{kind: creditBatchType, clientID: strings.ToLower(clientID), name: name, creditAccountID: strings.ToLower(creditAccountID)}
	if balance, ok := thoughtindustries.ParseNumber(startingBalance); ok {
		key.startingBalance, _ = balance.Float64()
	}
	return key
}

// heldObject is an account or a batch in the state.
type heldObject struct {
	// Kind is the resource's type.
	Kind     string
	ClientID string
	// Name is empty for a batch without one.
	Name string
	// CreditAccountID of a batch; empty where it has none.
	CreditAccountID string
	// ID is empty for a guarded object.
	ID string
	// StartingBalance is a decimal number, or no number where it is not known.
	StartingBalance string
	// Status holds, for a guarded object, what happened and when.
	Status string
}

func (h heldObject) key() objectKey {
	if h.Kind == creditBatchType {
		return batchKey(h.ClientID, h.CreditAccountID, h.Name, h.StartingBalance)
	}
	return accountKey(h.ClientID, h.Name)
}

// guarded: the outcome of its creation is unknown.
func (h heldObject) guarded() bool { return h.ID == "" }

func newRegister() *register {
	r := &register{}
	r.reset()
	return r
}

func (r *register) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held = map[objectKey][]heldObject{}
	r.planned = map[objectKey]int{}
	r.permitted = map[objectKey]bool{}
	r.taken = map[string]int{}
	r.kept = map[string]bool{}
	r.unidentified = false
}

// heldIn reads an object of the state from its JSON; false where that is none.
func heldIn(kind string, raw []byte) (held heldObject, ok bool) {
	// A null leaves a text empty, as in the models.
	var state struct {
		ClientID        string      `json:"client_id"`
		Name            string      `json:"name"`
		CreditAccountID string      `json:"credit_account_id"`
		ID              string      `json:"id"`
		StartingBalance json.Number `json:"starting_balance"`
		Status          string      `json:"status"`
	}
	if json.Unmarshal(raw, &state) != nil {
		return heldObject{}, false
	}
	return heldObject{
		Kind: kind, ClientID: state.ClientID, Name: state.Name, CreditAccountID: state.CreditAccountID,
		ID: state.ID, StartingBalance: state.StartingBalance.String(), Status: state.Status,
	}, true
}

// hold notes an object of the state. What is no account or batch yet (an import
// that knows no name or no balance) has no key and is not noted.
func (r *register) hold(held heldObject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if held.ClientID == "" || held.ID == "" {
		r.unidentified = true
	}
	if held.ClientID == "" || held.Kind == creditAccountType && held.Name == "" {
		return
	}
	if held.Kind == creditBatchType {
		if _, known := thoughtindustries.ParseNumber(held.StartingBalance); !known {
			return
		}
	}
	key := held.key()
	if !slices.Contains(r.held[key], held) {
		r.held[key] = append(r.held[key], held)
	}
}

// release drops an object from the register, when it is deleted.
func (r *register) release(key objectKey, id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[key] = slices.DeleteFunc(r.held[key], func(h heldObject) bool { return strings.EqualFold(h.ID, id) })
	if len(r.held[key]) == 0 {
		delete(r.held, key)
	}
}

// create is asked when a creation is planned. It returns what the
// state holds under the key, and how many creations of the key were planned
// before this one. A creation that is permitted stands in nobody's way.
func (r *register) create(key objectKey, permitted bool) (held []heldObject, before int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	held = slices.Clone(r.held[key])
	before = r.planned[key]
	switch {
	case len(held) > 0:
	case permitted:
		r.permitted[key] = true
	default:
		r.planned[key]++
	}
	return held, before
}

// createFirst notes a planned creation that nothing speaks against: the state
// does not hold its key, and no other creation has it. Else nothing is noted.
func (r *register) createFirst(key objectKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.held[key]) > 0 || r.planned[key] > 0 {
		return false
	}
	r.planned[key]++
	return true
}

// created is told when a creation begins: from then on it is not a plan any
// more. With create_before_destroy the old object's destruction is planned
// after it and must not be refused.
func (r *register) created(key objectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.planned, key)
	delete(r.permitted, key)
}

// creates reports whether a creation of the key is planned that is not
// permitted beside a held account.
func (r *register) creates(key objectKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.planned[key] > 0
}

// heldBeside gives an account that the state holds under a key of which a
// creation is planned that is not permitted; false where there are not both.
func (r *register) heldBeside(key objectKey) (heldObject, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.planned[key] == 0 || len(r.held[key]) == 0 {
		return heldObject{}, false
	}
	return r.held[key][0], true
}

// permits reports whether a creation of the key is planned that is permitted
// beside a held account and was not told of one.
func (r *register) permits(key objectKey) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.permitted[key]
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

// holds reports whether the state holds an object, by its id in any case.
func (r *register) holds(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, objects := range r.held {
		if slices.ContainsFunc(objects, func(h heldObject) bool { return !h.guarded() && strings.EqualFold(h.ID, id) }) {
			return true
		}
	}
	return false
}

// anyUnidentified reports whether the state holds an object without an id or
// a client.
func (r *register) anyUnidentified() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unidentified
}

// A guarded object keeps what happened in its status, because that is all
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
