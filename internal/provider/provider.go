// Package provider is the Terraform provider: Terraform's words for what
// package thoughtindustries does.
package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	tfprovider "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// Environment variables that stand in for arguments.
const (
	envInstance = "THOUGHTINDUSTRIES_INSTANCE"
	envBaseURL  = "THOUGHTINDUSTRIES_BASE_URL"
	envAPIKey   = "THOUGHTINDUSTRIES_API_KEY"
)

const typeName = "thoughtindustries"

var (
	_ tfprovider.Provider                   = (*tiProvider)(nil)
	_ tfprovider.ProviderWithValidateConfig = (*tiProvider)(nil)
	_ tfprovider.ProviderWithListResources  = (*tiProvider)(nil)
)

type tiProvider struct {
	version  string
	registry *stateRegistry
	client   *thoughtindustries.Client
	// configured is the session of the last configuring; nil before.
	configured *session
	// dial replaces the network in simulations; nil otherwise.
	dial thoughtindustries.DialFunc
	// adjust changes the client's configuration for tests.
	adjust []func(*thoughtindustries.Config)
}

// session is what resources, data sources and listings get of a configured provider.
type session struct {
	// client is nil where something is missing that a request needs.
	client *thoughtindustries.Client
	// missing says what, with the arguments and variables that would give it.
	missing string
	// unknown: the missing values are not known yet, so a plan can only wait.
	unknown  bool
	registry *stateRegistry
	// onExisting is what Create does about an account that exists.
	onExisting thoughtindustries.OnExisting
	// said has what is not to be said again in this run.
	said sync.Map
}

// sayOnce reports whether a thing is to be said for the first time.
func (s *session) sayOnce(what string) bool {
	_, before := s.said.LoadOrStore(what, true)
	return !before
}

func newProvider(version string, registry *stateRegistry, dial thoughtindustries.DialFunc, adjust ...func(*thoughtindustries.Config)) *tiProvider {
	return &tiProvider{version: version, registry: registry, dial: dial, adjust: adjust}
}

type providerModel struct {
	Instance              types.String         `tfsdk:"instance"`
	BaseURL               types.String         `tfsdk:"base_url"`
	APIKey                types.String         `tfsdk:"api_key"`
	MaxConcurrentRequests types.Number         `tfsdk:"max_concurrent_requests"`
	RequestsPerMinute     types.Number         `tfsdk:"requests_per_minute"`
	RequestTimeout        timetypes.GoDuration `tfsdk:"request_timeout"`
	OnExistingAccount     types.String         `tfsdk:"on_existing_account"`
}

