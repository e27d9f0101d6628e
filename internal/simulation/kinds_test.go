package simulation

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// simulatedKind is a kind of resources: all that differs between accounts and
// batches in the simulation.
type simulatedKind struct {
	typeName string
	// attributes of the resource block of a declaration.
	attributes func(d *declared) object
	// sent is the marker in the body of a POST; empty where it is of another kind.
	sent func(body object) string
	// refreshed are the attributes that a read may change.
	refreshed []string
}

var simulatedKinds = []*simulatedKind{accountKind, batchKind}

// kindAt gives the kind of what has an address, which the name of the type begins.
func kindAt(address string) *simulatedKind {
	if strings.HasPrefix(address, creditBatchType+".") {
		return batchKind
	}
	return accountKind
}

// accountKind is credit accounts. Their marker is their e-mail address.
var accountKind = &simulatedKind{
	typeName: creditAccountType,
	attributes: func(d *declared) object {
		attributes := object{
			"client_id": d.client, "name": d.name, "starting_balance": json.Number(d.balance),
			"notify_emails": []any{d.marker}, "license_ids": []any{},
			"existing_account_id": orNull(d.existing), "create_alongside": setOf(d.alongside),
		}
		if d.timeout != "" {
			attributes["timeouts"] = object{"create": d.timeout}
		}
		return attributes
	},
	sent: func(body object) string {
		emails, _ := body["notifyEmails"].([]any)
		if len(emails) == 0 {
			return ""
		}
		text, _ := emails[0].(string)
		return text
	},
}

// batchKind is credit batches. Their marker stands in digits of the starting
// balance that no double holds: the provider sends and keeps them, and nothing
// compares them. Unlike name and expiry, neither a refresh nor a PUT changes them.
var batchKind = &simulatedKind{
	typeName: creditBatchType,
	attributes: func(d *declared) object {
		return object{
			"client_id": d.client, "starting_balance": json.Number(markedBalance(d.balance, d.marker)),
			"name": orNull(d.name), "credit_account_id": orNull(d.account),
		}
	},
	sent: func(body object) string {
		number, _ := body["startingBalance"].(json.Number)
		_, decimals, _ := strings.Cut(number.String(), ".")
		if len(decimals) <= markerPlace {
			return ""
		}
		return batchMarker + strings.TrimSuffix(decimals[markerPlace:], "1")
	},
	refreshed: []string{
		"current_balance", "status", "allocated_credits", "created_at", "updated_at", "name", "expires_on",
	},
}

const (
	batchMarker = "batch "
	// markerPlace is the decimal place that ends the zeros before a marker.
	markerPlace = 24
)

// markedBalance is a balance and the number of a declaration. The digit 1 ends
// it, so that no zero at its end is lost.
func markedBalance(balance, marker string) string {
	whole, decimals, _ := strings.Cut(balance, ".")
	zeros := strings.Repeat("0", markerPlace-len(decimals))
	return whole + "." + decimals + zeros + strings.TrimPrefix(marker, batchMarker) + "1"
}

// key is what the one rule goes by: client and name of an account;
// client, account, name and starting balance of a batch.
type key struct {
	typeName, client, name, account string
	balance                         float64
}

func keyOf(kind *simulatedKind, client, name, account, balance string) key {
	result := key{typeName: kind.typeName, client: strings.ToLower(client), name: sameNameForm(name)}
	if kind == batchKind {
		result.account, result.balance = strings.ToLower(account), amount(balance)
	}
	return result
}

func (d *declared) key() key { return keyOf(d.kind(), d.client, d.name, d.account, d.balance) }

func (o *stateObject) key() key {
	balance, _ := o.value["starting_balance"].(json.Number)
	return keyOf(o.kind, textIn(o.value, "client_id"), textIn(o.value, "name"),
		textIn(o.value, "credit_account_id"), balance.String())
}

func (o *stored) key() key { return keyOf(o.kind, o.client, o.name, o.account, o.balance) }

// alike: a lookup may take one for the other. It is not given the name of a batch
// that is declared without one.
func (d *declared) alike(o *stored) bool {
	a, b := d.key(), o.key()
	if d.kind() == batchKind && a.name == "" {
		a.name = b.name
	}
	return a == b
}

// orNull is a text of a configuration; null where it is empty.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// setOf is a set of a configuration, in the order of treeOf; null where it is empty.
func setOf(texts []string) any {
	var set []any
	for _, text := range slices.Compact(slices.Sorted(slices.Values(texts))) {
		set = append(set, text)
	}
	if set == nil {
		return nil
	}
	return set
}

func lists(ids []string, id string) bool {
	return slices.ContainsFunc(ids, func(other string) bool { return strings.EqualFold(other, id) })
}

// names have several forms, and what must not be read as an entity.
var names = []string{
	"Training", "Training", "Cafe\u0301", "Caf\u00e9", "In  house", "Sales & more", "\"A&T\"", "Fish &copy chips",
}

// declare adds an account or a batch to the configuration.
func (s *scenario) declare() *declared {
	number := len(s.declared) + 1
	d := &declared{
		client: s.clients[s.random.IntN(len(s.clients))], name: fmt.Sprintf("%s %d", s.pick(names...), number),
		balance: s.pick("100", "100", "100", "0.5", "0"), cbd: s.percent(30),
	}
	if s.batches > 0 && s.percent(s.batches) {
		d.marker = fmt.Sprintf("%s%02d", batchMarker, number)
		d.address = fmt.Sprintf("%s.b[%q]", creditBatchType, fmt.Sprint("k", number))
		d.balance = s.pick("100", "100", "0.5") // the marker would be all of a 0
		if s.percent(15) {
			d.name = ""
		}
		if s.percent(60) {
			d.account = s.accounts[d.client]
		}
	} else {
		d.marker = fmt.Sprintf("d%d@example.com", number)
		d.address = fmt.Sprintf("%s.a[%q]", creditAccountType, fmt.Sprint("k", number))
		d.timeout = s.pick("", "90s", "90s", "5m")
	}
	if len(s.declared) > 0 && s.percent(10) {
		if other := s.declared[s.random.IntN(len(s.declared))]; other.kind() == d.kind() {
			d.client, d.name, d.account = other.client, other.name, other.account
			if d.kind() == batchKind {
				d.balance = other.balance
			}
		}
	}
	s.declared = append(s.declared, d)
	return d
}
