// Package check asks an instance for what the provider relies on, and shows what
// came of it so that it can be pasted into an issue.
package check

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// atMost is how long the whole may take: a server may ask to come back later.
const atMost = 3 * time.Minute

// Report is what a check came to.
type Report struct {
	// Version of the provider.
	Version string `json:"version"`
	// Holds: nothing fails of what the provider relies on.
	Holds bool `json:"holds"`
	// Checks in the order in which they were made.
	Checks []thoughtindustries.Finding `json:"checks"`
}

// Run checks the instance that the environment names, writes the report, as
// JSON or as a table, and gives the code to exit with.
func Run(ctx context.Context, version string, asJSON bool, out io.Writer) int {
	report := ask(ctx, version)
	write := report.table
	if asJSON {
		write = report.json
	}
	if err := write(out); err != nil || !report.Holds {
		return 1
	}
	return 0
}

func ask(ctx context.Context, version string) Report {
	ctx, cancel := context.WithTimeout(ctx, atMost)
	defer cancel()
	report := Report{Version: version}
	config, err := provider.ConfigFromEnvironment(version)
	var client *thoughtindustries.Client
	if err == nil {
		client, err = thoughtindustries.New(config)
	}
	if err != nil {
		report.Checks = []thoughtindustries.Finding{{
			Check: "environment", Reliance: "the environment names an instance and a key", Result: thoughtindustries.Fails,
			Seen: err.Error(), Follows: "no request can be sent",
		}}
		return report
	}
	defer client.Close()
	report.Checks = client.Check(ctx)
	report.Holds = !slices.ContainsFunc(report.Checks, func(f thoughtindustries.Finding) bool { return f.Result == thoughtindustries.Fails })
	return report
}

func (r Report) json(out io.Writer) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	return encoder.Encode(r)
}

// widths of the columns in characters: 110 with what stands between them.
var widths = [...]int{8, 30, 33, 33}

func (r Report) table(out io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "terraform-provider-thoughtindustries %s\n\n", r.Version)
	row(&b, "", "what the provider relies on", "what was seen", "what follows")
	row(&b, strings.Repeat("-", widths[0]), strings.Repeat("-", widths[1]), strings.Repeat("-", widths[2]), strings.Repeat("-", widths[3]))
	for _, finding := range r.Checks {
		row(&b, string(finding.Result), finding.Reliance, finding.Seen, finding.Follows)
	}
	b.WriteString("\n")
	switch {
	case r.Holds:
		b.WriteString("Nothing fails of what the provider relies on.\n")
	default:
		b.WriteString("Not everything that the provider relies on was confirmed.\n")
	}
	b.WriteString("There is no name, address, id or key in this table.\n")
	_, err := io.WriteString(out, b.String())
	return err
}

// row writes cells beside each other, each wrapped to the width of its column.
func row(b *strings.Builder, cells ...string) {
	var wrapped [len(widths)][]string
	height := 0
	for i, cell := range cells {
		wrapped[i] = wrap(cell, widths[i])
		height = max(height, len(wrapped[i]))
	}
	for line := range height {
		var text strings.Builder
		for i := range wrapped {
			part := ""
			if line < len(wrapped[i]) {
				part = wrapped[i][line]
			}
			text.WriteString(part + strings.Repeat(" ", widths[i]+2-utf8.RuneCountInString(part)))
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
}

// wrap breaks text between words, and words that are too long.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		for utf8.RuneCountInString(word) > width {
			if line != "" {
				lines = append(lines, line)
				line = ""
			}
			runes := []rune(word)
			lines, word = append(lines, string(runes[:width])), string(runes[width:])
		}
		switch {
		case line == "":
			line = word
		case utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) <= width:
			line += " " + word
		default:
			lines, line = append(lines, line), word
		}
	}
	return append(lines, line)
}
