package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// lookup is what all data sources are made of.
type lookup struct {
	// session is nil while the engine validates.
	session *session
}

func (l *lookup) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*session); ok {
		l.session = configured
	}
}

// ready reports whether the API can be asked; if not, it says which argument is
// missing.
func (l *lookup) ready(what string, diags *diag.Diagnostics) bool {
	switch {
	case l.session != nil && l.session.client != nil:
		return true
	case l.session != nil && l.session.unknown:
		diags.AddError(sumNotConfigured, fmt.Sprintf("Looking up %s needs a request to the API. %s Nothing was changed.\n\n"+
			"Apply what their values come from first, by -target, or name it in depends_on of the data source, so that it is read by the apply.",
			what, l.session.missing))
	default:
		addNotConfigured(l.session, "Looking up "+what, diags)
	}
	return false
}

// failed says why something could not be looked up, and what to do.
func (l *lookup) failed(err error, what string, diags *diag.Diagnostics) {
	address := l.session.client.Address()
	var refused *thoughtindustries.APIError
	if !errors.As(err, &refused) {
		diags.AddError(sumLookupFailed, fmt.Sprintf("Looking up %s at %s failed: %s. Nothing was changed.\n\n"+
			"Faults that may pass are tried again a few times. See whether this is the address of the instance and whether it can be reached from here, and run it again.",
			what, address, err))
		return
	}
	diags.AddError(sumLookupFailed, fmt.Sprintf("Looking up %s failed: %s responded with %s\n\n%s", what, address, refusalText(refused), lookupAdvice(refused, address)))
}

// lookupAdvice says what to do about a refusal.
func lookupAdvice(refused *thoughtindustries.APIError, address string) string {
	switch {
	case refused.Status == http.StatusNotFound:
		return fmt.Sprintf("The API knows nothing by these ids. Check them, and that %s is the instance that you mean.", address)
	case refused.Location != "":
		return fmt.Sprintf("It redirects to %s. Redirects are not followed, because the API key would go along. "+
			"If that is the address of the instance, set it as base_url.", refused.Location)
	}
	return adviceFor(refused, subject{}, address)
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedNumber(description string) schema.NumberAttribute {
	return schema.NumberAttribute{Computed: true, MarkdownDescription: description}
}

func clientIDArgument(what string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "UUID of the client whose " + what + " are looked up. Upper and lower case are the same.",
		Validators:          []validator.String{validUUID},
	}
}

func textValue(returned thoughtindustries.Field[string]) types.String {
	return types.StringPointerValue(returned.Value)
}

func numberValue(returned thoughtindustries.Field[thoughtindustries.Number]) types.Number {
	if returned.Value == nil {
		return types.NumberNull()
	}
	return optionalNumber(*returned.Value)
}

func optionalNumber(value thoughtindustries.Number) types.Number {
	if value == "" {
		return types.NumberNull()
	}
	return types.NumberValue(value.Float())
}

// matches reports whether a filter lets a value pass; one that is not set lets
// everything pass.
func matches(filter types.String, returned thoughtindustries.Field[string]) bool {
	return !isSet(filter) || returned.Value != nil && *returned.Value == filter.ValueString()
}

// inOrder compares by the first of the pairs that differ.
func inOrder(pairs ...[2]types.String) int {
	for _, pair := range pairs {
		if order := cmp.Compare(pair[0].ValueString(), pair[1].ValueString()); order != 0 {
			return order
		}
	}
	return 0
}

// listedAtMost is how many of the things found an error lists.
const listedAtMost = 10

// listed writes one line for each of the first things found.
func listed[T any](found []T, line func(T) string) string {
	var lines []string
	for _, one := range found[:min(len(found), listedAtMost)] {
		lines = append(lines, "- "+line(one))
	}
	if more := len(found) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("- and %d more", more))
	}
	return strings.Join(lines, "\n")
}
