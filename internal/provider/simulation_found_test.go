package provider

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// What the simulation found, each as a test of its own. They are repeated from
// several seeds where the fault showed in some of the orders of an engine alone.

// inQuietWorld has two declared accounts of one client and of the given names, and
// nothing that goes wrong.
func inQuietWorld(t *testing.T, seeds uint64, first, second string, test func(w *world, a, b *declared)) {
	t.Helper()
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(seed)
			w.policy, w.declared, w.state, w.batches = "fail", nil, newEngineState(), 0
			for _, name := range []string{first, second} {
				d := w.declare()
				d.client, d.name, d.balance, d.allow, d.cbd = testClient, name, "100", false, false
			}
			stop := w.serve()
			test(w, w.declared[0], w.declared[1])
			stop()
			for _, problem := range w.problems {
				t.Errorf("seed %d: %s", seed, problem)
			}
		})
	}
}

// guardFirst leaves the first account with an unknown outcome, not created, and
// the second not declared.
func (w *world) guardFirst(b *declared) {
	b.absent = true
	w.weather = weather{outage: "500, not stored"}
	w.execute(w.newRun(), endsNormally)
	w.weather = weather{}
	b.absent = false
}

func (w *world) wantTold(t *testing.T, r *engineRun, summary string) {
	t.Helper()
	w.execute(r, endsNormally)
	if !slices.ContainsFunc(r.told, func(t told) bool { return t.failed && t.summary == summary }) {
		t.Errorf("seed %d: nothing says %q but %v", w.seed, summary, r.told)
	}
}

func TestSecondAccount_BesideAGuardThatIsTakenOverIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietWorld(t, 20, "Training", "Training", func(w *world, a, b *declared) {
		w.guardFirst(b)
		a.existing = otherID
		w.invented[otherID] = true
		r := w.newRun()
		w.execute(r, endsNormally)
		if !r.failed() || w.posts != 1 {
			t.Errorf("seed %d: failed=%v, %d POSTs", w.seed, r.failed(), w.posts)
		}
	})
}

func TestSecondAccount_BesideAPermittedReplacementIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietWorld(t, 20, "Training", "Training", func(w *world, a, b *declared) {
		b.absent = true
		w.execute(w.newRun(), endsNormally)
		b.absent, a.allow = false, true
		tainted := *w.state.current[a.address]
		tainted.tainted = true
		w.state.current[a.address] = &tainted
		w.wantTold(t, w.newRun(), sumSecondAccount)
	})
}

func TestUnresolved_UntaintedCannotTakeWhatAnotherResourceHas(t *testing.T) {
	t.Parallel()
	inQuietWorld(t, 20, "Training", "Other", func(w *world, a, b *declared) {
		w.guardFirst(b)
		guard := *w.state.current[a.address]
		guard.tainted = false
		a.absent = true
		delete(w.state.current, a.address)
		w.execute(w.newRun(), endsNormally)

		w.state.current[a.address] = &guard
		w.untainted[a.address] = true
		a.absent, a.existing = false, w.state.current[b.address].id()
		w.wantTold(t, w.newRun(), sumAlreadyTaken)
	})
}

func TestAdopt_LeavesToAnUnchangedResourceWhatItHolds(t *testing.T) {
	t.Parallel()
	inQuietWorld(t, 10, "Training", "Training", func(w *world, _, b *declared) {
		w.policy = "adopt"
		b.absent = true
		w.execute(w.newRun(), endsNormally)
		time.Sleep(time.Hour) // for listings that lag
		b.absent, b.allow = false, true
		r := w.newRun()
		r.checks = false
		w.wantTold(t, r, sumExists)
	})
}

func TestAdopt_AReplacementLeavesToAnotherResourceWhatItHolds(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		inQuietWorld(t, 10, "Training", "Training", func(w *world, _, b *declared) {
			w.policy = "adopt"
			b.cbd = createFirst
			w.execute(w.newRun(), endsNormally)
			time.Sleep(time.Hour) // for listings that lag
			r := w.newRun()
			r.replace = map[string]bool{b.address: true}
			r.checks = false
			w.wantTold(t, r, sumExists)
		})
	}
}

func TestUnresolved_PlanEndsThoughTheAPIAsksToComeBackForEver(t *testing.T) {
	t.Parallel()
	guards := map[string]func(w *world, b *declared){
		"account": (*world).guardFirst,
		"batch": func(w *world, b *declared) {
			w.declared[0].absent = true
			batch := w.declareBatch()
			batch.client, batch.name, batch.account = testClient, "Year", ""
			w.guardFirst(b)
		},
	}
	for name, guard := range guards {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inQuietWorld(t, 1, "Training", "Other", func(w *world, _, b *declared) {
				guard(w, b)
				w.weather = weather{lookUps: "look-up 429"}
				begun := time.Now()
				w.wantTold(t, w.newRun(), sumUnresolved)
				if took := time.Since(begun); took > 5*time.Minute {
					t.Errorf("the plan took %s", took)
				}
			})
		})
	}
}
