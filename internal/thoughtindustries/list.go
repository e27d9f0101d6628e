package thoughtindustries

import (
	"bytes"
	"cmp"
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
		failed, ok := errors.AsType[*ResponseError](err)
		if !ok || !failed.incomplete || try >= max(how.tries, 2) {
			return elements, err
		}
	}
}

// follow reads a listing page by page and hands over each element once, until each returns false.
func (c *Client) follow(ctx context.Context, wanted listCall, how reading, each func(fields) bool) error {
	w := walk{wanted: wanted, each: each, seen: map[string]bool{}, total: -1, number: 1}
	for range maxPages {
		found, err := c.readPage(ctx, w, how)
		if err == nil {
			err = w.take(found)
		}
		switch {
		case w.done, err != nil && w.number == 1:
			return err
		case err != nil && w.cursor != "" && leadsNowhere(err):
			w.byNumber, w.number, w.cursor, w.empty = true, 2, "", 0
		case err != nil:
			return w.inPage(err)
		}
	}
	return unusable("the listing did not end after %d pages", maxPages)
}

const errNothingNew = reason("it is empty or repeats earlier ones, though more is promised")

// leadsNowhere: the server does not know the parameter, which it says by refusing or ignores.
func leadsNowhere(err error) bool {
	unknown := []int{http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity}
	refusal, ok := errors.AsType[*APIError](err)
	return ok && slices.Contains(unknown, refusal.Status) || errors.Is(err, errNothingNew)
}

// walk is a listing as far as it was read.
type walk struct {
	wanted listCall
	each   func(fields) bool
	// The next page: its number counts only where there is no cursor.
	number   int
	cursor   string
	byNumber bool // cursors lead nowhere, so numbers do, for the rest of the listing

	seen    map[string]bool // what tells elements apart
	empty   int             // pages in a row
	total   int64           // that the last page stated; -1 for none
	shifted bool            // the total changed, so an element may have come twice and another never
	done    bool
}

// take hands over what is new on a page, and turns to the next one. That goes by the cursor alone, or by the number
// alone: a server that counts pages from the cursor would skip some.
func (w *walk) take(found listPage) error {
	fresh, err := w.hand(found.elements)
	if err != nil || w.done {
		return err
	}
	if total := found.info.total(); total >= 0 {
		w.shifted = w.shifted || w.total >= 0 && w.total != total
		w.total = total
	}
	isEmpty := len(found.elements) == 0
	more, err := found.info.more(w.number, len(w.seen), isEmpty)
	switch {
	case err != nil:
		return err
	case !more && w.total > int64(len(w.seen)):
		return unusable("%d elements of %s came of %d", len(w.seen), w.wanted.name, w.total)
	case !more:
		w.done = true
		return nil
	case fresh:
		w.empty = 0
	case isEmpty && w.empty < maxEmpty-1:
		w.empty++
	default:
		return errNothingNew
	}
	cursor := textOf(found.info.cursor())
	if w.byNumber {
		cursor = ""
	}
	if says := found.info.number(); cursor == "" && says >= 0 && says != int64(w.number) {
		return unusable("the response says that it is page %d", says)
	}
	w.number, w.cursor = w.number+1, cursor
	return nil
}

// hand passes on what is new on a page, and reports whether anything was.
func (w *walk) hand(elements []json.RawMessage) (fresh bool, err error) {
	onPage := map[string]json.RawMessage{}
	for i, raw := range elements {
		element := asObject(raw)
		if element == nil {
			return fresh, unusable("an element of %s is not an object", w.wanted.name)
		}
		id := strings.ToLower(idOf(element))
		if id == "" {
			id = fmt.Sprintf("%d %s", i, raw) // equal elements of one page are not the same
		}
		if other, ok := onPage[id]; ok && !bytes.EqualFold(other, raw) {
			return fresh, unusable("two elements of %s on one page have the id %s", w.wanted.name, id)
		}
		onPage[id] = raw
		if w.seen[id] {
			continue
		}
		w.seen[id], fresh = true, true
		if !w.each(element) {
			w.done = true
			break
		}
	}
	return fresh, nil
}

// inPage says that it is a later page which failed. Its refusal is no refusal of the listing, whose first page came.
func (w *walk) inPage(err error) error {
	if isUnauthorized(err) {
		return err
	}
	known, ok := errors.AsType[*ResponseError](err)
	text := fmt.Sprintf("page %d of the listing: %v", w.number, err)
	return &ResponseError{Reason: text, HTML: ok && known.HTML, incomplete: w.shifted}
}

