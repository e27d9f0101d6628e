package thoughtindustries

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// messageLimit is how many characters of what a server wrote are shown.
const messageLimit = 500

// APIError is a definite no of the API: nothing was done.
type APIError struct {
	Status   int    // 300 to 499
	Message  string // what the API wrote, cleaned and shortened; may be empty. For HTML: its title
	Field    string // documented name of the field that the message concerns; may be empty
	Location string // of a redirect, without its query
	HTML     bool   // the response is an HTML page: a gateway or a firewall, not the API

	foreign bool // the body is neither JSON nor empty, so somebody else may have written it
}

func (e *APIError) Error() string {
	text := "the API responded with " + statusLine(e.Status)
	if e.HTML {
		text += " and an HTML page, which is not the API's"
	}
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// ResponseError: a request failed, or its response could not be used.
type ResponseError struct {
	Reason string
	HTML   bool // the response was an HTML page, so base_url may be wrong

	incomplete bool // a listing that came short, perhaps because it changed while it was read
}

func (e *ResponseError) Error() string { return e.Reason }

func unusable(format string, args ...any) *ResponseError {
	return &ResponseError{Reason: fmt.Sprintf(format, args...)}
}

// responseError says why a request came to nothing, for a response that does not refuse.
func (c *Client) responseError(r result) *ResponseError {
	return &ResponseError{HTML: isHTML(r), Reason: c.withBody(c.whatCame(r), r)}
}

// whatCame says in a few words how a request ended.
func (c *Client) whatCame(r result) string {
	switch {
	case r.status == 0 && !r.connected:
		return "the request was never sent: " + c.describe(r.err)
	case r.status == 0:
		return "no response came: " + c.describe(r.err)
	case r.err != nil:
		return fmt.Sprintf("the response %d broke off: %s", r.status, c.describe(r.err))
	}
	return "the API responded with " + statusLine(r.status)
}

// withBody adds what the server wrote.
func (c *Client) withBody(text string, r result) string {
	switch message := c.message(r); {
	case isHTML(r):
		return text + "; it wrote an HTML page, which is not the API's: " + message
	case message != "":
		return text + "; it wrote: " + message
	}
	return text
}

// apiError reads a response that refuses. Whatever its body is, that never fails.
func (c *Client) apiError(r result) *APIError {
	refusal := &APIError{Status: r.status, HTML: isHTML(r), Message: c.message(r)}
	if found := requestField.FindStringSubmatch(refusal.Message); found != nil && !refusal.HTML {
		refusal.Field = found[1] + strings.ToLower(found[2])
	}
	raw := trimBOM(r.body)
	refusal.foreign = len(raw) > 0 && !json.Valid(raw)
	if location := r.header.Get("Location"); r.status < 400 {
		location, _, _ = strings.Cut(location, "?")
		refusal.Location = c.clean(location)
	}
	return refusal
}

// isHTML reports whether a gateway or a firewall wrote the response, and not the API, whose JSON may be called HTML.
func isHTML(r result) bool {
	body := trimBOM(r.body)
	if bytes.HasPrefix(body, []byte("<")) {
		return true
	}
	return len(body) > 0 && strings.Contains(r.header.Get("Content-Type"), "html") && !json.Valid(body)
}

var title = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)

// message is what a response says of an error, fit to be shown: its documented texts, the title of an HTML page, or
// plain text. JSON in another form is not shown, because what it has of a client may be a secret.
func (c *Client) message(r result) string {
	body := trimBOM(r.body)
	switch {
	case len(body) == 0:
		return ""
	case isHTML(r):
		if found := title.FindSubmatch(body); found != nil {
			return c.clean(html.UnescapeString(string(found[1])))
		}
		return "(an HTML page without a title)"
	case json.Valid(body):
		var known struct{ Message, Errors, Error any }
		_ = json.Unmarshal(body, &known) // what is not an object has none of them
		return c.clean(cmp.Or(messageIn(known.Message), messageIn(known.Errors), messageIn(known.Error)))
	case !utf8.Valid(body), bytes.ContainsRune(body, 0):
		return "(a body that is not readable as text; it may be compressed)"
	}
	plain, _, _ := strings.Cut(string(body), "{") // not what it quotes
	if strings.HasPrefix(plain, "[") {
		return ""
	}
	return c.clean(plain)
}

