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
	ID                Optional[string]
	Client            Optional[string]
	Action            Optional[string]
	Amount            Optional[*big.Float]
	Target            Optional[string]
	TargetType        Optional[string]
	TargetBalanceIn   Optional[*big.Float]
	TargetBalanceOut  Optional[*big.Float]
	Initiator         Optional[string]
	InitiatorType     Optional[string]
	CreditAccountName Optional[string]
	Source            Optional[string]
	SourceType        Optional[string]
	SourceBalanceIn   Optional[*big.Float]
	SourceBalanceOut  Optional[*big.Float]
	// Timestamp and UpdatedAt are ISO 8601, as the API wrote them.
	Timestamp Optional[string]
	UpdatedAt Optional[string]
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