// listPage is a page of a listing, and what the response says of the next one.
type listPage struct {
	elements []json.RawMessage
	info     pageInfo
}

func (c *Client) readPage(ctx context.Context, w walk, how reading) (listPage, error) {
	query := maps.Clone(w.wanted.query)
	switch {
	case w.cursor != "":
		query.Set("cursor", w.cursor)
	case w.number > 1: // the first is what a request without a page gives
		query.Set("page", strconv.Itoa(w.number))
	}
	root, err := c.getObject(ctx, c.endpoint(query, w.wanted.segments...), how)
	if root == nil || err != nil {
		return listPage{}, err // 204 is an empty listing
	}
	return pageOf(root, w.wanted)
}

// pageOf finds the list in the object that the response is about, or data is the list. A response in another form is
// not an empty listing.
func pageOf(root fields, wanted listCall) (listPage, error) {
	holder, list := root, root["data"]
	if _, beside := root[wanted.name]; beside && list != nil {
		return listPage{}, unusable("the response has both data and %s, and does not say which one counts", wanted.name)
	}
	if !bytes.HasPrefix(list, []byte("[")) {
		holder = objectOf(root, wanted.operation, func(object fields) bool { return object[wanted.name] != nil })
		list = holder[wanted.name]
	}
	if list == nil {
		return listPage{}, unusable("the response has no list %s where it is documented", wanted.name)
	}
	info, err := readPageInfo(root, holder)
	if err != nil {
		return listPage{}, err
	}
	page := listPage{info: info}
	saysEmpty := info.total() == 0 || info.HasMore.Value != nil && !*info.HasMore.Value
	if json.Unmarshal(list, &page.elements) != nil || page.elements == nil && !saysEmpty {
		return listPage{}, unusable("in the response, %s is null or not a list", wanted.name)
	}
	return page, nil
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
	var info pageInfo
	for _, from := range []fields{root, holder} { // what stands nearer to the list counts
		for _, name := range []string{"meta", "pageInfo"} {
			if raw := from[name]; raw != nil && json.Unmarshal(raw, &info) != nil {
				return info, unusable("in the response, %s is not an object", name)
			}
		}
	}
	for _, from := range []fields{holder, root} {
		if info == (pageInfo{}) {
			info = decode[pageInfo](from)
		}
	}
	return info, nil
}

// cursor of the next page. One that is too long for an address is none that can be read.
func (p pageInfo) cursor() Field[string] {
	cursor := p.NextCursor
	if textOf(cursor) == "" && !cursor.odd {
		cursor = p.Cursor
	}
	if len(textOf(cursor)) > longestCursor {
		return Field[string]{odd: true}
	}
	return cursor
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
	cursor := p.cursor()
	switch {
	case p.HasMore.Value != nil:
		return *p.HasMore.Value, nil
	case p.HasMore.odd, cursor.odd, p.TotalPages.odd, p.Total.odd, p.TotalCount.odd, p.total() < -1:
		return false, unusable("hasMore is neither true nor false, and the rest of pageInfo cannot be read")
	case textOf(p.NextCursor) != "":
		return true, nil
	case p.TotalPages.Value != nil:
		return int64(number) < *p.TotalPages.Value, nil
	case p.NextCursor.Known: // null
		return false, nil
	case p.total() >= 0:
		return int64(elements) < p.total() && !empty, nil
	}
	return textOf(cursor) != "" && !empty, nil
}

// getObject sends a GET until a response comes, and gives its JSON object; nil for a 204.
func (c *Client) getObject(ctx context.Context, address *url.URL, how reading) (fields, error) {
	r, err := c.get(ctx, address, how)
	switch {
	case err != nil || r.status == http.StatusNoContent:
		return nil, err
	case r.status == http.StatusPartialContent:
		return nil, unusable("the response is a part alone (206)")
	}
	root := asObject(r.body)
	if root == nil {
		unknown := fmt.Sprintf("the response %d was not the JSON object that is documented", r.status)
		return nil, &ResponseError{HTML: isHTML(r), Reason: c.withBody(unknown, r)}
	}
	if root.reportsError() {
		message := cmp.Or(c.message(r), "one without a message")
		return nil, unusable("the response %d reports an error: %s", r.status, message)
	}
	return root, nil
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
