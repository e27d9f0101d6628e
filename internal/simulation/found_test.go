package simulation

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// What the simulation found, each as a test of its own. They are repeated from
// several seeds where the fault showed in some of the orders of an engine alone.

// inQuietScenario has two declared accounts of one client and of the given
// names, an instance without quirks, and nothing that goes wrong.
func inQuietScenario(t *testing.T, seeds uint64, first, second string, test func(s *scenario, a, b *declared)) {
	t.Helper()
	for seed := range seeds {
		synctest.Test(t, func(t *testing.T) {
			s := newScenario(seed)
			s.policy, s.declared, s.batches, s.perMinute, s.timeout, s.api.objects = "fail", nil, 0, 0, "", nil
			s.api.traits = traits{form: "documented", paging: "page", perPage: 25, latency: 5 * time.Millisecond}
			for _, name := range []string{first, second} {
				d := s.declare()
				d.client, d.name, d.balance, d.cbd, d.timeout = testClient, name, "100", false, ""
			}
			stop := s.api.serve()
			test(s, s.declared[0], s.declared[1])
			time.Sleep(12 * time.Hour)
			stop()
			for _, problem := range s.problems {
				t.Errorf("seed %d: %s", seed, problem.text)
			}
		})
	}
}

// leaveUnresolved leaves the first account with an unknown outcome, not created,
// and the second not declared.
func (s *scenario) leaveUnresolved(b *declared) {
	b.absent = true
	s.profile = faultProfile{outage: "500, not stored"}
	s.execute(s.newRun(), endsNormally)
	s.profile = faultProfile{}
	b.absent = false
}

func (s *scenario) wantSaid(t *testing.T, r *engineRun, summary string) {
	t.Helper()
	s.execute(r, endsNormally)
	if !slices.ContainsFunc(r.said, func(d diagnostic) bool { return d.failed && d.summary == summary }) {
		t.Errorf("seed %d: nothing says %q but %v", s.seed, summary, r.said)
	}
}

func TestSecondAccount_BesideAnUnresolvedOneThatIsTakenOverIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Training", func(s *scenario, a, b *declared) {
		s.leaveUnresolved(b)
		a.existing = otherID
		s.invented[otherID] = true
		r := s.newRun()
		s.execute(r, endsNormally)
		if !r.failed() || len(s.posts) != 1 {
			t.Errorf("seed %d: failed=%v, %d POSTs", s.seed, r.failed(), len(s.posts))
		}
	})
}

func TestSecondAccount_BesideAPermittedReplacementIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Training", func(s *scenario, a, b *declared) {
		b.absent = true
		s.execute(s.newRun(), endsNormally)
		b.absent, a.alongside = false, []string{s.state.current[a.address].id()}
		s.taint(a, true)
		s.wantSaid(t, s.newRun(), sumSecondAccount)
	})
}

func TestUnresolved_UntaintedCannotTakeWhatAnotherResourceHas(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Other", func(s *scenario, a, b *declared) {
		s.leaveUnresolved(b)
		unresolved := *s.state.current[a.address]
		unresolved.tainted = false
		a.absent = true
		before := s.state.clone()
		delete(s.state.current, a.address)
		s.judgeRun(nil, before, false)
		s.execute(s.newRun(), endsNormally)

		s.state.current[a.address] = &unresolved
		s.untainted[a.address] = true
		a.absent, a.existing = false, s.state.current[b.address].id()
		s.wantSaid(t, s.newRun(), sumAlreadyTaken)
	})
}

func TestReplacement_IsPermittedOnceByTheIDThatIsListed(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, _ *declared) {
			a.cbd = createFirst
			s.execute(s.newRun(), endsNormally)
			a.alongside = []string{s.state.current[a.address].id()}
			r := s.newRun()
			r.replace = map[string]bool{a.address: true}
			s.execute(r, endsNormally)
			if r.failed() || len(s.posts) != 3 {
				t.Errorf("seed %d: %d POSTs, %v", s.seed, len(s.posts), r.said)
			}
			s.taint(a, true)
			s.wantSaid(t, s.newRun(), sumSecondAccount)
		})
	}
}

func TestReplacement_ThatIsLostIsNotFoundInTheOldAccount(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, b *declared) {
		b.absent, a.cbd, s.policy = true, true, "ignore"
		s.execute(s.newRun(), endsNormally)
		a.alongside = []string{s.state.current[a.address].id()}
		r := s.newRun()
		r.replace = map[string]bool{a.address: true}
		s.profile = faultProfile{outage: "connection lost, not stored"}
		s.wantSaid(t, r, sumUnknown)
	})
}

func TestBatch_IsNotReplacedByARenameEither(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, b *declared) {
		a.absent, b.absent, s.batches = true, true, 100
		batch := s.declare()
		s.execute(s.newRun(), endsNormally)
		batch.name += "!"
		r := s.newRun()
		r.replace = map[string]bool{batch.address: true}
		s.wantSaid(t, r, sumBatchSecond)
	})
}

func TestUnresolved_PlanEndsThoughTheAPIAsksToComeBackForEver(t *testing.T) {
	t.Parallel()
	leave := map[string]func(s *scenario, b *declared){
		"account": (*scenario).leaveUnresolved,
		"batch": func(s *scenario, b *declared) {
			s.declared[0].absent = true
			s.batches = 100
			batch := s.declare()
			batch.client, batch.name, batch.account = testClient, "Year", ""
			s.leaveUnresolved(b)
		},
	}
	for name, leave := range leave {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inQuietScenario(t, 1, "Training", "Other", func(s *scenario, _, b *declared) {
				leave(s, b)
				b.absent = true
				s.profile = faultProfile{lookups: "lookup 429"}
				begun := time.Now()
				s.wantSaid(t, s.newRun(), sumUnresolved)
				if took := time.Since(begun); took > 5*time.Minute {
					t.Errorf("the plan took %s", took)
				}
			})
		})
	}
}
