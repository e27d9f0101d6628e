package mockapi_test

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

var (
	wires   = []mockapi.Wire{mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta}
	pagings = []mockapi.Paging{mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth}
)

// inEachForm runs a test with every form of responses and every way of paging.
func inEachForm(t *testing.T, f func(t *testing.T, options mockapi.Options)) {
	for _, wire := range wires {
		for _, paging := range pagings {
			t.Run(fmt.Sprintf("%v/%v", wire, paging), func(t *testing.T) {
				f(t, mockapi.Options{Wire: wire, Paging: paging, PerPage: 2})
			})
		}
	}
}

// listings are the four endpoints that list.
var listings = []struct{ path, operation, list string }{
	{"/incoming/v2/clients?sort=name", "Clients", "clients"},
	{"/incoming/v2/clients/" + acme + "/licenses?clientId=" + acme, "APILicensesByClientId", "licenses"},
	{listBatches, "APICreditBatchesByClientAndCreditAccount", "creditBatches"},
	{
		"/incoming/v2/clients/" + acme + "/creditAccount/" + crowded + "/creditActions?actionType=credit&clientId=" + acme,
		"APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions",
	},
}

// crowded is the account whose actions are listed.
const crowded = "0d9b1f9e-7a51-4f0e-8f5e-2f1c3f5d7a01"

// newCrowd makes a server where each of the listings has five entries.
func newCrowd(t *testing.T, options mockapi.Options) *mockapi.Server {
	t.Helper()
	s := newServer(t, options)
	for i := range 3 {
		s.AddClient(mockapi.Client{Name: fmt.Sprint("Client ", i)})
	}
	s.AddAccount(mockapi.CreditAccount{ID: crowded, ClientID: acme, Name: "Crowded", StartingBalance: "1"})
	for i := range 5 {
		s.AddLicense(acme, mockapi.License{Name: fmt.Sprint("License ", i)})
		if i > 0 {
			ask(s, "POST", batchesPath, `{"startingBalance":1,"creditAccountId":"`+crowded+`"}`)
		}
	}
	return s
}

// parts takes a page apart: its entries and what is said about it.
func parts(t *testing.T, wire mockapi.Wire, operation, list string, a answer) (ids []string, info map[string]any) {
	t.Helper()
	a.want(t, 200)
	body := a.json(t)
	about := "pageInfo"
	switch wire {
	case mockapi.WireDocumented:
		body = a.data(t, operation)
	case mockapi.WireList:
		list = "data"
	case mockapi.WireMeta:
		list, about = "data", "meta"
	}
	entries, ok := body[list].([]any)
	if !ok {
		t.Fatalf("no list %s in %s", list, a.text)
	}
	for _, entry := range entries {
		ids = append(ids, entry.(map[string]any)["id"].(string))
	}
	info, ok = body[about].(map[string]any)
	if !ok {
		t.Fatalf("no %s in %s", about, a.text)
	}
	if wire != mockapi.WireDocumented && len(body) != 2 {
		t.Errorf("more than the list and the page in %s", a.text)
	}
	return ids, info
}

