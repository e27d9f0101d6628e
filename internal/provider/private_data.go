package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
)

// Keys of private data.
const (
	// privateUnset lists the attributes that are null because the API did not
	// return them.
	privateUnset = "unset"
	// privateUnresolved says what happened to a creation of unknown outcome.
	privateUnresolved = "unresolved"
)

// privateState is what the framework calls private data in requests and responses.
type privateState interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func unsetIn(ctx context.Context, private privateState) []string {
	raw, _ := private.GetKey(ctx, privateUnset)
	var names []string
	if json.Unmarshal(raw, &names) != nil {
		return nil
	}
	return names
}

func setUnset(ctx context.Context, private privateState, names []string) diag.Diagnostics {
	if len(names) == 0 {
		return private.SetKey(ctx, privateUnset, nil)
	}
	raw, err := json.Marshal(names)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic(sumInternal, err.Error())}
	}
	return private.SetKey(ctx, privateUnset, raw)
}
