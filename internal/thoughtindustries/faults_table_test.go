package thoughtindustries

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// contractOnly fails a row that still has its outcome where the contract changes it.
const contractOnly = true

// tableFault is something that goes wrong with the creation of account "A" with 5 credits, beside three others.
type tableFault struct {
	name      string
	post      mockapi.Fault   // of the first POST
	reads     []mockapi.Fault // of GETs
	there     func(w *fixture)  // what exists besides
	emptyPage bool            // before the first one
	config    Config
}

func tableFaults() []tableFault {
	after := func(seconds string) http.Header { return http.Header{"Retry-After": {seconds}} }
	elsewhere := http.Header{"Location": {"http://api.test/other"}}
	html := pointerTo("<html><title>Sign in</title></html>")
	failed := "pool drained"
	twin := func(balance string) func(w *fixture) { return func(w *fixture) { w.account("A", balance) } }
	archived := func(w *fixture) {
		w.account("A", "5")
		batches := w.server.Batches()
		archive := func(b *mockapi.CreditBatch) { b.Status = "archived" }
		if err := w.server.ChangeBatch(batches[len(batches)-1].ID, archive); err != nil {
			w.t.Fatal(err)
		}
	}
	// hidden exists, and no listing shows it before the POST.
	hidden := func(balance string) func(w *fixture) {
		return func(w *fixture) {
			id := w.account("A", balance).ID
			w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: listPath, Rewrite: mockapi.EachPage(func(all []map[string]any) []map[string]any {
				return slices.DeleteFunc(all, func(batch map[string]any) bool {
					return batch["creditAccountId"] == id && w.server.Count(http.MethodPost, postPath) == 0
				})
			})})
		}
	}
	nameless := func(w *fixture) { // the names are returned from the POST on
		w.account("A", "5")
		w.server.Inject(mockapi.Fault{Method: http.MethodGet, Path: namePath, Rewrite: mockapi.EachPage(func(all []map[string]any) []map[string]any {
			if w.server.Count(http.MethodPost, postPath) == 0 {
				return nil
			}
			return all
		})})
	}
	var earlier string
	unreachable := func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("connection refused") }
	closed := mockapi.Fault{Cut: mockapi.CutConnection}
	queued := mockapi.Fault{Cut: mockapi.CutConnection, CommitDelay: 3 * time.Second}
	withoutID := mockapi.Fault{Commit: true, Body: pointerTo(`{"data":{"APICreateCreditAccount":{}}}`)}
	lost := mockapi.Fault{Cut: mockapi.CutConnection, Commit: true}
	foreign := func(batches []map[string]any) []map[string]any {
		return append(batches, map[string]any{
			"id": "11111111-2222-4333-8444-000000000001", "clientId": globex, "startingBalance": 5, "status": "active",
			"creditAccountId": "11111111-2222-4333-8444-000000000002",
		})
	}
	list := func(f mockapi.Fault) []mockapi.Fault { f.Path = listPath; return []mockapi.Fault{f} }
	names := func(f mockapi.Fault) []mockapi.Fault { f.Path = namePath; return []mockapi.Fault{f} }
	return []tableFault{
		{name: "none"},
		{name: "response lost, stored", post: lost},
		{name: "connection closed, not stored", post: closed},
		{name: "connection closed, stored 3 s later", post: queued},
		{name: "connection reset, stored", post: mockapi.Fault{Cut: mockapi.CutReset, Commit: true}},
		{name: "cut in the headers, stored", post: mockapi.Fault{Cut: mockapi.CutHeaders, Commit: true}},
		{name: "cut in the body, stored", post: mockapi.Fault{Cut: mockapi.CutBody, Commit: true}},
		{name: "later than request_timeout, stored", post: mockapi.Fault{DelayAnswer: 2 * time.Minute}},
		{name: "no connection", config: Config{DialContext: unreachable}},
		{name: "200 without an id, stored", post: withoutID},
		{name: "200 with HTML, stored", post: mockapi.Fault{Commit: true, Body: html}},
		{name: "200 with an endless body, stored", post: mockapi.Fault{Status: 200, Commit: true, Rewrite: mockapi.TooLong}},
		{name: "200 with errors, stored", post: mockapi.Fault{Commit: true, Status: 200, Rewrite: mockapi.OnlyErrors(failed)}},
		{name: "200 with errors, not stored", post: mockapi.Fault{Status: 200, Rewrite: mockapi.OnlyErrors(failed)}},
		{name: "200 with errors beside data", post: mockapi.Fault{Rewrite: mockapi.AddErrors(failed)}},
		{name: "200 with an id that is no UUID, stored", post: mockapi.Fault{Rewrite: mockapi.Set("id", "req-8f3")}},
		{name: "200 with numbers as text", post: mockapi.Fault{Rewrite: mockapi.Set("currentBalance", "5")}},
		{name: "204, stored", post: mockapi.Fault{Status: 204, Commit: true, Body: pointerTo("")}},
		{name: "302, stored", post: mockapi.Fault{Status: 302, Commit: true}},
		{name: "307", post: mockapi.Fault{Status: 307, Header: elsewhere}},
		{name: "401", post: mockapi.Fault{Status: 401}},
		{name: "408, not stored", post: mockapi.Fault{Status: 408}},
		{name: "409", post: mockapi.Fault{Status: 409}},
		{name: "422", post: mockapi.Fault{Status: 422}},
		{name: "429 three times", post: mockapi.Fault{Status: 429, Times: 3}},
		{name: "500, stored", post: mockapi.Fault{Status: 500, Commit: true}},
		{name: "502 with HTML, stored", post: mockapi.Fault{Status: 502, Commit: true, Body: html}},
		{name: "503 with Retry-After, stored", post: mockapi.Fault{Status: 503, Commit: true, Header: after("9")}},
		{name: "503 with Retry-After, not stored", post: mockapi.Fault{Status: 503, Header: after("9")}},
		{name: "listing 401", reads: list(mockapi.Fault{Status: 401, Body: pointerTo("")})},
		{name: "listing 403", reads: list(mockapi.Fault{Status: 403})},
		{name: "listing 403 with HTML", reads: list(mockapi.Fault{Status: 403, Body: html})},
		{name: "listing 403, response lost, stored", post: lost, reads: list(mockapi.Fault{Status: 403})},
		{name: "listing 500", reads: list(mockapi.Fault{Status: 500})},
		{name: "listing 500 from the second page", reads: list(mockapi.Fault{Skip: 1, Status: 500})},
		{name: "listing with HTML", reads: list(mockapi.Fault{Body: html})},
		{name: "listing from a cache", reads: list(mockapi.Fault{Header: http.Header{"Age": {"60"}}})},
		{name: "listing with an empty page", emptyPage: true},
		{name: "listing with another client's batch", reads: list(mockapi.Fault{Rewrite: mockapi.EachPage(foreign)})},
		{name: "names 500", reads: names(mockapi.Fault{Status: 500})},
		{name: "no name is returned", reads: names(mockapi.Fault{Rewrite: mockapi.EachPage(emptyList)})},
		{name: "an account of the name exists", there: twin("5")},
		{name: "an account of the name exists, response lost, stored", there: twin("5"), post: lost},
		{name: "an account of the name and another balance exists", there: twin("7")},
		{name: "an account of the name and an archived batch exists", there: archived},
		{name: "an account of the name comes up, not stored", there: hidden("5"), post: closed},
		{name: "an account of the name and another balance comes up, not stored", there: hidden("7"), post: closed},
		{name: "an account of the name exists, named from the POST on, not stored", there: nameless, post: closed},
		{
			name:  "the id of an account that this run created, stored",
			there: func(w *fixture) { earlier = w.create("Z", "9").Object.ID },
			post:  mockapi.Fault{Rewrite: mockapi.EachObject(func(account map[string]any) { account["id"] = earlier })},
		},
		{name: "two accounts of the name exist", there: func(w *fixture) { w.account("A", "5"); w.account("A", "5") }},
	}
}

