package thoughtindustries

import (
	"context"
	"math/big"
	"net/url"
	"strings"
)

// ActionType is what GET …/creditActions is asked for.
type ActionType string

// The documented action types.
const (
	DebitActions  ActionType = "debit"
	CreditActions ActionType = "credit"
)

// CreditAction is an element of GET /clients/:id/creditAccount/:creditAccountId/creditActions.
type CreditAction struct {
	ID                Told[string]
	Client            Told[string]
	Action            Told[string]
	Amount            Told[*big.Float]
	Target            Told[string]
	TargetType        Told[string]
	TargetBalanceIn   Told[*big.Float]
	TargetBalanceOut  Told[*big.Float]
	Initiator         Told[string]
	InitiatorType     Told[string]
	CreditAccountName Told[string]
	Source            Told[string]
	SourceType        Told[string]
	SourceBalanceIn   Told[*big.Float]
	SourceBalanceOut  Told[*big.Float]
	// Timestamp and UpdatedAt are ISO 8601, as the API wrote them.
	Timestamp Told[string]
	UpdatedAt Told[string]
}

func readCreditAction(from object) CreditAction {
	return CreditAction{
		ID:                readString(from, "id"),
		Client:            readString(from, "client"),
		Action:            readString(from, "action"),
		Amount:            readNumber(from, "amount"),
		Target:            readString(from, "target"),
		TargetType:        readString(from, "targetType"),
		TargetBalanceIn:   readNumber(from, "targetBalanceIn"),
		TargetBalanceOut:  readNumber(from, "targetBalanceOut"),
		Initiator:         readString(from, "initiator"),
		InitiatorType:     readString(from, "initiatorType"),
		CreditAccountName: readString(from, "creditAccountName"),
		Source:            readString(from, "source"),
		SourceType:        readString(from, "sourceType"),
		SourceBalanceIn:   readNumber(from, "sourceBalanceIn"),
		SourceBalanceOut:  readNumber(from, "sourceBalanceOut"),
		Timestamp:         readString(from, "timestamp"),
		UpdatedAt:         readString(from, "updatedAt"),
	}
}

// CreditActions is GET /clients/:id/creditAccount/:creditAccountId/creditActions,
// all pages of it, as remembered until something changes at the client.
func (c *Client) CreditActions(ctx context.Context, clientID, creditAccountID string, action ActionType) ([]CreditAction, error) {
	question := "creditActions " + string(action) + " " + strings.ToLower(creditAccountID)
	return cached(ctx, c, clientID, question, func(ctx context.Context) ([]CreditAction, error) {
		query := url.Values{"clientId": {clientID}, "actionType": {string(action)}}
		var actions []CreditAction
		err := c.getPages(ctx, getTries, query, "APICreditActionsByClientIdAndAccountIdAndActionType", "creditActions",
			func(element object) { actions = append(actions, readCreditAction(element)) },
			"clients", clientID, "creditAccount", creditAccountID, "creditActions")
		return actions, err
	})
}
