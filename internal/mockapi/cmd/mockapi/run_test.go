package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// running is a server that run started.
type running struct {
	url    string
	stop   context.CancelFunc
	exit   chan int
	stderr *bytes.Buffer // to be read after the end
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	out, in := io.Pipe()
	r := &running{stop: stop, exit: make(chan int, 1), stderr: new(bytes.Buffer)}
	go func() {
		r.exit <- run(ctx, args, in, r.stderr)
		_ = in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "listening on ")
	if err != nil || !ok {
		t.Fatalf("printed %q, %v", line, err)
	}
	r.url = url
	return r
}

// end stops the server and returns what it printed on standard error.
func (r *running) end(t *testing.T) string {
	t.Helper()
	r.stop()
	if code := <-r.exit; code != 0 {
		t.Errorf("exit code %d: %s", code, r.stderr)
	}
	return r.stderr.String()
}

// ask returns status 0 and the error's text where there is no answer.
func (r *running) ask(t *testing.T, method, path, body string) (int, http.Header, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err.Error()
	}
	request.Header.Set("Authorization", "Bearer ti_test_demo")
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, nil, err.Error()
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, nil, err.Error()
	}
	return response.StatusCode, response.Header, string(text)
}

const (
	accounts = "/incoming/v2/clients/6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01/creditAccounts"
	account  = `{"name":"A","startingBalance":5,"notifyEmails":[],"licenseIds":["9a3e5c70-1d1f-4a39-8a53-7c2b9d100012"]}`
)

func TestRun_ServesTheDemoAndCountsAtTheEnd(t *testing.T) {
	file := filepath.Join(t.TempDir(), "addr")
	r := start(t, "-seed", "-addr-file", file)
	if text, err := os.ReadFile(file); err != nil || string(text) != r.url+"\n" || !strings.HasPrefix(r.url, "http://127.0.0.1:") {
		t.Errorf("address file %q, %v; url %s", text, err, r.url)
	}
	if status, _, text := r.ask(t, "POST", accounts, account); status != 201 {
		t.Errorf("%d %s", status, text)
	}
	if status, _, _ := r.ask(t, "GET", "/_control/accounts", ""); status != 404 {
		t.Errorf("control without -control: %d", status)
	}
	if status, _, _ := r.ask(t, "GET", "//incoming/v2/ping", ""); status != 404 {
		t.Errorf("unclean path: %d", status)
	}
	want := "     1  POST /incoming/v2/clients/{id}/creditAccounts\n     2  other\n"
	if got := r.end(t); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if files, _ := filepath.Glob(file + "*"); len(files) != 1 {
		t.Errorf("left behind: %v", files)
	}
}

func TestRun_MisbehavesAsTheControlEndpointSays(t *testing.T) {
	r := start(t, "-seed", "-control")
	r.ask(t, "POST", "/_control/fault", `{"method": "POST", "path": "/clients/{id}/creditAccounts", "skip": 1, "times": 1, "commit": true, "status": 503, "header": {"Retry-After": "9"}}`)
	for i, want := range []int{201, 503, 201} {
		status, header, text := r.ask(t, "POST", accounts, account)
		if status != want || status == 503 && header.Get("Retry-After") != "9" {
			t.Errorf("request %d: %d %v %s", i, status, header, text)
		}
	}
	if _, _, text := r.ask(t, "GET", "/_control/accounts", ""); strings.Count(text, `"createdAt"`) != 3 {
		t.Errorf("stored %s", text)
	}
	if status, _, text := r.ask(t, "GET", "/_control/count?method=POST", ""); status != 200 || text != `{"count":3}` {
		t.Errorf("count %d %s", status, text)
	}
	r.end(t)
}

func TestRun_CutsTheConnection(t *testing.T) {
	r := start(t, "-seed", "-control")
	r.ask(t, "POST", "/_control/fault", `{"times": 1, "cut": "connection"}`)
	if status, _, text := r.ask(t, "POST", accounts, account); status != 0 || !strings.Contains(text, "EOF") {
		t.Errorf("%d %s", status, text)
	}
	r.end(t)
}

func TestRun_LimitsTheRate(t *testing.T) {
	for _, args := range [][]string{
		{"-rate-limit", "60", "-burst", "1"},
		{"-rate-limit", "1", "-rate-kind", "fixed-window"},
	} {
		r := start(t, args...)
		_, header, _ := r.ask(t, "GET", "/incoming/v2/clients", "")
		if got := header.Get("X-RateLimit-Limit"); got != args[1] {
			t.Errorf("limit %s", got)
		}
		r.end(t)
	}
}

