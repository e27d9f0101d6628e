package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var _ list.ListResourceWithConfigure = (*creditBatchList)(nil)

// creditBatchList lists credit batches for `terraform query`.
type creditBatchList struct{ listing }

func newCreditBatchList() list.ListResource { return &creditBatchList{} }

type creditBatchListModel struct {
	ClientID        types.String `tfsdk:"client_id"`
	CreditAccountID types.String `tfsdk:"credit_account_id"`
}

func (l *creditBatchList) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = creditBatchType
}

func (l *creditBatchList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit batches of a client or of one of its credit accounts for `terraform query` (Terraform 1.14), which also writes the configuration that takes them over. " +
			"They come in the order of the API, and pages are read until `limit` of them were found. " +
			"A credit account has a first batch that came with it: it needs no resource of its own.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the client whose credit batches are listed. Upper and lower case are the same.",
				Validators:          []validator.String{validUUID},
			},
			"credit_account_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of a credit account: only its batches. Upper and lower case are the same.",
				Validators:          []validator.String{validUUID},
			},
		},
	}
}

func (l *creditBatchList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	start(ctx, &l.listing, "credit batches", req, stream, l.list)
}

// list pushes each batch as soon as its page is there.
func (l *creditBatchList) list(ctx context.Context, config creditBatchListModel, req list.ListRequest, push func(list.ListResult) bool) {
	clientID := config.ClientID.ValueString()
	left := wanted(req)
	batches, err := l.session.client.CreditBatches(ctx, clientID, config.CreditAccountID.ValueString())
	pushOne := func(batch thoughtindustries.CreditBatch) bool {
		if batch.ID.Value == nil {
			return push(list.ListResult{Diagnostics: diag.Diagnostics{diag.NewWarningDiagnostic(sumBatchWithoutID, fmt.Sprintf(
				"The listing of client %s has a credit batch whose id cannot be read, so it is not shown: it could not be imported.", clientID))}})
		}
		left--
		result := req.NewListResult(ctx)
		result.DisplayName = displayName(batchLabel(batch), "batch "+*batch.ID.Value, creditsLeftOf(batch))
		result.Diagnostics.Append(fillBatch(ctx, &result, clientID, batch, req.IncludeResource)...)
		if left == 0 {
			result.Diagnostics.AddWarning(sumListingLimited, fmt.Sprintf("%d credit batches of client %s were listed, and that is the limit, so the rest of the listing was not read. "+
				"limit in the list block is 100 where it is not set.", wanted(req), clientID))
		}
		return push(result) && left > 0
	}
	for _, batch := range batches {
		if !pushOne(batch) {
			break
		}
	}
	if err != nil {
		l.failed(err, "the credit batches of client "+clientID, readBatches)(push)
	}
}

// fillBatch puts what the API returns of a batch into a result.
func fillBatch(ctx context.Context, result *list.ListResult, clientID string, batch thoughtindustries.CreditBatch, whole bool) diag.Diagnostics {
	model := creditBatchModel{ClientID: types.StringValue(clientID), ID: types.StringPointerValue(batch.ID.Value)}
	diags := result.Identity.Set(ctx, model.identity())
	if whole {
		model.readWhole(batch)
		diags.Append(result.Resource.Set(ctx, &model)...)
	}
	return diags
}

// batchLabel is the name of a batch; where it has none, the day of its issue.
func batchLabel(batch thoughtindustries.CreditBatch) string {
	if name := batch.Name.Value; name != nil && *name != "" {
		return *name
	}
	if made := batch.CreatedAt.Value; made != nil {
		day, _, _ := strings.Cut(*made, "T")
		return "batch of " + day
	}
	return ""
}

func creditsLeftOf(batch thoughtindustries.CreditBatch) string {
	if batch.CurrentBalance.Value == nil {
		return creditsLeft("")
	}
	return creditsLeft(*batch.CurrentBalance.Value)
}
