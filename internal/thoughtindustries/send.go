package thoughtindustries

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

const (
	// maxWriteBytes is the most that is read of a response to a POST or a PUT.
	maxWriteBytes = 1 << 20
	// maxReadBytes is likewise for a GET: a page of clients has the courses of each.
	maxReadBytes = 16 << 20
)

// reason is an error of our own, whose text is for people.
type reason string

func (r reason) Error() string { return string(r) }

const (
	errInterrupted    = reason("the run was interrupted")
	errOutOfTime      = reason("the allowed time was over")
	errRequestTimeout = reason("request_timeout was over")
	errTooLong        = reason("the response is too long")
	errNotBuilt       = reason("the request could not be built")
	errBreaker        = reason("the outcomes of the last 3 requests that create something are unknown, " +
		"so no more are sent in this run")
)

// call is one request as it is wanted, however often it takes to get it through.
type call struct {
	method  string
	address *url.URL
	body    []byte // JSON; nil for none
}

// result is what came of sending it once.
type result struct {
	began     time.Time
	connected bool // there was a connection for it, so it may have been sent
	status    int  // 0 if no response came
	header    http.Header
	body      []byte
	err       error // why no response came, or not the whole of it
}

// send waits for a permit and sends a request once. settle is called with the result before the permit goes to the
// next request.
func (c *Client) send(ctx context.Context, wanted call, settle func(result)) result {
	started, err := c.gate.wait(ctx)
	if err != nil {
		r := result{err: ended(ctx, err)}
		settle(r)
		return r
	}
	var r result
	switch key := c.unauthorized.Load(); {
	case key != nil:
		r.err = key
	case wanted.method == http.MethodPost && c.breaker.isOpen.Load():
		r.err = errBreaker
	default:
		r = c.exchange(ctx, wanted)
	}
	if r.status == http.StatusUnauthorized {
		c.unauthorized.CompareAndSwap(nil, c.apiError(r))
	}
	if wait, asked := retryAfter(r, time.Now()); asked { // for people who follow a run that seems to stand still
		c.config.Log(ctx, slog.LevelInfo, "The API asks to wait", "for", wait.Round(100*time.Millisecond).String())
	}
	settle(r)
	started.done(r)
	return r
}

// exchange is one request and its response. ctx cuts a POST only while there is no connection for it: after that,
// nobody would know its outcome.
func (c *Client) exchange(ctx context.Context, wanted call) result {
	post := wanted.method == http.MethodPost
	timeout := fmt.Errorf("%w (%s)", errRequestTimeout, c.config.RequestTimeout)
	timed, stop := context.WithTimeoutCause(context.WithoutCancel(ctx), c.config.RequestTimeout, timeout)
	defer stop()
	sending, cancel := context.WithCancelCause(timed)
	r := result{began: time.Now()}
	// settled by the connection or by the end of ctx, whichever comes first.
	var settled atomic.Bool
	defer context.AfterFunc(ctx, func() {
		if !post || settled.CompareAndSwap(false, true) {
			cancel(ended(ctx, ctx.Err()))
		}
	})()
	trace := &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if !post || settled.CompareAndSwap(false, true) {
			r.connected = true
			return
		}
		_ = got.Conn.Close() // ctx came first: nothing may be written
	}}
	request, err := c.request(httptrace.WithClientTrace(sending, trace), wanted)
	if err != nil {
		r.err = errNotBuilt // the error itself may quote what was to be sent
		return r
	}
	transport, limit := c.gets, int64(maxWriteBytes)
	switch wanted.method {
	case http.MethodPost:
		transport = c.posts
	case http.MethodGet:
		limit = maxReadBytes
	}
	response, err := transport.RoundTrip(request)
	if err != nil {
		r.err = cmp.Or(context.Cause(sending), err)
		c.log(ctx, "No response", wanted, "connected", r.connected, "error", c.describe(r.err))
		return r
	}
	defer response.Body.Close()
	r.status, r.header = response.StatusCode, response.Header
	r.body, err = io.ReadAll(io.LimitReader(response.Body, limit+1))
	r.body = c.withoutKey(r.body)
	switch {
	case err != nil:
		r.err = cmp.Or(context.Cause(sending), err)
	case int64(len(r.body)) > limit:
		r.err = errTooLong
	}
	c.log(ctx, "Response", wanted, "status", r.status, "bytes", len(r.body),
		"duration", time.Since(r.began).Round(time.Millisecond).String())
	return r
}

// request has a body that no layer below can rewind, also where it is empty: else the transport sends a request again
// by itself when a kept connection dies.
func (c *Client) request(ctx context.Context, wanted call) (*http.Request, error) {
	body := io.NopCloser(bytes.NewReader(wanted.body))
	request, err := http.NewRequestWithContext(ctx, wanted.method, wanted.address.String(), body)
	if err != nil {
		return nil, err
	}
	if wanted.body != nil {
		request.ContentLength = int64(len(wanted.body))
		request.Header.Set("Content-Type", "application/json")
	}
	if wanted.method == http.MethodGet {
		request.Header.Set("Cache-Control", "no-cache")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.config.APIKey)
	request.Header.Set("User-Agent", c.config.UserAgent)
	return request, nil
}

// log says what was sent where. Headers and bodies are never part of it: they have the key, and the addresses of
// people.
func (c *Client) log(ctx context.Context, message string, wanted call, args ...any) {
	args = append([]any{"method", wanted.method, "path", wanted.address.Path}, args...)
	c.config.Log(ctx, slog.LevelDebug, message, args...)
}

// ended distinguishes an interrupt and the end of the time allowed from faults of the network, whose errors may look
// like either.
func ended(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errInterrupted
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errOutOfTime
	}
	return err
}

// proxyError is the refusal of a proxy to connect to the API.
type proxyError struct {
	host   string
	status int
}

func (e *proxyError) Error() string {
	return "the proxy " + e.host + " refuses to connect: " + statusLine(e.status)
}

func checkProxy(_ context.Context, proxy *url.URL, _ *http.Request, response *http.Response) error {
	if response.StatusCode == http.StatusOK {
		return nil
	}
	return &proxyError{proxy.Host, response.StatusCode}
}

// repeat sends a GET or a PUT until a usable response comes, up to tries times where there are faults. The error is
// *APIError or *ResponseError.
func (c *Client) repeat(ctx context.Context, wanted call, tries int) (result, error) {
	for try := 1; ; {
		r := c.send(ctx, wanted, func(result) {})
		switch {
		case isA[*APIError](r.err): // a 401 before
			return r, r.err
		case ctx.Err() != nil:
			return r, &ResponseError{Reason: ended(ctx, ctx.Err()).Error()}
		case r.status == http.StatusTooManyRequests:
			continue // the gate waits as the API asks
		case r.status >= 200 && r.status <= 299 && r.err == nil:
			return r, nil
		case r.status >= 300 && r.status <= 499 && r.status != http.StatusRequestTimeout:
			return r, c.apiError(r)
		case try >= tries, errors.Is(r.err, errTooLong), !r.connected && !passing(r.err):
			return r, c.responseError(r)
		}
		if err := pause(ctx, try); err != nil {
			return r, &ResponseError{Reason: err.Error()}
		}
		try++
	}
}

// pause waits before the next try: twice as long each time, up to 8 s, with a quarter of jitter. It ends with ctx at
// once and says why.
func pause(ctx context.Context, try int) error {
	length := min(500*time.Millisecond<<min(try-1, 8), 8*time.Second)
	length += time.Duration(rand.Int64N(int64(length)/4 + 1))
	timer := time.NewTimer(length)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx, ctx.Err())
	}
}
