package provider

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// checkedString validates a string by a function whose error says what is
// wrong. The value itself is not repeated: it may be the API key.
type checkedString struct {
	what  string
	check func(string) error
}

func (v checkedString) Description(context.Context) string             { return "must be " + v.what }
func (v checkedString) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v checkedString) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, sumInvalidValue, fmt.Sprintf("%s must be %s: %s.", req.Path, v.what, err))
	}
}

// unshown checks a value that may be secret. Engines show the line of the
// attribute that an error is about, and the value with it, so the error is about
// the whole block and names the attribute.
type unshown struct {
	checkedString

	secret func(value string) bool
}

func (v unshown) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if !v.secret(req.ConfigValue.ValueString()) {
		v.checkedString.ValidateString(ctx, req, resp)
		return
	}
	var found validator.StringResponse
	v.checkedString.ValidateString(ctx, req, &found)
	for _, d := range found.Diagnostics {
		resp.Diagnostics.AddError(d.Summary(), d.Detail())
	}
}

func checkAPIKey(key string) error {
	switch {
	case key == "":
		return errors.New("it is empty")
	case strings.TrimSpace(key) != key:
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

func checkEmail(text string) error {
	name, host, found := strings.Cut(text, "@")
	switch {
	case !found:
		return errors.New("it has no @")
	case name == "" || host == "":
		return errors.New("there is nothing before or after its @")
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		return errors.New("it has a space or a control character")
	}
	return nil
}

// balance validates a number of credits.
type balance struct{}

func (balance) Description(context.Context) string {
	return "must be 0 or more, and no more than a double holds"
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
