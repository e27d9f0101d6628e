package thoughtindustries

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

var cancels = flag.Int("cancels", 300, "how many POSTs and GETs are cancelled at random")

// overLoopback gives a client of a server on the machine's own network, which has TLS and resets.
func overLoopback(t *testing.T, server *httptest.Server, config Config) *Client {
	t.Helper()
	address, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	config.BaseURL, config.APIKey = address, testKey
	client, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

func trust(client *Client, server *httptest.Server) {
	pool := x509.NewCertPool()
	pool.AddCert(server.Certificate())
	client.gets.TLSClientConfig.RootCAs = pool
	client.posts.TLSClientConfig.RootCAs = pool
}

// unstarted is a server that keeps quiet about handshakes that fail.
func unstarted(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	return server
}

// tally counts what a server saw and a client sent.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
	sent map[string]int
}

func (s *tally) add(counts *map[string]int, what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if *counts == nil {
		*counts = map[string]int{}
	}
	(*counts)[what]++
}

// log counts the requests that the client reports, one line each.
func (s *tally) log(_ context.Context, _ slog.Level, message string, args ...any) {
	if message == "Response" || message == "No response" {
		s.add(&s.sent, fmt.Sprint(args[1], " ", args[3])) // method and path
	}
}

func TestSend_WhatIsCalledNotSentNeverReachedTheServer(t *testing.T) {
	for scheme, start := range map[string]func(*httptest.Server){
		"http":  (*httptest.Server).Start,
		"https": (*httptest.Server).StartTLS,
	} {
		t.Run(scheme, func(t *testing.T) {
			var counts tally
			server := unstarted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				counts.add(&counts.seen, r.Method+" "+r.URL.Path)
				_, _ = io.Copy(io.Discard, r.Body)
				if rand.IntN(4) == 0 {
					time.Sleep(time.Duration(rand.IntN(1000)) * time.Microsecond)
				}
				client := strings.Split(r.URL.Path, "/")[4]
				_, _ = fmt.Fprintf(w, `{"id":"2%s"}`, client[1:])
			}))
			start(server)
			client := overLoopback(t, server, Config{OnExisting: IgnoreOnExisting, MaxConcurrentRequests: 4, Log: counts.log})
			if scheme == "https" {
				trust(client, server)
			}
			outcomes := map[string]int{}
			var notSent []string
			var mu sync.Mutex
			var workers sync.WaitGroup
			for worker := range 4 {
				workers.Go(func() {
					for i := worker; i < *cancels; i += 4 {
						id := fmt.Sprintf("11111111-2222-4333-8444-%012d", i)
						ctx, cancel := randomlyCancelled(t.Context(), i)
						r := request("A", "5")
						r.ClientID = id
						_, _, err := client.CreateCreditAccount(ctx, r, plenty)
						get := call{method: http.MethodGet, address: client.endpoint(nil, "clients", id, "licenses")}
						client.send(ctx, get, func(result) {})
						cancel()
						kind := created{err: err}.kind()
						mu.Lock()
						if outcomes[kind]++; kind == "not created" {
							notSent = append(notSent, "POST /incoming/v2/clients/"+id+"/creditAccounts")
						}
						mu.Unlock()
					}
				})
			}
			workers.Wait()
			server.Close() // waits for what is under way
			t.Logf("%v", outcomes)
			for _, path := range notSent {
				if counts.seen[path] > 0 {
					t.Errorf("%s was called not sent, and the server saw it", path)
				}
			}
			for path, seen := range counts.seen {
				if seen > counts.sent[path] || seen > 1 && strings.HasPrefix(path, "POST") {
					t.Errorf("%s was seen %d times and sent %d times", path, seen, counts.sent[path])
				}
			}
			if outcomes["not created"] == 0 || outcomes["created"] == 0 ||
				outcomes["created"]+outcomes["not created"] != *cancels {
				t.Errorf("an interrupt must lead to one or the other: %v", outcomes)
			}
		})
	}
}

// randomlyCancelled ends before the request, never, or somewhere in between.
func randomlyCancelled(ctx context.Context, i int) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	switch i % 16 {
	case 0:
		cancel()
	case 1:
	default:
		time.AfterFunc(time.Duration(rand.IntN(3000))*time.Microsecond, cancel)
	}
	return ctx, cancel
}

// Where a server takes a second request on a connection and then closes it, transports like to send it again.
func TestSend_NoLayerBelowSendsARequestAgain(t *testing.T) {
	var counts tally
	connections := 0
	serve := func(conn net.Conn, number int) {
		defer func() { _ = conn.Close() }()
		reader := bufio.NewReader(conn)
		for i := 0; ; i++ {
			r, err := http.ReadRequest(reader)
			if err != nil {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body)
			counts.add(&counts.seen, r.Method+" "+r.URL.Path)
			if i > 0 {
				return
			}
			body := fmt.Sprintf(`{"id":"11111111-2222-4333-8444-%012d","clients":[]}`, number)
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		}
	}
	config := Config{OnExisting: IgnoreOnExisting, DialContext: func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		connections++
		go serve(far, connections)
		return near, nil
	}}
	inBubble(t, mockapi.Options{}, config, func(w *fixture) {
		w.client.config.Log = counts.log
		name := "n"
		for i := range 5 {
			_, _ = w.client.UpdateCreditBatch(w.t.Context(), acme, someID, CreditBatchChange{Name: &name})
			_, _ = w.client.Clients(w.t.Context(), fmt.Sprint(i), "")
			// A connection of its own is never one that the server is about to close.
			w.create("A", "5").want(w.t, "created")
		}
		for path, sent := range counts.sent {
			if counts.seen[path] != sent || sent < 5 {
				t.Errorf("%s was seen %d times and sent %d times", path, counts.seen[path], sent)
			}
		}
		if posts := counts.seen["POST /incoming/v2/clients/"+acme+"/creditAccounts"]; posts != 5 || len(counts.sent) != 3 {
			t.Errorf("%d POSTs were seen, want 5; sent were %v", posts, counts.sent)
		}
	})
}

