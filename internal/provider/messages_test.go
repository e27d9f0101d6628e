package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
)

func TestDescribe_ShowsNoEscapeSequences(t *testing.T) {
	t.Parallel()
	found := foundObject{id: otherID, name: "\x1b[2J", createdAt: "\x1b]0;x\x07", current: "5"}
	if got, want := describe(found), "id "+otherID+`, name "\x1b[2J", current balance 5`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	found.createdAt = "2026-11-24T10:00:00.000Z"
	if got, want := describe(found), "id "+otherID+`, name "\x1b[2J", since 2026-11-24T10:00:00.000Z, current balance 5`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// The summaries of batches that are those of accounts in other words.
var (
	sumBatchRefused           = summaryFor(registry.Batch, sumRefused)
	sumBatchUnknownOutcome    = summaryFor(registry.Batch, sumUnknownOutcome)
	sumBatchBreaker           = summaryFor(registry.Batch, sumBreaker)
	sumBatchExists            = summaryFor(registry.Batch, sumExists)
	sumBatchAdopted           = summaryFor(registry.Batch, sumAdopted)
	sumBatchLookupRefused     = summaryFor(registry.Batch, sumLookupRefused)
	sumBatchSecond            = summaryFor(registry.Batch, sumSecondAccount)
	sumBatchDestroyForgets    = summaryFor(registry.Batch, sumDestroyForgets)
	sumBatchForgetsUnresolved = summaryFor(registry.Batch, sumForgetsUnresolved)
)
