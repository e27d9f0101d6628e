package provider

import (
	"bytes"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"
)

func TestCreateTimeout_WritesNothingToTheLog(t *testing.T) {
	t.Parallel()
	of := map[string]attr.Type{"create": types.StringType}
	for name, test := range map[string]struct {
		value types.Object
		want  time.Duration
	}{
		"no timeouts": {types.ObjectNull(of), 20 * time.Minute},
		"empty":       {types.ObjectValueMust(of, map[string]attr.Value{"create": types.StringNull()}), 20 * time.Minute},
		"set":         {types.ObjectValueMust(of, map[string]attr.Value{"create": types.StringValue("30m")}), 30 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			model := accountModel{Timeouts: timeouts.Value{Object: test.value}}
			got, diags := model.createTimeout(tflogtest.RootLogger(t.Context(), &log))
			if got != test.want || diags.HasError() || log.Len() > 0 {
				t.Errorf("%v, %v, log: %s", got, diags, &log)
			}
		})
	}
}
