//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// subject is something that an engine applies and plans.
type subject struct{ name, configuration string }

func subjects(count int) []subject {
	return []subject{
		{"does nothing", fmt.Sprintf(`resource "nothing_thing" "x" {
  count = %d
  text  = "Account ${count.index}"
}
`, count)},
		{"provider", accounts(count, 1)},
	}
}

func accounts(count, licenses int) string {
	ids := make([]string, licenses)
	for i := range ids {
		ids[i] = fmt.Sprintf("%q", license(i))
	}
	return fmt.Sprintf(`resource "thoughtindustries_credit_account" "x" {
  count            = %d
  client_id        = %q
  name             = "Account ${count.index}"
  starting_balance = 500
  notify_emails    = ["training@globex.example"]
  license_ids      = [%s]
}
`, count, clientID, strings.Join(ids, ", "))
}

// underEngine applies, and plans again without changes: both subjects in turns.
func (b *bench) underEngine(ctx context.Context) error {
	fmt.Println("\n| accounts | plugin | apply | of nothing | plan | of nothing | peak memory |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, size := range b.sizes {
		rounds := map[string][]costs{}
		for range b.rounds {
			for _, s := range subjects(size) {
				result, err := b.applyAndPlan(ctx, s)
				if err != nil {
					return err
				}
				rounds[s.name] = append(rounds[s.name], result)
			}
		}
		nothing := medianOf(rounds["does nothing"])
		for _, s := range subjects(size) {
			printRow(fmt.Sprint(size), s.name, medianOf(rounds[s.name]), nothing)
		}
	}
	one, err := b.applyAndPlan(ctx, subject{"provider", accounts(1, 5000)})
	if err == nil {
		printRow("1 with 5,000 licenses", "provider", one, one)
	}
	return err
}

func printRow(accounts, plugin string, c, nothing costs) {
	fmt.Printf("| %s | %s | %.2f s | %.2f | %.2f s | %.2f | %d MB |\n", accounts, plugin,
		c.apply.Seconds(), c.apply.Seconds()/nothing.apply.Seconds(),
		c.plan.Seconds(), c.plan.Seconds()/nothing.plan.Seconds(), c.peak/1000)
}

type costs struct {
	apply, plan time.Duration
	peak        int // kB of the largest process of the plugin
}

func medianOf(rounds []costs) (median costs) {
	middle := len(rounds) / 2
	slices.SortFunc(rounds, func(a, b costs) int { return cmp.Compare(a.apply, b.apply) })
	median.apply = rounds[middle].apply
	slices.SortFunc(rounds, func(a, b costs) int { return cmp.Compare(a.plan, b.plan) })
	median.plan = rounds[middle].plan
	slices.SortFunc(rounds, func(a, b costs) int { return cmp.Compare(a.peak, b.peak) })
	median.peak = rounds[middle].peak
	return median
}

// The fake API that all accounts are created at.
const (
	apiKey   = "ti_test_bench"
	clientID = "6f1c1a52-0c55-4b0e-9a0f-000000000000"
	latency  = 20 * time.Millisecond
)

func startAPI(licenses int) (*mockapi.Server, *httptest.Server) {
	api := mockapi.New(mockapi.Options{APIKey: apiKey, Latency: latency})
	api.AddClient(mockapi.Client{ID: clientID, Name: "Globex", Slug: "globex"})
	for i := range licenses {
		api.AddLicense(clientID, mockapi.License{ID: license(i), Name: "Onboarding"})
	}
	return api, httptest.NewServer(api)
}

func license(i int) string { return fmt.Sprintf("9a3e5c70-1d1f-4a39-8a53-%012x", i) }

func (b *bench) applyAndPlan(ctx context.Context, s subject) (result costs, err error) {
	dir, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return result, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	api, server := startAPI(5000)
	defer api.Close()
	defer server.Close()
	environment, err := b.prepare(dir, s, server.URL)
	if err != nil {
		return result, err
	}
	if result.apply, err = b.engineRun(ctx, dir, environment, "apply", "-auto-approve"); err != nil {
		return result, err
	}
	if result.plan, err = b.engineRun(ctx, dir, environment, "plan", "-detailed-exitcode"); err != nil {
		return result, err
	}
	peaks, err := os.ReadFile(filepath.Join(dir, "peaks"))
	for line := range strings.FieldsSeq(string(peaks)) {
		var peak int
		if _, err := fmt.Sscan(line, &peak); err != nil {
			return result, err
		}
		result.peak = max(result.peak, peak)
	}
	return result, err
}

// prepare writes the configuration, and puts this program in the place of each
// plugin, to measure what the plugin's process takes.
func (b *bench) prepare(dir string, s subject, address string) ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	overrides, required := "", ""
	for _, plugin := range []string{"nothing", "thoughtindustries"} {
		folder := filepath.Join(dir, plugin)
		if err := os.Mkdir(folder, 0o700); err != nil {
			return nil, err
		}
		if err := os.Symlink(self, filepath.Join(folder, pluginPrefix+plugin)); err != nil {
			return nil, err
		}
		overrides += fmt.Sprintf("    \"ti-community/%s\" = %q\n", plugin, folder)
		required += fmt.Sprintf("    %s = { source = \"ti-community/%s\" }\n", plugin, plugin)
	}
	files := map[string]string{
		"cli.tfrc": "provider_installation {\n  dev_overrides {\n" + overrides + "  }\n  direct {}\n}\n",
		"main.tf":  "terraform {\n  required_providers {\n" + required + "  }\n}\n\n" + s.configuration,
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	return append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.tfrc"), "CHECKPOINT_DISABLE=1",
		"THOUGHTINDUSTRIES_BASE_URL="+address, "THOUGHTINDUSTRIES_API_KEY="+apiKey,
		pluginsVariable+"="+b.plugins, peaksVariable+"="+filepath.Join(dir, "peaks")), nil
}

func (b *bench) engineRun(
	ctx context.Context, dir string, environment []string, command string, flag string,
) (time.Duration, error) {
	process := exec.CommandContext(ctx, b.engine, command, flag, "-input=false", "-no-color")
	process.Dir, process.Env = dir, environment
	var output bytes.Buffer
	process.Stdout, process.Stderr = &output, &output
	began := time.Now()
	if err := process.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", command, err, output.Bytes()[:min(output.Len(), 2000)])
	}
	return time.Since(began), nil
}

const (
	pluginPrefix    = "terraform-provider-"
	pluginsVariable = "BENCH_PLUGINS"
	peaksVariable   = "BENCH_PEAKS"
)

func launchesPlugin() bool { return strings.HasPrefix(filepath.Base(os.Args[0]), pluginPrefix) }

// launchPlugin runs the plugin in whose place this program was called, and notes
// the most memory that it had.
func launchPlugin() {
	name := filepath.Base(os.Args[0])
	path := filepath.Join(os.Getenv(pluginsVariable), strings.TrimPrefix(name, pluginPrefix), name)
	plugin := exec.CommandContext(context.Background(), path) // it ends when the engine ends it
	plugin.Stdin, plugin.Stdout, plugin.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := plugin.Run()
	if usage, ok := plugin.ProcessState.SysUsage().(*syscall.Rusage); ok {
		peaks, openErr := os.OpenFile(os.Getenv(peaksVariable), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if openErr == nil {
			_, _ = fmt.Fprintln(peaks, usage.Maxrss)
			_ = peaks.Close()
		}
	}
	if err != nil {
		os.Exit(1)
	}
	os.Exit(0)
}
