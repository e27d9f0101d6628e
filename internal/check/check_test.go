package check

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const key = "ti_test_secret"

// instance is a fake API with enough of everything for two pages.
func instance(options mockapi.Options) *mockapi.Server {
	options.APIKey = key
	api := mockapi.New(options)
	var clientID string
	for i := range 7 {
		client := api.AddClient(mockapi.Client{Name: fmt.Sprintf("Acme %d", i), Slug: fmt.Sprintf("acme-%d", i)})
		if i == 0 {
			clientID = client.ID
		}
	}
	for i := range 3 {
		api.AddLicense(clientID, mockapi.License{Name: fmt.Sprintf("Safety %d", i)})
		api.AddAccount(mockapi.CreditAccount{ClientID: clientID, Name: fmt.Sprintf("Training %d", i), StartingBalance: "5"})
	}
	return api
}

// screen is what one run of the check showed.
type screen struct {
	code          int
	table, asJSON string
	report        Report
}

// run checks whatever is served, once as a table and once as JSON, and wants
// neither to give anything away.
func run(t *testing.T, handler http.Handler, apiKey string) screen {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return runAt(t, server.URL, apiKey)
}

func runAt(t *testing.T, address, apiKey string) screen {
	t.Helper()
	t.Setenv("THOUGHTINDUSTRIES_INSTANCE", "")
	t.Setenv("THOUGHTINDUSTRIES_BASE_URL", address)
	t.Setenv("THOUGHTINDUSTRIES_API_KEY", apiKey)
	var table, asJSON bytes.Buffer
	s := screen{code: Run(t.Context(), "1.2.3", false, &table)}
	if code := Run(t.Context(), "1.2.3", true, &asJSON); code != s.code {
		t.Errorf("it ends with %d as a table and with %d as JSON", s.code, code)
	}
	s.table, s.asJSON = table.String(), asJSON.String()
	if err := json.Unmarshal(asJSON.Bytes(), &s.report); err != nil {
		t.Fatalf("%v in %s", err, asJSON.String())
	}
	if s.report.Holds != (s.code == 0) || s.report.Version != "1.2.3" {
		t.Errorf("it ends with %d and says %+v", s.code, s.report)
	}
	for _, hidden := range []string{"Acme", "acme", "Training", "Safety", "127.0.0.1:", apiKey, "http://"} {
		if hidden != "" && strings.Contains(s.table+s.asJSON, hidden) {
			t.Errorf("it shows %q:\n%s%s", hidden, s.table, s.asJSON)
		}
	}
	for line := range strings.SplitSeq(s.table, "\n") {
		if len(line) > 110 || line != strings.TrimRight(line, " ") {
			t.Errorf("a line of %d characters: %q", len(line), line)
		}
	}
	return s
}

// want wants a result of one check, and words in what was seen.
func (s screen) want(t *testing.T, check string, result thoughtindustries.Result, seen string) {
	t.Helper()
	for _, finding := range s.report.Checks {
		if finding.Check == check {
			if finding.Result != result || !strings.Contains(finding.Seen, seen) || finding.Reliance == "" || finding.Follows == "" {
				t.Errorf("%s is %+v, want %q with %q", check, finding, result, seen)
			}
			return
		}
	}
	t.Errorf("there is no check %s in %s", check, s.asJSON)
}

func (s screen) wantCode(t *testing.T, code int) {
	t.Helper()
	if s.code != code {
		t.Errorf("it ends with %d, want %d:\n%s", s.code, code, s.table)
	}
}

