package mockapi

import (
	"encoding/json"
	"math/big"
	"strconv"
	"strings"
)

// Credits are money: they are kept as the decimal text that was sent, and reckoned with exactly.

const maxAmountDigits = 400

// isCountable reports whether a number is small and short enough to be reckoned with: its text and its exponent are
// bounded. The exponent of a valid JSON number can ask for gigabytes of digits.
func isCountable(n json.Number) bool {
	text := strings.ToLower(n.String())
	if len(text) > maxAmountDigits {
		return false
	}
	_, exponent, ok := strings.Cut(text, "e")
	if !ok {
		return true
	}
	e, err := strconv.Atoi(exponent)
	return err == nil && e >= -maxAmountDigits && e <= maxAmountDigits
}

// exact is the value of a number; what is no number counts as 0.
func exact(n json.Number) *big.Rat {
	r, ok := new(big.Rat).SetString(n.String())
	if !ok {
		return new(big.Rat)
	}
	return r
}

// decimal writes an amount in full.
func decimal(r *big.Rat) json.Number {
	digits, _ := r.FloatPrec()
	return json.Number(r.FloatString(digits))
}
