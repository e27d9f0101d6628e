package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// moveSources are the resource types of other providers whose objects can be moved to credit accounts, with how the
// address of the provider ends, in lower case.
var moveSources = map[string]string{
	"restapi_object":    "/mastercard/restapi",
	"restful_operation": "/magodo/restful",
	"restful_resource":  "/magodo/restful",
	"terracurl_request": "/devops-rob/terracurl",
	"terraform_data":    "terraform.io/builtin/terraform",
}

// MoveState makes an account of the object of another provider that created it. Nothing is sent.
func (r *accountResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveCreditAccount}}
}

func moveCreditAccount(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !isMoveSource(req.SourceTypeName, req.SourceProviderAddress) {
		resp.Diagnostics.AddError(sumCannotMove, cannotMoveText(fmt.Sprintf(
			"A moved block cannot lead from a %s of the provider %s to a credit account, but from restapi_object, "+
				"restful_operation, restful_resource, terracurl_request and terraform_data.",
			req.SourceTypeName, req.SourceProviderAddress)))
		return
	}
	var state map[string]any
	if req.SourceRawState != nil {
		_ = json.Unmarshal(req.SourceRawState.JSON, &state) // what is no JSON has no id either
	}
	id, name, balance, err := movedAccount(state)
	if err != nil {
		resp.Diagnostics.AddError(sumCannotMove, cannotMoveText(fmt.Sprintf("The state of the %s "+
			"%s.", req.SourceTypeName, err)))
		return
	}
	resp.Diagnostics.Append(setAccount(ctx, &resp.TargetState, id, name, balance)...)
	resp.Diagnostics.Append(id.set(ctx, resp.TargetIdentity)...)
}

func cannotMoveText(why string) string {
	return why + " Nothing was changed.\n\nInstead, remove the moved block and take the account over: declare it " +
		"with existing_account_id = \"<its id>\" and apply; nothing is created. To remove the other resource from " +
		"the state, use a removed block with lifecycle { destroy = false }, or state rm.\n\n" + moreOfMoving
}

func isMoveSource(typeName, address string) bool {
	provider, known := moveSources[typeName]
	address = strings.ToLower(address)
	// OpenTofu before 1.12.4 gives the last part of the address alone.
	return known && (strings.HasSuffix(address, provider) || address == path.Base(provider))
}

// movedAccount gives what a state says of the account that it is about. Only the attributes named here are read, of
// whichever type the state is: terracurl keeps the headers, and with them the key. The error says what the state lacks,
// to follow its name.
func movedAccount(state map[string]any) (
	id objectIdentity, name string, balance thoughtindustries.Number, err error,
) {
	sentTo := textOf(state, "create_path", "path", "url")
	if sentTo != "" && !accountPath.MatchString(sentTo) {
		return id, "", "", errors.New("belongs to a request whose path is not /clients/<client id>/creditAccounts")
	}
	// The input of a terraform_data is what a provisioner sent, and whatever a person added to it of the response.
	var sent map[string]any
	for _, attribute := range []string{"data", "body", "request_body", "input"} {
		if object, ok := jsonOf(state[attribute]).(map[string]any); ok {
			sent = object
		}
	}
	var returned thoughtindustries.CreditAccount
	for _, attribute := range []string{
		"create_response", "api_response", "output", "sensitive_output", "response", "input",
	} {
		if raw, err := json.Marshal(jsonOf(state[attribute])); err == nil && returned.ID == "" {
			returned, _ = thoughtindustries.ReadCreditAccount(raw)
		}
	}
	ownID := ""
	if textOf(state, "path") != "" { // the id of a terraform_data is its own
		ownID = textOf(state, "id")
	}
	clientInPath, idInPath := accountAt(sentTo)
	clientInID, idInID := accountAt(ownID)
	client := firstUUID(clientInPath, clientInID, textOf(sent, "clientId"), fieldValue(returned.ClientID))
	object := firstUUID(returned.ID, idInPath, idInID, ownID)
	name = cmp.Or(textOf(sent, "name"), fieldValue(returned.Name))
	balance, _ = thoughtindustries.ParseNumber(fmt.Sprint(sent["startingBalance"]))
	switch {
	case object == "":
		err = errors.New("does not contain the id of a credit account: the API's response was not kept, or has no id")
	case client == "":
		err = errors.New("does not say which client the account belongs to")
	case thoughtindustries.NormalizeName(name) == "":
		err = errors.New("does not contain the name of the account")
	}
	return objectIdentity{types.StringValue(client), types.StringValue(object)}, name, balance, err
}

var accountPath = regexp.MustCompile(`(?i)/clients/([^/?#]+)/creditAccounts(?:/([^/?#]+))?`)

// accountAt gives the ids in the path of a client's accounts, or of one of them.
func accountAt(address string) (client, id string) {
	parts := accountPath.FindStringSubmatch(address)
	if parts == nil {
		return "", ""
	}
	return parts[1], parts[2]
}

func firstUUID(texts ...string) string {
	for _, text := range texts {
		if checkUUID(text) == nil {
			return text
		}
	}
	return ""
}

// jsonOf gives an attribute that is an object, or the text of one; nil for a text that is no JSON. Some states wrap a
// value whose type is part of the data into { value, type }.
func jsonOf(value any) any {
	if wrapper, ok := value.(map[string]any); ok && len(wrapper) == 2 && wrapper["type"] != nil {
		value = wrapper["value"]
	}
	if text, ok := value.(string); ok {
		value = nil
		_ = json.Unmarshal([]byte(text), &value)
	}
	return value
}

// textOf gives the first of the attributes that is a text and not empty.
func textOf(state map[string]any, names ...string) string {
	for _, name := range names {
		if text, ok := state[name].(string); ok && text != "" {
			return text
		}
	}
	return ""
}
