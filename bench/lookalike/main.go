// Command lookalike is a plugin whose only resource has the attributes of
// thoughtindustries_credit_account and does nothing. What it costs beyond the
// plugin with one string is what the schema costs.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return &lookalike{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/ti-community/lookalike"})
	if err != nil {
		log.Fatal(err)
	}
}

type lookalike struct{}

func (*lookalike) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "lookalike"
}

func (*lookalike) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (*lookalike) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (*lookalike) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (*lookalike) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &account{} }}
}
