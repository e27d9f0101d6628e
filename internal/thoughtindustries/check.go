package thoughtindustries

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/pace"
)

// Result of a check.
type Result string

// What a check may come to.
const (
	Holds   Result = "ok"
	Fails   Result = "fails"
	NotSeen Result = "not seen" // there was nothing to see it by
)

// Finding is one thing that the provider relies on, and what an instance showed
// of it. It has no name, address, id or key, nor anything that a server wrote
// but words that are documented.
type Finding struct {
	// Check is a short word for it, which stays the same.
	Check string `json:"check"`
	// Reliance is what the provider relies on.
	Reliance string `json:"relies_on"`
	// Seen is what the instance showed.
	Seen string `json:"seen"`
	// Follows is what that means for whoever uses the provider.
	Follows string `json:"follows"`
	// Result in a word.
	Result Result `json:"result"`
}

const (
	// checkClients is how many clients are asked for at once.
	checkClients = 5
	// checkTries of each request; whoever waits can run the check again.
	checkTries = 2

	webPage = "a web page, not JSON"
)

// checkup is a check under way.
type checkup struct {
	client   *Client
	findings []Finding
	// limits is what the rate headers said, where any did.
	limits *pace.Limits
	// dated: a response had the server's time, which was so far ahead.
	dated bool
	ahead time.Duration
}

// Check asks an instance, by GETs alone, for what the provider relies on.
func (c *Client) Check(ctx context.Context) []Finding {
	k := &checkup{client: c}
	if k.key(ctx) {
		k.objects(ctx)
	}
	if k.findings[0].Result == Holds { // else the headers are not the instance's
		k.headers()
	}
	return k.findings
}

func (k *checkup) note(check, reliance string, result Result, seen, follows string) {
	k.findings = append(k.findings, Finding{Check: check, Reliance: reliance, Seen: seen, Follows: follows, Result: result})
}

// ask sends one GET. Where it gives no object, seen says why in our words.
func (k *checkup) ask(ctx context.Context, query url.Values, segments ...string) (root object, status int, seen string) {
	attempt, err := k.client.repeat(ctx, call{method: http.MethodGet, address: k.client.endpoint(query, segments...)}, checkTries)
	if attempt.Status != 0 {
		if date, err := http.ParseTime(attempt.Header.Get("Date")); err == nil {
			k.dated, k.ahead = true, date.Sub(attempt.Ended)
		}
		if limits, ok := pace.ParseLimits(attempt.Header); ok {
			k.limits = &limits
		}
	}
	switch {
	case attempt.Status == 0:
		return nil, 0, noResponse(ctx, attempt.Err)
	case bytes.HasPrefix(bytes.TrimSpace(attempt.Body), []byte("<")):
		return nil, attempt.Status, fmt.Sprintf("%d with %s", attempt.Status, webPage)
	case err != nil && (attempt.Status < 200 || attempt.Status > 299):
		return nil, attempt.Status, fmt.Sprintf("%d %s", attempt.Status, http.StatusText(attempt.Status))
	case err != nil:
		return nil, attempt.Status, fmt.Sprintf("%d, which broke off", attempt.Status)
	}
	tree, err := decodeLenient(attempt.Body)
	root, ok := tree.(object)
	switch {
	case err != nil || !ok:
		return nil, attempt.Status, fmt.Sprintf("%d without a JSON object", attempt.Status)
	case k.client.errorIn(root, attempt.Status) != nil:
		return nil, attempt.Status, fmt.Sprintf("%d with errors in it", attempt.Status)
	}
	return root, attempt.Status, ""
}

// noResponse says why none came, without the address.
func noResponse(ctx context.Context, err error) string {
	text := ""
	if err != nil {
		text = err.Error()
	}
	switch {
	case ctx.Err() != nil:
		return "no response before the check was ended"
	case strings.Contains(text, "no such host"):
		return "the host does not exist"
	case strings.Contains(text, "refused"):
		return "the host refuses connections"
	case strings.Contains(text, "x509"), strings.Contains(text, "certificate"):
		return "the certificate is not one to be trusted"
	case strings.Contains(text, "tls"):
		return "no TLS could be agreed upon"
	case strings.Contains(text, "timeout"):
		return "no response in time"
	}
	return "no usable HTTP response"
}

