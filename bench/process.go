package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// The bench stands in for a plugin where it is to be known what the process of
// the plugin needed: an engine starts it under the plugin's name, it starts the
// plugin and notes what the system says of it when it ends.
const (
	launchVariable = "BENCH_LAUNCH" // folder of the plugins
	usageVariable  = "BENCH_USAGE"  // file to append to
	pluginPrefix   = "terraform-provider-"
)

// launched reports whether this process stood in for a plugin, and is done.
func launched() bool {
	plugin, ok := strings.CutPrefix(filepath.Base(os.Args[0]), pluginPrefix)
	if !ok {
		return false
	}
	signal.Ignore(os.Interrupt)                                                                    // the plugin decides
	command := exec.Command(filepath.Join(os.Getenv(launchVariable), plugin, pluginPrefix+plugin)) //nolint:noctx // it ends by itself
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, os.Stdout, os.Stderr
	err := command.Run()
	if state := command.ProcessState; state != nil {
		if noteErr := note(state); noteErr != nil {
			err = errors.Join(err, noteErr)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	return true
}

func note(state *os.ProcessState) error {
	peak, ok := peakOf(state)
	if !ok {
		return errors.New("this system does not report the memory that a process used")
	}
	file, err := os.OpenFile(os.Getenv(usageVariable), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(file, "%d %d\n", peak, (state.UserTime() + state.SystemTime()).Nanoseconds())
	return errors.Join(err, file.Close())
}

// usage is what the processes of a plugin needed in one command of the engine.
type usage struct {
	peakKiB   int64         // of the largest
	processor time.Duration // of all
}

// takeUsage reads what was noted and empties it.
func takeUsage(file string) (usage, error) {
	var result usage
	f, err := os.Open(file)
	if err != nil {
		return result, err
	}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		peak, took, _ := strings.Cut(lines.Text(), " ")
		kib, err1 := strconv.ParseInt(peak, 10, 64)
		ns, err2 := strconv.ParseInt(took, 10, 64)
		if err := errors.Join(err1, err2); err != nil {
			return result, errors.Join(err, f.Close())
		}
		result.peakKiB = max(result.peakKiB, kib)
		result.processor += time.Duration(ns)
	}
	return result, errors.Join(lines.Err(), f.Close(), os.Remove(file))
}

// memoryAndTime measures the processes of the plugins while an engine applies and plans.
func memoryAndTime(ctx context.Context, b *bench) (section, error) {
	launchers := filepath.Join(b.work, "launchers")
	self, err := os.Executable()
	if err != nil {
		return section{}, err
	}
	for _, plugin := range []string{"nothing", "lookalike", "thoughtindustries"} {
		dir := filepath.Join(launchers, plugin)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return section{}, err
		}
		if err := os.Symlink(self, filepath.Join(dir, pluginPrefix+plugin)); err != nil {
			return section{}, err
		}
	}
	t := table{title: "the plugin's process", head: []string{"accounts", "of", "peak memory, apply", "peak memory, plan", "processor time, apply", "processor time, plan"}}
	file := filepath.Join(b.work, "usage")
	for _, size := range b.sizes {
		for _, s := range []subject{nothing, lookalike, ours, oursManyClients} {
			w, err := b.open(s, size, func(plugin string) string { return filepath.Join(launchers, plugin) },
				launchVariable+"="+b.plugins, usageVariable+"="+file)
			if err != nil {
				return section{}, err
			}
			var used [2]usage
			for i, operation := range []func(context.Context) (cost, error){w.apply, w.planNothing} {
				if _, err = operation(ctx); err == nil {
					used[i], err = takeUsage(file)
				}
				if err != nil {
					w.close()
					return section{}, err
				}
			}
			w.close()
			t.rows = append(t.rows, []string{
				fmt.Sprint(size), s.name, megabytes(used[0].peakKiB), megabytes(used[1].peakKiB), seconds(used[0].processor), seconds(used[1].processor),
			})
		}
	}
	return section{title: "Memory and processor time of the plugin", tables: []table{t}}, nil
}

// startUp measures from the start of a process to its first line, by which an
// engine knows where to connect to.
func startUp(ctx context.Context, b *bench) (section, error) {
	plugins := []string{"nothing", "lookalike", "thoughtindustries"}
	took := map[string][]time.Duration{}
	for range 10 * b.rounds {
		for _, plugin := range plugins {
			d, err := untilHandshake(ctx, filepath.Join(b.built(plugin), pluginPrefix+plugin))
			if err != nil {
				return section{}, fmt.Errorf("%s: %w", plugin, err)
			}
			took[plugin] = append(took[plugin], d)
		}
	}
	t := table{title: "from the start to the handshake", head: []string{"of", "time", "of the do-nothing plugin"}}
	for i, s := range []subject{nothing, lookalike, ours} {
		d := median(took[plugins[i]])
		t.rows = append(t.rows, []string{s.name, fmt.Sprintf("%.1f ms", float64(d)/1e6), ratio(d, median(took["nothing"]))})
	}
	return section{title: "Start-up", tables: []table{t}}, nil
}

func untilHandshake(ctx context.Context, plugin string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	command := exec.CommandContext(ctx, plugin)
	command.Env = append(os.Environ(),
		"TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
	out, err := command.StdoutPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	took := time.Since(began)
	_ = command.Process.Kill()
	_ = command.Wait() // it was killed
	if err == nil && !strings.HasPrefix(line, "1|6|") {
		err = fmt.Errorf("its first line is %q", line)
	}
	return took, err
}
