package thoughtindustries

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strings"
	"unicode"
)

// object is a JSON object of a response; numbers are json.Number.
type object = map[string]any

// maxDepth of nested values; documented responses have five.
const maxDepth = 100

var errTooDeep = errors.New("the response is nested too deeply")

// decodeLenient reads JSON as far as it goes: where the text breaks off or
// breaks the grammar, what stood before is returned together with the error.
// An id that arrived must not be lost because something after it did not.
func decodeLenient(raw []byte) (any, error) {
	raw = bytes.TrimPrefix(raw, []byte("\ufeff"))
	if tree, ok := decodeWhole(raw); ok {
		return tree, nil
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decodeValue(decoder, 0)
}

// decodeWhole reads JSON that is as it should be, which takes less time at once
// than by its tokens. What it gives is the same.
func decodeWhole(raw []byte) (tree any, ok bool) {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if decoder.Decode(&tree) != nil {
		return nil, false
	}
	return tree, within(maxDepth, tree)
}

// within reports whether values are nested no deeper than that.
func within(depth int, value any) bool {
	if depth < 0 {
		return false
	}
	switch value := value.(type) {
	case object:
		for _, element := range value {
			if !within(depth-1, element) {
				return false
			}
		}
	case []any:
		for _, element := range value {
			if !within(depth-1, element) {
				return false
			}
		}
	}
	return true
}

func decodeValue(decoder *json.Decoder, depth int) (any, error) {
	if depth > maxDepth {
		return nil, errTooDeep
	}
	token, err := decoder.Token()
	if err != nil {
		return nil, err
	}
	switch token {
	case json.Delim('{'):
		result := object{}
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				return result, err
			}
			text, _ := name.(string) // within an object the decoder gives nothing else
			value, err := decodeValue(decoder, depth+1)
			if value != nil || err == nil {
				result[text] = value
			}
			if err != nil {
				return result, err
			}
		}
		_, err := decoder.Token()
		return result, err
	case json.Delim('['):
		result := []any{}
		for decoder.More() {
			value, err := decodeValue(decoder, depth+1)
			if err != nil {
				return append(result, value), err
			}
			result = append(result, value)
		}
		_, err := decoder.Token()
		return result, err
	}
	return token, nil
}

// Optional is a value that the API returned, or did not.
type Optional[T any] struct {
	// Value is nil for a null, and where nothing was returned.
	Value *T
	// Known: the API returned it, be it null. False where it was missing or of
	// another type than documented.
	Known bool
}

func optional[T any](value T) Optional[T] { return Optional[T]{Value: &value, Known: true} }

func read[T any](from object, name string, convert func(any) (T, bool)) Optional[T] {
	value, there := from[name]
	if !there {
		return Optional[T]{}
	}
	if value == nil {
		return Optional[T]{Known: true}
	}
	if converted, ok := convert(value); ok {
		return optional(converted)
	}
	return Optional[T]{}
}

func readString(from object, name string) Optional[string] {
	return read(from, name, func(value any) (string, bool) {
		text, ok := value.(string)
		return text, ok
	})
}

func readBool(from object, name string) Optional[bool] {
	return read(from, name, func(value any) (bool, bool) {
		truth, ok := value.(bool)
		return truth, ok
	})
}

// readNumber keeps every digit: 512 bits is the precision that Terraform uses.
func readNumber(from object, name string) Optional[*big.Float] {
	return read(from, name, func(value any) (*big.Float, bool) {
		number, ok := value.(json.Number)
		if !ok {
			return nil, false
		}
		return ParseNumber(number.String())
	})
}

// readInteger reads an integer of the 32 bits that the API's have.
func readInteger(from object, name string) Optional[int64] {
	number := readNumber(from, name)
	if number.Value == nil {
		return Optional[int64]{Known: number.Known}
	}
	integer, accuracy := (*number.Value).Int64()
	if accuracy != big.Exact || integer < math.MinInt32 || integer > math.MaxInt32 {
		return Optional[int64]{}
	}
	return optional(integer)
}

// longestNumber in characters: enough for every double, and too little to
// make a parser work for long.
const longestNumber = 1100

// ParseNumber reads a decimal number without loss, as Terraform does.
func ParseNumber(text string) (*big.Float, bool) {
	if len(text) > longestNumber {
		return nil, false
	}
	number, _, err := big.ParseFloat(text, 10, 512, big.ToNearestEven)
	if err != nil || number.IsInf() {
		return nil, false
	}
	// Beyond the range of a double (1e999999999), writing it out would fill the memory.
	if exponent := number.MantExp(nil); exponent > 1100 || exponent < -1200 {
		return nil, false
	}
	return number, true
}

// longestID in characters; documented ids have 36.
const longestID = 256

// readID gives the object's id. Whatever is not a plausible id is none.
func readID(from object) (string, bool) { return plausibleID(from["id"]) }

func plausibleID(value any) (string, bool) {
	id, ok := value.(string)
	if !ok || id == "" || len(id) > longestID {
		return "", false
	}
	if strings.ContainsFunc(id, func(r rune) bool { return r == unicode.ReplacementChar || !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return "", false
	}
	return id, true
}

func hasID(from object) bool {
	_, ok := readID(from)
	return ok
}
