package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// batchesDataSource lists credit batches, and with them the live balance.
type batchesDataSource struct{ lookup }

func newCreditBatchesDataSource() datasource.DataSource {
	return &batchesDataSource{lookup{typeName: typeName + "_credit_batches"}}
}

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

func (d *batchesDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit batches of a client or of one of its credit accounts, with the balance that " +
			"is left now. The `current_balance` of a credit account resource stays what it was at creation.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("credit batches"),
			"credit_account_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "UUID of a credit account: only its batches. Case does not matter. " +
					"When not set, all batches of the client are listed.",
				Validators: []validator.String{validUUID},
			},
			"current_balance": computedNumber("Credits left in the active batches that were found. " +
				"Null, with a warning, if the API does not return the status or the balance of a batch."),
			"credit_batches": computedList("The batches that were found, oldest first.", map[string]schema.Attribute{
				"id":                computedString("UUID of the batch."),
				"name":              computedString("Label of the batch, if any."),
				"expires_on":        computedString("When the batch expires, ISO 8601; null if it never does."),
				"starting_balance":  computedNumber("Credits that the batch was issued with."),
				"current_balance":   computedNumber("Credits left in the batch."),
				"client_id":         computedString("UUID of the client that the batch belongs to."),
				"status":            computedString("Status of the batch, such as `active`."),
				"created_at":        computedString("When the batch was issued, ISO 8601."),
				"updated_at":        computedString("When the batch last changed, ISO 8601."),
				"credit_account_id": computedString("UUID of the credit account that the batch belongs to, if any."),
				"allocated_credits": computedNumber("Credits of the batch that are allocated."),
			}),
		},
	}
}

func (d *batchesDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model creditBatchesModel
	if !d.start(ctx, req.Config, &model, "credit batches", &resp.Diagnostics) {
		return
	}
	clientID := model.ClientID.ValueString()
	batches, err := d.session.client.CreditBatches(ctx, clientID, model.CreditAccountID.ValueString())
	if err != nil {
		d.failed(err, "the credit batches of client "+clientID, &resp.Diagnostics)
		return
	}
	model.CreditBatches = make([]listedBatchModel, 0, len(batches))
	for _, batch := range batches {
		model.CreditBatches = append(model.CreditBatches, newListedBatchModel(batch))
	}
	slices.SortFunc(model.CreditBatches, func(a, b listedBatchModel) int {
		return inOrder(a.CreatedAt, a.ID, b.CreatedAt, b.ID)
	})
	balance, ok := thoughtindustries.ActiveBalance(batches)
	if !ok {
		resp.Diagnostics.AddAttributeWarning(path.Root("current_balance"), sumBalanceUnknown, fmt.Sprintf(
			"The API's response lacks the status of a credit batch of client %s, or the balance of an active one. "+
				"So the total is null; credit_batches shows which batch it is.", clientID))
	}
	model.CurrentBalance = numberValue(balance)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func newListedBatchModel(batch thoughtindustries.CreditBatch) listedBatchModel {
	return listedBatchModel{
		ID:               textField(batch.ID),
		Name:             textField(batch.Name),
		ExpiresOn:        textField(batch.ExpiresOn),
		StartingBalance:  numberField(batch.StartingBalance),
		CurrentBalance:   numberField(batch.CurrentBalance),
		ClientID:         textField(batch.ClientID),
		Status:           textField(batch.Status),
		CreatedAt:        textField(batch.CreatedAt),
		UpdatedAt:        textField(batch.UpdatedAt),
		CreditAccountID:  textField(batch.CreditAccountID),
		AllocatedCredits: numberField(batch.AllocatedCredits),
	}
}
