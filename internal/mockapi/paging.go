package mockapi

import "strconv"

// pageInfo describes a page of a listing with a cursor.
type pageInfo struct {
	PerPage int     `json:"perPage"`
	Cursor  *string `json:"cursor"` // of no use: no documented parameter takes it
	Total   int     `json:"total"`
	HasMore bool    `json:"hasMore"`
}

// numberedPageInfo describes a page of a listing with numbers.
type numberedPageInfo struct {
	PerPage     int  `json:"perPage"`
	CurrentPage int  `json:"currentPage"`
	Total       int  `json:"total"`
	HasMore     bool `json:"hasMore"`
}

// page is one page of a listing, never nil.
type page[T any] struct {
	entries []T
	number  int
	size    int
	total   int
}

// cutPage takes the page that the query parameter page asks for, by default the first.
func cutPage[T any](all []T, query map[string]string, size int) page[T] {
	number, err := strconv.Atoi(query["page"])
	if err != nil {
		number = 1
	}
	p := page[T]{entries: []T{}, number: number, size: size, total: len(all)}
	if number-1 <= len(all)/size {
		from := (number - 1) * size
		p.entries = append(p.entries, all[min(from, len(all)):min(from+size, len(all))]...)
	}
	return p
}

func (p page[T]) hasMore() bool {
	return len(p.entries) > 0 && (p.number-1)*p.size+len(p.entries) < p.total
}

func (p page[T]) info() pageInfo {
	info := pageInfo{PerPage: p.size, Total: p.total, HasMore: p.hasMore()}
	if info.HasMore {
		info.Cursor = optional(strconv.Itoa(p.number * p.size))
	}
	return info
}

func (p page[T]) numberedInfo() numberedPageInfo {
	return numberedPageInfo{PerPage: p.size, CurrentPage: p.number, Total: p.total, HasMore: p.hasMore()}
}
