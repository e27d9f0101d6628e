package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// section is what one part measured.
type section struct {
	title  string
	tables []table
	// measured, for the chart, of the part that an engine runs.
	measured measured
	sizes    []int
}

type table struct {
	title string
	head  []string
	rows  [][]string
}

type report struct {
	machine  string
	rounds   int
	began    time.Time
	took     time.Duration
	sections []section
}

func (r report) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "Taken on %s, in %s: %s. Medians of %d rounds.\n",
		r.began.Format("2 January 2006"), r.took.Round(time.Second), r.machine, r.rounds)
	for _, s := range r.sections {
		fmt.Fprintf(&text, "\n### %s\n", s.title)
		for _, t := range s.tables {
			fmt.Fprintf(&text, "\n%s:\n\n| %s |\n|%s\n", upperFirst(t.title), strings.Join(t.head, " | "), strings.Repeat("---|", len(t.head)))
			for _, row := range t.rows {
				fmt.Fprintf(&text, "| %s |\n", strings.Join(row, " | "))
			}
		}
	}
	return text.String()
}

const (
	beginMark = "<!-- results: written by make bench -->"
	endMark   = "<!-- results: end -->"
)

// write puts the results between the marks of README.md, and draws the chart.
func (r report) write(folder string) error {
	file := filepath.Join(folder, "README.md")
	old, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	before, rest, ok := strings.Cut(string(old), beginMark)
	_, after, ok2 := strings.Cut(rest, endMark)
	if !ok || !ok2 {
		return errors.New(file + " lacks the marks of the results")
	}
	text := before + beginMark + "\n\n" + r.markdown() + "\n" + endMark + after
	for _, s := range r.sections {
		if s.measured != nil {
			err = os.WriteFile(filepath.Join(folder, "chart.svg"), []byte(chart(s.measured, s.sizes)), 0o644) //nolint:gosec // a picture of the repository
		}
	}
	return errors.Join(err, os.WriteFile(file, []byte(text), 0o644)) //nolint:gosec // a page of the repository
}

// describeMachine says what the measuring was done with, and how busy it was.
func describeMachine(ctx context.Context, b *bench) string {
	version := "an engine"
	if out, err := exec.CommandContext(ctx, b.engine, "version").Output(); err == nil {
		version, _, _ = strings.Cut(string(out), "\n")
	}
	text := fmt.Sprintf("%s, %s, %s/%s, %d processors", version, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	if load, err := os.ReadFile("/proc/loadavg"); err == nil {
		first, _, _ := strings.Cut(string(load), " ")
		text += ", load " + first + " when it began"
	}
	return text
}

func median[T cmp.Ordered](values []T) T {
	var zero T
	if len(values) == 0 {
		return zero
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

func medianOf[T any](values []T, of func(T) time.Duration) time.Duration {
	var durations []time.Duration
	for _, value := range values {
		durations = append(durations, of(value))
	}
	return median(durations)
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }

func megabytes(kib int64) string { return fmt.Sprintf("%.0f MB", float64(kib)*1024/1e6) }

func ratio(a, b time.Duration) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", float64(a)/float64(b))
}

// exponent is the power of the number with which the time grows.
func exponent(atLeast, atMost time.Duration, least, most int) string {
	if atLeast == 0 || least == most {
		return "–"
	}
	return fmt.Sprintf("%.2f", math.Log(float64(atMost)/float64(atLeast))/math.Log(float64(most)/float64(least)))
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
