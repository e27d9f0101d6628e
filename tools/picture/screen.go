package main

import (
	"regexp"
	"strings"
)

// line is a line of the screen, cut where its looks change.
type line []span

type span struct {
	text string
	// classes are those of the style sheet: bold, and one colour.
	classes string
}

func (l line) text() string {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.text)
	}
	return b.String()
}

// each gives the line with its texts changed.
func (l line) each(change func(string) string) line {
	var changed line
	for _, s := range l {
		changed = append(changed, span{change(s.text), s.classes})
	}
	return changed
}

var colours = map[string]string{"31": "red", "32": "green", "33": "yellow", "90": "grey"}

var escape = regexp.MustCompile(`\x1b\[([0-9;]*)m`)

// parse reads text with the escape sequences for colours that engines write. What it does not know looks ordinary.
func parse(screen string) []line {
	var lines []line
	bold, colour := false, ""
	for text := range strings.Lines(screen) {
		text = strings.TrimRight(text, "\n")
		var l line
		add := func(part string) {
			if part == "" {
				return
			}
			classes := colour
			if bold {
				classes = strings.TrimSpace("bold " + colour)
			}
			if last := len(l) - 1; last >= 0 && l[last].classes == classes {
				l[last].text += part
				return
			}
			l = append(l, span{part, classes})
		}
		end := 0
		for _, at := range escape.FindAllStringSubmatchIndex(text, -1) {
			add(text[end:at[0]])
			end = at[1]
			for code := range strings.SplitSeq(text[at[2]:at[3]], ";") {
				switch code {
				case "", "0":
					bold, colour = false, ""
				case "1":
					bold = true
				default:
					if known, ok := colours[code]; ok {
						colour = known
					}
				}
			}
		}
		add(text[end:])
		lines = append(lines, l)
	}
	return lines
}
