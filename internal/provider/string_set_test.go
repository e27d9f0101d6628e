package provider

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

func TestStringSet_EqualityKnowsNoOrder(t *testing.T) {
	of := func(texts ...string) stringSet {
		elements := make([]attr.Value, 0, len(texts))
		for _, text := range texts {
			elements = append(elements, types.StringValue(text))
		}
		return newStringSet(elements)
	}
	unknown := stringSet{basetypes.NewSetUnknown(types.StringType)}
	part := newStringSet([]attr.Value{types.StringValue("a"), types.StringUnknown()})
	many := make([]string, 10_000) // the licenses that a client may have
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	reversed := slices.Clone(many)
	slices.Reverse(reversed)
	tests := map[string]struct {
		x, y stringSet
		same bool
	}{
		"both empty":             {of(), of(), true},
		"another order":          {of("a", "b"), of("b", "a"), true},
		"many":                   {of(many...), of(reversed...), true},
		"one more":               {of("a", "b"), of("a"), false},
		"one fewer":              {of("a"), of("a", "b"), false},
		"another one":            {of("a", "b"), of("a", "c"), false},
		"both null":              {nullStringSet(), nullStringSet(), true},
		"null and empty":         {nullStringSet(), of(), false},
		"both unknown":           {unknown, unknown, true},
		"unknown and empty":      {unknown, of(), false},
		"an unknown element":     {part, part, true},
		"known and one that may": {of("a", "b"), part, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := test.x.Equal(test.y); got != test.same {
				t.Errorf("Equal is %v", got)
			}
			got, diags := test.x.SetSemanticEquals(t.Context(), test.y)
			if got != test.same || diags.HasError() {
				t.Errorf("SetSemanticEquals is %v, %v", got, diags)
			}
		})
	}
	if of("a").Equal(types.SetValueMust(types.StringType, []attr.Value{types.StringValue("a")})) {
		t.Error("equal to a set of another type")
	}
}
