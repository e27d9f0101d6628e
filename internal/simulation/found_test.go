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
			s.policy, s.declared, s.batches, s.timeout, s.api.objects = "fail", nil, 0, "", nil
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
	s.execute(s.newRun())
	s.profile = faultProfile{}
	b.absent = false
}

// wantSaid expects that a run fails with one of these messages.
func (s *scenario) wantSaid(t *testing.T, r *engineRun, summaries ...string) {
	t.Helper()
	s.execute(r)
	if !slices.ContainsFunc(r.said, func(d diagnostic) bool { return d.failed && slices.Contains(summaries, d.summary) }) {
		t.Errorf("seed %d: nothing says %q but %v", s.seed, summaries, r.said)
	}
}

func (s *scenario) wantPosts(t *testing.T, count int) {
	t.Helper()
	if len(s.posts) != count {
		t.Errorf("seed %d: %d POSTs", s.seed, len(s.posts))
	}
}

func TestSecondAccount_BesideAnUnresolvedOneThatIsTakenOverIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Training", func(s *scenario, a, b *declared) {
		s.leaveUnresolved(b)
		a.existing = otherID
		s.invented[otherID] = true
		s.wantSaid(t, s.newRun(), sumSecondAccount, sumUnresolved)
		s.wantPosts(t, 1)
	})
}

func TestSecondAccount_BesideAPermittedReplacementIsRefusedInEveryOrder(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Training", func(s *scenario, a, b *declared) {
		b.absent = true
		s.execute(s.newRun())
		b.absent, a.alongside = false, []string{s.state.current[a.address].id()}
		s.taint(a, true)
		s.wantSaid(t, s.newRun(), sumSecondAccount)
	})
}

func TestUnresolved_UntaintedCannotTakeWhatAnotherResourceHas(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 20, "Training", "Other", func(s *scenario, a, b *declared) {
		s.leaveUnresolved(b)
		s.taint(a, false)
		unresolved := s.state.current[a.address]
		a.absent = true
		before := s.state.clone()
		delete(s.state.current, a.address)
		s.judgeRun(nil, before, false)
		s.execute(s.newRun())

		s.state.current[a.address] = unresolved
		a.absent, a.existing = false, s.state.current[b.address].id()
		s.wantSaid(t, s.newRun(), sumAlreadyTaken)
	})
}

func TestReplacement_IsPermittedOnceByTheIDThatIsListed(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, _ *declared) {
			a.cbd = createFirst
			s.execute(s.newRun())
			a.alongside = []string{s.state.current[a.address].id()}
			r := s.newRun()
			r.replace[a.address] = true
			s.execute(r)
			s.wantPosts(t, 3)
			s.taint(a, true)
			s.wantSaid(t, s.newRun(), sumSecondAccount)
		})
	}
}

func TestReplacement_ThatIsLostIsNotFoundInTheOldAccount(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, b *declared) {
		b.absent, a.cbd, s.policy = true, true, "ignore"
		s.execute(s.newRun())
		a.alongside = []string{s.state.current[a.address].id()}
		r := s.newRun()
		r.replace[a.address] = true
		s.profile = faultProfile{outage: "connection lost, not stored"}
		s.wantSaid(t, r, sumUnknown)
	})
}

func TestBatch_IsNotReplacedByARenameEither(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 5, "Training", "Other", func(s *scenario, a, b *declared) {
		a.absent, b.absent, s.batches = true, true, 100
		batch := s.declare()
		s.execute(s.newRun())
		batch.name += "!"
		r := s.newRun()
		r.replace[batch.address] = true
		s.wantSaid(t, r, sumBatchSecond)
	})
}

func TestUnresolved_PlanEndsThoughTheAPIAsksToComeBackForEver(t *testing.T) {
	t.Parallel()
	inQuietScenario(t, 1, "Training", "Other", func(s *scenario, _, b *declared) {
		s.leaveUnresolved(b)
		b.absent = true
		s.profile = faultProfile{lookups: "lookup 429"}
		begun := time.Now()
		s.wantSaid(t, s.newRun(), sumUnresolved)
		if took := time.Since(begun); took > 5*time.Minute {
			t.Errorf("the plan took %s", took)
		}
	})
}
