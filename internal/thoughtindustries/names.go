package thoughtindustries

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// NormalizeName gives what a name is compared by: composed (NFC), without white
// space at the ends, and with one space for each run of white space. Engines
// compose strings, and services trim them.
func NormalizeName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(name), " "))
}

// SameName reports whether two names are the same but for what engines and
// services change of them.
func SameName(a, b string) bool { return a == b || NormalizeName(a) == NormalizeName(b) }
