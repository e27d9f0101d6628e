package provider

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringFunc validates a string by a function whose error says what is
// wrong. The value itself is not repeated: it may be the API key.
type stringFunc struct {
	what  string
	check func(string) error
}

func (v stringFunc) Description(context.Context) string             { return "must be " + v.what }
func (v stringFunc) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v stringFunc) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("%s must be %s: %s.", req.Path, v.what, err))
	}
}

// redactedValidator checks a value that may be secret. Engines show the line of the
// attribute that an error is about, and the value with it, so the error is about
// the whole block and names the attribute.
type redactedValidator struct {
	stringFunc

	secret func(value string) bool
}

func (v redactedValidator) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !v.secret(req.ConfigValue.ValueString()) {
		v.stringFunc.ValidateString(ctx, req, resp)
		return
	}
	var found validator.StringResponse
	v.stringFunc.ValidateString(ctx, req, &found)
	for _, d := range found.Diagnostics {
		resp.Diagnostics.AddError(d.Summary(), d.Detail())
	}
}

// orEmpty lets an empty string pass: a pipeline of a fork sets secrets to empty
// strings, and they count as not set.
func orEmpty(check func(string) error) func(string) error {
	return func(text string) error {
		if text == "" {
			return nil
		}
		return check(text)
	}
}

func checkAPIKey(key string) error {
	if strings.TrimSpace(key) != key {
		return errors.New("it begins or ends with a space or a line break; reading a key from a file often leaves one (trimspace() removes it)")
	}
	for _, r := range key {
		if r <= ' ' || r > '~' {
			return errors.New("it has a space, a control character or a character beyond ASCII, and no API key has one")
		}
	}
	return nil
}

func checkDuration(text string) error {
	timeout, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("this is no duration")
	}
	if timeout <= 0 {
		return errors.New("it leaves no time")
	}
	return nil
}

// checkUUID wants the ordinary form: the others that the library reads (urn:,
// braces, no hyphens) would be sent as they are, and the API knows none of them.
func checkUUID(text string) error {
	if len(text) == 36 && uuid.Validate(text) == nil {
		return nil
	}
	if text == "" {
		return errors.New("it is empty")
	}
	return errors.New("it has not the form 8-4-4-4-12 of hexadecimal digits")
}

func checkNotEmpty(text string) error {
	if text == "" {
		return errors.New("it is empty")
	}
	return nil
}

// checkName allows what the API keeps as it is: services trim names.
func checkName(text string) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case strings.TrimSpace(text) != text:
		return errors.New("it begins or ends with white space (trimspace() removes it)")
	case strings.ContainsFunc(text, unicode.IsControl):
		return errors.New("it has a control character, such as a line break or a tab")
	}
	return nil
}

func checkEmail(text string) error {
	name, host, found := strings.Cut(text, "@")
	switch {
	case !found:
		return errors.New("it has no @")
	case strings.Contains(host, "@"):
		return errors.New("it has more than one @")
	case name == "" || host == "":
		return errors.New("there is nothing before or after its @")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("it has a space or a control character")
	case strings.ContainsAny(text, ",;<>"):
		return errors.New("it has a comma, a semicolon or an angle bracket; each address is an element of its own, without a name before it")
	}
	return nil
}

// elements validates each element of a set of strings. What engines show of an
// element's path is the element itself, and it may be sensitive, so the error is
// about the set and says which one it is by its place.
type elements stringFunc

func (v elements) Description(ctx context.Context) string {
	return "each " + stringFunc(v).Description(ctx)
}
func (v elements) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v elements) ValidateSet(_ context.Context, req validator.SetRequest, resp *validator.SetResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	var texts []string
	for _, element := range req.ConfigValue.Elements() {
		switch text, ok := element.(types.String); {
		case !ok || text.IsNull():
			resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("Each element of %s must be %s: one is null.", req.Path, v.what))
		case isSet(text):
			texts = append(texts, text.ValueString())
		}
	}
	slices.Sort(texts)
	for i, text := range texts {
		if err := v.check(text); err != nil {
			resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue,
				fmt.Sprintf("Each element of %s must be %s. Of number %d of %d, in alphabetical order: %s.", req.Path, v.what, i+1, len(texts), err))
		}
	}
}

// wholeNumberFrom validates a whole number of 32 bits that is not below it.
type wholeNumberFrom int64

func (v wholeNumberFrom) Description(context.Context) string {
	return fmt.Sprintf("must be a whole number from %d to %d", int64(v), math.MaxInt32)
}

func (v wholeNumberFrom) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v wholeNumberFrom) ValidateNumber(ctx context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueBigFloat()
	if whole, exact := value.Int64(); exact != big.Exact || whole < int64(v) || whole > math.MaxInt32 {
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("%s %s: it is %s.", req.Path, v.Description(ctx), value.Text('g', 12)))
	}
}

// balance validates a number of credits.
type balance struct{}

func (balance) Description(context.Context) string {
	return "must be 0 or more, and at most the largest double-precision number"
}
func (v balance) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// A double is what a JSON number is to the API.
var largestDouble = new(big.Float).SetFloat64(0x1p1023 * (1 + (1 - 0x1p-52)))

func (v balance) ValidateNumber(_ context.Context, req validator.NumberRequest, resp *validator.NumberResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	value := req.ConfigValue.ValueBigFloat()
	switch {
	case value.Sign() < 0:
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("%s must be 0 or more: it is %s.", req.Path, value.Text('g', 10)))
	case value.Cmp(largestDouble) > 0:
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue,
			fmt.Sprintf("%s is too large: the API's numbers end at about 1.8e308, and this is %s.", req.Path, value.Text('g', 10)))
	}
}