// key reports whether there is any use in going on.
func (k *checkup) key(ctx context.Context) bool {
	const (
		responds   = "the instance responds with JSON"
		valid      = "the API key is valid there"
		notJSON    = "another server responds at this address: a gateway, a sign-in page, or another host. Check THOUGHTINDUSTRIES_INSTANCE or THOUGHTINDUSTRIES_BASE_URL, and proxies"
		notReached = "no request can be sent. Check THOUGHTINDUSTRIES_INSTANCE or THOUGHTINDUSTRIES_BASE_URL, the network and proxies"
	)
	root, status, seen := k.ask(ctx, nil, "ping")
	switch {
	case status == 0:
		k.note("address", responds, Fails, seen, notReached)
		return false
	case root == nil && (status >= 500 || status < 300 || strings.HasSuffix(seen, webPage)):
		k.note("address", responds, Fails, seen, notJSON)
		return false
	case status == http.StatusUnauthorized:
		k.note("address", responds, Holds, "it responds", "requests can be sent")
		k.note("key", valid, Fails, seen, "every request is refused. Make a key in Settings of this instance: a key belongs to one instance")
		return false
	case status >= 300 && status < 400:
		k.note("address", responds, Fails, seen, "redirects are not followed: set THOUGHTINDUSTRIES_BASE_URL to the address that they lead to")
		return false
	}
	k.note("address", responds, Holds, "it responds", "requests can be sent")
	switch accepted := readBool(root, "valid").Value; {
	case root == nil:
		k.note("key", valid, NotSeen, "GET /ping: "+seen, "the requests below show whether it is")
	case accepted == nil:
		k.note("key", valid, NotSeen, "GET /ping does not say", "the requests below show whether it is")
	case !*accepted:
		k.note("key", valid, Fails, "GET /ping says that it is not", "make a key in Settings of this instance")
		return false
	default:
		k.note("key", valid, Holds, "GET /ping says so", "requests are accepted")
	}
	return true
}

// objects follows one client to its batches, and from a batch to the account's
// credit actions.
func (k *checkup) objects(ctx context.Context) {
	clients := k.list(ctx, checkedList{
		check: "clients", reliance: "the key may list clients", operation: "Clients", list: "clients",
		query:    url.Values{"count": {fmt.Sprint(checkClients)}},
		segments: []string{"clients"},
		without:  "the data sources of clients fail. Accounts can be created, with client_id given by its id",
	})
	var ids []string
	for _, element := range clients {
		if id, ok := plausibleUUID(element["id"]); ok && len(ids) < checkClients {
			ids = append(ids, id)
		}
	}
	const noClient = "there is no client to look up"
	if len(ids) == 0 {
		for _, check := range []string{"client", "licenses", "batches", "recognised", "names"} {
			k.note(check, reliances[check], NotSeen, noClient, "run the check again with a key that may list clients, or once there is one")
		}
		return
	}
	root, _, seen := k.ask(ctx, nil, "clients", ids[0])
	switch {
	case root == nil:
		k.note("client", reliances["client"], Fails, seen, "the data source of one client fails for an id")
	case responseObject(root, "ClientById", hasID) == nil:
		k.note("client", reliances["client"], Fails, "a form that is not known", "the data source of one client fails for an id. Please report this table")
	default:
		k.note("client", reliances["client"], Holds, objectForm(root, "ClientById"), "a client can be looked up by its id")
	}
	k.list(ctx, checkedList{
		check: "licenses", reliance: reliances["licenses"], operation: "APILicensesByClientId", list: "licenses",
		query: url.Values{"clientId": {ids[0]}}, segments: []string{"clients", ids[0], "licenses"},
		without: "the data source of licenses fails. Accounts can be created, with license_ids given",
	})
	k.credits(ctx, ids)
}

var reliances = map[string]string{
	"client":     "the key may read a client",
	"licenses":   "the key may list licenses",
	"batches":    "the key may list credit batches, by which accounts are looked up",
	"recognised": "batches show their id, account, starting balance and time",
	"names":      "credit actions show the name of the account",
}

