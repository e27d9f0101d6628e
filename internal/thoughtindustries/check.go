package thoughtindustries

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"text/tabwriter"
)

// What a row of the check may come to.
const (
	rowHolds   = "ok"
	rowFails   = "fails"
	rowNotSeen = "not seen" // there was nothing to see it by
)

const (
	// checkedClients is how many clients are asked for their batches until one has some.
	checkedClients = 5
	runAgain       = "run the check again once there is one that this key may see"
	pleaseReport   = "please report this table"
)

// checking has few tries: whoever waits can run the check again.
var checking = reading{tries: 2}

// check is a check under way. Its rows have no name, address, id or key, nor anything that a server wrote but
// documented words.
type check struct {
	client *Client
	writer *tabwriter.Writer
	fails  bool
	last   result // the last response
	aged   bool   // a response was a copy from a cache
}

// Check asks an instance, by GETs alone, for what the provider relies on, and writes a table. It reports whether
// every check held.
func (c *Client) Check(ctx context.Context, write func(table string)) bool {
	var table strings.Builder
	k := &check{client: c, writer: tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)}
	k.row("", "what the provider relies on", "what was seen", "what follows")
	if k.key(ctx) {
		if ids := k.clients(ctx); len(ids) > 0 {
			k.oneClient(ctx, ids[0])
			k.credits(ctx, ids)
		} else {
			k.row(rowNotSeen, "the key may read what a client has", "no client was seen", runAgain)
		}
		k.rates()
		k.fresh()
	}
	_ = k.writer.Flush()
	verdict := "No check failed."
	if k.fails {
		verdict = "Not everything that the provider relies on was confirmed."
	}
	write(table.String() + "\n" + verdict + "\nThis table has no name, address, id or key.\n")
	return !k.fails
}

func (k *check) row(result, reliance, seen, follows string) {
	k.fails = k.fails || result == rowFails
	_, _ = fmt.Fprintln(k.writer, strings.Join([]string{result, reliance, seen, follows}, "\t"))
}

// ask sends one GET. Where it gives no JSON object, seen says why.
func (k *check) ask(ctx context.Context, query url.Values, segments ...string) (root fields, seen string) {
	address := k.client.endpoint(query, segments...)
	r, err := k.client.repeat(ctx, call{method: http.MethodGet, address: address}, checking.tries)
	if isUnauthorized(err) {
		r.status = http.StatusUnauthorized // after the first one nothing more is sent
	}
	k.last, k.aged = r, k.aged || isCopy(r)
	root = asObject(r.body)
	dns, isDNS := errors.AsType[*net.DNSError](r.err)
	switch {
	case r.status == 0 && isDNS && dns.IsNotFound:
		return nil, "the host does not exist"
	case r.status == 0 && isTLS(r.err):
		return nil, "no trusted TLS connection"
	case r.status == 0 && errors.Is(r.err, errRequestTimeout):
		return nil, "no response in time"
	case r.status == 0:
		return nil, "no usable HTTP response"
	case isHTML(r):
		return nil, fmt.Sprintf("%d with an HTML page", r.status)
	case r.status < 200 || r.status > 299:
		return nil, statusLine(r.status)
	case err != nil || root == nil:
		return nil, fmt.Sprintf("%d without a JSON object", r.status)
	case root.reportsError():
		return nil, fmt.Sprintf("%d with errors in it", r.status)
	}
	return root, ""
}

// key reports whether there is any use in going on.
func (k *check) key(ctx context.Context) bool {
	const (
		responds = "the instance responds with JSON"
		valid    = "the API key is valid there"
	)
	root, seen := k.ask(ctx, nil, "ping")
	status := k.last.status
	if root == nil && status != http.StatusUnauthorized && (status < 400 || status >= 500 || isHTML(k.last)) {
		k.row(rowFails, responds, seen, "nothing can be checked: try again, then check THOUGHTINDUSTRIES_INSTANCE or "+
			"THOUGHTINDUSTRIES_BASE_URL (redirects are not followed), the network and proxies")
		return false
	}
	k.row(rowHolds, responds, "it responds", "requests can be sent")
	accepted := decode[struct{ Valid Field[bool] }](root).Valid.Value
	switch {
	case status == http.StatusUnauthorized, accepted != nil && !*accepted:
		k.row(rowFails, valid, cmp.Or(seen, "GET /ping says that it is not"), "make a key in Settings of this instance")
		return false
	case accepted == nil:
		k.row(rowNotSeen, valid, "GET /ping does not say", "the requests below show it")
	default:
		k.row(rowHolds, valid, "GET /ping says so", "requests are accepted")
	}
	return true
}

// clients gives the ids of some clients.
func (k *check) clients(ctx context.Context) (ids []string) {
	wanted := clientsBy(url.Values{"count": {fmt.Sprint(checkedClients)}})
	const without = "the data sources of clients fail; client_id can be given"
	for _, client := range k.list(ctx, "the key may list clients", wanted, without) {
		if id := idOf(client); isUUID(id) && len(ids) < checkedClients {
			ids = append(ids, id)
		}
	}
	return ids
}

func (k *check) oneClient(ctx context.Context, id string) {
	const reliance = "the key may read a client"
	root, seen := k.ask(ctx, nil, "clients", id)
	switch {
	case root == nil:
		k.row(rowFails, reliance, seen, "the data source of one client fails for an id")
	case objectOf(root, "ClientById", hasAnyID) == nil:
		k.row(rowFails, reliance, "an unknown form", pleaseReport)
	default:
		k.row(rowHolds, reliance, formOf(root, "ClientById"), "a client can be looked up by its id")
	}
	k.list(ctx, "the key may list licenses", licensesOf(id),
		"the data source of licenses fails; license_ids can be given")
}

