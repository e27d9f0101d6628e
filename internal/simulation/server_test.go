package simulation

import (
	"encoding/json"
	"fmt"
	"html"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// The API of the simulation: written from the description of the API alone, so
// that it shares no belief with the client nor with internal/mockapi. What one
// instance does differently from another is drawn for each seed.

// traits are how an instance responds.
type traits struct {
	form          string // of responses: "documented", "data", "bare", "list" or "meta"
	paging        string // what goes on: "page", "cursor" or "both"
	perPage       int
	empty         string // what a listing of nothing is: "list", "null" or "204"
	newestFirst   bool
	otherClients  bool // a listing shows the batches of all clients
	numbersAsText bool
	names         string // "as sent", "trimmed" (and composed), "escaped", "invisible" or "not returned"
	zeroBatch     bool   // an account of 0 credits has a batch
	latency, lag  time.Duration
}

func (s *scenario) newTraits() traits {
	t := traits{
		form: s.pick("documented", "data", "bare", "list", "meta"), paging: s.pick("page", "cursor", "both"),
		perPage: 1 + s.random.IntN(25), empty: s.pick("list", "list", "null", "204"), newestFirst: s.percent(40),
		otherClients: s.percent(15), numbersAsText: s.percent(15),
		names:     s.pick("as sent", "as sent", "as sent", "trimmed", "escaped", "invisible"),
		zeroBatch: s.percent(30), latency: time.Duration(5+s.random.IntN(300)) * time.Millisecond,
	}
	if s.percent(5) {
		t.names = "not returned"
	}
	if s.percent(20) {
		t.lag = time.Duration(1+s.random.IntN(90)) * time.Second
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
	storedAt, visibleFrom time.Time
	post                  *post   // that made it; nil for what somebody made in the admin pages
	first                 *stored // the batch that came with an account
	unlisted              bool    // used up or expired, and in no listing any more
	foreign               bool    // neither a POST nor an account's own batch
}

type simulatedAPI struct {
	traits

	seed  uint64
	begun time.Time
	conns chan *serverConn
	// closed ends the listening.
	closed chan struct{}

	mu      sync.Mutex
	objects []*stored
	ids     int
}

// store keeps an object, an account with its first batch. It needs a.mu.
func (a *simulatedAPI) store(o *stored) *stored {
	o.id, o.storedAt = a.newID(), time.Now()
	o.visibleFrom, o.current, o.status = o.storedAt.Add(a.lag), o.balance, "active"
	if a.names == "trimmed" {
		o.name = strings.Join(strings.Fields(norm.NFC.String(o.name)), " ")
	}
	a.objects = append(a.objects, o)
	if o.kind == accountKind && (amount(o.balance) != 0 || a.zeroBatch) {
		o.first = &stored{
			kind: batchKind, id: a.newID(), client: o.client, account: o.id, balance: o.balance, current: o.balance,
			status: "active", storedAt: o.storedAt, visibleFrom: o.visibleFrom,
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

// entity is an HTML entity as browsers read it everywhere.
var entity = regexp.MustCompile(`&#?[0-9A-Za-z]+;`)

// sameNameForm is one form for all names that are the same.
func sameNameForm(name string) string {
	visible := strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, entity.ReplaceAllStringFunc(name, html.UnescapeString))
	return strings.Join(strings.Fields(norm.NFC.String(visible)), " ")
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
		return endpoint{
			operation: "APICreditActionsByClientIdAndAccountIdAndActionType", list: "creditActions",
			client: parts[0], id: parts[2],
		}, true
	}
	return endpoint{}, false
}

// objectOf makes what a POST asks for.
func objectOf(e endpoint, body object, p *post) *stored {
	balance, _ := body["startingBalance"].(json.Number)
	o := &stored{kind: accountKind, client: e.client, name: textIn(body, "name"), balance: balance.String(), post: p}
	if e.operation == "CreateCreditBatch" {
		o.kind, o.account = batchKind, textIn(body, "creditAccountId")
	}
	return o
}

// number is how the instance writes a number.
func (t *traits) number(text string) any {
	if t.numbersAsText {
		return text
	}
	return json.Number(text)
}

// returned is how the instance writes a name.
func (t *traits) returned(name string) string {
	switch {
	case t.names == "escaped":
		return html.EscapeString(name)
	case t.names == "invisible" && name != "":
		return name + "\u200b"
	}
	return name
}

// shown is an object in a response.
func (a *simulatedAPI) shown(o *stored) object {
	at := o.storedAt.UTC().Format("2006-01-02T15:04:05.000Z")
	result := object{
		"id": o.id, "clientId": o.client, "name": a.returned(o.name), "currentBalance": a.number(o.current),
		"status": o.status, "createdAt": at, "updatedAt": at,
	}
	if o.kind == accountKind {
		result["sublicenses"], result["type"] = []any{}, "client"
		result["batchDaysUntilExpire"], result["minimumBatchAmount"] = a.number("0"), a.number("0")
		return result
	}
	result["startingBalance"], result["allocatedCredits"] = a.number(o.balance), a.number("0")
	result["expiresOn"], result["creditAccountId"], result["name"] = nil, orNull(o.account), orNull(a.returned(o.name))
	return result
}

// single puts the object of a call into the instance's form.
func (a *simulatedAPI) single(e endpoint, o object) object {
	switch a.form {
	case "documented":
		return object{"data": object{e.operation: o}}
	case "bare":
		return o
	}
	return object{"data": o}
}
