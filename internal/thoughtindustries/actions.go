package thoughtindustries

import (
	"context"
	"net/url"
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
	ID                Field[string] `json:"id"`
	Client            Field[string] `json:"client"`
	Action            Field[string] `json:"action"`
	Amount            Field[Number] `json:"amount"`
	Target            Field[string] `json:"target"`
	TargetType        Field[string] `json:"targetType"`
	TargetBalanceIn   Field[Number] `json:"targetBalanceIn"`
	TargetBalanceOut  Field[Number] `json:"targetBalanceOut"`
	Initiator         Field[string] `json:"initiator"`
	InitiatorType     Field[string] `json:"initiatorType"`
	CreditAccountName Field[string] `json:"creditAccountName"`
	Source            Field[string] `json:"source"`
	SourceType        Field[string] `json:"sourceType"`
	SourceBalanceIn   Field[Number] `json:"sourceBalanceIn"`
	SourceBalanceOut  Field[Number] `json:"sourceBalanceOut"`
	Timestamp         Field[string] `json:"timestamp"` // times are ISO 8601, as the API wrote them
	UpdatedAt         Field[string] `json:"updatedAt"`
}

// CreditActions is GET /clients/:id/creditAccount/:creditAccountId/creditActions, all pages of it, cached until
// something changes at the client.
func (c *Client) CreditActions(
	ctx context.Context, clientID, creditAccountID string, action ActionType,
) ([]CreditAction, error) {
	return readShown[CreditAction](ctx, c, clientID, creditActionsOf(clientID, creditAccountID, action))
}

func creditActionsOf(clientID, accountID string, action ActionType) listCall {
	return listCall{
		operation: "APICreditActionsByClientIdAndAccountIdAndActionType", name: "creditActions",
		query:    url.Values{"clientId": {clientID}, "actionType": {string(action)}},
		segments: []string{"clients", clientID, "creditAccount", accountID, "creditActions"},
	}
}

// clientOf gives the client that an action is about: its id, or an object that has it.
func clientOf(action fields) string {
	id := idOf(fields{"id": action["client"]})
	if client := asObject(action["client"]); client != nil {
		id = idOf(client)
	}
	if !isUUID(id) {
		return ""
	}
	return id
}
