package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

const (
	// maxPages of one listing; beyond it the server is taken to be broken.
	maxPages = 1000
	// maxEmpty is how many pages in a row may be empty though more is promised.
	maxEmpty = 3
	// longestCursor in characters; it must fit into an address.
	longestCursor = 2000
)

// reading is how something is read.
type reading struct {
	tries int  // of each request
	fresh bool // a copy that a cache on the way has kept does not count
	again bool // names that could not be read before are asked for again
}

var (
	beforePost = reading{tries: 4, fresh: true}
	afterPost  = reading{tries: 1, fresh: true, again: true} // it is repeated as a whole
	forPeople  = reading{tries: 4, fresh: true, again: true}
	toShow     = reading{tries: 4}
)

// listCall is a list of the API, by its documented names.
type listCall struct {
	operation string
	name      string
	query     url.Values
	segments  []string
}

// readAll reads a listing to its end, or fails: a part is never taken for the whole. What comes short may have
// changed while it was read, and is read anew.
func readAll[T any](ctx context.Context, c *Client, wanted listCall, how reading) ([]T, error) {
	for try := 1; ; try++ {
		var elements []T
		err := c.follow(ctx, wanted, how, func(element fields) (goOn bool) {
			elements = append(elements, decode[T](element))
			return true
		})
		var failed *ResponseError
		if err == nil || try >= max(how.tries, 2) || !errors.As(err, &failed) || !failed.incomplete {
			return elements, err
		}
	}
}

// pageStep leads to a page: a cursor where there is one, else its number.
type pageStep struct {
	number int
	cursor string
}

// follow reads a listing page by page and hands over each element once, until each returns false.
func (c *Client) follow(ctx context.Context, wanted listCall, how reading, each func(fields) bool) error {
	w := walk{wanted: wanted, each: each, seen: map[string]bool{}, total: -1, next: pageStep{number: 1}}
	for range maxPages {
		found, err := c.readPage(ctx, wanted, w.next, how)
		switch {
		case err == nil:
			err = w.take(found)
		case w.pages > 0 && refusesPage(err):
			err = w.otherWay(err.Error())
		}
		switch {
		case err != nil && w.pages > 0:
			return w.inPage(err)
		case err != nil || w.done:
			return err
		}
	}
	return unusable("the listing did not end after %d pages", maxPages)
}

// refusesPage: a server that does not know a parameter says so by refusing it.
func refusesPage(err error) bool {
	var refusal *APIError
	unknown := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}
	return errors.As(err, &refusal) && slices.Contains(unknown, refusal.Status)
}

// walk is a listing as far as it was read.
type walk struct {
	wanted listCall
	each   func(fields) bool
	seen   map[string]bool // what tells elements apart
	pages  int             // that were read
	empty  int             // pages in a row
	total  int64           // that the last page stated; -1 for none
	// shifted: the total changed, so an element may have come twice and another never.
	shifted bool
	next    pageStep
	// byNumber: cursors lead nowhere, so numbers do, for the rest of the listing.
	byNumber bool
	done     bool
}

// take reads a page and says how to go on.
func (w *walk) take(found listPage) error {
	fresh, err := w.hand(found.elements)
	if err != nil || w.done {
		return err
	}
	w.pages++
	if w.empty++; fresh {
		w.empty = 0
	}
	if total := found.info.total(); total >= 0 {
		w.shifted = w.shifted || w.total >= 0 && w.total != total
		w.total = total
	}
	more, err := found.info.more(w.next.number, len(w.seen), len(found.elements) == 0 && w.pages > 1)
	switch {
	case err != nil:
		return err
	case !more && w.total > int64(len(w.seen)):
		return w.failed("%d elements of %s came of %d", len(w.seen), w.wanted.name, w.total)
	case !more:
		w.done = true
		return nil
	case !fresh && len(found.elements) > 0:
		return w.otherWay(fmt.Sprintf("page %d repeats earlier ones though more is promised", w.next.number))
	case w.empty >= maxEmpty:
		return w.otherWay(fmt.Sprintf("page %d is empty, as those before it, though more is promised", w.next.number))
	}
	return w.goOn(found.info)
}

// failed may be over when the listing is read anew.
func (w *walk) failed(format string, args ...any) error {
	return &ResponseError{Reason: fmt.Sprintf(format, args...), incomplete: w.shifted}
}

