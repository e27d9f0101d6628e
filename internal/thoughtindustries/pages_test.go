package thoughtindustries

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// overPipes gives a client of a handler, without any network.
func overPipes(t *testing.T, handler http.HandlerFunc) *Client {
	t.Helper()
	network := newPipes()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Hour}
	go func() { _ = server.Serve(network) }()
	client, err := New(Config{
		BaseURL: mustURL("http://api.test"), APIKey: testKey, DialContext: network.dial,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		_ = server.Close()
	})
	return client
}

func batchID(i int) string { return fmt.Sprintf("0b0f3c5e-7a52-4a3e-9b8e-%012d", i) }

// batches is a list of batches with these ids.
func batches(ids ...int) string {
	var elements []string
	for _, id := range ids {
		elements = append(elements, fmt.Sprintf(`{"id":%q}`, batchID(id)))
	}
	return "[" + strings.Join(elements, ",") + "]"
}

func bare(pageInfo string, ids ...int) string {
	return fmt.Sprintf(`{"creditBatches":%s,"pageInfo":%s}`, batches(ids...), pageInfo)
}

func documented(value string) string {
	return `{"data":{"APICreditBatchesByClientAndCreditAccount":` + value + `}}`
}

const (
	tenPages = 10
	perPage  = 2
)

// pageForms are the forms in which a page may come. $E stands for its elements, $N for its number, $C for the
// cursor of the next page or null, $M for whether there is more.
var pageForms = []struct{ name, form string }{
	{
		"documented, with a cursor",
		documented(`{"creditBatches":$E,"pageInfo":{"cursor":$C,"total":20,"hasMore":$M}}`),
	},
	{
		"documented, with a number",
		documented(`{"creditBatches":$E,"pageInfo":{"currentPage":$N,"total":20,"hasMore":$M}}`),
	},
	{"documented, with neither", documented(`{"creditBatches":$E,"pageInfo":{"cursor":null,"hasMore":$M}}`)},
	{"under another name", `{"data":{"CreditBatches":{"creditBatches":$E,"pageInfo":{"cursor":$C,"hasMore":$M}}}}`},
	{"directly in data", `{"data":{"creditBatches":$E,"pageInfo":{"cursor":$C,"hasMore":$M}}}`},
	{"without an envelope", `{"creditBatches":$E,"pageInfo":{"cursor":$C,"hasMore":$M}}`},
	{"data is the list", `{"data":$E,"pageInfo":{"cursor":$C,"hasMore":$M}}`},
	{"meta", `{"data":$E,"meta":{"page":$N,"totalCount":20,"totalPages":10,"nextCursor":$C}}`},
	{
		"meta without a cursor",
		`{"data":$E,"meta":{"page":$N,"totalCount":20,"totalPages":10,"nextCursor":null}}`,
	},
	{"meta with a cursor alone", `{"data":$E,"meta":{"nextCursor":$C}}`},
	{"a total alone", `{"data":$E,"pageInfo":{"total":20}}`},
	{"a total count alone, as a string", `{"data":$E,"meta":{"totalCount":"20"}}`},
	{"pages in all, without a number", `{"data":$E,"meta":{"totalPages":10}}`},
	{"a cursor alone", `{"creditBatches":$E,"pageInfo":{"cursor":$C}}`},
	{"without pageInfo", `{"creditBatches":$E,"hasMore":$M,"nextCursor":$C}`},
}

// shelf serves ten pages. It heeds page or cursor or both; strict refuses the other one, else it is ignored.
func shelf(form, heeds string, strict bool, asked *[]url.Values) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		*asked = append(*asked, query)
		number := 1
		for _, parameter := range []string{"page", "cursor"} {
			value := strings.TrimPrefix(query.Get(parameter), "to page: ")
			switch {
			case value == "":
			case heeds == parameter || heeds == "both":
				number, _ = strconv.Atoi(value)
			case strict:
				http.Error(w, `{"error":"bad_request"}`, http.StatusBadRequest)
				return
			}
		}
		cursor := "null"
		if number < tenPages {
			cursor = fmt.Sprintf(`"to page: %d"`, number+1)
		}
		elements := batches(number*perPage, number*perPage+1)
		more := strconv.FormatBool(number < tenPages)
		page := strings.NewReplacer("$E", elements, "$N", strconv.Itoa(number), "$C", cursor, "$M", more)
		_, _ = page.WriteString(w, form)
	}
}

