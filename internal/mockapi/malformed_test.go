package mockapi_test

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

var batchesListing = listings[2]

// crowdWith makes a server that knows both ways of paging, and whose listings of batches, five in pages of two, are malformed.
func crowdWith(t *testing.T, wire mockapi.Wire, malformed mockapi.Malformed) *mockapi.Server {
	t.Helper()
	s := newCrowd(t, mockapi.Options{Wire: wire, Paging: mockapi.PagingBoth, PerPage: 2})
	s.Inject(mockapi.Fault{Method: "GET", Path: "/clients/{id}/creditBatches", Malformed: malformed})
	return s
}

func TestMalformed_PagesSayWhatIsWrong(t *testing.T) {
	for _, tc := range []struct {
		malformed                    mockapi.Malformed
		documented, bare, list, meta string // what the first page says, with C for a cursor that is a text
	}{
		{
			mockapi.CursorNumber,
			"cursor:2 hasMore:true perPage:2 total:5", "cursor:2 hasMore:true", "cursor:2 hasMore:true",
			"nextCursor:2 page:1 perPage:2 totalCount:5 totalPages:3",
		},
		{
			mockapi.CursorMissing,
			"hasMore:true perPage:2 total:5", "hasMore:true", "hasMore:true",
			"hasMore:true perPage:2 totalCount:5 totalPages:3",
		},
		{
			mockapi.HasMoreNumber,
			"cursor:C hasMore:1 perPage:2 total:5", "cursor:C hasMore:1", "cursor:C hasMore:1",
			"hasMore:1 nextCursor:C page:1 perPage:2 totalCount:5 totalPages:3",
		},
		{mockapi.TotalOnly, "total:5", "total:5", "total:5", "totalCount:5"},
	} {
		for i, want := range []string{tc.documented, tc.bare, tc.list, tc.meta} {
			wire := wires[i]
			t.Run(tc.malformed.String()+"/"+wire.String(), func(t *testing.T) {
				s := crowdWith(t, wire, tc.malformed)
				ids, info := parts(t, wire, batchesListing.operation, batchesListing.list, ask(s, "GET", listBatches, ""))
				if got := said(info); got != want || len(ids) != 2 {
					t.Errorf("%d entries, and the page says %s, want %s", len(ids), got, want)
				}
			})
		}
	}
}

func TestMalformed_HasMoreIsText(t *testing.T) {
	for _, wire := range wires {
		s := crowdWith(t, wire, mockapi.HasMoreText)
		for page, want := range map[string]string{"": "true", "&page=3": "false"} {
			_, info := parts(t, wire, batchesListing.operation, batchesListing.list, ask(s, "GET", listBatches+page, ""))
			name := "hasMore"
			if wire == mockapi.WireMeta {
				name, want = "totalPages", "3"
			}
			if info[name] != any(want) {
				t.Errorf("%v: %s is %#v, want %q", wire, name, info[name], want)
			}
		}
	}
}

func TestMalformed_CursorsLeadNowhere(t *testing.T) {
	for _, wire := range wires {
		s := crowdWith(t, wire, mockapi.CursorRepeats)
		read := func(path string) ([]string, map[string]any) {
			return parts(t, wire, batchesListing.operation, batchesListing.list, ask(s, "GET", path, ""))
		}
		first, info := read(listBatches)
		again, _ := read(listBatches + "&cursor=" + url.QueryEscape(cursorIn(info)))
		if cursorIn(info) == "" || !reflect.DeepEqual(first, again) {
			t.Errorf("%v: cursor %q leads from %v to %v", wire, cursorIn(info), first, again)
		}
		second, info := read(listBatches + "&page=2")
		again, _ = read(listBatches + "&cursor=" + url.QueryEscape(cursorIn(info)))
		if reflect.DeepEqual(first, second) || !reflect.DeepEqual(second, again) {
			t.Errorf("%v: the second page leads from %v to %v", wire, second, again)
		}

		s = crowdWith(t, wire, mockapi.CursorEmpty)
		for page, more := range map[string]bool{"": true, "&page=3": false} {
			_, info = read(listBatches + page)
			cursor, given := info["cursor"]
			if wire == mockapi.WireMeta {
				cursor, given = info["nextCursor"]
			}
			if (cursor == any("")) != more || (given && !more && cursor != nil) {
				t.Errorf("%v: page %q says %v", wire, page, info)
			}
		}

		s = crowdWith(t, wire, mockapi.CursorHuge)
		_, info = read(listBatches)
		if got := len(cursorIn(info)); got != 256<<10 {
			t.Errorf("%v: a cursor of %d bytes", wire, got)
		}
		ask(s, "GET", listBatches+"&cursor="+cursorIn(info), "").want(t, 414)
	}
}