func (k *checkup) credits(ctx context.Context, clientIDs []string) {
	before := len(k.findings)
	var batches []object
	clientID := ""
	for _, clientID = range clientIDs {
		k.findings = k.findings[:before] // what the last one shows counts
		batches = k.list(ctx, checkedList{
			check: "batches", reliance: reliances["batches"], operation: "APICreditBatchesByClientAndCreditAccount", list: "creditBatches",
			query: url.Values{"clientId": {clientID}}, segments: []string{"clients", clientID, "creditBatches"},
			without: "an account whose response was lost cannot be found, and accounts that exist are not noticed before one is created",
		})
		if len(batches) > 0 || k.findings[before].Result == Fails {
			break
		}
	}
	if len(batches) == 0 {
		seen := "no batch was seen"
		for _, check := range []string{"recognised", "names"} {
			k.note(check, reliances[check], NotSeen, seen, "run the check again once there is a credit account with credits")
		}
		return
	}
	accountID, complete := "", 0
	for _, element := range batches {
		batch := readCreditBatch(element)
		if batch.ID.Value != nil && batch.CreditAccountID.Value != nil && batch.balance() != nil && !batch.created().IsZero() {
			complete++
		}
		if accountID == "" {
			accountID = text(batch.CreditAccountID.Value)
		}
	}
	result, follows := Holds, "accounts and batches are recognised"
	if complete < len(batches) {
		result, follows = Fails, "what lacks one of them is not recognised, and may have to be named by hand"
	}
	k.note("recognised", reliances["recognised"], result, fmt.Sprintf("%d of %d do", complete, len(batches)), follows)
	if accountID == "" {
		k.note("names", reliances["names"], NotSeen, "no batch shows its account", "accounts cannot be looked up")
		return
	}
	k.names(ctx, clientID, accountID)
}

func (k *checkup) names(ctx context.Context, clientID, accountID string) {
	const unnamed = "accounts cannot be recognised: one whose response was lost has to be named by hand, and existing ones are not found before one is created"
	actions := k.list(ctx, checkedList{
		check: "actions", reliance: "the key may list credit actions", operation: "APICreditActionsByClientIdAndAccountIdAndActionType", list: "creditActions",
		query:    url.Values{"clientId": {clientID}, "actionType": {string(CreditActions)}},
		segments: []string{"clients", clientID, "creditAccount", accountID, "creditActions"},
		without:  unnamed,
	})
	named := 0
	for _, action := range actions {
		if text(readString(action, "creditAccountName").Value) != "" {
			named++
		}
	}
	switch seen := fmt.Sprintf("%d of %d do", named, len(actions)); {
	case len(actions) == 0:
		k.note("names", reliances["names"], NotSeen, "no action was seen", unnamed)
	case named == 0:
		k.note("names", reliances["names"], Fails, seen, unnamed)
	default:
		k.note("names", reliances["names"], Holds, seen, "accounts are looked up by their name")
	}
}

// headers checks what all responses say.
func (k *checkup) headers() {
	const paced = "responses say how many requests are left"
	switch {
	case k.limits == nil:
		k.note("rate", paced, NotSeen, "no readable X-RateLimit headers", "the pace is learnt from refusals. Where others use the key, requests_per_minute leaves room for them")
	case k.limits.Reset.IsZero():
		k.note("rate", paced, Holds, fmt.Sprintf("a quota of %d, without the time of its reset", k.limits.Limit), "requests are delayed before the API refuses them")
	default:
		k.note("rate", paced, Holds, fmt.Sprintf("a quota of %d, and the time of its reset", k.limits.Limit), "requests are delayed before the API refuses them")
	}
	const clock = "responses have the server's time (Date)"
	if !k.dated {
		k.note("time", clock, Fails, "no Date", "an account whose response was lost is adopted only where a listing was read before it was created")
		return
	}
	k.note("time", clock, Holds, fmt.Sprintf("they do; within %s of this machine's clock", k.ahead.Abs().Truncate(time.Second)+time.Second), "new accounts are distinguished from older ones")
}
