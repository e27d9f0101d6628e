package mockapi

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// Wire is the form of responses. Errors and GET /ping look the same in all of them.
type Wire string

// The forms of responses, each with a list and an object. "" is WireDocumented.
const (
	WireDocumented Wire = "documented" // {"data": {"<Operation>": {"clients": [], "pageInfo": {}}}}; likewise
	WireBare       Wire = "bare"       // {"clients": [], "pageInfo": {"cursor", "hasMore"}}, the object itself
	WireList       Wire = "list"       // {"data": [], "pageInfo": {"cursor"?, "hasMore"}}, {"data": {}}
	WireMeta       Wire = "meta"       // {"data": [], "meta": {"page", "totalPages", "nextCursor", …}}, {"data": {}}
)

// Paging is how a listing goes on. The server ignores the other parameter, so a client that relies on it gets the first
// page again and again.
type Paging string

// The ways to go on. "" is PagingPage.
const (
	PagingPage   Paging = "page"   // ?page=2
	PagingCursor Paging = "cursor" // ?cursor=…, which the page before gives
	PagingBoth   Paging = "both"   // either; the cursor wins
	PagingTotal  Paging = "total"  // ?page=2, and a page says nothing but the total
)

// EmptyList is how a listing without elements is written.
type EmptyList string

// The ways to write an empty listing.
const (
	EmptyArray     EmptyList = ""
	EmptyNull      EmptyList = "null"       // null for the list
	EmptyNoContent EmptyList = "no content" // 204 without a body
)

// listing is all that an endpoint found.
type listing struct {
	name     string         // of the list, as documented
	beside   map[string]any // what is documented beside the list
	numbered bool           // documented with currentPage, not with a cursor
	elements []any
	query    url.Values
}

// page is the part of a listing that is asked for. Its places include those of an empty page.
type page struct {
	elements []any
	from     int
	size     int
	places   int
	total    int
}

func (p page) hasMore() bool { return p.from+p.size < p.places }

// nextCursor is null at the end.
func (p page) nextCursor() any {
	if !p.hasMore() {
		return nil
	}
	return encodeCursor(p.from + p.size)
}

// The mark makes "+" and "/" in base64, which a careless client does not escape.
const cursorMark = "??>??>?"

func encodeCursor(from int) string {
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%s%d", cursorMark, from))
}

func decodeCursor(cursor string) (from int, err error) {
	text, err := base64.StdEncoding.DecodeString(cursor)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimPrefix(string(text), cursorMark))
}

// page returns the page that the query asks for.
func (l *listing) page(o Options) (page, error) {
	p := page{size: o.PerPage, total: len(l.elements), places: len(l.elements)}
	if count, err := strconv.Atoi(l.query.Get("count")); err == nil {
		p.size = count
	}
	number, err := strconv.Atoi(l.query.Get("page"))
	byNumber := err == nil && o.Paging != PagingCursor
	cursor := l.query.Get("cursor")
	byCursor := cursor != "" && (o.Paging == PagingCursor || o.Paging == PagingBoth)
	switch {
	case byCursor:
		if p.from, err = decodeCursor(cursor); err != nil {
			return p, refuse(http.StatusBadRequest, "cursor is not one of this listing")
		}
	case byNumber:
		p.from = (number - 1) * p.size
	}
	first := p.from
	if o.EmptyPage {
		p.places += p.size
		first -= p.size
	}
	last := min(max(0, first+p.size), p.total)
	p.elements = append([]any{}, l.elements[min(max(0, first), last):last]...)
	return p, nil
}

// info is what the form says about a page.
func (p page) info(l *listing, o Options) map[string]any {
	number := p.from/p.size + 1
	info := map[string]any{"hasMore": p.hasMore()}
	hasCursor := o.Paging == PagingCursor || o.Paging == PagingBoth
	cursorName, totalName := "cursor", "total"
	switch o.Wire {
	case WireMeta:
		cursorName, totalName = "nextCursor", "totalCount"
		pages := (p.places + p.size - 1) / p.size
		info = map[string]any{"page": number, "perPage": p.size, "totalCount": p.total, "totalPages": pages}
	case WireDocumented:
		info["perPage"], info["total"] = p.size, p.total
		if l.numbered && o.Paging != PagingCursor {
			info["currentPage"] = number
		}
		hasCursor = hasCursor || !l.numbered
	}
	if hasCursor {
		info[cursorName] = p.nextCursor()
	}
	if o.Paging == PagingTotal {
		return map[string]any{totalName: p.total}
	}
	return info
}

// list returns the page that the request asks for, in the server's form.
func (s *Server) list(operation string, l listing) (result, error) {
	p, err := l.page(s.options)
	if err != nil {
		return result{}, err
	}
	var list any = p.elements
	if p.total == 0 && s.options.EmptyList == EmptyNoContent {
		return result{status: http.StatusNoContent}, nil
	}
	if p.total == 0 && s.options.EmptyList == EmptyNull {
		list = nil
	}
	info := p.info(&l, s.options)
	body := map[string]any{"data": list, "pageInfo": info}
	switch s.options.Wire {
	case WireDocumented:
		content := map[string]any{l.name: list, "pageInfo": info}
		maps.Copy(content, l.beside)
		body = map[string]any{"data": map[string]any{operation: content}}
	case WireBare:
		body = map[string]any{l.name: list, "pageInfo": info}
	case WireMeta:
		body = map[string]any{"data": list, "meta": info}
	}
	return result{status: http.StatusOK, body: encode(body)}, nil
}

// object returns an object in the server's form.
func (s *Server) object(operation string, object map[string]any) []byte {
	switch s.options.Wire {
	case WireDocumented:
		return encode(map[string]any{"data": map[string]any{operation: object}})
	case WireBare:
		return encode(object)
	}
	return encode(map[string]any{"data": object})
}

func encode(body any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false) // the API is not a Go program
	if err := encoder.Encode(body); err != nil {
		panic(fmt.Sprintf("mockapi: a response cannot be encoded: %v", err))
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}
