// Package thoughtindustries is a client of the Thought Industries REST API. It knows HTTP and JSON, and nothing of
// Terraform.
//
// Creating a credit account is a POST that must never be sent twice by mistake: outcome.go decides what a response
// means, create.go acts on it, and accounts.go looks up what exists before and afterwards.
package thoughtindustries

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// OnExisting is what creating an account does when the client already has one of that name.
type OnExisting string

// What to do about an account that exists already.
const (
	FailOnExisting   OnExisting = "fail"   // create nothing, name the one that exists
	AdoptExisting    OnExisting = "adopt"  // take it over
	IgnoreOnExisting OnExisting = "ignore" // no lookup, neither before nor after
)

// Defaults of a Config.
const (
	DefaultMaxConcurrentRequests = 5
	DefaultRequestTimeout        = 60 * time.Second
)

// DialFunc connects to an address, as net.Dialer's DialContext does.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Config says how to reach an instance. BaseURL and APIKey are required; zero values of the others mean their
// defaults.
type Config struct {
	BaseURL               *url.URL // what InstanceURL or ParseBaseURL returned
	APIKey                string   // sent as a Bearer token to BaseURL and nowhere else
	UserAgent             string
	MaxConcurrentRequests int
	RequestsPerMinute     int // a ceiling; 0: the API's own limits alone
	RequestTimeout        time.Duration
	OnExisting            OnExisting
	// Tracked reports whether the state has an object, by its id in lower case: such an object is never adopted.
	Tracked func(id string) bool
	// Log receives what happens, for people who ask; nil keeps quiet.
	Log func(ctx context.Context, level slog.Level, msg string, args ...any)
	// DialContext replaces the dialer, for tests that need no network.
	DialContext DialFunc
}

// Client talks to one instance with one key. Its limits, its breaker and its cache belong to this value; it is safe
// for concurrent use.
type Client struct {
	config Config
	gets   *http.Transport // of GETs and PUTs
	posts  *http.Transport
	gate   *gate

	locks   sync.Map // *semaphore.Weighted by what creations have in common
	claims  claims
	breaker breaker
	memo    memo
	change  atomic.Int64 // counts what this process changed
	changes sync.Map     // the last change by client id in lower case
	names   sync.Map     // knownName by account id in lower case
	owners  sync.Map     // client id by account id in lower case, as responses show it
	shown   sync.Map     // when a listing of this process showed an id first, by the id in lower case
	// namesReturned: credit actions returned the name of an account at least once.
	namesReturned atomic.Bool
	// unauthorized is set by a 401: with that key, nothing more is sent.
	unauthorized atomic.Pointer[APIError]
}

// New builds a client and sends nothing. The error says what is missing.
func New(config Config) (*Client, error) {
	if config.BaseURL == nil {
		return nil, errors.New("no address")
	}
	if config.APIKey == "" {
		return nil, errors.New("no API key")
	}
	config.MaxConcurrentRequests = cmp.Or(config.MaxConcurrentRequests, DefaultMaxConcurrentRequests)
	config.RequestTimeout = cmp.Or(config.RequestTimeout, DefaultRequestTimeout)
	config.OnExisting = cmp.Or(config.OnExisting, FailOnExisting)
	if config.Tracked == nil {
		config.Tracked = func(string) bool { return false }
	}
	if config.Log == nil {
		config.Log = func(context.Context, slog.Level, string, ...any) {}
	}
	if config.DialContext == nil {
		config.DialContext = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	}
	c := &Client{config: config, gets: newTransport(config), posts: newTransport(config)}
	// A connection that serves one POST is never one that is just being closed, so a POST for which there was no
	// connection was certainly not sent.
	c.posts.DisableKeepAlives = true
	c.gate = newGate(config.MaxConcurrentRequests, config.RequestsPerMinute)
	return c, nil
}

const dialTimeout = 15 * time.Second

// newTransport speaks HTTP/1.1 alone, where a connection carries one request at a time and no request is sent again
// by itself.
func newTransport(config Config) *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		OnProxyConnectResponse: checkProxy,
		DialContext:            config.DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSNextProto:           map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2
		TLSHandshakeTimeout:    dialTimeout,
		MaxIdleConnsPerHost:    config.MaxConcurrentRequests,
		IdleConnTimeout:        60 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

// Close ends idle connections.
func (c *Client) Close() {
	c.gets.CloseIdleConnections()
	c.posts.CloseIdleConnections()
}

// Address is where requests go, without the API's path.
func (c *Client) Address() string { return c.config.BaseURL.String() }
