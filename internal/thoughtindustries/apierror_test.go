package thoughtindustries

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func plain(text string) string { return text }

func TestAPIError_ReadsWhatServersWrite(t *testing.T) {
	const long = "x"
	for _, test := range []struct {
		name, contentType, body string
		code, message, field    string
	}{
		{"documented", "", `{"error":"unprocessable_entity","message":"startingBalance must be positive"}`, "unprocessable_entity", "startingBalance must be positive", "startingBalance"},
		{"the code alone", "", `{"error":"forbidden"}`, "", "forbidden", ""},
		{"the message alone", "", `{"message":"no such client"}`, "", "no such client", ""},
		{"message and code the same", "", `{"error":"conflict","message":"conflict"}`, "", "conflict", ""},
		{"detail", "", `{"error":"bad","detail":"clientId is no UUID"}`, "bad", "clientId is no UUID", "clientId"},
		{"a list of texts", "", `{"errors":["name is taken","type is unknown"]}`, "", "name is taken; type is unknown", "name"},
		{"a list of objects", "", `{"errors":[{"field":"notifyEmails","message":"not an address"}]}`, "", "notifyEmails: not an address", "notifyEmails"},
		{"an object that names its field in the message", "", `{"errors":[{"field":"type","message":"type is unknown"}]}`, "", "type is unknown", "type"},
		{"an object with a field alone", "", `{"errors":[{"field":"licenseIds"}]}`, "", "licenseIds", "licenseIds"},
		{"an object with a title", "", `{"errors":[{"title":"Too many"}]}`, "", "Too many", ""},
		{"more than five of a list", "", `{"errors":["1","2","3","4","5","6"]}`, "", "1; 2; 3; 4; 5", ""},
		{"nested too deeply", "", `{"errors":[[[[["deep"]]]]]}`, "", "", ""},
		{"an object for the error", "", `{"error":{"message":"nested"}}`, "", "nested", ""},
		{"numbers", "", `{"error":5,"message":7}`, "", "", ""},
		{"nulls", "", `{"error":null,"message":null}`, "", "", ""},
		{"no object", "", `[1,{"message":"sorry"}]`, "", "sorry", ""},
		{"with something behind it", "", `{"message":"sorry"}<!-- gw1 -->`, "", "sorry", ""},
		{"plain text that quotes JSON", "", `cannot handle {"secretKey":"x"}`, "", "cannot handle", ""},
		{"a text as JSON", "", `"sorry"`, "", `"sorry"`, ""},
		{"empty", "", "", "", "", ""},
		{"spaces", "", " \n\t ", "", "", ""},
		{"plain text", "text/plain", "upstream connect error", "", "upstream connect error", ""},
		{"HTML with a title", "text/html", "<html><head><title> 403\n Forbidden </title></head><body><h1>nginx</h1></body></html>", "", "403 Forbidden", ""},
		{"HTML without a title", "text/html", "<h1>Not&nbsp;allowed</h1><script>steal()</script><style>p{}</style><p>Sorry &amp; bye</p>", "", "Not allowed Sorry & bye", ""},
		{"HTML with an empty title", "text/html", "<title> </title><p>Down</p>", "", "Down", ""},
		{"HTML that is not called so", "", "<p>Down</p>", "", "Down", ""},
		{"JSON that is cut", "", `{"message":"name is taken","trace":"x`, "", "name is taken", "name"},
		{"JSON that is cut in the message", "", `{"message":"name is`, "", "", ""},
		{"escape sequences", "", "{\"message\":\"\\u001b[31mred\\u001b[0m\\r\\n\\u0000line\\u202e two\"}", "", "[31mred [0m line two", ""},
		{"not UTF-8", "", "bad \xff\xfe bytes", "", "bad bytes", ""},
		{"huge", "", `{"message":"` + strings.Repeat(long, 1<<20) + `"}`, "", strings.Repeat(long, messageLimit) + " […]", ""},
		{"a huge code", "", `{"error":"` + strings.Repeat(long, 1000) + `","message":"m"}`, strings.Repeat(long, 100) + " […]", "m", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := decodeAPIError(422, test.contentType, []byte(test.body), plain)
			want := APIError{Status: 422, Code: test.code, Message: test.message, Field: test.field}
			if *got != want {
				t.Errorf("got %+v\nwant %+v", *got, want)
			}
		})
	}
}

func TestAPIError_TheFieldIsTheOneThatTheMessageConcerns(t *testing.T) {
	for message, want := range map[string]string{
		"startingBalance is negative":                        "startingBalance",
		"Invalid value for minimumBatchAmount":               "minimumBatchAmount",
		"`batchDaysUntilExpire` is no integer":               "batchDaysUntilExpire",
		"creditBatchName and name are both wrong":            "creditBatchName",
		"name must not be empty":                             "name",
		"Name already taken":                                 "name",
		"name: required":                                     "name",
		`field "type" is unknown`:                            "type",
		"'type' is unknown":                                  "type",
		"an account of this name exists":                     "",
		"type":                                               "",
		"this type of client may not have a name like this":  "",
		"startingBalances are wrong":                         "",
		"the filename is wrong, and so is the prototype":     "",
		"expiresOn lies in the past, notifyEmails are wrong": "expiresOn",
		"": "",
	} {
		if got := fieldNamed(message); got != want {
			t.Errorf("%q concerns %q, want %q", message, got, want)
		}
	}
}

