package simulation

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// The API of the simulation: written from the description of the API alone, so
// that it shares no belief with the client nor with internal/mockapi. What one
// instance does differently from another is drawn for each seed.

// traits are how an instance responds.
type traits struct {
	form   string // of responses: "documented", "data", "bare", "list" or "meta"
	paging string // what goes on: "page", "cursor" or "both"
	// perPage and emptyPage, whose number is that of a page without elements that promises more; 0 for none.
	perPage, emptyPage int
	newestFirst        bool
	latency, lag       time.Duration
	// ahead is how far the server's clock is ahead; it steps by stepBy after stepAfter.
	ahead, stepAfter, stepBy time.Duration
	date                     string // "right", "missing", "wrong" or "jumping"
	names                    string // "as sent", "trimmed" (and composed) or "not returned"
	zeroBatch                bool   // an account of 0 credits has a batch
	limit                    limit
}

// limit is a rate limit. Zero is none.
type limit struct {
	number, concurrent int
	per                time.Duration
	bucket, headers    bool
}

func (s *scenario) newTraits() traits {
	t := traits{
		form: s.pick("documented", "data", "bare", "list", "meta"), paging: s.pick("page", "cursor", "both"),
		perPage: 1 + s.random.IntN(25), newestFirst: s.percent(40), latency: time.Duration(5+s.random.IntN(300)) * time.Millisecond,
		date:  s.pick("right", "right", "right", "right", "right", "missing", "wrong", "jumping"),
		names: s.pick("as sent", "as sent", "as sent", "trimmed"), zeroBatch: s.percent(30),
	}
	if s.percent(10) && t.form != "meta" { // whose number of pages says otherwise
		t.emptyPage = 1 + s.random.IntN(3)
	}
	if s.percent(5) {
		t.names = "not returned"
	}
	if s.percent(20) {
		t.ahead = time.Duration(s.random.IntN(7200)-3600) * time.Second
	}
	if s.percent(5) {
		t.stepAfter, t.stepBy = time.Duration(s.random.IntN(300))*time.Second, time.Duration(s.random.IntN(7200)-3600)*time.Second
	}
	if s.percent(20) {
		t.lag = time.Duration(1+s.random.IntN(90)) * time.Second
	}
	switch s.random.IntN(8) {
	case 0:
		t.limit = limit{number: 10, per: time.Minute, headers: s.percent(70)}
	case 1:
		t.limit = limit{number: 30, per: time.Minute, bucket: true, concurrent: 2, headers: true}
	}
	return t
}

// stored is an account or a batch on the server.
type stored struct {
	kind                  *simulatedKind
	id, client, name      string
	account               string // of a batch
	balance, current      string
	status                string
	emails                any
	createdAt             time.Time // by the server's clock
	storedAt, visibleFrom time.Time // by ours
	post                  *post     // that made it; nil for what somebody made in the admin pages
	first                 *stored   // the batch that came with an account
	unlisted              bool      // used up or expired, and in no listing any more
	foreign               bool      // neither a POST nor an account's own batch
}

type simulatedAPI struct {
	traits

	seed  uint64
	begun time.Time
	conns chan *serverConn
	// closed ends the listening.
	closed chan struct{}
	settle chan struct{}
	all    sync.WaitGroup

	mu       sync.Mutex
	objects  []*stored
	ids      int
	sent     int         // responses
	taken    []time.Time // by requests, of a rate limit
	underWay int
}

// now is the server's time.
func (a *simulatedAPI) now() time.Time {
	now := time.Now().Add(a.ahead)
	if a.stepAfter > 0 && time.Since(a.begun) > a.stepAfter {
		now = now.Add(a.stepBy)
	}
	return now.UTC().Truncate(time.Millisecond)
}

// store keeps an object, an account with its first batch. It needs a.mu.
func (a *simulatedAPI) store(o *stored) *stored {
	o.id, o.createdAt, o.storedAt = a.newID(), a.now(), time.Now()
	o.visibleFrom, o.current, o.status = o.storedAt.Add(a.lag), o.balance, "active"
	if a.names == "trimmed" {
		o.name = sameNameForm(o.name)
	}
	a.objects = append(a.objects, o)
	if o.kind == accountKind && (amount(o.balance) != 0 || a.zeroBatch) {
		o.first = &stored{
			kind: batchKind, id: a.newID(), client: o.client, account: o.id, balance: o.balance, current: o.balance, status: "active",
			createdAt: o.createdAt, storedAt: o.storedAt, visibleFrom: o.visibleFrom,
		}
		a.objects = append(a.objects, o.first)
	}
	return o
}

// newID is another one each time, and the same for each seed.
func (a *simulatedAPI) newID() string {
	a.ids++
	return uuid.NewSHA1(uuid.Nil, fmt.Append(nil, a.seed, " ", a.ids)).String()
}

