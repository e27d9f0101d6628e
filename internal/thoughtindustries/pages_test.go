package thoughtindustries

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// shelf is a server with ten pages of two batches each, written from the
// documentation and from what programs read: it knows nothing of the client.
type shelf struct {
	t *testing.T
	// write gives the response for a page, from 1 on, with its elements in JSON
	// and the cursor of the page after it, which is empty for the last one.
	write func(page int, elements, cursor string) string
	// byPage and byCursor say which parameters the server heeds.
	byPage, byCursor bool
	// strict refuses the other parameter; else it is ignored.
	strict bool

	mu       sync.Mutex
	requests []url.Values
}

const (
	shelfPages   = 10
	shelfPerPage = 2
	shelfTotal   = shelfPages * shelfPerPage
)

func batchID(i int) string { return fmt.Sprintf("0b0f3c5e-7a52-4a3e-9b8e-%012d", i) }

func (s *shelf) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	s.mu.Lock()
	s.requests = append(s.requests, query)
	s.mu.Unlock()
	page := 1
	if cursor := query.Get("cursor"); cursor != "" {
		switch {
		case s.byCursor:
			if _, err := fmt.Sscanf(cursor, "to page %d!", &page); err != nil {
				http.Error(w, `{"error":"bad_request","message":"no such cursor"}`, http.StatusBadRequest)
				return
			}
		case s.strict:
			http.Error(w, `{"error":"bad_request","message":"unknown parameter cursor"}`, http.StatusBadRequest)
			return
		}
	}
	if number := query.Get("page"); number != "" {
		switch {
		case s.byPage:
			page, _ = strconv.Atoi(number)
		case s.strict && number != "1":
			http.Error(w, `{"error":"bad_request","message":"unknown parameter page"}`, http.StatusBadRequest)
			return
		}
	}
	var elements []string
	for i := (page - 1) * shelfPerPage; i < min(page*shelfPerPage, shelfTotal); i++ {
		elements = append(elements, fmt.Sprintf(`{"id":%q,"startingBalance":%d}`, batchID(i), i))
	}
	cursor := ""
	if page < shelfPages {
		cursor = fmt.Sprintf("to page %d!", page+1)
	}
	_, _ = fmt.Fprint(w, s.write(page, "["+strings.Join(elements, ",")+"]", cursor))
}

func (s *shelf) client() *Client {
	server := httptest.NewServer(s)
	s.t.Cleanup(server.Close)
	return newLookupClient(s.t, server.URL)
}

// readWhole reads the listing and wants every batch once, in order.
func (s *shelf) readWhole(c *Client, requests int) {
	s.t.Helper()
	s.mu.Lock()
	s.requests = nil
	s.mu.Unlock()
	batches, err := c.creditBatches(s.t.Context(), acme, "", 1)
	if err != nil {
		s.t.Fatal(err)
	}
	var got, want []string
	for _, batch := range batches {
		got = append(got, text(batch.ID.Value))
	}
	for i := range shelfTotal {
		want = append(want, batchID(i))
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("got %d batches: %v", len(got), got)
	}
	if len(s.requests) != requests {
		s.t.Errorf("it took %d requests, want %d: %v", len(s.requests), requests, s.requests)
	}
	for _, query := range s.requests {
		if query.Get("clientId") != acme || query.Has("page") && query.Has("cursor") {
			s.t.Errorf("asked with %v", query)
		}
	}
}

// orNull writes a cursor as APIs do: null at the end.
func orNull(cursor string) string {
	if cursor == "" {
		return "null"
	}
	return strconv.Quote(cursor)
}

