package provider

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"net/http"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// listing is what both list resources are made of.
type listing struct{ lookup }

func (l *listing) Configure(_ context.Context, req resource.ConfigureRequest, _ *resource.ConfigureResponse) {
	if configured, ok := req.ProviderData.(*session); ok {
		l.session = configured
	}
}

// start reads the configuration of a list block, and gives it to the function that
// pushes what there is, when the engine wants it.
func start[M any](ctx context.Context, l *listing, what string, req list.ListRequest, stream *list.ListResultsStream,
	results func(context.Context, M, list.ListRequest, func(list.ListResult) bool),
) {
	var config M
	diags := req.Config.Get(ctx, &config)
	if diags.HasError() || !l.ready(what, &diags) {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) { results(ctx, config, req, push) }
}

// wanted is how many results a request asks for at most.
func wanted(req list.ListRequest) int {
	if req.Limit <= 0 || req.Limit > math.MaxInt32 {
		return math.MaxInt32
	}
	return int(req.Limit)
}

const (
	readBatches = "credit batches (GET /clients/:id/creditBatches)"
	readActions = "credit actions (GET /clients/:id/creditAccount/:creditAccountId/creditActions)"
)

// failed says why something could not be listed, and which permission is missing.
func (l *listing) failed(err error, what, permission string) iter.Seq[list.ListResult] {
	var diags diag.Diagnostics
	var refused *thoughtindustries.APIError
	if errors.As(err, &refused) && (refused.Status == http.StatusForbidden || refused.Status == http.StatusMethodNotAllowed) {
		diags.AddError(sumLookupFailed, fmt.Sprintf("Listing %s failed: %s responded with %s\n\n"+
			"The role of the API key may not read %s. Give it that permission in Settings of the instance, or use a key of another role.",
			what, l.session.client.Address(), refusalText(refused), permission))
	} else {
		l.lookup.failed(err, what+" by their "+permission, &diags)
	}
	return list.ListResultsStreamDiagnostics(diags)
}

// displayName is what a person tells one result from another by.
func displayName(name, fallback, creditsLeft string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, thoughtindustries.NormalizeName(name))
	if name == "" {
		name = fallback
	}
	return shortened(name) + ", " + creditsLeft
}
