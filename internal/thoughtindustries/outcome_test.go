package thoughtindustries

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
)

// testClient has no server.
func testClient(t *testing.T, key string) *Client {
	t.Helper()
	client, err := New(Config{BaseURL: &url.URL{Scheme: "https", Host: "api.test"}, APIKey: key})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// statusOutcomes is the contract's table for a POST: later rows are exceptions to earlier ones.
var statusOutcomes = []struct {
	from, to     int
	withID, noID outcome
}{
	{100, 199, outcomeUnknown, outcomeUnknown},
	{200, 299, outcomeCreated, outcomeUnknown},
	{300, 399, outcomeUnknown, outcomeUnknown},
	{301, 301, outcomeRefused, outcomeRefused},
	{307, 308, outcomeRefused, outcomeRefused},
	{400, 499, outcomeRefused, outcomeRefused},
	{408, 408, outcomeUnknown, outcomeUnknown},
	{429, 429, outcomePostponed, outcomePostponed},
	{500, 999, outcomeUnknown, outcomeUnknown},
}

func TestDecide_EveryStatusHasOneOutcome(t *testing.T) {
	client := testClient(t, testKey)
	for status := 100; status <= 999; status++ {
		var withID, noID outcome
		for _, row := range statusOutcomes {
			if row.from <= status && status <= row.to {
				withID, noID = row.withID, row.noID
			}
		}
		for _, header := range []http.Header{{}, {"Retry-After": {"7"}}, {"Content-Type": {"text/html"}}} {
			for _, broken := range []error{nil, io.ErrUnexpectedEOF} {
				r := result{connected: true, status: status, header: header, err: broken}
				for _, row := range []struct {
					from given
					want outcome
				}{{given{id: someID}, withID}, {given{}, noID}, {given{problem: "gave an odd id"}, noID}} {
					got, reason := client.decide(r, row.from)
					if got != row.want || (reason == "") != (got == outcomeCreated) {
						t.Errorf("%d %v, body %v, id %+v: %s (%q), want %s", status, header, broken, row.from, got, reason, row.want)
					}
				}
			}
		}
	}
}

const someID = "11111111-2222-4333-8444-555555555555"

// networkFaults are what keeps a response away. passing: it may be over in some seconds.
var networkFaults = []struct {
	name    string
	err     error
	passing bool
	reason  string
}{
	{"no such host", &net.DNSError{Name: "nowhere.test", IsNotFound: true}, false, "the host nowhere.test does not exist"},
	{"DNS out of order", dialError(&net.DNSError{Err: "misbehaving", Name: "api.test"}), true, "misbehaving"},
	{"DNS timeout", &net.DNSError{Err: "i/o timeout", Name: "api.test", IsTimeout: true}, true, "i/o timeout"},
	{"refused", dialError(os.NewSyscallError("connect", syscall.ECONNREFUSED)), true, "connection refused"},
	{"unreachable", dialError(os.NewSyscallError("connect", syscall.ENETUNREACH)), true, "unreachable"},
	{"timeout", os.ErrDeadlineExceeded, true, "it took too long"},
	{"end of file", io.EOF, true, "the connection was closed"},
	{"request_timeout", fmt.Errorf("%w (1m0s)", errRequestTimeout), true, "request_timeout was over (1m0s)"},
	{"certificate", &tls.CertificateVerificationError{Err: errors.New("expired")}, false, "expired"},
	{"unknown authority", notTrusted(x509.UnknownAuthorityError{}), false, "unknown authority"},
	{"another host", notTrusted(x509.HostnameError{Certificate: &x509.Certificate{}, Host: "api.test"}), false, "api.test"},
	{"TLS alert", &net.OpError{Op: "remote error", Err: errors.New("handshake failure")}, false, "handshake failure"},
	{"not TLS", tls.RecordHeaderError{Msg: "not a TLS handshake"}, false, "not a TLS handshake"},
	{"interrupt", errInterrupted, false, "the run was interrupted"},
	{"time allowed", errOutOfTime, false, "the allowed time was over"},
	{"breaker", errBreaker, false, "outcomes of the last 3 requests"},
	{"401 before", &APIError{Status: 401}, false, "401"},
	{"no reason", nil, true, "no reason was given"},
}

// notTrusted is how TLS reports what is wrong with a certificate.
func notTrusted(err error) error { return &tls.CertificateVerificationError{Err: err} }

func dialError(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }

func TestDecide_WithoutAResponseOnlyTheConnectionCounts(t *testing.T) {
	client := testClient(t, testKey)
	for _, fault := range networkFaults {
		for connected, want := range map[bool]outcome{false: outcomeNotSent, true: outcomeUnknown} {
			got, reason := client.decide(result{connected: connected, err: fault.err}, given{})
			if got != want || !strings.Contains(reason, fault.reason) {
				t.Errorf("%s, connected %v: %s (%q), want %s with %q", fault.name, connected, got, reason, want, fault.reason)
			}
		}
		if got := passing(fault.err); got != fault.passing {
			t.Errorf("%s: it counts as passing: %v", fault.name, got)
		}
	}
}

func TestDecide_WhatIsForgottenIsUnknown(t *testing.T) {
	var forgotten outcome
	if forgotten != outcomeUnknown || forgotten.String() != "unknown" {
		t.Errorf("it is %s", forgotten)
	}
}
