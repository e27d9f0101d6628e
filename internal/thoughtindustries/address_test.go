package thoughtindustries

import (
	"net/url"
	"strings"
	"testing"
)

func TestInstanceURL_IsASubdomainAlone(t *testing.T) {
	for instance, want := range map[string]string{
		"acme":                  "https://acme.thoughtindustries.com",
		"Acme-2":                "https://acme-2.thoughtindustries.com",
		"a":                     "https://a.thoughtindustries.com",
		strings.Repeat("a", 63): "https://" + strings.Repeat("a", 63) + ".thoughtindustries.com",
	} {
		got, err := InstanceURL(instance)
		if err != nil || got.String() != want {
			t.Errorf("%q: got %v, %v; want %s", instance, got, err, want)
		}
	}
	for _, instance := range []string{
		"", "-acme", "acme-", "acme.evil", "evil.test/", "acme/..", "acme@evil.test", "acme:443", "acme?", "acme#", "acme\n", " acme", "ac me",
		"äcme", "acme_1", "https://acme.thoughtindustries.com", strings.Repeat("a", 64),
	} {
		if got, err := InstanceURL(instance); err == nil || !strings.Contains(err.Error(), "subdomain") {
			t.Errorf("%q gives %v (%v)", instance, got, err)
		}
	}
}

func TestParseBaseURL_TakesAnAddress(t *testing.T) {
	for raw, want := range map[string]string{
		"https://learn.example.com":          "https://learn.example.com",
		"https://learn.example.com/":         "https://learn.example.com",
		"HTTPS://learn.example.com:8443":     "https://learn.example.com:8443",
		"https://learn.example.com/a/b//":    "https://learn.example.com/a/b",
		"https://learn.example.com/incoming": "https://learn.example.com/incoming",
		"http://127.0.0.1:8080":              "http://127.0.0.1:8080",
		"http://127.9.9.9":                   "http://127.9.9.9",
		"http://[::1]:8080/x":                "http://[::1]:8080/x",
		"http://LocalHost:1":                 "http://LocalHost:1",
		"https://10.0.0.1":                   "https://10.0.0.1",
		"https://learn.example.com:":         "https://learn.example.com",
	} {
		got, err := ParseBaseURL(raw)
		if err != nil || got.String() != want {
			t.Errorf("%s: got %v, %v; want %s", raw, got, err, want)
		}
	}
}

func TestParseBaseURL_SaysWhichRuleIsBroken(t *testing.T) {
	for raw, want := range map[string]string{
		"":                                         "begin with https://",
		"learn.example.com":                        "begin with https://",
		"//learn.example.com":                      "begin with https://",
		"ftp://learn.example.com":                  "begin with https://",
		"https://":                                 "no host",
		"https:///path":                            "no host",
		"https://:443":                             "no host",
		"https:learn.example.com":                  "no host",
		"https://me:hunter2@learn.example.com":     "not contain a user name or password",
		"https://me@learn.example.com":             "not contain a user name or password",
		"https://learn.example.com?x=1":            "no query",
		"https://learn.example.com/?":              "no query",
		"https://learn.example.com#x":              "no fragment",
		"https://learn.example.com/#":              "no fragment",
		"http://learn.example.com":                 "unencrypted",
		"http://127.0.0.1.example.com":             "unencrypted",
		"http://localhost.example.com":             "unencrypted",
		"http://10.0.0.1":                          "unencrypted",
		"http://0.0.0.0":                           "unencrypted",
		"https://learn.example.com/../x":           ". or .. segment",
		"https://learn.example.com/a/%2e%2e/x":     ". or .. segment",
		"https://learn.example.com/./x":            ". or .. segment",
		"https://learn.example.com/incoming/v2":    "leave /incoming/v2 out",
		"https://learn.example.com/x/incoming/v2/": "leave /incoming/v2 out",
		"https://learn.example.com:port":           "not a URL",
		"https://me:hunter2@learn.example.com:x":   "not a URL",
		"https://learn.example.com/%zz":            "not a URL",
		"https://learn example.com":                "not a URL",
		"https://learn.example.com/\x00":           "not a URL",
	} {
		got, err := ParseBaseURL(raw)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want an error that says %q", raw, got, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the error repeats the password: %v", raw, err)
		}
	}
}

func TestClient_PutsEverySegmentIntoOnePath(t *testing.T) {
	for base, want := range map[string]string{
		"https://api.test":        "https://api.test/incoming/v2/clients/a%2Fb%3Fc/creditBatches?page=1",
		"https://api.test/tenant": "https://api.test/tenant/incoming/v2/clients/a%2Fb%3Fc/creditBatches?page=1",
	} {
		address, err := ParseBaseURL(base)
		if err != nil {
			t.Fatal(err)
		}
		client, err := New(Config{BaseURL: address, APIKey: testKey})
		if err != nil {
			t.Fatal(err)
		}
		if got := client.endpoint(url.Values{"page": {"1"}}, "clients", "a/b?c", "creditBatches").String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if got := client.Address(); got != base {
			t.Errorf("the address is %s, want %s", got, base)
		}
	}
}

func TestNew_NeedsAnAddressAndAKey(t *testing.T) {
	address := &url.URL{Scheme: "https", Host: "api.test"}
	for want, config := range map[string]Config{"no address": {APIKey: testKey}, "no API key": {BaseURL: address}} {
		if _, err := New(config); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	client, err := New(Config{BaseURL: address, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	if c := client.config; c.MaxConcurrentRequests != 5 || c.RequestTimeout.String() != "1m0s" || c.OnExisting != FailOnExisting || c.LookupTimeout != defaultLookupTimeout || c.Tracked("x") {
		t.Errorf("the defaults are %+v", c)
	}
	if client.transport.TLSClientConfig.MinVersion == 0 || client.transport.ForceAttemptHTTP2 {
		t.Error("TLS 1.2 and HTTP/1.1 are what the client keeps to")
	}
}
