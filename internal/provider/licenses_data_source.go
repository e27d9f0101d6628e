package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// licensesDataSource lists the licenses of a client.
type licensesDataSource struct{ lookup }

func newLicensesDataSource() datasource.DataSource {
	return &licensesDataSource{lookup{typeName: typeName + "_licenses"}}
}

type licensesModel struct {
	ClientID types.String   `tfsdk:"client_id"`
	Name     types.String   `tfsdk:"name"`
	SKU      types.String   `tfsdk:"sku"`
	Licenses []types.Object `tfsdk:"licenses"`
	IDs      []string       `tfsdk:"ids"`
}

func licenseProperties(license thoughtindustries.License) []property {
	return []property{
		{"id", "Id of the license.", textField(license.ID)},
		{"name", "Name of the license.", textField(license.Name)},
		{"label", "Label that the product shows for the license, if any.", textField(license.Label)},
		{"sku", "Stock keeping unit of the license, if any.", textField(license.SKU)},
	}
}

func (d *licensesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the licenses of a client, for the `license_ids` of a credit account. " +
			"No match is not an error: `ids` is empty then.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("licenses"),
			"name":      optionalText("Only licenses of this name. Case matters."),
			"sku":       optionalText("Only licenses of exactly this stock keeping unit. Case matters."),
			"licenses": computedList("The licenses that were found, sorted by name, then by id.",
				licenseProperties(thoughtindustries.License{})),
			"ids": schema.SetAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				CustomType:          newStringSetType(),
				MarkdownDescription: "Ids of the licenses that were found, for `license_ids` of a credit account.",
			},
		},
	}
}

func (d *licensesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model licensesModel
	if !d.start(ctx, req.Config, &model, "licenses", &resp.Diagnostics) {
		return
	}
	licenses, err := d.session.client.Licenses(ctx, model.ClientID.ValueString())
	if err != nil {
		d.failed(err, "the licenses of client "+model.ClientID.ValueString(), &resp.Diagnostics)
		return
	}
	var found []thoughtindustries.License
	model.IDs = []string{}
	for _, license := range licenses {
		if !hasName(model.Name, fieldValue(license.Name)) || !hasText(model.SKU, fieldValue(license.SKU)) {
			continue
		}
		found = append(found, license)
		if license.ID.Value != nil {
			model.IDs = append(model.IDs, *license.ID.Value)
		}
	}
	model.Licenses = objectsOf(found, licenseProperties, "name", "id")
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