func TestWire_EachFormSaysOfAPageWhatItKnows(t *testing.T) {
	for _, tc := range []struct {
		wire        mockapi.Wire
		paging      mockapi.Paging
		first, last string // of the clients' pages, with C for a cursor
	}{
		{mockapi.WireDocumented, mockapi.PagingPage, "currentPage:1 hasMore:true perPage:2 total:5", "currentPage:3 hasMore:false perPage:2 total:5"},
		{mockapi.WireDocumented, mockapi.PagingCursor, "cursor:C hasMore:true perPage:2 total:5", "cursor:<nil> hasMore:false perPage:2 total:5"},
		{mockapi.WireDocumented, mockapi.PagingBoth, "currentPage:1 cursor:C hasMore:true perPage:2 total:5", "currentPage:3 cursor:<nil> hasMore:false perPage:2 total:5"},
		{mockapi.WireBare, mockapi.PagingPage, "hasMore:true", "hasMore:false"},
		{mockapi.WireBare, mockapi.PagingCursor, "cursor:C hasMore:true", "cursor:<nil> hasMore:false"},
		{mockapi.WireBare, mockapi.PagingBoth, "cursor:C hasMore:true", "cursor:<nil> hasMore:false"},
		{mockapi.WireList, mockapi.PagingPage, "hasMore:true", "hasMore:false"},
		{mockapi.WireList, mockapi.PagingCursor, "cursor:C hasMore:true", "hasMore:false"},
		{mockapi.WireList, mockapi.PagingBoth, "cursor:C hasMore:true", "hasMore:false"},
		{mockapi.WireMeta, mockapi.PagingPage, "page:1 perPage:2 totalCount:5 totalPages:3", "page:3 perPage:2 totalCount:5 totalPages:3"},
		{mockapi.WireMeta, mockapi.PagingCursor, "nextCursor:C page:1 perPage:2 totalCount:5 totalPages:3", "nextCursor:<nil> page:3 perPage:2 totalCount:5 totalPages:3"},
		{mockapi.WireMeta, mockapi.PagingBoth, "nextCursor:C page:1 perPage:2 totalCount:5 totalPages:3", "nextCursor:<nil> page:3 perPage:2 totalCount:5 totalPages:3"},
	} {
		t.Run(fmt.Sprintf("%v/%v", tc.wire, tc.paging), func(t *testing.T) {
			s := newCrowd(t, mockapi.Options{Wire: tc.wire, Paging: tc.paging, PerPage: 2})
			pages := readAll(t, s, tc.wire, tc.paging, listings[0].path, "Clients", "clients")
			if got := said(pages[0].info); got != tc.first {
				t.Errorf("the first page says %s, want %s", got, tc.first)
			}
			if got := said(pages[len(pages)-1].info); got != tc.last {
				t.Errorf("the last page says %s, want %s", got, tc.last)
			}
		})
	}
}

func said(info map[string]any) string {
	for _, name := range []string{"cursor", "nextCursor"} {
		if _, ok := info[name].(string); ok {
			info[name] = "C"
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(info), "map["), "]")
}

type readPage struct {
	ids  []string
	info map[string]any
}

// readAll reads five entries in pages of two, by number where the way of paging allows it, and else by cursor.
func readAll(t *testing.T, s *mockapi.Server, wire mockapi.Wire, paging mockapi.Paging, path, operation, list string) []readPage {
	t.Helper()
	var pages []readPage
	next := path
	for number := 1; number <= 3; number++ {
		ids, info := parts(t, wire, operation, list, ask(s, "GET", next, ""))
		pages = append(pages, readPage{ids, info})
		next = fmt.Sprintf("%s&page=%d", path, number+1)
		if paging == mockapi.PagingCursor {
			next = path + "&cursor=" + url.QueryEscape(cursorIn(info))
		}
	}
	return pages
}

func cursorIn(info map[string]any) string {
	for _, name := range []string{"cursor", "nextCursor"} {
		if cursor, ok := info[name].(string); ok {
			return cursor
		}
	}
	return ""
}

func TestPaging_EachListingIsReadToItsEnd(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newCrowd(t, o)
		for _, l := range listings {
			seen := make(map[string]bool)
			var sizes []int
			for _, page := range readAll(t, s, o.Wire, o.Paging, l.path, l.operation, l.list) {
				sizes = append(sizes, len(page.ids))
				for _, id := range page.ids {
					seen[id] = true
				}
			}
			if len(seen) != 5 || !reflect.DeepEqual(sizes, []int{2, 2, 1}) {
				t.Errorf("%s: %d entries in pages of %v", l.list, len(seen), sizes)
			}
		}
	})
}