func TestMalformed_PageNumbersRunBackwards(t *testing.T) {
	for _, wire := range wires {
		s := crowdWith(t, wire, mockapi.PagesBackwards)
		var got []string
		for _, page := range []string{"", "&page=2", "&page=3"} {
			_, info := parts(t, wire, batchesListing.operation, batchesListing.list, ask(s, "GET", listBatches+page, ""))
			number, ok := info["currentPage"].(json.Number)
			if wire == mockapi.WireMeta {
				number, ok = info["page"].(json.Number)
			}
			if !ok {
				t.Errorf("%v: no number in %v", wire, info)
			}
			got = append(got, number.String())
		}
		if strings.Join(got, " ") != "1 0 -1" {
			t.Errorf("%v: pages %v", wire, got)
		}
	}
}

func TestMalformed_AnEmptyPagePromisesMoreRightly(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		for size, want := range map[int][]int{2: {2, 0, 2, 1}, 5: {0, 5}, 4: {4, 0, 1}} {
			o.PerPage = size
			s := newCrowd(t, o)
			s.Inject(mockapi.Fault{Method: "GET", Malformed: mockapi.EmptyPage})
			for _, l := range listings {
				var sizes []int
				path := l.path
				for number := 2; number <= len(want)+1; number++ {
					ids, info := parts(t, o.Wire, l.operation, l.list, ask(s, "GET", path, ""))
					sizes = append(sizes, len(ids))
					path = l.path + "&page=" + string(rune('0'+number))
					if o.Paging == mockapi.PagingCursor {
						path = l.path + "&cursor=" + url.QueryEscape(cursorIn(info))
					}
					for _, name := range []string{"total", "totalCount"} {
						if total, ok := info[name]; ok && total != json.Number("5") {
							t.Errorf("%s: page %d says %v", l.list, number-1, info)
						}
					}
					promises := info["hasMore"] == true || info["totalPages"] != nil && info["totalPages"] != info["page"]
					if last := number == len(want)+1; promises == last {
						t.Errorf("%s: page %d says %v", l.list, number-1, info)
					}
				}
				if !reflect.DeepEqual(sizes, want) {
					t.Errorf("%s: pages of %v, want %v", l.list, sizes, want)
				}
			}
		}
	})
}

func TestMalformed_AnEntryIsInsertedWhileTheListingIsRead(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newCrowd(t, o)
		s.Inject(mockapi.Fault{Method: "GET", Malformed: mockapi.Inserted})
		for _, l := range listings {
			pages := readAll(t, s, o.Wire, o.Paging, l.path, l.operation, l.list)
			seen := make(map[string]int)
			for _, page := range pages {
				for _, id := range page.ids {
					seen[id]++
				}
			}
			if len(seen) != 5 || seen[pages[0].ids[1]] != 2 || pages[1].ids[0] != pages[0].ids[1] {
				t.Errorf("%s: pages %v", l.list, pages)
			}
		}
	})
}

func TestMalformed_ListingsHaveAnotherShape(t *testing.T) {
	for _, tc := range []struct {
		malformed                    mockapi.Malformed
		documented, bare, list, meta string // how the text begins, or with … what it contains
	}{
		{mockapi.NoPageInfo, `{"data":{"APICredit`, `{"creditBatches":[{`, `{"data":[{`, `{"data":[{`},
		{
			mockapi.ListNull, `…"creditBatches":null,"pageInfo":{`, `{"creditBatches":null,"pageInfo":{`,
			`{"data":null,"pageInfo":{`, `{"data":null,"meta":{`,
		},
		{mockapi.ListAsObject, `…"creditBatches":{"0":{`, `{"creditBatches":{"0":{`, `{"data":{"0":{`, `{"data":{"0":{`},
		{mockapi.DataNull, `{"data":null}`, `null`, `{"data":null}`, `{"data":null}`},
		{
			mockapi.OperationNull, `{"data":{"APICreditBatchesByClientAndCreditAccount":null}}`,
			`{"data":{"APICreditBatchesByClientAndCreditAccount":null}}`, `{"data":{"APICreditBatchesByClientAndCreditAccount":null}}`,
			`{"data":{"APICreditBatchesByClientAndCreditAccount":null}}`,
		},
		{
			mockapi.ObjectAsList, `{"data":{"APICreditBatchesByClientAndCreditAccount":[{"id"`, `{"creditBatches":[{`,
			`{"data":[{`, `{"data":[{`,
		},
		{
			mockapi.BothForms, `{"creditBatches":[{`, `{"creditBatches":[{`, `{"creditBatches":[{`, `{"creditBatches":[{`,
		},
		{
			mockapi.BothFormsDiffer, `{"creditBatches":[],"data":{"APICredit`, `{"creditBatches":[{`,
			`{"creditBatches":[],"data":[{`, `{"creditBatches":[],"data":[{`,
		},
	} {
		for i, want := range []string{tc.documented, tc.bare, tc.list, tc.meta} {
			t.Run(tc.malformed.String()+"/"+wires[i].String(), func(t *testing.T) {
				a := ask(crowdWith(t, wires[i], tc.malformed), "GET", listBatches, "")
				a.want(t, 200)
				part, anywhere := strings.CutPrefix(want, "…")
				if anywhere && !strings.Contains(a.text, part) ||
					!anywhere && !strings.HasPrefix(a.text, part) {
					t.Errorf("body %s, want %s", a.text, want)
				}
				if strings.HasSuffix(want, "}") && a.text != want {
					t.Errorf("body %s, want %s", a.text, want)
				}
				if tc.malformed == mockapi.NoPageInfo && (strings.Contains(a.text, "pageInfo") || strings.Contains(a.text, "meta")) {
					t.Errorf("body %s says something of the page", a.text)
				}
			})
		}
	}
}