// A listing of ten pages takes ten requests in every form; one more where the cursor turns out to lead nowhere.
func TestList_IsReadToItsEndInEveryForm(t *testing.T) {
	for _, form := range pageForms {
		for _, heeds := range []string{"page", "cursor", "both"} {
			for _, strict := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s, by %s, strict %v", form.name, heeds, strict), func(t *testing.T) {
					var asked []url.Values
					client := overPipes(t, shelf(form.form, heeds, strict, &asked))
					found, err := client.CreditBatches(t.Context(), acme, "")
					hasCursor := strings.Contains(form.form, "$C")
					if heeds == "cursor" && !hasCursor { // no way to go on
						if !isKind[*ResponseError](err) {
							t.Errorf("%d batches, %v", len(found), err)
						}
						return
					}
					var got, want []string
					for _, batch := range found {
						got = append(got, textOf(batch.ID))
					}
					for i := range tenPages * perPage {
						want = append(want, batchID(i+perPage))
					}
					if err != nil || !slices.Equal(got, want) {
						t.Errorf("%v, %v", got, err)
					}
					requests := tenPages
					if heeds == "page" && hasCursor {
						requests++
					}
					if len(asked) != requests {
						t.Errorf("it took %d requests, want %d: %v", len(asked), requests, asked)
					}
					for _, query := range asked {
						if query.Get("clientId") != acme || query.Has("page") && query.Has("cursor") {
							t.Errorf("asked with %v", query)
						}
					}
				})
			}
		}
	}
}

// script is what comes by what is asked for: "" for the first page, else a number, or a cursor after a colon.
type script map[string]string

func scripted(pages script) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		asked := r.URL.Query().Get("page")
		if cursor := r.URL.Query().Get("cursor"); cursor != "" {
			asked = ":" + cursor
		}
		body, ok := pages[asked]
		if !ok {
			body = pages["else"]
		}
		if body == "204" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		_, _ = w.Write([]byte(body))
	}
}

func TestList_OfOnePageIsWholeOrFails(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for name, test := range map[string]struct {
		body string
		want int
		fail string
	}{
		"no pageInfo":                {`{"creditBatches":` + batches(1, 2) + `}`, 2, ""},
		"info of no use":             {bare(`{"perPage":50}`, 1), 1, ""},
		"info that is null":          {bare(`{"hasMore":null,"cursor":null,"total":null,"currentPage":null}`, 1), 1, ""},
		"a cursor at the end":        {bare(`{"hasMore":false,"cursor":"x"}`, 1), 1, ""},
		"oddities at the end":        {bare(`{"hasMore":false,"total":"many","currentPage":"one"}`, 1), 1, ""},
		"fewer than the total":       {bare(`{"hasMore":false,"total":3}`, 1, 2), 0, "came of 3"},
		"a null cursor, and fewer":   {bare(`{"nextCursor":null,"totalCount":2}`, 1), 0, "came of 2"},
		"more than the total":        {bare(`{"hasMore":false,"total":1}`, 1, 2), 2, ""},
		"an empty list":              {bare(`{"hasMore":false,"total":0}`), 0, ""},
		"empty, and no info":         {`{"data":[]}`, 0, ""},
		"204":                        {"204", 0, ""},
		"null, and no more":          {documented(`{"creditBatches":null,"pageInfo":{"hasMore":false}}`), 0, ""},
		"null, and a total of 0":     {documented(`{"creditBatches":null,"pageInfo":{"total":0}}`), 0, ""},
		"null":                       {documented(`{"creditBatches":null}`), 0, "is null"},
		"null, and more":             {documented(`{"creditBatches":null,"pageInfo":{"hasMore":true}}`), 0, "is null"},
		"the operation null":         {documented(`null`), 0, "no list creditBatches"},
		"the operation a list":       {documented(batches(1)), 0, "no list creditBatches"},
		"an object for a list":       {documented(`{"creditBatches":{"id":"x"}}`), 0, "not a list"},
		"data null":                  {`{"data":null}`, 0, "no list creditBatches"},
		"both forms":                 {`{"data":[],"creditBatches":` + batches(1) + `}`, 0, "both data and creditBatches"},
		"two lists":                  {`{"data":{"creditBatches":[],"x":{"creditBatches":[]}}}`, 0, "no list creditBatches"},
		"one id for two":             {`{"data":[{"id":"a"},{"id":"A","name":"b"}]}`, 0, "on one page have the id a"},
		"another list":               {`{"clients":[],"pageInfo":{}}`, 0, "no list creditBatches"},
		"nothing":                    {`{}`, 0, "no list creditBatches"},
		"a list":                     {`[]`, 0, "not the JSON object"},
		"a page":                     {`<html><title>Sign in</title></html>`, 0, "HTML page, which is not the API's"},
		"cut off":                    {`{"creditBatches":[{"id":"` + batchID(1) + `"}`, 0, "not the JSON object"},
		"an element of no use":       {`{"creditBatches":[{"id":"` + batchID(1) + `"},null]}`, 0, "not an object"},
		"hasMore a text":             {bare(`{"hasMore":"false"}`, 1), 0, "hasMore is neither true nor false"},
		"pageInfo a list":            {bare(`[]`, 1), 0, "pageInfo is not an object"},
		"a total that is no number":  {bare(`{"total":"many"}`, 1), 0, "cannot be read"},
		"a total below zero":         {bare(`{"total":-7}`, 1), 0, "cannot be read"},
		"a cursor that is no text":   {bare(`{"cursor":7}`, 1), 0, "cannot be read"},
		"a cursor too long":          {bare(`{"cursor":"`+long+`"}`, 1), 0, "cannot be read"},
		"errors":                     {`{"errors":[{"message":"not found"}],"data":null}`, 0, "error: not found"},
		"errors beside it":           {`{"errors":[{"message":"late"}],"creditBatches":[]}`, 0, "error: late"},
		"an error as documented":     {`{"error":"forbidden","message":"not your client"}`, 0, "not your client"},
		"errors without a message":   {`{"errors":[{}]}`, 0, "without a message"},
		"no errors":                  {`{"errors":[],"error":null,"creditBatches":` + batches(1) + `}`, 1, ""},
		"an id in either case":       {`{"data":[{"id":"ab"},{"id":"AB"}]}`, 1, ""},
		"equal elements without ids": {`{"data":[{"name":"b"},{"name":"b"}]}`, 2, ""},
		"another client's, in a total": {`{"data":[{"id":"a"},{"id":"b","clientId":"` + globex +
			`"}],"pageInfo":{"hasMore":false,"total":2}}`, 1, ""},
		"an odd client id": {`{"data":[{"id":"a","clientId":"globex"},{"id":"b","clientId":"` +
			strings.ToUpper(acme) + `"}]}`, 2, ""},
		"another client's alone": {`{"data":[{"id":"a","clientId":"` + globex + `"}]}`, 0, "other clients alone"},
	} {
		t.Run(name, func(t *testing.T) {
			found, err := overPipes(t, scripted(script{"": test.body})).CreditBatches(t.Context(), acme, "")
			checkList(t, len(found), err, test.want, test.fail)
		})
	}
}

