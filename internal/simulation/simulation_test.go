package simulation

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
	simulationShards  = flag.Int("simulation.shards", runtime.GOMAXPROCS(0), "how many seeds run at once")
	simulationShown   = flag.Int("simulation.shown", 10, "how many failing seeds are shown whole")
	simulationVerbose = flag.Bool("simulation.verbose", false, "print the steps of every seed")
)

// simulationTally counts what came of all seeds.
type simulationTally struct {
	mu                  sync.Mutex
	broken              map[rule]int // first, by a seed
	runs, posts, failed int
}

// TestSimulation is the promise under everything that can go wrong: from each
// seed an instance, a configuration, faults, kills, interrupts and a person who
// does right and wrong things, against the oracle. README.md describes it.
func TestSimulation(t *testing.T) { //nolint:tparallel // the shards are parallel, and the report waits for them
	t.Parallel()
	simulatedSchemas()                                // outside of any bubble of virtual time
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much garbage, little that lives
	begun := time.Now()
	tally := &simulationTally{broken: map[rule]int{}}
	var next atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for shard := range *simulationShards {
			t.Run(fmt.Sprint("shard ", shard), func(t *testing.T) {
				t.Parallel()
				for i := next.Add(1) - 1; i < int64(*simulationSeeds); i = next.Add(1) - 1 {
					simulate(t, *simulationFirst+uint64(i), tally)
				}
			})
		}
	})
	t.Logf("%d seeds from %d in %s: %d runs, %d POSTs%s", *simulationSeeds, *simulationFirst,
		time.Since(begun).Round(100*time.Millisecond), tally.runs, tally.posts, simulationNote)
	for _, broken := range slices.Sorted(maps.Keys(tally.broken)) {
		t.Logf("broken first in %d seeds: %s", tally.broken[broken], broken)
	}
}

// simulate lives one seed and says what was broken.
func simulate(t *testing.T, seed uint64, tally *simulationTally) {
	t.Helper()
	var s *scenario
	synctest.Test(t, func(*testing.T) {
		s = newScenario(seed)
		stop := s.api.serve()
		s.live()
		// What a killed process still did has ended by then.
		time.Sleep(12 * time.Hour)
		stop()
	})
	isShown := tally.add(s)
	text := fmt.Sprintf("seed %d: %+v\n%s\n", seed, s.api.traits, strings.Join(s.steps, "\n"))
	switch {
	case len(s.problems) == 0:
		if *simulationVerbose {
			t.Log(text)
		}
		return
	case !isShown:
		t.Errorf("seed %d fails too: %s", seed, s.problems[0].text)
		return
	}
	text += "\nbroken:\n"
	for _, problem := range s.problems {
		text += problem.text + "\n"
	}
	t.Errorf("%s\nreplay: go test ./internal/simulation -run 'TestSimulation$' -simulation.seeds=1 "+
		"-simulation.first=%d -simulation.verbose", text, seed)
}

// add counts a seed and reports whether it is shown whole if it fails.
func (t *simulationTally) add(s *scenario) (isShown bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.runs += s.run.number
	t.posts += len(s.posts)
	if len(s.problems) > 0 {
		t.broken[s.problems[0].rule]++
		t.failed++
	}
	return t.failed <= *simulationShown
}
