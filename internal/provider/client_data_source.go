package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

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

func newClientDataSource() datasource.DataSource {
	return &clientDataSource{lookup{typeName: typeName + "_client"}}
}

type clientModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	SchoolName types.String `tfsdk:"school_name"`
	Slug       types.String `tfsdk:"slug"`
	SKU        types.String `tfsdk:"sku"`
	CustomHost types.String `tfsdk:"custom_host"`
}

func newClientModel(client thoughtindustries.CustomerClient) clientModel {
	return clientModel{
		ID:         textField(client.ID),
		Name:       textField(client.Name),
		SchoolName: textField(client.SchoolName),
		Slug:       textField(client.Slug),
		SKU:        textField(client.SKU),
		CustomHost: textField(client.CustomHost),
	}
}

// clientAttributes are those of a client, all returned by the API.
func clientAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":          computedString("UUID of the client: the `client_id` of everything that belongs to it."),
		"name":        computedString("Name of the client."),
		"school_name": computedString("Name of the client's learning site, if any."),
		"slug":        computedString("Short name of the client, as in addresses."),
		"sku":         computedString("Stock keeping unit of the client, if any."),
		"custom_host": computedString("Host name of the client's own learning site, if any."),
	}
}

func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := clientAttributes()
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: "UUID of the client: the `client_id` of everything that belongs to it. Case does not " +
			"matter.",
		Validators: []validator.String{validUUID},
	}
	for _, name := range []string{"name", "slug"} {
		attribute := optionalText(attributes[name].GetMarkdownDescription() + " Case matters.")
		attribute.Computed = true
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds one client (a customer organisation) by exactly one of `id`, `name` and `slug`. " +
			"No match, or several, is an error that lists what was found.",
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
	if !d.start(ctx, req.Config, &config, "a client", &resp.Diagnostics) {
		return
	}
	var found *clientModel
	if isSet(config.ID) {
		found = d.findByID(ctx, config.ID, &resp.Diagnostics)
	} else {
		found = d.findByText(ctx, config, &resp.Diagnostics)
	}
	if found != nil {
		resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
	}
}

func (d *clientDataSource) findByID(ctx context.Context, id types.String, diags *diag.Diagnostics) *clientModel {
	client, err := d.session.client.CustomerClient(ctx, id.ValueString())
	if err != nil {
		d.failed(err, "the client "+id.ValueString(), diags)
		return nil
	}
	if client == nil {
		diags.AddAttributeError(path.Root("id"), sumNothingFound, fmt.Sprintf(
			"The instance at %s has no client with the id %s. Nothing was changed.\n\nCheck the id and the instance.",
			d.session.client.Address(), id.ValueString()))
		return nil
	}
	found := newClientModel(*client)
	found.ID = id // in the case of the configuration
	return &found
}

// findByText finds the client of a name or a slug. The API's search comes first, because an instance may have thousands
// of clients. It is not documented what it searches, so only all clients prove that there is no match.
func (d *clientDataSource) findByText(ctx context.Context, config clientModel, diags *diag.Diagnostics) *clientModel {
	attribute, text := "name", config.Name.ValueString()
	if isSet(config.Slug) {
		attribute, text = "slug", config.Slug.ValueString()
	}
	var similar []clientModel
	for _, query := range []string{text, ""} {
		clients, err := d.session.client.Clients(ctx, query, "")
		if err != nil {
			d.failed(err, fmt.Sprintf("the client with the %s %q", attribute, text), diags)
			return nil
		}
		var all, found []clientModel
		for _, client := range clients {
			model := newClientModel(client)
			all = append(all, model)
			if hasName(config.Name, model.Name) && hasText(config.Slug, model.Slug) {
				found = append(found, model)
			}
		}
		if len(found) == 1 {
			return &found[0]
		}
		if len(found) > 1 {
			diags.AddAttributeError(path.Root(attribute), sumSeveralFound, fmt.Sprintf(
				"%d clients have the %s %q:\n%s\n\nNothing was changed. Set id instead of %s to choose one.",
				len(found), attribute, text, listClients(found), attribute))
			return nil
		}
		if len(similar) == 0 {
			similar = all
		}
	}
	detail := "This API key sees no clients at all."
	if len(similar) > 0 {
		detail = "Case matters. The search found:\n" + listClients(similar)
	}
	diags.AddAttributeError(path.Root(attribute), sumNothingFound, fmt.Sprintf(
		"No client at %s has the %s %q. %s\n\nNothing was changed. Correct the %s, or set id instead.",
		d.session.client.Address(), attribute, text, detail, attribute))
	return nil
}

// mostListed is how many clients an error lists.
const mostListed = 10

func listClients(clients []clientModel) string {
	slices.SortFunc(clients, compareClients)
	var lines []string
	for _, client := range clients[:min(len(clients), mostListed)] {
		lines = append(lines, fmt.Sprintf("- name %q, slug %q, id %q", shortened(client.Name.ValueString()),
			shortened(client.Slug.ValueString()), shortened(client.ID.ValueString())))
	}
	if more := len(clients) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("- and %d more", more))
	}
	return strings.Join(lines, "\n")
}

func compareClients(a, b clientModel) int { return inOrder(a.Name, a.ID, b.Name, b.ID) }