func TestCheck_HoldsOnEveryForm(t *testing.T) {
	forms := map[mockapi.Wire]struct{ list, object string }{
		mockapi.WireDocumented: {"as documented", "as documented"},
		mockapi.WireBare:       {"without an envelope", "without an envelope"},
		mockapi.WireList:       {"data is the list", "data is the object"},
		mockapi.WireMeta:       {"data is the list", "data is the object"},
	}
	for wire, form := range forms {
		for paging, way := range map[mockapi.Paging]string{
			mockapi.PagingPage: "the number leads on", mockapi.PagingCursor: "its cursor leads on", mockapi.PagingBoth: "leads on",
		} {
			t.Run(fmt.Sprintf("%v, %v", wire, paging), func(t *testing.T) {
				api := instance(mockapi.Options{PerPage: 2, Wire: wire, Paging: paging, RateLimit: mockapi.RateLimit{PerMinute: 1000}})
				s := run(t, api, key)
				s.wantCode(t, 0)
				s.want(t, "key", thoughtindustries.Holds, "GET /ping says so")
				for _, list := range []string{"clients", "licenses", "batches", "actions"} {
					s.want(t, list, thoughtindustries.Holds, form.list)
				}
				s.want(t, "client", thoughtindustries.Holds, form.object)
				for _, list := range []string{"clients", "licenses", "batches"} {
					s.want(t, list+" pages", thoughtindustries.Holds, way)
				}
				s.want(t, "recognised", thoughtindustries.Holds, "2 of 2")
				s.want(t, "names", thoughtindustries.Holds, "1 of 1")
				s.want(t, "rate", thoughtindustries.Holds, "a quota of 1000")
				s.want(t, "time", thoughtindustries.Holds, "this machine's clock")
				requests := api.Requests()
				if len(requests) > 2*18 {
					t.Errorf("it took %d requests", len(requests)/2)
				}
				for _, request := range requests {
					if request.Method != http.MethodGet {
						t.Errorf("it sent a %s", request.Method)
					}
				}
			})
		}
	}
}

