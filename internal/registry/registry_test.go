package registry

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

const (
	client      = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	otherClient = "aaaaaaaa-0c55-4b0e-9a0f-3f1d6a0b1c02"
	id          = "abcdef00-2222-4333-8444-555555555555"
	otherID     = "fedcba11-2222-4333-8444-555555555555"
)

func account(name, id string) Object {
	return Object{Kind: Account, ClientID: client, Name: name, ID: id}
}

func batch(name, id string) Object {
	return Object{Kind: Batch, ClientID: client, Name: name, StartingBalance: "5", ID: id}
}

// The rule, whichever of the two comes first.
func TestRegistry_OneRuleInBothOrders(t *testing.T) {
	t.Parallel()
	with := func(object Object, change func(*Object)) Object {
		change(&object)
		return object
	}
	upper := with(account("A", ""), func(o *Object) { o.ClientID = strings.ToUpper(client) })
	seven := func(o *Object) { o.StartingBalance = "7" }
	tests := map[string]struct {
		tracked, planned Object
		alongside        []string
		conflict         bool
	}{
		"same name":            {tracked: account("A", id), planned: account("A", ""), conflict: true},
		"client in other case": {tracked: account("A", id), planned: upper, conflict: true},
		"white space":          {tracked: account("A  B", id), planned: account("A B", ""), conflict: true},
		"another composition":  {tracked: account("Caf\u00e9", id), planned: account("Cafe\u0301", ""), conflict: true},
		"another balance":      {tracked: account("A", id), planned: with(account("A", ""), seven), conflict: true},
		"another name":         {tracked: account("A", id), planned: account("B", "")},
		"another client": {
			tracked: account("A", id), planned: with(account("A", ""), func(o *Object) { o.ClientID = otherClient }),
		},
		"listed": {
			tracked: account("A", id), planned: account("A", ""), alongside: []string{strings.ToUpper(id)},
		},
		"another one is listed": {
			tracked: account("A", id), planned: account("A", ""), alongside: []string{otherID}, conflict: true,
		},
		"unresolved": {
			tracked: account("A", ""), planned: account("A", ""), alongside: []string{"", id}, conflict: true,
		},
		"a batch by an account": {tracked: account("A", id), planned: batch("A", "")},
		"same batch": {
			tracked: batch("A", id), planned: with(batch("A", ""), func(o *Object) { o.StartingBalance = "5.0" }), conflict: true,
		},
		"batch of another balance": {tracked: batch("A", id), planned: with(batch("A", ""), seven)},
		"batch of another account": {
			tracked: batch("A", id), planned: with(batch("A", ""), func(o *Object) { o.CreditAccountID = otherID }),
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := New()
			first.Track(test.tracked)
			if got := first.PlanCreate(t.Context(), test.planned, test.alongside); got.Refused() != test.conflict {
				t.Errorf("the state first: %+v", got)
			}
			second := New()
			second.PlanCreate(t.Context(), test.planned, test.alongside)
			if got := second.Track(test.tracked); got != test.conflict {
				t.Errorf("the creation first: %v", got)
			}
			released := New()
			released.Track(test.tracked)
			released.Release(test.tracked)
			if got := released.PlanCreate(t.Context(), test.planned, test.alongside); got.Refused() {
				t.Errorf("after it was removed: %+v", got)
			}
		})
	}
}

func TestRegistry_UnresolvedIsNamedFirstAndTwoNewOnesAreRefused(t *testing.T) {
	t.Parallel()
	r := New()
	r.Track(account("A", id))
	r.Track(account("A", ""))
	if got := r.PlanCreate(t.Context(), account("A", ""), nil); got.Conflict == nil || !got.Conflict.Unresolved() {
		t.Errorf("the conflict is %+v", got)
	}
	r.PlanCreate(t.Context(), account("New", ""), []string{id})
	if got := r.PlanCreate(t.Context(), account("New", ""), []string{id}); !got.Twice || got.Conflict != nil {
		t.Errorf("the second of two new ones: %+v", got)
	}
}

// With create_before_destroy the previous object is handed over once more after the creation has begun.
func TestRegistry_ACreationThatHasBegunIsNotPlannedAnyMore(t *testing.T) {
	t.Parallel()
	r := New()
	r.PlanCreate(t.Context(), account("A", ""), nil)
	if r.Applying() || !r.Track(account("A", id)) {
		t.Fatal("the planned creation is not noted")
	}
	r.Begin(account("A", ""), nil)
	if !r.Applying() || r.Track(account("A", id)) {
		t.Error("a creation that has begun is still planned")
	}
	r.Release(account("A", id))
	if got := r.PlanCreate(t.Context(), account("A", ""), nil); !got.Twice {
		t.Errorf("another one while it runs: %+v", got)
	}
	if got := r.Begin(account("A", ""), nil); got == nil || got.ID != id {
		t.Errorf("what was deleted in this run is created again, beside %+v", got)
	}
	if got := r.Begin(account("A", ""), []string{id}); got != nil {
		t.Errorf("a replacement that is permitted does not begin, beside %+v", got)
	}
	r.End(account("A", ""))
	r.End(account("A", ""))
	if got := r.PlanCreate(t.Context(), account("A", ""), nil); got.Refused() {
		t.Errorf("another one after it has failed: %+v", got)
	}
}

