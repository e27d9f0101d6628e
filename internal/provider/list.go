package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var (
	_ list.ListResourceWithConfigure = (*accountList)(nil)
	_ list.ListResourceWithConfigure = (*batchList)(nil)
)

// listing is what both list resources have in common. They list objects for `terraform query`.
type listing struct{ lookup }

func (l *listing) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = l.typeName
}

func (l *listing) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	l.session, _ = req.ProviderData.(*session)
}

// upToLimit gives what was found, and after it what there is to say about the whole. Engines read no further than the
// limit, so it is the last result that says that there are more.
func upToLimit(req list.ListRequest, results []list.ListResult, diags diag.Diagnostics) iter.Seq[list.ListResult] {
	if limit := limitOf(req); len(results) > limit {
		results = results[:limit]
		results[limit-1].Diagnostics.AddWarning(sumListingLimited, fmt.Sprintf("There are more than %d, which is the "+
			"limit. To see the rest, set a higher limit in the list block (100 by default).", limit))
	}
	if len(diags) > 0 {
		results = append(results, list.ListResult{Diagnostics: diags})
	}
	return slices.Values(results)
}

// limitOf gives the most results that a request wants.
func limitOf(req list.ListRequest) int {
	if req.Limit <= 0 || req.Limit > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(req.Limit)
}

func newResult(ctx context.Context, req list.ListRequest, id objectIdentity, label string) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = label
	result.Diagnostics.Append(result.Identity.Set(ctx, id)...)
	return result
}

// accountList lists credit accounts.
type accountList struct{ listing }

func newCreditAccountList() list.ListResource {
	return &accountList{listing{lookup{typeName: creditAccountType}}}
}

func (l *accountList) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit accounts of a client, oldest first, for `terraform query` " +
			"(Terraform 1.14). They are gathered from the client's credit batches and credit actions, which the " +
			"key's role must be allowed to read; an account that never had a batch is not found.",
		Attributes: map[string]schema.Attribute{
			"client_id": listedClientID("credit accounts"),
			"name": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Only accounts of this name; case matters. " +
					"When set, the names of all accounts are asked for, one request each.",
				Validators: []validator.String{stringFunc{"a name", checkNotEmpty}},
			},
		},
	}
}

func (l *accountList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config struct {
		ClientID types.String `tfsdk:"client_id"`
		Name     types.String `tfsdk:"name"`
	}
	var diags diag.Diagnostics
	if !l.start(ctx, req.Config, &config, "credit accounts", &diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	clientID, named := config.ClientID.ValueString(), limitOf(req)
	if isSet(config.Name) {
		named = allNames
	}
	accounts, err := l.session.client.CreditAccounts(ctx, clientID, named)
	if err != nil {
		l.failed(err, accountsByBatches(clientID), &diags)
	}
	var results []list.ListResult
	for _, account := range accounts {
		if len(results) > limitOf(req) {
			break
		}
		if isNotFound(account.NameErr) {
			diags.AddWarning(sumNameNotFound, fmt.Sprintf("Credit account %s of client %s has credit batches but "+
				"no credit actions, so the API does not show its name. Look it up in the product.",
				account.ID, clientID))
		} else if account.NameErr != nil {
			l.failed(account.NameErr, accountByActions(clientID, account.ID), &diags)
			break
		}
		if hasName(config.Name, account.Name) {
			results = append(results, newAccountResult(ctx, req, clientID, account))
		}
	}
	stream.Results = upToLimit(req, results, diags)
}

// newAccountResult has what the API returns of an account. The rest is null, as after an import.
func newAccountResult(
	ctx context.Context, req list.ListRequest, clientID string, account thoughtindustries.Listed,
) list.ListResult {
	id := objectIdentity{types.StringValue(clientID), types.StringValue(account.ID)}
	label := displayName(account.Name, "account "+account.ID, account.CurrentBalance)
	result := newResult(ctx, req, id, label)
	if !req.IncludeResource {
		return result
	}
	for _, p := range accountProperties(account) {
		result.Diagnostics.Append(result.Resource.SetAttribute(ctx, path.Root(p.name), p.value)...)
	}
	result.Diagnostics.Append(result.Resource.SetAttribute(ctx, path.Root("client_id"), clientID)...)
	return result
}

// batchList lists credit batches.
type batchList struct{ listing }

func newCreditBatchList() list.ListResource {
	return &batchList{listing{lookup{typeName: creditBatchType}}}
}

func (l *batchList) ListResourceConfigSchema(
	_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse,
) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit batches of a client or of one of its credit accounts for " +
			"`terraform query` " +
			"(Terraform 1.14). The first batch of a credit account came with it and needs no resource of its own.",
		Attributes: map[string]schema.Attribute{
			"client_id": listedClientID("credit batches"),
			"credit_account_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of a credit account: only its batches. Case does not matter.",
				Validators:          []validator.String{validUUID},
			},
		},
	}
}

func (l *batchList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config struct {
		ClientID        types.String `tfsdk:"client_id"`
		CreditAccountID types.String `tfsdk:"credit_account_id"`
	}
	var diags diag.Diagnostics
	if !l.start(ctx, req.Config, &config, "credit batches", &diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	clientID := config.ClientID.ValueString()
	batches, err := l.session.client.CreditBatches(ctx, clientID, config.CreditAccountID.ValueString())
	if err != nil {
		l.failed(err, "the credit batches of client "+clientID+" (GET /clients/:id/creditBatches)", &diags)
	}
	var results []list.ListResult
	for _, batch := range batches {
		if len(results) > limitOf(req) {
			break
		}
		if batch.ID.Value == nil {
			diags.AddWarning(sumBatchWithoutID, fmt.Sprintf("A credit batch of client %s has no readable id. "+
				"It is not shown, because it could not be imported.", clientID))
			continue
		}
		id := objectIdentity{types.StringValue(clientID), textField(batch.ID)}
		label := displayName(fieldValue(batch.Name), "batch "+*batch.ID.Value, fieldValue(batch.CurrentBalance))
		result := newResult(ctx, req, id, label)
		if req.IncludeResource {
			result.Diagnostics.Append(result.Resource.Set(ctx, importedBatch(id, batch))...)
		}
		results = append(results, result)
	}
	stream.Results = upToLimit(req, results, diags)
}

func listedClientID(what string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "UUID of the client whose " + what + " are listed. Case does not matter.",
		Validators:          []validator.String{validUUID},
	}
}

// displayName is the label that distinguishes results, without what a terminal would obey.
func displayName(name, fallback string, creditsLeft thoughtindustries.Number) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, thoughtindustries.NormalizeName(name))
	return shortened(cmp.Or(name, fallback)) + ", " + cmp.Or(string(creditsLeft), "unknown") + " credits left"
}

func isNotFound(err error) bool {
	var refused *thoughtindustries.APIError
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}
