package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// batchKind is credit batches. Their marker stands in digits of the starting
// balance that no double holds: the provider and the API keep them, and nothing
// compares them, so batches of equal amounts stay the same to both. Unlike the
// name and the expiry, neither a refresh nor a PUT changes them.
var batchKind = &simulatedKind{
	typeName: creditBatchType,
	attributes: func(d *declared) object {
		attributes := object{"client_id": d.client, "starting_balance": json.Number(markedBalance(d.balance, d.marker))}
		if d.name != "" {
			attributes["name"] = d.name
		}
		if d.account != "" {
			attributes["credit_account_id"] = d.account
		}
		return attributes
	},
	listing: accountKind.listing,
	marker: func(value object) string {
		_, marker := unmarkedBalance(value["starting_balance"])
		return marker
	},
	sent: func(body object) (string, bool) {
		_, marker := unmarkedBalance(body["startingBalance"])
		return marker, marker != ""
	},
	key: func(value object) objectKey {
		balance, _ := value["starting_balance"].(json.Number)
		return batchKey(textIn(value, "client_id"), textIn(value, "credit_account_id"), textIn(value, "name"), balance.String())
	},
	stored: func(api *mockapi.Server) []storedObject {
		var result []storedObject
		for _, b := range api.Batches() {
			balance, marker := unmarkedBalance(b.StartingBalance)
			result = append(result, storedObject{
				id: b.ID, marker: marker, client: b.ClientID, name: b.Name, balance: balance, account: b.CreditAccountID, createdAt: b.CreatedAt,
				key: batchKey(b.ClientID, b.CreditAccountID, b.Name, b.StartingBalance.String()),
			})
		}
		return result
	},
	stranger: func(api *mockapi.Server, d *declared, balance string) {
		api.AddBatch(mockapi.CreditBatch{ClientID: d.client, Name: d.name, CreditAccountID: d.account, StartingBalance: json.Number(balance)})
	},
	refreshed: []string{"current_balance", "status", "allocated_credits", "created_at", "updated_at", "name", "expires_on"},
}

// What seeds meet of batches beside faults and errors.
const (
	batchTakenOut   = "a read took a batch out of the state"
	batchImported   = "a batch was imported"
	importOfNothing = "no batch has the id of an import"
)

const (
	batchMarker = "batch "
	// markerPlace is the decimal place that ends the zeros before a marker.
	markerPlace = 24
)

// markedBalance is a balance and the number of a declaration. The digit 1 ends
// it, so that no zero at its end is lost.
func markedBalance(balance, marker string) string {
	whole, decimals, _ := strings.Cut(balance, ".")
	return whole + "." + decimals + strings.Repeat("0", markerPlace-len(decimals)) + strings.TrimPrefix(marker, batchMarker) + "1"
}

// unmarkedBalance takes apart what markedBalance made; the marker is empty where
// it made nothing of it.
func unmarkedBalance(value any) (balance, marker string) {
	number, _ := value.(json.Number)
	whole, decimals, _ := strings.Cut(number.String(), ".")
	if len(decimals) <= markerPlace {
		return number.String(), ""
	}
	balance = strings.TrimSuffix(whole+"."+strings.TrimRight(decimals[:markerPlace], "0"), ".")
	return balance, batchMarker + strings.TrimSuffix(decimals[markerPlace:], "1")
}

// declareBatch adds a batch to the configuration.
func (w *world) declareBatch() *declared {
	number := len(w.declared) + 1
	d := &declared{
		marker: batchMarker + strconv.Itoa(number), address: fmt.Sprintf("%s.b[%q]", creditBatchType, fmt.Sprint("k", number)),
		client: w.clients[w.random.IntN(len(w.clients))], name: fmt.Sprint("Year ", number),
		balance: w.pick("100", "100", "0.5", "0"), cbd: w.percent(30),
	}
	if w.percent(15) {
		d.name = ""
	}
	if w.percent(60) {
		d.account = w.accounts[d.client]
	}
	if batches := slices.DeleteFunc(slices.Clone(w.declared), func(other *declared) bool { return other.kind() != batchKind }); len(batches) > 0 && w.percent(10) {
		other := batches[w.random.IntN(len(batches))]
		d.client, d.name, d.balance, d.account = other.client, other.name, other.balance, other.account
	}
	w.declared = append(w.declared, d)
	return d
}

