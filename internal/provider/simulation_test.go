package provider

import (
	"flag"
	"fmt"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var (
	simulationSeeds   = flag.Int("simulation.seeds", defaultSimulationSeeds, "how many seeds TestSimulation runs")
	simulationFirst   = flag.Uint64("simulation.first", 1, "the first seed of TestSimulation")
	simulationVerbose = flag.Bool("simulation.verbose", false, "print the steps of every seed")
)

// seedsThatMeetAll are enough to meet every fault; every exception takes more.
const seedsThatMeetAll = 2000

// simulationTally is what all seeds met.
type simulationTally struct {
	mu      sync.Mutex
	met     map[string]int
	excused map[exception]int
	runs    int
	posts   int
	failed  int
}

func (s *simulationTally) add(w *world) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, count := range w.met {
		s.met[name] += count
	}
	for name, count := range w.excused {
		s.excused[name] += count
	}
	s.runs += w.run.number
	s.posts += w.posts
}

// TestSimulation is the promise under everything that can go wrong: from each
// seed a configuration (of accounts, and from every third seed of batches too),
// faults, kills, interrupts and a person who does right and wrong things, against the rules in simulation_rules_test.go.
func TestSimulation(t *testing.T) { //nolint:tparallel // the shards are parallel, and the report waits for them
	t.Parallel()
	if _, err := simulatedSchemas(); err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much garbage, little that lives
	begun := time.Now()
	tally := &simulationTally{met: map[string]int{}, excused: map[exception]int{}}
	var next atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for shard := range runtime.GOMAXPROCS(0) {
			t.Run(fmt.Sprint("shard ", shard), func(t *testing.T) {
				t.Parallel()
				for {
					i := int(next.Add(1)) - 1
					if i >= *simulationSeeds {
						return
					}
					simulate(t, *simulationFirst+uint64(i), tally)
				}
			})
		}
	})
	t.Log(tally.report(time.Since(begun)))
	if *simulationSeeds >= seedsThatMeetAll {
		tally.checkMet(t)
	} else {
		t.Logf("not checked whether every fault was met: that takes %d seeds", seedsThatMeetAll)
	}
}

// simulate lives one seed and says what was broken.
func simulate(t *testing.T, seed uint64, tally *simulationTally) {
	t.Helper()
	var w *world
	synctest.Test(t, func(*testing.T) {
		w = newWorld(seed)
		stop := w.serve()
		w.live()
		// What a killed process still did has ended by then.
		time.Sleep(time.Hour)
		stop()
	})
	tally.add(w)
	if *simulationVerbose {
		t.Logf("seed %d:\n%s", seed, strings.Join(w.steps, "\n"))
	}
	if len(w.problems) > 0 {
		tally.mu.Lock()
		tally.failed++
		tooMany := tally.failed > 10
		tally.mu.Unlock()
		if tooMany {
			t.Errorf("seed %d fails too: %s", seed, w.problems[0])
			return
		}
		t.Errorf("seed %d:\n%s\n\nbroken:\n%s\n\nreplay: go test ./internal/provider -run 'TestSimulation$' -simulation.seeds=1 -simulation.first=%d -simulation.verbose",
			seed, strings.Join(w.steps, "\n"), strings.Join(w.problems, "\n"), seed)
	}
}

func (s *simulationTally) report(took time.Duration) string {
	lines := []string{fmt.Sprintf("%d seeds from %d in %s: %d runs, %d POSTs%s",
		*simulationSeeds, *simulationFirst, took.Round(100*time.Millisecond), s.runs, s.posts, simulationNote)}
	lines = append(lines, "met:")
	for _, name := range slices.Sorted(maps.Keys(s.met)) {
		lines = append(lines, fmt.Sprintf("  %7d %s", s.met[name], name))
	}
	lines = append(lines, "exceptions:")
	for _, name := range exceptions {
		lines = append(lines, fmt.Sprintf("  %7d %s", s.excused[name], name))
	}
	return strings.Join(lines, "\n")
}

// checkMet fails where the seeds did not meet what they are for.
func (s *simulationTally) checkMet(t *testing.T) {
	t.Helper()
	known := slices.Concat(passingGetFaults, refusingFaults, dialFaults, writeFaults, []string{
		"killed", "interrupted", "a later run names an account that a kill had left",
		"said: " + sumUnresolved, "said: " + sumSecondAccount, "said: " + sumUnknownOutcome, "said: " + sumExists, "said: " + sumBreaker,
		"said: " + sumCannotChange, "said: " + sumAlreadyTaken, "said: " + sumRefused, "said: " + sumNotCreated,
		batchTakenOut, batchImported, importOfNothing,
		"said: " + sumBatchSecond, "said: " + sumBatchUnknownOutcome, "said: " + sumBatchExists, "said: " + sumBatchBreaker,
		"said: " + sumBatchCannotChange, "said: " + sumBatchRefused, "said: " + sumBatchNotCreated, "said: " + sumBatchNotRefreshed,
	})
	for _, fault := range postFaults {
		known = append(known, "POST: "+fault.name)
	}
	for _, name := range known {
		if s.met[name] == 0 {
			t.Errorf("no seed met %q", name)
		}
	}
	for _, name := range exceptions {
		enough := 5 * seedsThatMeetAll // some are rare
		if name == byTolerance {
			enough *= 50 // a matter of seconds
		}
		if s.excused[name] == 0 && *simulationSeeds >= enough {
			t.Errorf("no seed met the exception %q", name)
		}
	}
}
