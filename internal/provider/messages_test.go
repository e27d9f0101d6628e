package provider

import (
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

func TestDescribe_ShowsNoEscapeSequences(t *testing.T) {
	t.Parallel()
	found := thoughtindustries.Listed{
		ID: otherID, Name: "\x1b[2J", CreatedAt: "\x1b]0;x\x07", CurrentBalance: "5", Active: true,
	}
	if got, want := describe(found), "id "+otherID+`, name "\x1b[2J", current balance 5`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	found.CreatedAt = "2026-11-24T10:00:00.000Z"
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
