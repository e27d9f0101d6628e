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

// seedsThatMeetAll are enough to meet every fault.
const seedsThatMeetAll = 10000

// simulationTally is what all seeds met, how often.
type simulationTally struct {
	mu                  sync.Mutex
	met                 map[string]int
	runs, posts, failed int
}

func (t *simulationTally) add(s *scenario) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for name, count := range s.met {
		t.met[name] += count
	}
	t.runs += s.run.number
	t.posts += len(s.posts)
}

// TestSimulation is the promise under everything that can go wrong: from each
// seed an instance, a configuration, faults, kills, interrupts and a person who
// does right and wrong things, against the oracle. README.md describes it.
func TestSimulation(t *testing.T) { //nolint:tparallel // the shards are parallel, and the report waits for them
	t.Parallel()
	simulatedSchemas()                                // outside of any bubble of virtual time
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much garbage, little that lives
	begun := time.Now()
	tally := &simulationTally{met: map[string]int{}}
	var next atomic.Int64
	t.Run("seeds", func(t *testing.T) {
		for shard := range *simulationShards {
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
	var all []*scenario
	synctest.Test(t, func(*testing.T) {
		all = newScenarios(seed)
		stop := all[0].api.serve()
		var pipelines sync.WaitGroup
		for _, s := range all {
			pipelines.Go(s.live)
		}
		pipelines.Wait()
		// What a killed process still did has ended by then.
		time.Sleep(12 * time.Hour)
		stop()
	})
	var steps []string
	var problems []problem
	for _, s := range all {
		tally.add(s)
		steps, problems = append(steps, s.steps...), append(problems, s.problems...)
	}
	if *simulationVerbose {
		t.Logf("seed %d: %+v\n%s", seed, all[0].api.traits, strings.Join(steps, "\n"))
	}
	if len(problems) == 0 {
		return
	}
	if !tally.showsAnother(problems[0].rule) {
		t.Errorf("seed %d fails too: %s", seed, problems[0].text)
		return
	}
	text := fmt.Sprintf("seed %d: %+v\n%s\n\nbroken:\n", seed, all[0].api.traits, strings.Join(steps, "\n"))
	for _, problem := range problems {
		text += problem.text + "\n"
	}
	t.Errorf("%s\nreplay: go test ./internal/simulation -run 'TestSimulation$' -simulation.seeds=1 "+
		"-simulation.first=%d -simulation.verbose", text, seed)
}

// showsAnother counts a failing seed and reports whether it is shown whole.
func (t *simulationTally) showsAnother(broken rule) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.met["broken first: "+string(broken)]++
	t.failed++
	return t.failed <= *simulationShown
}

func (t *simulationTally) report(took time.Duration) string {
	lines := []string{fmt.Sprintf("%d seeds from %d in %s: %d runs, %d POSTs%s",
		*simulationSeeds, *simulationFirst, took.Round(100*time.Millisecond), t.runs, t.posts, simulationNote)}
	for _, name := range slices.Sorted(maps.Keys(t.met)) {
		lines = append(lines, fmt.Sprintf("  %7d %s", t.met[name], name))
	}
	return strings.Join(lines, "\n")
}

// checkMet fails where the seeds did not meet what they are for.
func (t *simulationTally) checkMet(test *testing.T) {
	test.Helper()
	known := slices.Concat(dialFaults, writeFaults, []string{
		"killed", "interrupted", "a later run names what a kill had left", "adopted after an unknown outcome",
		"adopted before a POST", "unresolved, and it exists", "a fault of one account's name", "a move",
		"somebody made the same at the same time", "a batch is used up and not listed any more", "an import is refused",
		"an import of " + creditAccountType, "an import of " + creditBatchType,
	})
	for _, summary := range summaries {
		known = append(known, "said: "+summary)
	}
	for _, fault := range slices.Concat(postFaults, lookupFaults) {
		known = append(known, fault.name)
	}
	for _, name := range known {
		if t.met[name] == 0 {
			test.Errorf("no seed met %q", name)
		}
	}
}
