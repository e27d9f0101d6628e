package provider

import (
	"context"
	"fmt"

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
	ClientID        types.String   `tfsdk:"client_id"`
	CreditAccountID types.String   `tfsdk:"credit_account_id"`
	CreditBatches   []types.Object `tfsdk:"credit_batches"`
	CurrentBalance  types.Number   `tfsdk:"current_balance"`
}

func batchProperties(batch thoughtindustries.CreditBatch) []property {
	return []property{
		{"id", "UUID of the batch.", textField(batch.ID)},
		{"name", "Label of the batch, if any.", textField(batch.Name)},
		{"expires_on", "When the batch expires, ISO 8601; null if it never does.", textField(batch.ExpiresOn)},
		{"starting_balance", "Credits that the batch was issued with.", numberField(batch.StartingBalance)},
		{"current_balance", "Credits left in the batch.", numberField(batch.CurrentBalance)},
		{"client_id", "UUID of the client that the batch belongs to.", textField(batch.ClientID)},
		{"status", "Status of the batch, such as `active`.", textField(batch.Status)},
		{"created_at", "When the batch was issued, ISO 8601.", textField(batch.CreatedAt)},
		{"updated_at", "When the batch last changed, ISO 8601.", textField(batch.UpdatedAt)},
		{"credit_account_id", "UUID of the credit account that the batch belongs to, if any.", textField(batch.CreditAccountID)},
		{"allocated_credits", "Credits of the batch that are allocated.", numberField(batch.AllocatedCredits)},
	}
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
			"current_balance": schema.NumberAttribute{
				Computed: true,
				MarkdownDescription: "Credits left in the active batches that were found. " +
					"Null, with a warning, if the API does not return the status or the balance of a batch.",
			},
			"credit_batches": computedList("The batches that were found, oldest first.",
				batchProperties(thoughtindustries.CreditBatch{})),
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
	model.CreditBatches = objectsOf(batches, batchProperties, "created_at", "id")
	balance, ok := thoughtindustries.ActiveBalance(batches)
	if !ok {
		resp.Diagnostics.AddAttributeWarning(path.Root("current_balance"), sumBalanceUnknown, fmt.Sprintf(
			"The API's response lacks the status of a credit batch of client %s, or the balance of an active one. "+
				"So the total is null; credit_batches shows which batch it is.", clientID))
	}
	model.CurrentBalance = numberValue(balance)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
