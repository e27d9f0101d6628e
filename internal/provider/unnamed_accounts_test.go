package provider

import (
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
				refused := false
				creation := func() {
					plan := r.planCreate(t.Context(), accountKey(client, "Training"), test.alongside)
					refused = refused || plan.refused()
				}
				if test.tracked == now {
					creation()
				}
				refused = r.track(unnamed) || refused
				if test.tracked == earlier {
					go creation()
					synctest.Wait()
				}
				if test.own != nil {
					refused = test.own(r) || refused
				}
				time.Sleep(ownPlanTimeout + time.Second)
				synctest.Wait()
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
