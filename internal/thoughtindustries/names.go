package thoughtindustries

import (
	"context"
	"net/url"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/text/unicode/norm"
)

// NormalizeName gives what a name is compared by: composed (NFC), without white
// space at the ends, and with one space for each run of white space. Engines
// compose strings, and services trim them.
func NormalizeName(name string) string {
	return norm.NFC.String(strings.Join(strings.Fields(name), " "))
}

// SameName reports whether two names are the same but for what engines and
// services change of them.
func SameName(a, b string) bool { return a == b || NormalizeName(a) == NormalizeName(b) }

// nameResponse is what an account's credit actions say of its name, asked for
// once in a process, also where none was returned or it could not be read.
type nameResponse struct {
	name string
	err  error
}

// accountName asks the credit actions of an account what it is called; empty
// where they do not say. anew asks again where it is not known yet: an account
// that was just made may have no actions for a moment.
func (c *Client) accountName(ctx context.Context, clientID, accountID string, tries int, anew bool) (string, error) {
	id := strings.ToLower(accountID)
	if anew {
		c.names.drop(id, func(known nameResponse) bool { return known.name == "" })
	}
	response, err := c.names.get(ctx, id, func(ctx context.Context) (nameResponse, bool, error) {
		name, err := c.askName(ctx, clientID, accountID, tries)
		if isWouldWait(err) {
			return nameResponse{}, false, err
		}
		if name != "" {
			c.namesReturned.Store(true)
		}
		return nameResponse{name, err}, true, nil
	})
	if err == nil {
		err = response.err
	}
	return response.name, err
}

// askName reads the credit actions until one has a name.
func (c *Client) askName(ctx context.Context, clientID, accountID string, tries int) (string, error) {
	name := ""
	query := url.Values{"clientId": {clientID}, "actionType": {string(CreditActions)}}
	err := c.getPagesWhile(ctx, tries, query, "APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions",
		func(element object) bool {
			name = text(readString(element, "creditAccountName").Value)
			if owner, ok := ownerOf(element); ok {
				c.owners.putFirst(strings.ToLower(accountID), owner)
			}
			return name == ""
		},
		"clients", clientID, "creditAccount", accountID, "creditActions")
	return name, err
}

// ownerOf gives the client that a credit action is about: its id, or an object
// that has it, as in licenses.
func ownerOf(action object) (string, bool) {
	value := action["client"]
	if client, ok := value.(object); ok {
		value = client["id"]
	}
	id, ok := plausibleID(value)
	return id, ok && uuid.Validate(id) == nil
}
