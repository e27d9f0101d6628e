package provider

// Earlier names of the harness's verbs, for the tests that still use them.

func (r result) succeeds() result                { r.t.Helper(); return r.expectSuccess() }
func (r result) fails(texts ...string) result    { r.t.Helper(); return r.expectError(texts...) }
func (r result) changes() result                 { r.t.Helper(); return r.expectChanges() }
func (r result) says(texts ...string) result     { r.t.Helper(); return r.expectOutput(texts...) }
func (r result) silentOn(texts ...string) result { r.t.Helper(); return r.expectNoOutput(texts...) }

func (w *workspace) posts(want int)      { w.t.Helper(); w.api.expectPosts(want) }
func (w *workspace) requests(want int)   { w.t.Helper(); w.api.expectRequests(want) }
func (w *workspace) accounts(want int)   { w.t.Helper(); w.api.expectAccounts(want) }
func (w *workspace) batches(want int)    { w.t.Helper(); w.api.expectBatches(want) }
func (w *workspace) batchPosts(want int) { w.t.Helper(); w.api.expectBatchPosts(want) }