// addAccountsForBatches gives each client an account that batches can go to.
func (w *world) addAccountsForBatches() {
	w.accounts = map[string]string{}
	for _, client := range w.clients {
		account := w.api.AddAccount(mockapi.CreditAccount{ClientID: client, Name: "For batches", StartingBalance: "5"})
		w.accounts[client] = account.ID
	}
}

// alike reports whether the look can take an object of one key for one of the
// other: it is not told the name of a batch that is declared without one.
func alike(a, b objectKey) bool {
	if a.name == "" || b.name == "" {
		a.name, b.name = "", ""
	}
	return a == b
}

// identify is how a person says which object a declared one is: an account by
// its attribute, a batch by an import at an address that has nothing.
func (w *world) identify(d *declared, id string) {
	if d.kind() != batchKind {
		d.existing = id
		return
	}
	if w.state.current[d.address] != nil || w.state.holds(id) {
		return
	}
	before := w.weather
	w.weather = weather{}
	defer func() { w.weather = before }()
	r := w.newRun()
	if !r.begin("import") {
		w.broken("an import cannot begin: %v", r.told)
		return
	}
	defer r.process.end()
	imported, ok := r.imported(d.address, d.client+"/"+id)
	if !ok {
		w.met[importOfNothing]++
		return
	}
	w.met[batchImported]++
	w.state.current[d.address] = imported
	if d.name == "" { // what the API chose cannot be taken away
		d.name = textIn(imported.value, "name")
	}
}

// imported asks for an object by its import id, as the import command does.
func (r *engineRun) imported(address, importID string) (*stateObject, bool) {
	kind := kindAt(address)
	response, err := r.process.server.ImportResourceState(context.Background(), &tfprotov6.ImportResourceStateRequest{TypeName: kind.typeName, ID: importID})
	if err != nil {
		return nil, !r.note(address, "import", nil, err)
	}
	if r.note(address, "import", response.Diagnostics, nil) {
		return nil, false
	}
	if len(response.ImportedResources) != 1 {
		r.world.broken("%s: importing %s gave %d objects", address, importID, len(response.ImportedResources))
		return nil, false
	}
	given := response.ImportedResources[0]
	value, err := r.schema(address).read(given.State)
	if r.note(address, "import", nil, err) {
		return nil, false
	}
	o, ok := r.read(address, &stateObject{kind: kind, value: value, private: given.Private, identity: r.identityFor(given.Identity)})
	if ok && o == nil {
		r.world.broken("%s: what was imported as %s is gone at once", address, importID)
	}
	return o, ok && o != nil
}

// vanished is told that a read took an object out of the state.
func (w *world) vanished(address string, o *stateObject) {
	for _, stored := range o.kind.stored(w.api) {
		if stored.id == o.id() {
			w.broken("%s: reading took %s out of the state, which exists", address, o.id())
		}
	}
	w.met[batchTakenOut]++
}

// meddleWithBatch changes what batches alone have.
func (w *world) meddleWithBatch(d *declared) string {
	stored := w.storedFor(d)
	if len(stored) == 0 {
		return "nothing"
	}
	id := stored[w.random.IntN(len(stored))].id
	if w.percent(50) {
		_ = w.api.UseCredits(id, 0.25) // a batch of 0 has none
		return "somebody used credits of " + d.address
	}
	w.api.RemoveBatch(id)
	w.gone[id] = true
	if w.percent(70) { // before that, the listing may lag
		time.Sleep(10 * time.Minute)
	}
	return "the batch of " + d.address + " vanished from the product"
}
