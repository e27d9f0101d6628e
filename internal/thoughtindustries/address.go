package thoughtindustries

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strings"
)

// apiPath is what the vendor puts before every documented path.
const apiPath = "/incoming/v2"

// One DNS label; more would let an instance name choose another host, and with it where the key is sent.
var instancePattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$`)

// InstanceURL gives the address of an instance by its subdomain: acme is https://acme.thoughtindustries.com. The
// error says what a subdomain may be.
func InstanceURL(instance string) (*url.URL, error) {
	if !instancePattern.MatchString(instance) {
		return nil, errors.New("an instance is the subdomain alone, such as acme for " +
			"https://acme.thoughtindustries.com: " +
			"letters, digits and hyphens, at most 63; for any other address set base_url")
	}
	return &url.URL{Scheme: "https", Host: strings.ToLower(instance) + ".thoughtindustries.com"}, nil
}

// ParseBaseURL reads the address of an instance: scheme, host, optional port and optional path prefix. The scheme is
// https; http is allowed for loopback hosts alone, since every request carries the API key. The error says which rule
// was broken, and never repeats user information.
func ParseBaseURL(raw string) (*url.URL, error) {
	parsed, err := url.Parse(raw)
	if err != nil {
		// The parser's own error quotes the whole text, a password included.
		return nil, errors.New("this is not a URL; expected the form https://learn.example.com")
	}
	switch {
	case parsed.User != nil:
		return nil, errors.New("it must not contain a user name or password: the key goes into api_key")
	case parsed.Scheme != "https" && parsed.Scheme != "http":
		return nil, errors.New("it must begin with https://, such as https://learn.example.com")
	case parsed.Hostname() == "":
		return nil, errors.New("it has no host; expected the form https://learn.example.com")
	case strings.ContainsAny(raw, "?#"):
		return nil, errors.New("it must have no query (the part from ?) and no fragment (the part from #)")
	case strings.Contains(parsed.Path, ".."):
		return nil, errors.New("its path must have no .. segment")
	case parsed.Scheme == "http" && !isLoopback(parsed.Hostname()):
		return nil, errors.New("plain http would send the API key unencrypted: " +
			"use https (http is allowed for loopback hosts such as 127.0.0.1)")
	}
	prefix := strings.TrimRight(parsed.Path, "/")
	if strings.Contains(prefix+"/", apiPath+"/") {
		return nil, fmt.Errorf("leave %s out, and what follows it: it is added to every request", apiPath)
	}
	return &url.URL{Scheme: parsed.Scheme, Host: strings.TrimSuffix(parsed.Host, ":"), Path: prefix}, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// endpoint gives the address of a documented path. Its segments are escaped, so that an id can never lead to another
// path.
func (c *Client) endpoint(query url.Values, segments ...string) *url.URL {
	address := *c.config.BaseURL
	plain, escaped := address.Path+apiPath, address.EscapedPath()+apiPath
	for _, segment := range segments {
		plain += "/" + segment
		escaped += "/" + url.PathEscape(segment)
	}
	address.Path, address.RawPath, address.RawQuery = plain, escaped, query.Encode()
	return &address
}
