package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
	Licenses []licenseModel `tfsdk:"licenses"`
	IDs      []string       `tfsdk:"ids"`
}

type licenseModel struct {
	ID    types.String `tfsdk:"id"`
	Name  types.String `tfsdk:"name"`
	Label types.String `tfsdk:"label"`
	SKU   types.String `tfsdk:"sku"`
}

func (d *licensesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the licenses of a client, for the `license_ids` of a credit account. " +
			"No match is not an error: `ids` is empty then.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("licenses"),
			"name":      optionalText("Only licenses of this name. Case matters."),
			"sku":       optionalText("Only licenses of exactly this stock keeping unit. Case matters."),
			"licenses": computedList("The licenses that were found, sorted by name, then by id.", map[string]schema.Attribute{
				"id":    computedString("Id of the license."),
				"name":  computedString("Name of the license."),
				"label": computedString("Label that the product shows for the license, if any."),
				"sku":   computedString("Stock keeping unit of the license, if any."),
			}),
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
	model.Licenses = make([]licenseModel, 0, len(licenses))
	model.IDs = make([]string, 0, len(licenses))
	for _, license := range licenses {
		found := licenseModel{
			ID:    textField(license.ID),
			Name:  textField(license.Name),
			Label: textField(license.Label),
			SKU:   textField(license.SKU),
		}
		if !hasName(model.Name, found.Name) || !hasText(model.SKU, found.SKU) {
			continue
		}
		model.Licenses = append(model.Licenses, found)
		if license.ID.Value != nil {
			model.IDs = append(model.IDs, *license.ID.Value)
		}
	}
	slices.SortFunc(model.Licenses, func(a, b licenseModel) int { return inOrder(a.Name, a.ID, b.Name, b.ID) })
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
