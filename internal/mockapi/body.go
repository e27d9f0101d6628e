package mockapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// field is a documented field of a JSON body.
type field struct {
	name     string
	required bool
	kind     fieldKind
}

type fieldKind int

const (
	fieldName      fieldKind = iota // a text with at least one visible character
	fieldUUID                       // a text
	fieldBalance                    // a number of at least 0
	fieldInteger                    // an integer of 32 bits and at least 0, written without fraction or exponent
	fieldTexts                      // an array of texts that are not empty
	fieldTimestamp                  // a text: ISO 8601, date and time with an offset
)

// object is a JSON body with numbers as they were written.
type object map[string]any

// parseObject refuses what encoding/json would let pass: keys given twice, and text that is not UTF-8.
func parseObject(raw []byte) (object, error) {
	if !utf8.Valid(raw) || !json.Valid(raw) {
		return nil, errors.New("the body is not valid JSON")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.UseNumber()
	value, err := parseValue(dec)
	if err != nil {
		return nil, err
	}
	o, ok := value.(map[string]any)
	if !ok {
		return nil, errors.New("the body must be a JSON object")
	}
	return o, nil
}

// parseValue reads one value of JSON that is known to be valid.
func parseValue(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		o := make(map[string]any)
		for dec.More() {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name := fmt.Sprint(key)
			if _, twice := o[name]; twice {
				return nil, fmt.Errorf("%s is given more than once", name)
			}
			if o[name], err = parseValue(dec); err != nil {
				return nil, err
			}
		}
		_, err = dec.Token()
		return o, err
	case json.Delim('['):
		array := []any{}
		for dec.More() {
			element, err := parseValue(dec)
			if err != nil {
				return nil, err
			}
			array = append(array, element)
		}
		_, err = dec.Token()
		return array, err
	}
	return token, nil
}

// unknown returns the sorted names that are not documented.
func (o object) unknown(fields []field) []string {
	var names []string
	for name := range o {
		if !slices.ContainsFunc(fields, func(f field) bool { return f.name == name }) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// check refuses missing fields, nulls and values of a wrong type or out of bounds.
func (o object) check(fields []field) *result {
	var missing []string
	for _, f := range fields {
		if _, given := o[f.name]; f.required && !given {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return refuseMissing(missing)
	}
	for _, f := range fields {
		if value, given := o[f.name]; given {
			if problem := f.problem(value); problem != "" {
				return refuse(http.StatusUnprocessableEntity, "%s %s", f.name, problem)
			}
		}
	}
	return nil
}

func (f field) problem(value any) string {
	if value == nil {
		return "must not be null"
	}
	switch f.kind {
	case fieldBalance, fieldInteger:
		number, ok := value.(json.Number)
		if !ok {
			return "must be a number"
		}
		return f.numberProblem(number)
	case fieldTexts:
		array, ok := value.([]any)
		if !ok {
			return "must be an array of texts"
		}
		for _, element := range array {
			if text, ok := element.(string); !ok || text == "" {
				return "must hold only texts that are not empty"
			}
		}
		return ""
	default:
		text, ok := value.(string)
		if !ok {
			return "must be a text"
		}
		return f.textProblem(text)
	}
}

func (f field) numberProblem(number json.Number) string {
	if f.kind == fieldInteger {
		if _, err := strconv.ParseInt(number.String(), 10, 32); err != nil {
			return "must be an integer of 32 bits"
		}
	}
	if !isCountable(number) {
		return "is out of range"
	}
	if exact(number).Sign() < 0 {
		return "must be at least 0"
	}
	return ""
}

func (f field) textProblem(text string) string {
	switch f.kind {
	case fieldUUID:
		if !isUUID(text) {
			return "must be a UUID"
		}
	case fieldTimestamp:
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return "must be an ISO 8601 timestamp"
		}
	default:
		if strings.TrimSpace(text) == "" {
			return "must not be empty"
		}
	}
	return ""
}

// The accessors below give the zero value for an absent field; check has seen to the rest.

func (o object) text(name string) string {
	text, _ := o[name].(string)
	return text
}

func (o object) number(name string) json.Number {
	number, _ := o[name].(json.Number)
	return number
}

func (o object) integer(name string) int64 {
	n, _ := o.number(name).Int64()
	return n
}

func (o object) texts(name string) []string {
	array, _ := o[name].([]any)
	texts := make([]string, len(array))
	for i, element := range array {
		texts[i], _ = element.(string)
	}
	return texts
}

func (o object) time(name string) time.Time {
	t, _ := time.Parse(time.RFC3339, o.text(name))
	return t.UTC()
}

func isJSON(contentType string) bool {
	kind, params, err := mime.ParseMediaType(contentType)
	charset, given := params["charset"]
	return err == nil && kind == "application/json" && (!given || strings.EqualFold(charset, "utf-8"))
}

// isUUID accepts the usual form with hyphens, not the others that uuid.Parse knows.
func isUUID(text string) bool {
	return len(text) == 36 && uuid.Validate(text) == nil
}

// sameID compares as the API does: without regard to case.
func sameID(a, b string) bool {
	return strings.EqualFold(a, b)
}