// goOn asks for the next page by the cursor alone, or by its number alone: a server that counts pages from the cursor
// would skip some.
func (w *walk) goOn(info pageInfo) error {
	number, says, cursor := w.next.number, info.number(), info.cursor()
	w.next = pageStep{number: number + 1}
	switch {
	case cursor != "" && !w.byNumber:
		w.next.cursor = cursor
	case says >= 0 && says != int64(number):
		return unusable("the response to page %d says that it is page %d", number, says)
	}
	return nil
}

// otherWay goes on by number where the cursor leads nowhere.
func (w *walk) otherWay(problem string) error {
	if w.next.cursor == "" {
		return w.failed("%s", problem)
	}
	w.byNumber, w.empty = true, 0
	w.next = pageStep{number: 2}
	return nil
}

// hand passes on what is new on a page, and reports whether anything was.
func (w *walk) hand(elements []json.RawMessage) (fresh bool, err error) {
	onPage := map[string]int{}
	for _, raw := range elements {
		element := asObject(raw)
		if element == nil {
			return fresh, unusable("an element of %s is not an object", w.wanted.name)
		}
		id := idOf(element)
		if id == "" {
			// Without an id, equal elements count as often as one page has them.
			onPage[string(raw)]++
			id = fmt.Sprintf("%d %s", onPage[string(raw)], raw)
		}
		id = strings.ToLower(id)
		if w.seen[id] {
			continue
		}
		w.seen[id] = true
		fresh = true
		if !w.each(element) {
			w.done = true
			return fresh, nil
		}
	}
	return fresh, nil
}

// inPage says that it is a later page which failed. Its refusal is no refusal of the listing, whose first page came.
func (w *walk) inPage(err error) error {
	if isUnauthorized(err) {
		return err
	}
	failed := ResponseError{Reason: err.Error()}
	var known *ResponseError
	if errors.As(err, &known) {
		failed = *known
	}
	failed.Reason = fmt.Sprintf("page %d of the listing: %s", w.next.number, failed.Reason)
	return &failed
}

// listPage is a page of a listing, and what the response says of the next one.
type listPage struct {
	elements []json.RawMessage
	info     pageInfo
}

func (c *Client) readPage(ctx context.Context, wanted listCall, at pageStep, how reading) (listPage, error) {
	query := maps.Clone(wanted.query)
	switch {
	case at.cursor != "":
		query.Set("cursor", at.cursor)
	case at.number > 1: // the first is what a request without a page gives
		query.Set("page", strconv.Itoa(at.number))
	}
	root, err := c.getObject(ctx, c.endpoint(query, wanted.segments...), how)
	if root == nil || err != nil {
		return listPage{}, err // 204 is an empty listing
	}
	return pageOf(root, wanted)
}

// pageOf finds the list in the object that the response is about, or data is the list. A response in another form is
// not an empty listing.
func pageOf(root fields, wanted listCall) (listPage, error) {
	var elements []json.RawMessage
	holder := root
	if _, beside := root[wanted.name]; beside && root["data"] != nil {
		return listPage{}, unusable("the response has both data and %s, and does not say which one counts", wanted.name)
	}
	inData := json.Unmarshal(root["data"], &elements) == nil && elements != nil
	if !inData {
		holder = objectOf(root, wanted.operation, func(object fields) bool { return object[wanted.name] != nil })
	}
	if holder == nil {
		return listPage{}, unusable("the response has no list %s where it is documented", wanted.name)
	}
	info, err := readPageInfo(root, holder)
	if err != nil || inData {
		return listPage{elements, info}, err
	}
	if json.Unmarshal(holder[wanted.name], &elements) != nil {
		return listPage{}, unusable("in the response, %s is not a list", wanted.name)
	}
	saysEmpty := info.total() == 0 || info.HasMore.Value != nil && !*info.HasMore.Value
	if elements == nil && !saysEmpty {
		return listPage{}, unusable("in the response, the list %s is null", wanted.name)
	}
	return listPage{elements, info}, nil
}

// pageInfo has every documented name for what a response says of its page.
type pageInfo struct {
	HasMore     Field[bool]   `json:"hasMore"`
	NextCursor  Field[string] `json:"nextCursor"`
	Cursor      Field[string] `json:"cursor"`
	Page        Field[int64]  `json:"page"`
	CurrentPage Field[int64]  `json:"currentPage"`
	TotalPages  Field[int64]  `json:"totalPages"`
	Total       Field[int64]  `json:"total"`
	TotalCount  Field[int64]  `json:"totalCount"`
}

