package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

type providerModel struct {
	Instance              types.String         `tfsdk:"instance"`
	BaseURL               types.String         `tfsdk:"base_url"`
	APIKey                types.String         `tfsdk:"api_key"`
	MaxConcurrentRequests types.Number         `tfsdk:"max_concurrent_requests"`
	RequestsPerMinute     types.Number         `tfsdk:"requests_per_minute"`
	RequestTimeout        timetypes.GoDuration `tfsdk:"request_timeout"`
	OnExistingAccount     types.String         `tfsdk:"on_existing_account"`
}

func (p *tiProvider) Schema(_ context.Context, _ tfprovider.SchemaRequest, resp *tfprovider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Manages credit accounts on the learning platform [Thought Industries](https://www.thoughtindustries.com). " +
			"This is a community project, not the vendor's.",
		Attributes: map[string]schema.Attribute{
			"instance": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Subdomain of the instance: `acme` is `https://acme.thoughtindustries.com`. " +
					"Also from the environment variable `" + envInstance + "`. Set this or `base_url`, not both.",
				Validators: []validator.String{stringFunc{"the subdomain of an instance", orEmpty(func(value string) error {
					_, err := thoughtindustries.InstanceURL(value)
					return err
				})}},
			},
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Address of the instance where it is not `https://<instance>.thoughtindustries.com`: a vanity domain or a test server. " +
					"Scheme, host, optional port and optional path prefix, without `/incoming/v2`. " +
					"It must be `https`; `http` is allowed for loopback hosts alone. Also from the environment variable `" + envBaseURL + "`.",
				Validators: []validator.String{redactedValidator{stringFunc{"the address of an instance", orEmpty(func(value string) error {
					_, err := thoughtindustries.ParseBaseURL(value)
					return err
				})}, func(value string) bool { return strings.Contains(value, "@") }}}, // a password may stand before it
			},
			"api_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "API key, made in *Settings* of the instance; it begins with `ti_live_` or `ti_test_` and belongs to one instance and one role. " +
					"Better given by the environment variable `" + envAPIKey + "`, which keeps it out of files and saved plans.",
				Validators: []validator.String{redactedValidator{stringFunc{"an API key", orEmpty(checkAPIKey)}, func(key string) bool { return key != "" }}},
			},
			"max_concurrent_requests": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: fmt.Sprintf("Maximum number of concurrent requests, 1 or more. Defaults to %d, the least that the vendor documents for any plan.",
					thoughtindustries.DefaultMaxConcurrentRequests),
				Validators: []validator.Number{wholeNumberFrom(1)},
			},
			"requests_per_minute": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "Maximum number of requests in any minute, 1 or more. It leaves room for others that use the same key. " +
					"When not set, the provider follows the API's rate limit headers.",
				Validators: []validator.Number{wholeNumberFrom(1)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.GoDurationType{},
				MarkdownDescription: fmt.Sprintf("Time for one request, from the moment it is sent to the end of the response, such as `90s` or `2m`; more than 0. "+
					"Waiting in the queue or for `Retry-After` is not part of it. Defaults to `%s`.", "60s"),
				Validators: []validator.String{stringFunc{"a duration above 0, such as 90s", checkDuration}},
			},
			"on_existing_account": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "What creating does when the client already has an account of that name and starting balance, as far as its credit batches show: " +
					"`fail` (the default) creates nothing and says which account exists; `adopt` takes it over with a warning if exactly one matches; `ignore` skips the lookup and creates another one. " +
					"The plan reports it if it can send requests without waiting for the rate limit. Accounts listed in `create_alongside` are ignored. " +
					"The same holds for a credit batch that has a name: it is compared by account, name and starting balance.",
				Validators: []validator.String{stringvalidator.OneOf(
					string(thoughtindustries.FailOnExisting), string(thoughtindustries.AdoptExisting), string(thoughtindustries.IgnoreOnExisting))},
			},
		},
	}
}

// ValidateConfig refuses two addresses: which one gets the key must not depend
// on a rule that somebody has to know.
func (p *tiProvider) ValidateConfig(ctx context.Context, req tfprovider.ValidateConfigRequest, resp *tfprovider.ValidateConfigResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if config.Instance.ValueString() != "" && config.BaseURL.ValueString() != "" {
		resp.Diagnostics.AddAttributeError(path.Root("base_url"), sumInvalidConfiguration,
			"Both instance and base_url are set, and they may name two different addresses. Remove one of them: "+
				"instance for https://<instance>.thoughtindustries.com, base_url for any other address.")
	}
}