func TestMalformed_ObjectsHaveAnotherShape(t *testing.T) {
	for _, tc := range []struct {
		malformed                    mockapi.Malformed
		documented, bare, list, meta string // what the text begins with
	}{
		{mockapi.DataNull, `{"data":null}`, `null`, `{"data":null}`, `{"data":null}`},
		{
			mockapi.OperationNull, `{"data":{"APICreateCreditAccount":null}}`, `{"data":{"APICreateCreditAccount":null}}`,
			`{"data":{"APICreateCreditAccount":null}}`, `{"data":{"APICreateCreditAccount":null}}`,
		},
		{
			mockapi.ObjectAsList, `{"data":{"APICreateCreditAccount":[{"id":`, `[{"id":`,
			`{"data":[{"id":`, `{"data":[{"id":`,
		},
		{
			mockapi.BothForms, `{"batchDaysUntilExpire":0,"clientId":`, `{"batchDaysUntilExpire":0,"clientId":`,
			`{"batchDaysUntilExpire":0,"clientId":`, `{"batchDaysUntilExpire":0,"clientId":`,
		},
		{
			mockapi.BothFormsDiffer, `{"data":{"APICreateCreditAccount":{"batch`, `{"batchDaysUntilExpire":0,"clientId":`,
			`{"data":{"batchDaysUntilExpire":0,`, `{"data":{"batchDaysUntilExpire":0,`,
		},
		{
			mockapi.CursorRepeats, `{"data":{"APICreateCreditAccount":{"id":`, `{"id":`,
			`{"data":{"id":`, `{"data":{"id":`,
		},
	} {
		for i, want := range []string{tc.documented, tc.bare, tc.list, tc.meta} {
			t.Run(tc.malformed.String()+"/"+wires[i].String(), func(t *testing.T) {
				s := newServer(t, mockapi.Options{Wire: wires[i]})
				s.Inject(mockapi.Fault{Malformed: tc.malformed})
				a := ask(s, "POST", accountPath, accountBody)
				if a.status != 201 || !strings.HasPrefix(a.text, want) || strings.HasSuffix(want, "}") && a.text != want {
					t.Errorf("%d %s, want %s", a.status, a.text, want)
				}
				if tc.malformed == mockapi.BothForms && strings.Count(a.text, s.Accounts()[0].ID) != 2 {
					t.Errorf("one form alone: %s", a.text)
				}
				if len(s.Accounts()) != 1 {
					t.Error("nothing is stored: the response alone is wrong")
				}
			})
		}
	}
}

func TestMalformed_HasNames(t *testing.T) {
	known := 0
	for m := mockapi.CursorRepeats; m.String() != "" && len(m.String()) > 2; m++ {
		var read mockapi.Malformed
		text, err := m.MarshalText()
		if err != nil || read.UnmarshalText(text) != nil || read != m {
			t.Errorf("%s is read as %v, %v", text, read, err)
		}
		known++
	}
	if known != int(mockapi.BothFormsDiffer) {
		t.Errorf("%d names", known)
	}
	if new(mockapi.Malformed).UnmarshalText([]byte("crooked")) == nil {
		t.Error("an invented name is known")
	}
}
