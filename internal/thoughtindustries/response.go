package thoughtindustries

import (
	"encoding/json"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// Field is a value of a response. Value is nil for a null, and where nothing readable came.
type Field[T any] struct {
	Value *T
	// Known: the response has it, be it null; false where it is missing or of another type than documented.
	Known bool

	odd bool // it is there, and of another type than documented
}

// UnmarshalJSON never fails: one odd value must not hide the others.
func (f *Field[T]) UnmarshalJSON(raw []byte) error {
	var value *T
	err := json.Unmarshal(raw, &value)
	if whole, isInteger := any(&value).(**int64); isInteger {
		*whole, err = integerIn(raw)
	}
	if err != nil {
		value = nil
	}
	*f = Field[T]{Value: value, Known: err == nil, odd: err != nil}
	return nil
}

// fieldOf is a field that was not returned where the text is empty.
func fieldOf[T ~string](text T) Field[T] {
	if text == "" {
		return Field[T]{}
	}
	return Field[T]{Value: &text, Known: true}
}

// textOf is empty where there is none.
func textOf(field Field[string]) string { return valueOf(field.Value) }

// numberOf is empty where there is none.
func numberOf(field Field[Number]) Number {
	if field.Value == nil {
		return ""
	}
	return *field.Value
}

func valueOf(pointer *string) string {
	if pointer == nil {
		return ""
	}
	return *pointer
}

// asUUID keeps an id only in the documented form: 36 characters with hyphens.
func asUUID(field Field[string]) Field[string] {
	if field.Value != nil && !isUUID(*field.Value) {
		return Field[string]{odd: true}
	}
	return field
}

func isUUID(id string) bool {
	parsed, err := uuid.Parse(id)
	return err == nil && len(id) == 36 && parsed != uuid.Nil
}

// Number is a decimal number, as a configuration or the API writes it in digits ("100", "0.1"), without an exponent.
// Empty: none.
type Number string

const (
	// precision in bits is Terraform's.
	precision = 512
	// longestNumber in characters is enough for every double.
	longestNumber = 1100
)

var decimal = regexp.MustCompile(`^[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?$`)

// ParseNumber reads a decimal number without loss. What is none, or beyond the range of a double (writing out
// 1e999999999 would fill the memory), is none.
func ParseNumber(digits string) (Number, bool) {
	if len(digits) > longestNumber || !decimal.MatchString(digits) {
		return "", false
	}
	value, _, err := big.ParseFloat(digits, 10, precision, big.ToNearestEven)
	if err != nil || value.IsInf() || value.MantExp(nil) > 1100 || value.MantExp(nil) < -1200 {
		return "", false
	}
	return NumberOf(value), true
}

// NumberOf writes the shortest decimal that reads back as the same number.
func NumberOf(value *big.Float) Number {
	if value == nil {
		return ""
	}
	return Number(value.Text('f', -1))
}

// Float has the precision of Terraform's numbers; nil where there is no number.
func (n Number) Float() *big.Float {
	value, _, err := big.ParseFloat(string(n), 10, precision, big.ToNearestEven)
	if err != nil {
		return nil
	}
	return value
}

// Equal compares as doubles, which is how servers keep numbers; false where either is empty.
func (n Number) Equal(other Number) bool {
	return n != "" && other != "" && n.double() == other.double()
}

func (n Number) double() float64 {
	double, _ := strconv.ParseFloat(string(n), 64)
	return double
}

// MarshalJSON writes a JSON number.
func (n Number) MarshalJSON() ([]byte, error) { return json.Marshal(json.Number(n)) }

// UnmarshalJSON reads a JSON number, or a string of decimal digits.
func (n *Number) UnmarshalJSON(raw []byte) error {
	number, ok := ParseNumber(strings.Trim(string(raw), `"`))
	if !ok {
		return reason("it is not a number")
	}
	*n = number
	return nil
}

// integerIn reads an integer of 32 bits, as the API's are; nil for a null.
func integerIn(raw []byte) (*int64, error) {
	var number *Number
	if err := json.Unmarshal(raw, &number); err != nil || number == nil {
		return nil, err
	}
	whole, accuracy := number.Float().Int64()
	if accuracy != big.Exact || whole < math.MinInt32 || whole > math.MaxInt32 {
		return nil, reason("it is not an integer of 32 bits")
	}
	return &whole, nil
}

// fields are a JSON object whose values are not read yet.
type fields map[string]json.RawMessage

// asObject is nil for what is not an object.
func asObject(raw []byte) fields {
	var object fields
	if json.Unmarshal(trimBOM(raw), &object) != nil {
		return nil
	}
	return object
}

// isNothing reports whether a value is what programs write for "no error".
func (f fields) isNothing(name string) bool {
	compact := strings.Join(strings.Fields(string(f[name])), "")
	return slices.Contains([]string{"", "null", "false", `""`, "[]", "{}"}, compact)
}

// reportsError: failures may come in a 2xx, under errors or error.
func (f fields) reportsError() bool { return !f.isNothing("errors") || !f.isNothing("error") }

// objectOf finds the object that a response is about: data.<operation> as documented, else the only object in data,
// data itself, or the response. It is nil where none of them fits, or two do: that is not guessed.
func objectOf(root fields, operation string, fits func(fields) bool) fields {
	raw, enveloped := root["data"]
	data := asObject(raw)
	documented, there := data[operation]
	candidates := []fields{root}
	switch {
	case there:
		candidates = []fields{asObject(documented)} // what stands elsewhere is then about something else
	case enveloped:
		candidates = []fields{data, data.only()}
	}
	var found fields
	for _, object := range candidates {
		// An id may be that of an error, unless a client shows that it is an account's or a batch's.
		_, ofClient := object["clientId"]
		isError := object.reportsError() && !there && !ofClient
		switch {
		case !fits(object) || isError:
		case found != nil:
			return nil
		default:
			found = object
		}
	}
	return found
}

// only gives the object within this one, where there is exactly one.
func (f fields) only() (only fields) {
	for name, raw := range f {
		object := asObject(raw)
		if object == nil {
			continue
		}
		if only != nil || name == "error" || name == "errors" {
			return nil
		}
		only = object
	}
	return only
}

// idOf is empty where an object has no id that is a text.
func idOf(object fields) string {
	var id string
	if json.Unmarshal(object["id"], &id) != nil {
		return ""
	}
	return id
}

func hasUUID(object fields) bool  { return isUUID(idOf(object)) }
func hasAnyID(object fields) bool { return idOf(object) != "" }

// decode reads an object into a struct of Fields, which cannot fail.
func decode[T any](object fields) T {
	var value T
	raw, err := json.Marshal(object)
	if err == nil {
		_ = json.Unmarshal(raw, &value)
	}
	return value
}
