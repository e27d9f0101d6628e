package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const (
	testKey  = "ti_test_secret"
	acme     = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01"
	globex   = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
	postPath = "/clients/{id}/creditAccounts"
	listPath = "/clients/{id}/creditBatches"
	namePath = "/clients/{id}/creditAccount/{account}/creditActions"
	plenty   = 20 * time.Minute
	// serverIdle is when the server closes a connection that nobody uses.
	serverIdle = 20 * time.Second
)

// fixture is a client and the fake API that it talks to.
type fixture struct {
	t       *testing.T
	server  *mockapi.Server
	client  *Client
	log     *logbook
	network *pipes
}

// inBubble runs a test in which time passes only when everybody waits. The
// client reaches the server over pipes.
func inBubble(t *testing.T, options mockapi.Options, config Config, test func(w *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := newPipes()
		options.APIKey = testKey
		api := mockapi.New(options)
		api.AddClient(mockapi.Client{ID: acme, Name: "Acme"})
		api.AddClient(mockapi.Client{ID: globex, Name: "Globex"})
		server := &http.Server{Handler: api, ReadHeaderTimeout: time.Hour, IdleTimeout: serverIdle}
		served := make(chan struct{})
		go func() {
			defer close(served)
			_ = server.Serve(network)
		}()
		book := &logbook{}
		config.BaseURL = &url.URL{Scheme: "http", Host: "api.test"}
		config.APIKey = testKey
		config.Log = book.note
		if config.DialContext == nil {
			config.DialContext = network.dial
		}
		client, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { // also where the test gives up
			time.Sleep(sharedTimeout) // a question that several wait for outlives the one who asked
			client.Close()
			api.Close()
			_ = server.Close()
			<-served
		}()
		test(&fixture{t: t, server: api, client: client, log: book, network: network})
		if strings.Contains(book.text(), testKey) {
			t.Errorf("the key is in the log:\n%s", book.text())
		}
	})
}

// logbook keeps what the client logged.
type logbook struct {
	mu    sync.Mutex
	lines []string
}

func (b *logbook) note(_ context.Context, level slog.Level, msg string, args ...any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lines = append(b.lines, fmt.Sprint(level, " ", msg, " ", args))
}

func (b *logbook) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.lines, "\n")
}

// pipes is a network in memory.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes { return &pipes{conns: make(chan net.Conn), closed: make(chan struct{})} }

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

func request(name, balance string) CreditAccountRequest {
	number, ok := ParseNumber(balance)
	if !ok {
		panic(balance)
	}
	return CreditAccountRequest{ClientID: acme, Name: name, StartingBalance: number}
}

// created is what came of a creation.
type created struct {
	Creation

	Object CreditAccount
	err    error
}

func (w *fixture) create(name, balance string) created {
	return w.createIn(w.t.Context(), request(name, balance), plenty)
}

func (w *fixture) createIn(ctx context.Context, r CreditAccountRequest, allowed time.Duration) created {
	account, how, err := w.client.CreateCreditAccount(ctx, r, allowed)
	return created{how, account, err}
}

// start creates in a goroutine of its own.
func (w *fixture) start(ctx context.Context, name, balance string) <-chan created {
	result := make(chan created, 1)
	go func() { result <- w.createIn(ctx, request(name, balance), plenty) }()
	return result
}

// kind names the outcome in a word.
func (c created) kind() string {
	var (
		unknown *UnknownOutcomeError
		not     *NotCreatedError
		exists  *ExistsError
		refused *APIError
		failed  *LookupError
	)
	switch {
	case c.err == nil && c.AfterUnknown != "":
		return "found"
	case c.err == nil && c.Adopted != nil:
		return "adopted"
	case c.err == nil:
		return "created"
	case errors.As(c.err, &unknown):
		return "unknown"
	case errors.As(c.err, &not):
		return "not created"
	case errors.As(c.err, &exists):
		return "exists"
	case errors.As(c.err, &failed):
		return "lookup failed"
	case errors.As(c.err, &refused):
		return fmt.Sprintf("refused %d", refused.Status)
	}
	return c.err.Error()
}

func (c created) want(t *testing.T, kind string) {
	t.Helper()
	if c.kind() != kind {
		t.Fatalf("got %q (%v, adopted %v), want %q", c.kind(), c.err, c.Adopted, kind)
	}
}

// as gives the error as one of its kind.
func as[E error](t *testing.T, err error) E {
	t.Helper()
	var result E
	if !errors.As(err, &result) {
		t.Fatalf("got error %v, want a %T", err, result)
	}
	return result
}

func (w *fixture) wantCount(method, path string, want int) {
	w.t.Helper()
	if got := w.server.Count(method, path); got != want {
		w.t.Errorf("%s %s was asked %d times, want %d", method, path, got, want)
	}
}

func (w *fixture) wantPosts(want int) {
	w.t.Helper()
	w.wantCount(http.MethodPost, postPath, want)
}

func (w *fixture) wantAccounts(want int) {
	w.t.Helper()
	if got := len(w.server.Accounts()); got != want {
		w.t.Errorf("there are %d accounts, want %d", got, want)
	}
}

// onPosts injects a fault into POSTs of accounts.
func (w *fixture) onPosts(f mockapi.Fault) {
	f.Method, f.Path = http.MethodPost, postPath
	w.server.Inject(f)
}

func named(name string) func(*mockapi.Request) bool {
	return func(r *mockapi.Request) bool {
		var body struct{ Name string }
		return json.Unmarshal(r.Body, &body) == nil && body.Name == name
	}
}

func number(t *testing.T, s string) Number {
	t.Helper()
	result, ok := ParseNumber(s)
	if !ok {
		t.Fatalf("%q is no number", s)
	}
	return result
}

// shifted is a server clock that is off.
func shifted(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

// emptyList takes all elements out of a listing.
func emptyList([]map[string]any) []map[string]any { return nil }

// inEveryForm runs a test on a server of each form of responses.
func inEveryForm(t *testing.T, options mockapi.Options, config Config, test func(w *fixture)) {
	t.Helper()
	for _, wire := range []mockapi.Wire{mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta} {
		for _, paging := range []mockapi.Paging{mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth} {
			options.Wire, options.Paging = wire, paging
			t.Run(fmt.Sprint(wire, ", ", paging), func(t *testing.T) { inBubble(t, options, config, test) })
		}
	}
}

// isKind reports whether an error is one of its kind.
func isKind[E error](err error) bool {
	var found E
	return errors.As(err, &found)
}

func pointerTo[T any](value T) *T { return &value }

// account adds an account with a batch, as if somebody else had made it.
func (w *fixture) account(name, balance string) mockapi.CreditAccount {
	made := time.Now().Add(-time.Hour)
	account := mockapi.CreditAccount{ClientID: acme, Name: name, StartingBalance: json.Number(balance), CreatedAt: made}
	return w.server.AddAccount(account)
}
