package mockapi

import (
	"encoding/json"
	"time"
)

// The two documented kinds of credit action.
const (
	credit = "credit"
	debit  = "debit"
)

// creditAction is a movement of credits into a batch (credit) or out of it (debit).
type creditAction struct {
	id          string
	action      string
	clientID    string
	accountID   string
	accountName string
	amount      json.Number
	batchID     string
	before      json.Number // the batch's balance
	after       json.Number
	at          time.Time
	visibleFrom time.Time // in listings
}

// storeAction needs s.mu.
func (s *Server) storeAction(a *creditAction) {
	a.id = newID()
	if account := s.store.account(a.accountID); account != nil {
		a.accountName = account.Name
	}
	s.store.actions = append(s.store.actions, a)
}

// actionObject names the batch as the target of a credit and as the source of a debit.
func (s *Server) actionObject(a *creditAction) map[string]any {
	object := map[string]any{
		"id":                a.id,
		"client":            a.clientID,
		"action":            a.action,
		"amount":            a.amount,
		"target":            nil,
		"targetType":        nil,
		"targetBalanceIn":   nil,
		"targetBalanceOut":  nil,
		"initiator":         nil,
		"initiatorType":     "api",
		"creditAccountName": optional(a.accountName),
		"source":            nil,
		"sourceType":        nil,
		"sourceBalanceIn":   nil,
		"sourceBalanceOut":  nil,
		"timestamp":         stamp(a.at),
		"updatedAt":         stamp(a.at),
	}
	end := "target"
	if a.action == debit {
		end = "source"
	}
	object[end], object[end+"Type"] = a.batchID, "creditBatch"
	object[end+"BalanceIn"], object[end+"BalanceOut"] = a.before, a.after
	return object
}

// listCreditActions returns an empty list for an account that does not exist.
func (s *Server) listCreditActions(c call) (result, error) {
	accountID := c.PathValue("creditAccountId")
	if !isUUID(accountID) {
		return result{}, refuseValue("creditAccountId must be a UUID")
	}
	found := listing{name: "creditActions", query: c.query}
	for _, a := range s.store.actions {
		ofAccount := sameID(a.clientID, c.client.ID) && sameID(a.accountID, accountID)
		asked := ofAccount && a.action == c.query.Get("actionType")
		if asked && !s.now().Before(a.visibleFrom) {
			found.elements = append(found.elements, s.actionObject(a))
		}
	}
	return s.list("APICreditActionsByClientIdAndAccountIdAndActionType", found)
}
