package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const sumInvalidValue = "Invalid value"

// expected says what a value must be.
type expected string

func (e expected) Description(context.Context) string             { return "must be " + string(e) }
func (e expected) MarkdownDescription(ctx context.Context) string { return e.Description(ctx) }

// stringFunc validates a string by a function whose error says what is wrong. The value is not shown: it may be the API
// key.
type stringFunc struct {
	expected

	check func(string) error
}

func (v stringFunc) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !isSet(req.ConfigValue) {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue,
			fmt.Sprintf("%s must be %s: %s.", req.Path, v.expected, err))
	}
}

func isSet(value types.String) bool { return !value.IsNull() && !value.IsUnknown() }

func checkDuration(text string) error {
	if duration, err := time.ParseDuration(text); err != nil || duration <= 0 {
		return errors.New("it is not a duration greater than 0")
	}
	return nil
}

// checkUUID accepts the usual form alone. The API would not know the others that the library reads, such as urn:uuid.
func checkUUID(text string) error {
	if len(text) != 36 || uuid.Validate(text) != nil {
		return errors.New("it is not a valid UUID")
	}
	return nil
}

func checkNotEmpty(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	return nil
}

// checkName accepts what the API stores unchanged.
func checkName(text string) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case strings.TrimSpace(text) != text:
		return errors.New("it begins or ends with white space (trimspace() removes it)")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("it has a control character, such as a line break or a tab")
	case thoughtindustries.NormalizeName(text) == "":
		return errors.New("it consists only of invisible characters")
	}
	return nil
}

// emailAddress leaves to the API what else an address must be.
var emailAddress = regexp.MustCompile(`^[^@<>,;\s\p{Z}\p{Cc}]+@[^@<>,;\s\p{Z}\p{Cc}]+$`)

func checkEmail(text string) error {
	if !emailAddress.MatchString(text) {
		return errors.New("write the address alone, with exactly one @ and no white space, comma, semicolon or " +
			"angle bracket")
	}
	return nil
}

// elements validates each element of a set of strings. Engines show an element in its path, and it may be sensitive, so
// the errors are about the set, and say the place of the element.
type elements stringFunc

func (v elements) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	var texts []string
	for _, element := range req.ConfigValue.Elements() {
		switch text, ok := element.(types.String); {
		case !ok || text.IsNull():
			resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("An element of %s is "+
				"null.", req.Path))
		case !text.IsUnknown():
			texts = append(texts, text.ValueString())
		}
	}
	slices.Sort(texts)
	for i, text := range texts {
		if err := v.check(text); err != nil {
			place := ""
			if len(texts) > 1 {
				place = fmt.Sprintf(" (%d of %d in alphabetical order)", i+1, len(texts))
			}
			resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue,
				fmt.Sprintf("%s has an element%s that is not %s: %s.", req.Path, place, v.expected, err))
		}
	}
}

// numberFunc validates a number.
type numberFunc struct {
	expected

	check func(*big.Float) bool
}

func (v numberFunc) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if value := req.ConfigValue.ValueBigFloat(); !v.check(value) {
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue,
			fmt.Sprintf("%s must be %s: it is %s.", req.Path, v.expected, value.Text('g', 12)))
	}
}

// wholeNumberFrom is a whole number of 32 bits. Attributes are numbers, because the framework takes 0.5 in an integer
// attribute for a fault of the provider.
func wholeNumberFrom(least int64) numberFunc {
	what := fmt.Sprintf("a whole number from %d to %d", least, math.MaxInt32)
	return numberFunc{expected(what), func(value *big.Float) bool {
		whole, accuracy := value.Int64()
		return accuracy == big.Exact && whole >= least && whole <= math.MaxInt32
	}}
}

// validBalance is a number of credits, which the API keeps as a double.
var validBalance = numberFunc{"0 or more, and at most about 1.8e308", func(value *big.Float) bool {
	return value.Sign() >= 0 && value.Cmp(big.NewFloat(math.MaxFloat64)) <= 0
}}
