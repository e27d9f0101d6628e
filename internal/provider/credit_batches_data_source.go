package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// creditBatchesDataSource lists credit batches, and with them the live balance.
type creditBatchesDataSource struct{ lookup }

func newCreditBatchesDataSource() datasource.DataSource { return &creditBatchesDataSource{} }

type creditBatchesModel struct {
	ClientID        types.String       `tfsdk:"client_id"`
	CreditAccountID types.String       `tfsdk:"credit_account_id"`
	CreditBatches   []listedBatchModel `tfsdk:"credit_batches"`
	CurrentBalance  types.Number       `tfsdk:"current_balance"`
}

type listedBatchModel struct {
	ID               types.String `tfsdk:"id"`
	Name             types.String `tfsdk:"name"`
	ExpiresOn        types.String `tfsdk:"expires_on"`
	StartingBalance  types.Number `tfsdk:"starting_balance"`
	CurrentBalance   types.Number `tfsdk:"current_balance"`
	ClientID         types.String `tfsdk:"client_id"`
	Status           types.String `tfsdk:"status"`
	CreatedAt        types.String `tfsdk:"created_at"`
	UpdatedAt        types.String `tfsdk:"updated_at"`
	CreditAccountID  types.String `tfsdk:"credit_account_id"`
	AllocatedCredits types.Number `tfsdk:"allocated_credits"`
}

func (d *creditBatchesDataSource) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = typeName + "_credit_batches"
}

func (d *creditBatchesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit batches of a client or of one of its credit accounts, and gives the balance that is left now. " +
			"The `current_balance` of a credit account resource stays what it was at creation; this is the live figure, for outputs and `check` blocks.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("credit batches"),
			"credit_account_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "UUID of a credit account: only its batches. Upper and lower case are the same. " +
					"When not set, the batches of all accounts are listed, and those that belong to none.",
				Validators: []validator.String{validUUID},
			},
			"current_balance": computedNumber("Credits left in the active batches that were found, together; 0 where there are none. " +
				"Null, with a warning, where the API does not return the status or the balance of a batch."),
			"credit_batches": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The batches that were found, oldest first, then in order of id; empty where there are none.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":                computedString("UUID of the batch."),
					"name":              computedString("Label of the batch, where it has one."),
					"expires_on":        computedString("When the batch expires, ISO 8601; null where it never does."),
					"starting_balance":  computedNumber("Credits that the batch was issued with."),
					"current_balance":   computedNumber("Credits left in the batch."),
					"client_id":         computedString("UUID of the client that the batch belongs to."),
					"status":            computedString("Status of the batch, such as `active`."),
					"created_at":        computedString("When the batch was issued, ISO 8601."),
					"updated_at":        computedString("When the batch last changed, ISO 8601."),
					"credit_account_id": computedString("UUID of the credit account that the batch belongs to; null where it belongs to none."),
					"allocated_credits": computedNumber("Credits of the batch that are allocated."),
				}},
			},
		},
	}
}

func (d *creditBatchesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model creditBatchesModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.ready("credit batches", &resp.Diagnostics) {
		return
	}
	batches, err := d.session.client.CreditBatches(ctx, model.ClientID.ValueString(), model.CreditAccountID.ValueString())
	if err != nil {
		d.failed(err, "the credit batches of client "+model.ClientID.ValueString(), &resp.Diagnostics)
		return
	}
	model.CreditBatches = make([]listedBatchModel, 0, len(batches))
	for _, batch := range batches {
		model.CreditBatches = append(model.CreditBatches, listedBatchOf(batch))
	}
	slices.SortFunc(model.CreditBatches, func(a, b listedBatchModel) int {
		return inOrder([2]types.String{a.CreatedAt, b.CreatedAt}, [2]types.String{a.ID, b.ID})
	})
	balance, _ := thoughtindustries.ActiveBalance(batches)
	model.CurrentBalance = optionalNumber(balance)
	if model.CurrentBalance.IsNull() {
		resp.Diagnostics.AddAttributeWarning(path.Root("current_balance"), sumBalanceUnknown,
			"The API's response lacks the status of a credit batch of client "+model.ClientID.ValueString()+
				", or the balance of an active one, so their total is null rather than wrong. credit_batches shows which batch it is.")
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func listedBatchOf(batch thoughtindustries.CreditBatch) listedBatchModel {
	return listedBatchModel{
		ID:               textValue(batch.ID),
		Name:             textValue(batch.Name),
		ExpiresOn:        textValue(batch.ExpiresOn),
		StartingBalance:  numberValue(batch.StartingBalance),
		CurrentBalance:   numberValue(batch.CurrentBalance),
		ClientID:         textValue(batch.ClientID),
		Status:           textValue(batch.Status),
		CreatedAt:        textValue(batch.CreatedAt),
		UpdatedAt:        textValue(batch.UpdatedAt),
		CreditAccountID:  textValue(batch.CreditAccountID),
		AllocatedCredits: numberValue(batch.AllocatedCredits),
	}
}
