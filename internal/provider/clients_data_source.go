package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// clientsDataSource lists clients.
type clientsDataSource struct{ lookup }

func newClientsDataSource() datasource.DataSource {
	return &clientsDataSource{lookup{typeName: typeName + "_clients"}}
}

type clientsModel struct {
	Query   types.String   `tfsdk:"query"`
	Sort    types.String   `tfsdk:"sort"`
	Clients []types.Object `tfsdk:"clients"`
}

func (d *clientsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the clients (customer organisations) of the instance. " +
			"To find one client by its exact name, use the data source `thoughtindustries_client`.",
		Attributes: map[string]schema.Attribute{
			"query": optionalText("Text that the API searches for; it may also find clients that merely contain the text. " +
				"When not set, all clients are listed."),
			"sort": optionalText("What the API sorts by, such as `name`, the only documented value. " +
				"When not set, the list is sorted by name, then by id."),
			"clients": computedList("The clients that were found; may be empty.", clientProperties(thoughtindustries.CustomerClient{})),
		},
	}
}

func (d *clientsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model clientsModel
	if !d.start(ctx, req.Config, &model, "clients", &resp.Diagnostics) {
		return
	}
	clients, err := d.session.client.Clients(ctx, model.Query.ValueString(), model.Sort.ValueString())
	if err != nil {
		d.failed(err, "clients", &resp.Diagnostics)
		return
	}
	var sortedBy []string // the API's order, unless nothing is said of it
	if !isSet(model.Sort) {
		sortedBy = []string{"name", "id"}
	}
	model.Clients = objectsOf(clients, clientProperties, sortedBy...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