// checkList wants so many elements, or a failure that says something and is no refusal.
func checkList(t *testing.T, got int, err error, want int, fail string) {
	t.Helper()
	switch {
	case fail == "" && (err != nil || got != want):
		t.Errorf("%d elements, %v; want %d", got, err, want)
	case fail != "" && (!isKind[*ResponseError](err) || !strings.Contains(err.Error(), fail)):
		t.Errorf("%d elements, %v; want a failure with %q", got, err, fail)
	}
}

func TestList_OfSeveralPagesIsWholeOrFails(t *testing.T) {
	const more, last, cursor = `{"hasMore":true}`, `{"hasMore":false}`, `{"hasMore":true,"cursor":"b"}`
	for name, test := range map[string]struct {
		pages script
		want  int
		fail  string
	}{
		"what moved counts once":   {script{"": bare(more, 1, 2), "2": bare(last, 2, 3)}, 3, ""},
		"an empty page at the end": {script{"": bare(more, 1), "2": bare(last)}, 1, ""},
		"an empty page in between": {script{"": bare(more, 1), "2": bare(more), "3": bare(last, 2)}, 2, ""},
		"an empty first page":      {script{"": bare(cursor), ":b": bare(last, 1)}, 1, ""},
		"empty pages without end":  {script{"": bare(more, 1), "else": bare(more)}, 0, "is empty"},
		"a total that is reached":  {script{"": bare(`{"total":3}`, 1, 2), "2": bare(`{"total":3}`, 3)}, 3, ""},
		"a total that never comes": {script{
			"":  bare(`{"total":3}`, 1, 2),
			"2": bare(`{"total":3}`),
		}, 0, "came of 3"},
		"a total, and the same page": {script{"else": bare(`{"total":3}`, 1, 2)}, 0, "repeats"},
		"the same page by number":    {script{"else": bare(more, 1)}, 0, "repeats earlier ones"},
		"the same page either way":   {script{"else": bare(cursor, 1)}, 0, "repeats earlier ones"},
		"a cursor that repeats": {script{
			"": bare(cursor, 1), ":b": bare(cursor, 2),
			"2": bare(more, 2), "3": bare(last, 3),
		}, 0, "repeats"},
		"a cursor that is refused": {script{
			"": bare(cursor, 1), ":b": "400",
			"2": bare(cursor, 2), "3": bare(last, 3),
		}, 3, ""},
		"a cursor that gives empty pages": {script{"": bare(cursor, 1), ":b": bare(cursor), "2": bare(last, 2)}, 2, ""},
		"a huge cursor, numbers work": {script{"": bare(`{"hasMore":true,"cursor":"`+strings.Repeat("x",
			5000)+`"}`, 1), "2": bare(last, 2)}, 2, ""},
		"an odd cursor, numbers work": {script{
			"":  bare(`{"hasMore":true,"cursor":{"after":1}}`, 1),
			"2": bare(last, 2),
		}, 2, ""},
		"the number runs backwards": {script{
			"":  bare(`{"hasMore":true,"currentPage":1}`, 1),
			"2": bare(`{"hasMore":true,"currentPage":1}`, 2),
		}, 0, "says that it is page 1"},
		"the last number of all at once": {script{"": `{"data":` + batches(1) +
			`,"meta":{"page":3,"totalPages":3}}`}, 0, "says that it is page 3"},
		"another form on the next page": {script{"": bare(more, 1), "2": `{"data":` + batches(2) +
			`,"meta":{"page":2,"totalPages":2}}`}, 2, ""},
		"no list on the next page": {script{"": bare(more, 1), "2": `{"data":null}`}, 0, "page 2 of the listing"},
		"errors on the next page":  {script{"": bare(more, 1), "2": `{"errors":[{"message":"too deep"}]}`}, 0, "too deep"},
		"no ids":                   {script{"else": `{"data":[{"name":"a"}],"pageInfo":{"hasMore":true}}`}, 0, "repeats"},
		"one says more, the other the last": {script{"": `{"data":` + batches(1) +
			`,"pageInfo":{"hasMore":true},"meta":{"hasMore":false}}`, "2": bare(last, 2)}, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			respond := scripted(test.pages)
			client := overPipes(t, func(w http.ResponseWriter, r *http.Request) {
				if test.pages[":"+r.URL.Query().Get("cursor")] == "400" {
					w.WriteHeader(http.StatusBadRequest)
					return
				}
				respond(w, r)
			})
			found, err := client.CreditBatches(t.Context(), acme, "")
			checkList(t, len(found), err, test.want, test.fail)
		})
	}
}

