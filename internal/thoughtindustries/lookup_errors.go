package thoughtindustries

import (
	"errors"
	"net/http"
)

// A lookup is complete (no error), refused or failed. Only a complete one proves
// anything by what it does not find.

// LookupRefusedError: the endpoints that a lookup needs are not open to this
// key, or return no names of accounts at all.
type LookupRefusedError struct {
	// Reason says which one and how, in words for people.
	Reason string
	// refusal is the response that refused; nil where names are not returned.
	refusal error
}

func (e *LookupRefusedError) Error() string { return e.Reason }

// Unwrap gives the response that refused, an *APIError, where there was one.
func (e *LookupRefusedError) Unwrap() error { return e.refusal }

// LookupFailedError: a lookup could not be completed. Nothing was created for that.
type LookupFailedError struct {
	// Reason says what could not be read, in words for people.
	Reason string
}

func (e *LookupFailedError) Error() string { return e.Reason }

// lookupError sorts what ended a lookup into refused and failed; what it sorted
// already stays as it is.
func (c *Client) lookupError(what string, err error) error {
	var (
		refused *LookupRefusedError
		failed  *LookupFailedError
	)
	switch {
	case err == nil, errors.As(err, &refused), errors.As(err, &failed), isWouldWait(err),
		errors.Is(err, errInterrupted), errors.Is(err, errOutOfTime):
		return err
	case isRefusal(err):
		return &LookupRefusedError{Reason: what + ": " + c.redact(describe(err)), refusal: err}
	}
	return &LookupFailedError{Reason: what + " could not be read: " + c.redact(describe(err))}
}

// isRefusal: for the endpoints of a lookup, these mean that they cannot be used.
func isRefusal(err error) bool {
	refused, ok := asAPIError(err)
	return ok && (refused.Status == http.StatusUnauthorized || refused.Status == http.StatusForbidden || refused.Status == http.StatusNotFound ||
		refused.Status == http.StatusMethodNotAllowed)
}
