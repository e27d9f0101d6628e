package provider

import (
	"bytes"
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

// moveSource is a resource type of another provider whose objects can be moved to credit accounts. Only the attributes
// named here are read: whatever else such a state has stays behind. terracurl keeps the headers, and with them the key.
type moveSource struct {
	typeName string
	provider string // how its address ends, in lower case
	// body has what was sent, response what came back, path where it was sent to, and id what names the account. Where
	// there are several, the first that has anything counts.
	body           string
	response, path []string
	id             string
}

var moveSources = []moveSource{
	{
		typeName: "restapi_object", provider: "/mastercard/restapi", body: "data",
		response: []string{"create_response", "api_response"}, path: []string{"create_path", "path"}, id: "id",
	},
	{
		typeName: "restful_operation", provider: "/magodo/restful", body: "body",
		response: []string{"output", "sensitive_output"}, path: []string{"path"}, id: "id",
	},
	{
		typeName: "restful_resource", provider: "/magodo/restful", body: "body",
		response: []string{"output", "sensitive_output"}, path: []string{"path"}, id: "id",
	},
	{
		typeName: "terracurl_request", provider: "/devops-rob/terracurl", body: "request_body",
		response: []string{"response"}, path: []string{"url"},
	},
	{
		// The input is what a provisioner sent, and whatever a person added to it of the response.
		typeName: "terraform_data", provider: "terraform.io/builtin/terraform", body: "input", response: []string{"input"},
	},
}

// MoveState makes an account of the object of another provider that created it. Nothing is sent.
func (r *accountResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveCreditAccount}}
}

func moveCreditAccount(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	source, ok := moveSourceOf(req)
	if !ok {
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
	model, err := source.account(state)
	if err != nil {
		resp.Diagnostics.AddError(sumCannotMove, cannotMoveText(fmt.Sprintf("The state of the %s "+
			"%s.", source.typeName, err)))
		return
	}
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	resp.Diagnostics.Append(objectIdentity{model.ClientID, model.ID}.set(ctx, resp.TargetIdentity)...)
}

func cannotMoveText(why string) string {
	return why + " Nothing was changed.\n\n" +
		"Instead, remove the moved block and take the account over: declare it with existing_account_id = \"<its " +
		"id>\" and apply; nothing is created. To remove the other resource from the state, use a removed block " +
		"with lifecycle { destroy = false }, or state rm.\n\n" + moreOfMoving
}

func moveSourceOf(req resource.MoveStateRequest) (moveSource, bool) {
	address := strings.ToLower(req.SourceProviderAddress)
	for _, source := range moveSources {
		// OpenTofu before 1.12.4 gives the last part of the address alone.
		last := source.provider[strings.LastIndex(source.provider, "/")+1:]
		if source.typeName == req.SourceTypeName && (strings.HasSuffix(address, source.provider) || address == last) {
			return source, true
		}
	}
	return moveSource{}, false
}

var accountPath = regexp.MustCompile(`(?i)/clients/([^/?#]+)/creditAccounts(?:/([^/?#]+))?`)

// account gives the account that a state is about, with its client, id, name and starting balance. The error says what
// the state lacks, to follow its name.
func (s moveSource) account(state map[string]any) (*accountModel, error) {
	body, _ := jsonOf(state, s.body).(map[string]any)
	path := textOf(state, s.path...)
	if path != "" && !accountPath.MatchString(path) {
		return nil, errors.New("belongs to a request whose path is not /clients/<client id>/creditAccounts")
	}
	var returned thoughtindustries.CreditAccount
	for _, name := range s.response {
		if raw, err := json.Marshal(jsonOf(state, name)); err == nil && returned.ID == "" {
			returned, _ = thoughtindustries.ReadCreditAccount(raw)
		}
	}
	object := textOf(state, s.id)
	id, client := returned.ID, textOf(body, "clientId")
	if id == "" {
		id = object
	}
	for _, where := range []string{object, path} { // the path wins: it is what the API went by
		if parts := accountPath.FindStringSubmatch(where); parts != nil && checkUUID(parts[1]) == nil {
			client = parts[1]
			if returned.ID == "" && parts[2] != "" {
				id = parts[2]
			}
		}
	}
	if client == "" {
		client = fieldValue(returned.ClientID)
	}
	name := textOf(body, "name")
	if name == "" {
		name = fieldValue(returned.Name)
	}
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
