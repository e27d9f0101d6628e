package provider

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// faultCase is a fault of one POST, and what two applies in a row make of it.
type faultCase struct {
	name   string
	faults []mockapi.Fault
	// options of the fake API, such as a listing that lags.
	options mockapi.Options
	// prepare changes the fake API before the first apply; nil for nothing.
	prepare func(api *fakeAPI)
	// config goes into the provider block, balance into the account; empty is 100.
	config, balance string
	// first and second are what the applies say; an apply that fails begins with "Error: ".
	first, second string
	// accounts that exist in the end, and POSTs that were sent.
	accounts, posts int
}

func respond(status int, commit bool) mockapi.Fault {
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Status: status, Commit: commit}
}

func cut(where mockapi.Cut, commit bool) mockapi.Fault {
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Cut: where, Commit: commit}
}

func changed(change func(account map[string]any)) mockapi.Fault {
	return mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Rewrite: mockapi.WholeBody(func(response map[string]any) {
		data, _ := response["data"].(map[string]any)
		account, _ := data["APICreateCreditAccount"].(map[string]any)
		change(account)
	})}
}

func withHeader(fault mockapi.Fault, name, value string) mockapi.Fault {
	fault.Header = http.Header{name: {value}}
	return fault
}

func withBody(fault mockapi.Fault, body string) mockapi.Fault {
	fault.Body = &body
	return fault
}

func faultCases() []faultCase {
	const (
		created    = "created"
		adopted    = "Warning: " + sumAdopted
		unresolved = "Error: " + sumUnknownOutcome
		refused    = "Error: " + sumRefused
		stopped    = "Error: " + sumUnresolved
		silent     = "no changes"
		unusable   = "Warning: " + sumUnreadable
	)
	endless := mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 200, Commit: true, Rewrite: mockapi.TooLong}
	late := mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, DelayAnswer: 20 * time.Second}
	queued := mockapi.Fault{Method: http.MethodPost, Times: 1, CommitDelay: time.Second, Cut: mockapi.CutConnection}
	tooMany := mockapi.Fault{Method: http.MethodPost, Times: 3, Status: 429, Header: http.Header{"Retry-After": {"0"}}}
	cases := []faultCase{
		{name: "none", first: created, second: silent, accounts: 1, posts: 1},
		{name: "response lost after the commit", faults: []mockapi.Fault{cut(mockapi.CutConnection, true)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "connection reset after the commit", faults: []mockapi.Fault{cut(mockapi.CutReset, true)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "cut within the headers after the commit", faults: []mockapi.Fault{cut(mockapi.CutHeaders, true)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "connection lost before the commit", faults: []mockapi.Fault{cut(mockapi.CutConnection, false)}, first: unresolved, second: stopped, accounts: 0, posts: 1},
		{name: "connection lost, committed a second later", faults: []mockapi.Fault{queued}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "response later than request_timeout", faults: []mockapi.Fault{late}, config: `request_timeout = "1s"`, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200, body cut in half", faults: []mockapi.Fault{cut(mockapi.CutBody, true)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200 without an id", faults: []mockapi.Fault{changed(func(a map[string]any) { delete(a, "id") })}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200, every field of a wrong type", faults: []mockapi.Fault{changed(func(a map[string]any) {
			for name := range a {
				a[name] = []any{map[string]any{"wrong": true}}
			}
		})}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200, every field but the id of a wrong type", faults: []mockapi.Fault{changed(func(a map[string]any) {
			for name := range a {
				if name != "id" {
					a[name] = []any{map[string]any{"wrong": true}}
				}
			}
		})}, first: unusable, second: silent, accounts: 1, posts: 1},
		{name: "200 with an endless body", faults: []mockapi.Fault{endless}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200 with HTML", faults: []mockapi.Fault{withBody(respond(200, true), "<html>welcome</html>")}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "204", faults: []mockapi.Fault{withBody(respond(204, true), "")}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "429, three times", faults: []mockapi.Fault{tooMany}, first: created, second: silent, accounts: 1, posts: 4},
		{name: "503 with Retry-After, committed", faults: []mockapi.Fault{withHeader(respond(503, true), "Retry-After", "1")}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "503 with Retry-After, not committed", faults: []mockapi.Fault{withHeader(respond(503, false), "Retry-After", "1")}, first: unresolved, second: stopped, accounts: 0, posts: 1},
		{name: "502 with HTML, committed", faults: []mockapi.Fault{withBody(respond(502, true), "<html><title>Bad Gateway</title></html>")}, first: adopted, second: silent, accounts: 1, posts: 1},
	}
	for _, status := range []int{302, 303, 408, 500, 502, 503, 504} {
		cases = append(cases,
			faultCase{name: fmt.Sprintf("%d, committed", status), faults: []mockapi.Fault{respond(status, true)}, first: adopted, second: silent, accounts: 1, posts: 1},
			faultCase{name: fmt.Sprintf("%d, not committed", status), faults: []mockapi.Fault{respond(status, false)}, first: unresolved, second: stopped, accounts: 0, posts: 1})
	}
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 409, 422} {
		cases = append(cases, faultCase{name: fmt.Sprint(status), faults: []mockapi.Fault{respond(status, false)}, first: refused, second: created, accounts: 1, posts: 2})
	}
	refuse := mockapi.Fault{Method: http.MethodGet, Status: 403}
	cases = append(cases,
		faultCase{name: "response lost after the commit, lookup refused", faults: []mockapi.Fault{cut(mockapi.CutConnection, true), refuse}, first: unresolved, second: stopped, accounts: 1, posts: 1},
		faultCase{name: "500 committed, lookup refused", faults: []mockapi.Fault{respond(500, true), refuse}, first: unresolved, second: stopped, accounts: 1, posts: 1},
		faultCase{name: "response lost, the lookup fails four times", faults: []mockapi.Fault{
			cut(mockapi.CutConnection, true), {Method: http.MethodGet, Skip: 2, Times: 4, Status: 500}, // after the listings of plan and apply
		}, first: adopted, second: silent, accounts: 1, posts: 1})
	return append(cases, silentCases()...)
}

