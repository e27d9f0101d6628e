//go:build unix

// Command bench measures the provider under an engine, beside a plugin that does
// nothing: apply, plan and peak memory. It prints a table. Nothing here passes
// or fails.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

type bench struct {
	engine  string // path of terraform or tofu
	plugins string // a folder with one for each plugin, built by scripts/bench.sh
	sizes   []int  // numbers of accounts
	rounds  int    // how often each thing is measured; medians are printed
}

func main() {
	if launchesPlugin() {
		launchPlugin()
	}
	var b bench
	flag.StringVar(&b.engine, "engine", "terraform", "terraform or tofu")
	flag.StringVar(&b.plugins, "plugins", "", "folder of the plugins that scripts/bench.sh has built")
	flag.IntVar(&b.rounds, "rounds", 3, "how often each thing is measured")
	sizes := flag.String("sizes", "300,3000", "numbers of accounts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := b.run(ctx, strings.Split(*sizes, ","))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run(ctx context.Context, sizes []string) error {
	for _, size := range sizes {
		count, err := strconv.Atoi(size)
		if err != nil || count < 1 {
			return fmt.Errorf("%q is not a number of accounts", size)
		}
		b.sizes = append(b.sizes, count)
	}
	var err error
	if b.plugins, err = filepath.Abs(b.plugins); err != nil {
		return err
	}
	fmt.Printf("%s, %s, %s/%s, %d processors; medians of %d rounds\n",
		b.engineVersion(ctx), runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), b.rounds)
	return b.underEngine(ctx)
}

func (b *bench) engineVersion(ctx context.Context) string {
	out, err := exec.CommandContext(ctx, b.engine, "version").Output()
	if err != nil {
		return b.engine
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return first
}
