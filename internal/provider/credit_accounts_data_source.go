package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// accountsDataSource lists the credit accounts of a client, as its batches and actions show them: no endpoint
// lists accounts.
type accountsDataSource struct{ lookup }

func newCreditAccountsDataSource() datasource.DataSource {
	return &accountsDataSource{lookup{typeName: typeName + "_credit_accounts"}}
}

type creditAccountsModel struct {
	ClientID       types.String   `tfsdk:"client_id"`
	Name           types.String   `tfsdk:"name"`
	CreditAccounts []types.Object `tfsdk:"credit_accounts"`
}

func accountProperties(account thoughtindustries.ListedAccount) []property {
	return []property{
		{"id", "UUID of the account.", types.StringValue(account.ID)},
		{"name", "Name of the account; null if none of its credit actions shows it.", stringOrNull(account.Name)},
		{"current_balance", "Credits left now in the account's active batches.", numberValue(account.CurrentBalance)},
		{
			"starting_balance", "Credits that the account's first batch was issued with.",
			numberValue(account.StartingBalance),
		},
		{"created_at", "When the account's first batch was issued, ISO 8601.", stringOrNull(account.CreatedAt)},
	}
}

// stringOrNull gives null for a text that was not returned.
func stringOrNull(text string) types.String {
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func (d *accountsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit accounts of a client, as its credit batches and credit actions show them; " +
			"names take one request for each account. " +
			"An account that never had a batch is not found, such as one created with a balance of 0.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("credit accounts"),
			"name":      optionalText("Only accounts of this name. Case matters."),
			"credit_accounts": computedList("The accounts that were found, oldest first.",
				accountProperties(thoughtindustries.ListedAccount{})),
		},
	}
}

func (d *accountsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model creditAccountsModel
	if !d.start(ctx, req.Config, &model, "credit accounts", &resp.Diagnostics) {
		return
	}
	clientID := model.ClientID.ValueString()
	accounts, err := d.session.client.CreditAccounts(ctx, clientID, allNames)
	if err != nil {
		d.failed(err, accountsByBatches(clientID), &resp.Diagnostics)
		return
	}
	var found []thoughtindustries.ListedAccount
	for _, account := range accounts {
		if account.NameErr != nil {
			d.failed(account.NameErr, accountByActions(clientID, account.ID), &resp.Diagnostics)
			return
		}
		if hasName(model.Name, account.Name) {
			found = append(found, account)
		}
	}
	model.CreditAccounts = objectsOf(found, accountProperties)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// allNames makes the client ask for the name of every account.
const allNames = -1

// accountsByBatches and accountByActions name the endpoint too, because the key's role may not be allowed to use it.
func accountsByBatches(clientID string) string {
	return "the credit accounts of client " + clientID + " by its credit batches (GET /clients/:id/creditBatches)"
}

func accountByActions(clientID, accountID string) string {
	return "the name of credit account " + accountID + " of client " + clientID +
		" by its credit actions (GET /clients/:id/creditAccount/:creditAccountId/creditActions)"
}
