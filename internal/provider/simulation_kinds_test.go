package provider

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// simulatedKind is a kind of resources in the simulation: all that the world
// and the rules need to know of it.
type simulatedKind struct {
	typeName string
	// attributes of the resource block of a declaration.
	attributes func(d *declared) object
	// listing is the path of the look-up that shows what a client has.
	listing func(client string) string
	// marker of the declaration that an object of the state is of.
	marker func(value object) string
	// sent is the marker in the body of a POST; false where it is of another kind.
	sent func(body object) (marker string, ok bool)
	// key of an object of the state or of a configuration.
	key func(value object) objectKey
	// stored gives everything of the kind that the server has.
	stored func(api *mockapi.Server) []storedObject
	// stranger makes one as somebody does in the admin pages.
	stranger func(api *mockapi.Server, d *declared, balance string)
	// refreshed are the attributes that a read may change. Where there are any, a
	// read asks the API, and takes what does not exist any more out of the state.
	refreshed []string
}

// storedObject is an object on the server. Its marker is empty where nobody
// declared it.
type storedObject struct {
	id, marker            string
	client, name, balance string
	account               string // of a batch
	createdAt             time.Time
	key                   objectKey
}

var simulatedKinds = []*simulatedKind{accountKind, batchKind}

// kindAt gives the kind of what has an address, which the name of the type begins.
func kindAt(address string) *simulatedKind {
	typeName, _, _ := strings.Cut(address, ".")
	if typeName == creditBatchType {
		return batchKind
	}
	return accountKind
}

// accountKind is credit accounts. Their marker is their e-mail address, which
// the server keeps.
var accountKind = &simulatedKind{
	typeName: creditAccountType,
	attributes: func(d *declared) object {
		attributes := object{
			"client_id": d.client, "name": d.name, "starting_balance": json.Number(d.balance),
			"notify_emails": []any{d.marker}, "license_ids": []any{},
		}
		if d.existing != "" {
			attributes["existing_account_id"] = d.existing
		}
		if d.allow {
			attributes["allow_replacement"] = true
		}
		if d.timeout != "" {
			attributes["timeouts"] = object{"create": d.timeout}
		}
		return attributes
	},
	listing: func(client string) string { return "/incoming/v2/clients/" + client + "/creditBatches" },
	marker: func(value object) string {
		emails, _ := value["notify_emails"].([]any)
		return firstOf(emails)
	},
	sent: func(body object) (string, bool) {
		emails, ok := body["notifyEmails"].([]any)
		return firstOf(emails), ok
	},
	key: func(value object) objectKey { return accountKey(textIn(value, "client_id"), textIn(value, "name")) },
	stored: func(api *mockapi.Server) []storedObject {
		var result []storedObject
		for _, a := range api.Accounts() {
			marker := ""
			if len(a.NotifyEmails) > 0 {
				marker = a.NotifyEmails[0]
			}
			result = append(result, storedObject{
				id: a.ID, marker: marker, client: a.ClientID, name: a.Name, balance: a.StartingBalance.String(), createdAt: a.CreatedAt,
				key: accountKey(a.ClientID, a.Name),
			})
		}
		return result
	},
	stranger: func(api *mockapi.Server, d *declared, balance string) {
		api.AddAccount(mockapi.CreditAccount{ClientID: d.client, Name: d.name, StartingBalance: json.Number(balance)})
	},
}

func firstOf(values []any) string {
	if len(values) == 0 {
		return ""
	}
	text, _ := values[0].(string)
	return text
}

// markerSent finds the declaration that a POST is of.
func markerSent(body []byte) string {
	var sent object
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&sent) != nil {
		return ""
	}
	for _, kind := range simulatedKinds {
		if marker, ok := kind.sent(sent); ok {
			return marker
		}
	}
	return ""
}
