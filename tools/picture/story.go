package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// scene is a part of the demo's output, from a heading or a command on to the next one.
type scene struct {
	begins string
	shows  []choice
}

// choice is what a scene shows: the lines that match, in order of their text, because engines do several things at once;
// or, with to, one block.
type choice struct {
	lines string
	to    string
	// before is how many lines before the block belong to it.
	before int
	// without are lines of the block that are left out.
	without string
}

// frame are the lines of a message that say where in the configuration, and its empty ones.
const frame = `^│( +(with |on |\d+:).*|\s*)$`

var story = []scene{
	{`^# Declared`, []choice{{lines: `^globex-onboarding:`, to: `^$`}}},
	{`^\$ \S+ plan -out`, []choice{{lines: `^Plan:`}}},
	{`^# The response`, nil},
	{`^\$ \S+ apply demo`, []choice{
		{lines: `Warning: Credit account adopted`, to: `^╵`, before: 1, without: frame},
		{lines: `^Apply complete!`},
	}},
	{`^# A second plan`, nil},
	{`^\$ \S+ plan -detailed`, []choice{{lines: `^No changes\.`}}},
	{`^# A key is renamed`, nil},
	{`^\$ \S+ plan$`, []choice{
		{lines: `Error: This would create`, to: `^│ +}`, before: 1, without: frame},
		{lines: `^╵`, to: `^╵`}, // without the other ways out
	}},
	{`^# The way out`, []choice{{lines: `^moved`, to: `^}`}}},
	{`^\$ \S+ apply -auto`, []choice{{lines: `^Apply complete!`}}},
	{`^# Destroying`, nil},
	{`^\$ \S+ destroy`, []choice{
		{lines: `Warning: Destroying only forgets the credit batch`, to: `^╵`, before: 1, without: frame},
		{lines: `^Destroy complete!`},
	}},
	{`^# What the fake API saw`, []choice{{lines: `^ +\d+  (GET|POST) `}}},
}

// storyOf chooses the lines of the story.
func storyOf(screen []line) ([]line, error) {
	var shown []line
	for _, part := range story {
		lines := section(screen, part.begins)
		if lines == nil {
			return nil, fmt.Errorf("the demo shows nothing that begins with %s", part.begins)
		}
		if strings.HasPrefix(part.begins, "^#") && shown != nil {
			shown = append(shown, nil)
		}
		shown = append(shown, lines[0])
		rest := lines[1:]
		for _, wanted := range part.shows {
			var chosen []line
			chosen, rest = wanted.from(rest)
			if chosen == nil {
				return nil, fmt.Errorf("%q is not followed by %s", lines[0].text(), wanted.lines)
			}
			shown = append(shown, chosen...)
		}
	}
	return evened(shown), nil
}

var beginning = regexp.MustCompile(`^[#$] `)

// section gives the lines from the one that matches up to the next heading or command.
func section(screen []line, begins string) []line {
	start := slices.IndexFunc(screen, matches(begins))
	if start < 0 {
		return nil
	}
	rest := screen[start+1:]
	// The YAML file has a comment of its own.
	end := slices.IndexFunc(rest, func(l line) bool { return beginning.MatchString(l.text()) && l[0].classes == "bold" })
	if end < 0 {
		end = len(rest)
	}
	return screen[start : start+1+end]
}

func matches(pattern string) func(line) bool {
	compiled := regexp.MustCompile(pattern)
	return func(l line) bool { return compiled.MatchString(l.text()) }
}

// from gives what is shown of the lines, and the lines that are left after it.
func (c choice) from(lines []line) (chosen, rest []line) {
	first := slices.IndexFunc(lines, matches(c.lines))
	if first < 0 {
		return nil, lines
	}
	if c.to == "" {
		chosen = slices.DeleteFunc(slices.Clone(lines), func(l line) bool { return !matches(c.lines)(l) })
		slices.SortFunc(chosen, func(a, b line) int { return strings.Compare(a.text(), b.text()) })
		return chosen, lines
	}
	after := len(lines)
	if end := slices.IndexFunc(lines[first:], matches(c.to)); end >= 0 {
		after = first + end + 1
	}
	chosen = slices.Clone(lines[first-c.before : after])
	if c.without != "" {
		chosen = slices.DeleteFunc(chosen, matches(c.without))
	}
	return chosen, lines[after:]
}

var (
	uuid = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	took = regexp.MustCompile(`after \d+s( \[id=[^]]*\])?`)
	when = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+\.\d+Z`)
)

// ofClient is how the ids of the demo's clients begin, which are the same in each run.
const ofClient = "6f1c1a52-"

// evened makes equal what differs between runs, with ids of the same length.
func evened(lines []line) []line {
	ids := map[string]string{}
	for i, l := range lines {
		lines[i] = l.each(func(text string) string {
			text = took.ReplaceAllString(text, "after 0s")
			text = when.ReplaceAllString(text, "2041-01-01T09:30:00.000Z")
			return uuid.ReplaceAllStringFunc(text, func(id string) string {
				if strings.HasPrefix(id, ofClient) {
					return id
				}
				if ids[id] == "" {
					ids[id] = fmt.Sprintf("5b0e9a0f-3c1d-4e2a-8f6b-%012d", len(ids)+1)
				}
				return ids[id]
			})
		})
	}
	return lines
}
