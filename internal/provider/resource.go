package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
)

// declared is what both resources have in common.
type declared struct {
	typeName, noun string
	schema         func() schema.Schema
	session        *session // nil while the engine validates
}

func (d *declared) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = d.typeName
}

func (d *declared) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = d.schema()
}

func (d *declared) IdentitySchema(
	_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse,
) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"client_id": identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the client."},
		"id":        identityschema.StringAttribute{RequiredForImport: true, Description: "UUID of the " + d.noun + "."},
	}}
}

func (d *declared) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	d.session, _ = req.ProviderData.(*session)
}

// ready reports whether requests can be sent; if not, it says what is missing.
func (d *declared) ready(what string, diags *diag.Diagnostics) bool {
	if d.session != nil && d.session.client != nil {
		return true
	}
	addNotConfigured(d.session, what, diags)
	return false
}

func computedString(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func computedNumber(description string) schema.NumberAttribute {
	return schema.NumberAttribute{Computed: true, MarkdownDescription: description}
}
