package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// creditAccountsDataSource lists the credit accounts of a client, which no
// endpoint does, as its batches and actions show them.
type creditAccountsDataSource struct{ lookup }

func newCreditAccountsDataSource() datasource.DataSource { return &creditAccountsDataSource{} }

type creditAccountsModel struct {
	ClientID       types.String         `tfsdk:"client_id"`
	Name           types.String         `tfsdk:"name"`
	CreditAccounts []listedAccountModel `tfsdk:"credit_accounts"`
}

type listedAccountModel struct {
	ID              types.String `tfsdk:"id"`
	Name            types.String `tfsdk:"name"`
	CurrentBalance  types.Number `tfsdk:"current_balance"`
	StartingBalance types.Number `tfsdk:"starting_balance"`
	CreatedAt       types.String `tfsdk:"created_at"`
}

func (d *creditAccountsDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_credit_accounts"
}

func (d *creditAccountsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit accounts of a client, made for taking many over by `import { for_each = … }`. " +
			"No endpoint of the API lists accounts: they are gathered from the client's credit batches, and named by their credit actions, which is one request for each account. " +
			"So an account that never had a batch, as one created with a balance of 0 may be, is not found.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("credit accounts"),
			"name": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Only accounts whose name is exactly this, upper and lower case included.",
				Validators:          []validator.String{stringFunc{"a name", checkNotEmpty}},
			},
			"credit_accounts": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The accounts that were found, oldest first, then in order of id; empty where there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":               computedString("UUID of the account."),
					"name":             computedString("Name of the account; null if none of its credit actions shows it."),
					"current_balance":  computedNumber("Credits left now in the account's active batches, together; null where the API does not return it."),
					"starting_balance": computedNumber("Credits that the account's first batch was issued with: those given at creation."),
					"created_at":       computedString("When the account's first batch was issued, ISO 8601."),
				}},
			},
		},
	}
}

func (d *creditAccountsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model creditAccountsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.ready("credit accounts", &resp.Diagnostics) {
		return
	}
	accounts, err := d.session.client.CreditAccounts(ctx, model.ClientID.ValueString(), -1)
	if err != nil {
		d.failed(err, "the credit accounts of client "+model.ClientID.ValueString()+" by their credit batches and credit actions", &resp.Diagnostics)
		return
	}
	model.CreditAccounts = make([]listedAccountModel, 0, len(accounts))
	for _, account := range accounts {
		if account.NameErr != nil {
			d.failed(account.NameErr, "the credit accounts of client "+model.ClientID.ValueString()+" by their credit batches and credit actions", &resp.Diagnostics)
			return
		}
		if isSet(model.Name) && account.Name != model.Name.ValueString() {
			continue
		}
		listed := listedAccountModel{
			ID:              types.StringValue(account.ID),
			Name:            types.StringNull(),
			CurrentBalance:  optionalNumber(account.CurrentBalance),
			StartingBalance: optionalNumber(account.StartingBalance),
			CreatedAt:       nameOrNull(account.CreatedAt),
		}
		if account.Name != "" {
			listed.Name = types.StringValue(account.Name)
		}
		model.CreditAccounts = append(model.CreditAccounts, listed)
	}
	slices.SortFunc(model.CreditAccounts, func(a, b listedAccountModel) int {
		return inOrder([2]types.String{a.CreatedAt, b.CreatedAt}, [2]types.String{a.ID, b.ID})
	})
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