func (p *tiProvider) Metadata(_ context.Context, _ tfprovider.MetadataRequest, resp *tfprovider.MetadataResponse) {
	resp.TypeName = typeName
	resp.Version = p.version
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

func isSet(value types.String) bool { return !value.IsNull() && !value.IsUnknown() }

// Configure makes the client. What is missing is no error yet: a plan of
// accounts needs no request, and in pipelines the plan often has no key.
func (p *tiProvider) Configure(ctx context.Context, req tfprovider.ConfigureRequest, resp *tfprovider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p.registry.reset(plansDestruction(req.TerraformVersion))
	if p.client != nil {
		p.client.Close()
	}
	configured := &session{registry: p.registry, onExisting: thoughtindustries.OnExisting(config.OnExistingAccount.ValueString())}
	p.configured = configured
	resp.ResourceData, resp.DataSourceData, resp.ListResourceData = configured, configured, configured

	settings := thoughtindustries.Config{
		UserAgent: userAgent(p.version, req.TerraformVersion),
		Tracked:   p.registry.containsID,
	}
	if !loggingDisabled() {
		settings.Log = logTo(ctx)
	}
	baseURL, missingAddress := addressOf(config, &resp.Diagnostics)
	apiKey, missingKey := apiKeyOf(config, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if unknown := config.unknown(); len(unknown) > 0 {
		configured.unknown = true
		configured.missing = "Arguments of the provider's configuration are not known yet: " + strings.Join(unknown, ", ") + "."
		return
	}
	if missing := strings.TrimSpace(missingAddress + " " + missingKey); missing != "" {
		configured.missing = missing
		if baseURL != nil {
			missing += " Requests would go to " + baseURL.Redacted() + "."
		}
		resp.Diagnostics.AddWarning(sumNotConfigured, missing+
			"\n\nCredit accounts can be planned without it, but accounts that exist already are only found at apply; credit batches keep the values of the state. "+
			"Applies and data sources need it.")
		return
	}
	settings.BaseURL, settings.APIKey = baseURL, apiKey
	settings.MaxConcurrentRequests = wholeOf(config.MaxConcurrentRequests)
	settings.RequestsPerMinute = wholeOf(config.RequestsPerMinute)
	settings.OnExisting = configured.onExisting
	if !config.RequestTimeout.IsNull() {
		timeout, diags := config.RequestTimeout.ValueGoDuration()
		resp.Diagnostics.Append(diags...)
		settings.RequestTimeout = timeout
	}
	settings.DialContext = p.dial
	for _, adjust := range p.adjust {
		adjust(&settings)
	}
	client, err := thoughtindustries.New(settings)
	if err != nil {
		resp.Diagnostics.AddError(sumInternal, "The API client could not be made: "+err.Error())
		return
	}
	p.client, configured.client = client, client
}

// unknown names the arguments that a client needs and whose values are not
// known. Then the environment is not asked either: configuration wins over it,
// once known.
func (m providerModel) unknown() []string {
	var names []string
	for _, argument := range []struct {
		name  string
		value attr.Value
	}{
		{"instance", m.Instance},
		{"base_url", m.BaseURL},
		{"api_key", m.APIKey},
		{"max_concurrent_requests", m.MaxConcurrentRequests},
		{"requests_per_minute", m.RequestsPerMinute},
		{"request_timeout", m.RequestTimeout},
		{"on_existing_account", m.OnExistingAccount},
	} {
		if argument.value.IsUnknown() {
			names = append(names, argument.name)
		}
	}
	return names
}

func addressOf(config providerModel, diags *diag.Diagnostics) (address *url.URL, missing string) {
	if config.Instance.IsUnknown() || config.BaseURL.IsUnknown() {
		return nil, ""
	}
	if config.Instance.ValueString() != "" && config.BaseURL.ValueString() != "" {
		diags.AddAttributeError(path.Root("base_url"), sumInvalidConfiguration,
			"Both instance and base_url are set, and they may name two different addresses. Remove one of them.")
		return nil, ""
	}
	instance, baseURL := config.Instance.ValueString(), config.BaseURL.ValueString()
	fromInstance, fromBaseURL := "instance", "base_url"
	if instance == "" && baseURL == "" {
		instance, baseURL = os.Getenv(envInstance), os.Getenv(envBaseURL)
		fromInstance, fromBaseURL = "The environment variable "+envInstance, "The environment variable "+envBaseURL
		if instance != "" && baseURL != "" {
			diags.AddError(sumInvalidConfiguration, fmt.Sprintf(
				"The environment variables %s and %s are both set, and they may name two different addresses. Unset one of them, "+
					"or set instance or base_url in the configuration, which wins over both.", envInstance, envBaseURL))
			return nil, ""
		}
	}
	var err error
	switch {
	case instance != "":
		if address, err = thoughtindustries.InstanceURL(instance); err != nil {
			diags.AddAttributeError(path.Root("instance"), sumInvalidConfiguration, fromInstance+" is not usable: "+err.Error()+".")
		}
	case baseURL != "":
		if address, err = thoughtindustries.ParseBaseURL(baseURL); err != nil {
			diags.AddAttributeError(path.Root("base_url"), sumInvalidConfiguration, fromBaseURL+" is not usable: "+err.Error()+".")
		}
	default:
		missing = fmt.Sprintf("No instance is named: set instance (or base_url) in the provider's configuration, or the environment variable %s (or %s).",
			envInstance, envBaseURL)
	}
	if address != nil && (config.Instance.ValueString() != "" || config.BaseURL.ValueString() != "") {
		warnOfOtherAddress(address, diags)
	}
	return address, missing
}

// warnOfOtherAddress: the configuration wins over the environment, and whoever set a variable for another instance would
// not notice which one gets the credits.
func warnOfOtherAddress(used *url.URL, diags *diag.Diagnostics) {
	for variable, parse := range map[string]func(string) (*url.URL, error){
		envInstance: thoughtindustries.InstanceURL, envBaseURL: thoughtindustries.ParseBaseURL,
	} {
		value := os.Getenv(variable)
		if value == "" {
			continue
		}
		if other, err := parse(value); err != nil || other.String() != used.String() {
			diags.AddWarning(sumVariableNotUsed, fmt.Sprintf(
				"The provider's configuration names the instance, and so requests go to %s. The environment variable %s names another one and is not used. "+
					"Unset it, or take the address out of the configuration.", used.Redacted(), variable))
		}
	}
}

func apiKeyOf(config providerModel, diags *diag.Diagnostics) (key, missing string) {
	if config.APIKey.IsUnknown() {
		return "", ""
	}
	key, from := config.APIKey.ValueString(), "api_key"
	if key == "" {
		key, from = os.Getenv(envAPIKey), "The environment variable "+envAPIKey
	}
	if key == "" {
		return "", fmt.Sprintf("No API key is given: set the environment variable %s, or api_key in the provider's configuration.", envAPIKey)
	}
	if err := checkAPIKey(key); err != nil {
		diags.AddAttributeError(path.Root("api_key"), sumInvalidConfiguration, from+" is not usable: "+err.Error()+".")
	}
	return key, ""
}

// plansDestruction reports whether an engine asks for a plan of what it destroys:
// Terraform from 1.3 on, and OpenTofu.
func plansDestruction(terraformVersion string) bool {
	return !slices.ContainsFunc([]string{"0.", "1.0.", "1.1.", "1.2."}, func(old string) bool { return strings.HasPrefix(terraformVersion, old) })
}

// userAgent names the provider, its version and Terraform's.
func userAgent(version, terraformVersion string) string {
	if terraformVersion == "" {
		terraformVersion = "unknown"
	}
	return fmt.Sprintf("terraform-provider-thoughtindustries/%s (+https://github.com/ti-community/terraform-provider-thoughtindustries) Terraform/%s",
		version, terraformVersion)
}

// logTo sends the client's messages to the engine's log. The context of the
// call carries the logger where there is one; what the client does for several
// calls at once is logged with the one of configuring.
func logTo(configuring context.Context) func(context.Context, slog.Level, string, ...any) {
	return func(ctx context.Context, level slog.Level, msg string, args ...any) {
		fields := make(map[string]any, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			if name, ok := args[i].(string); ok {
				fields[name] = args[i+1]
			}
		}
		if ctx == context.Background() {
			ctx = configuring
		}
		switch {
		case level >= slog.LevelWarn:
			tflog.Warn(ctx, msg, fields)
		case level >= slog.LevelInfo:
			tflog.Info(ctx, msg, fields)
		default:
			tflog.Debug(ctx, msg, fields)
		}
	}
}

func (p *tiProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newCreditAccountResource, newCreditBatchResource}
}

func (p *tiProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newClientDataSource, newClientsDataSource, newLicensesDataSource,
		newCreditBatchesDataSource, newCreditActionsDataSource, newCreditAccountsDataSource,
	}
}

func (p *tiProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newCreditAccountList, newCreditBatchList}
}

const defaultCreateTimeout = 20 * time.Minute