// pageForms are the forms in which a page of batches may come.
var pageForms = []struct {
	name  string
	write func(page int, elements, cursor string) string
	// numbered: it says its number. cursor: it gives a cursor.
	numbered, cursor bool
}{
	{"documented, with a cursor", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"clientId":"c","creditAccountId":null,"creditBatches":%s,
			"pageInfo":{"perPage":2,"cursor":%s,"total":20,"hasMore":%v}}}}`, elements, orNull(cursor), cursor != "")
	}, false, true},
	{"documented, with a number", func(page int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":%s,
			"pageInfo":{"perPage":2,"currentPage":%d,"total":20,"hasMore":%v}}}}`, elements, page, cursor != "")
	}, true, false},
	{"documented, with neither", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":%s,"pageInfo":{"cursor":null,"hasMore":%v}}}}`, elements, cursor != "")
	}, false, false},
	{"under another name", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":{"CreditBatches":{"creditBatches":%s,"pageInfo":{"cursor":%s,"hasMore":%v}}}}`, elements, orNull(cursor), cursor != "")
	}, false, true},
	{"directly in data", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":{"creditBatches":%s,"pageInfo":{"cursor":%s,"hasMore":%v}}}`, elements, orNull(cursor), cursor != "")
	}, false, true},
	{"without an envelope", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"creditBatches":%s,"pageInfo":{"cursor":%s,"hasMore":%v}}`, elements, orNull(cursor), cursor != "")
	}, false, true},
	{"data is the list, pageInfo", func(_ int, elements, cursor string) string {
		if cursor == "" {
			return fmt.Sprintf(`{"data":%s,"pageInfo":{"hasMore":false}}`, elements)
		}
		return fmt.Sprintf(`{"data":%s,"pageInfo":{"cursor":%q,"hasMore":true}}`, elements, cursor)
	}, false, true},
	{"data is the list, meta", func(page int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":%s,"meta":{"page":%d,"perPage":2,"totalCount":20,"totalPages":10,"nextCursor":%s}}`, elements, page, orNull(cursor))
	}, true, true},
	{"meta without a cursor", func(page int, elements, _ string) string {
		return fmt.Sprintf(`{"data":%s,"meta":{"page":%d,"perPage":2,"totalCount":20,"totalPages":10,"nextCursor":null}}`, elements, page)
	}, true, false},
	{"meta with a cursor alone", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"data":%s,"meta":{"nextCursor":%s}}`, elements, orNull(cursor))
	}, false, true},
	{"a total alone", func(_ int, elements, _ string) string {
		return fmt.Sprintf(`{"data":%s,"pageInfo":{"total":20}}`, elements)
	}, false, false},
	{"a total count alone", func(_ int, elements, _ string) string {
		return fmt.Sprintf(`{"data":%s,"meta":{"totalCount":20}}`, elements)
	}, false, false},
	{"pages in all, without a number", func(_ int, elements, _ string) string {
		return fmt.Sprintf(`{"data":%s,"meta":{"totalPages":10}}`, elements)
	}, false, false},
	{"a cursor alone", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"creditBatches":%s,"pageInfo":{"cursor":%s}}`, elements, orNull(cursor))
	}, false, true},
	{"without pageInfo", func(_ int, elements, cursor string) string {
		return fmt.Sprintf(`{"creditBatches":%s,"hasMore":%v,"nextCursor":%s}`, elements, cursor != "", orNull(cursor))
	}, false, true},
}

// A listing of ten pages costs ten requests in every form; eleven where it has
// to be learnt that the server goes on by the other way, which is then known.
func TestListing_IsReadToItsEndInEveryForm(t *testing.T) {
	t.Parallel()
	for _, form := range pageForms {
		for _, heeds := range []string{"page", "cursor", "both"} {
			for _, strict := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, by %s, strict %v", form.name, heeds, strict), func(t *testing.T) {
					t.Parallel()
					s := &shelf{t: t, write: form.write, byPage: heeds != "cursor", byCursor: heeds != "page", strict: strict}
					c := s.client()
					if heeds == "cursor" && !form.cursor {
						// It gives no way to go on. A part is not the whole.
						batches, err := c.creditBatches(t.Context(), acme, "", 1)
						if err == nil || !strings.Contains(err.Error(), "cannot be read to its end") || isRefusal(err) {
							t.Errorf("%d batches, %v", len(batches), err)
						}
						return
					}
					usual := "page"
					if form.cursor && !form.numbered {
						usual = "cursor"
					}
					first := shelfPages
					if heeds != "both" && heeds != usual {
						first++
					}
					s.readWhole(c, first)
					s.readWhole(c, shelfPages)
				})
			}
		}
	}
}

// script responds to each request by what was asked for: "" for the first page,
// else its number, or its cursor after a colon.
func script(t *testing.T, pages map[string]string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query().Get("page")
		if cursor := r.URL.Query().Get("cursor"); cursor != "" {
			asked = ":" + cursor
		}
		body, ok := pages[asked]
		if !ok {
			body = pages["else"]
		}
		_, _ = fmt.Fprint(w, body)
	}))
	t.Cleanup(server.Close)
	return newLookupClient(t, server.URL)
}

