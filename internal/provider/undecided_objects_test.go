package provider

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// An account without a name may be the one that a plan wants to create. What
// becomes of it says whether it is, in whatever order that comes to be known.
func TestStateRegistry_AnAccountWithoutANameIsDecidedByItsOwnPlanCall(t *testing.T) {
	t.Parallel()
	unnamed := trackedObject{Kind: creditAccountType, ClientID: testClient, ID: otherID}
	named := func(name string) trackedObject {
		object := unnamed
		object.Name = name
		return object
	}
	const earlier, now = -time.Second, time.Second
	tests := map[string]struct {
		old       bool // the engine plans no destruction
		alongside []string
		client    string
		// tracked is when the state hands the account over, seen from the creation; own
		// is its plan call, a little later.
		tracked time.Duration
		own     func(r *stateRegistry) (conflict bool)
		refused bool
	}{
		"it gets another name, before":            {tracked: earlier, own: func(r *stateRegistry) bool { return r.track(named("Other")) }},
		"it gets another name, after":             {tracked: now, own: func(r *stateRegistry) bool { return r.track(named("Other")) }},
		"it gets the same name, before":           {tracked: earlier, own: func(r *stateRegistry) bool { return r.track(named("Training")) }, refused: true},
		"it gets the same name, after":            {tracked: now, own: func(r *stateRegistry) bool { return r.track(named("Training")) }, refused: true},
		"it goes or stays without a name, before": {tracked: earlier, own: func(r *stateRegistry) bool { return r.stayUnnamed(unnamed) }, refused: true},
		"it goes or stays without a name, after":  {tracked: now, own: func(r *stateRegistry) bool { return r.stayUnnamed(unnamed) }, refused: true},
		"it is not asked about, before":           {tracked: earlier, refused: true},
		"it is listed, and goes":                  {tracked: earlier, own: func(r *stateRegistry) bool { return r.stayUnnamed(unnamed) }, alongside: []string{otherID}},
		"it is listed, and not asked about":       {tracked: earlier, alongside: []string{otherID}},
		"another client's goes":                   {client: otherClient, tracked: now, own: func(r *stateRegistry) bool { return r.stayUnnamed(unnamed) }},
		"it was destroyed":                        {tracked: earlier, own: func(r *stateRegistry) bool { r.release(unnamed); return false }},
		"an old engine, before":                   {old: true, tracked: earlier, own: func(r *stateRegistry) bool { return r.track(named("Other")) }, refused: true},
		"an old engine, after":                    {old: true, tracked: now, refused: true},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newStateRegistry()
				r.reset(!test.old)
				client := test.client
				if client == "" {
					client = testClient
				}
				creation := make(chan bool, 1)
				create := func() {
					creation <- r.planCreate(t.Context(), accountKey(client, "Training"), test.alongside).refused()
				}
				if test.tracked == now {
					create()
				}
				refused := r.track(unnamed)
				if test.tracked == earlier {
					go create()
					synctest.Wait()
				}
				if test.own != nil {
					refused = test.own(r) || refused
				}
				refused = <-creation || refused
				if refused != test.refused {
					t.Errorf("refused: %v", refused)
				}
			})
		})
	}
}

// A plan that passed, applies: an account without a name is replaced beside a
// creation, and the old one is handed over when both have begun.
func TestStateRegistry_AnAccountWithoutANameThatIsReplacedStopsNoApply(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	unnamed := trackedObject{Kind: creditAccountType, ClientID: testClient, ID: otherID}
	r.planCreate(t.Context(), accountKey(testClient, "Training"), []string{otherID})
	r.beginCreate(accountKey(testClient, "Training"))
	r.planCreate(t.Context(), accountKey(testClient, "Other"), nil)
	if r.track(unnamed) || r.stayUnnamed(unnamed) {
		t.Error("its destruction is refused")
	}
}

// Nothing but its own plan call opens what is unresolved: another name or client
// at its address is a creation that says nothing of it.
func TestStateRegistry_AnUnresolvedObjectIsDecidedByItsOwnPlanCall(t *testing.T) {
	t.Parallel()
	account := trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "Training", Status: "outcome unknown"}
	batch := trackedObject{Kind: creditBatchType, ClientID: testClient, Name: "Training", StartingBalance: "5", Status: "outcome unknown"}
	tests := map[string]struct {
		object  trackedObject
		planned objectKey
		old     bool // the engine plans no destruction
		own     func(r *stateRegistry)
		refused bool
	}{
		"another name":                  {object: account, planned: accountKey(testClient, "Other"), refused: true},
		"another client":                {object: account, planned: accountKey(otherClient, "Training"), refused: true},
		"a batch of another name":       {object: batch, planned: batchKey(testClient, "", "Other", "5"), refused: true},
		"a batch beside an account":     {object: account, planned: batchKey(testClient, "", "Other", "5")},
		"it is forgotten or taken over": {object: account, planned: accountKey(testClient, "Other"), own: func(r *stateRegistry) { r.decideUnresolved(account.key()) }},
		"it is destroyed":               {object: account, planned: accountKey(testClient, "Other"), own: func(r *stateRegistry) { r.release(account) }},
		"its own creation":              {object: account, planned: accountKey(testClient, "Other"), own: func(r *stateRegistry) { r.planCreate(context.Background(), account.key(), nil) }},
		"an old engine":                 {object: account, planned: accountKey(testClient, "Other"), old: true},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newStateRegistry()
				r.reset(!test.old)
				r.track(test.object)
				plan := make(chan creationPlan, 1)
				go func() { plan <- r.planCreate(t.Context(), test.planned, nil) }()
				synctest.Wait()
				if test.own != nil {
					test.own(r)
				}
				if got := <-plan; got.refused() != test.refused || test.refused && !got.conflict.unresolved() {
					t.Errorf("it says %+v", got)
				}
			})
		})
	}
}
