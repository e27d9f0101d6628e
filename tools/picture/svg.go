package main

import (
	"fmt"
	"html"
	"strings"
	"unicode/utf8"
)

const (
	columns    = 110
	fontSize   = 13
	advance    = 7.8 // of one character: every monospace font is near 0.6 of its size, and textLength does the rest
	lineHeight = 18
	margin     = 18
)

// style gives both themes; a picture follows the reader's.
const style = `
.back{fill:#fff;stroke:#d0d7de}
text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#1f2328;white-space:pre}
.bold{font-weight:bold}.red{fill:#a40e26}.green{fill:#116329}.yellow{fill:#7d4e00}.grey{fill:#57606a}
@media(prefers-color-scheme:dark){
.back{fill:#0d1117;stroke:#30363d}
text{fill:#e6edf3}
.red{fill:#ff7b72}.green{fill:#7ee787}.yellow{fill:#e3b341}.grey{fill:#8b949e}
}
`

// draw gives the picture.
func draw(lines []line) string {
	width := columns*advance + 2*margin
	height := len(lines)*lineHeight + 2*margin
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%d" viewBox="0 0 %.0f %d" role="img">`, width, height, width, height)
	b.WriteString("\n<title>A session in a terminal: accounts declared, planned and applied, one of them adopted after its response was lost; a rename refused and mended; then forgotten</title>\n")
	fmt.Fprintf(&b, "<style>%s</style>\n", style)
	fmt.Fprintf(&b, "<rect class=\"back\" x=\".5\" y=\".5\" width=\"%.0f\" height=\"%d\" rx=\"6\"/>\n", width-1, height-1)
	for i, l := range lines {
		l = l.cut()
		if l.text() == "" {
			continue
		}
		fmt.Fprintf(&b, `<text x="%d" y="%d" textLength="%.1f" xml:space="preserve">`,
			margin, margin+fontSize+i*lineHeight, float64(utf8.RuneCountInString(l.text()))*advance)
		for _, s := range l {
			if s.classes == "" {
				b.WriteString(html.EscapeString(s.text))
				continue
			}
			fmt.Fprintf(&b, `<tspan class="%s">%s</tspan>`, s.classes, html.EscapeString(s.text))
		}
		b.WriteString("</text>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// cut ends the line at the edge of the picture.
func (l line) cut() line {
	left := columns
	var kept line
	for i, s := range l {
		s.text = strings.ReplaceAll(s.text, "\t", "    ")
		runes := []rune(s.text)
		if i == len(l)-1 {
			runes = []rune(strings.TrimRight(s.text, " "))
		}
		if len(runes) > left {
			return append(kept, span{string(runes[:max(left-1, 0)]) + "…", s.classes})
		}
		left -= len(runes)
		kept = append(kept, span{string(runes), s.classes})
	}
	return kept
}
