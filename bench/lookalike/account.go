package main

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

type account struct{}

type accountModel struct {
	ClientID             types.String   `tfsdk:"client_id"`
	Name                 types.String   `tfsdk:"name"`
	StartingBalance      types.Number   `tfsdk:"starting_balance"`
	NotifyEmails         types.Set      `tfsdk:"notify_emails"`
	LicenseIDs           types.Set      `tfsdk:"license_ids"`
	Type                 types.String   `tfsdk:"type"`
	BatchDaysUntilExpire types.Int64    `tfsdk:"batch_days_until_expire"`
	MinimumBatchAmount   types.Int64    `tfsdk:"minimum_batch_amount"`
	CreditBatchName      types.String   `tfsdk:"credit_batch_name"`
	ExistingAccountID    types.String   `tfsdk:"existing_account_id"`
	CreateAlongside      types.Set      `tfsdk:"create_alongside"`
	Timeouts             timeouts.Value `tfsdk:"timeouts"`
	ID                   types.String   `tfsdk:"id"`
	Status               types.String   `tfsdk:"status"`
	CurrentBalance       types.Number   `tfsdk:"current_balance"`
	CreatedAt            types.String   `tfsdk:"created_at"`
	UpdatedAt            types.String   `tfsdk:"updated_at"`
	Sublicenses          types.List     `tfsdk:"sublicenses"`
}

func (*account) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "lookalike_credit_account"
}

// Schema has every attribute with its type and mode. The bench compares it with
// the provider's before it measures.
func (*account) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"client_id":               schema.StringAttribute{Required: true},
		"name":                    schema.StringAttribute{Required: true},
		"starting_balance":        schema.NumberAttribute{Required: true},
		"notify_emails":           schema.SetAttribute{Required: true, ElementType: types.StringType},
		"license_ids":             schema.SetAttribute{Required: true, ElementType: types.StringType},
		"type":                    schema.StringAttribute{Optional: true, Computed: true},
		"batch_days_until_expire": schema.Int64Attribute{Optional: true, Computed: true},
		"minimum_batch_amount":    schema.Int64Attribute{Optional: true, Computed: true},
		"credit_batch_name":       schema.StringAttribute{Optional: true},
		"existing_account_id":     schema.StringAttribute{Optional: true},
		"create_alongside":        schema.SetAttribute{Optional: true, ElementType: types.StringType},
		"timeouts":                timeouts.Attributes(ctx, timeouts.Opts{Create: true}),
		"id":                      schema.StringAttribute{Computed: true},
		"status":                  schema.StringAttribute{Computed: true},
		"current_balance":         schema.NumberAttribute{Computed: true},
		"created_at":              schema.StringAttribute{Computed: true},
		"updated_at":              schema.StringAttribute{Computed: true},
		"sublicenses": schema.ListNestedAttribute{Computed: true, NestedObject: schema.NestedAttributeObject{
			Attributes: map[string]schema.Attribute{
				"id":      schema.StringAttribute{Computed: true},
				"deleted": schema.BoolAttribute{Computed: true},
			},
		}},
	}}
}

var sublicense = types.ObjectType{AttrTypes: map[string]attr.Type{"id": types.StringType, "deleted": types.BoolType}}

// Create makes up what an API would return.
func (*account) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan accountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	plan.ID, plan.Status = plan.ClientID, types.StringValue("active")
	plan.CurrentBalance = plan.StartingBalance
	plan.CreatedAt = types.StringValue("2024-01-01T00:00:00.000Z")
	plan.UpdatedAt = plan.CreatedAt
	plan.Type = types.StringValue("client")
	plan.BatchDaysUntilExpire = types.Int64Value(365)
	plan.MinimumBatchAmount = types.Int64Value(0)
	plan.Sublicenses = types.ListValueMust(sublicense, []attr.Value{types.ObjectValueMust(sublicense.AttrTypes, map[string]attr.Value{
		"id": plan.ID, "deleted": types.BoolValue(false),
	})})
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (*account) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (*account) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan accountModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
}

func (*account) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
