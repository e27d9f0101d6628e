package thoughtindustries

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// expected is what the contract says of an attempt, in the words of the tests.
type expected struct {
	outcome Outcome
	repeat  bool
}

func (e expected) check(t *testing.T, a Attempt) Verdict {
	t.Helper()
	got := Decide(a)
	if (expected{got.Outcome, got.Repeat}) != e {
		t.Errorf("%s %d (left %v, id %v, body %v, error %v) is %q, repeat %v; want %q, %v",
			a.Method, a.Status, a.Sent, a.GaveID, a.BodyErr, a.Err, got.Outcome, got.Repeat, e.outcome, e.repeat)
	}
	if got.Outcome != Created && got.Reason == "" {
		t.Errorf("%s %d gives no reason", a.Method, a.Status)
	}
	if a.Method == http.MethodPost && got.Repeat && got.Outcome != NotSent && got.Outcome != WaitAndRetry {
		t.Errorf("a POST that is %q would be sent again", got.Outcome)
	}
	return got
}

var (
	created2xx = expected{outcome: Created}
	refused    = expected{outcome: Refused}
	lost       = expected{outcome: Unknown}
	lostGet    = expected{outcome: Unknown, repeat: true}
	wait       = expected{outcome: WaitAndRetry, repeat: true}
)

// statusRule is a row of the contract's table: the outcomes of a status, for a
// POST whose body gives an id, for a POST whose body gives none, and for a GET
// or PUT. Later rows are exceptions to earlier ones.
type statusRule struct {
	from, to           int
	withID, noID, read expected
}

var statusRules = []statusRule{
	{100, 199, lost, lost, lost},
	{200, 299, created2xx, lost, created2xx},
	{300, 399, lost, lost, lost},
	{301, 301, refused, refused, refused},
	{307, 308, refused, refused, refused},
	{400, 499, refused, refused, refused},
	{408, 408, lost, lost, lostGet},
	{429, 429, wait, wait, wait},
	{500, 599, lost, lost, lostGet},
	{600, 999, lost, lost, lostGet},
}

// with Retry-After, one status means something else for what may be repeated.
var retryAfterRules = append(statusRules[:len(statusRules):len(statusRules)], statusRule{503, 503, lost, lost, wait})

func ruleFor(rules []statusRule, status int) statusRule {
	found := statusRule{}
	for _, rule := range rules {
		if rule.from <= status && status <= rule.to {
			found = rule
		}
	}
	return found
}

func TestDecide_EveryStatusHasOneOutcome(t *testing.T) {
	for _, retryAfter := range []struct {
		value string
		rules []statusRule
	}{
		{"", statusRules},
		{"soon", statusRules}, // neither seconds nor a date: unset
		{"7", retryAfterRules},
		{"0", retryAfterRules},
		{"Wed, 21 Oct 2026 07:28:00 GMT", retryAfterRules},
	} {
		t.Run("Retry-After "+retryAfter.value, func(t *testing.T) {
			header := http.Header{}
			if retryAfter.value != "" {
				header.Set("Retry-After", retryAfter.value)
			}
			for status := 100; status <= 999; status++ {
				rule := ruleFor(retryAfter.rules, status)
				attempt := Attempt{Sent: true, Status: status, Header: header, Ended: time.Now()}
				for _, method := range []string{http.MethodGet, http.MethodPut} {
					attempt.Method = method
					rule.read.check(t, attempt)
				}
				attempt.Method = http.MethodPost
				rule.noID.check(t, attempt)
				attempt.GaveID = true
				rule.withID.check(t, attempt)
			}
		})
	}
}

// What became of the body matters for a 2xx alone: other statuses say all.
func TestDecide_ABodyThatDidNotArriveWhole(t *testing.T) {
	for _, test := range []struct {
		name                  string
		err                   error
		postNoID, read        expected
		reasonPost, reasonGet string
	}{
		{"cut", io.ErrUnexpectedEOF, lost, lostGet, "broke off before it gave an id", "broke off"},
		{"timed out", fmt.Errorf("%w (1m0s)", errRequestTimeout), lost, lostGet, "request_timeout was over (1m0s)", "request_timeout was over (1m0s)"},
		{"too long", errTooLong, lost, refused, "it is too long", "was not usable"},
		{"reset", syscall.ECONNRESET, lost, lostGet, "connection reset", "connection reset"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, status := range []int{200, 201, 204, 299} {
				attempt := Attempt{Method: http.MethodPost, Sent: true, Status: status, BodyErr: test.err}
				if got := test.postNoID.check(t, attempt); !strings.Contains(got.Reason, test.reasonPost) {
					t.Errorf("the reason %q does not say %q", got.Reason, test.reasonPost)
				}
				attempt.GaveID = true
				created2xx.check(t, attempt)
				attempt = Attempt{Method: http.MethodGet, Sent: true, Status: status, BodyErr: test.err}
				if got := test.read.check(t, attempt); !strings.Contains(got.Reason, test.reasonGet) {
					t.Errorf("the reason %q does not say %q", got.Reason, test.reasonGet)
				}
			}
			for _, status := range []int{301, 400, 404, 422} {
				refused.check(t, Attempt{Method: http.MethodPost, Sent: true, Status: status, BodyErr: test.err})
			}
			wait.check(t, Attempt{Method: http.MethodPost, Sent: true, Status: 429, BodyErr: test.err})
			lost.check(t, Attempt{Method: http.MethodPost, Sent: true, Status: 500, BodyErr: test.err})
		})
	}
}

