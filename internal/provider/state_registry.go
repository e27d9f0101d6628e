package provider

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// stateRegistry is what keeps a plan from making a second account, or a second
// batch, by accident.
//
// An engine asks for a creation whenever it has no usable object at an
// address: after a rename without a moved block, for a tainted object, for a
// second resource of the same name, after an outcome that nobody knows. The
// plan call alone does not distinguish these from the first creation, because
// its prior state is null in all of them. But engines hand every object of the
// state to UpgradeResourceState first, also without a refresh, and so the
// registry learns what the state has.
//
// There is one rule. An object that the state tracks and a planned creation of
// the same key are in conflict, unless the creation names the object's id in
// create_alongside; so are two planned creations of one key. Calls of different
// objects come concurrently and in any order, so each of the two is compared
// with what came before it, and whichever comes second is refused.
//
// It belongs to one configured provider: plan and apply are processes of their
// own, and each configuring starts anew.
type stateRegistry struct {
	mu      sync.Mutex
	tracked map[objectKey][]trackedObject
	// unnamed are the accounts whose name the state does not have, by client in
	// lower case.
	unnamed map[string][]*undecidedObject
	// unresolved are those that were undecided when they were handed over.
	unresolved []*undecidedObject
	// destructionPlanned: the engine asks for a plan of what it destroys too.
	destructionPlanned bool
	// applying: the creations that were planned begin.
	applying bool
	// planned are the creations that were planned and have not begun.
	planned map[objectKey][]plannedCreation
	// creating counts the creations that have begun and not ended.
	creating map[objectKey]int
	// claims counts the planned creations that take over an account, and retained
	// the resources that stay with one, by id in lower case.
	claims, retained map[string]int
	// unidentified: an object of the state lacks its id or its client.
	unidentified bool
}

// objectKey is what makes two declared objects the same: the API lets a client
// have several accounts of one name, and several equal batches, but by accident
// they come of a plan that creates what the state has.
type objectKey struct {
	kind     string // the resource's type
	clientID string
	name     string // empty for a batch without one
	// Of batches alone.
	creditAccountID string
	startingBalance float64
}

func accountKey(clientID, name string) objectKey {
	return objectKey{kind: creditAccountType, clientID: strings.ToLower(clientID), name: thoughtindustries.NormalizeName(name)}
}

func batchKey(clientID, creditAccountID, name, startingBalance string) objectKey {
	key := objectKey{
		kind: creditBatchType, clientID: strings.ToLower(clientID),
		name: thoughtindustries.NormalizeName(name), creditAccountID: strings.ToLower(creditAccountID),
	}
	if balance, ok := thoughtindustries.ParseNumber(startingBalance); ok {
		key.startingBalance, _ = balance.Float().Float64()
	}
	return key
}

// trackedObject is an account or a batch in the state.
type trackedObject struct {
	// Kind is the resource's type.
	Kind     string
	ClientID string
	// Name is empty for a batch without one, and for an account whose name
	// is not known yet.
	Name string
	// CreditAccountID of a batch; empty where it has none.
	CreditAccountID string
	// ID is empty for an unresolved object.
	ID string
	// StartingBalance is a decimal number, or no number where it is not known.
	StartingBalance string
	// Status says, for an unresolved object, what happened and when.
	Status string
}

func (o trackedObject) key() objectKey {
	if o.Kind == creditBatchType {
		return batchKey(o.ClientID, o.CreditAccountID, o.Name, o.StartingBalance)
	}
	return accountKey(o.ClientID, o.Name)
}

// unresolved: the outcome of its creation is unknown.
func (o trackedObject) unresolved() bool { return o.ID == "" }

// plannedCreation is a creation that a plan call asked for.
type plannedCreation struct {
	// alongside are the ids that it may be created beside, in lower case.
	alongside []string
}

// covers reports whether the creation may stand beside an object. An unresolved
// one has no id, so nothing covers it.
func (p plannedCreation) covers(object trackedObject) bool {
	return object.ID != "" && slices.Contains(p.alongside, strings.ToLower(object.ID))
}

