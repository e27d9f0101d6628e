package thoughtindustries

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"math"
	"net/http"
	"regexp"
	"strings"
	"time"
)

// messageLimit is how many characters of what a server wrote are shown.
const messageLimit = 500

// APIError is a definite no of the API: nothing was done.
type APIError struct {
	// Status is the HTTP status, 300 to 499.
	Status int
	// Code is the API's own word for the error; empty where it gave none.
	Code string
	// Message is what the API wrote, cleaned and shortened; empty where it wrote nothing.
	Message string
	// Field is the documented name of the field that the message concerns;
	// empty if it is not known.
	Field string
	// Location is where a redirect leads, without its query; empty for others.
	Location string
}

func (e *APIError) Error() string {
	text := fmt.Sprintf("the API responded with %d %s", e.Status, http.StatusText(e.Status))
	if e.Message != "" {
		text += ": " + e.Message
	}
	return text
}

// errorBody is the documented body of an error, and what other APIs write.
type errorBody struct {
	Error      json.RawMessage `json:"error"`
	Message    json.RawMessage `json:"message"`
	Detail     json.RawMessage `json:"detail"`
	Errors     json.RawMessage `json:"errors"`
	RetryAfter json.RawMessage `json:"retryAfter"`
}

// apiError reads a response that refuses. Whatever the body is, it never fails.
func (c *Client) apiError(a Attempt) *APIError {
	result := decodeAPIError(a.Status, a.Header.Get("Content-Type"), a.Body, c.redact)
	if location := a.Header.Get("Location"); location != "" && a.Status < 400 {
		location, _, _ = strings.Cut(location, "?")
		result.Location = cleanText(c.redact(location), 200)
	}
	return result
}

// decodeAPIError takes secrets out of what it read before it cuts anything
// short, which could leave a part of one.
func decodeAPIError(status int, contentType string, raw []byte, redact func(string) string) *APIError {
	result := &APIError{Status: status}
	var body errorBody
	if err := json.Unmarshal(raw, &body); err == nil {
		result.Message = firstText(body.Message, body.Errors, body.Detail, body.Error)
		if code := firstText(body.Error); code != result.Message {
			result.Code = cleanText(redact(code), 100)
		}
	} else if tree, ok := brokenJSON(raw); ok {
		result.Message = textIn(tree, 4)
	} else if text := bytes.TrimSpace(raw); len(text) > 0 {
		result.Message = plainText(contentType, []byte(redact(string(text))))
	}
	result.Field = fieldNamed(result.Message)
	result.Message = cleanText(redact(result.Message), messageLimit)
	return result
}

// brokenJSON reads JSON that is cut off, no object or followed by something. It
// is never shown as it stands: what it contains of a client may be a secret.
func brokenJSON(raw []byte) (any, bool) {
	raw = bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff")))
	if !bytes.HasPrefix(raw, []byte("{")) && !bytes.HasPrefix(raw, []byte("[")) {
		return nil, false
	}
	tree, _ := decodeLenient(raw)
	return tree, true
}

// firstText returns the first of the values that is text: a string, or an
// object or list that has one.
func firstText(values ...json.RawMessage) string {
	for _, value := range values {
		var read any
		if json.Unmarshal(value, &read) == nil {
			if text := textIn(read, 4); text != "" {
				return text
			}
		}
	}
	return ""
}

func textIn(value any, depth int) string {
	if depth == 0 {
		return ""
	}
	switch value := value.(type) {
	case string:
		return strings.TrimSpace(value)
	case []any:
		var texts []string
		for _, element := range value[:min(len(value), 5)] {
			if text := textIn(element, depth-1); text != "" {
				texts = append(texts, text)
			}
		}
		return strings.Join(texts, "; ")
	case map[string]any:
		message := ""
		for _, name := range []string{"message", "detail", "error", "title"} {
			if message = textIn(value[name], depth-1); message != "" {
				break
			}
		}
		for _, name := range []string{"field", "path", "param"} {
			if field := textIn(value[name], depth-1); field != "" && !strings.Contains(message, field) {
				return strings.TrimSuffix(field+": "+message, ": ")
			}
		}
		return message
	}
	return ""
}

var (
	markup = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
	title  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
)

// plainText shortens what is not JSON, to what stands before any that it quotes.
// Of a gateway's HTML page the title says the most.
func plainText(contentType string, text []byte) string {
	text = text[:min(len(text), 16<<10)]
	plain := string(text)
	if strings.Contains(contentType, "html") || bytes.HasPrefix(text, []byte("<")) {
		if found := title.FindSubmatch(text); found != nil && len(bytes.TrimSpace(found[1])) > 0 {
			text = found[1]
		}
		plain = html.UnescapeString(markup.ReplaceAllString(string(text), " "))
	}
	plain, _, _ = strings.Cut(plain, "{")
	return plain
}

// requestFields are the documented names of what a request may have, those
// that are words of their own first: "name" and "type" are common words.
var requestFields = regexp.MustCompile(`\b(batchDaysUntilExpire|minimumBatchAmount|startingBalance|creditBatchName|creditAccountId|` +
	`currentBalance|notifyEmails|licenseIds|expiresOn|clientId)\b`)

var wordFields = regexp.MustCompile("(?i)(?:^[\"'`]?|[\"'`]|\\bfield\\s+[\"'`]?)(name|type)(?:[\"'`]|\\s+(?:is|must|may|can|cannot|has|should|already|does)\\b|:)")

func fieldNamed(message string) string {
	if found := requestFields.FindString(message); found != "" {
		return found
	}
	if found := wordFields.FindStringSubmatch(message); found != nil {
		return strings.ToLower(found[1])
	}
	return ""
}

// retryAfterInBody reads the retryAfter seconds of a 429's body; 0 for none.
func retryAfterInBody(raw []byte) time.Duration {
	var body errorBody
	if json.Unmarshal(raw, &body) != nil {
		return 0
	}
	var seconds float64
	if json.Unmarshal(body.RetryAfter, &seconds) != nil || math.IsNaN(seconds) || seconds <= 0 {
		return 0
	}
	return time.Duration(math.Min(seconds, (24*time.Hour).Seconds()) * float64(time.Second))
}