// That a later page is refused does not mean that the listing may not be read.
func TestList_WhoseSecondPageIsRefusedFails(t *testing.T) {
	for _, status := range []int{400, 403, 404, 405, 422} {
		client := overPipes(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("page") || r.URL.Query().Has("cursor") {
				w.WriteHeader(status)
				return
			}
			_, _ = w.Write([]byte(bare(`{"hasMore":true,"cursor":"b"}`, 1)))
		})
		_, err := client.CreditBatches(t.Context(), acme, "")
		checkList(t, 0, err, 0, strconv.Itoa(status))
	}
}

func TestList_EndsAfterAThousandPages(t *testing.T) {
	asked := 0
	client := overPipes(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		_, _ = w.Write([]byte(bare(fmt.Sprintf(`{"hasMore":true,"cursor":"c%d"}`, asked), asked)))
	})
	_, err := client.CreditBatches(t.Context(), acme, "")
	checkList(t, 0, err, 0, "did not end after 1000 pages")
	if asked != 1000 {
		t.Errorf("%d pages were asked for", asked)
	}
}

// A listing in which an element is inserted while it is read shows one twice and another never.
func TestList_ThatShiftsWhileItIsReadIsReadAnew(t *testing.T) {
	asked := 0
	client := overPipes(t, func(w http.ResponseWriter, r *http.Request) {
		asked++
		switch page := r.URL.Query().Get("page"); {
		case page == "" && asked == 1:
			_, _ = w.Write([]byte(bare(`{"hasMore":true,"total":3}`, 1, 2)))
		case page == "":
			_, _ = w.Write([]byte(bare(`{"hasMore":true,"total":4}`, 4, 1)))
		case asked == 2:
			_, _ = w.Write([]byte(bare(`{"hasMore":false,"total":4}`, 2, 3)))
		default:
			_, _ = w.Write([]byte(bare(`{"hasMore":false,"total":4}`, 2, 3)))
		}
	})
	found, err := client.CreditBatches(t.Context(), acme, "")
	checkList(t, len(found), err, 4, "")
	if asked != 4 {
		t.Errorf("it took %d requests", asked)
	}
}

// A name ends the reading of an account's actions; an element of no use does not hide it.
func TestAccountName_IsThatOfTheFirstActionThatHasOne(t *testing.T) {
	asked := 0
	client := overPipes(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		name := []string{`null`, `"\u200b"`, `"Training"`, `"Older"`}[min(asked, 4)-1]
		const form = `{"creditActions":[{"id":"a%d","creditAccountName":%s}],"pageInfo":{"hasMore":true}}`
		_, _ = fmt.Fprintf(w, form, asked, name)
	})
	for range 2 {
		name, err := client.accountName(t.Context(), acme, strings.ToUpper(someID), beforePost)
		if err != nil || name != "Training" || asked != 3 {
			t.Errorf("it is called %q after %d requests, %v", name, asked, err)
		}
	}
}
