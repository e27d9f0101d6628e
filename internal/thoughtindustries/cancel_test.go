package thoughtindustries

import (
	"context"
	"crypto/x509"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var cancelledRequests = flag.Int("cancelled", 300, "how many requests of each kind TestCancel cuts")

// seenRequests counts requests by their path.
type seenRequests struct {
	mu    sync.Mutex
	count map[string]int
}

func (s *seenRequests) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.count[r.URL.Path]++
	s.mu.Unlock()
	_, _ = io.Copy(io.Discard, r.Body)
	time.Sleep(time.Duration(rand.IntN(3)) * time.Millisecond)
	if rand.IntN(4) == 0 {
		w.Header().Set("Connection", "close")
	}
	w.WriteHeader(http.StatusNoContent)
}

func (s *seenRequests) of(path string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count[path]
}

// A POST that is called not sent never reached the server, however a cancel and the
// connection meet; and no layer sends a request twice.
func TestCancel_NotSentIsCertain(t *testing.T) {
	for _, kind := range []string{"plain", "TLS"} {
		t.Run(kind, func(t *testing.T) {
			seen := &seenRequests{count: map[string]int{}}
			server := httptest.NewUnstartedServer(seen)
			if kind == "TLS" {
				server.StartTLS()
			} else {
				server.Start()
			}
			t.Cleanup(server.Close)
			address, err := url.Parse(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			client, err := New(Config{BaseURL: address, APIKey: testKey, MaxConcurrentRequests: 8})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(client.Close)
			if kind == "TLS" {
				pool := x509.NewCertPool()
				pool.AddCert(server.Certificate())
				client.gets.TLSClientConfig.RootCAs, client.posts.TLSClientConfig.RootCAs = pool, pool
			}
			cut := cancelRequests(t, client, seen, *cancelledRequests)
			if cut.notSent.Load() == 0 || cut.sent.Load() == 0 {
				t.Errorf("%d POSTs were not sent and %d were: both are needed to show anything", cut.notSent.Load(), cut.sent.Load())
			}
			t.Logf("%d POSTs were not sent, %d were", cut.notSent.Load(), cut.sent.Load())
		})
	}
}

type cutRequests struct{ notSent, sent atomic.Int32 }

// cancelRequests sends as many POSTs and GETs, each cut at some time within some milliseconds.
func cancelRequests(t *testing.T, client *Client, seen *seenRequests, count int) *cutRequests {
	t.Helper()
	cut := &cutRequests{}
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := range count / 8 {
				for _, method := range []string{http.MethodPost, http.MethodGet} {
					cut.one(t, client, seen, method, fmt.Sprintf("%d-%d", worker, i))
				}
			}
		})
	}
	all.Wait()
	return cut
}

func (cut *cutRequests) one(t *testing.T, client *Client, seen *seenRequests, method, name string) {
	ctx, cancel := context.WithCancel(t.Context())
	stop := time.AfterFunc(time.Duration(rand.IntN(4000))*time.Microsecond, cancel)
	defer stop.Stop()
	defer cancel()
	wanted := call{method: method, address: client.endpoint(nil, method, name)}
	if method == http.MethodPost {
		wanted.body = []byte(`{}`)
	}
	r := client.exchange(ctx, wanted)
	times := seen.of(wanted.address.Path)
	if times > 1 {
		t.Errorf("%s was sent once and seen %d times", method, times)
	}
	if method != http.MethodPost {
		return
	}
	if r.connected {
		cut.sent.Add(1)
		if r.status == 0 && errors.Is(r.err, errInterrupted) {
			t.Errorf("a cancel cut a POST that had a connection")
		}
		return
	}
	cut.notSent.Add(1)
	time.Sleep(2 * time.Millisecond) // should it be under way after all
	if seen.of(wanted.address.Path) > 0 {
		t.Errorf("a POST was called not sent (%v) and reached the server", r.err)
	}
}
