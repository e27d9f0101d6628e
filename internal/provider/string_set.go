package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

var _ basetypes.SetValuableWithSemanticEquals = stringSet{}

// stringSetType is a set of strings that may have thousands of elements, such as the licenses of a client. The
// framework's own set compares each element with every other one at each call, which takes minutes then.
type stringSetType struct{ basetypes.SetType }

// stringSet is a value of it.
type stringSet struct{ basetypes.SetValue }

func newStringSetType() stringSetType {
	return stringSetType{basetypes.SetType{ElemType: basetypes.StringType{}}}
}

func newStringSet(elements []attr.Value) stringSet {
	return stringSet{basetypes.NewSetValueMust(basetypes.StringType{}, elements)}
}

func nullStringSet() stringSet { return stringSet{basetypes.NewSetNull(basetypes.StringType{})} }

func (t stringSetType) Equal(other attr.Type) bool {
	_, ok := other.(stringSetType)
	return ok
}

func (t stringSetType) ValueType(context.Context) attr.Value { return stringSet{} }

func (t stringSetType) ValueFromSet(
	_ context.Context, set basetypes.SetValue,
) (basetypes.SetValuable, diag.Diagnostics) {
	return stringSet{set}, nil
}

func (t stringSetType) ValueFromTerraform(ctx context.Context, in tftypes.Value) (attr.Value, error) {
	value, err := t.SetType.ValueFromTerraform(ctx, in)
	set, _ := value.(basetypes.SetValue)
	return stringSet{set}, err
}

// Validate replaces the framework's search for duplicates: engines send none.
func (t stringSetType) Validate(context.Context, tftypes.Value, path.Path) diag.Diagnostics {
	return nil
}

func (s stringSet) Type(context.Context) attr.Type { return newStringSetType() }

func (s stringSet) Equal(other attr.Value) bool {
	set, ok := other.(stringSet)
	return ok && sameSet(s, set)
}

// SetSemanticEquals is Equal, so that the framework does not compare the elements.
func (s stringSet) SetSemanticEquals(_ context.Context, other basetypes.SetValuable) (bool, diag.Diagnostics) {
	return s.Equal(other), nil
}

// sameSet compares in linear time.
func sameSet(x, y stringSet) bool {
	if x.IsNull() != y.IsNull() || x.IsUnknown() != y.IsUnknown() || len(x.Elements()) != len(y.Elements()) {
		return false
	}
	inX := map[attr.Value]bool{}
	for _, element := range x.Elements() {
		inX[element] = true
	}
	for _, element := range y.Elements() {
		if !inX[element] {
			return false
		}
	}
	return true
}
