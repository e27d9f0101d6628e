package mockapi

import (
	"encoding/json"
	"net/http"
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

type actionAnswer struct {
	ID                string       `json:"id"`
	Client            string       `json:"client"`
	Action            string       `json:"action"`
	Amount            json.Number  `json:"amount"`
	Target            *string      `json:"target"`
	TargetType        *string      `json:"targetType"`
	TargetBalanceIn   *json.Number `json:"targetBalanceIn"`
	TargetBalanceOut  *json.Number `json:"targetBalanceOut"`
	Initiator         *string      `json:"initiator"`
	InitiatorType     string       `json:"initiatorType"`
	CreditAccountName *string      `json:"creditAccountName"`
	Source            *string      `json:"source"`
	SourceType        *string      `json:"sourceType"`
	SourceBalanceIn   *json.Number `json:"sourceBalanceIn"`
	SourceBalanceOut  *json.Number `json:"sourceBalanceOut"`
	Timestamp         string       `json:"timestamp"`
	UpdatedAt         string       `json:"updatedAt"`
}

// answer names the batch as the target of a credit and as the source of a debit.
func (a creditAction) answer() actionAnswer {
	answer := actionAnswer{
		ID:                a.id,
		Client:            a.clientID,
		Action:            a.action,
		Amount:            a.amount,
		InitiatorType:     "api",
		CreditAccountName: optional(a.accountName),
		Timestamp:         stamp(a.at),
		UpdatedAt:         stamp(a.at),
	}
	if a.action == credit {
		answer.Target, answer.TargetType = &a.batchID, optional("creditBatch")
		answer.TargetBalanceIn, answer.TargetBalanceOut = &a.before, &a.after
	} else {
		answer.Source, answer.SourceType = &a.batchID, optional("creditBatch")
		answer.SourceBalanceIn, answer.SourceBalanceOut = &a.before, &a.after
	}
	return answer
}

var listCreditActionsRoute = route{
	method:  http.MethodGet,
	pattern: "/clients/{id}/creditAccount/{creditAccountId}/creditActions",
	params: []param{
		{name: "clientId", required: true, kind: paramUUID},
		{name: "actionType", required: true, kind: paramChoice, values: []string{debit, credit}},
	},
	listing: true,
	handle:  (*Server).listCreditActions,
}

// listCreditActions knows no difference between an account that does not exist and one without actions: both are empty.
func (s *Server) listCreditActions(c call) result {
	var entries []any
	for _, a := range s.store.actions {
		wanted := sameID(a.clientID, c.client.ID) &&
			sameID(a.accountID, c.path["creditAccountId"]) &&
			a.action == c.query["actionType"]
		if wanted && !c.now.Before(a.visibleFrom) {
			entries = append(entries, a.answer())
		}
	}
	return list("APICreditActionsByClientIdAndAccountIdAndActionType", listing{name: "creditActions", entries: entries})
}