func (a *simulatedAPI) byID(id string) *stored {
	for _, o := range a.objects {
		if strings.EqualFold(o.id, id) {
			return o
		}
	}
	return nil
}

// of gives the objects of a kind; without the batches that came with accounts.
func (a *simulatedAPI) of(kind *simulatedKind) (found []*stored) {
	for _, o := range a.objects {
		if o.kind == kind && (o.post != nil || o.foreign) {
			found = append(found, o)
		}
	}
	return found
}

func amount(text string) float64 {
	value, _ := strconv.ParseFloat(text, 64)
	return value
}

// sameNameForm is one form for all names that are the same.
func sameNameForm(name string) string {
	return strings.Join(strings.Fields(norm.NFC.String(name)), " ")
}

// endpoint is what a path asks for.
type endpoint struct {
	operation, list string
	client, id      string
}

// endpointOf reads method and path; false for what is not documented.
func endpointOf(method, path string) (endpoint, bool) {
	parts := strings.Split(strings.TrimPrefix(path, "/incoming/v2/clients/"), "/")
	switch {
	case method == "POST" && len(parts) == 2 && parts[1] == "creditAccounts":
		return endpoint{operation: "APICreateCreditAccount", client: parts[0]}, true
	case method == "POST" && len(parts) == 2 && parts[1] == "creditBatches":
		return endpoint{operation: "CreateCreditBatch", client: parts[0]}, true
	case method == "PUT" && len(parts) == 2 && parts[0] == "creditBatches":
		return endpoint{operation: "UpdateCreditBatch", id: parts[1]}, true
	case method == "GET" && len(parts) == 2 && parts[1] == "creditBatches":
		return endpoint{operation: "APICreditBatchesByClientAndCreditAccount", list: "creditBatches", client: parts[0]}, true
	case method == "GET" && len(parts) == 4 && parts[1] == "creditAccount" && parts[3] == "creditActions":
		return endpoint{operation: "APICreditActionsByClientIdAndAccountIdAndActionType", list: "creditActions", client: parts[0], id: parts[2]}, true
	}
	return endpoint{}, false
}

// accountOf and batchOf make what a POST asks for.
func accountOf(client string, body object, p *post) *stored {
	balance, _ := body["startingBalance"].(json.Number)
	return &stored{kind: accountKind, client: client, name: textIn(body, "name"), balance: balance.String(), emails: body["notifyEmails"], post: p}
}

func batchOf(client string, body object, p *post) *stored {
	balance, _ := body["startingBalance"].(json.Number)
	return &stored{kind: batchKind, client: client, name: textIn(body, "name"), account: textIn(body, "creditAccountId"), balance: balance.String(), post: p}
}

// shown is the object of a response.
func (o *stored) shown() object {
	at := o.createdAt.Format("2006-01-02T15:04:05.000Z")
	result := object{
		"id": o.id, "clientId": o.client, "name": o.name, "currentBalance": json.Number(o.current), "status": o.status, "createdAt": at, "updatedAt": at,
	}
	if o.kind == accountKind {
		result["sublicenses"], result["notifyEmails"], result["type"] = []any{}, o.emails, "client"
		result["batchDaysUntilExpire"], result["minimumBatchAmount"] = 0, 0
		return result
	}
	result["startingBalance"], result["allocatedCredits"], result["expiresOn"], result["creditAccountId"] = json.Number(o.balance), 0, nil, nil
	if o.name == "" {
		result["name"] = nil
	}
	if o.account != "" {
		result["creditAccountId"] = o.account
	}
	return result
}

// page is a part of a listing: what it holds and whether more is promised.
type page struct {
	elements []any
	shows    []*stored
	name     string // that a page of credit actions returns
	number   int
	last     bool
	total    int
}

// listing gives the page of a listing that a query asks for. It needs a.mu.
func (a *simulatedAPI) listing(e endpoint, query url.Values) page {
	var elements []any
	var shows []*stored
	name := ""
	for _, o := range a.objects {
		hidden := o.unlisted || time.Now().Before(o.visibleFrom) || o.client != e.client
		switch account := query.Get("creditAccountId"); {
		case hidden || o.kind != batchKind:
		case e.list == "creditBatches" && (account == "" || strings.EqualFold(account, o.account)):
			elements, shows = append(elements, o.shown()), append(shows, o)
		}
		if e.list == "creditActions" && o.kind == accountKind && strings.EqualFold(o.id, e.id) && !time.Now().Before(o.visibleFrom) && o.first != nil {
			action := object{"id": "a" + o.id[1:], "client": o.client, "action": "credit", "amount": json.Number(o.balance), "creditAccountName": o.name}
			if a.names == "not returned" {
				delete(action, "creditAccountName")
			} else {
				name = o.name
			}
			elements = append(elements, action)
		}
	}
	if a.newestFirst {
		slices.Reverse(elements)
		slices.Reverse(shows)
	}
	return a.cut(page{elements: elements, shows: shows, name: name, total: len(elements)}, query)
}

