package thoughtindustries

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/pace"
)

// Outcome is what an attempt at a request means for the one who wanted it.
type Outcome int

const (
	// Unknown: the server may have done it or not. It is the zero value, so
	// that whatever was forgotten counts as the worst.
	Unknown Outcome = iota
	// Created: done, and the response says what it is; for a GET or PUT, a usable response.
	Created
	// Refused: certain that nothing was done, and that trying again is of no use.
	Refused
	// NotSent: certain that nothing of the request was sent.
	NotSent
	// WaitAndRetry: the server asks to come back later.
	WaitAndRetry
)

func (o Outcome) String() string {
	switch o {
	case Created:
		return "created"
	case Refused:
		return "refused"
	case NotSent:
		return "not sent"
	case WaitAndRetry:
		return "wait and retry"
	default:
		return "unknown"
	}
}

// Verdict is what Decide says of an attempt.
type Verdict struct {
	Outcome Outcome
	// Repeat: the same request may be sent again without the risk of a second
	// object, and there is some hope that it then succeeds.
	Repeat bool
	// Reason says in a few words what happened, without what the server wrote.
	Reason string
}

// Attempt is one request that was sent, or was about to be.
type Attempt struct {
	Method string
	// Sent: at least one byte of the request may have left. Where it is false,
	// none did and none will.
	Sent bool
	// Status of the response, 100 to 599; 0 if none came.
	Status int
	Header http.Header
	// Body has at most MaxResponseBytes, or MaxListingBytes of a GET.
	Body []byte
	// BodyErr says why Body is not the whole: cut off, timed out or too long.
	BodyErr error
	// GaveID: the response has the id of what was created (POST alone), which
	// nobody else has.
	GaveID bool
	// NoID says why a response that has an id does not give one; empty otherwise.
	NoID string
	// Err says why no response came.
	Err error
	// Began and Ended are local times.
	Began, Ended time.Time
}

// Decide says what an attempt means. It is the only place in the project that
// decides whether a request may be repeated, and the table of outcomes in the
// documentation is this function in words.
//
// What it does not list by name is Unknown: a response that nobody foresaw must
// not lead to a second account. A 503 is no exception, whatever it asks for: a
// server that asks to come back may have stored the object all the same.
func Decide(a Attempt) Verdict {
	post := a.Method == http.MethodPost
	switch {
	case a.Status == 0 && !a.Sent:
		return Verdict{Outcome: NotSent, Repeat: passing(a.Err), Reason: "the request was never sent: " + describe(a.Err)}

	case a.Status == 0:
		return Verdict{Outcome: Unknown, Repeat: !post, Reason: "no response came after the request was sent: " + describe(a.Err)}

	case a.Status == http.StatusTooManyRequests:
		return Verdict{Outcome: WaitAndRetry, Repeat: true, Reason: "the rate limit was reached (429)"}

	case a.Status == http.StatusServiceUnavailable && !post && hasRetryAfter(a):
		return Verdict{Outcome: WaitAndRetry, Repeat: true, Reason: "the API is not available for now (503)"}

	case a.Status >= 200 && a.Status <= 299:
		return decideSuccess(a, post)

	case a.Status == http.StatusMovedPermanently,
		a.Status == http.StatusTemporaryRedirect,
		a.Status == http.StatusPermanentRedirect:
		// These ask for the same request elsewhere, so nothing was done here.
		// 302 and 303 may follow upon work that was done.
		return Verdict{Outcome: Refused, Reason: fmt.Sprintf("the API redirects elsewhere (%d)", a.Status)}

	case a.Status == http.StatusRequestTimeout:
		return Verdict{Outcome: Unknown, Repeat: !post, Reason: "the server gave up waiting for the request (408)"}

	case a.Status >= 400 && a.Status <= 499:
		return Verdict{Outcome: Refused, Reason: fmt.Sprintf("the API refused (%d)", a.Status)}
	}
	return Verdict{
		Outcome: Unknown,
		Repeat:  !post && a.Status >= 500,
		Reason:  fmt.Sprintf("the API responded with %d %s", a.Status, http.StatusText(a.Status)),
	}
}

// decideSuccess is Decide for a 2xx. Only an id proves that a POST was done.
func decideSuccess(a Attempt, post bool) Verdict {
	switch {
	case post && a.GaveID:
		return Verdict{Outcome: Created}
	case post && a.NoID != "":
		return Verdict{Outcome: Unknown, Reason: fmt.Sprintf("the response %d %s", a.Status, a.NoID)}
	case post && a.BodyErr != nil:
		return Verdict{Outcome: Unknown, Reason: fmt.Sprintf("the response %d broke off before it gave an id: %s", a.Status, describe(a.BodyErr))}
	case post:
		return Verdict{Outcome: Unknown, Reason: fmt.Sprintf("the response %d gave no id", a.Status)}
	case errors.Is(a.BodyErr, errTooLong):
		return Verdict{Outcome: Refused, Reason: fmt.Sprintf("the response %d was not usable: %s", a.Status, describe(a.BodyErr))}
	case a.BodyErr != nil:
		return Verdict{Outcome: Unknown, Repeat: true, Reason: fmt.Sprintf("the response %d broke off: %s", a.Status, describe(a.BodyErr))}
	}
	return Verdict{Outcome: Created}
}

func hasRetryAfter(a Attempt) bool {
	_, ok := pace.ParseRetryAfter(a.Header, a.Ended)
	return ok
}

// passing reports whether what kept a request from leaving may be over soon.
func passing(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) {
		return !dns.IsNotFound
	}
	var (
		certificate *tls.CertificateVerificationError
		authority   x509.UnknownAuthorityError
		hostname    x509.HostnameError
		notTLS      tls.RecordHeaderError
		operation   *net.OpError
	)
	switch {
	case err == nil,
		errors.Is(err, errInterrupted), errors.Is(err, errOutOfTime), errors.Is(err, errBreaker), isWouldWait(err),
		errors.As(err, &certificate), errors.As(err, &authority), errors.As(err, &hostname),
		errors.As(err, &notTLS), errors.As(err, &operation) && isAlert(operation), errors.Is(err, errBroken):
		return false
	}
	return true
}

// isAlert reports whether one side ended a TLS handshake with an alert, whose
// own type is not exported.
func isAlert(operation *net.OpError) bool {
	return operation.Op == "remote error" || operation.Op == "local error"
}

// describe puts a transport's error into words that help at night.
func describe(err error) string {
	var dns *net.DNSError
	switch {
	case err == nil:
		return "no reason was given"
	case errors.As(err, &dns) && dns.IsNotFound:
		return fmt.Sprintf("the host %s does not exist", dns.Name)
	}
	return cleanText(err.Error(), 300)
}