func TestCheck_SaysWhatDoesNotHold(t *testing.T) {
	always := func(status int, contentType, body string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = fmt.Fprint(w, body)
		})
	}
	with := func(options mockapi.Options, faults ...mockapi.Fault) http.Handler {
		api := instance(options)
		for _, fault := range faults {
			api.Inject(fault)
		}
		return api
	}
	text := func(s string) *string { return &s }
	const (
		listPath = "/clients/{id}/creditBatches"
		namePath = "/clients/{id}/creditAccount/{account}/creditActions"
	)
	page := `<!DOCTYPE html><title>Acme: sign in</title>`
	for _, test := range []struct {
		name        string
		handler     http.Handler
		key         string
		check, seen string
		result      thoughtindustries.Result
		code        int
	}{
		{"a wrong key", with(mockapi.Options{}), "ti_test_other", "key", "401", thoughtindustries.Fails, 1},
		{"ping says no", with(mockapi.Options{}, mockapi.Fault{Path: "/ping", Body: text(`{"valid":false}`)}), key, "key", "it is not", thoughtindustries.Fails, 1},
		{"no ping", with(mockapi.Options{}, mockapi.Fault{Path: "/ping", Status: 404}), key, "key", "404", thoughtindustries.NotSeen, 0},
		{"a sign-in page", always(200, "text/html", page), key, "address", "a web page", thoughtindustries.Fails, 1},
		{"a gateway that refuses", always(403, "text/html", page), key, "address", "a web page", thoughtindustries.Fails, 1},
		{"a gateway out of order", always(502, "text/html", page), key, "address", "502 with a web page", thoughtindustries.Fails, 1},
		{"a 401 of a gateway", always(401, "text/html", page), key, "address", "a web page", thoughtindustries.Fails, 1},
		{"no JSON", always(200, "text/plain", "Acme"), key, "address", "200 without a JSON object", thoughtindustries.Fails, 1},
		{"a redirect", always(301, "text/plain", ""), key, "address", "301", thoughtindustries.Fails, 1},
		{"a role that may read nothing", with(mockapi.Options{}, mockapi.Fault{Path: "/clients", Status: 403}), key, "clients", "403 Forbidden", thoughtindustries.Fails, 1},
		{"then nothing is seen of batches", with(mockapi.Options{}, mockapi.Fault{Path: "/clients", Status: 403}), key, "batches", "no client to look up", thoughtindustries.NotSeen, 1},
		{"a role that may not read batches", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Status: 403}), key, "batches", "403 Forbidden", thoughtindustries.Fails, 1},
		{"a role that may not read actions", with(mockapi.Options{}, mockapi.Fault{Path: namePath, Status: 403}), key, "actions", "403 Forbidden", thoughtindustries.Fails, 1},
		{"errors in a 200", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"errors":[{"message":"Acme has no Training"}]}`)}), key, "batches", "200 with errors in it", thoughtindustries.Fails, 1},
		{"a form that is not known", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"Acme":[]}`)}), key, "batches", "a form that is not known", thoughtindustries.Fails, 1},
		{"pages that never end", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"creditBatches":[{"id":"Acme"}],"pageInfo":{"hasMore":true}}`)}), key, "batches pages", "neither a number nor a cursor", thoughtindustries.Fails, 1},
		{"hasMore that is none", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"creditBatches":[],"pageInfo":{"hasMore":"Acme"}}`)}), key, "batches", "a form that is not known", thoughtindustries.Fails, 1},
		{"a batch without its account", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"creditBatches":[{"id":"Acme"}]}`)}), key, "recognised", "0 of 1", thoughtindustries.Fails, 1},
		{"no batches", with(mockapi.Options{}, mockapi.Fault{Path: listPath, Body: text(`{"creditBatches":[]}`)}), key, "recognised", "no batch was seen", thoughtindustries.NotSeen, 0},
		{"actions without names", with(mockapi.Options{}, mockapi.Fault{Path: namePath, Body: text(`{"creditActions":[{"id":"Acme"}]}`)}), key, "names", "0 of 1", thoughtindustries.Fails, 1},
		{"no Date", with(mockapi.Options{}, mockapi.Fault{Header: http.Header{"Date": nil}}), key, "time", "no Date", thoughtindustries.Fails, 1},
		{"no rate headers", with(mockapi.Options{}), key, "rate", "no readable X-RateLimit", thoughtindustries.NotSeen, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := run(t, test.handler, test.key)
			s.wantCode(t, test.code)
			s.want(t, test.check, test.result, test.seen)
		})
	}
}

func TestCheck_OfAHostThatDoesNotRespond(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	s := runAt(t, server.URL, key)
	s.wantCode(t, 1)
	s.want(t, "address", thoughtindustries.Fails, "the host refuses connections")
	if len(s.report.Checks) != 1 {
		t.Errorf("it goes on: %s", s.table)
	}
}

// What is wrong with the environment is said without its values.
func TestCheck_OfAnEnvironmentThatCannotBeUsed(t *testing.T) {
	for name, test := range map[string]struct{ address, key, seen string }{
		"nothing":          {"", "", "THOUGHTINDUSTRIES_API_KEY"},
		"no key":           {"https://learn.acme.test", "", "THOUGHTINDUSTRIES_API_KEY"},
		"no address":       {"", key, "THOUGHTINDUSTRIES_INSTANCE"},
		"not encrypted":    {"http://learn.acme.test", key, "unencrypted"},
		"a password":       {"https://acme:secret@learn.acme.test", key, "not contain a user name or password"},
		"a key with space": {"https://learn.acme.test", key + "\n", "line break"},
	} {
		t.Run(name, func(t *testing.T) {
			s := runAt(t, test.address, test.key)
			s.wantCode(t, 1)
			s.want(t, "environment", thoughtindustries.Fails, test.seen)
		})
	}
}

func TestWrap_KeepsEveryWordAndTheWidth(t *testing.T) {
	for text, want := range map[string]string{
		"":                "",
		"one":             "one",
		"one two three":   "one|two|three",
		"a b c d":         "a b c|d",
		"abcdefgh ij":     "abcde|fgh|ij",
		"é è ê ë":         "é è ê|ë",
		"x abcdefghijk y": "x|abcde|fghij|k y",
	} {
		if got := strings.Join(wrap(text, 5), "|"); got != want {
			t.Errorf("%q is wrapped as %s, want %s", text, got, want)
		}
	}
}