// cut takes the page out of the whole that the query asks for.
func (a *simulatedAPI) cut(whole page, query url.Values) page {
	number := 1
	if text := query.Get("page"); text != "" && a.paging != "cursor" {
		number, _ = strconv.Atoi(text)
	}
	if cursor := query.Get("cursor"); cursor != "" && a.paging != "page" {
		if raw, err := base64.StdEncoding.DecodeString(cursor); err == nil {
			number, _ = strconv.Atoi(string(raw))
		}
	}
	from, empty := max(0, number-1)*a.perPage, false
	if a.emptyPage > 0 && len(whole.elements) > (a.emptyPage-1)*a.perPage && number >= a.emptyPage {
		if empty = number == a.emptyPage; !empty {
			from -= a.perPage
		}
	}
	until := min(len(whole.elements), from+a.perPage)
	if empty {
		until = from
	}
	from = min(from, until)
	result := page{elements: whole.elements[from:until], name: whole.name, number: number, total: whole.total, last: !empty && until >= len(whole.elements)}
	if len(whole.shows) > 0 {
		result.shows = whole.shows[from:until]
	}
	return result
}

// listed puts a page into the instance's form.
func (a *simulatedAPI) listed(e endpoint, p page) any {
	next := any(nil)
	if !p.last {
		next = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(p.number + 1)))
	}
	info := object{"perPage": a.perPage, "total": p.total, "hasMore": !p.last, "cursor": next}
	if a.paging == "page" && a.form != "documented" { // there, the cursor is of no use
		info["currentPage"] = p.number
	}
	elements := p.elements
	if elements == nil {
		elements = []any{}
	}
	switch a.form {
	case "documented":
		return object{"data": object{e.operation: object{e.list: elements, "pageInfo": info}}}
	case "data":
		return object{"data": object{e.list: elements, "pageInfo": info}}
	case "bare":
		return object{e.list: elements, "pageInfo": info}
	case "list":
		return object{"data": elements, "pageInfo": info}
	}
	meta := object{"perPage": a.perPage, "totalCount": p.total}
	if a.paging != "cursor" {
		meta["page"], meta["totalPages"] = p.number, (p.total+a.perPage-1)/a.perPage
	}
	if a.paging != "page" {
		meta["nextCursor"] = next
	}
	return object{"data": elements, "meta": meta}
}

// single puts the object of a call into the instance's form.
func (a *simulatedAPI) single(e endpoint, o object) any {
	switch a.form {
	case "documented":
		return object{"data": object{e.operation: o}}
	case "bare":
		return o
	}
	return object{"data": o}
}

// limited reports whether a request is over the rate limit and for how long. It needs a.mu.
func (a *simulatedAPI) limited() (wait time.Duration, yes bool) {
	l, now := a.limit, time.Now()
	if l.number == 0 {
		return 0, false
	}
	if l.concurrent > 0 && a.underWay > l.concurrent {
		return time.Second, true
	}
	since := now.Truncate(l.per)
	if l.bucket {
		since = now.Add(-l.per)
	}
	a.taken = slices.DeleteFunc(a.taken, func(at time.Time) bool { return !at.After(since) && at != since })
	if len(a.taken) < l.number {
		a.taken = append(a.taken, now)
		return 0, false
	}
	if l.bucket {
		return a.taken[0].Add(l.per).Sub(now), true
	}
	return now.Truncate(l.per).Add(l.per).Sub(now), true
}

// limitHeaders are what every response says of the rate limit. It needs a.mu.
func (a *simulatedAPI) limitHeaders(header map[string]string) {
	l := a.limit
	if l.number == 0 || !l.headers {
		return
	}
	reset := time.Now().Truncate(l.per).Add(l.per)
	if l.bucket && len(a.taken) > 0 {
		reset = a.taken[0].Add(l.per)
	}
	header["X-RateLimit-Limit"], header["X-RateLimit-Remaining"] = strconv.Itoa(l.number), strconv.Itoa(max(0, l.number-len(a.taken)))
	header["X-RateLimit-Reset"] = fmt.Sprint(reset.Add(time.Until(a.now())).Unix() + 1)
}

// dateHeader is the Date of a response; empty for none.
func (a *simulatedAPI) dateHeader(number int) string {
	at := a.now()
	switch a.date {
	case "missing":
		return ""
	case "wrong":
		at = at.Add(2 * time.Hour)
	case "jumping":
		at = at.Add(time.Duration(number%3-1) * 40 * time.Minute)
	}
	return at.Format("Mon, 02 Jan 2006 15:04:05 GMT")
}
