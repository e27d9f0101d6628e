package mockapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Malformed is a way in which a response is not what its form promises. Where the form has nothing of the kind, as a listing
// without a cursor has no cursor to repeat, it is added. A response of another kind stays as it is.
type Malformed int

// The malformed responses. All but the last four of them are about listings alone.
const (
	WellFormed Malformed = iota

	CursorRepeats // the cursor leads to this same page
	CursorEmpty   // the cursor is "" though there is more
	CursorHuge    // the cursor has 256 KiB, which no URI takes
	CursorNumber  // the cursor is a number
	CursorMissing // there is more, but neither a cursor nor a page number

	PagesBackwards // page numbers count 1, 0, -1
	HasMoreText    // hasMore, or totalPages, is a text such as "false"
	HasMoreNumber  // hasMore is 0 or 1
	TotalOnly      // a total, and nothing else of the page
	NoPageInfo     // nothing of the page at all

	EmptyPage    // the second page is empty and promises more, rightly; where there is one page alone, an empty one comes before it
	Inserted     // an entry is inserted at the beginning after the first page was read: the last one of a page comes again
	ListNull     // null for the list
	ListAsObject // the list is an object, of the entries by their position

	DataNull        // null for data, or for all where there is no envelope
	OperationNull   // {"data": {"<Operation>": null}} in every form
	ObjectAsList    // a list of one where an object is documented; listings only in WireDocumented
	BothForms       // with and without an envelope in one response
	BothFormsDiffer // likewise, but the form that is not the server's is an empty one: no entries, the end; no fields
)

var malformedNames = []string{
	"", "cursor-repeats", "cursor-empty", "cursor-huge", "cursor-number", "cursor-missing", "pages-backwards", "has-more-text", "has-more-number",
	"total-only", "no-page-info", "empty-page", "inserted", "list-null", "list-as-object", "data-null", "operation-null", "object-as-list",
	"both-forms", "both-forms-differ",
}

// String returns the name that UnmarshalText takes.
func (m Malformed) String() string { return nameOf(malformedNames, int(m)) }

// MarshalText returns the name.
func (m Malformed) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText takes a constant's name in small letters, such as cursor-repeats.
func (m *Malformed) UnmarshalText(text []byte) error {
	i, err := indexOf(malformedNames, string(text))
	*m = Malformed(i)
	return err
}

// arrange returns the entries as their pages are cut from them; a nil one is a place that holds nothing.
func (m Malformed) arrange(entries []any, l *listing) []any {
	switch {
	case m == EmptyPage:
		before := l.size
		if len(entries) <= l.size {
			before = 0
		}
		return slices.Concat(entries[:before], make([]any, l.size), entries[before:])
	case m == Inserted && l.from > 0 && len(entries) > 0:
		added := asMap(entries[0])
		added["id"] = insertedID
		return append([]any{added}, entries...)
	}
	return entries
}

// insertedID is the same for all that read a listing, as an entry's id is.
var insertedID = uuid.NewString()

// hugeCursor is longer than maxURIBytes.
var hugeCursor = strings.Repeat("QUJD", 64<<10)

// changeInfo spoils what is said about a page.
func (m Malformed) changeInfo(info map[string]any, p page, o Options) {
	cursorKey, numberKey, totalKey := "cursor", "currentPage", "total"
	if o.Wire == WireMeta {
		cursorKey, numberKey, totalKey = "nextCursor", "page", "totalCount"
	}
	if p.hasMore() {
		switch m {
		case CursorRepeats:
			info[cursorKey] = cursor(p.name, p.from)
		case CursorEmpty:
			info[cursorKey] = ""
		case CursorHuge:
			info[cursorKey] = hugeCursor
		case CursorNumber:
			info[cursorKey] = p.from + p.size
		}
	}
	switch m {
	case CursorMissing:
		delete(info, cursorKey)
		delete(info, numberKey)
		info["hasMore"] = p.hasMore()
	case PagesBackwards:
		info[numberKey] = 2 - p.number()
	case HasMoreText:
		if o.Wire == WireMeta {
			info["totalPages"] = strconv.Itoa(p.numbers())
		} else {
			info["hasMore"] = strconv.FormatBool(p.hasMore())
		}
	case HasMoreNumber:
		info["hasMore"] = 0
		if p.hasMore() {
			info["hasMore"] = 1
		}
	case TotalOnly:
		clear(info)
		info[totalKey] = p.total
	}
}

// writeList puts a page into the form, or what m makes of it.
func (m Malformed) writeList(operation string, l *listing, p page, info map[string]any, wire Wire) any {
	var list any = p.entries
	switch m {
	case NoPageInfo:
		info = nil
	case ListNull:
		list = nil
	case ListAsObject:
		byPosition := make(map[string]any)
		for i, entry := range p.entries {
			byPosition[strconv.Itoa(i)] = entry
		}
		list = byPosition
	case DataNull:
		if wire == WireBare {
			return json.RawMessage("null")
		}
		return map[string]any{"data": nil}
	case OperationNull:
		return envelope(operation, nil)
	case ObjectAsList:
		if wire == WireDocumented {
			return envelope(operation, list)
		}
	}
	body := writeList(operation, l, list, info, wire)
	if m == BothForms || m == BothFormsDiffer {
		if m == BothFormsDiffer {
			list, info = []any{}, map[string]any{"hasMore": false}
		}
		addForm(body, writeList(operation, l, list, info, otherForm(wire)))
	}
	return body
}

// writeObject puts an object into the form, or what m makes of it.
func (m Malformed) writeObject(operation string, object any, wire Wire) any {
	switch m {
	case DataNull:
		if wire == WireBare {
			return json.RawMessage("null")
		}
		return map[string]any{"data": nil}
	case OperationNull:
		return envelope(operation, nil)
	case ObjectAsList:
		return writeObject(operation, []any{object}, wire)
	case BothForms, BothFormsDiffer:
		body := asMap(writeObject(operation, object, wire))
		if m == BothFormsDiffer {
			object = map[string]any{}
		}
		addForm(body, asMap(writeObject(operation, object, otherForm(wire))))
		return body
	}
	return writeObject(operation, object, wire)
}

// otherForm is one with an envelope where the first has none, and the reverse.
func otherForm(wire Wire) Wire {
	if wire == WireBare {
		return WireDocumented
	}
	return WireBare
}

// addForm adds what the body does not have.
func addForm(body, other map[string]any) {
	added := maps.Clone(other)
	maps.Copy(added, body)
	maps.Copy(body, added)
}
