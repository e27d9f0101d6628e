package thoughtindustries

import (
	"context"
	"html"
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/runes"
	"golang.org/x/text/unicode/norm"
)

// entity is an HTML entity that ends as it should. What has no semicolon, such as the "&copy" in "R&copyrights", is
// text.
var entity = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]*);`)

// NormalizeName gives what a name is compared by. Services escape names for HTML, trim them and drop what is
// invisible; engines compose them.
func NormalizeName(name string) string {
	name = entity.ReplaceAllStringFunc(name, unescapeEntity)
	name = runes.Remove(runes.In(unicode.Cf)).String(name)
	return norm.NFC.String(strings.Join(strings.Fields(name), " "))
}

// unescapeEntity leaves alone what is an entity in its first letters only.
func unescapeEntity(whole string) string {
	text := html.UnescapeString(whole)
	if len(text) > 1 && strings.HasSuffix(text, ";") {
		return whole
	}
	return text
}

// SameName reports whether two names are the same but for what engines and services change of them.
func SameName(a, b string) bool { return a == b || NormalizeName(a) == NormalizeName(b) }

// mostNameRequests is how often an account without a name is asked again for those who create others: an account that
// was just made may get its name in a moment.
const mostNameRequests = 3

// knownName is what the credit actions of an account said of its name.
type knownName struct {
	name  string
	err   error
	asked int
}

func (c *Client) knownName(accountID string) knownName {
	entry, _ := c.names.Load(accountID)
	known, _ := entry.(knownName)
	return known
}

// askName reads the credit actions of an account until one has a name.
func (c *Client) askName(ctx context.Context, clientID, accountID string, how reading) (string, error) {
	name := ""
	err := c.follow(ctx, creditActionsOf(clientID, accountID, CreditActions), how, func(element fields) bool {
		if owner := clientOf(element); owner != "" {
			c.owners.LoadOrStore(accountID, owner)
		}
		if found := textOf(decode[CreditAction](element).CreditAccountName); NormalizeName(found) != "" {
			name = found
			c.namesReturned.Store(true)
		}
		return name == ""
	})
	return name, err
}