func newStateRegistry() *stateRegistry {
	r := &stateRegistry{}
	r.reset(true)
	return r
}

// reset starts a run anew. destructionPlanned: its engine asks for a plan of what
// it destroys too.
func (r *stateRegistry) reset(destructionPlanned bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.destructionPlanned, r.applying = destructionPlanned, false
	r.tracked = map[objectKey][]trackedObject{}
	r.unnamed, r.unresolved = map[string][]*undecidedObject{}, nil
	r.planned, r.creating = map[objectKey][]plannedCreation{}, map[objectKey]int{}
	r.claims, r.retained = map[string]int{}, map[string]int{}
	r.unidentified = false
}

// trackedIn reads an object of the state from its JSON; false where that is none.
func trackedIn(kind string, raw []byte) (object trackedObject, ok bool) {
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
		return trackedObject{}, false
	}
	return trackedObject{
		Kind: kind, ClientID: state.ClientID, Name: state.Name, CreditAccountID: state.CreditAccountID,
		ID: state.ID, StartingBalance: state.StartingBalance.String(), Status: state.Status,
	}, true
}

// track notes an object of the state. It reports whether a creation that was
// planned before is in conflict with it.
func (r *stateRegistry) track(object trackedObject) (conflict bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if object.ClientID == "" || object.ID == "" {
		r.unidentified = true
	}
	if object.ClientID == "" {
		return false // a moved object whose client is not known yet
	}
	if object.Kind == creditAccountType && object.Name == "" {
		return r.trackUnnamed(object)
	}
	if object.Kind == creditBatchType {
		if _, known := thoughtindustries.ParseNumber(object.StartingBalance); !known {
			return false
		}
	}
	key := object.key()
	r.tracked[key] = appendNew(r.tracked[key], object)
	if object.unresolved() {
		r.trackUnresolved(object)
	}
	if r.destructionPlanned {
		r.dropUnnamed(object) // it has a name now
	}
	return !allCover(r.planned[key], object)
}

func appendNew(objects []trackedObject, object trackedObject) []trackedObject {
	if slices.Contains(objects, object) {
		return objects
	}
	return append(objects, object)
}

func allCover(creations []plannedCreation, object trackedObject) bool {
	return !slices.ContainsFunc(creations, func(p plannedCreation) bool { return !p.covers(object) })
}

// release drops an object, when it is deleted.
func (r *stateRegistry) release(object trackedObject) {
	r.mu.Lock()
	defer r.mu.Unlock()
	key := object.key()
	r.tracked[key] = slices.DeleteFunc(r.tracked[key], func(o trackedObject) bool { return strings.EqualFold(o.ID, object.ID) })
	r.dropUnnamed(object)
	r.decideUnresolvedLocked(key)
}

// creationPlan is what the registry says of a planned creation.
type creationPlan struct {
	// conflict is an object of the state that stands in the way, an unresolved one
	// before any other; nil where there is none.
	conflict *trackedObject
	// uncovered are the ids of all that stand in the way, as far as they have one.
	uncovered []string
	// twice: another creation of the same key is planned or under way.
	twice bool
}

// refused: the creation may not be planned.
func (p creationPlan) refused() bool { return p.conflict != nil || p.twice }

// planCreate is asked when a creation is planned, and notes it. It waits for the
// plan calls of undecided objects.
func (r *stateRegistry) planCreate(ctx context.Context, key objectKey, alongside []string) creationPlan {
	creation := plannedCreation{}
	for _, id := range alongside {
		creation.alongside = append(creation.alongside, strings.ToLower(id))
	}
	awaited := r.await(ctx, key, creation)
	r.mu.Lock()
	defer r.mu.Unlock()
	plan := creationPlan{twice: len(r.planned[key]) > 0 || r.creating[key] > 0}
	objects := slices.Clone(r.tracked[key])
	for _, object := range r.mayBe(key, creation) {
		// One that came meanwhile is left to its own plan call, which comes later.
		if object.isDecided() || slices.Contains(awaited, object) {
			objects = append(objects, object.trackedObject)
		}
	}
	for _, object := range objects {
		if creation.covers(object) {
			continue
		}
		if plan.conflict == nil || object.unresolved() && !plan.conflict.unresolved() {
			plan.conflict = &object
		}
		if !object.unresolved() {
			plan.uncovered = append(plan.uncovered, object.ID)
		}
	}
	r.planned[key] = append(r.planned[key], creation)
	return plan
}