func TestAPIError_SaysStatusAndMessage(t *testing.T) {
	for want, err := range map[string]error{
		"the API responded with 404 Not Found":               &APIError{Status: 404},
		"the API responded with 409 Conflict: name is taken": &APIError{Status: 409, Message: "name is taken"},
		"it exists already":                                  &ExistsError{},
		"because":                                            &NotCreatedError{Reason: "because"},
		"the outcome is unknown: because":                    &UnknownOutcomeError{Reason: "because"},
		"no response":                                        &ResponseError{Reason: "no response"},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func testClient(t *testing.T, key string) *Client {
	t.Helper()
	client, err := New(Config{BaseURL: &url.URL{Scheme: "https", Host: "api.test"}, APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// A server may send the key back, in any place and in any spelling.
func TestAPIError_NeverHoldsTheKey(t *testing.T) {
	const key = `ti_live_a/b<c>&"d`
	client := testClient(t, key)
	escaped := `ti_live_a\/b\u003cc\u003e\u0026\"d`
	html := "ti_live_a/b&lt;c&gt;&amp;&quot;d"
	for name, body := range map[string]string{
		"message":             `{"message":"` + escaped + ` is unknown"}`,
		"code":                `{"error":"` + escaped + `","message":"no"}`,
		"field":               `{"errors":[{"field":"` + escaped + `","message":"no"}]}`,
		"at the limit":        `{"message":"` + strings.Repeat("x", messageLimit-5) + escaped + `"}`,
		"at the code's limit": `{"error":"` + strings.Repeat("x", 95) + escaped + `","message":"no"}`,
		"plain text":          "key " + key + " is unknown",
		"plain at 16 KB":      strings.Repeat(" ", 16<<10-5) + key,
		"HTML":                "<p>" + html + "</p>",
		"HTML at the limit":   "<p>" + strings.Repeat("x", messageLimit-5) + html + "</p>",
		"twice":               `{"message":"` + escaped + escaped + `"}`,
	} {
		got := client.apiError(Attempt{Status: 401, Body: []byte(body), Header: http.Header{}})
		for _, text := range []string{got.Message, got.Code, got.Field, got.Error()} {
			if strings.Contains(text, "ti_live") || strings.Contains(text, "ti_li") {
				t.Errorf("%s: the key, or a part of it, is in %q", name, text)
			}
		}
	}
}

func TestAPIError_ARedirectNamesItsAddressWithoutTheQuery(t *testing.T) {
	client := testClient(t, testKey)
	for _, test := range []struct {
		name     string
		status   int
		location string
		want     string
	}{
		{"address", 301, "https://learn.acme.test/incoming/v2", "https://learn.acme.test/incoming/v2"},
		{"query", 307, "https://sso.test/login?token=secret", "https://sso.test/login"},
		{"key", 308, "https://x.test/" + testKey, "https://x.test/(the API key)"},
		{"the key at the limit", 308, strings.Repeat("x", 195) + testKey, strings.Repeat("x", 195) + "(the  […]"},
		{"none", 301, "", ""},
		{"of another status", 404, "https://x.test/", ""},
	} {
		header := http.Header{}
		if test.location != "" {
			header.Set("Location", test.location)
		}
		got := client.apiError(Attempt{Status: test.status, Header: header}).Location
		if got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
		if strings.Contains(got, testKey[:4]) {
			t.Errorf("%s: a part of the key is in %q", test.name, got)
		}
	}
}

func TestRetryAfterInBody(t *testing.T) {
	for body, want := range map[string]time.Duration{
		`{"error":"rate_limited","retryAfter":7}`: 7 * time.Second,
		`{"retryAfter":0.25}`:                     250 * time.Millisecond,
		`{"retryAfter":0}`:                        0,
		`{"retryAfter":-5}`:                       0,
		`{"retryAfter":"7"}`:                      0,
		`{"retryAfter":null}`:                     0,
		`{"retryAfter":1e300}`:                    24 * time.Hour,
		`{}`:                                      0,
		`{"retryAfter":`:                          0,
		``:                                        0,
		`[7]`:                                     0,
	} {
		if got := retryAfterInBody([]byte(body)); got != want {
			t.Errorf("%s: got %v, want %v", body, got, want)
		}
	}
}

func TestCleanText_IsFitForATerminal(t *testing.T) {
	for _, test := range []struct {
		name, text string
		limit      int
		want       string
	}{
		{"plain", "plain text", 100, "plain text"},
		{"line breaks", "one\r\n\ttwo\n", 100, "one two"},
		{"leading space", "  \n x", 100, "x"},
		{"escapes", "a\x1b[2Jb\x07\x00c", 100, "a [2Jb c"},
		{"bidi and zero width", "a\u202eb\u200bc\ufeffd", 100, "a b c d"},
		{"line separator", "a\u2028b", 100, "a b"},
		{"not UTF-8", "a\xffb", 100, "a b"},
		{"other scripts", "Größe 数 😀", 100, "Größe 数 😀"},
		{"at the limit", "12345", 5, "12345"},
		{"over the limit", "123456", 5, "12345 […]"},
		{"the limit counts characters", "äöüäöü", 5, "äöüäö […]"},
		{"a space at the limit", "12345 6", 5, "12345  […]"},
		{"empty", "", 5, ""},
	} {
		if got := cleanText(test.text, test.limit); got != test.want || !utf8.ValidString(got) {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}
