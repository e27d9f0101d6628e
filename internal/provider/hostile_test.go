package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

func TestDescribeBatch_ShowsNoEscapeSequences(t *testing.T) {
	t.Parallel()
	returned := func(text string) thoughtindustries.Field[string] {
		return thoughtindustries.Field[string]{Value: &text, Known: true}
	}
	batch := thoughtindustries.CreditBatch{ID: returned("0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10"), Name: returned("\x1b[2J"), CreatedAt: returned("\x1b]0;x\x07")}
	if got, want := describeBatch(batch), `id 0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10, name "\x1b[2J"`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	batch.CreatedAt = returned("2026-11-24T10:00:00.000Z")
	if got, want := describeBatch(batch), `id 0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10, name "\x1b[2J", created 2026-11-24T10:00:00.000Z`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