func TestListing_OfBadPagesIsReadToItsEndOrFails(t *testing.T) {
	t.Parallel()
	// batches writes elements with these ids.
	batches := func(ids ...int) string {
		var elements []string
		for _, id := range ids {
			elements = append(elements, fmt.Sprintf(`{"id":%q}`, batchID(id)))
		}
		return "[" + strings.Join(elements, ",") + "]"
	}
	bare := func(pageInfo string, ids ...int) string {
		return fmt.Sprintf(`{"creditBatches":%s,"pageInfo":%s}`, batches(ids...), pageInfo)
	}
	documented := func(value string) string {
		return `{"data":{"APICreditBatchesByClientAndCreditAccount":` + value + `}}`
	}
	tests := map[string]struct {
		pages map[string]string
		// want is how many batches come, where none of the next fails.
		want int
		fail string
	}{
		// One page.
		"no pageInfo is one page":                   {map[string]string{"": `{"creditBatches":` + batches(1, 2) + `}`}, 2, ""},
		"pageInfo null is one page":                 {map[string]string{"": bare(`null`, 1)}, 1, ""},
		"pageInfo that says nothing is one page":    {map[string]string{"": bare(`{"perPage":50}`, 1)}, 1, ""},
		"an empty list":                             {map[string]string{"": bare(`{"hasMore":false,"total":0}`)}, 0, ""},
		"an empty list that says nothing":           {map[string]string{"": `{"data":[]}`}, 0, ""},
		"a cursor at the end leads nowhere":         {map[string]string{"": bare(`{"hasMore":false,"cursor":"x"}`, 1)}, 1, ""},
		"a null cursor ends it, whatever the total": {map[string]string{"": bare(`{"nextCursor":null,"totalCount":2}`, 1)}, 1, ""},
		"an empty cursor is none":                   {map[string]string{"": bare(`{"nextCursor":""}`, 1)}, 1, ""},
		"what is null says nothing":                 {map[string]string{"": bare(`{"hasMore":null,"cursor":null,"total":null,"currentPage":null}`, 1)}, 1, ""},
		"no list, and a total of nothing":           {map[string]string{"": documented(`{"pageInfo":{"total":0,"hasMore":false}}`)}, 0, ""},
		"list null, and a total of nothing":         {map[string]string{"": documented(`{"creditBatches":null,"pageInfo":{"total":0,"hasMore":false}}`)}, 0, ""},
		"page info that cannot be read, as an end":  {map[string]string{"": bare(`{"hasMore":false,"total":"many","currentPage":"one"}`, 1)}, 1, ""},

		// Forms that are not known.
		"list null":                    {map[string]string{"": documented(`{"creditBatches":null}`)}, 0, "creditBatches is missing or null"},
		"list null, at the end":        {map[string]string{"": documented(`{"creditBatches":null,"pageInfo":{"hasMore":false}}`)}, 0, "creditBatches is missing or null"},
		"no list":                      {map[string]string{"": documented(`{}`)}, 0, "creditBatches is missing or null"},
		"the operation null":           {map[string]string{"": documented(`null`)}, 0, "APICreditBatchesByClientAndCreditAccount is not an object"},
		"the operation a list":         {map[string]string{"": documented(batches(1))}, 0, "APICreditBatchesByClientAndCreditAccount is not an object"},
		"an object for a list":         {map[string]string{"": documented(`{"creditBatches":{"id":"x"}}`)}, 0, "creditBatches is not a list"},
		"data null":                    {map[string]string{"": `{"data":null}`}, 0, "data is null"},
		"data null beside a list":      {map[string]string{"": `{"data":null,"creditBatches":[]}`}, 0, "both data and creditBatches"},
		"data a text":                  {map[string]string{"": `{"data":"x"}`}, 0, "neither an object nor a list"},
		"data empty":                   {map[string]string{"": `{"data":{}}`}, 0, "no list creditBatches"},
		"nothing":                      {map[string]string{"": `{}`}, 0, "no list creditBatches"},
		"another list":                 {map[string]string{"": `{"clients":[],"pageInfo":{}}`}, 0, "no list creditBatches"},
		"a list instead of an object":  {map[string]string{"": `[]`}, 0, "not the JSON object"},
		"null":                         {map[string]string{"": `null`}, 0, "not the JSON object"},
		"no text":                      {map[string]string{"": ``}, 0, "not the JSON object"},
		"a page":                       {map[string]string{"": `<html><title>Sign in</title></html>`}, 0, "not the JSON object"},
		"cut off":                      {map[string]string{"": `{"creditBatches":[{"id":"` + batchID(1) + `"}`}, 0, "not the JSON object"},
		"both forms":                   {map[string]string{"": `{"data":[],"creditBatches":` + batches(1) + `}`}, 0, "both data and creditBatches"},
		"two lists":                    {map[string]string{"": `{"data":{"creditBatches":[],"x":{"creditBatches":[]}}}`}, 0, "two lists"},
		"an element that is no object": {map[string]string{"": `{"creditBatches":[{"id":"` + batchID(1) + `"},null]}`}, 0, "not an object"},
		"hasMore a text":               {map[string]string{"": bare(`{"hasMore":"false"}`, 1)}, 0, "hasMore is neither true nor false"},
		"hasMore a number":             {map[string]string{"": bare(`{"hasMore":0}`, 1)}, 0, "hasMore is neither true nor false"},
		"pageInfo a list":              {map[string]string{"": bare(`[]`, 1)}, 0, "pageInfo is not an object"},
		"a total that is no number":    {map[string]string{"": bare(`{"total":"1"}`, 1)}, 0, "total is not a whole number"},
		"a total below zero":           {map[string]string{"": bare(`{"total":-1}`, 1)}, 0, "total is not a whole number"},
		"a cursor that is no text":     {map[string]string{"": bare(`{"cursor":7}`, 1)}, 0, "cursor is not a string"},
		"a cursor without end":         {map[string]string{"": bare(`{"cursor":"`+strings.Repeat("x", 5000)+`"}`, 1)}, 0, "longer than"},
		"errors":                       {map[string]string{"": `{"errors":[{"message":"Client not found"}],"data":null}`}, 0, "Client not found"},
		"errors beside the list":       {map[string]string{"": `{"errors":[{"message":"late"}],"creditBatches":` + batches(1) + `}`}, 0, "reports an error: late"},
		"an error as it is documented": {map[string]string{"": `{"error":"forbidden","message":"not your client"}`}, 0, "not your client"},
		"errors without a message":     {map[string]string{"": `{"errors":[{}]}`}, 0, "without a message"},
		"no errors":                    {map[string]string{"": `{"errors":[],"error":null,"creditBatches":` + batches(1) + `}`}, 1, ""},

		// Two pages and more.
		"both say that there is more":            {map[string]string{"": `{"data":` + batches(1) + `,"pageInfo":{"hasMore":true,"cursor":"b"},"meta":{"page":1,"totalPages":2}}`, "2": `{"data":` + batches(2) + `,"pageInfo":{"hasMore":false}}`}, 2, ""},
		"what moved counts once":                 {map[string]string{"": bare(`{"hasMore":true}`, 1, 2), "2": bare(`{"hasMore":false}`, 2, 3)}, 3, ""},
		"an empty page at the end":               {map[string]string{"": bare(`{"hasMore":true}`, 1), "2": bare(`{"hasMore":false}`)}, 1, ""},
		"an empty page in between":               {map[string]string{"": bare(`{"hasMore":true}`, 1), "2": bare(`{"hasMore":true}`), "3": bare(`{"hasMore":false}`, 2)}, 2, ""},
		"an empty first page":                    {map[string]string{"": bare(`{"hasMore":true}`), "2": bare(`{"hasMore":false}`, 1)}, 1, ""},
		"an empty first page by cursor":          {map[string]string{"": bare(`{"hasMore":true,"cursor":"b"}`), ":b": bare(`{"hasMore":false}`, 1)}, 1, ""},
		"empty pages without end":                {map[string]string{"": bare(`{"hasMore":true}`, 1), "else": bare(`{"hasMore":true}`)}, 0, "page 2 is empty"},
		"nothing but empty pages":                {map[string]string{"else": bare(`{"hasMore":true}`)}, 0, "is empty"},
		"a total that never comes":               {map[string]string{"": bare(`{"total":3}`, 1, 2), "2": bare(`{"total":3}`)}, 2, ""},
		"a total, and nothing at all":            {map[string]string{"else": bare(`{"total":3}`)}, 0, "page 2 is empty"},
		"a total, and the same page":             {map[string]string{"else": bare(`{"total":3}`, 1, 2)}, 0, "page 2 repeats"},
		"the same page":                          {map[string]string{"else": bare(`{"hasMore":true}`, 1)}, 0, "page 2 repeats"},
		"the same page either way":               {map[string]string{"else": bare(`{"hasMore":true,"cursor":"b"}`, 1)}, 0, "page 2 repeats"},
		"the same page, and the other way ends":  {map[string]string{"": bare(`{"hasMore":true,"cursor":"b"}`, 1), ":b": bare(`{"hasMore":true}`, 1), "2": bare(`{"hasMore":false}`)}, 0, "cannot be read to its end"},
		"a cursor that repeats, numbers work":    {map[string]string{"": bare(`{"hasMore":true,"cursor":"b"}`, 1), ":b": bare(`{"hasMore":true,"cursor":"b"}`, 2), "3": bare(`{"hasMore":false}`, 3)}, 3, ""},
		"a cursor that repeats":                  {map[string]string{"": bare(`{"hasMore":true,"cursor":"b"}`, 1), ":b": bare(`{"hasMore":true,"cursor":"b"}`, 2), "3": bare(`{"hasMore":true}`, 1)}, 0, "cursor is one that was followed before"},
		"cursors in a circle":                    {map[string]string{"": bare(`{"hasMore":true,"cursor":"b"}`, 1), ":b": bare(`{"hasMore":true,"cursor":"c"}`, 2), ":c": bare(`{"hasMore":true,"cursor":"b"}`, 3), "else": bare(`{"hasMore":true}`, 1)}, 0, "cannot be read to its end"},
		"a huge cursor, numbers work":            {map[string]string{"": bare(`{"hasMore":true,"cursor":"`+strings.Repeat("x", 5000)+`"}`, 1), "2": bare(`{"hasMore":false}`, 2)}, 2, ""},
		"a cursor that is no text, numbers work": {map[string]string{"": bare(`{"hasMore":true,"cursor":{"after":1}}`, 1), "2": bare(`{"hasMore":false}`, 2)}, 2, ""},
		"a cursor that is no text, and repeats":  {map[string]string{"else": bare(`{"hasMore":true,"cursor":7}`, 1)}, 0, "cursor is not a string"},
		"the number stands still":                {map[string]string{"else": bare(`{"hasMore":true,"currentPage":1}`, 1)}, 0, "page 2 repeats"},
		"the number runs backwards":              {map[string]string{"": bare(`{"hasMore":true,"currentPage":1}`, 1), "2": bare(`{"hasMore":true,"currentPage":1}`, 2)}, 0, "the response to page 2 says that it is page 1"},
		"numbers that begin with 0":              {map[string]string{"": bare(`{"hasMore":true,"currentPage":0}`, 1), "2": bare(`{"hasMore":false,"currentPage":2}`, 3)}, 0, "the response to page 1 says that it is page 0"},
		"the last number of all, at once":        {map[string]string{"": `{"data":` + batches(1) + `,"meta":{"page":3,"totalPages":3}}`}, 0, "the response to page 1 says that it is page 3"},
		"another form on the next page":          {map[string]string{"": bare(`{"hasMore":true}`, 1), "2": `{"data":` + batches(2) + `,"meta":{"page":2,"totalPages":2}}`}, 2, ""},
		"no list on the next page":               {map[string]string{"": bare(`{"hasMore":true}`, 1), "2": `{"data":null}`}, 0, "page 2 of the listing: in the response, data is null"},
		"errors on the next page":                {map[string]string{"": bare(`{"hasMore":true}`, 1), "2": `{"errors":[{"message":"too deep"}]}`}, 0, "too deep"},
		"elements without ids are told apart":    {map[string]string{"": `{"data":[{"id":7,"name":"a"},{"name":"b"},{"name":"b"}],"pageInfo":{"hasMore":true}}`, "2": `{"data":[{"name":"b"},{"name":"c"},{"id":null}],"pageInfo":{"hasMore":false}}`}, 5, ""},
		"elements without ids are no loop":       {map[string]string{"else": `{"data":[{"name":"a"},{"name":"a"}],"pageInfo":{"hasMore":true}}`}, 0, "page 2 repeats"},
		"an id in either case is one":            {map[string]string{"": `{"data":[{"id":"ab"},{"id":"AB"}]}`}, 1, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, err := script(t, test.pages).creditBatches(t.Context(), acme, "", 1)
			switch {
			case test.fail == "" && (err != nil || len(found) != test.want):
				t.Errorf("%d batches, %v; want %d", len(found), err, test.want)
			case test.fail != "" && (err == nil || !strings.Contains(err.Error(), test.fail)):
				t.Errorf("%d batches, %v; want an error with %q", len(found), err, test.fail)
			}
			if err != nil && isRefusal(err) {
				t.Errorf("it counts as refused: %v", err)
			}
		})
	}
}