func TestRun_AddsClientsFromAFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "clients.json")
	if err := os.WriteFile(file, []byte(`[{"name":"Umbrella","slug":"umbrella"}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	r := start(t, "-seed", "-clients", file, "-page-size", "10")
	if _, _, text := r.ask(t, "GET", "/incoming/v2/clients?query=umbrella", ""); !strings.Contains(text, `"name":"Umbrella"`) || !strings.Contains(text, `"perPage":10`) {
		t.Errorf("clients %s", text)
	}
	if _, _, text := r.ask(t, "GET", "/incoming/v2/clients", ""); !strings.Contains(text, `"total":4`) {
		t.Errorf("clients %s", text)
	}
	r.end(t)
}

func TestRun_RespondsInTheFormThatTheFlagsSay(t *testing.T) {
	r := start(t, "-seed", "-wire", "list", "-paging", "cursor", "-page-size", "2")
	for _, query := range []string{"", "?page=2"} { // which nobody looks at
		_, _, text := r.ask(t, "GET", "/incoming/v2/clients"+query, "")
		if !strings.HasPrefix(text, `{"data":[{`) || !strings.Contains(text, `"pageInfo":{"cursor":"`) || !strings.Contains(text, "Acme") {
			t.Errorf("clients %s", text)
		}
	}
	r.end(t)
}

func TestRun_ExplainsItself(t *testing.T) {
	var out bytes.Buffer
	if code := run(t.Context(), []string{"-h"}, io.Discard, &out); code != 0 {
		t.Errorf("exit code %d", code)
	}
	for _, part := range []string{"-addr-file", "/_control/fault", "-listing-lag", "-wire", "-paging", "/_control/use-credits", "ti_test_demo"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("help lacks %s", part)
		}
	}
}

func TestRun_RefusesWrongFlags(t *testing.T) {
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, []byte(`{}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ args, part string }{
		{"-colour red", "-colour"},
		{"serve", `unexpected argument "serve"`},
		{"-addr 0.0.0.0:0", "is not a loopback address"},
		{"-addr :8080", "is not a loopback address"},
		{"-addr example.com:80", "is not a loopback address"},
		{"-addr 127.0.0.1", "is not host:port"},
		{"-page-size 0", "-page-size"},
		{"-wire xml", "xml"},
		{"-paging link", "link"},
		{"-rate-limit -1", "-rate-limit"},
		{"-burst 3", "need -rate-limit"},
		{"-rate-kind concurrency", "need -rate-limit"},
		{"-rate-kind leaky -rate-limit 1", "leaky"},
		{"-clients " + filepath.Join(filepath.Dir(broken), "missing.json"), "missing.json"},
		{"-clients " + broken, "broken.json: no list of clients"},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), strings.Fields(tc.args), io.Discard, &out); code != 2 || !strings.Contains(out.String(), tc.part) {
			t.Errorf("%s: exit code %d, printed %s", tc.args, code, out.String())
		}
	}
}

func TestParseFlags_KeepsThemAll(t *testing.T) {
	s, err := parseFlags([]string{
		"-addr", "[::1]:0", "-api-key", "k", "-latency", "2s", "-listing-lag", "3s",
		"-rate-limit", "4", "-rate-kind", "concurrency",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if o := s.options; s.addr != "[::1]:0" || o.APIKey != "k" || o.Latency.Seconds() != 2 || o.ListingLag.Seconds() != 3 ||
		o.RateLimit.MaxConcurrent != 4 || o.RateLimit.PerMinute != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestRun_FailsWhereItCannotListenOrWrite(t *testing.T) {
	busy, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = busy.Close() }()
	for _, args := range [][]string{
		{"-addr", busy.Addr().String()},
		{"-addr-file", filepath.Join(t.TempDir(), "missing", "addr")},
	} {
		var out bytes.Buffer
		if code := run(t.Context(), args, io.Discard, &out); code != 1 || !strings.HasPrefix(out.String(), "mockapi: ") {
			t.Errorf("%v: exit code %d, printed %s", args, code, out.String())
		}
	}
}

func TestRun_EndsThoughARequestIsWaiting(t *testing.T) {
	r := start(t, "-latency", "1h", "-control")
	asked := make(chan int)
	go func() {
		status, _, _ := r.ask(t, "GET", "/incoming/v2/ping", "")
		asked <- status
	}()
	for { // until the request has arrived
		if _, _, text := r.ask(t, "GET", "/_control/count", ""); text == `{"count":1}` {
			break
		}
	}
	if got := r.end(t); got != "     1  GET /incoming/v2/ping\n" {
		t.Errorf("printed %q", got)
	}
	if status := <-asked; status != 200 {
		t.Errorf("status %d", status)
	}
}

// Nothing else tells a visitor which key the fake accepts.
func TestReadme_NamesTheKeyThatTheFakeAccepts(t *testing.T) {
	t.Parallel()
	settings, err := parseFlags(nil, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	line := "THOUGHTINDUSTRIES_API_KEY=" + settings.options.APIKey + "\n"
	if settings.options.APIKey == "" || !strings.Contains(string(raw), line) {
		t.Errorf("README does not say %q", line)
	}
}
