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
	const name = "Secret name"
	remaining := http.Header{"X-Ratelimit-Remaining": {"7"}}
	for _, test := range []struct {
		name  string
		fault mockapi.Fault // of GETs
		holds bool
		row   string
		want  string
	}{
		{"all is well", mockapi.Fault{Path: "/nowhere"}, true, "credit actions show the account's name", "ok: 1 of 1 do"},
		{"the key is not valid", statusBody(401, ""), false, "the API key is valid there", "fails: 401 Unauthorized"},
		{
			"a page for everything",
			mockapi.Fault{Body: page(name)},
			false, "the instance responds with JSON",
			"fails: 200 with an HTML page",
		},
		{
			"a redirect",
			mockapi.Fault{Status: 301, Header: http.Header{"Location": {"https://" + acme}}},
			false,
			"the instance responds with JSON", "fails: 301 Moved Permanently",
		},
		{
			"no response",
			cut(mockapi.CutConnection),
			false, "the instance responds with JSON",
			"fails: no usable HTTP response",
		},
		{
			"batches refused",
			mockapi.Fault{Path: listPath, Status: 403},
			false, "the key may list credit batches",
			"fails: 403 Forbidden",
		},
		{
			"batches without an account",
			mockapi.Fault{Path: listPath, Object: mockapi.Set("creditAccountId", nil)},
			false,
			"batches show id, account, balance and time", "fails: 0 of 1 do",
		},
		{
			"no batches",
			mockapi.Fault{Path: listPath, Entries: emptyList},
			true, "batches show id, account, balance and time",
			"not seen: no batch was seen",
		},
		{
			"actions without a name",
			mockapi.Fault{Path: namePath, Object: mockapi.Set("creditAccountName", nil)},
			false,
			"credit actions show the account's name", "fails: 0 of 1 do",
		},
		{
			"a second page",
			mockapi.Fault{Path: "/nowhere"},
			true, "its creditBatches can be read to the end",
			"ok: there is a second page",
		},
		{"a second page that repeats", mockapi.Fault{
			Path: listPath, Malformed: mockapi.CursorMissing,
			Entries: func(all []map[string]any) []map[string]any {
				return append(all[:1:1], all[0])
			},
		}, false, "its creditBatches can be read to the end", "fails: no way to the second page"},
		{
			"a copy of a cache",
			mockapi.Fault{Path: listPath, Header: http.Header{"Age": {"7"}}},
			false,
			"responses are of now, not a cache's", "fails: an Age above 0",
		},
		{
			"only what remains",
			mockapi.Fault{Header: remaining},
			true,
			"responses say how many requests are left", "ok: they do, without the size of the quota",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{PerPage: 1}, Config{}, func(w *world) {
				account := w.account(name, "5")
				w.account("another", "6")
				test.fault.Method = http.MethodGet
				w.server.Inject(test.fault)
				table := ""
				holds := w.client.Check(w.t.Context(), func(text string) { table += text })
				if got := checkRows(table)[test.row]; holds != test.holds || got != test.want {
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
	inBubble(t, mockapi.Options{Latency: time.Hour}, Config{RequestTimeout: time.Second}, func(w *world) {
		w.client.Check(w.t.Context(), func(table string) {
			if got := checkRows(table)["the instance responds with JSON"]; got != "fails: no response in time" {
				t.Errorf("an instance that is slow: %q", got)
			}
		})
	})
}
