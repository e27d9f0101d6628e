package mockapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"
)

// result is what an endpoint decided: its answer, and what it would store.
type result struct {
	status  int
	header  http.Header
	payload *payload // what an endpoint responds with; nil for an error
	body    any      // without a payload; nil sends no body

	// commit stores the object, stamped with the given time; nil where the request changes nothing. It runs at most
	// once, with the server's lock held, and perhaps long after the response: see Fault.CommitDelay.
	commit func(at time.Time)
}

// found responds to a reading request with an object.
func found(operation string, object any) result {
	return result{status: http.StatusOK, payload: &payload{operation: operation, object: object}}
}

// list responds with a page of what was found.
func list(operation string, l listing) result {
	return result{status: http.StatusOK, payload: &payload{operation: operation, listing: &l}}
}

// refuse responds with the documented JSON error body.
func refuse(status int, format string, args ...any) *result {
	return &result{status: status, body: errorBody(status, fmt.Sprintf(format, args...), 0)}
}

func rateLimited(wait time.Duration) result {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	return result{
		status: http.StatusTooManyRequests,
		header: http.Header{"Retry-After": {strconv.Itoa(seconds)}},
		body:   errorBody(http.StatusTooManyRequests, "too many requests", seconds),
	}
}

type apiError struct {
	Error      string `json:"error"`
	Message    string `json:"message"`
	RetryAfter int    `json:"retryAfter,omitempty"`
}

var errorCodes = map[int]string{
	http.StatusBadRequest:            "bad_request",
	http.StatusForbidden:             "forbidden",
	http.StatusNotFound:              "not_found",
	http.StatusMethodNotAllowed:      "method_not_allowed",
	http.StatusRequestTimeout:        "request_timeout",
	http.StatusConflict:              "conflict",
	http.StatusRequestEntityTooLarge: "too_large",
	http.StatusUnprocessableEntity:   "unprocessable",
	http.StatusTooManyRequests:       "rate_limited",
	http.StatusBadGateway:            "bad_gateway",
	http.StatusServiceUnavailable:    "service_unavailable",
	http.StatusGatewayTimeout:        "gateway_timeout",
}

// errorBody is the documented error: a 401 has none, and only a 429 repeats its Retry-After.
func errorBody(status int, message string, retryAfter int) any {
	switch status {
	case http.StatusUnauthorized:
		return nil
	case http.StatusTooManyRequests:
	default:
		retryAfter = 0
	}
	code, ok := errorCodes[status]
	if !ok {
		code = "error"
		if status >= http.StatusInternalServerError {
			code = "internal_error"
		}
	}
	return apiError{Error: code, Message: message, RetryAfter: retryAfter}
}

func encode(body any) []byte {
	if body == nil {
		return nil
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false) // the API is no Go program
	if err := enc.Encode(body); err != nil {
		panic(fmt.Sprintf("mockapi: answer cannot be encoded: %v", err))
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}

// asMap is an object as it goes over the wire, with numbers as json.Number.
func asMap(object any) map[string]any {
	fields := make(map[string]any)
	dec := json.NewDecoder(bytes.NewReader(encode(object)))
	dec.UseNumber()
	if err := dec.Decode(&fields); err != nil {
		panic(fmt.Sprintf("mockapi: %v is no object: %v", object, err))
	}
	return fields
}

// stamp formats a time as the API does: ISO 8601 with milliseconds and Z.
func stamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// optionalStamp is null for the zero time.
func optionalStamp(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := stamp(t)
	return &text
}

// optional is null for an empty text.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
