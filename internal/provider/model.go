package provider

import (
	"context"
	"fmt"
	"math"
	"math/big"
	"reflect"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// modelOf moves objects between the framework and a model, a struct whose
// fields have the attributes' names in tfsdk tags, as Get and Set of the
// framework do. Those find the names and the types out for each object anew,
// which is a third of what the provider does for an account.
type modelOf[M any] struct {
	object tftypes.Type
	fields []modelField
}

type modelField struct {
	name  string
	index int
	of    attr.Type
}

// newModelOf panics where struct and schema differ: they are both constant.
func newModelOf[M any](schema attr.Type) *modelOf[M] {
	attributes := map[string]attr.Type{}
	if object, ok := schema.(basetypes.ObjectType); ok {
		attributes = object.AttrTypes
	}
	m := &modelOf[M]{object: schema.TerraformType(context.Background())}
	model := reflect.TypeFor[M]()
	for i := range model.NumField() {
		name := model.Field(i).Tag.Get("tfsdk")
		of, ok := attributes[name]
		if !ok || !reflect.TypeOf(of.ValueType(context.Background())).AssignableTo(model.Field(i).Type) {
			panic(fmt.Sprintf("%s.%s has no attribute of its name and type", model, model.Field(i).Name))
		}
		m.fields = append(m.fields, modelField{name, i, of})
	}
	if len(m.fields) != len(attributes) {
		panic(fmt.Sprintf("%s lacks fields of the schema", model))
	}
	return m
}

// get fills the model from an object that is not null.
func (m *modelOf[M]) get(ctx context.Context, from tftypes.Value, to *M) diag.Diagnostics {
	var attributes map[string]tftypes.Value
	if err := from.As(&attributes); err != nil {
		return internalError(err)
	}
	return m.getAttributes(ctx, attributes, to)
}

// getAttributes is get from an object that was taken apart.
func (m *modelOf[M]) getAttributes(ctx context.Context, attributes map[string]tftypes.Value, to *M) diag.Diagnostics {
	model := reflect.ValueOf(to).Elem()
	for _, field := range m.fields {
		value, err := field.of.ValueFromTerraform(ctx, attributes[field.name])
		if err != nil {
			return internalError(fmt.Errorf("%s: %w", field.name, err))
		}
		if number, ok := value.(basetypes.NumberValue); ok && !number.IsNull() && !number.IsUnknown() {
			value = basetypes.NewNumberValue(exactNumber(number.ValueBigFloat()))
		}
		model.Field(field.index).Set(reflect.ValueOf(value))
	}
	return nil
}

// exactNumber undoes what engines do to a large number that was computed. They
// write a double beyond 2^63 as the shortest decimal that tells it from other
// doubles: pow(2, 63) arrives as 9223372036854776000, and only 9223372036854775808
// is accepted as the same in return. A number that a person wrote arrives as it
// is, and has to stay. So a decimal is taken for a computed double where that is
// a small integer times a power of two, which no written one of 16 digits is by chance.
func exactNumber(number *big.Float) *big.Float {
	written := new(big.Float).SetPrec(numberPrecision).Set(number)
	if double, accuracy := written.Float64(); accuracy != big.Exact && written.IsInt() && !math.IsInf(double, 0) {
		exact := new(big.Float).SetFloat64(double)
		if exact.MinPrec() <= 32 && exact.Text('f', -1) == written.Text('f', -1) {
			return exact.SetPrec(numberPrecision)
		}
	}
	return written
}

// numberPrecision is what engines have.
const numberPrecision = 512

// set gives the object that the model is; the one that was there stays where
// that fails.
func (m *modelOf[M]) set(ctx context.Context, to *tftypes.Value, from *M) diag.Diagnostics {
	attributes := make(map[string]tftypes.Value, len(m.fields))
	model := reflect.ValueOf(from).Elem()
	for _, field := range m.fields {
		value, ok := model.Field(field.index).Interface().(attr.Value)
		if !ok {
			return internalError(fmt.Errorf("%s is no value", field.name))
		}
		var err error
		if attributes[field.name], err = value.ToTerraformValue(ctx); err != nil {
			return internalError(fmt.Errorf("%s: %w", field.name, err))
		}
	}
	if err := tftypes.ValidateValue(m.object, attributes); err != nil {
		return internalError(err)
	}
	*to = tftypes.NewValue(m.object, attributes)
	return nil
}

func internalError(err error) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
}
