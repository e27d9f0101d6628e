package thoughtindustries

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/pace"
)

const (
	// DefaultMaxConcurrentRequests is the least that the vendor documents for any plan.
	DefaultMaxConcurrentRequests = 5
	// DefaultRequestTimeout is for one request, from the moment it is sent to the end of the response.
	DefaultRequestTimeout = 60 * time.Second
	// MaxResponseBytes is the most that is read of a response to a POST or a PUT.
	MaxResponseBytes = 1 << 20
	// MaxListingBytes is the most that is read of a response to a GET. A page of
	// clients has the courses and the appearance of each.
	MaxListingBytes = 16 << 20

	maxHeaderBytes = 64 << 10
	dialTimeout    = 15 * time.Second
)

// OnExisting is what creating an account does when the client already has one
// of that name.
type OnExisting string

// What to do about an account that exists already.
const (
	FailOnExisting   OnExisting = "fail"   // create nothing, say which one exists
	AdoptExisting    OnExisting = "adopt"  // take it over
	IgnoreOnExisting OnExisting = "ignore" // no lookup before creating
)

// Config says how to reach an instance. BaseURL and APIKey are required; zero
// values of the others mean their defaults.
type Config struct {
	// BaseURL is what InstanceURL or ParseBaseURL returned.
	BaseURL *url.URL
	// APIKey is sent as a Bearer token to BaseURL and nowhere else.
	APIKey string
	// UserAgent of every request.
	UserAgent string
	// MaxConcurrentRequests under way at once, 1 or more.
	MaxConcurrentRequests int
	// RequestsPerMinute is a ceiling; 0 learns the pace from the responses.
	RequestsPerMinute int
	// RequestTimeout is for one request; waiting for its turn is not part of it.
	RequestTimeout time.Duration
	// OnExisting is FailOnExisting where empty.
	OnExisting OnExisting
	// Tracked reports whether the caller tracks an account already, by its id in
	// lower case: such an account is never adopted for another one.
	Tracked func(accountID string) bool
	// LookupTimeout is how long an account is looked up after a POST of unknown
	// outcome; 30 s where 0. It is a parameter for the sake of tests alone.
	LookupTimeout time.Duration
	// MaxCandidates is how many accounts a lookup asks for their names; 250 where
	// 0. It is a parameter for the sake of tests alone.
	MaxCandidates int
	// Log receives what happens, for people who ask; nil keeps quiet.
	Log func(ctx context.Context, level slog.Level, msg string, args ...any)
	// DialContext replaces the dialer, for tests that need no network.
	DialContext DialFunc
}

// DialFunc connects to an address, as net.Dialer's DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Client talks to one instance with one key. Its limits, its breaker and what
// it remembers belong to this value; it is safe for concurrent use.
type Client struct {
	config    Config
	root      *url.URL
	transport *http.Transport
	pacer     *pace.Pacer
	clock     serverClock
	breaker   breaker
	creating  keyedLocks
	claims    claims
	snapshots shared[snapshot]
	names     shared[nameResponse]
	// namesReturned: credit actions returned a name at least once.
	namesReturned atomic.Bool
	// owners are the clients of accounts, by account id in lower case.
	owners    shared[string]
	responses responseCache
	// refusalReported: it was said that the lookups are refused.
	refusalReported atomic.Bool
	paging          pagingWays
}

// New makes a client. It sends nothing. The error says what is missing.
func New(config Config) (*Client, error) {
	if config.BaseURL == nil {
		return nil, errors.New("no address")
	}
	if config.APIKey == "" {
		return nil, errors.New("no API key")
	}
	if config.MaxConcurrentRequests == 0 {
		config.MaxConcurrentRequests = DefaultMaxConcurrentRequests
	}
	if config.RequestTimeout == 0 {
		config.RequestTimeout = DefaultRequestTimeout
	}
	if config.LookupTimeout == 0 {
		config.LookupTimeout = defaultLookupTimeout
	}
	if config.MaxCandidates == 0 {
		config.MaxCandidates = defaultMaxCandidates
	}
	if config.OnExisting == "" {
		config.OnExisting = FailOnExisting
	}
	if config.Tracked == nil {
		config.Tracked = func(string) bool { return false }
	}
	if config.DialContext == nil {
		config.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	var c *Client
	c = &Client{
		config: config,
		root:   config.BaseURL.JoinPath("/").JoinPath(apiPath), // at once, the path of an address without one would be relative
		pacer: pace.New(pace.Options{
			MaxConcurrent: config.MaxConcurrentRequests,
			PerMinute:     config.RequestsPerMinute,
			OnWait:        func(w pace.Wait) { c.sayWaiting(w) },
		}),
	}
	c.transport = newTransport(config)
	return c, nil
}

// sayWaiting is for people who follow a run that seems to stand still.
func (c *Client) sayWaiting(w pace.Wait) {
	args := []any{"for", w.For.Round(100 * time.Millisecond).String(), "waiting", w.Waiting, "reason", w.Reason}
	c.say(context.Background(), slog.LevelInfo, "Holding requests back to keep to the API's rate limit", args...)
}

// newTransport speaks HTTP/1.1 alone: there a connection carries one request
// at a time, so what was written on it is known to belong to that request.
func newTransport(config Config) *http.Transport {
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			conn, err := config.DialContext(ctx, network, address)
			if err != nil {
				return nil, err
			}
			return &trackedConn{Conn: conn}, nil
		},
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    config.MaxConcurrentRequests,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: maxHeaderBytes,
	}
}

// Close ends idle connections.
func (c *Client) Close() { c.transport.CloseIdleConnections() }

// Address is where requests go, without the API's path.
func (c *Client) Address() string { return c.config.BaseURL.String() }

// endpoint gives the address of a documented path, whose segments are escaped.
func (c *Client) endpoint(query url.Values, segments ...string) *url.URL {
	address := *c.root
	plain := append([]string{strings.TrimRight(c.root.Path, "/")}, segments...)
	escaped := []string{strings.TrimRight(c.root.EscapedPath(), "/")}
	for _, segment := range segments {
		escaped = append(escaped, url.PathEscape(segment))
	}
	address.Path = strings.Join(plain, "/")
	address.RawPath = strings.Join(escaped, "/")
	address.RawQuery = query.Encode()
	return &address
}