// silentCases are those in which the server stored the account, or may have, and
// keeps silent about it in another way.
func silentCases() []faultCase {
	const (
		adopted    = "Warning: " + sumAdopted
		unresolved = "Error: " + sumUnknownOutcome
		stopped    = "Error: " + sumUnresolved
		silent     = "no changes"
	)
	stored := withHeader(respond(503, true), "Retry-After", "0")
	every := stored
	every.Times = 0
	names := mockapi.Fault{Method: http.MethodGet, Path: "/clients/{id}/creditAccount/{account}/creditActions", Status: 500}
	late := withHeader(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 503, CommitDelay: time.Second}, "Retry-After", "0")
	graphQL := func(commit bool) mockapi.Fault {
		return mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: commit, Status: 200, Rewrite: mockapi.OnlyErrors("pool drained")}
	}
	undated := http.Header{"Date": nil}
	lost := cut(mockapi.CutConnection, true)
	return []faultCase{
		{name: "every POST 503 with Retry-After 0, committed, lookup refused", faults: []mockapi.Fault{every, {Method: http.MethodGet, Status: 403}}, first: unresolved, second: stopped, accounts: 1, posts: 1},
		{name: "503 with Retry-After, committed, no name can be read", faults: []mockapi.Fault{stored, names}, first: unresolved, second: stopped, accounts: 1, posts: 1},
		{name: "503 with Retry-After, committed, a balance of 0", faults: []mockapi.Fault{stored}, balance: "0", first: unresolved, second: stopped, accounts: 1, posts: 1},
		{name: "503 with Retry-After, committed, the listing lags", faults: []mockapi.Fault{stored}, options: mockapi.Options{ListingLag: 1500 * time.Millisecond}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "503 with Retry-After, committed a second later", faults: []mockapi.Fault{late}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200 with errors, committed", faults: []mockapi.Fault{graphQL(true)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200 with errors, not committed", faults: []mockapi.Fault{graphQL(false)}, first: unresolved, second: stopped, accounts: 0, posts: 1},
		{name: "200 with the id of a request, committed", faults: []mockapi.Fault{withBody(respond(200, true), `{"id": "req-8f3", "status": "accepted"}`)}, first: adopted, second: silent, accounts: 1, posts: 1},
		{name: "200 with the id of an error, not committed", faults: []mockapi.Fault{withBody(respond(200, false), `{"data": {"error": {"id": "E42"}}}`)}, first: unresolved, second: stopped, accounts: 0, posts: 1},
		{name: "200 with the id of an account that existed before, not committed", prepare: func(api *fakeAPI) {
			old := api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Old", StartingBalance: "7"})
			api.Inject(withBody(respond(200, false), `{"data": {"APICreateCreditAccount": {"id": "`+old.ID+`"}}}`))
		}, first: unresolved, second: stopped, accounts: 1, posts: 1},
		{name: "no Date, and no lookup before, committed", faults: []mockapi.Fault{
			{Method: http.MethodPost, Times: 1, Cut: mockapi.CutConnection, Commit: true}, {Method: http.MethodGet, Header: undated},
		}, config: `on_existing_account = "ignore"`, first: unresolved, second: stopped, accounts: 1, posts: 1},
		{name: "none, and the lookup before fails", faults: []mockapi.Fault{{Method: http.MethodGet, Times: 8, Status: 500}}, first: "Error: " + sumLookupBeforeFailed, second: "created", accounts: 1, posts: 1},
		{name: "response lost, and the page that shows it is behind an empty one", faults: []mockapi.Fault{lost}, options: mockapi.Options{EmptyPage: true}, first: adopted, second: silent, accounts: 1, posts: 1},
	}
}

