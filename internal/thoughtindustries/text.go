package thoughtindustries

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText makes text of unknown origin fit for a terminal: control
// characters (escape sequences, line breaks) and what is not UTF-8 become
// spaces, runs of space one, and no more than limit characters are kept.
func cleanText(text string, limit int) string {
	var b strings.Builder
	count, space := 0, false
	for _, r := range text {
		if r == utf8.RuneError || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			space = count > 0
			continue
		}
		if space {
			b.WriteByte(' ')
			count++
			space = false
		}
		if count >= limit {
			b.WriteString(" […]")
			break
		}
		b.WriteRune(r)
		count++
	}
	return b.String()
}

// redact takes the API key out of text: a server may send back what it was sent.
func (c *Client) redact(text string) string {
	return strings.ReplaceAll(text, c.config.APIKey, "(the API key)")
}
