package provider

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// movable are the resource types whose objects can be moved to credit accounts, and how the addresses of their
// providers end, in lower case.
var movable = map[string]string{
	"restapi_object":    "/mastercard/restapi",
	"restful_operation": "/magodo/restful",
	"restful_resource":  "/magodo/restful",
	"terracurl_request": "/devops-rob/terracurl",
	"terraform_data":    "terraform.io/builtin/terraform", // its input is what a provisioner sent, or what a person added
}

// Where the states of these types keep what was sent, what came back and where it was sent to; the first that has
// anything counts. Whatever else such a state has stays behind: terracurl keeps the headers, and with them the key.
var (
	sentIn     = []string{"data", "body", "request_body", "input"}
	returnedIn = []string{"create_response", "api_response", "output", "sensitive_output", "response", "input"}
	pathIn     = []string{"create_path", "path", "url"}
)

// MoveState makes an account of the object of another provider that created it. Nothing is sent.
func (r *accountResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveCreditAccount}}
}

func moveCreditAccount(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	if !isMovable(req.SourceTypeName, req.SourceProviderAddress) {
		resp.Diagnostics.AddError(sumCannotMove, cannotMoveText(fmt.Sprintf(
			"A moved block cannot lead from a %s of the provider %s to a credit account, but from restapi_object, "+
				"restful_operation, restful_resource, terracurl_request and terraform_data.",
			req.SourceTypeName, req.SourceProviderAddress)))
		return
	}
	var state map[string]any
	if req.SourceRawState != nil {
		state, _ = decodeJSON(req.SourceRawState.JSON).(map[string]any)
	}
	model, err := movedAccount(req.SourceTypeName, state)
	if err != nil {
		resp.Diagnostics.AddError(sumCannotMove, cannotMoveText(fmt.Sprintf("The state of the %s "+
			"%s.", req.SourceTypeName, err)))
		return
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	resp.Diagnostics.Append(objectIdentity{model.ClientID, model.ID}.set(ctx, resp.TargetIdentity)...)
}

// isMovable accepts the last part of a provider's address alone, which is what OpenTofu before 1.12.4 gives.
func isMovable(typeName, provider string) bool {
	end, ok := movable[typeName]
	provider = strings.ToLower(provider)
	return ok && (strings.HasSuffix(provider, end) || strings.HasSuffix(end, "/"+provider))
}

func cannotMoveText(why string) string {
	return why + " Nothing was changed.\n\nInstead, remove the moved block and take the account over: declare it " +
		"with existing_account_id = \"<its id>\" and apply; nothing is created. To remove the other resource from " +
		"the state, use a removed block with lifecycle { destroy = false }, or state rm.\n\n" + moreOfMoving
}

var accountPath = regexp.MustCompile(`(?i)/clients/([^/?#]+)/creditAccounts(?:/([^/?#]+))?`)

// movedAccount gives the account that a state is about, with its client, id, name and starting balance. The error says
// what the state lacks, to follow its name.
func movedAccount(typeName string, state map[string]any) (*accountModel, error) {
	var body map[string]any
	for _, name := range sentIn {
		if object, ok := jsonOf(state, name).(map[string]any); ok && body == nil {
			body = object
		}
	}
	var returned thoughtindustries.CreditAccount
	for _, name := range returnedIn {
		if raw, err := json.Marshal(jsonOf(state, name)); err == nil && returned.ID == "" {
			returned, _ = thoughtindustries.ReadCreditAccount(raw)
		}
	}
	path, object := textOf(state, pathIn...), ""
	if path != "" && !accountPath.MatchString(path) {
		return nil, errors.New("belongs to a request whose path is not /clients/<client id>/creditAccounts")
	}
	if strings.HasPrefix(typeName, "rest") { // the id of the others is their own
		object = textOf(state, "id")
	}
	id := cmp.Or(returned.ID, object)
	client := cmp.Or(textOf(body, "clientId"), fieldValue(returned.ClientID))
	for _, where := range []string{object, path} { // the path wins: it is what the API went by
		if parts := accountPath.FindStringSubmatch(where); parts != nil && checkUUID(parts[1]) == nil {
			client, id = parts[1], cmp.Or(returned.ID, parts[2], id)
		}
	}
	name := cmp.Or(textOf(body, "name"), fieldValue(returned.Name))
	switch {
	case checkUUID(id) != nil:
		return nil, errors.New("does not contain the id of a credit account: the API's response was not kept, or " +
			"has no id")
	case checkUUID(client) != nil:
		return nil, errors.New("does not say which client the account belongs to")
	case thoughtindustries.NormalizeName(name) == "":
		return nil, errors.New("does not contain the name of the account")
	}
	model := &accountModel{
		ClientID: types.StringValue(client), Name: types.StringValue(name),
		StartingBalance: types.NumberNull(), NotifyEmails: nullStringSet(), LicenseIDs: nullStringSet(),
		CreateAlongside: nullStringSet(),
		Timeouts:        timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType})},
	}
	model.withoutResponse(types.StringValue(id), types.StringNull())
	if number, ok := thoughtindustries.ParseNumber(fmt.Sprint(body["startingBalance"])); ok {
		model.StartingBalance = numberValue(number)
	}
	return model, nil
}

// decodeJSON gives nil for what is no JSON. Numbers stay as they are written.
func decodeJSON(raw []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// jsonOf gives an attribute that is an object, or the text of one. Some states wrap a value whose type is part of the
// data into { value, type }.
func jsonOf(state map[string]any, name string) any {
	value := state[name]
	if wrapper, ok := value.(map[string]any); ok && len(wrapper) == 2 && wrapper["type"] != nil {
		value = wrapper["value"]
	}
	if text, ok := value.(string); ok {
		return decodeJSON([]byte(text))
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