// idsOf gives the ids that the state has under a key.
func (r *stateRegistry) idsOf(key objectKey) (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, object := range r.tracked[key] {
		if !object.unresolved() {
			ids = append(ids, object.ID)
		}
	}
	for _, unnamed := range r.unnamed[key.clientID] {
		if !unnamed.unresolved() {
			ids = append(ids, unnamed.ID)
		}
	}
	return ids
}

// alongsideOf gives what the planned creations list that an object is in
// conflict with.
func (r *stateRegistry) alongsideOf(object trackedObject) (ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for key, creations := range r.planned {
		if key != object.key() && (object.Name != "" || key.kind != object.Kind || !strings.EqualFold(key.clientID, object.ClientID)) {
			continue
		}
		for _, creation := range creations {
			if !creation.covers(object) {
				ids = append(ids, creation.alongside...)
			}
		}
	}
	return ids
}

// beginCreate is called when a creation begins: from then on it is not a plan any
// more. With create_before_destroy the old object is handed over once more
// afterwards, and must not be refused.
func (r *stateRegistry) beginCreate(key objectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.planned, key)
	r.creating[key]++
	r.applying = true
}

// endCreate is called when it has ended. What was created is tracked by then.
func (r *stateRegistry) endCreate(key objectKey) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.creating[key]--
}

// claim notes that a planned creation takes over an account; false where another
// planned creation takes it too, or a resource that stays has it.
func (r *stateRegistry) claim(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	r.claims[id]++
	return r.claims[id] == 1 && r.retained[id] == 0
}

// retain notes that a resource stays with its account. It reports whether a
// planned creation takes that account over, and whether another resource that
// stays has it too.
func (r *stateRegistry) retain(id string) (claimed, shared bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id = strings.ToLower(id)
	r.retained[id]++
	return r.claims[id] > 0, r.retained[id] > 1
}

// containsID reports whether the state has an object, by its id in any case.
func (r *stateRegistry) containsID(id string) bool {
	_, ok := r.find(id)
	return ok
}

// find gives the object of the state that has an id, in any case.
func (r *stateRegistry) find(id string) (trackedObject, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	same := func(o trackedObject) bool { return !o.unresolved() && strings.EqualFold(o.ID, id) }
	for _, accounts := range r.unnamed {
		for _, unnamed := range accounts {
			if same(unnamed.trackedObject) {
				return unnamed.trackedObject, true
			}
		}
	}
	for _, objects := range r.tracked {
		if i := slices.IndexFunc(objects, same); i >= 0 {
			return objects[i], true
		}
	}
	return trackedObject{}, false
}

// anyUnidentified reports whether the state has an object without an id or a
// client.
func (r *stateRegistry) anyUnidentified() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.unidentified
}

// An unresolved object keeps what happened in its status, because that is all
// that a plan without refresh can see of it: private data is not handed to the
// plan of a tainted object.
const (
	unresolvedPrefix = "outcome unknown since "
	unresolvedInfix  = ": "
)

func unresolvedStatus(at time.Time, reason string) string {
	return unresolvedPrefix + at.UTC().Format(time.RFC3339) + unresolvedInfix + reason
}

// unresolvedSince reads what unresolvedStatus wrote; the zero time where it cannot.
func unresolvedSince(status string) (at time.Time, reason string) {
	rest, ok := strings.CutPrefix(status, unresolvedPrefix)
	if !ok {
		return time.Time{}, status
	}
	when, reason, ok := strings.Cut(rest, unresolvedInfix)
	if !ok {
		return time.Time{}, status
	}
	at, err := time.Parse(time.RFC3339, when)
	if err != nil {
		return time.Time{}, status
	}
	return at, reason
}
