// Command schema prints the provider's schema in the form of `terraform
// providers schema -json`, which the documentation generator reads. It asks the
// provider itself, so that the pages do not depend on which engine is there:
// older engines leave parts out.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
)

func main() {
	schemas, err := read(context.Background(), provider.Server("docs")())
	if err != nil {
		log.Fatal(err)
	}
	if err := json.NewEncoder(os.Stdout).Encode(schemas); err != nil {
		log.Fatal(err)
	}
}

func read(ctx context.Context, server tfprotov6.ProviderServer) (*tfjson.ProviderSchemas, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, err
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, err
	}
	if diagnostics := slices.Concat(schemas.Diagnostics, identities.Diagnostics); len(diagnostics) > 0 {
		return nil, fmt.Errorf("%s: %s", diagnostics[0].Summary, diagnostics[0].Detail)
	}
	result := &tfjson.ProviderSchema{
		ResourceSchemas:         map[string]*tfjson.Schema{},
		DataSourceSchemas:       map[string]*tfjson.Schema{},
		ResourceIdentitySchemas: map[string]*tfjson.IdentitySchema{},
		ListResourceSchemas:     map[string]*tfjson.Schema{},
	}
	if result.ConfigSchema, err = schema(schemas.Provider); err != nil {
		return nil, err
	}
	for name, s := range schemas.ResourceSchemas {
		if result.ResourceSchemas[name], err = schema(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, s := range schemas.DataSourceSchemas {
		if result.DataSourceSchemas[name], err = schema(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, s := range schemas.ListResourceSchemas {
		if result.ListResourceSchemas[name], err = schema(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	for name, s := range identities.IdentitySchemas {
		if result.ResourceIdentitySchemas[name], err = identity(s); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return &tfjson.ProviderSchemas{
		FormatVersion: "1.0",
		Schemas:       map[string]*tfjson.ProviderSchema{"thoughtindustries": result},
	}, nil
}

func schema(from *tfprotov6.Schema) (*tfjson.Schema, error) {
	if len(from.Block.BlockTypes) > 0 {
		return nil, errors.New("nested blocks are not used by this provider, and not written here")
	}
	attributes, err := attributes(from.Block.Attributes)
	if err != nil {
		return nil, err
	}
	return &tfjson.Schema{
		Version: uint64(from.Version),
		Block: &tfjson.SchemaBlock{
			Attributes: attributes, Description: from.Block.Description, DescriptionKind: kind(from.Block.DescriptionKind), Deprecated: from.Block.Deprecated,
		},
	}, nil
}

func attributes(from []*tfprotov6.SchemaAttribute) (map[string]*tfjson.SchemaAttribute, error) {
	result := map[string]*tfjson.SchemaAttribute{}
	for _, a := range from {
		attribute := &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: kind(a.DescriptionKind), Deprecated: a.Deprecated,
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, WriteOnly: a.WriteOnly,
		}
		var err error
		if a.NestedType == nil {
			attribute.AttributeType, err = ctyType(a.Type)
		} else {
			attribute.AttributeNestedType = &tfjson.SchemaNestedAttributeType{NestingMode: nesting(a.NestedType.Nesting)}
			attribute.AttributeNestedType.Attributes, err = attributes(a.NestedType.Attributes)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		result[a.Name] = attribute
	}
	return result, nil
}

func identity(from *tfprotov6.ResourceIdentitySchema) (*tfjson.IdentitySchema, error) {
	result := &tfjson.IdentitySchema{Version: uint64(from.Version), Attributes: map[string]*tfjson.IdentityAttribute{}}
	for _, a := range from.IdentityAttributes {
		typ, err := ctyType(a.Type)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", a.Name, err)
		}
		result.Attributes[a.Name] = &tfjson.IdentityAttribute{
			IdentityType: typ, Description: a.Description, RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport,
		}
	}
	return result, nil
}

// ctyType goes by way of the JSON that both libraries know.
func ctyType(from tftypes.Type) (cty.Type, error) {
	var result cty.Type
	raw, err := json.Marshal(from)
	if err != nil {
		return result, err
	}
	return result, json.Unmarshal(raw, &result)
}

func kind(from tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	if from == tfprotov6.StringKindMarkdown {
		return tfjson.SchemaDescriptionKindMarkdown
	}
	return tfjson.SchemaDescriptionKindPlain
}

func nesting(from tfprotov6.SchemaObjectNestingMode) tfjson.SchemaNestingMode {
	switch from {
	case tfprotov6.SchemaObjectNestingModeList:
		return tfjson.SchemaNestingModeList
	case tfprotov6.SchemaObjectNestingModeSet:
		return tfjson.SchemaNestingModeSet
	case tfprotov6.SchemaObjectNestingModeMap:
		return tfjson.SchemaNestingModeMap
	default:
		return tfjson.SchemaNestingModeSingle
	}
}
