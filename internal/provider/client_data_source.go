package provider

import (
	"context"
	"fmt"
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

// clientModel has what is configured: one of id, name and slug.
type clientModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	SchoolName types.String `tfsdk:"school_name"`
	Slug       types.String `tfsdk:"slug"`
	SKU        types.String `tfsdk:"sku"`
	CustomHost types.String `tfsdk:"custom_host"`
}

// clientProperties are those of a client, all returned by the API.
func clientProperties(client thoughtindustries.CustomerClient) []property {
	return []property{
		{"id", "UUID of the client: the `client_id` of everything that belongs to it.", textField(client.ID)},
		{"name", "Name of the client.", textField(client.Name)},
		{"school_name", "Name of the client's learning site, if any.", textField(client.SchoolName)},
		{"slug", "Short name of the client, as in addresses.", textField(client.Slug)},
		{"sku", "Stock keeping unit of the client, if any.", textField(client.SKU)},
		{"custom_host", "Host name of the client's own learning site, if any.", textField(client.CustomHost)},
	}
}

func (d *clientDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := computedAttributes(clientProperties(thoughtindustries.CustomerClient{}))
	attributes["id"] = schema.StringAttribute{
		Optional: true, Computed: true,
		MarkdownDescription: attributes["id"].GetMarkdownDescription() + " Case does not matter.",
		Validators:          []validator.String{validUUID},
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
	var found *thoughtindustries.CustomerClient
	if isSet(config.ID) {
		found = d.findByID(ctx, config.ID.ValueString(), &resp.Diagnostics)
	} else {
		found = d.findByText(ctx, config, &resp.Diagnostics)
	}
	if found == nil {
		return
	}
	for _, p := range clientProperties(*found) {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(p.name), p.value)...)
	}
}

func (d *clientDataSource) findByID(
	ctx context.Context, id string, diags *diag.Diagnostics,
) *thoughtindustries.CustomerClient {
	client, err := d.session.client.CustomerClient(ctx, id)
	switch {
	case err != nil:
		d.failed(err, "the client "+id, diags)
		return nil
	case client == nil:
		diags.AddAttributeError(path.Root("id"), sumNothingFound, fmt.Sprintf(
			"The instance at %s has no client with the id %s. Nothing was changed.\n\nCheck the id and the instance.",
			d.session.client.Address(), id))
		return nil
	}
	found := *client
	found.ID.Value = &id // in the case of the configuration
	return &found
}

// findByText finds the client of a name or a slug. The API's search comes first, because an instance may have thousands
// of clients. It is not documented what it searches, so only all clients prove that there is no match.
func (d *clientDataSource) findByText(
	ctx context.Context, config clientModel, diags *diag.Diagnostics,
) *thoughtindustries.CustomerClient {
	attribute, text := "name", config.Name.ValueString()
	if isSet(config.Slug) {
		attribute, text = "slug", config.Slug.ValueString()
	}
	var similar []thoughtindustries.CustomerClient
	for _, query := range []string{text, ""} {
		clients, err := d.session.client.Clients(ctx, query, "")
		if err != nil {
			d.failed(err, fmt.Sprintf("the client with the %s %q", attribute, text), diags)
			return nil
		}
		var found []thoughtindustries.CustomerClient
		for _, client := range clients {
			if hasName(config.Name, fieldValue(client.Name)) && hasText(config.Slug, fieldValue(client.Slug)) {
				found = append(found, client)
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
			similar = clients
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

func listClients(clients []thoughtindustries.CustomerClient) string {
	var lines []string
	for _, client := range clients[:min(len(clients), mostListed)] {
		lines = append(lines, fmt.Sprintf("- name %q, slug %q, id %q", shortened(fieldValue(client.Name)),
			shortened(fieldValue(client.Slug)), shortened(fieldValue(client.ID))))
	}
	if more := len(clients) - len(lines); more > 0 {
		lines = append(lines, fmt.Sprintf("- and %d more", more))
	}
	return strings.Join(lines, "\n")
}