// That a later page is refused does not mean that the listing may not be read.
func TestListing_WhoseSecondPageIsRefusedFails(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 405, 422} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("page") || r.URL.Query().Has("cursor") {
				w.WriteHeader(status)
				return
			}
			_, _ = fmt.Fprintf(w, `{"creditBatches":[{"id":%q}],"pageInfo":{"hasMore":true,"cursor":"b"}}`, batchID(1))
		}))
		defer server.Close()
		_, err := newLookupClient(t, server.URL).creditBatches(t.Context(), acme, "", 1)
		if failed := as[*ResponseError](t, err); isRefusal(err) || !strings.Contains(failed.Reason, "page 2 of the listing") || !strings.Contains(failed.Reason, strconv.Itoa(status)) {
			t.Errorf("%d: it says %q", status, failed.Reason)
		}
	}
}

// Whoever needs one name or some elements does not wait for the rest.
func TestListing_EndsWhereTheCallerHasEnough(t *testing.T) {
	t.Parallel()
	s := &shelf{t: t, write: pageForms[0].write, byPage: true, byCursor: true}
	var got []string
	err := s.client().getPagesWhile(t.Context(), 1, url.Values{}, "APICreditBatchesByClientAndCreditAccount", "creditBatches", func(element object) bool {
		got = append(got, text(readString(element, "id").Value))
		return len(got) < 3
	}, "clients", acme, "creditBatches")
	if err != nil || len(got) != 3 || len(s.requests) != 2 {
		t.Errorf("%d elements by %d requests, %v", len(got), len(s.requests), err)
	}
}

