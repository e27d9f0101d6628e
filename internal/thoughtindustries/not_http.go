package thoughtindustries

import (
	"errors"
	"strings"
)

var errNotHTTP = errors.New("the response is not HTTP")

// withoutQuotes replaces the errors by which the transport quotes a response
// that is not HTTP: what it quotes may be the key, or of a client a secret.
func withoutQuotes(err error) error {
	text := err.Error()
	for _, sign := range []string{"malformed", "Content-Length", "transfer encoding", "railer key"} {
		if strings.Contains(text, sign) && !strings.Contains(text, "x509") {
			return errNotHTTP
		}
	}
	return err
}
