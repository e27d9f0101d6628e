package thoughtindustries

import (
	"encoding/json"
	"fmt"
)

// longestCursor in characters; it must fit into an address.
const longestCursor = 2000

// pageInfo is what a response says of its page, wherever it says it.
type pageInfo struct {
	// hasMore and nextCursor: Known without a value where they are null.
	hasMore    Optional[bool]
	nextCursor Optional[string]
	cursor     Optional[string]
	// number of the page, from 1 on.
	number     Optional[int64]
	totalPages Optional[int64]
	total      Optional[int64]
	// odd says what cannot be read though it is there; empty for nothing.
	odd string
}

// readPageInfo gathers what pageInfo and meta say, which stand in the object
// that holds the list or in the response itself. Where there is neither, their
// fields may stand there by themselves.
func readPageInfo(root, holder object) (pageInfo, error) {
	var sources []object
	for _, place := range []object{holder, root} {
		for _, name := range []string{"pageInfo", "meta"} {
			switch value := place[name].(type) {
			case object:
				sources = append(sources, value)
			case nil:
			default:
				return pageInfo{}, unusable("in the response, %s is not an object", name)
			}
		}
	}
	if len(sources) == 0 {
		sources = []object{holder, root}
	}
	var info pageInfo
	for _, source := range sources {
		if err := info.add(source); err != nil {
			return info, err
		}
	}
	return info, nil
}

func (p *pageInfo) add(source object) error {
	if value := source["hasMore"]; value != nil {
		more, ok := value.(bool)
		if !ok {
			return unusable("in the response, hasMore is neither true nor false")
		}
		if p.hasMore.Value == nil || more { // where two contradict, there is more
			p.hasMore = optional(more)
		}
	}
	p.nextCursor = p.text(p.nextCursor, source, "nextCursor")
	p.cursor = p.text(p.cursor, source, "cursor")
	for _, name := range []string{"currentPage", "page"} {
		p.number = p.count(p.number, source, name)
	}
	p.totalPages = p.count(p.totalPages, source, "totalPages")
	for _, name := range []string{"total", "totalCount"} {
		p.total = p.count(p.total, source, name)
	}
	return nil
}

// text reads a cursor, unless another source gave it. An empty one is none.
func (p *pageInfo) text(known Optional[string], source object, name string) Optional[string] {
	value, there := source[name]
	if !there || known.Value != nil {
		return known
	}
	switch text, ok := value.(string); {
	case value == nil:
		return Optional[string]{Known: true}
	case !ok:
		p.odd = name + " is not a string"
	case len(text) > longestCursor:
		p.odd = fmt.Sprintf("%s is longer than %d characters", name, longestCursor)
	case text != "":
		return optional(text)
	}
	return known
}

// count reads a whole number of 0 or more, unless another source gave it.
func (p *pageInfo) count(known Optional[int64], source object, name string) Optional[int64] {
	value := source[name]
	if value == nil || known.Value != nil {
		return known
	}
	if number, ok := value.(json.Number); ok {
		if count, err := number.Int64(); err == nil && count >= 0 {
			return optional(count)
		}
	}
	p.odd = name + " is not a whole number"
	return known
}

// promise is what a response says of the pages after it.
type promise int

const (
	// ends: this was the last page, or the response says nothing.
	ends promise = iota
	// hinted: only a total, or only a cursor, says that there may be more. An
	// empty page is then the end.
	hinted
	// promised: there is more.
	promised
)

// promises says whether there is more after the page to which a step led, with
// so many elements so far.
func (p *pageInfo) promises(came step, elements int) (promise, error) {
	switch {
	case p.hasMore.Value != nil && *p.hasMore.Value:
		return promised, nil
	case p.hasMore.Value != nil:
		return ends, nil
	case p.odd != "":
		return ends, unusable("whether there are more pages cannot be read: %s", p.odd)
	case p.nextCursor.Value != nil:
		return promised, nil
	case p.totalPages.Value != nil:
		position := came.position
		if p.number.Value != nil && came.cursor == "" {
			position = min(position, *p.number.Value)
		}
		if position < *p.totalPages.Value {
			return promised, nil
		}
		return ends, nil
	case p.nextCursor.Known: // null: elements that came meanwhile count in a total
		return ends, nil
	case p.total.Value != nil:
		if int64(elements) < *p.total.Value {
			return hinted, nil
		}
		return ends, nil
	case p.cursor.Value != nil && !p.nextCursor.Known:
		return hinted, nil
	}
	return ends, nil
}

// next gives the cursor of the page that follows; empty for none.
func (p *pageInfo) next() string {
	if p.nextCursor.Value != nil {
		return *p.nextCursor.Value
	}
	return text(p.cursor.Value)
}