// The connection comes at the very moment of the interrupt: whichever is first, the outcome says what was sent.
func TestSend_AnInterruptAtTheMomentOfTheConnection(t *testing.T) {
	var network *pipes
	config := Config{OnExisting: IgnoreOnExisting}
	config.DialContext = func(_ context.Context, protocol, address string) (net.Conn, error) {
		conn, err := network.dial(context.Background(), protocol, address)
		time.Sleep(time.Millisecond)
		return conn, err
	}
	inBubble(t, mockapi.Options{}, config, func(w *fixture) {
		network = w.network
		kinds := map[string]int{}
		for i := range 2000 {
			ctx, cancel := context.WithCancel(w.t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			kinds[w.createIn(ctx, request(fmt.Sprint(i), "5"), plenty).kind()]++
			cancel()
			time.Sleep(time.Second)
		}
		t.Logf("%v", kinds)
		w.wantAccounts(kinds["created"])
		w.wantPosts(2000 - kinds["not created"])
	})
}

func TestSend_SpeaksHTTP1OverTLS(t *testing.T) {
	var counts tally
	server := unstarted(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		counts.add(&counts.seen, r.Method+" "+r.Proto)
		_, _ = fmt.Fprintf(w, `{"id":"%s","creditBatches":[]}`, someID)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	client := overLoopback(t, server, Config{})
	trust(client, server)
	if _, _, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty); err != nil {
		t.Error(err)
	}
	if len(counts.seen) != 2 || counts.seen["GET HTTP/1.1"] != 1 || counts.seen["POST HTTP/1.1"] != 1 {
		t.Errorf("the server saw %v", counts.seen)
	}
}

func TestSend_TLSThatFailsMeansNotSent(t *testing.T) {
	for _, test := range []struct {
		name   string
		start  func(*httptest.Server)
		client func(*Client, *httptest.Server)
		reason string
	}{
		{"a certificate of nobody", (*httptest.Server).StartTLS, func(*Client, *httptest.Server) {}, "certificate"},
		{"another host's certificate", (*httptest.Server).StartTLS, func(c *Client, s *httptest.Server) {
			trust(c, s)
			c.posts.TLSClientConfig.ServerName = "learn.acme.test"
		}, "learn.acme.test"},
		{"no TLS", (*httptest.Server).Start, func(c *Client, _ *httptest.Server) {
			c.config.BaseURL.Scheme = "https"
		}, "TLS handshake"},
		{"a version that is too old", func(s *httptest.Server) {
			s.TLS = &tls.Config{MaxVersion: tls.VersionTLS11} //nolint:gosec // that is what is refused
			s.StartTLS()
		}, trust, "protocol version"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var counts tally
			server := unstarted(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				counts.add(&counts.seen, r.Method)
			}))
			test.start(server)
			t.Cleanup(server.Close)
			client := overLoopback(t, server, Config{OnExisting: IgnoreOnExisting})
			test.client(client, server)
			_, _, err := client.CreateCreditAccount(t.Context(), request("A", "5"), plenty)
			if not := as[*NotCreatedError](t, err); !strings.Contains(not.Reason, test.reason) || len(counts.seen) > 0 {
				t.Errorf("the reason is %q; the server saw %v", not.Reason, counts.seen)
			}
		})
	}
}

// The environment's proxies are read once in a process, so this runs in one of its own.
func TestProxy_ItsRefusalNamesItAndMeansNotSent(t *testing.T) {
	const child = "TEST_OF_PROXIES"
	if os.Getenv(child) == "" {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
		command.Env = append(os.Environ(), child+"=1", "NO_PROXY=", "no_proxy=", "https_proxy=")
		if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
			t.Errorf("%v\n%s", err, output)
		}
		return
	}
	var mu sync.Mutex
	status, requests := http.StatusProxyAuthRequired, []string{}
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests = append(requests, fmt.Sprint(r.Method, " ", r.Host, " ", r.Header))
		w.WriteHeader(status)
	}))
	t.Setenv("HTTPS_PROXY", strings.Replace(proxy.URL, "http://", "http://ci:PASSWORD@", 1))
	client := testClient(t, testKey)
	check := func(says string) {
		t.Helper()
		address := client.endpoint(nil, "clients")
		post := client.send(t.Context(), call{method: http.MethodPost, address: address, body: []byte("{}")}, func(result) {})
		outcome, reason := client.decide(post, given{})
		if outcome != outcomeNotSent {
			t.Errorf("a POST is %s", outcome)
		}
		get := client.send(t.Context(), call{method: http.MethodGet, address: address}, func(result) {})
		for _, reason := range []string{reason, client.responseError(get).Reason} {
			if !strings.Contains(reason, strings.TrimPrefix(proxy.URL, "http://")) ||
				!strings.Contains(reason, says) ||
				strings.Contains(reason, "PASSWORD") || strings.Contains(reason, testKey) {
				t.Errorf("the reason is %q, want %q in it", reason, says)
			}
		}
	}
	check("407")
	mu.Lock()
	for _, request := range requests {
		if !strings.HasPrefix(request, "CONNECT api.test:443") || strings.Contains(request, testKey) {
			t.Errorf("the proxy saw %s", request)
		}
	}
	if len(requests) == 0 {
		t.Error("the proxy saw nothing")
	}
	status = http.StatusForbidden
	mu.Unlock()
	check("403")
	proxy.Close()
	check("refused")
}
