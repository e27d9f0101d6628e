package thoughtindustries

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func mustURL(raw string) *url.URL {
	parsed, err := url.Parse(raw)
	if err != nil {
		panic(err)
	}
	return parsed
}

// checkText wants what is fit for a terminal: short, printable and without the key.
func checkText(t *testing.T, text string) {
	t.Helper()
	unprintable := func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, unprintable) || strings.Contains(text, testKey) {
		t.Errorf("%q is shown to people", text)
	}
	if count := utf8.RuneCountInString(text); count > messageLimit+len(" […]") {
		t.Errorf("%d characters are shown to people", count)
	}
}

func TestMessage_IsFitForATerminalAndOnlyOfKnownForms(t *testing.T) {
	client := testClient(t, testKey)
	long := strings.Repeat("ä", 499)
	for _, test := range []struct{ name, body, want string }{
		{"documented", `{"error":"conflict","message":"name is taken"}`, "name is taken"},
		{"a code alone", `{"error":"conflict"}`, "conflict"},
		{"an object as the error", `{"error":{"message":"name is taken"}}`, "name is taken"},
		{"with a field", `{"errors":[{"field":"type","message":"unknown"}]}`, "type: unknown"},
		{"at most five", `{"errors":["1","2","3","4","5","6"]}`, "1; 2; 3; 4; 5"},
		{"JSON of another form", `{"client":{"secretKey":"x"}}`, ""},
		{"a list", `[{"secretKey":"x"}]`, ""},
		{"JSON that is cut", `{"client":{"secretKey":"x"`, ""},
		{"a list that is cut", `[{"secretKey":"x"`, ""},
		{"plain text", "no such host\n", "no such host"},
		{"what plain text quotes", `cannot show {"secretKey":"x"}`, "cannot show"},
		{"a page", "<html><head><title>\n 403 &amp; out </title></head><p>secret</p>", "403 & out"},
		{"a page without a title", "<p>secret</p>", "(an HTML page without a title)"},
		{"escapes", `{"message":"a\u001b[2Jb\u0007\u0000c"}`, "a [2Jb c"},
		{"what hides or turns text", `{"message":"a\u202eb\u200bc\u2028d"}`, "a b c d"},
		{"other scripts", `{"message":"Größe 数 😀"}`, "Größe 数 😀"},
		{"bytes", "\x1f\x8b\x08\x00\xff", "(a body that is not readable as text; it may be compressed)"},
		{"bytes in a text", "{\"message\":\"a\xffb\"}", "a b"},
		{"at the limit", `{"message":"` + long + `x"}`, long + "x"},
		{"over the limit", `{"message":"` + long + `xy"}`, long + "x […]"},
		{"the key", `{"message":"Bearer ` + testKey + ` is unknown"}`, "Bearer (the API key) is unknown"},
		{"the key at the limit", `{"message":"` + long[:990] + ` ` + testKey + `"}`, long[:990] + " (the […]"},
		{"the key in entities", "<title>ti&#95;test&#x5f;secret</title>", "(the API key)"},
		{"the key in escapes", `{"message":"\u0074i_test_secret"}`, "(the API key)"},
		{"nothing", " \n", ""},
	} {
		r := result{status: 500, header: http.Header{}, body: []byte(test.body)}
		got := client.message(r)
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
		checkText(t, got)
		refusal := client.apiError(r)
		if !strings.Contains(refusal.Error(), got) || strings.Contains(refusal.Error(), testKey) {
			t.Errorf("%s: %q", test.name, refusal.Error())
		}
	}
}

func TestAPIError_NeverHasTheKeyInWhateverSpelling(t *testing.T) {
	const key = `ti_live_a/b<c>&"d`
	client := testClient(t, key)
	escaped := `ti_live_a\/b\u003cc\u003e\u0026\"d`
	for name, body := range map[string]string{
		"message":    `{"message":"` + escaped + ` is unknown"}`,
		"code":       `{"error":"` + escaped + `","message":"no"}`,
		"at a limit": `{"message":"` + strings.Repeat("x", messageLimit-5) + escaped + `"}`,
		"code's end": `{"error":"` + strings.Repeat("x", messageLimit-5) + escaped + `","message":"no"}`,
		"plain text": "key " + key + " is unknown",
		"HTML":       "<title>ti_live_a/b&lt;c&gt;&amp;&quot;d</title>",
		"twice":      `{"message":"` + escaped + escaped + `"}`,
	} {
		header := http.Header{"Location": {"https://x.test/" + key + "?token=" + key}}
		for _, status := range []int{307, 401} {
			got := client.apiError(result{status: status, header: header, body: []byte(body)})
			if shown := fmt.Sprintf("%+v %v", got, got); strings.Contains(shown, "ti_li") {
				t.Errorf("%s: the key, or a part of it, is in %s", name, shown)
			}
		}
	}
}

