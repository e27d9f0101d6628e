package thoughtindustries

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// checkRows gives the result and what was seen, by what is relied on.
func checkRows(table string) map[string]string {
	rows := map[string]string{}
	for line := range strings.SplitSeq(table, "\n") {
		cells := regexp.MustCompile(` {2,}`).Split(strings.TrimSpace(line), -1)
		if len(cells) >= 3 {
			rows[cells[1]] = cells[0] + ": " + cells[2]
		}
	}
	return rows
}

func TestCheck_ShowsWhatTheProviderReliesOn(t *testing.T) {
	const (
		name     = "Secret name"
		responds = "the instance responds with JSON"
		whole    = "batches show id, account, balance and time"
		named    = "credit actions show the account's name"
		toTheEnd = "its creditBatches can be read to the end"
	)
	onLists := func(f mockapi.Fault) mockapi.Fault { f.Path = listPath; return f }
	var first []map[string]any
	repeats := mockapi.EachPage(func(page []map[string]any) []map[string]any {
		if first == nil {
			first = page
		}
		return first
	})
	withoutCursor := mockapi.PageInfo(func(info map[string]any) {
		delete(info, "cursor")
		info["hasMore"] = true
	})
	twice := onLists(mockapi.Fault{Rewrite: func(body []byte) []byte { return withoutCursor(repeats(body)) }})
	empty := entries(emptyList)
	empty.Path = "/clients"
	unnamed := set("creditAccountName", nil)
	unnamed.Path = namePath
	for _, test := range []struct {
		name      string
		fault     mockapi.Fault // of GETs
		row, want string
	}{
		{"all is well", mockapi.Fault{Path: "/nowhere"}, named, "ok: 1 of 1 do"},
		{"a second page", mockapi.Fault{Path: "/nowhere"}, toTheEnd, "ok: there is a second page"},
		{"a second page that repeats", twice, toTheEnd, "fails: no way to the second page"},
		{"the key is not valid", statusBody(401, ""), "the API key is valid there", "fails: 401 Unauthorized"},
		{"a page for everything", page(0, name), responds, "fails: 200 with an HTML page"},
		{"a redirect", status(301), responds, "fails: 301 Moved Permanently"},
		{"no response", cut(mockapi.CutConnection), responds, "fails: no usable HTTP response"},
		{"batches refused", onLists(status(403)), "the key may list credit batches", "fails: 403 Forbidden"},
		{"batches without an account", onLists(set("creditAccountId", nil)), whole, "fails: 0 of 1 do"},
		{"no clients", empty, "the key may read what a client has", "not seen: no client was seen"},
		{"no batches", onLists(entries(emptyList)), whole, "not seen: no batch was seen"},
		{"actions without a name", unnamed, named, "fails: 0 of 1 do"},
		{
			"a copy of a cache", onLists(mockapi.Fault{Header: http.Header{"Age": {"7"}}}),
			"responses are of now, not a cache's", "fails: an Age above 0",
		},
		{
			"only what remains",
			mockapi.Fault{Header: http.Header{"X-Ratelimit-Remaining": {"7"}}},
			"responses say how many requests are left", "ok: they do, without the size of the quota",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{PerPage: 1}, Config{}, func(w *fixture) {
				account := w.account(name, "5")
				w.account("another", "6")
				test.fault.Method = http.MethodGet
				w.server.Inject(test.fault)
				table := ""
				holds := w.client.Check(w.t.Context(), func(text string) { table += text })
				if got := checkRows(table)[test.row]; got != test.want || holds == strings.HasPrefix(test.want, "fails") {
					t.Errorf("%s is %q, want %q; all holds: %v\n%s", test.row, got, test.want, holds, table)
				}
				for _, secret := range []string{name, account.ID, acme, globex, testKey, "api.test", "Acme"} {
					if strings.Contains(table, secret) {
						t.Errorf("%q is in the table:\n%s", secret, table)
					}
				}
				w.wantCount(http.MethodGet, "", w.server.Count("", ""))
				if count := w.server.Count("", ""); count > 20 || count == 0 {
					t.Errorf("%d requests were sent", count)
				}
			})
		})
	}
	inBubble(t, mockapi.Options{Latency: time.Hour}, Config{RequestTimeout: time.Second}, func(w *fixture) {
		w.client.Check(w.t.Context(), func(table string) {
			if got := checkRows(table)["the instance responds with JSON"]; got != "fails: no response in time" {
				t.Errorf("an instance that is slow: %q", got)
			}
		})
	})
}
