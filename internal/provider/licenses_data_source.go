package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// licensesDataSource lists the licenses of a client.
type licensesDataSource struct{ lookup }

func newLicensesDataSource() datasource.DataSource { return &licensesDataSource{} }

type licensesModel struct {
	ClientID types.String   `tfsdk:"client_id"`
	Name     types.String   `tfsdk:"name"`
	SKU      types.String   `tfsdk:"sku"`
	Licenses []licenseModel `tfsdk:"licenses"`
	IDs      types.Set      `tfsdk:"ids"`
}

type licenseModel struct {
	ID    types.String `tfsdk:"id"`
	Name  types.String `tfsdk:"name"`
	Label types.String `tfsdk:"label"`
	SKU   types.String `tfsdk:"sku"`
}

func (d *licensesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_licenses"
}

func (d *licensesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the licenses of a client, for the `license_ids` of a credit account. " +
			"That none is found is no error: `ids` is empty then.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("licenses"),
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only licenses whose name is exactly this, upper and lower case included.",
				Validators:          []validator.String{stringFunc{"a name", checkNotEmpty}},
			},
			"sku": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only licenses whose stock keeping unit is exactly this, upper and lower case included.",
				Validators:          []validator.String{stringFunc{"a stock keeping unit", checkNotEmpty}},
			},
			"licenses": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The licenses that were found, in order of name, then of id; empty where there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":    computedString("Id of the license."),
					"name":  computedString("Name of the license."),
					"label": computedString("Label that the product shows for the license, where it has one."),
					"sku":   computedString("Stock keeping unit of the license, where it has one."),
				}},
			},
			"ids": schema.SetAttribute{
				Computed:            true,
				ElementType:         types.StringType,
				MarkdownDescription: "Ids of the licenses that were found, as `license_ids` of a credit account takes them.",
			},
		},
	}
}

func (d *licensesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model licensesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.ready("licenses", &resp.Diagnostics) {
		return
	}
	licenses, err := d.session.client.Licenses(ctx, model.ClientID.ValueString())
	if err != nil {
		d.failed(err, "the licenses of client "+model.ClientID.ValueString(), &resp.Diagnostics)
		return
	}
	model.Licenses = make([]licenseModel, 0, len(licenses))
	var ids []attr.Value
	for _, license := range licenses {
		if !matches(model.Name, license.Name) || !matches(model.SKU, license.SKU) {
			continue
		}
		model.Licenses = append(model.Licenses, licenseModel{
			ID:    textValue(license.ID),
			Name:  textValue(license.Name),
			Label: textValue(license.Label),
			SKU:   textValue(license.SKU),
		})
		if license.ID.Value != nil {
			ids = append(ids, types.StringValue(*license.ID.Value))
		}
	}
	slices.SortFunc(model.Licenses, func(a, b licenseModel) int {
		return inOrder([2]types.String{a.Name, b.Name}, [2]types.String{a.ID, b.ID})
	})
	set, diags := types.SetValue(types.StringType, ids)
	resp.Diagnostics.Append(diags...)
	model.IDs = set
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