// readPageInfo reads pageInfo and meta, beside the list or in the response itself, or the same names by themselves
// where there is neither.
func readPageInfo(root, holder fields) (pageInfo, error) {
	var sources []fields
	for _, from := range []fields{root, holder} { // what stands nearer to the list counts
		for _, name := range []string{"meta", "pageInfo"} {
			raw, there := from[name]
			if !there || string(raw) == "null" {
				continue
			}
			object := asObject(raw)
			if object == nil {
				return pageInfo{}, unusable("in the response, %s is not an object", name)
			}
			sources = append(sources, object)
		}
	}
	if sources == nil {
		sources = []fields{root, holder}
	}
	merged := fields{}
	for _, source := range sources {
		for name, raw := range source {
			_, there := merged[name]
			saysMore := name == "hasMore" && string(merged[name]) == "true" // where two contradict, there is more
			if !saysMore && (!there || string(raw) != "null") {
				merged[name] = raw
			}
		}
	}
	info := decode[pageInfo](merged)
	if info.HasMore.odd {
		return info, unusable("in the response, hasMore is neither true nor false")
	}
	return info, nil
}

// cursor of the next page; empty for none.
func (p pageInfo) cursor() string {
	for _, field := range []Field[string]{p.NextCursor, p.Cursor} {
		if cursor := textOf(field); cursor != "" && len(cursor) <= longestCursor {
			return cursor
		}
	}
	return ""
}

// number of the page, and total of the elements; -1 where the response does not say.
func (p pageInfo) number() int64 { return firstOf(p.CurrentPage, p.Page) }
func (p pageInfo) total() int64  { return firstOf(p.Total, p.TotalCount) }

func firstOf(numbers ...Field[int64]) int64 {
	for _, number := range numbers {
		if number.Value != nil {
			return *number.Value
		}
	}
	return -1
}

// more says whether there is more after a page, with so many elements so far. Where only a total or a cursor hints at
// more, an empty page is the end.
func (p pageInfo) more(number, elements int, empty bool) (bool, error) {
	odd := p.NextCursor.odd || p.Cursor.odd || p.TotalPages.odd || p.Total.odd || p.TotalCount.odd
	tooLong := max(len(textOf(p.NextCursor)), len(textOf(p.Cursor))) > longestCursor
	switch {
	case p.HasMore.Value != nil:
		return *p.HasMore.Value, nil
	case odd, tooLong, p.total() < -1:
		return false, unusable("whether there are more pages cannot be read")
	case textOf(p.NextCursor) != "":
		return true, nil
	case p.TotalPages.Value != nil:
		return int64(number) < *p.TotalPages.Value, nil
	case p.NextCursor.Known: // null
		return false, nil
	case p.total() >= 0:
		return int64(elements) < p.total() && !empty, nil
	}
	return textOf(p.Cursor) != "" && !empty, nil
}

// getObject sends a GET until a response comes, and gives its JSON object; nil for a 204.
func (c *Client) getObject(ctx context.Context, address *url.URL, how reading) (fields, error) {
	r, err := c.get(ctx, address, how)
	if err != nil || r.status == http.StatusNoContent {
		return nil, err
	}
	root := asObject(r.body)
	switch {
	case root == nil && isHTML(r):
		return nil, c.responseError(r)
	case root == nil:
		return nil, unusable("the response %d was not the JSON object that is documented", r.status)
	}
	_, enveloped := root["data"]
	if root.isNothing("errors") && (enveloped || root.isNothing("error")) {
		return root, nil
	}
	if message := c.message(r); message != "" {
		return nil, unusable("the response %d reports an error: %s", r.status, message)
	}
	return nil, unusable("the response %d reports an error without a message", r.status)
}

// get asks again where a cache on the way gives a copy of what was, though requests say that they want none.
func (c *Client) get(ctx context.Context, address *url.URL, how reading) (result, error) {
	for try := 1; ; try++ {
		r, err := c.repeat(ctx, call{method: http.MethodGet, address: address}, how.tries)
		if err != nil || !how.fresh || !isCopy(r) {
			return r, err
		}
		if try >= how.tries {
			age := c.clean(r.header.Get("Age"))
			return r, unusable("a cache on the way keeps responses: this one is %s seconds old", age)
		}
		if err := pause(ctx, try); err != nil {
			return r, &ResponseError{Reason: err.Error()}
		}
	}
}

// isCopy: Age is how long a cache has kept the response.
func isCopy(r result) bool {
	age, err := strconv.ParseFloat(strings.TrimSpace(r.header.Get("Age")), 64)
	return err == nil && age > 0
}
