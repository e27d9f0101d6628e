package mockapi

import (
	"encoding/json"
	"errors"
	"io"
	"math"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// fields are the documented fields of a body.
type fields map[string]field

// field reads a value and checks it.
type field func(value []byte) error

// decode reads a JSON object field by field, since encoding/json overlooks the case of names, and null.
func (f fields) decode(r *http.Request, required ...string) error {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return refuse(http.StatusBadRequest, "Content-Type must be application/json")
	}
	var given map[string]json.RawMessage
	body, err := io.ReadAll(r.Body)
	if err != nil || json.Unmarshal(body, &given) != nil || given == nil {
		return refuse(http.StatusBadRequest, "the body must be a JSON object")
	}
	for name, value := range given {
		read, ok := f[name]
		if !ok {
			return refuse(http.StatusBadRequest, "unknown field: %s", name)
		}
		if string(value) == "null" {
			return refuseValue("%s must not be null", name)
		}
		if err := read(value); err != nil {
			return refuseValue("%s must be %v", name, err)
		}
	}
	for _, name := range required {
		if _, ok := given[name]; !ok {
			return refuseValue("%s is required", name)
		}
	}
	return nil
}

func checked[T any](into *T, isValid func(T) bool, kind string) field {
	return func(value []byte) error {
		if json.Unmarshal(value, into) != nil || !isValid(*into) {
			return errors.New(kind)
		}
		return nil
	}
}

func textField(into *string) field {
	return checked(into, func(text string) bool { return strings.TrimSpace(text) != "" }, "a text that is not empty")
}

func textsField(into *[]string) field {
	isValid := func(texts []string) bool { return !slices.Contains(texts, "") }
	return checked(into, isValid, "a list of texts that are not empty")
}

func idField(into *string) field { return checked(into, isUUID, "a UUID") }

func countField(into *int64) field {
	isValid := func(count int64) bool { return count >= 0 && count <= math.MaxInt32 }
	return checked(into, isValid, "an integer of 32 bits and at least 0")
}

func timeField(into *time.Time) field {
	return checked(into, func(time.Time) bool { return true }, "an ISO 8601 timestamp")
}

// An exponent of two digits at most: a greater one can ask for gigabytes of digits.
var creditsPattern = regexp.MustCompile(`^[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,2})?$`)

// creditsField keeps the number as it was written. A json.Number alone would accept "5" in quotes.
func creditsField(into *json.Number) field {
	isValid := func(value json.RawMessage) bool { return creditsPattern.Match(value) }
	return func(value []byte) error {
		*into = json.Number(value)
		return checked(new(json.RawMessage), isValid, "a number of at least 0")(value)
	}
}