func TestPaging_TheUnknownWayRepeatsTheFirstPage(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newCrowd(t, o)
		for _, l := range listings {
			first, info := parts(t, o.Wire, l.operation, l.list, ask(s, "GET", l.path, ""))
			byPage, _ := parts(t, o.Wire, l.operation, l.list, ask(s, "GET", l.path+"&page=2", ""))
			if known, moved := o.Paging != mockapi.PagingCursor, !reflect.DeepEqual(first, byPage); known != moved {
				t.Errorf("%s: page moves on: %v", l.list, moved)
			}
			// A server that goes by page alone may give a cursor that is of no use, or anything may be sent to it.
			cursor := cursorIn(info)
			if o.Paging == mockapi.PagingPage {
				cursor += "anything"
			}
			byCursor, _ := parts(t, o.Wire, l.operation, l.list, ask(s, "GET", l.path+"&cursor="+url.QueryEscape(cursor), ""))
			if known, moved := o.Paging != mockapi.PagingPage, !reflect.DeepEqual(first, byCursor); known != moved {
				t.Errorf("%s: cursor moves on: %v", l.list, moved)
			}
		}
	})
}

func TestPaging_CursorWinsOverPage(t *testing.T) {
	s := newCrowd(t, mockapi.Options{Wire: mockapi.WireBare, Paging: mockapi.PagingBoth, PerPage: 2})
	_, info := parts(t, mockapi.WireBare, "", "clients", ask(s, "GET", "/incoming/v2/clients", ""))
	cursor := "cursor=" + url.QueryEscape(cursorIn(info))
	want, _ := parts(t, mockapi.WireBare, "", "clients", ask(s, "GET", "/incoming/v2/clients?"+cursor, ""))
	got, _ := parts(t, mockapi.WireBare, "", "clients", ask(s, "GET", "/incoming/v2/clients?page=3&"+cursor, ""))
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPaging_IsStrict(t *testing.T) {
	cursorOf := func(s *mockapi.Server, path, list string) string {
		_, info := parts(t, mockapi.WireMeta, "", list, ask(s, "GET", path, ""))
		return cursorIn(info)
	}
	for name, tc := range map[string]struct {
		paging mockapi.Paging
		query  func(s *mockapi.Server) string
		status int
	}{
		"invented cursor": {mockapi.PagingCursor, func(*mockapi.Server) string { return "cursor=2" }, 400},
		"another listing's cursor": {mockapi.PagingBoth, func(s *mockapi.Server) string {
			return "cursor=" + url.QueryEscape(cursorOf(s, listBatches, "creditBatches"))
		}, 400},
		"unescaped cursor":                 {mockapi.PagingCursor, func(s *mockapi.Server) string { return "cursor=" + cursorOf(s, "/incoming/v2/clients", "clients") }, 400},
		"empty cursor is the beginning":    {mockapi.PagingCursor, func(*mockapi.Server) string { return "cursor=" }, 200},
		"cursor twice":                     {mockapi.PagingCursor, func(*mockapi.Server) string { return "cursor=a&cursor=b" }, 400},
		"long URI":                         {mockapi.PagingCursor, func(*mockapi.Server) string { return "cursor=" + strings.Repeat("A", 9000) }, 414},
		"page zero":                        {mockapi.PagingBoth, func(*mockapi.Server) string { return "page=0" }, 422},
		"page zero where nobody looks":     {mockapi.PagingCursor, func(*mockapi.Server) string { return "page=0" }, 200},
		"page beyond any":                  {mockapi.PagingPage, func(*mockapi.Server) string { return "page=9223372036854775807" }, 200},
		"perPage":                          {mockapi.PagingPage, func(*mockapi.Server) string { return "perPage=4" }, 200},
		"perPage zero":                     {mockapi.PagingPage, func(*mockapi.Server) string { return "perPage=0" }, 422},
		"perPage above the most is capped": {mockapi.PagingPage, func(*mockapi.Server) string { return "perPage=5000" }, 200},
	} {
		t.Run(name, func(t *testing.T) {
			s := newCrowd(t, mockapi.Options{Wire: mockapi.WireMeta, Paging: tc.paging, PerPage: 2})
			a := ask(s, "GET", "/incoming/v2/clients?"+tc.query(s), "")
			a.want(t, tc.status)
			if strings.HasPrefix(name, "perPage above") {
				a.want(t, 200, `"perPage":100`)
			}
		})
	}
	for _, wire := range wires[:3] {
		ask(newCrowd(t, mockapi.Options{Wire: wire}), "GET", "/incoming/v2/clients?perPage=4", "").want(t, 400, "unknown query parameter: perPage")
	}
}

// object takes the object out of a response that should hold one and nothing else.
func object(t *testing.T, wire mockapi.Wire, operation string, a answer) map[string]any {
	t.Helper()
	switch wire {
	case mockapi.WireDocumented:
		return a.data(t, operation)
	case mockapi.WireBare:
		return a.json(t)
	default:
		body := a.json(t)
		value, ok := body["data"].(map[string]any)
		if !ok || len(body) != 1 {
			t.Fatalf("no data in %s", a.text)
		}
		return value
	}
}

func TestWire_ObjectsHaveEachForm(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newServer(t, o)
		a := ask(s, "POST", accountPath, accountBody)
		a.want(t, 201)
		account := object(t, o.Wire, "APICreateCreditAccount", a)
		if account["id"] != s.Accounts()[0].ID || account["name"] != "A" || len(account) != 12 {
			t.Errorf("account %v", account)
		}
		a = ask(s, "POST", batchesPath, `{"startingBalance":3}`)
		a.want(t, 201)
		batch := object(t, o.Wire, "CreateCreditBatch", a)
		if batch["id"] != s.Batches()[1].ID {
			t.Errorf("batch %v", batch)
		}
		a = ask(s, "PUT", "/incoming/v2/clients/creditBatches/"+batch["id"].(string), `{"name":"N"}`)
		a.want(t, 200)
		if got := object(t, o.Wire, "UpdateCreditBatch", a); got["name"] != "N" {
			t.Errorf("updated %v", got)
		}
		if got := object(t, o.Wire, "ClientById", ask(s, "GET", "/incoming/v2/clients/"+acme, "")); got["id"] != acme {
			t.Errorf("client %v", got)
		}
	})
}