func TestAccountName_IsThatOfTheFirstPageThatHasOne(t *testing.T) {
	t.Parallel()
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		name := []string{`null`, `"Training"`, `"Older"`}[min(asked, 3)-1]
		_, _ = fmt.Fprintf(w, `{"creditActions":[{"id":"a%d","creditAccountName":%s}],"pageInfo":{"hasMore":true}}`, asked, name)
	}))
	t.Cleanup(server.Close)
	name, err := newLookupClient(t, server.URL).accountName(t.Context(), acme, someID, 1, false)
	if err != nil || name != "Training" || asked != 2 {
		t.Errorf("it is called %q after %d requests, %v", name, asked, err)
	}
}

// FuzzListing: whatever a server responds, a listing ends, and nothing panics.
func FuzzListing(f *testing.F) {
	f.Add([]byte(`{"data":{"x":{"creditBatches":[{"id":"a"},{"name":"b"}],"pageInfo":{"hasMore":true,"cursor":"c","total":7}}}}`))
	f.Add([]byte(`{"data":[{"id":1},{}],"meta":{"page":1,"totalPages":3,"nextCursor":"c"}}`))
	f.Add([]byte(`{"creditBatches":null,"pageInfo":{"total":0}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		tree, _ := decodeLenient(body)
		root, ok := tree.(object)
		if !ok {
			return
		}
		walk := newListWalk("APICreditBatchesByClientAndCreditAccount", "creditBatches", &pagingWays{}, func(object) bool { return true })
		came := step{position: 1}
		for range maxBarren + 2 {
			if err := walk.take(root, came); err != nil || walk.done {
				return
			}
			var err error
			if came, err = walk.next(); err != nil {
				return
			}
		}
		raw, _ := json.Marshal(root)
		t.Errorf("a server that always responds with %s is asked for ever", raw)
	})
}
