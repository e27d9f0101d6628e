package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Summaries of looking up and of listing.
const (
	sumLookupFailed   = "API request failed"
	sumNothingFound   = "Nothing found"
	sumSeveralFound   = "More than one found"
	sumBalanceUnknown = "The balance is not known"
	sumListingLimited = "The list is cut off at its limit"
	sumNameNotFound   = "Credit account without a name"
	sumBatchWithoutID = "Credit batch without an id"
)

// lookup is what data sources and list resources have in common.
type lookup struct {
	typeName string
	session  *session // nil while the engine validates
}

func (l *lookup) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = l.typeName
}

func (l *lookup) Configure(_ context.Context, req datasource.ConfigureRequest, _ *datasource.ConfigureResponse) {
	l.session, _ = req.ProviderData.(*session)
}

// start reads the configuration into the model and reports whether a request can be sent.
func (l *lookup) start(ctx context.Context, config tfsdk.Config, model any, what string, diags *diag.Diagnostics) bool {
	diags.Append(config.Get(ctx, model)...)
	switch {
	case diags.HasError():
		return false
	case l.session != nil && l.session.client != nil:
		return true
	case l.session != nil && l.session.unknown:
		diags.AddError(sumNotConfigured, fmt.Sprintf(
			"Looking up %s needs a request to the API. %s Nothing was changed.\n\n"+
				"First apply the resource that these values come from, with -target. Or list it in the data "+
				"source's depends_on, so that the data source is read during the apply.", what, l.session.missing))
	default:
		addNotConfigured(l.session, "Looking up "+what, diags)
	}
	return false
}

// failed says why a lookup failed and what to do.
func (l *lookup) failed(err error, what string, diags *diag.Diagnostics) {
	address := l.session.client.Address()
	var refused *thoughtindustries.APIError
	if errors.As(err, &refused) {
		diags.AddError(sumLookupFailed, fmt.Sprintf("Looking up %s failed: %s responded with %s\n\n%s",
			what, address, refusalText(refused), adviceFor(refused, address)))
		return
	}
	advice := "Check that the address is right and that this machine can reach it, then try again."
	var unusable *thoughtindustries.ResponseError
	if errors.As(err, &unusable) && unusable.HTML {
		advice = "Is base_url (or instance) right? A proxy, a gateway or a firewall may also have sent the page."
	}
	diags.AddError(sumLookupFailed, fmt.Sprintf("Looking up %s at %s failed: %s. Nothing was changed.\n\n%s",
		what, address, err, advice))
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedNumber(description string) schema.NumberAttribute {
	return schema.NumberAttribute{Computed: true, MarkdownDescription: description}
}

// computedList is a list of objects with these attributes.
func computedList(description string, attributes map[string]schema.Attribute) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject:        schema.NestedAttributeObject{Attributes: attributes},
	}
}

func clientIDArgument(what string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "UUID of the client whose " + what + " are looked up. Case does not matter.",
		Validators:          []validator.String{validUUID},
	}
}

// optionalText is an argument that is not empty where it is set.
func optionalText(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: description,
		Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
	}
}

// hasName reports whether a returned name is the same as one that is wanted. One that is not set accepts all.
func hasName(wanted, returned types.String) bool {
	return !isSet(wanted) || isSet(returned) && thoughtindustries.SameName(returned.ValueString(), wanted.ValueString())
}

// hasText is hasName for texts that have to be equal.
func hasText(wanted, returned types.String) bool { return !isSet(wanted) || wanted.Equal(returned) }

// inOrder compares by one text, then by id.
func inOrder(a, aID, b, bID types.String) int {
	return cmp.Or(
		strings.Compare(a.ValueString(), b.ValueString()),
		strings.Compare(aID.ValueString(), bID.ValueString()),
	)
}
