package provider

import (
	"encoding/json"
	"fmt"
	"math/big"
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

// read gives what a data source of a configured provider finds.
func (p *protocol) read(typeName string, set arguments) (found map[string]any, diags []*tfprotov6.Diagnostic) {
	p.t.Helper()
	of := p.schemas.DataSourceSchemas[typeName].ValueType()
	resp, err := p.server.ReadDataSource(p.t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName: typeName, Config: p.value(of, set),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	if resp.State != nil {
		found, _ = p.plain(resp.State, of).(map[string]any)
	}
	return found, resp.Diagnostics
}

// mustRead wants that nothing is said about what is found.
func (p *protocol) mustRead(typeName string, set arguments) map[string]any {
	p.t.Helper()
	found, diags := p.read(typeName, set)
	if len(diags) > 0 {
		p.t.Fatalf("%v: %v", set, diags)
	}
	return found
}

// plain gives a value as JSON has it; a set as a list.
func (p *protocol) plain(from *tfprotov6.DynamicValue, of tftypes.Type) any {
	p.t.Helper()
	value, err := from.Unmarshal(of)
	if err != nil {
		p.t.Fatal(err)
	}
	return plainValue(value)
}

func plainValue(value tftypes.Value) any {
	var (
		text     string
		number   big.Float
		truth    bool
		elements []tftypes.Value
		fields   map[string]tftypes.Value
	)
	switch {
	case value.IsNull():
		return nil
	case value.As(&text) == nil:
		return text
	case value.As(&number) == nil:
		return number.Text('f', -1)
	case value.As(&truth) == nil:
		return truth
	case value.As(&elements) == nil:
		list := []any{}
		for _, element := range elements {
			list = append(list, plainValue(element))
		}
		return list
	case value.As(&fields) == nil:
		object := map[string]any{}
		for name, field := range fields {
			object[name] = plainValue(field)
		}
		return object
	}
	return value.String()
}

// column gives one attribute of each object of a list.
func column(list any, attribute string) []string {
	elements, _ := list.([]any)
	values := []string{}
	for _, element := range elements {
		values = append(values, fmt.Sprint(element.(map[string]any)[attribute]))
	}
	return values
}

// newConfigured is a provider that speaks to this fake API.
func newConfigured(t *testing.T, api *fakeAPI) *protocol {
	t.Helper()
	p := newProtocol(t)
	if got := p.configure(arguments{"base_url": api.url, "api_key": testKey}); len(got) > 0 {
		t.Fatal(got)
	}
	return p
}

// expectSame compares what was found with what is wanted, as JSON.
func expectSame(t *testing.T, got, want any) {
	t.Helper()
	gotJSON, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	if string(gotJSON) != string(wantJSON) {
		t.Errorf("got  %s\nwant %s", gotJSON, wantJSON)
	}
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
