package thoughtindustries

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

const (
	// getTries is how often a GET is sent in all where it fails to be answered.
	getTries = 4
	// maxPages of one listing; beyond it the server is taken to be broken.
	maxPages = 1000
)

// AnswerError: the API could not be asked, or its answer could not be used.
type AnswerError struct {
	// Reason says why, in words for people.
	Reason string
}

func (e *AnswerError) Error() string { return e.Reason }

// get sends a GET until it is answered and gives the JSON object of the answer.
func (c *Client) get(ctx context.Context, address *url.URL, tries int) (object, error) {
	attempt, err := c.repeat(ctx, call{method: http.MethodGet, address: address}, tries)
	if err != nil {
		return nil, err
	}
	tree, err := decodeLenient(attempt.Body)
	root, ok := tree.(object)
	if err != nil || !ok {
		return nil, &AnswerError{Reason: fmt.Sprintf("the answer %d was not the JSON object that is documented", attempt.Status)}
	}
	return root, nil
}

// repeat sends a request that may be sent any number of times until it is
// answered, at most tries times for faults; being told to wait does not count.
// The error is *APIError or *AnswerError.
func (c *Client) repeat(ctx context.Context, wanted call, tries int) (Attempt, error) {
	wanted.place = c.pacer.Line()
	defer wanted.place.Leave()
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
			return attempt, &AnswerError{Reason: whyEnded(ctx, ctx.Err()).Error()}
		case !verdict.Repeat, verdict.Outcome != WaitAndRetry && try >= tries:
			return attempt, &AnswerError{Reason: c.redact(verdict.Reason)}
		case verdict.Outcome != WaitAndRetry:
			if err := pause(ctx, try); err != nil {
				return attempt, &AnswerError{Reason: err.Error()}
			}
			try++
		}
	}
}

// getPages follows a listing to its end and hands over each element of
// data.<name>.<elements> once: what is added to a listing while it is read
// moves what was on one page to the next.
func (c *Client) getPages(ctx context.Context, tries int, query url.Values, name, elements string, each func(object), segments ...string) error {
	seen := map[string]bool{}
	for page := 1; page <= maxPages; page++ {
		query.Set("page", strconv.Itoa(page))
		root, err := c.get(ctx, c.endpoint(query, segments...), tries)
		if err != nil {
			return err
		}
		listing := answered(root, name, func(o object) bool { _, ok := o[elements]; return ok })
		if listing == nil {
			return &AnswerError{Reason: fmt.Sprintf("the answer has no list %s", elements)}
		}
		found, ok := listing[elements].([]any)
		if !ok && listing[elements] != nil {
			return &AnswerError{Reason: fmt.Sprintf("in the answer, %s is not a list", elements)}
		}
		fresh := false
		for _, element := range found {
			element, ok := element.(object)
			id, _ := readID(element)
			if !ok || seen[id] {
				continue
			}
			seen[id] = id != ""
			fresh = true
			each(element)
		}
		pageInfo, _ := listing["pageInfo"].(object)
		if more := readBool(pageInfo, "hasMore"); more.Value == nil || !*more.Value || len(found) == 0 {
			return nil
		}
		if !fresh {
			return errRepeating
		}
	}
	return errEndless
}

var (
	errEndless   = errors.New("the listing did not end after " + strconv.Itoa(maxPages) + " pages")
	errRepeating = errors.New("the listing does not end: a page repeats what was on those before it, and promises more")
)
