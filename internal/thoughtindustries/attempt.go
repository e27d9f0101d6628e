package thoughtindustries

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/pace"
)

var (
	errInterrupted    = errors.New("the run was interrupted")
	errOutOfTime      = errors.New("the time allowed for creating was over")
	errRequestTimeout = errors.New("request_timeout was over")
	errTooLong        = errors.New("it is too long")
	errBroken         = errors.New("the request could not be built")
)

// call is one request as it is wanted, however often it takes to get it through.
type call struct {
	method  string
	address *url.URL
	body    []byte // JSON; nil for none
	// slot in the pacer's queue, kept over repetitions.
	slot *pace.Slot
}

// attempt waits for its permit, sends the request once and says what came of it.
func (c *Client) attempt(ctx context.Context, wanted call) Attempt {
	permit, err := c.permit(ctx, wanted)
	if err != nil {
		return Attempt{Method: wanted.method, Err: whyEnded(ctx, err)}
	}
	result := c.exchange(ctx, wanted)
	permit.Done(result.response())
	return result
}

// permit waits for the permit to send a request.
func (c *Client) permit(ctx context.Context, wanted call) (*pace.Permit, error) {
	if !withoutWaiting(ctx) {
		return wanted.slot.Wait(ctx)
	}
	permit, err := wanted.slot.WaitUnlessHeldBack(ctx)
	if errors.Is(err, pace.ErrHeldBack) {
		err = ErrWouldWait
	}
	return permit, err
}

// ErrWouldWait: a lookup at plan would have to wait for the rate limit.
var ErrWouldWait = errors.New("the API's rate limit leaves no room for the lookup at plan")

func isWouldWait(err error) bool { return errors.Is(err, ErrWouldWait) }

type withoutWaitingKey struct{}

// planContext is the context of a lookup at plan.
func planContext(ctx context.Context, wait bool) context.Context {
	if wait {
		return ctx
	}
	return context.WithValue(ctx, withoutWaitingKey{}, true)
}

func withoutWaiting(ctx context.Context) bool { return ctx.Value(withoutWaitingKey{}) != nil }

// exchange sends the request once. Until its first byte is sent, it ends with
// ctx at once. After that, a POST is not cut by ctx any more: it runs until its
// response or request_timeout, because a POST that is cut is a POST whose
// outcome nobody knows.
func (c *Client) exchange(ctx context.Context, wanted call) Attempt {
	result := Attempt{Method: wanted.method}
	tracker := &writeTracker{}
	sending, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), c.config.RequestTimeout, errRequestTimeout)
	defer cancel()
	defer context.AfterFunc(ctx, func() {
		if wanted.method != http.MethodPost || tracker.abort() {
			cancel()
		}
	})()

	request, err := c.request(httptrace.WithClientTrace(sending, &httptrace.ClientTrace{GotConn: tracker.gotConn}), wanted)
	if err != nil {
		result.Err = err
		return result
	}
	result.Began = time.Now()
	response, err := c.transport.RoundTrip(request)
	result.Ended = time.Now()
	if err != nil {
		result.Sent = !tracker.abort()
		result.Err = c.whyCut(ctx, sending, err)
		c.log(ctx, slog.LevelDebug, "No response", wanted, "sent", result.Sent, "error", c.redact(describe(result.Err)))
		return result
	}
	defer response.Body.Close()
	// Before the body is read, which may take long: Date says when it began.
	c.clock.learn(response.Header, result.Began, result.Ended)
	result.Sent = true
	result.Status = response.StatusCode
	result.Header = response.Header
	limit := MaxResponseBytes
	if wanted.method == http.MethodGet {
		limit = MaxListingBytes
	}
	result.Body, result.BodyErr = readBody(response.Body, limit)
	if result.BodyErr != nil {
		result.BodyErr = c.whyCut(ctx, sending, result.BodyErr)
	}
	result.Ended = time.Now()
	if c.config.Log != nil {
		c.log(ctx, slog.LevelDebug, "Response", wanted, "status", result.Status, "bytes", len(result.Body),
			"duration", result.Ended.Sub(result.Began).Round(time.Millisecond).String())
	}
	return result
}

// response is what the pacer learns from.
func (a Attempt) response() pace.Response {
	response := pace.Response{Status: a.Status, Header: a.Header, Unsent: !a.Sent}
	if a.Status == http.StatusTooManyRequests {
		response.RetryAfter = retryAfterInBody(a.Body)
	}
	return response
}

// request is built so that no layer below can send it twice: the transport
// replays a request whose body it can rewind, so a POST gives it no way to,
// and there is no idempotency header, which it would take as leave to.
func (c *Client) request(ctx context.Context, wanted call) (*http.Request, error) {
	request, err := http.NewRequestWithContext(ctx, wanted.method, "", nil)
	if err != nil {
		return nil, errBroken // the error itself may quote what was to be sent
	}
	request.URL, request.Host = wanted.address, wanted.address.Host
	request.Header = make(http.Header, 4)
	// A GET has an empty body that cannot be rewound: else the transport sends it
	// once more by itself where a kept connection dies, without a permit.
	request.Body = io.NopCloser(bytes.NewReader(wanted.body))
	if wanted.body != nil {
		request.ContentLength = int64(len(wanted.body))
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Authorization", "Bearer "+c.config.APIKey)
	if c.config.UserAgent != "" {
		request.Header.Set("User-Agent", c.config.UserAgent)
	}
	return request, nil
}

// readBody reads at most limit bytes. What was read is returned also with an
// error: the id may be in it.
func readBody(body io.Reader, limit int) ([]byte, error) {
	read, err := io.ReadAll(io.LimitReader(body, int64(limit)+1))
	if len(read) > limit {
		return read[:limit], fmt.Errorf("%w: more than %d bytes", errTooLong, limit)
	}
	return read, err
}

// whyEnded distinguishes an interrupt and the end of the time allowed from faults of
// the network, whose errors may look like either.
func whyEnded(ctx context.Context, err error) error {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return errInterrupted
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return errOutOfTime
	}
	return err
}

// whyCut says what cut a request that was under way. An interrupt did only
// where it ended the sending: a POST that goes on after one has faults of its own.
func (c *Client) whyCut(ctx, sending context.Context, err error) error {
	switch {
	case sending.Err() == nil:
		return withoutQuotes(err)
	case errors.Is(context.Cause(sending), errRequestTimeout):
		return fmt.Errorf("%w (%s)", errRequestTimeout, c.config.RequestTimeout)
	}
	return whyEnded(ctx, err)
}

// log says what was sent where. Headers and bodies are never part of it: the
// one contains the key, the other addresses of people.
func (c *Client) log(ctx context.Context, level slog.Level, msg string, wanted call, args ...any) {
	c.say(ctx, level, msg, append([]any{"method", wanted.method, "path", wanted.address.Path}, args...)...)
}

func (c *Client) say(ctx context.Context, level slog.Level, msg string, args ...any) {
	if c.config.Log != nil {
		c.config.Log(ctx, level, msg, args...)
	}
}
