package thoughtindustries

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// These tests need what only the machine's own network has: TLS, resets.

// overLoopback gives a client of a server, and the POSTs that its handler saw.
func overLoopback(t *testing.T, server *httptest.Server, config Config) *Client {
	t.Helper()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.BaseURL, config.APIKey, config.LookupTimeout = address, testKey, time.Nanosecond
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func newAPI(t *testing.T) *mockapi.Server {
	t.Helper()
	api := mockapi.New(mockapi.Options{APIKey: testKey})
	t.Cleanup(api.Close)
	api.AddClient(mockapi.Client{ID: acme, Name: "Acme"})
	return api
}

func trust(client *Client, server *httptest.Server) {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	client.transport.TLSClientConfig.RootCAs = pool
}

func quiet(server *httptest.Server) *httptest.Server {
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

func TestTransport_CreatesOverTLS(t *testing.T) {
	api := newAPI(t)
	server := httptest.NewUnstartedServer(api)
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := overLoopback(t, server, Config{})
	trust(client, server)
	for _, name := range []string{"A", "B"} {
		if _, err := client.CreateCreditAccount(t.Context(), request(name, "5"), plenty); err != nil {
			t.Fatal(err)
		}
	}
	if got := len(api.Accounts()); got != 2 {
		t.Errorf("there are %d accounts, want 2", got)
	}
}

func TestTransport_TLSThatFailsMeansNotSent(t *testing.T) {
	for _, test := range []struct {
		name   string
		server func(*httptest.Server)
		client func(*Client, *httptest.Server)
		reason string
	}{
		{"a certificate that nobody vouches for", (*httptest.Server).StartTLS, func(*Client, *httptest.Server) {}, "certificate"},
		{"another host's certificate", (*httptest.Server).StartTLS, func(c *Client, s *httptest.Server) {
			trust(c, s)
			c.transport.TLSClientConfig.ServerName = "learn.acme.test"
		}, "learn.acme.test"},
		{"no TLS", (*httptest.Server).Start, func(c *Client, _ *httptest.Server) { c.root.Scheme = "https" }, "does not look like a TLS handshake"},
		{"a version that is too old", func(s *httptest.Server) {
			s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} //nolint:gosec // that is what is refused
			s.StartTLS()
		}, trust, "protocol version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			api := newAPI(t)
			server := quiet(httptest.NewUnstartedServer(api))
			test.server(server)
			t.Cleanup(server.Close)
			client := overLoopback(t, server, Config{OnExisting: IgnoreOnExisting})
			test.client(client, server)
			_, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
			if not := as[*NotCreatedError](t, err); !strings.Contains(not.Reason, test.reason) {
				t.Errorf("the reason %q does not say %q", not.Reason, test.reason)
			}
			if got := api.Count("", ""); got != 0 {
				t.Errorf("the server saw %d requests", got)
			}
		})
	}
}

// A server that takes the request and goes away: with a reset, with a goodbye,
// and over TLS. It sees one POST.
func TestTransport_AServerThatGoesAwayLeavesAnUnknownOutcome(t *testing.T) {
	for _, cut := range []mockapi.Cut{mockapi.CutConnection, mockapi.CutReset, mockapi.CutHeaders} {
		for _, scheme := range []string{"http", "https"} {
			t.Run(scheme+" "+string(cut), func(t *testing.T) {
				api := newAPI(t)
				server := quiet(httptest.NewUnstartedServer(api))
				if scheme == "https" {
					server.StartTLS()
				} else {
					server.Start()
				}
				t.Cleanup(server.Close)
				client := overLoopback(t, server, Config{})
				if scheme == "https" {
					trust(client, server)
				}
				// The connection is an old one: that is when transports replay.
				if _, err := client.CreateCreditAccount(t.Context(), request("before", "5"), plenty); err != nil {
					t.Fatal(err)
				}
				api.ResetRequests()
				api.Inject(mockapi.Fault{Method: http.MethodPost, Cut: cut})
				_, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
				_ = as[*UnknownOutcomeError](t, err)
				if got := api.Count(http.MethodPost, postPath); got != 1 {
					t.Errorf("%d POSTs were sent, want 1", got)
				}
			})
		}
	}
}

