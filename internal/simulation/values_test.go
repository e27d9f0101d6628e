package simulation

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"sync"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
)

// The simulated engine keeps objects as trees of maps, slices and scalars, as
// encoding/json makes them. The provider gets them as JSON, which the protocol
// allows beside MessagePack; what it responds is read back into trees.

// object is an object of the state, of a plan or of a configuration; nil is null.
type object = map[string]any

// notKnown stands for a value that a plan does not know.
type notKnown struct{}

// simulatedSchema is what an engine needs to know of a type of resources.
type simulatedSchema struct {
	typ      tftypes.Type
	names    []string
	computed map[string]bool
}

// simulatedSchemas are asked for once: engines keep them too.
var simulatedSchemas = sync.OnceValue(func() map[string]simulatedSchema {
	server := provider.Server("test")()
	response := must(server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{}))
	result := map[string]simulatedSchema{"": schemaOf(response.Provider)}
	for name, schema := range response.ResourceSchemas {
		result[name] = schemaOf(schema)
	}
	return result
})

func schemaOf(schema *tfprotov6.Schema) simulatedSchema {
	result := simulatedSchema{typ: schema.ValueType(), computed: map[string]bool{}}
	for _, attribute := range schema.Block.Attributes {
		result.names = append(result.names, attribute.Name)
		result.computed[attribute.Name] = attribute.Computed
	}
	return result
}

// whole fills a configuration with nulls.
func (s simulatedSchema) whole(attributes object) object {
	result := object{}
	for _, name := range s.names {
		result[name] = attributes[name]
	}
	return result
}

// proposed is what engines propose before the provider has planned: the
// configuration, and the prior values of what is computed and not configured.
func (s simulatedSchema) proposed(prior, config object) object {
	result := object{}
	for _, name := range s.names {
		result[name] = config[name]
		if config[name] == nil && s.computed[name] {
			result[name] = prior[name]
		}
	}
	return result
}

// read reads an object that the provider gave.
func (s simulatedSchema) read(value *tfprotov6.DynamicValue) object {
	if value == nil {
		return nil
	}
	tree, _ := treeOf(must(value.Unmarshal(s.typ))).(object)
	return tree
}

func written(tree object) *tfprotov6.DynamicValue {
	return &tfprotov6.DynamicValue{JSON: must(json.Marshal(tree))}
}

func treeOf(value tftypes.Value) any {
	switch {
	case !value.IsKnown():
		return notKnown{}
	case value.IsNull():
		return nil
	case value.Type().Is(tftypes.String):
		return as[string](value)
	case value.Type().Is(tftypes.Bool):
		return as[bool](value)
	case value.Type().Is(tftypes.Number):
		number := as[big.Float](value)
		return json.Number(number.Text('f', -1))
	case value.Type().Is(tftypes.Object{}):
		result := object{}
		for name, value := range as[map[string]tftypes.Value](value) {
			result[name] = treeOf(value)
		}
		return result
	}
	result := []any{}
	for _, value := range as[[]tftypes.Value](value) {
		result = append(result, treeOf(value))
	}
	if value.Type().Is(tftypes.Set{}) {
		slices.SortFunc(result, func(a, b any) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
	}
	return result
}

func as[T any](value tftypes.Value) (result T) {
	if err := value.As(&result); err != nil {
		panic(err)
	}
	return result
}

// keepsTo reports whether a value is one that a plan allows: the same, but for
// what the plan did not know.
func keepsTo(planned, got any) bool {
	switch planned := planned.(type) {
	case notKnown:
		return true
	case object:
		got, ok := got.(object)
		if !ok || len(planned) != len(got) {
			return false
		}
		for name := range planned {
			if !keepsTo(planned[name], got[name]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(planned, got)
}

// textIn reads a text of an object; empty where there is none.
func textIn(tree object, name string) string {
	text, _ := tree[name].(string)
	return text
}
