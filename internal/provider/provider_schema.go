package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

type providerModel struct {
	Instance              types.String `tfsdk:"instance"`
	BaseURL               types.String `tfsdk:"base_url"`
	APIKey                types.String `tfsdk:"api_key"`
	MaxConcurrentRequests types.Number `tfsdk:"max_concurrent_requests"`
	RequestsPerMinute     types.Number `tfsdk:"requests_per_minute"`
	RequestTimeout        types.String `tfsdk:"request_timeout"`
	OnExistingAccount     types.String `tfsdk:"on_existing_account"`
}

func (p *tiProvider) Schema(_ context.Context, _ tfprovider.SchemaRequest, resp *tfprovider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages credit accounts on the learning platform " +
			"[Thought Industries](https://www.thoughtindustries.com). This is a community project, not the vendor's.",
		Attributes: map[string]schema.Attribute{
			"instance": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Subdomain of the instance: `acme` is `https://acme.thoughtindustries.com`. " +
					"Set this or `base_url`, not both. Defaults to the environment variable `" + envInstance + "`.",
			},
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address of the instance if it has its own domain or is a test server: " +
					"`https`, host, optional port and path prefix, without `/incoming/v2`. `http` is allowed only " +
					"for loopback hosts. Defaults to the environment variable `" + envBaseURL + "`.",
			},
			"api_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "API key, created in the instance's *Settings*. It belongs to one instance " +
					"and one role. Defaults to the environment variable `" + envAPIKey + "`, which keeps it out of " +
					"files and saved plans.",
			},
			"max_concurrent_requests": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent requests, 1 or more. Defaults to %d.",
					thoughtindustries.DefaultMaxConcurrentRequests),
				Validators: []validator.Number{wholeNumberFrom(1)},
			},
			"requests_per_minute": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "Maximum number of requests in any minute, 1 or more. It leaves room for " +
					"others that use the same key. When not set, the provider follows the API's own limits.",
				Validators: []validator.Number{wholeNumberFrom(1)},
			},
			"request_timeout": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Maximum duration of one request, such as `90s` or `2m`, not counting any " +
					"wait for the rate limit. Defaults to `60s`.",
				Validators: []validator.String{stringFunc{"a duration above 0, such as 90s", unlessEmpty(checkDuration)}},
			},
			"on_existing_account": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What to do if the client already has an account of the same name. `fail` " +
					"(the default) creates nothing and shows the account. `adopt` takes it over with a warning if " +
					"it is the only one and has the same starting balance and an active batch; otherwise it " +
					"fails. `ignore` creates an account without a lookup. The same applies to credit batches that " +
					"have a name.",
				Validators: []validator.String{stringvalidator.OneOf(
					string(thoughtindustries.FailOnExisting),
					string(thoughtindustries.AdoptExisting),
					string(thoughtindustries.IgnoreOnExisting),
					"", // counts as not set
				)},
			},
		},
	}
}

// unlessEmpty accepts an empty string, which counts as not set.
func unlessEmpty(check func(string) error) func(string) error {
	return func(text string) error {
		if text == "" {
			return nil
		}
		return check(text)
	}
}

// ValidateConfig checks what may be secret. Engines show the line of the attribute that an error is about, so these
// errors are about the whole block. They validate again before they configure, when all values are known.
func (p *tiProvider) ValidateConfig(
	ctx context.Context, req tfprovider.ValidateConfigRequest, resp *tfprovider.ValidateConfigResponse,
) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	parseAddress("instance", config.Instance.ValueString(), "base_url", config.BaseURL.ValueString(), &resp.Diagnostics)
	addUnusable("api_key", checkAPIKey(config.APIKey.ValueString()), &resp.Diagnostics)
}
