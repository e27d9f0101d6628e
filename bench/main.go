// Command bench measures the provider beside plugins that do nothing, and its
// client beside a bare loop of requests: side by side, in turns, in one go on one
// machine. It prints what it measures. Nothing here passes or fails; an error
// means that something could not be measured.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// bench is what all parts share.
type bench struct {
	// engine is the path of terraform or tofu.
	engine string
	// plugins is a folder with one for each plugin.
	plugins string
	// rounds is how often each thing is measured; medians are shown.
	rounds int
	// sizes are the numbers of accounts.
	sizes []int
	quick bool
	work  string
}

// part is one thing to measure.
type part struct {
	name string
	run  func(context.Context, *bench) (section, error)
}

var parts = []part{
	{"startup", startUp},
	{"client", clientAlone},
	{"engine", underEngine},
	{"memory", memoryAndTime},
	{"pacer", pacing},
}

func main() {
	if launched() {
		return
	}
	b := &bench{}
	only := flag.String("only", "", "parts to run, separated by commas: "+strings.Join(names(), ", "))
	write := flag.String("write", "", "folder of the README.md and chart.svg to write; all parts must run for that")
	profile := flag.String("profile", "", "measure nothing; write profiles of the provider into this folder")
	flag.StringVar(&b.engine, "engine", "terraform", "terraform or tofu")
	flag.StringVar(&b.plugins, "plugins", "", "folder of the plugins that scripts/bench.sh has built")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each thing is measured")
	flag.BoolVar(&b.quick, "quick", false, "few accounts and one round, to see that it works")
	sizes := flag.String("sizes", "100,300,1000", "numbers of accounts")
	flag.Parse()
	if b.quick {
		b.rounds, *sizes, *write = 1, "20,40", ""
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := b.start(ctx, *sizes, *only, *write, *profile); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1) //nolint:gocritic // stop has been called
	}
}

func names() []string {
	var result []string
	for _, p := range parts {
		result = append(result, p.name)
	}
	return result
}

func (b *bench) start(ctx context.Context, sizes, only, write, profile string) error {
	for size := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(size)
		if err != nil || n < 1 {
			return fmt.Errorf("%q is no number of accounts", size)
		}
		b.sizes = append(b.sizes, n)
	}
	chosen := names()
	if only != "" {
		chosen = strings.Split(only, ",")
		for _, name := range chosen {
			if !slices.Contains(names(), name) {
				return fmt.Errorf("no part is called %q", name)
			}
		}
	}
	if write != "" && len(chosen) < len(parts) {
		return errors.New("-write needs all parts, so that the results are those of one run")
	}
	var err error
	if b.plugins, err = filepath.Abs(b.plugins); err != nil {
		return err
	}
	if b.work, err = os.MkdirTemp("", "bench-"); err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(b.work) }()
	clearEnvironment()
	if err := sameSchema(ctx, b); err != nil {
		return err
	}
	if profile != "" {
		return profiles(ctx, b, profile)
	}
	return b.measure(ctx, chosen, write)
}

func (b *bench) measure(ctx context.Context, chosen []string, write string) error {
	began := time.Now()
	report := report{machine: describeMachine(ctx, b), rounds: b.rounds, began: began}
	for _, p := range parts {
		if !slices.Contains(chosen, p.name) {
			continue
		}
		since := time.Now()
		progress("%s ...", p.name)
		measured, err := p.run(ctx, b)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		progress("%s took %s", p.name, time.Since(since).Round(time.Second))
		report.sections = append(report.sections, measured)
	}
	report.took = time.Since(began)
	fmt.Println(report.markdown())
	if write == "" {
		return nil
	}
	return report.write(write)
}

// clearEnvironment keeps the person's own set-up from taking part.
func clearEnvironment() {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "THOUGHTINDUSTRIES_") {
			_ = os.Unsetenv(name)
		}
	}
}

// progress goes where it does not mix with the results.
func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%s  %s\n", time.Now().Format("15:04:05"), fmt.Sprintf(format, args...))
}