// credits follows a client to its batches, and a batch to the credit actions of its account.
func (k *check) credits(ctx context.Context, ids []string) {
	clientID := k.withBatches(ctx, ids)
	batches := k.list(ctx, "the key may list credit batches", batchesOfClient(clientID),
		"existing accounts, and those whose response was lost, cannot be found")
	complete, accountID := 0, ""
	for _, element := range batches {
		batch := decode[CreditBatch](element)
		account := textOf(asUUID(batch.CreditAccountID))
		if hasUUID(element) && account != "" && batch.balance() != "" && !batch.created().IsZero() {
			complete++
		}
		accountID = cmp.Or(accountID, account)
	}
	const whole = "batches show id, account, balance and time"
	seen := fmt.Sprintf("%d of %d do", complete, len(batches))
	switch {
	case len(batches) == 0:
		k.row(rowNotSeen, whole, "no batch was seen", runAgain)
	case complete < len(batches):
		k.row(rowFails, whole, seen, "what lacks one of them may have to be named by hand")
	default:
		k.row(rowHolds, whole, seen, "accounts and batches are recognised")
	}
	k.names(ctx, clientID, accountID)
}

func (k *check) names(ctx context.Context, clientID, accountID string) {
	const (
		reliance = "credit actions show the account's name"
		unnamed  = "existing accounts are not found, and one whose response was lost has to be named by hand"
	)
	if accountID == "" {
		k.row(rowNotSeen, reliance, "no account was seen", runAgain)
		return
	}
	wanted := creditActionsOf(clientID, accountID, CreditActions)
	actions, named := k.list(ctx, "the key may list credit actions", wanted, unnamed), 0
	for _, action := range actions {
		if textOf(decode[CreditAction](action).CreditAccountName) != "" {
			named++
		}
	}
	seen := fmt.Sprintf("%d of %d do", named, len(actions))
	switch {
	case len(actions) == 0:
		k.row(rowNotSeen, reliance, "no action was seen", unnamed)
	case named == 0:
		k.row(rowFails, reliance, seen, unnamed)
	default:
		k.row(rowHolds, reliance, seen, "accounts are looked up by their name")
	}
}

// withBatches gives the first of the clients that has batches, or the last one.
func (k *check) withBatches(ctx context.Context, ids []string) string {
	for _, id := range ids {
		found, err := k.client.readPage(ctx, walk{wanted: batchesOfClient(id)}, checking)
		if err != nil || len(found.elements) > 0 {
			return id
		}
	}
	return ids[len(ids)-1]
}

// list checks that a listing is open and in a known form, and, where it has more than one page, that the second one
// can be had. It gives the elements of the first.
func (k *check) list(ctx context.Context, reliance string, wanted listCall, without string) (elements []fields) {
	root, seen := k.ask(ctx, wanted.query, wanted.segments...)
	switch {
	case k.last.status == http.StatusNoContent:
		k.row(rowHolds, reliance, "204, which is an empty list", "it can be read")
		return nil
	case root == nil:
		k.row(rowFails, reliance, seen, without)
		return nil
	}
	found, err := pageOf(root, wanted)
	if err != nil {
		k.row(rowFails, reliance, "an unknown form", without+"; "+pleaseReport)
		return nil
	}
	seen = fmt.Sprintf("%s, %d on the first page", formOf(root, wanted.operation), len(found.elements))
	k.row(rowHolds, reliance, seen, "it can be read")
	k.pages(ctx, wanted, found)
	for _, raw := range found.elements {
		elements = append(elements, asObject(raw))
	}
	return elements
}

func (k *check) pages(ctx context.Context, wanted listCall, first listPage) {
	reliance, seen := "its "+wanted.name+" can be read to the end", 0
	more, err := first.info.more(1, len(first.elements), false)
	if err == nil && !more {
		k.row(rowNotSeen, reliance, "there is one page", "nothing, for now")
		return
	}
	err = k.client.follow(ctx, wanted, checking, func(fields) bool {
		seen++
		return seen <= len(first.elements)
	})
	if err != nil {
		k.row(rowFails, reliance, "no way to the second page", "it is never taken for whole; "+pleaseReport)
		return
	}
	k.row(rowHolds, reliance, "there is a second page", "listings are read whole")
}

// formOf names the form of a response.
func formOf(root fields, operation string) string {
	raw, enveloped := root["data"]
	data := asObject(raw)
	switch {
	case !enveloped:
		return "without an envelope"
	case data[operation] != nil:
		return "as documented"
	case data == nil:
		return "data is the list"
	}
	return "in data, under another name"
}

// rates shows what the last response says of the quota.
func (k *check) rates() {
	const reliance = "responses say how many requests are left"
	if quotaLeft(k.last.header) < 0 {
		k.row(rowNotSeen, reliance, "no readable X-RateLimit headers", "the pace is learnt from refusals")
		return
	}
	seen := "they do, without the size of the quota"
	if limit, sized := ParseNumber(k.last.header.Get("X-RateLimit-Limit")); sized {
		seen = "a quota of " + string(limit)
	}
	if k.last.header.Get("X-RateLimit-Reset") != "" {
		seen += ", with its reset"
	}
	k.row(rowHolds, reliance, seen, "requests wait before the API refuses them")
}

func (k *check) fresh() {
	const reliance = "responses are of now, not a cache's"
	if k.aged {
		k.row(rowFails, reliance, "an Age above 0", "no account is created: take the cache out of the way to the API")
		return
	}
	k.row(rowHolds, reliance, "no Age above 0", "what was just created is found")
}
