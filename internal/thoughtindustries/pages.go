package thoughtindustries

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

const (
	// maxPages of one listing; beyond it the server is taken to be broken.
	maxPages = 1000
	// maxBarren is how many responses in a row may bring nothing new though more
	// is promised: one by either way to the next page, and two to get past pages
	// that are empty.
	maxBarren = 4
)

// step is a request for a page of a listing.
type step struct {
	// position of the page, from 1 on.
	position int64
	// cursor that leads to it; where empty, its number does.
	cursor string
	// other: the usual way brought nothing new, and this is the other one.
	other bool
}

func (s step) query(of url.Values) url.Values {
	query := url.Values{}
	for name, values := range of {
		query[name] = values
	}
	switch {
	case s.cursor != "":
		query.Set("cursor", s.cursor)
	case s.position > 1: // the first is what a request without a page gives
		query.Set("page", strconv.FormatInt(s.position, 10))
	}
	return query
}

// pagingWays keeps what was learnt of listings by their operation: whether a
// cursor leads to the next page where the usual way does not, or a number.
type pagingWays struct {
	mu       sync.Mutex
	byCursor map[string]bool
}

func (w *pagingWays) learn(operation string, byCursor bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byCursor == nil {
		w.byCursor = map[string]bool{}
	}
	w.byCursor[operation] = byCursor
}

func (w *pagingWays) learnt(operation string) (byCursor, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	byCursor, known = w.byCursor[operation]
	return byCursor, known
}

// getPages follows a listing to its end and hands over each element once.
func (c *Client) getPages(ctx context.Context, tries int, query url.Values, operation, list string, each func(object), segments ...string) error {
	return c.getPagesWhile(ctx, tries, query, operation, list, func(element object) bool {
		each(element)
		return true
	}, segments...)
}

// getPagesWhile follows a listing to its end, or until each returns false, and
// hands over each element once. Without an error, what was not cut short by the
// caller is the whole listing.
//
// The next page is asked for by cursor where a response gives one and no number
// of its own, else by number. Where that brings nothing new though more is
// promised, the other way is tried, and kept for the operation if it does.
func (c *Client) getPagesWhile(ctx context.Context, tries int, query url.Values, operation, list string, each func(object) bool, segments ...string) error {
	return c.follow(ctx, tries, query, newListWalk(operation, list, &c.paging, each), segments...)
}

// follow reads a listing for a walk, to its end or until the walk has enough.
func (c *Client) follow(ctx context.Context, tries int, query url.Values, walk *listWalk, segments ...string) error {
	next := step{position: 1}
	for requests := 1; ; requests++ {
		root, err := c.get(ctx, c.endpoint(next.query(query), segments...), tries)
		if err == nil {
			err = walk.take(root, next)
		} else if requests > 1 {
			err = walk.refused(err, next)
		}
		switch {
		case err != nil:
			return err
		case walk.done:
			return nil
		case requests == maxPages:
			return errEndless
		}
		if next, err = walk.next(); err != nil {
			return err
		}
	}
}

var errEndless = &ResponseError{Reason: "the listing did not end after " + strconv.Itoa(maxPages) + " pages"}

// listWalk is a listing as far as it was read.
type listWalk struct {
	operation, list string
	each            func(object) bool
	ways            *pagingWays

	// ids of the elements that came. Those without an id are distinguished by what
	// they contain: nameless counts how often one page had it.
	ids      map[string]bool
	nameless map[[sha256.Size]byte]int
	count    int
	// total that the last response gave, and whether it was another one before.
	total   Optional[int64]
	changed bool
	// cursors that were followed.
	cursors map[string]bool

	// steps that may lead on, the best first.
	steps []step
	// barren counts the responses in a row that brought nothing new.
	barren int
	// problems say why it does not go on, once it does not.
	problems []string
	done     bool
}

func newListWalk(operation, list string, ways *pagingWays, each func(object) bool) *listWalk {
	return &listWalk{
		operation: operation, list: list, each: each, ways: ways,
		ids: map[string]bool{}, nameless: map[[sha256.Size]byte]int{}, cursors: map[string]bool{},
	}
}

