package provider

import (
	"context"
	"slices"

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
	ClientID        types.String        `tfsdk:"client_id"`
	CreditAccountID types.String        `tfsdk:"credit_account_id"`
	ActionType      types.String        `tfsdk:"action_type"`
	CreditActions   []creditActionModel `tfsdk:"credit_actions"`
}

type creditActionModel struct {
	ID                types.String `tfsdk:"id"`
	Client            types.String `tfsdk:"client"`
	Action            types.String `tfsdk:"action"`
	Amount            types.Number `tfsdk:"amount"`
	Target            types.String `tfsdk:"target"`
	TargetType        types.String `tfsdk:"target_type"`
	TargetBalanceIn   types.Number `tfsdk:"target_balance_in"`
	TargetBalanceOut  types.Number `tfsdk:"target_balance_out"`
	Initiator         types.String `tfsdk:"initiator"`
	InitiatorType     types.String `tfsdk:"initiator_type"`
	CreditAccountName types.String `tfsdk:"credit_account_name"`
	Source            types.String `tfsdk:"source"`
	SourceType        types.String `tfsdk:"source_type"`
	SourceBalanceIn   types.Number `tfsdk:"source_balance_in"`
	SourceBalanceOut  types.Number `tfsdk:"source_balance_out"`
	Timestamp         types.String `tfsdk:"timestamp"`
	UpdatedAt         types.String `tfsdk:"updated_at"`
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
			"credit_actions": computedList("The actions that were found, oldest first.", map[string]schema.Attribute{
				"id":                  computedString("Id of the action."),
				"client":              computedString("The client, as the API names it."),
				"action":              computedString("What was done, as the API names it."),
				"amount":              computedNumber("Credits that were moved."),
				"target":              computedString("What the credits went to."),
				"target_type":         computedString("What kind of thing `target` is."),
				"target_balance_in":   computedNumber("Credits of the target before the action."),
				"target_balance_out":  computedNumber("Credits of the target after the action."),
				"initiator":           computedString("Who caused the action."),
				"initiator_type":      computedString("What kind of thing `initiator` is."),
				"credit_account_name": computedString("Name of the credit account."),
				"source":              computedString("What the credits came from."),
				"source_type":         computedString("What kind of thing `source` is."),
				"source_balance_in":   computedNumber("Credits of the source before the action."),
				"source_balance_out":  computedNumber("Credits of the source after the action."),
				"timestamp":           computedString("When it was done, ISO 8601."),
				"updated_at":          computedString("When the record of it last changed, ISO 8601."),
			}),
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
	model.CreditActions = make([]creditActionModel, 0, len(actions))
	for _, action := range actions {
		model.CreditActions = append(model.CreditActions, newCreditActionModel(action))
	}
	slices.SortFunc(model.CreditActions, func(a, b creditActionModel) int {
		return inOrder(a.Timestamp, a.ID, b.Timestamp, b.ID)
	})
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func newCreditActionModel(action thoughtindustries.CreditAction) creditActionModel {
	return creditActionModel{
		ID:                textField(action.ID),
		Client:            textField(action.Client),
		Action:            textField(action.Action),
		Amount:            numberField(action.Amount),
		Target:            textField(action.Target),
		TargetType:        textField(action.TargetType),
		TargetBalanceIn:   numberField(action.TargetBalanceIn),
		TargetBalanceOut:  numberField(action.TargetBalanceOut),
		Initiator:         textField(action.Initiator),
		InitiatorType:     textField(action.InitiatorType),
		CreditAccountName: textField(action.CreditAccountName),
		Source:            textField(action.Source),
		SourceType:        textField(action.SourceType),
		SourceBalanceIn:   numberField(action.SourceBalanceIn),
		SourceBalanceOut:  numberField(action.SourceBalanceOut),
		Timestamp:         textField(action.Timestamp),
		UpdatedAt:         textField(action.UpdatedAt),
	}
}