// TestFaults_OneAccountWhateverHappens is the promise, on a real engine: each
// fault, then two applies in a row.
func TestFaults_OneAccountWhateverHappens(t *testing.T) {
	t.Run("each", func(t *testing.T) {
		for _, test := range faultCases() {
			t.Run(test.name, func(t *testing.T) {
				t.Parallel()
				w := newWorkspace(t, test.options)
				if test.prepare != nil {
					test.prepare(w.api)
				}
				for _, fault := range test.faults {
					w.api.Inject(fault)
				}
				w.write(w.api.providerBlock(test.config) + strings.Replace(account("a", "Training", ""), "= 100", "= "+cmp.Or(test.balance, "100"), 1))
				first := w.apply()
				second := w.apply()
				expectApply(t, first, test.first)
				expectApply(t, second, test.second)
				w.api.expectAccounts(test.accounts)
				w.api.expectPosts(test.posts)
				state := w.has(theAccount)
				wantID := any(nil)
				if test.accounts == 1 && !strings.Contains(test.second, sumUnresolved) {
					wantID = w.api.Accounts()[0].ID
				}
				if state.Attributes["id"] != wantID {
					t.Errorf("the state has the id %v, want %v", state.Attributes["id"], wantID)
				}
			})
		}
	})
}

// expectApply checks an apply against the summary it should show.
func expectApply(t *testing.T, got result, want string) {
	t.Helper()
	switch {
	case strings.HasPrefix(want, "Error: "):
		got.expectError(want)
	case strings.HasPrefix(want, "Warning: "):
		got.expectSuccess().expectOutput(want)
	case want == "no changes":
		got.expectSuccess().expectOutput("0 added, 0 changed, 0 destroyed").expectNoOutput("Warning")
	default:
		got.expectSuccess().expectOutput("1 added").expectNoOutput("Warning", "Error")
	}
}