// take reads a response and works out how to go on.
func (w *listWalk) take(root object, came step) error {
	elements, info, err := responseList(root, w.operation, w.list)
	if err != nil {
		return inPage(came, err)
	}
	if info.total.Value != nil {
		w.changed = w.changed || w.total.Value != nil && *w.total.Value != *info.total.Value
		w.total = info.total
	}
	fresh, err := w.hand(elements)
	if fresh && came.other { // also where the caller has enough
		w.ways.learn(w.operation, came.cursor != "")
	}
	if err != nil || w.done {
		return err
	}
	more, err := info.promises(came, w.count)
	if err != nil {
		return inPage(came, err)
	}
	switch {
	case fresh, came.position == 1:
	case !came.other && (more == ends || more == hinted && len(elements) == 0 && w.count > 0):
		w.done = true
		return nil
	default:
		w.barren++
		if len(elements) > 0 {
			w.note(fmt.Sprintf("page %d repeats what was on those before it", came.position))
			return nil
		}
		w.note(fmt.Sprintf("page %d is empty", came.position))
		if more != ends {
			w.steps = append(w.steps, w.after(info, came, came.other)...)
		}
		return nil
	}
	w.done = more == ends
	w.barren, w.problems = 0, nil
	w.steps = w.after(info, came, false)
	return nil
}

// after gives the steps that a response opens to the next page.
func (w *listWalk) after(info pageInfo, came step, other bool) []step {
	cursor, numbered := info.next(), info.number.Value != nil
	cursorFirst, known := w.ways.learnt(w.operation)
	if !known {
		cursorFirst = !numbered
	}
	var steps []step
	for _, byCursor := range []bool{cursorFirst, !cursorFirst} {
		way := step{position: came.position + 1, other: other || len(steps) > 0}
		switch {
		case byCursor && cursor == "":
			continue
		case byCursor && w.cursors[cursor]:
			w.note("its cursor is one that was followed before")
			continue
		case byCursor:
			way.cursor = cursor
		case numbered && came.cursor == "" && *info.number.Value != came.position:
			w.note(fmt.Sprintf("the response to page %d says that it is page %d", came.position, *info.number.Value))
			continue
		}
		steps = append(steps, way)
	}
	if info.odd != "" {
		w.note(info.odd)
	}
	return steps
}

// note keeps what was wrong with the responses since the last one that brought
// something new.
func (w *listWalk) note(problem string) {
	if !slices.Contains(w.problems, problem) {
		w.problems = append(w.problems, problem)
	}
}

// refused notes that a page after the first one was not given. A server that
// does not know a parameter says so by refusing it.
func (w *listWalk) refused(err error, came step) error {
	refused, ok := asAPIError(err)
	if !ok {
		return inPage(came, err)
	}
	switch refused.Status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity:
		w.barren++
		w.note(inPage(came, err).Error())
		return nil
	}
	return inPage(came, err)
}

// next gives the step to take, or says why there is none.
func (w *listWalk) next() (step, error) {
	if len(w.steps) == 0 || w.barren >= maxBarren {
		err := unusable("the listing of %s promises more pages and cannot be read to its end: %s", w.list, strings.Join(w.problems, "; "))
		err.changed = w.changed
		return step{}, err
	}
	next := w.steps[0]
	w.steps = w.steps[1:]
	if next.cursor != "" {
		w.cursors[next.cursor] = true
	}
	return next, nil
}

// missed: the listing changed while it was read, and fewer came than there are. A
// page may have come twice, and another one never.
func (w *listWalk) missed() bool { return w.changed && int64(w.count) < *w.total.Value }

// hand passes on what is new on a page and reports whether anything was.
func (w *listWalk) hand(elements []any) (fresh bool, err error) {
	onPage := map[[sha256.Size]byte]int{}
	for _, value := range elements {
		element, ok := value.(object)
		if !ok {
			return fresh, unusable("in the response, an element of %s is not an object", w.list)
		}
		if id, ok := readID(element); ok {
			id = strings.ToLower(id)
			if w.ids[id] {
				continue
			}
			w.ids[id] = true
		} else {
			content, err := json.Marshal(element)
			if err != nil {
				return fresh, unusable("in the response, an element of %s cannot be read", w.list)
			}
			key := sha256.Sum256(content)
			onPage[key]++
			if onPage[key] <= w.nameless[key] {
				continue
			}
			w.nameless[key]++
		}
		fresh = true
		w.count++
		if !w.each(element) {
			w.done = true
			return fresh, nil
		}
	}
	return fresh, nil
}

// inPage says at which page of a listing something went wrong. That a later page
// is refused is no refusal of the listing, whose first page came.
func inPage(came step, err error) error {
	var failed *ResponseError
	_, refused := asAPIError(err)
	if came.position == 1 || !refused && !errors.As(err, &failed) {
		return err
	}
	return unusable("page %d of the listing: %s", came.position, err.Error())
}