// messageIn reads a text, an object with a message, or a list of these.
func messageIn(value any) string {
	switch value := value.(type) {
	case string:
		return value
	case map[string]any:
		message, _ := value["message"].(string)
		if field, ok := value["field"].(string); ok {
			return field + ": " + message
		}
		return message
	case []any:
		var messages []string
		for _, element := range value[:min(len(value), 5)] {
			if message := messageIn(element); message != "" {
				messages = append(messages, message)
			}
		}
		return strings.Join(messages, "; ")
	}
	return ""
}

// requestField finds the documented name of what a request may have. Those that are common words (name, type) count
// only at the start or in quotes.
var requestField = regexp.MustCompile(`\b(batchDaysUntilExpire|minimumBatchAmount|startingBalance|creditBatchName|` +
	`creditAccountId|currentBalance|notifyEmails|licenseIds|expiresOn|clientId)\b|` +
	`(?i:(?:^|["'\x60])(name|type)\b)`)

func trimBOM(body []byte) []byte {
	return bytes.TrimSpace(bytes.TrimPrefix(bytes.TrimSpace(body), []byte("\ufeff")))
}

const keyShown = "(the API key)"

// withoutKey: a server may repeat the key in what goes into a state. A very short one would be found in other words.
func (c *Client) withoutKey(body []byte) []byte {
	if len(c.config.APIKey) < 8 {
		return body
	}
	return bytes.ReplaceAll(body, []byte(c.config.APIKey), []byte(keyShown))
}

// clean makes text of unknown origin fit for a terminal. The key is taken out before anything is shortened, which
// could leave a part of it.
func (c *Client) clean(written string) string {
	written = strings.ReplaceAll(strings.ToValidUTF8(written, " "), c.config.APIKey, keyShown)
	words := strings.FieldsFunc(written, func(r rune) bool {
		return r == utf8.RuneError || !unicode.IsPrint(r) || unicode.IsSpace(r)
	})
	runes := []rune(strings.Join(words, " "))
	if len(runes) > messageLimit {
		return string(runes[:messageLimit]) + " […]"
	}
	return string(runes)
}

// describe puts an error of the transport into words. Only errors of known types are quoted: others may have parts of
// a response that is not HTTP.
func (c *Client) describe(err error) string {
	dns, isDNS := errors.AsType[*net.DNSError](err)
	network, isNetwork := errors.AsType[net.Error](err)
	switch {
	case err == nil:
		return "no reason was given"
	case isDNS && dns.IsNotFound:
		return c.clean("the host " + dns.Name + " does not exist")
	case isDNS, isTLS(err), isA[*net.OpError](err), isA[*proxyError](err), isA[*APIError](err), isA[reason](err):
		return c.clean(err.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return "the connection was closed"
	case isNetwork && network.Timeout():
		return "it took too long"
	}
	return "what came is not usable as HTTP"
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// LookupError: a lookup is not complete, so what it did not find proves nothing.
type LookupError struct {
	Refused bool   // 403, 404, 405 by the API itself, or no names at all: the endpoints are not open to this key
	Reason  string // what could not be read and why, in words for people
	HTML    bool   // an HTML page came: ask whether base_url is right, instead of advising "ignore"
	// Err is the response behind it, where there was one: *APIError (401: the key is not valid), *ResponseError.
	Err error
}

func (e *LookupError) Error() string { return e.Reason }
func (e *LookupError) Unwrap() error { return e.Err }

// isUnauthorized also for no problem at all.
func (e *LookupError) isUnauthorized() bool { return e != nil && isUnauthorized(e.Err) }

// lookupError sorts what ended a lookup into refused and failed.
func lookupError(what string, err error) *LookupError {
	if earlier, ok := errors.AsType[*LookupError](err); ok || err == nil {
		return earlier
	}
	problem := &LookupError{Reason: what + ": " + err.Error(), Err: err}
	if failed, ok := errors.AsType[*ResponseError](err); ok {
		problem.HTML = failed.HTML
	}
	if refusal, ok := errors.AsType[*APIError](err); ok {
		closed := []int{http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed}
		problem.Refused = !refusal.foreign && slices.Contains(closed, refusal.Status)
		problem.HTML = refusal.HTML
	}
	return problem
}

// isUnauthorized: the key is not valid.
func isUnauthorized(err error) bool {
	refusal, ok := errors.AsType[*APIError](err)
	return ok && refusal.Status == http.StatusUnauthorized
}
