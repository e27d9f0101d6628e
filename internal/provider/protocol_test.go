package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// protocol speaks to the provider as an engine does, for what needs no engine.
type protocol struct {
	t       *testing.T
	server  tfprotov6.ProviderServer
	schemas *tfprotov6.GetProviderSchemaResponse
}

func newProtocol(t *testing.T) *protocol {
	t.Helper()
	server := Server("test")()
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	return &protocol{t, server, schemas}
}

// arguments of a block; those that are not set are null.
type arguments map[string]any

// value is an object of a type with these attributes.
func (p *protocol) value(of tftypes.Type, set arguments) *tfprotov6.DynamicValue {
	p.t.Helper()
	values := map[string]tftypes.Value{}
	for name, attribute := range of.(tftypes.Object).AttributeTypes {
		values[name] = tftypes.NewValue(attribute, set[name])
	}
	value, err := tfprotov6.NewDynamicValue(of, tftypes.NewValue(of, values))
	if err != nil {
		p.t.Fatal(err)
	}
	return &value
}

// texts is the value of a set of strings.
func texts(elements ...string) []tftypes.Value {
	values := []tftypes.Value{}
	for _, element := range elements {
		values = append(values, tftypes.NewValue(tftypes.String, element))
	}
	return values
}

func (p *protocol) configure(set arguments) []*tfprotov6.Diagnostic {
	p.t.Helper()
	resp, err := p.server.ConfigureProvider(p.t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: p.value(p.schemas.Provider.ValueType(), set),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.Diagnostics
}

// validate gives what is wrong with a block: a resource, a data source, or the provider where the type is empty.
func (p *protocol) validate(typeName string, set arguments) []*tfprotov6.Diagnostic {
	p.t.Helper()
	if schema, ok := p.schemas.ResourceSchemas[typeName]; ok {
		resp, err := p.server.ValidateResourceConfig(p.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: typeName, Config: p.value(schema.ValueType(), set),
		})
		if err != nil {
			p.t.Fatal(err)
		}
		return resp.Diagnostics
	}
	if schema, ok := p.schemas.DataSourceSchemas[typeName]; ok {
		resp, err := p.server.ValidateDataResourceConfig(p.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
			TypeName: typeName, Config: p.value(schema.ValueType(), set),
		})
		if err != nil {
			p.t.Fatal(err)
		}
		return resp.Diagnostics
	}
	resp, err := p.server.ValidateProviderConfig(p.t.Context(), &tfprotov6.ValidateProviderConfigRequest{
		Config: p.value(p.schemas.Provider.ValueType(), set),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return resp.Diagnostics
}

// expectOne wants exactly one diagnostic, which has all these texts and none of the secrets.
func (p *protocol) expectOne(
	got []*tfprotov6.Diagnostic, severity tfprotov6.DiagnosticSeverity, summary string, texts ...string,
) {
	p.t.Helper()
	if len(got) != 1 || got[0].Severity != severity || got[0].Summary != summary {
		p.t.Fatalf("got %v, want one of %q", got, summary)
	}
	for _, text := range texts {
		if !strings.Contains(got[0].Detail, text) {
			p.t.Errorf("%q is not in %q", text, got[0].Detail)
		}
	}
	for _, secret := range []string{testKey, "hunter2"} {
		if strings.Contains(got[0].Detail, secret) {
			p.t.Errorf("%q shows a secret", got[0].Detail)
		}
	}
}
