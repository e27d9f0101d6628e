package mockapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// fields are the documented fields of a body, and where their values go.
type fields map[string]any

// decode reads a JSON object field by field, since encoding/json overlooks case and null.
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
		into, ok := f[name]
		if !ok {
			return refuse(http.StatusBadRequest, "unknown field: %s", name)
		}
		if string(value) == "null" {
			return refuse(http.StatusUnprocessableEntity, "%s must not be null", name)
		}
		if err := json.Unmarshal(value, into); err != nil {
			return refuse(http.StatusUnprocessableEntity, "%s: %v", name, err)
		}
	}
	for _, name := range required {
		if _, ok := given[name]; !ok {
			return refuse(http.StatusUnprocessableEntity, "%s is required", name)
		}
	}
	return nil
}

// The types below are what the values of fields may be. A timestamp is a time.Time.

// textField is a text with at least one visible character.
type textField string

// UnmarshalJSON checks the text.
func (t *textField) UnmarshalJSON(value []byte) error {
	if err := json.Unmarshal(value, (*string)(t)); err != nil || strings.TrimSpace(string(*t)) == "" {
		return errors.New("must be a text that is not empty")
	}
	return nil
}

// textsField is a list of texts that are not empty.
type textsField []string

// UnmarshalJSON checks the texts.
func (t *textsField) UnmarshalJSON(value []byte) error {
	if err := json.Unmarshal(value, (*[]string)(t)); err != nil || slices.Contains(*t, "") {
		return errors.New("must be a list of texts that are not empty")
	}
	return nil
}

// idField is a UUID.
type idField string

// UnmarshalJSON checks the UUID.
func (id *idField) UnmarshalJSON(value []byte) error {
	if err := json.Unmarshal(value, (*string)(id)); err != nil || !isUUID(string(*id)) {
		return errors.New("must be a UUID")
	}
	return nil
}

// countField is an integer of 32 bits.
type countField int64

// UnmarshalJSON checks the integer.
func (c *countField) UnmarshalJSON(value []byte) error {
	var count int32
	if err := json.Unmarshal(value, &count); err != nil || count < 0 {
		return fmt.Errorf("must be an integer of 32 bits and at least 0")
	}
	*c = countField(count)
	return nil
}

// creditsField is an amount as it was written. A json.Number would accept "5" in quotes.
type creditsField string

// An exponent of two digits at most: a greater one can ask for gigabytes of digits.
var creditsPattern = regexp.MustCompile(`^[0-9]{1,400}(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,2})?$`)

// UnmarshalJSON checks the amount.
func (c *creditsField) UnmarshalJSON(value []byte) error {
	if !creditsPattern.Match(value) {
		return errors.New("must be a number of at least 0")
	}
	*c = creditsField(value)
	return nil
}