func TestRegistry_ClaimsAndRetainsAnAccountOnce(t *testing.T) {
	t.Parallel()
	r := New()
	if claimed, shared := r.Retain(id); claimed || shared {
		t.Error("the first resource shares its account")
	}
	if r.Claim(id) {
		t.Error("the account of a resource that stays can be claimed")
	}
	if claimed, shared := r.Retain(strings.ToUpper(id)); !claimed || !shared {
		t.Error("the second resource does not share its account, or it is not claimed")
	}
	if !r.Claim(otherID) || r.Claim(strings.ToUpper(otherID)) {
		t.Error("a free account cannot be claimed, or twice")
	}
}

func TestRegistry_FindsByID(t *testing.T) {
	t.Parallel()
	r := New()
	r.Track(account("A", id))
	r.Track(account("B", ""))
	if got, ok := r.Find(strings.ToUpper(id)); !ok || got.Name != "A" {
		t.Errorf("it finds %+v", got)
	}
	if r.Contains(otherID) || r.Contains("") {
		t.Error("it finds what the state has not")
	}
	r.Track(account("Renamed", id))
	r.Release(account("A", id))
	if !r.Contains(id) {
		t.Error("it forgot an object that was renamed")
	}
	r.Release(account("Renamed", id))
	r.Release(account("B", ""))
	if r.Contains(id) {
		t.Error("it has an object that was removed")
	}
	_, ofB := r.UnresolvedLike(account("B", ""))
	_, ofA := r.UnresolvedLike(account("A", ""))
	if !r.HadUnresolved() || !ofB || ofA {
		t.Error("it does not know of which key there was an unresolved object")
	}
	r.Reset()
	if r.HadUnresolved() {
		t.Error("another run has what the former one had")
	}
}

// What is not known yet may turn out to be what is unresolved, whichever of the two comes first, or what it replaces.
func TestRegistry_AnUnknownCreationIsRefusedBesideWhatItMayBe(t *testing.T) {
	t.Parallel()
	stays := func(r *Registry) { r.Settle(strings.ToUpper(id)) }
	forgotten := func(r *Registry) { r.Decide(account("A", "")) }
	for name, test := range map[string]struct {
		tracked   Object
		own       func(*Registry)
		alongside []string
		refused   bool // the creation, and the object that comes after it
		conflict  bool
	}{
		"unresolved":            {account("A", ""), forgotten, nil, true, true},
		"an account that stays": {account("A", id), stays, nil, false, false},
		"a tainted account":     {account("A", id), func(*Registry) {}, nil, true, false},
		"one that is listed":    {account("A", id), func(*Registry) {}, []string{strings.ToUpper(id)}, false, false},
		"another kind":          {batch("A", ""), func(*Registry) {}, nil, false, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				first, second := New(), New()
				first.Track(test.tracked)
				test.own(first)
				if got := first.PlanUnknownCreate(t.Context(), Account, test.alongside); (got != nil) != test.refused {
					t.Errorf("before the creation: %+v", got)
				}
				if got := second.PlanUnknownCreate(t.Context(), Account, nil); got != nil {
					t.Errorf("an empty state refuses: %+v", got)
				}
				if conflict := second.Track(test.tracked); conflict != test.conflict {
					t.Errorf("after the creation: conflict %v", conflict)
				}
			})
		})
	}
}

// Nothing but its own plan call opens what is unresolved: another name or client at its address is a creation that does
// not mention it.
func TestRegistry_AnUnresolvedObjectIsDecidedByItsOwnPlanCall(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		unresolved, planned Object
		own                 func(*Registry)
		refused             bool
		waits               time.Duration
	}{
		"another name": {
			unresolved: account("A", ""), planned: account("B", ""), refused: true, waits: ownPlanTimeout,
		},
		"a batch":      {unresolved: batch("A", ""), planned: batch("B", ""), refused: true, waits: ownPlanTimeout},
		"another kind": {unresolved: account("A", ""), planned: batch("B", "")},
		"the same key": {unresolved: account("A", ""), planned: account("A", ""), refused: true},
		"forgotten": {
			unresolved: account("A", ""), planned: account("B", ""),
			own: func(r *Registry) { r.Decide(account("A", "")) },
		},
		"destroyed": {
			unresolved: account("A", ""), planned: account("B", ""),
			own: func(r *Registry) { r.Release(account("A", "")) },
		},
		"another's call": {
			unresolved: account("A", ""), planned: account("B", ""),
			own: func(r *Registry) { r.Decide(account("C", "")) }, refused: true, waits: ownPlanTimeout,
		},
		"its creation": {
			unresolved: account("A", ""), planned: account("B", ""),
			own: func(r *Registry) { r.PlanCreate(context.Background(), account("A", ""), nil) },
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := New()
				r.Track(test.unresolved)
				verdict, start := make(chan Verdict, 1), time.Now()
				go func() { verdict <- r.PlanCreate(t.Context(), test.planned, nil) }()
				synctest.Wait()
				if test.own != nil {
					test.own(r)
				}
				got := <-verdict
				if got.Refused() != test.refused || test.refused && !got.Conflict.Unresolved() {
					t.Errorf("the verdict is %+v", got)
				}
				if waited := time.Since(start); waited != test.waits {
					t.Errorf("it waited %s, want %s", waited, test.waits)
				}
			})
		})
	}
}
