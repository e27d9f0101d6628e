package mockapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	key    = "ti_test_key"
	acme   = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	globex = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
	nobody = "00000000-0000-4000-8000-000000000000"

	accountBody = `{"name":"A","startingBalance":5,"notifyEmails":[],"licenseIds":[]}`
)

var (
	start       = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	accountPath = "/incoming/v2/clients/" + acme + "/creditAccounts"
	batchesPath = "/incoming/v2/clients/" + acme + "/creditBatches"
	listBatches = batchesPath + "?clientId=" + acme
)

// clock is a server clock that only a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newServer makes a server with two clients, Acme and Globex, that have no licenses. Its clock stands still unless the
// options bring another.
func newServer(t *testing.T, options mockapi.Options) *mockapi.Server {
	t.Helper()
	if options.APIKey == "" {
		options.APIKey = key
	}
	if options.Now == nil {
		options.Now = (&clock{now: start}).Now
	}
	s := mockapi.New(options)
	t.Cleanup(s.Close)
	s.AddClient(mockapi.Client{ID: acme, Name: "Acme", Slug: "acme"})
	s.AddClient(mockapi.Client{ID: globex, Name: "Globex", Slug: "globex"})
	return s
}

// answer is what a request was answered with.
type answer struct {
	status int
	header http.Header
	text   string
}

// data returns the value data.<name> with numbers as they were written.
func (a answer) data(t *testing.T, name string) map[string]any {
	t.Helper()
	data, ok := a.json(t)["data"].(map[string]any)
	if !ok || len(data) != 1 {
		t.Fatalf("no envelope in %s", a.text)
	}
	value, ok := data[name].(map[string]any)
	if !ok {
		t.Fatalf("no data.%s in %s", name, a.text)
	}
	return value
}

func (a answer) json(t *testing.T) map[string]any {
	t.Helper()
	return decode[map[string]any](t, a.text)
}

// list returns the entries of an array of objects in data.<name>.
func (a answer) list(t *testing.T, name, array string) []map[string]any {
	t.Helper()
	values, ok := a.data(t, name)[array].([]any)
	if !ok {
		t.Fatalf("no array %s in %s", array, a.text)
	}
	entries := make([]map[string]any, len(values))
	for i, value := range values {
		entries[i] = value.(map[string]any)
	}
	return entries
}

func (a answer) want(t *testing.T, status int, parts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("status %d, want %d; body %s", a.status, status, a.text)
	}
	for _, part := range parts {
		if !strings.Contains(a.text, part) {
			t.Errorf("body %s does not contain %s", a.text, part)
		}
	}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var value T
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber()
	if err := dec.Decode(&value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}

func newRequest(method, url, body string) *http.Request {
	r, err := http.NewRequestWithContext(context.Background(), method, url, nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	if body != "" {
		r.Body = io.NopCloser(bytes.NewReader([]byte(body)))
		r.ContentLength = int64(len(body))
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// ask sends a request with the right key past any network.
func ask(s *mockapi.Server, method, path, body string) answer {
	return send(s, newRequest(method, path, body))
}

func send(s *mockapi.Server, r *http.Request) answer {
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{status: w.Code, header: w.Header(), text: w.Body.String()}
}

// pipes is a network in memory: a listener and the dialer that reaches it. It works inside a synctest bubble.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe", Net: "pipe"} }

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// network is a server that is reached over connections, real or in memory.
type network struct {
	client *http.Client
	url    string
	close  func()
}

// inMemory serves s over pipes. close must be called before a synctest bubble ends.
func inMemory(s *mockapi.Server) network {
	p := newPipes()
	server := &http.Server{Handler: s, ReadHeaderTimeout: time.Hour}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(p)
	}()
	transport := &http.Transport{DialContext: p.dial}
	return network{client: &http.Client{Transport: transport}, url: "http://api.test", close: func() {
		transport.CloseIdleConnections()
		s.Close()
		_ = server.Close()
		<-done
	}}
}

// overTCP serves s on a loopback port until the test ends.
func overTCP(t *testing.T, s *mockapi.Server) network {
	t.Helper()
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(s.Close) // first: it releases the requests that server.Close waits for
	return network{client: server.Client(), url: server.URL, close: server.Close}
}

func (n network) ask(ctx context.Context, method, path, body string) (answer, error) {
	r := newRequest(method, n.url+path, body).WithContext(ctx)
	response, err := n.client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return answer{status: response.StatusCode, header: response.Header, text: string(text)}, err
}
