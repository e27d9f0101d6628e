package provider

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

var _ list.ListResourceWithConfigure = (*creditAccountList)(nil)

// creditAccountList lists credit accounts for `terraform query`.
type creditAccountList struct{ listing }

func newCreditAccountList() list.ListResource { return &creditAccountList{} }

type creditAccountListModel struct {
	ClientID types.String `tfsdk:"client_id"`
	Name     types.String `tfsdk:"name"`
}

func (l *creditAccountList) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = creditAccountType
}

func (l *creditAccountList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the credit accounts of a client for `terraform query` (Terraform 1.14), which also writes the configuration that takes them over. " +
			"No endpoint of the API lists accounts: they are gathered from the client's credit batches, oldest first, and named by their credit actions, which is one request for each account that is shown. " +
			"So the key's role must be allowed to read both, and an account that never had a batch, as one created with a balance of 0 may be, is not found.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the client whose credit accounts are listed. Upper and lower case are the same.",
				Validators:          []validator.String{validUUID},
			},
			"name": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Only accounts of this name, upper and lower case included; white space at the ends and runs of it do not matter. " +
					"Accounts are asked for their names until `limit` of them have it.",
				Validators: []validator.String{stringFunc{"a name", checkNotEmpty}},
			},
		},
	}
}

func (l *creditAccountList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	start(ctx, &l.listing, "credit accounts", req, stream, l.list)
}

// list pushes each account as soon as its name is known.
func (l *creditAccountList) list(ctx context.Context, config creditAccountListModel, req list.ListRequest, push func(list.ListResult) bool) {
	clientID := config.ClientID.ValueString()
	accounts, err := l.session.client.CreditAccounts(ctx, clientID, 0)
	if err != nil {
		l.failed(err, "the credit accounts of client "+clientID, readBatches)(push)
		return
	}
	left, asked := wanted(req), 0
	for _, account := range accounts {
		if left <= 0 {
			return
		}
		asked++
		account.Name, err = l.session.client.AccountName(ctx, clientID, account.ID)
		var warnings diag.Diagnostics
		switch {
		case isNotFound(err):
			warnings.AddWarning(sumNameNotFound, fmt.Sprintf("The credit account %s of client %s is in the listing of its credit batches, but the API knows no credit actions of it, "+
				"which say its name. Its name is in the product's admin pages.", account.ID, clientID))
		case err != nil:
			l.failed(err, fmt.Sprintf("the credit accounts of client %s (at account %s)", clientID, account.ID), readActions)(push)
			return
		}
		if isSet(config.Name) && !thoughtindustries.SameName(account.Name, config.Name.ValueString()) {
			if len(warnings) > 0 && !push(list.ListResult{Diagnostics: warnings}) {
				return
			}
			continue
		}
		if left--; left == 0 && asked < len(accounts) {
			warnings.AddWarning(sumListingLimited, fmt.Sprintf("Client %s has %d credit accounts, and %d of them were not looked at, because %d were listed and that is the limit. "+
				"limit in the list block is 100 where it is not set.", clientID, len(accounts), len(accounts)-asked, wanted(req)))
		}
		result := req.NewListResult(ctx)
		result.DisplayName = displayName(account.Name, "account "+account.ID, creditsLeft(account.CurrentBalance))
		result.Diagnostics.Append(fillAccount(ctx, &result, clientID, account, req.IncludeResource)...)
		result.Diagnostics.Append(warnings...)
		if !push(result) {
			return
		}
	}
}

// fillAccount puts what the API returns of an account into a result. The rest
// is null, as after an import.
func fillAccount(ctx context.Context, result *list.ListResult, clientID string, account thoughtindustries.ListedAccount, whole bool) diag.Diagnostics {
	diags := result.Identity.Set(ctx, creditAccountIdentity{ClientID: types.StringValue(clientID), ID: types.StringValue(account.ID)})
	if !whole {
		return diags
	}
	for attribute, value := range map[string]any{
		"client_id":        clientID,
		"id":               account.ID,
		"name":             nameOrNull(account.Name),
		"starting_balance": optionalNumber(account.StartingBalance),
		"current_balance":  optionalNumber(account.CurrentBalance),
		"created_at":       nameOrNull(account.CreatedAt),
	} {
		diags.Append(result.Resource.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	return diags
}

func nameOrNull(name string) types.String {
	if name == "" {
		return types.StringNull()
	}
	return types.StringValue(name)
}

func creditsLeft(balance thoughtindustries.Number) string {
	if balance == "" {
		return "credits left not known"
	}
	return string(balance) + " credits left"
}

func isNotFound(err error) bool {
	var refused *thoughtindustries.APIError
	return errors.As(err, &refused) && refused.Status == http.StatusNotFound
}
