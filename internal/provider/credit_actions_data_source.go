package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// actionsDataSource lists the movements of credits of an account.
type actionsDataSource struct{ lookup }

func newCreditActionsDataSource() datasource.DataSource {
	return &actionsDataSource{lookup{typeName: typeName + "_credit_actions"}}
}

type creditActionsModel struct {
	ClientID        types.String   `tfsdk:"client_id"`
	CreditAccountID types.String   `tfsdk:"credit_account_id"`
	ActionType      types.String   `tfsdk:"action_type"`
	CreditActions   []types.Object `tfsdk:"credit_actions"`
}

func actionProperties(action thoughtindustries.CreditAction) []property {
	return []property{
		{"id", "Id of the action.", textField(action.ID)},
		{"client", "The client, as the API names it.", textField(action.Client)},
		{"action", "What was done, as the API names it.", textField(action.Action)},
		{"amount", "Credits that were moved.", numberField(action.Amount)},
		{"target", "What the credits went to.", textField(action.Target)},
		{"target_type", "What kind of thing `target` is.", textField(action.TargetType)},
		{"target_balance_in", "Credits of the target before the action.", numberField(action.TargetBalanceIn)},
		{"target_balance_out", "Credits of the target after the action.", numberField(action.TargetBalanceOut)},
		{"initiator", "Who caused the action.", textField(action.Initiator)},
		{"initiator_type", "What kind of thing `initiator` is.", textField(action.InitiatorType)},
		{"credit_account_name", "Name of the credit account.", textField(action.CreditAccountName)},
		{"source", "What the credits came from.", textField(action.Source)},
		{"source_type", "What kind of thing `source` is.", textField(action.SourceType)},
		{"source_balance_in", "Credits of the source before the action.", numberField(action.SourceBalanceIn)},
		{"source_balance_out", "Credits of the source after the action.", numberField(action.SourceBalanceOut)},
		{"timestamp", "When it was done, ISO 8601.", textField(action.Timestamp)},
		{"updated_at", "When the record of it last changed, ISO 8601.", textField(action.UpdatedAt)},
	}
}

func (d *actionsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists how credits came into a credit account or were drawn from it, for reports. " +
			"For the balance that is left, use the data source `thoughtindustries_credit_batches`.",
		Attributes: map[string]schema.Attribute{
			"client_id": clientIDArgument("credit actions"),
			"credit_account_id": schema.StringAttribute{
				Required: true,
				MarkdownDescription: "UUID of the credit account. Case does not matter. " +
					"An account that does not exist may look like one without actions.",
				Validators: []validator.String{validUUID},
			},
			"action_type": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "`credit` for credits that came in, `debit` for credits that were drawn.",
				Validators: []validator.String{stringvalidator.OneOf(
					string(thoughtindustries.CreditActions), string(thoughtindustries.DebitActions))},
			},
			"credit_actions": computedList("The actions that were found, oldest first.",
				actionProperties(thoughtindustries.CreditAction{})),
		},
	}
}

func (d *actionsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model creditActionsModel
	if !d.start(ctx, req.Config, &model, "credit actions", &resp.Diagnostics) {
		return
	}
	clientID, accountID := model.ClientID.ValueString(), model.CreditAccountID.ValueString()
	actionType := thoughtindustries.ActionType(model.ActionType.ValueString())
	actions, err := d.session.client.CreditActions(ctx, clientID, accountID, actionType)
	if err != nil {
		d.failed(err, "the credit actions of account "+accountID+" of client "+clientID, &resp.Diagnostics)
		return
	}
	model.CreditActions = objectsOf(actions, actionProperties, "timestamp", "id")
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
