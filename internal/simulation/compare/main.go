//go:build unix

// Command compare runs two builds of the provider through the same list of small runs, each against a fresh server,
// and prints where they differ: exit codes, requests that write, what the server and the state have in the end, and
// the summaries of errors and warnings.
//
// Each run names the section of the contract that it covers. One whose result the contract changes says what it is
// to be: there the second build is compared with that, and a difference to the first is expected.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// run is a list of commands against one server.
type run struct {
	name, section string
	// changes quotes the line of the contract that changes the result, and want is that result, step by step: the exit
	// code, then as far as there are any POSTs (p), PUTs (u), accounts (a), batches (b) and the state's objects.
	changes string
	want    []string
	server  func(s *server)
	env     []string
	slow    bool // waits most of the time
	// unordered: which of several errors are shown depends on the order of the engine's calls.
	unordered bool
	steps     []step
}

// record is what came of a step.
type record struct {
	exit, posts, puts, accounts, batches int
	reads                                bool
	state, values, outputs               []string
	summaries, faults                    []string
	took                                 time.Duration
}

// result is what the contract fixes to the letter.
func (r record) result() string {
	parts := []string{fmt.Sprint(r.exit)}
	for _, number := range []struct {
		letter string
		value  int
	}{{"p", r.posts}, {"u", r.puts}, {"a", r.accounts}, {"b", r.batches}} {
		if number.value != 0 {
			parts = append(parts, fmt.Sprint(number.letter, number.value))
		}
	}
	return strings.Join(slices.Concat(parts, r.state, r.outputs), " ")
}

// besides is what else is compared.
func (r record) besides() string {
	return fmt.Sprintf("faults %v; values %v", r.faults, r.values)
}

// words are the summaries, in those of the second build where only the words have changed. Beside an error, the
// warnings are left out: which of them are shown depends on the order of the engine's calls.
func (r record) words() string {
	texts := []string{}
	for _, text := range r.summaries {
		if r.exit == 1 && !strings.HasPrefix(text, "Error") {
			continue
		}
		for _, same := range sameWords {
			text = strings.ReplaceAll(text, same[0], same[1])
		}
		texts = append(texts, text)
	}
	slices.Sort(texts)
	return strings.Join(slices.Compact(texts), "; ")
}

// shareAWord reports whether two failed steps show an error in common. Where several are due, which come first, and
// so are shown, depends on the order of the engine's calls.
func shareAWord(a, b record) bool {
	words := strings.Split(a.words(), "; ")
	shared := func(word string) bool { return slices.Contains(words, word) }
	return slices.ContainsFunc(strings.Split(b.words(), "; "), shared)
}

