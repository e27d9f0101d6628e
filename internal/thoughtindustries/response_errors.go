package thoughtindustries

import (
	"bytes"
	"strings"
)

// reportedErrors gives what a response reports under errors, as failures in a
// 2xx are reported; nil for none.
func reportedErrors(root object) any {
	if isNothing(root["errors"]) {
		return nil
	}
	return root["errors"]
}

// isNothing reports whether a value is what programs write for "no error".
func isNothing(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case bool:
		return !value
	case string:
		return strings.TrimSpace(value) == ""
	case []any:
		return len(value) == 0
	case object:
		return len(value) == 0
	}
	return false
}

// errorIn gives the error that a 2xx response reports; nil where it reports none.
// The documented body of an error is one in a 2xx too, unless there is data.
func (c *Client) errorIn(tree any, status int) error {
	root, _ := tree.(object)
	reported := reportedErrors(root)
	if _, enveloped := root["data"]; !enveloped && reported == nil && !isNothing(root["error"]) {
		reported = root
	}
	if reported == nil {
		return nil
	}
	message := cleanText(c.redact(textIn(reported, 5)), messageLimit)
	if message == "" {
		return unusable("the response %d reports an error without a message", status)
	}
	return unusable("the response %d reports an error: %s", status, message)
}

// withMessage adds to a reason what the server wrote of an error, whatever the
// status of its response is.
func (c *Client) withMessage(reason string, a Attempt) string {
	if a.Status == 0 || a.GaveID || len(bytes.TrimSpace(a.Body)) == 0 {
		return reason
	}
	message := ""
	if a.Status >= 200 && a.Status <= 299 {
		tree, _ := decodeLenient(a.Body)
		root, _ := tree.(object)
		message = firstOf(textIn(reportedErrors(root), 5), textIn(root["error"], 4), textIn(root["message"], 4))
		message = cleanText(c.redact(message), messageLimit)
	} else {
		message = c.apiError(a).Message
	}
	if message == "" {
		return reason
	}
	return reason + "; the API wrote: " + message
}

func firstOf(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
