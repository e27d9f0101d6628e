package provider

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/resource"
)

var oneUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// FuzzImportID: whatever a person types, what is taken is two ids that can stand in a path and in a state, and nothing
// of the text is lost.
func FuzzImportID(f *testing.F) {
	const client, account = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "0B0F3C5E-7A52-4A3E-9B8E-2F6F1F1F9A10"
	for _, text := range []string{
		client + "/" + account, client + "/", "/" + account, client + "/" + account + "/", client + "//" + account,
		" " + client + "/" + account, client + "/" + account + "\n", account, "{" + client + "}/{" + account + "}",
		"urn:uuid:" + client + "/urn:uuid:" + account, "thoughtindustries_credit_account.a",
		strings.ReplaceAll(client, "-", "") + "/" + strings.ReplaceAll(account, "-", ""),
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		id, diags := importedIdentity(context.Background(), resource.ImportStateRequest{ID: text})
		clientID, object := id.ClientID.ValueString(), id.ID.ValueString()
		wellFormed := oneUUID.MatchString(clientID) && oneUUID.MatchString(object) && clientID+"/"+object == text
		if wellFormed == diags.HasError() {
			t.Errorf("%q gives %q and %q, and says %v", text, clientID, object, diags)
		}
	})
}