// Where the server closed the connection while nobody used it, nothing left.
func TestTransport_AnIdleConnectionThatTheServerClosed(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		dialer := &brittle{}
		w.dialThrough(dialer)
		for _, name := range []string{"A", "B", "C"} {
			w.create(name, "5").want(t, "created")
			time.Sleep(serverIdle + time.Second)
		}
		w.wantPosts(3)
		if len(dialer.conns) != 3 {
			t.Errorf("%d connections were made, want 3", len(dialer.conns))
		}
	})
}

// A response that is no HTTP is quoted by the transport's error, and with it
// whatever the server sends back.
func TestTransport_TheKeyIsNotQuotedFromWhatIsNoHTTP(t *testing.T) {
	client := scripted(t, "HTTP/1.1 200 OK\r\nBearer "+testKey+"\r\n\r\n")
	_, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
	unknown := as[*UnknownOutcomeError](t, err)
	if strings.Contains(unknown.Reason, testKey) || !strings.Contains(unknown.Reason, "the response is not HTTP") {
		t.Errorf("the reason is %q", unknown.Reason)
	}
}

func TestTransport_ResponsesOfAnyKindAreRead(t *testing.T) {
	const id = "11111111-2222-4333-8444-555555555555"
	body := `{"data":{"APICreateCreditAccount":{"id":"` + id + `"}}}`
	for _, test := range []struct {
		name, response string
		created        bool
	}{
		{"after 100 Continue", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nConnection: close\r\n\r\n" + body, true},
		{"without a length", "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body, true},
		{"in chunks, the last one missing", "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n" + strconv.FormatInt(int64(len(body)), 16) + "\r\n" + body + "\r\n", true},
		{"HTTP/1.0", "HTTP/1.0 201 Created\r\n\r\n" + body, true},
		{"101", "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n" + body, false},
		{"headers without end", "HTTP/1.1 201 Created\r\nX: " + strings.Repeat("x", maxHeaderBytes+4096), false},
	} {
		t.Run(test.name, func(t *testing.T) {
			client := scripted(t, test.response)
			got, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
			if test.created {
				if err != nil || got.Object.ID != id {
					t.Errorf("got %q, %v", got.Object.ID, err)
				}
				return
			}
			_ = as[*UnknownOutcomeError](t, err)
		})
	}
}

// scripted gives a client whose server responds with one text and closes.
func scripted(t *testing.T, response string) *Client {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, response)
		_ = conn.Close()
	}))
	t.Cleanup(server.Close)
	return overLoopback(t, server, Config{OnExisting: IgnoreOnExisting})
}

// A connection that cannot be watched may have carried anything.
func TestTransport_AConnectionThatCannotBeWatched(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{OnExisting: IgnoreOnExisting}, func(w *world) {
		w.client.transport.DialContext = func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			_ = far.Close()
			return near, nil
		}
		w.create("A", "5").want(t, "unknown")
	})
}

// A proxy sees a CONNECT without the key; what it refuses never left.
func TestTransport_AProxyThatRefusesMeansNotSent(t *testing.T) {
	var seen lockedBuffer
	dials := 0
	dial := scriptedDial(&dials, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
	config := Config{OnExisting: IgnoreOnExisting, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		return &recordedConn{conn, &seen}, err
	}}
	inBubble(t, mockapi.Options{}, config, func(w *world) {
		w.client.root.Scheme = "https"
		w.client.transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: "proxy.test:3128"})
		got := w.create("A", "5")
		got.want(t, "not created")
		if reason := as[*NotCreatedError](t, got.err).Reason; !strings.Contains(reason, "Proxy Authentication Required") {
			t.Errorf("the reason is %q", reason)
		}
		if dials != notSentTries {
			t.Errorf("it was tried %d times, want %d", dials, notSentTries)
		}
		if sent := seen.String(); !strings.HasPrefix(sent, "CONNECT api.test:443 HTTP/1.1") || strings.Contains(sent, testKey) {
			t.Errorf("the proxy saw %q", sent)
		}
	})
}

// recordedConn keeps what is written.
type recordedConn struct {
	net.Conn

	into *lockedBuffer
}

func (c *recordedConn) Write(p []byte) (int, error) {
	c.into.add(p)
	return c.Conn.Write(p)
}

type lockedBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *lockedBuffer) add(p []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
