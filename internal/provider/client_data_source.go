package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/datasourcevalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var _ datasource.DataSourceWithConfigValidators = (*clientDataSource)(nil)

// clientDataSource finds one client.
type clientDataSource struct{ lookup }

func newClientDataSource() datasource.DataSource { return &clientDataSource{} }

type clientModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	SchoolName types.String `tfsdk:"school_name"`
	Slug       types.String `tfsdk:"slug"`
	SKU        types.String `tfsdk:"sku"`
	CustomHost types.String `tfsdk:"custom_host"`
}

func clientModelOf(client thoughtindustries.CustomerClient) clientModel {
	return clientModel{
		ID:         textValue(client.ID),
		Name:       textValue(client.Name),
		SchoolName: textValue(client.SchoolName),
		Slug:       textValue(client.Slug),
		SKU:        textValue(client.SKU),
		CustomHost: textValue(client.CustomHost),
	}
}

// clientAttributes are those of a client, all returned by the API.
func clientAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          computedString("UUID of the client: the `client_id` of everything that belongs to it."),
		"name":        computedString("Name of the client."),
		"school_name": computedString("Name of the client's learning site, where it has one."),
		"slug":        computedString("Short name of the client, as in addresses."),
		"sku":         computedString("Stock keeping unit of the client, where it has one."),
		"custom_host": computedString("Host name of the client's learning site, where it has one of its own."),
	}
}

func (d *clientDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_client"
}

func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := clientAttributes()
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the client: the `client_id` of everything that belongs to it. Set it to find the client by it; upper and lower case are the same.",
		Validators:          []validator.String{validUUID},
	}
	attributes["name"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Name of the client. Set it to find the client whose name is exactly this, upper and lower case included.",
		Validators:          []validator.String{stringFunc{"a name", checkNotEmpty}},
	}
	attributes["slug"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "Short name of the client, as in addresses. Set it to find the client whose slug is exactly this.",
		Validators:          []validator.String{stringFunc{"a slug", checkNotEmpty}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds one client (a customer organisation) of the instance, by exactly one of `id`, `name` and `slug`. " +
			"None, or several of that name, is an error that lists what was found, ten at most.",
		Attributes: attributes,
	}
}

func (d *clientDataSource) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return []datasource.ConfigValidator{
		datasourcevalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("name"), path.MatchRoot("slug")),
	}
}

func (d *clientDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var config clientModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || !d.ready("a client", &resp.Diagnostics) {
		return
	}
	var found *clientModel
	switch {
	case isSet(config.ID):
		found = d.byID(ctx, config.ID, &resp.Diagnostics)
	case isSet(config.Name):
		found = d.byText(ctx, "name", config.Name, &resp.Diagnostics)
	default: // engines validate again before they read
		found = d.byText(ctx, "slug", config.Slug, &resp.Diagnostics)
	}
	if found != nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
	}
}

func (d *clientDataSource) byID(ctx context.Context, id types.String, diags *diag.Diagnostics) *clientModel {
	client, err := d.session.client.CustomerClient(ctx, id.ValueString())
	if err != nil {
		d.failed(err, "the client "+id.ValueString(), diags)
		return nil
	}
	if client == nil {
		diags.AddAttributeError(path.Root("id"), sumNothingFound, fmt.Sprintf(
			"The instance at %s has no client with the id %s. Nothing was changed.\n\nCheck the id, and that this is the instance that you mean.",
			d.session.client.Address(), id.ValueString()))
		return nil
	}
	found := clientModelOf(*client)
	found.ID = id // as it was written
	return &found
}

// byText finds the client whose name or slug is exactly the text. The API's
// search is asked first, because an instance may have thousands of clients; but
// what it searches through is not documented, so that nothing is said to be
// missing before all were read.
func (d *clientDataSource) byText(ctx context.Context, attribute string, wanted types.String, diags *diag.Diagnostics) *clientModel {
	what := fmt.Sprintf("the client of the %s %q", attribute, wanted.ValueString())
	var near []clientModel
	for _, query := range []string{wanted.ValueString(), ""} {
		clients, err := d.session.client.Clients(ctx, query, "")
		if err != nil {
			d.failed(err, what, diags)
			return nil
		}
		var found, all []clientModel
		for _, client := range clients {
			returned := client.Name
			if attribute == "slug" {
				returned = client.Slug
			}
			model := clientModelOf(client)
			if all = append(all, model); matches(wanted, returned) {
				found = append(found, model)
			}
		}
		switch {
		case len(found) == 1:
			return &found[0]
		case len(found) > 1:
			slices.SortFunc(found, byNameAndID)
			diags.AddAttributeError(path.Root(attribute), sumSeveralFound, fmt.Sprintf(
				"%d clients have the %s %q, and one is wanted:\n%s\n\nNothing was changed. Set id to the one that you mean, instead of %s.",
				len(found), attribute, wanted.ValueString(), listed(found, describeClient), attribute))
			return nil
		case len(near) == 0:
			near = all
		}
	}
	slices.SortFunc(near, byNameAndID)
	detail := "The instance has no clients that this API key may see."
	if len(near) > 0 {
		detail = "Upper and lower case count. Clients that the search finds instead, or else all clients:\n" + listed(near, describeClient)
	}
	diags.AddAttributeError(path.Root(attribute), sumNothingFound, fmt.Sprintf(
		"No client at %s has exactly the %s %q. %s\n\nNothing was changed. Correct the %s, or set id instead.",
		d.session.client.Address(), attribute, wanted.ValueString(), detail, attribute))
	return nil
}

func byNameAndID(a, b clientModel) int {
	return inOrder([2]types.String{a.Name, b.Name}, [2]types.String{a.ID, b.ID})
}

func describeClient(client clientModel) string {
	return fmt.Sprintf("name %q, slug %q, id %q",
		shortened(client.Name.ValueString()), shortened(client.Slug.ValueString()), shortened(client.ID.ValueString()))
}