// A client has a secret key, and its sign-on settings have a client secret.
func TestSecrets_OfAClientAreShownToNobody(t *testing.T) {
	const secret = "s3cr3t-of-acme"
	client := `{"id":"` + acme + `","name":"Acme","secretKey":"` + secret + `","sso":{"clientSecret":"` + secret + `"}}`
	respond := func(status, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s", status, len(body), body)
	}
	lists := `{"data":{"Clients":{"clients":[` + client + `],"pageInfo":{"hasMore":false}},"ClientById":` + client + `}}`
	var standard bytes.Buffer
	before := log.Writer()
	log.SetOutput(&standard)
	t.Cleanup(func() { log.SetOutput(before) })
	for name, response := range map[string]string{
		"as documented":     respond("200 OK", lists),
		"the client itself": respond("200 OK", client),
		"a bad page":        respond("200 OK", `{"clients":[`+client+`],"pageInfo":{"hasMore":"yes"}}`),
		"cut":               respond("200 OK", lists[:len(lists)-20]),
		"a list":            respond("200 OK", `[`+client+`]`),
		"with errors": respond("200 OK",
			`{"errors":[{"message":"late","client":`+client+`}],"data":`+client+`}`),
		"refused":                    respond("400 Bad Request", client),
		"refused, cut":               respond("422 Unprocessable Entity", lists[:len(lists)-20]),
		"refused, with a text first": respond("400 Bad Request", `cannot show `+client),
		"refused, as HTML":           respond("400 Bad Request", `<p>cannot show `+client+`</p>`),
		"no HTTP":                    client + "\r\n\r\n",
		"no header":                  "HTTP/1.1 200 OK\r\n" + client + "\r\n\r\n",
		"no status":                  "HTTP/1.1 " + secret + " OK\r\n\r\n",
		"no length":                  "HTTP/1.1 200 OK\r\nContent-Length: " + secret + "\r\n\r\n",
		"no encoding":                "HTTP/1.1 200 OK\r\nTransfer-Encoding: " + secret + "\r\n\r\n",
		"no chunk":                   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + secret + "\r\n",
		"a redirect": "HTTP/1.1 301 Moved\r\nLocation: https://x.test/?" + secret +
			"\r\nContent-Length: 0\r\n\r\n",
		"the key instead of HTTP": "Bearer " + testKey + "\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var logged strings.Builder
			config := Config{BaseURL: mustURL("http://api.test"), APIKey: testKey, OnExisting: IgnoreOnExisting}
			config.Log = func(_ context.Context, level slog.Level, msg string, args ...any) {
				fmt.Fprintln(&logged, level, msg, args)
			}
			config.DialContext = func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() {
					defer func() { _ = far.Close() }()
					if r, err := http.ReadRequest(bufio.NewReader(far)); err == nil {
						_, _ = io.Copy(io.Discard, r.Body)
						_, _ = io.WriteString(far, response)
					}
				}()
				return near, nil
			}
			c, err := New(config)
			if err != nil {
				t.Fatal(err)
			}
			var found []CustomerClient
			once := reading{tries: 1}
			listErr := c.follow(t.Context(), clientsBy(nil), once, func(element fields) bool {
				found = append(found, decode[CustomerClient](element))
				return true
			})
			_, oneErr := c.get(t.Context(), c.endpoint(nil, "clients", acme), once)
			_, _, postErr := c.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
			everything := fmt.Sprintf("%+v %v %+v %+v\n%s", found, listErr, oneErr, postErr, logged.String())
			if strings.Contains(everything, secret) || strings.Contains(everything, testKey) {
				t.Errorf("a secret is in %s", everything)
			}
			if strings.Count(logged.String(), "/clients") < 3 {
				t.Errorf("the log does not name each request: %s", logged.String())
			}
		})
	}
	if strings.Contains(standard.String(), secret) || strings.Contains(standard.String(), testKey) {
		t.Errorf("a secret is in the standard log: %s", standard.String())
	}
}

// What a response has goes into the state.
func TestSecrets_AKeyThatAResponseRepeatsIsTakenOut(t *testing.T) {
	inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
		w.onPosts(mockapi.Fault{Status: 201, Body: pointerTo(`{"id":"` + someID + `","status":"Bearer ` + testKey + `"}`)})
		if got := w.create("A", "5"); got.Object.ID != someID || textOf(got.Object.Status) != "Bearer (the API key)" {
			t.Errorf("got %+v, %v", got.Object, got.err)
		}
	})
}
