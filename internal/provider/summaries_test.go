package provider

import "github.com/ti-community/terraform-provider-thoughtindustries/internal/registry"

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
