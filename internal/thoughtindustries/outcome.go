package thoughtindustries

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
)

// outcome is what a POST means for the one who wanted it.
type outcome int

const (
	// outcomeUnknown: the server may have done it or not. It is the zero value, so that whatever was forgotten counts
	// as the worst.
	outcomeUnknown   outcome = iota
	outcomeCreated           // a 2xx that gives the id
	outcomeRefused           // certain that nothing was done
	outcomeNotSent           // certain that nothing was sent
	outcomePostponed         // 429: refused before it was processed, so it may be sent again
)

func (o outcome) String() string {
	return [...]string{"unknown", "created", "refused", "not sent", "postponed"}[o]
}

// given is what the response to a POST gives: the id of what was created, or why the id in it is not one.
type given struct {
	id      string
	problem string // "gave the id …, which another resource has"
}

// decide says what a POST means, and in a few words why. It is the only place that decides whether a POST may be sent
// again: what it does not name is unknown, because a response that nobody foresaw must not lead to a second account.
func (c *Client) decide(r result, from given) (outcome, string) {
	success := r.status >= 200 && r.status <= 299 // only an id proves that the POST was done
	switch {
	case r.status == 0 && !r.connected:
		return outcomeNotSent, c.whatCame(r)
	case success && from.id != "":
		return outcomeCreated, ""
	case success && from.problem != "":
		return outcomeUnknown, fmt.Sprintf("the response %d %s", r.status, from.problem)
	case success && r.err == nil:
		return outcomeUnknown, fmt.Sprintf("the response %d gave no usable id", r.status)
	case r.status == http.StatusTooManyRequests:
		return outcomePostponed, "the rate limit was reached (429)"
	case r.status == http.StatusMovedPermanently,
		r.status == http.StatusTemporaryRedirect,
		r.status == http.StatusPermanentRedirect:
		// These ask for the same request elsewhere. 302 and 303 may follow upon work that was done.
		return outcomeRefused, fmt.Sprintf("the API redirects elsewhere (%d)", r.status)
	case r.status == http.StatusRequestTimeout:
		return outcomeUnknown, "the server gave up waiting for the request (408)"
	case r.status >= 400 && r.status <= 499:
		return outcomeRefused, fmt.Sprintf("the API refused (%d)", r.status)
	}
	return outcomeUnknown, c.whatCame(r)
}

// passing reports whether what kept a request from being sent may be over soon.
func passing(err error) bool {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, errRequestTimeout):
		return true
	case isA[reason](err), isA[*APIError](err), isTLS(err):
		return false
	}
	return !isDNS || !dns.IsNotFound
}

// isTLS: the two sides do not agree, or do not trust each other. An alert has no exported type.
func isTLS(err error) bool {
	operation, ok := errors.AsType[*net.OpError](err)
	isAlert := ok && (operation.Op == "remote error" || operation.Op == "local error")
	return isAlert || isA[*tls.CertificateVerificationError](err) || isA[tls.RecordHeaderError](err)
}

func statusLine(status int) string {
	text := http.StatusText(status)
	if text == "" {
		return fmt.Sprint(status)
	}
	return fmt.Sprintf("%d %s", status, text)
}
