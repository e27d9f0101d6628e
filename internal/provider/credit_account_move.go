package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

// attributes are those of an object of another provider, or a part of them;
// numbers are json.Number.
type attributes map[string]any

// oldAccount is what the state of another provider has of a credit account.
type oldAccount struct {
	// body that was sent; nil where it cannot be read.
	body attributes
	// response to it, as JSON.
	response []byte
	// path or URL that it was sent to; empty if the state does not have it.
	path string
	// object is a path or an id that names the account itself, where there is one.
	object string
}

// moveSource is a resource type of another provider from which accounts move.
type moveSource struct {
	typeName string
	// provider is how its address ends, in lower case.
	provider string
	read     func(attributes) oldAccount
	// otherwise says how to go on if its state has no id.
	otherwise string
}

// moveSources read what they name and nothing else: whatever else such a state
// holds (terracurl keeps the headers, and with them the key) stays behind.
var moveSources = []moveSource{
	{typeName: "restapi_object", provider: "/mastercard/restapi", read: readRestapi},
	{typeName: "restful_operation", provider: "/magodo/restful", read: readRestful},
	{typeName: "restful_resource", provider: "/magodo/restful", read: readRestful},
	{typeName: "terracurl_request", provider: "/devops-rob/terracurl", read: readTerracurl},
	{
		typeName: "terraform_data", provider: "terraform.io/builtin/terraform", read: readTerraformData,
		otherwise: ";\n- or put the id into the input of the terraform_data first: leave the moved block out, set input = { id = \"<its id>\", clientId = \"<client id>\", … }, apply, then move",
	},
}

func readRestapi(old attributes) oldAccount {
	return oldAccount{
		body:     asAttributes(old["data"]),
		response: firstJSON(old["create_response"], old["api_response"]),
		path:     firstText(old["create_path"], old["path"]),
		object:   firstText(old["id"]),
	}
}

// Earlier versions of the provider kept body and output as text.
func readRestful(old attributes) oldAccount {
	return oldAccount{
		body:     asAttributes(old["body"]),
		response: firstJSON(old["output"], old["sensitive_output"]),
		path:     firstText(old["path"]),
		object:   firstText(old["id"]),
	}
}

func readTerracurl(old attributes) oldAccount {
	return oldAccount{
		body:     asAttributes(old["request_body"]),
		response: firstJSON(old["response"]),
		path:     firstText(old["url"]),
	}
}

// The input is the body, and whatever a person added to it of the response.
func readTerraformData(old attributes) oldAccount {
	return oldAccount{body: asAttributes(old["input"]), response: firstJSON(old["input"])}
}

// MoveState takes over the object of another provider as the account that it
// made. Nothing is sent.
func (r *creditAccountResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{StateMover: moveCreditAccount}}
}

func moveCreditAccount(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	source, ok := moveSourceOf(req)
	if !ok {
		resp.Diagnostics.AddError(sumCannotMove, fmt.Sprintf(
			"A %s of the provider %s is not known to have a credit account. Nothing was changed.\n\nA moved block can lead here from: %s.\n\n%s",
			req.SourceTypeName, req.SourceProviderAddress, movableFrom(), insteadOfMoving("")))
		return
	}
	var old attributes
	if req.SourceRawState != nil {
		old, _ = decodeJSON(req.SourceRawState.JSON).(map[string]any)
	}
	found := source.read(old)
	if found.path != "" && !strings.Contains(strings.ToLower(found.path), "/creditaccounts") {
		resp.Diagnostics.AddError(sumCannotMove, fmt.Sprintf(
			"The %s was made by a request to %s, and credit accounts are made at /clients/<client id>/creditAccounts. Nothing was changed. "+
				"Remove the moved block.", source.typeName, shortened(pathOf(found.path))))
		return
	}
	account, ok := found.account()
	if !ok {
		resp.Diagnostics.AddError(sumCannotMove, fmt.Sprintf(
			"The state of the %s has no id of a credit account: the API's response was not kept, or has no id. Nothing was changed.\n\n%s",
			source.typeName, insteadOfMoving(source.otherwise)))
		return
	}
	model, unset := found.model(account)
	resp.Diagnostics.Append(resp.TargetState.Set(ctx, model)...)
	resp.Diagnostics.Append(setUnset(ctx, resp.TargetPrivate, unset)...)
	if isSet(model.ClientID) {
		resp.Diagnostics.Append(creditAccountIdentity{ClientID: model.ClientID, ID: model.ID}.setIdentity(ctx, resp.TargetIdentity)...)
	} else {
		resp.TargetIdentity = nil
	}
}