// networkFaults are the errors that keep a response away. passing: there is
// hope that it is over in a few seconds.
var networkFaults = []struct {
	name    string
	err     error
	passing bool
	reason  string
}{
	{"no such host", &net.DNSError{Err: "no such host", Name: "nowhere.test", IsNotFound: true}, false, "the host nowhere.test does not exist"},
	{"DNS for now", &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "api.test", IsTemporary: true}}, true, "server misbehaving"},
	{"DNS timeout", &net.DNSError{Err: "i/o timeout", Name: "api.test", IsTimeout: true}, true, "i/o timeout"},
	{"refused", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, true, "connection refused"},
	{"unreachable", &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ENETUNREACH)}, true, "unreachable"},
	{"timeout", os.ErrDeadlineExceeded, true, "timeout"},
	{"reset", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, true, "reset"},
	{"end of file", io.EOF, true, "EOF"},
	{"request_timeout", fmt.Errorf("%w (1m0s)", errRequestTimeout), true, "request_timeout was over"},
	{"given up", errAborted, true, "given up"},
	{"unverified certificate", &tls.CertificateVerificationError{Err: errors.New("expired")}, false, "expired"},
	{"unknown authority", fmt.Errorf("tls: %w", x509.UnknownAuthorityError{}), false, "unknown authority"},
	{"another host's certificate", x509.HostnameError{Certificate: &x509.Certificate{}, Host: "api.test"}, false, "api.test"},
	{"TLS alert of theirs", &net.OpError{Op: "remote error", Err: errors.New("tls: handshake failure")}, false, "handshake failure"},
	{"TLS alert of ours", &net.OpError{Op: "local error", Err: errors.New("tls: bad record MAC")}, false, "bad record MAC"},
	{"not TLS", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, false, "does not look like a TLS handshake"},
	{"interrupt", errInterrupted, false, "the run was interrupted"},
	{"time allowed is over", errOutOfTime, false, "the time allowed for creating was over"},
	{"breaker", errBreaker, false, "outcomes of the last 3 requests"},
	{"not built", errBroken, false, "could not be built"},
	{"no reason", nil, false, "no reason was given"},
}

func TestDecide_NoResponse(t *testing.T) {
	for _, fault := range networkFaults {
		t.Run(fault.name, func(t *testing.T) {
			for _, method := range []string{http.MethodPost, http.MethodGet, http.MethodPut} {
				got := expected{outcome: NotSent, repeat: fault.passing}.check(t, Attempt{Method: method, Err: fault.err})
				if !strings.HasPrefix(got.Reason, "the request was never sent") || !strings.Contains(got.Reason, fault.reason) {
					t.Errorf("the reason %q does not say %q", got.Reason, fault.reason)
				}
				// Once a byte left, no error is good news.
				left := expected{outcome: Unknown, repeat: method != http.MethodPost}
				got = left.check(t, Attempt{Method: method, Sent: true, Err: fault.err})
				if !strings.Contains(got.Reason, "after the request was sent") || !strings.Contains(got.Reason, fault.reason) {
					t.Errorf("the reason %q does not say %q", got.Reason, fault.reason)
				}
			}
		})
	}
}

// The zero value of everything is the worst case, not the best.
func TestDecide_WhatIsForgottenIsUnknown(t *testing.T) {
	if (Verdict{}).Outcome != Unknown {
		t.Error("a verdict that nobody gave is not unknown")
	}
	lost.check(t, Attempt{Method: http.MethodPost, Sent: true})
	if got := Outcome(99).String(); got != "unknown" {
		t.Errorf("an outcome out of range is called %q", got)
	}
}

func TestOutcome_HasAName(t *testing.T) {
	for outcome, want := range map[Outcome]string{
		Unknown: "unknown", Created: "created", Refused: "refused", NotSent: "not sent", WaitAndRetry: "wait and retry",
	} {
		if got := outcome.String(); got != want {
			t.Errorf("outcome %d is called %q, want %q", outcome, got, want)
		}
	}
}

func TestWhyEnded_DistinguishesAnInterruptFromTheEndOfTheTime(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for _, test := range []struct {
		name string
		ctx  context.Context
		want error
	}{
		{"interrupted", interrupted, errInterrupted},
		{"out of time", late, errOutOfTime},
		{"neither", t.Context(), io.EOF},
	} {
		if got := whyEnded(test.ctx, io.EOF); !errors.Is(got, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, got, test.want)
		}
	}
}