// outcomeOf makes a creation under a fault: its outcome, the POSTs, and the accounts that it added.
func (f tableFault) outcomeOf(t *testing.T, options mockapi.Options, mode OnExisting) (outcome string) {
	config := f.config
	config.OnExisting = mode
	options.EmptyPage = f.emptyPage
	inBubble(t, options, config, func(w *fixture) {
		for i := range 3 {
			w.account(fmt.Sprint("B", i), "5")
		}
		if f.there != nil {
			f.there(w)
		}
		before := len(w.server.Accounts())
		if !emptyFault(f.post) {
			f.post.Times = max(f.post.Times, 1)
			w.onPosts(f.post)
		}
		for _, fault := range f.reads {
			fault.Method = http.MethodGet
			w.server.Inject(fault)
		}
		kind := outcomeWord(w.create("A", "5"))
		if kind == "refused" && w.server.Count(http.MethodPost, postPath) == 0 {
			kind = "not created: refused"
		}
		time.Sleep(10 * time.Second) // until what is stored late is stored
		outcome = fmt.Sprintf("%s\t%d\t%d", kind, w.server.Count(http.MethodPost, postPath), len(w.server.Accounts())-before)
	})
	return outcome
}

func emptyFault(f mockapi.Fault) bool {
	return f.Cut == mockapi.CutNone && f.Status == 0 && f.Body == nil && f.Rewrite == nil && f.DelayAnswer == 0
}