func moveSourceOf(req resource.MoveStateRequest) (moveSource, bool) {
	for _, source := range moveSources {
		if source.typeName == req.SourceTypeName && source.isAt(req.SourceProviderAddress) {
			return source, true
		}
	}
	return moveSource{}, false
}

// isAt reports whether a provider's address is that of the source. OpenTofu
// before 1.12.4 gives the last part of it alone.
func (s moveSource) isAt(address string) bool {
	address = strings.ToLower(address)
	return strings.HasSuffix(address, s.provider) || address == s.provider[strings.LastIndex(s.provider, "/")+1:]
}

func movableFrom() string {
	names := make([]string, 0, len(moveSources))
	for _, source := range moveSources {
		names = append(names, fmt.Sprintf("%s (%s)", source.typeName, strings.TrimPrefix(source.provider, "/")))
	}
	return strings.Join(names, ", ")
}

func insteadOfMoving(more string) string {
	return "What you can do: find the account's id in the product's admin pages (the client's credit accounts), and\n" +
		"- remove the moved block, set existing_account_id = \"<its id>\" on the thoughtindustries_credit_account or import it with the id <client_id>/<id>, " +
		"and let the old resource be forgotten without destroying anything: by a removed block with lifecycle { destroy = false }, or by state rm with its address" + more + "."
}

var accountPath = regexp.MustCompile(`(?i)/clients/([^/?#]+)/creditAccounts(?:/([^/?#]+))?`)

// account returns what the old response had; false if no id is known.
func (o oldAccount) account() (thoughtindustries.CreditAccount, bool) {
	account, ok := thoughtindustries.ReadCreditAccount(o.response)
	if ok {
		return account, true
	}
	id := o.object
	if parts := accountPath.FindStringSubmatch(o.object); parts != nil {
		id = parts[2]
	}
	account.ID = id
	return account, checkUUID(id) == nil
}

// clientID of the path wins: it is the one that the API went by.
func (o oldAccount) clientID(account thoughtindustries.CreditAccount) types.String {
	for _, text := range []string{o.path, o.object} {
		if parts := accountPath.FindStringSubmatch(text); parts != nil && checkUUID(parts[1]) == nil {
			return types.StringValue(parts[1])
		}
	}
	if id := firstText(o.body["clientId"]); checkUUID(id) == nil {
		return types.StringValue(id)
	}
	if returned := account.ClientID.Value; returned != nil && checkUUID(*returned) == nil {
		return types.StringValue(*returned)
	}
	return types.StringNull()
}