func TestWire_PingAndRefusalsLookTheSameInEachForm(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newServer(t, o)
		if a := ask(s, "GET", ping, ""); a.status != 200 || a.text != `{"valid":true}` {
			t.Errorf("ping %+v", a)
		}
		if a := ask(s, "POST", accountPath, `{}`); a.status != 422 || a.json(t)["error"] != "unprocessable" {
			t.Errorf("refusal %+v", a)
		}
		r := newRequest("GET", ping, "")
		r.Header.Set("Authorization", "Bearer wrong")
		if a := send(s, r); a.status != 401 || a.text != "" {
			t.Errorf("wrong key %+v", a)
		}
	})
}

func TestWireAndPaging_HaveNames(t *testing.T) {
	for _, wire := range wires {
		var read mockapi.Wire
		text, err := wire.MarshalText()
		if err != nil || read.UnmarshalText(text) != nil || read != wire {
			t.Errorf("%s is read as %v, %v", text, read, err)
		}
	}
	for _, paging := range pagings {
		var read mockapi.Paging
		text, err := paging.MarshalText()
		if err != nil || read.UnmarshalText(text) != nil || read != paging {
			t.Errorf("%s is read as %v, %v", text, read, err)
		}
	}
	if new(mockapi.Wire).UnmarshalText([]byte("xml")) == nil || new(mockapi.Paging).UnmarshalText([]byte("link")) == nil {
		t.Error("invented names are known")
	}
}