// outcomeWord is the word of the table for what came of a creation.
func outcomeWord(result created) string {
	kind := result.kind()
	switch {
	case kind == "found":
		return "adopted"
	case kind == "exists" || kind == "lookup failed":
		return "not created: " + kind
	case strings.HasPrefix(kind, "refused"):
		return "refused"
	}
	return kind
}

// agrees reports whether an outcome is the one of the contract, which may leave open why nothing was created.
func agrees(got, contract string) bool {
	kind, _, _ := strings.Cut(got, ":")
	return got == contract || contract == "not created\t0\t0" && kind == "not created" && strings.HasSuffix(got, "\t0\t0")
}

// tableRow is a row of testdata/faults.tsv. A form of "every" is all that have no row of their own; contract and line
// are empty unless the contract changes the outcome.
type tableRow struct{ outcome, contract, line string }

func readFaultTable(t *testing.T) map[string]tableRow {
	t.Helper()
	raw, err := os.ReadFile("testdata/faults.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]tableRow{}
	for line := range strings.Lines(string(raw)) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) != 10 {
			t.Fatalf("a row has %d cells, not 10: %q", len(cells), cells)
		}
		key := strings.Join(cells[:3], "\t")
		if _, twice := rows[key]; twice {
			t.Fatalf("two rows of %q", key)
		}
		contract := strings.TrimRight(strings.Join(cells[6:9], "\t"), "\t")
		rows[key] = tableRow{strings.Join(cells[3:6], "\t"), contract, cells[9]}
	}
	return rows
}

// TestFaultTable_EveryFaultInEveryFormAndMode compares what comes of each fault with the table.
func TestFaultTable_EveryFaultInEveryFormAndMode(t *testing.T) {
	rows, used := readFaultTable(t), map[string]bool{"fault\tform\tmode": true}
	for _, fault := range tableFaults() {
		for _, mode := range []OnExisting{FailOnExisting, AdoptExisting, IgnoreOnExisting} {
			for _, wire := range []mockapi.Wire{mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta} {
				for _, paging := range []mockapi.Paging{mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth} {
					form := fmt.Sprintf("%v, %v", wire, paging)
					t.Run(fmt.Sprintf("%s/%s/%s", fault.name, mode, form), func(t *testing.T) {
						got := fault.outcomeOf(t, mockapi.Options{Wire: wire, Paging: paging, PerPage: 2}, mode)
						key := fmt.Sprintf("%s\t%s\t%s", fault.name, form, mode)
						row, own := rows[key]
						if !own {
							key = fmt.Sprintf("%s\tevery\t%s", fault.name, mode)
							row = rows[key]
						}
						used[key] = true
						mayStay := row.contract == "" || !contractOnly
						if mayStay && got == row.outcome || row.contract != "" && agrees(got, row.contract) {
							return
						}
						t.Errorf("%q; the table has %q, and by the contract %q (%s)", got, row.outcome, row.contract, row.line)
					})
				}
			}
		}
	}
	for key := range rows {
		if !used[key] && !t.Failed() {
			t.Errorf("no fault of the row %q", key)
		}
	}
}