func main() {
	older := flag.String("old", "", "the first build of the provider")
	newer := flag.String("new", "", "the second build")
	engine := flag.String("engine", "terraform", "terraform, or the path of tofu")
	pattern := flag.String("run", "", "only the runs whose section and name match")
	list := flag.Bool("list", false, "print the runs and end")
	strict := flag.Bool("strict", false, "fail where the second build does not do yet what the contract changes")
	verbose := flag.Bool("v", false, "print the records of all runs")
	flag.Parse()
	chosen := slices.DeleteFunc(allRuns(), func(r run) bool {
		matched, err := regexp.MatchString(*pattern, r.section+": "+r.name)
		return err != nil || !matched
	})
	if *list {
		printRuns(chosen)
		return
	}
	parent, err := os.MkdirTemp("", "compare-")
	if err == nil {
		var failed bool
		failed, err = compare(parent, *engine, [2]string{*older, *newer}, chosen, *strict, *verbose)
		_ = os.RemoveAll(parent)
		if err == nil && failed {
			os.Exit(1)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
}

func printRuns(runs []run) {
	for _, r := range runs {
		fmt.Printf("%s: %s\n", r.section, r.name)
		if r.changes != "" {
			fmt.Printf("    changes: %s\n    result: %s\n", r.changes, strings.Join(r.want, " | "))
		}
	}
	fmt.Printf("%d runs\n", len(runs))
}

// install puts a build where an engine finds it, also as the providers that accounts are moved from.
func install(parent, name, binary string) (string, error) {
	folder := filepath.Join(parent, name)
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", err
	}
	binary, err := filepath.Abs(binary)
	if err != nil {
		return "", err
	}
	for _, provider := range []string{"thoughtindustries", "restapi", "restful", "terracurl"} {
		if err := os.Symlink(binary, filepath.Join(folder, "terraform-provider-"+provider)); err != nil {
			return "", err
		}
	}
	return filepath.Join(folder, "terraform-provider-thoughtindustries"), nil
}

// compare carries out the runs with both builds and prints the differences.
func compare(parent, engine string, binaries [2]string, runs []run, strict, verbose bool) (failed bool, err error) {
	var providers [2]string
	for build, binary := range binaries {
		if providers[build], err = install(parent, []string{"old", "new"}[build], binary); err != nil {
			return false, err
		}
	}
	records := make([][2][]record, len(runs))
	errs := make([][2]error, len(runs))
	waits := make([]sync.WaitGroup, len(runs))
	places := map[bool]chan struct{}{false: make(chan struct{}, 2), true: make(chan struct{}, 8)}
	for i, wanted := range runs {
		for build, provider := range providers {
			waits[i].Go(func() {
				places[wanted.slow] <- struct{}{}
				defer func() { <-places[wanted.slow] }()
				records[i][build], errs[i][build] = execute(parent, engine, provider, wanted)
			})
		}
	}
	counts := map[string]int{}
	for i, wanted := range runs {
		waits[i].Wait()
		verdict, text := judge(wanted, records[i], errs[i])
		counts[verdict]++
		failed = failed || verdict == different || verdict == pending && strict
		if verdict != same || verbose {
			fmt.Printf("%s  %s: %s\n", verdict, wanted.section, wanted.name)
		}
		if verdict != same && text != "" {
			fmt.Print(text)
		}
		if verbose {
			printRecords(records[i][1])
		}
	}
	fmt.Printf("%d runs: %v\n", len(runs), counts)
	return failed, nil
}

func printRecords(records []record) {
	for i, r := range records {
		fmt.Printf("    step %d: %s [%s] %s (%s)\n", i+1, r.result(), r.words(), r.besides(), r.took)
	}
}

func execute(parent, engine, provider string, wanted run) ([]record, error) {
	w, err := newWorkspace(parent, engine, provider, wanted)
	if err != nil {
		return nil, err
	}
	defer w.server.http.Close()
	var records []record
	for _, s := range wanted.steps {
		began := time.Now()
		r, err := w.run(s)
		r.took = time.Since(began).Round(time.Second / 10)
		if err != nil {
			return records, err
		}
		records = append(records, r)
	}
	return records, os.RemoveAll(w.folder)
}

// The verdicts.
const (
	same      = "same     "
	expected  = "expected " // another result, and the one that the contract fixes
	pending   = "pending  " // still the first build's result, though the contract changes it
	different = "DIFFERENT"
)

// judge compares what two builds did with each other, and the second with the contract.
func judge(wanted run, records [2][]record, errs [2]error) (verdict, text string) {
	for build, err := range errs {
		if err != nil {
			return different, fmt.Sprintf("    %s: %v\n", []string{"old", "new"}[build], err)
		}
	}
	verdict = same
	asWanted := true
	for i := range wanted.steps {
		first, second := records[0][i], records[1][i]
		pairs := [][2]string{{first.result(), second.result()}, {first.besides(), second.besides()}}
		bothFail := first.exit == 1 && second.exit == 1
		if !wanted.unordered && (!bothFail || !shareAWord(first, second)) {
			pairs = append(pairs, [2]string{first.words(), second.words()})
		}
		for _, pair := range pairs {
			if pair[0] != pair[1] {
				verdict = different
				text += fmt.Sprintf("    step %d %v\n      old: %s\n      new: %s\n", i+1, wanted.steps[i].args, pair[0], pair[1])
			}
		}
		if wanted.steps[i].quiet && second.reads {
			asWanted = false
			text += fmt.Sprintf("    step %d %v\n      contract: no request\n", i+1, wanted.steps[i].args)
		}
		if i < len(wanted.want) && wanted.want[i] != second.result() {
			asWanted = false
			text += fmt.Sprintf("    step %d %v\n      contract: %s\n      new:      %s\n",
				i+1, wanted.steps[i].args, wanted.want[i], second.result())
		}
	}
	switch {
	case wanted.changes == "" && !asWanted:
		return different, text
	case wanted.changes == "":
		return verdict, text
	case verdict == same && !asWanted:
		verdict = pending
	case verdict == different && asWanted:
		verdict = expected
	}
	return verdict, "    " + wanted.changes + "\n" + text
}
