package mockapi

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"
)

// Paging is how a listing goes on: the parameter that is not known is ignored, so that who relies on it gets the first page
// again and again.
type Paging int

// The ways to go on.
const (
	PagingPage   Paging = iota // ?page=2. WireDocumented gives a cursor all the same where one is documented, which is of no use
	PagingCursor               // ?cursor=…, which the page before gives
	PagingBoth                 // either; the cursor wins
)

var pagingNames = []string{"page", "cursor", "both"}

// String returns the name that UnmarshalText takes.
func (p Paging) String() string { return nameOf(pagingNames, int(p)) }

// MarshalText returns the name of the way.
func (p Paging) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText takes page, cursor or both.
func (p *Paging) UnmarshalText(text []byte) error {
	i, err := indexOf(pagingNames, string(text))
	*p = Paging(i)
	return err
}

const maxPerPage = 100 // that a request may ask for in WireMeta

// listing is all that a listing finds, and the page of it that is asked for.
type listing struct {
	name     string // of the list, as documented
	beside   map[string]any
	numbered bool // documented with currentPage, not with a cursor
	entries  []any

	from int // offset of the page
	size int
}

// pageParams are the parameters that every listing takes, whether it heeds them or not.
func (o Options) pageParams() []param {
	page := param{name: "page", kind: paramPositive}
	if o.Paging == PagingCursor {
		page.kind = paramText // nobody looks at it
	}
	params := []param{page, {name: "cursor"}}
	if o.Wire == WireMeta {
		params = append(params, param{name: "perPage", kind: paramPositive})
	}
	return params
}

// place finds the page that the request asks for.
func (l *listing) place(query map[string]string, o Options) *result {
	l.size = o.PerPage
	for _, name := range []string{"count", "perPage"} {
		if size, err := strconv.Atoi(query[name]); err == nil {
			l.size = size
		}
	}
	if o.Wire == WireMeta {
		l.size = min(l.size, maxPerPage)
	}
	if cursor := query["cursor"]; cursor != "" && o.Paging != PagingPage {
		from, ok := readCursor(cursor, l.name)
		if !ok {
			return refuse(http.StatusBadRequest, "cursor is none of this listing")
		}
		l.from = from
		return nil
	}
	if number, err := strconv.Atoi(query["page"]); err == nil && o.Paging != PagingCursor {
		// Far beyond the end is as good as anywhere beyond it, and does not overflow.
		l.from = min(number-1, len(l.entries)+1) * l.size
	}
	return nil
}

// The bytes make "+" and "/" in base64, which a careless client does not escape.
const cursorMark = "??>??>?"

// cursor leads to the entries from an offset on. Clients can make nothing of it but send it back.
func cursor(name string, from int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%s:%d", cursorMark, name, from))
}

func readCursor(text, name string) (from int, ok bool) {
	raw, err := base64.StdEncoding.DecodeString(text)
	digits, ok := strings.CutPrefix(string(raw), cursorMark+name+":")
	if err != nil || !ok {
		return 0, false
	}
	from, err = strconv.Atoi(digits)
	return from, err == nil && from >= 0
}

// page is one page of a listing with what is to be said about it.
type page struct {
	name    string
	entries []any
	from    int
	size    int
	total   int
	places  int // total, and the places that a Malformed leaves empty
}

func (p page) number() int    { return p.from/p.size + 1 }
func (p page) numbers() int   { return (p.places + p.size - 1) / p.size }
func (p page) hasMore() bool  { return p.from+p.size < p.places }
func (p page) cursor() string { return cursor(p.name, p.from+p.size) }

// next is the cursor of the next page, null at the end.
func (p page) next() *string {
	if !p.hasMore() {
		return nil
	}
	return optional(p.cursor())
}

func (l *listing) write(operation string, o Options, f Fault) any {
	entries := l.entries
	if f.Object != nil || f.Entries != nil {
		entries = f.changeEntries(entries)
	}
	p := l.cut(f.Malformed.arrange(entries, l))
	info := p.info(l, o)
	f.Malformed.changeInfo(info, p, o)
	return f.Malformed.writeList(operation, l, p, info, o.Wire)
}

// changeEntries lets a fault change each entry, and then the list.
func (f Fault) changeEntries(entries []any) []any {
	changed := make([]map[string]any, len(entries))
	for i, entry := range entries {
		changed[i] = asMap(entry)
		if f.Object != nil {
			f.Object(changed[i])
		}
	}
	if f.Entries != nil {
		changed = f.Entries(changed)
	}
	all := make([]any, len(changed))
	for i, entry := range changed {
		all[i] = entry
	}
	return all
}

// cut takes the page out of the entries, of which a nil one is a place that holds nothing.
func (l *listing) cut(entries []any) page {
	from := min(l.from, len(entries))
	to := min(from+l.size, len(entries))
	shown := []any{}
	for _, entry := range entries[from:to] {
		if entry != nil {
			shown = append(shown, entry)
		}
	}
	count := 0
	for _, entry := range entries {
		if entry != nil {
			count++
		}
	}
	return page{name: l.name, entries: shown, from: l.from, size: l.size, total: count, places: len(entries)}
}

// info is what the server's form says about a page.
func (p page) info(l *listing, o Options) map[string]any {
	switch o.Wire {
	case WireBare:
		info := map[string]any{"hasMore": p.hasMore()}
		if o.Paging != PagingPage {
			info["cursor"] = p.next()
		}
		return info
	case WireList:
		info := map[string]any{"hasMore": p.hasMore()}
		if o.Paging != PagingPage && p.hasMore() {
			info["cursor"] = p.cursor()
		}
		return info
	case WireMeta:
		info := map[string]any{"page": p.number(), "perPage": p.size, "totalCount": p.total, "totalPages": p.numbers()}
		if o.Paging != PagingPage {
			info["nextCursor"] = p.next()
		}
		return info
	}
	info := map[string]any{"perPage": p.size, "total": p.total, "hasMore": p.hasMore()}
	if l.numbered && o.Paging != PagingCursor {
		info["currentPage"] = p.number()
	}
	if !l.numbered || o.Paging != PagingPage {
		info["cursor"] = p.next()
	}
	return info
}

// writeList puts a page into a form. Only the documented one has more than the list and the page.
func writeList(operation string, l *listing, list any, info map[string]any, wire Wire) map[string]any {
	about := "pageInfo"
	if wire == WireMeta {
		about = "meta"
	}
	name := "data"
	if wire == WireDocumented || wire == WireBare {
		name = l.name
	}
	body := map[string]any{name: list}
	if info != nil {
		body[about] = info
	}
	if wire == WireDocumented {
		maps.Copy(body, l.beside)
		return envelope(operation, body)
	}
	return body
}
