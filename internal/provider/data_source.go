package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
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
	diags.AddError(sumLookupFailed, fmt.Sprintf("Looking up %s at %s failed: %s. Nothing was changed.\n\n"+
		"Is base_url (or instance) right, and can this machine reach it? A proxy or a firewall may be in the way.",
		what, address, err))
}

// property is an attribute of an object that the API returned: what the schema says of it, and its value.
type property struct {
	name, description string
	value             attr.Value // a types.String or a types.Number
}

// computedAttributes are these properties in a schema.
func computedAttributes(properties []property) map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, p := range properties {
		if _, isNumber := p.value.(types.Number); isNumber {
			attributes[p.name] = schema.NumberAttribute{Computed: true, MarkdownDescription: p.description}
		} else {
			attributes[p.name] = schema.StringAttribute{Computed: true, MarkdownDescription: p.description}
		}
	}
	return attributes
}

// computedList is a list of objects with these properties.
func computedList(description string, properties []property) schema.ListNestedAttribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: description,
		NestedObject:        schema.NestedAttributeObject{Attributes: computedAttributes(properties)},
	}
}

// objectsOf gives objects with these properties, sorted by those of them that are named: they are texts.
func objectsOf[T any](objects []T, properties func(T) []property, sortedBy ...string) []types.Object {
	rows := make([]map[string]attr.Value, 0, len(objects))
	for _, object := range objects {
		row := map[string]attr.Value{}
		for _, p := range properties(object) {
			row[p.name] = p.value
		}
		rows = append(rows, row)
	}
	slices.SortStableFunc(rows, func(a, b map[string]attr.Value) int {
		for _, name := range sortedBy {
			x, _ := a[name].(types.String)
			y, _ := b[name].(types.String)
			if order := strings.Compare(x.ValueString(), y.ValueString()); order != 0 {
				return order
			}
		}
		return 0
	})
	list := make([]types.Object, 0, len(rows))
	for _, row := range rows {
		of := map[string]attr.Type{}
		for name, value := range row {
			of[name] = value.Type(context.Background())
		}
		list = append(list, types.ObjectValueMust(of, row))
	}
	return list
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
func hasName(wanted types.String, returned string) bool {
	return !isSet(wanted) || returned != "" && thoughtindustries.SameName(returned, wanted.ValueString())
}

// hasText is hasName for texts that have to be equal.
func hasText(wanted types.String, returned string) bool {
	return !isSet(wanted) || wanted.ValueString() == returned
}