// model is the account as it carries on, with the API's attributes that nobody
// returned. What was sent is what was configured; the rest is in the response.
func (o oldAccount) model(account thoughtindustries.CreditAccount) (*creditAccountModel, []string) {
	m := &creditAccountModel{
		ClientID:             o.clientID(account),
		Name:                 types.StringPointerValue(account.Name.Value),
		StartingBalance:      types.NumberNull(),
		NotifyEmails:         setOf(o.body["notifyEmails"]),
		LicenseIDs:           setOf(o.body["licenseIds"]),
		Type:                 types.StringUnknown(),
		BatchDaysUntilExpire: types.NumberUnknown(),
		MinimumBatchAmount:   types.NumberUnknown(),
		CreditBatchName:      types.StringNull(),
		CreateAlongside:      nullStringSet(),
		Timeouts:             timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{"create": types.StringType})},
	}
	if name := firstText(o.body["name"]); name != "" {
		m.Name = types.StringValue(name)
	}
	if number, ok := thoughtindustries.ParseNumber(numeral(o.body["startingBalance"])); ok {
		m.StartingBalance = optionalNumber(number)
	}
	if kind := firstText(o.body["type"]); kind != "" {
		m.Type = types.StringValue(kind)
	}
	if days, err := json.Number(numeral(o.body["batchDaysUntilExpire"])).Int64(); err == nil {
		m.BatchDaysUntilExpire = wholeNumber(&days)
	}
	if least, err := json.Number(numeral(o.body["minimumBatchAmount"])).Int64(); err == nil {
		m.MinimumBatchAmount = wholeNumber(&least)
	}
	if label := firstText(o.body["creditBatchName"]); label != "" {
		m.CreditBatchName = types.StringValue(label)
	}
	_, unset := m.applyResponse(account)
	for name, null := range map[string]bool{
		"client_id": m.ClientID.IsNull(), "name": m.Name.IsNull(), "starting_balance": m.StartingBalance.IsNull(),
		"notify_emails": m.NotifyEmails.IsNull(), "license_ids": m.LicenseIDs.IsNull(),
		// A body that can be read and has none shows that none was sent.
		"credit_batch_name": o.body == nil,
	} {
		if null {
			unset = append(unset, name)
		}
	}
	return m, unset
}

// decodeJSON gives nil for what is no JSON.
func decodeJSON(raw []byte) any {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if decoder.Decode(&value) != nil {
		return nil
	}
	return value
}

// unwrapped takes a value out of the form in which states hold one whose type
// is part of the data.
func unwrapped(value any) any {
	if wrapper, ok := value.(map[string]any); ok && len(wrapper) == 2 {
		if _, typed := wrapper["type"]; typed {
			if inner, ok := wrapper["value"]; ok {
				return inner
			}
		}
	}
	return value
}

// asAttributes reads an object, or the text of one; nil where it is neither.
func asAttributes(value any) attributes {
	value = unwrapped(value)
	if text, ok := value.(string); ok {
		value = decodeJSON([]byte(text))
	}
	object, _ := value.(map[string]any)
	return object
}

// firstJSON gives the first value that is there, as JSON.
func firstJSON(values ...any) []byte {
	for _, value := range values {
		switch value := unwrapped(value).(type) {
		case nil:
		case string:
			if value != "" {
				return []byte(value)
			}
		default:
			if raw, err := json.Marshal(value); err == nil {
				return raw
			}
		}
	}
	return nil
}

// firstText gives the first text that is not empty.
func firstText(values ...any) string {
	for _, value := range values {
		if text, ok := value.(string); ok && text != "" {
			return text
		}
	}
	return ""
}

// numeral gives a number, or a text that may be one, as it is written.
func numeral(value any) string {
	switch value := value.(type) {
	case json.Number:
		return value.String()
	case string:
		return value
	}
	return ""
}

// setOf reads a list of texts; null where it is none.
func setOf(value any) stringSet {
	list, ok := value.([]any)
	if !ok {
		return nullStringSet()
	}
	elements := make([]attr.Value, 0, len(list))
	seen := map[string]bool{}
	for _, element := range list {
		text, ok := element.(string)
		if !ok {
			return nullStringSet()
		}
		if !seen[text] {
			seen[text] = true
			elements = append(elements, types.StringValue(text))
		}
	}
	return newStringSet(elements)
}

// pathOf leaves out what may be secret in a URL: user, password and query.
func pathOf(address string) string {
	if _, rest, found := strings.Cut(address, "://"); found {
		_, rest, _ = strings.Cut(rest, "/")
		address = "/" + rest
	}
	address, _, _ = strings.Cut(address, "?")
	return address
}
