package thoughtindustries

import (
	"context"
	"net/http"
	"net/url"
)

// getTries is how often a GET is sent in all if no response comes.
const getTries = 4

// ResponseError: a request failed, or its response could not be used.
type ResponseError struct {
	// Reason says why, in words for people.
	Reason string
	// changed: the listing changed while it was read, so it may be read anew.
	changed bool
}

func (e *ResponseError) Error() string { return e.Reason }

// get sends a GET until a response comes, and returns its JSON object.
func (c *Client) get(ctx context.Context, address *url.URL, tries int) (object, error) {
	attempt, err := c.repeat(ctx, call{method: http.MethodGet, address: address}, tries)
	if err != nil {
		return nil, err
	}
	tree, err := decodeLenient(attempt.Body)
	root, ok := tree.(object)
	if err != nil || !ok {
		return nil, unusable("the response %d was not the JSON object that is documented", attempt.Status)
	}
	if err := c.errorIn(root, attempt.Status); err != nil {
		return nil, err
	}
	return root, nil
}

// repeat sends a request that may be sent any number of times until it has
// a response, at most tries times for faults; a 429 does not count.
// The error is *APIError or *ResponseError.
func (c *Client) repeat(ctx context.Context, wanted call, tries int) (Attempt, error) {
	wanted.slot = c.pacer.Enqueue()
	for try := 1; ; {
		attempt := c.attempt(ctx, wanted)
		verdict := Decide(attempt)
		switch {
		case verdict.Outcome == Created:
			return attempt, nil
		case verdict.Outcome == Refused && attempt.Status >= 300:
			return attempt, c.apiError(attempt)
		case isWouldWait(attempt.Err):
			return attempt, ErrWouldWait
		case ctx.Err() != nil:
			return attempt, &ResponseError{Reason: whyEnded(ctx, ctx.Err()).Error()}
		case !verdict.Repeat, verdict.Outcome != WaitAndRetry && try >= tries:
			return attempt, &ResponseError{Reason: c.redact(verdict.Reason)}
		case verdict.Outcome != WaitAndRetry:
			if err := pause(ctx, try); err != nil {
				return attempt, &ResponseError{Reason: err.Error()}
			}
			try++
		}
	}
}
