package provider

import (
	"regexp"
	"strings"
	"testing"
)

var oneUUID = regexp.MustCompile(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)

// FuzzParseImportID: whatever a person types, what is taken is two ids that
// can stand in a path and in a state, and nothing of the text is lost.
func FuzzParseImportID(f *testing.F) {
	const client, account = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "0B0F3C5E-7A52-4A3E-9B8E-2F6F1F1F9A10"
	f.Add(client + "/" + account)
	f.Add(client + "/")
	f.Add("/" + account)
	f.Add(client + "/" + account + "/")
	f.Add(client + "//" + account)
	f.Add(" " + client + "/" + account)
	f.Add(client + "/" + account + "\n")
	f.Add(account)
	f.Add("{" + client + "}/{" + account + "}")
	f.Add("urn:uuid:" + client + "/urn:uuid:" + account)
	f.Add(strings.ReplaceAll(client, "-", "") + "/" + strings.ReplaceAll(account, "-", ""))
	f.Add("thoughtindustries_credit_account.a")
	f.Fuzz(func(t *testing.T, text string) {
		clientID, id, err := parseImportID(text)
		if err != nil {
			if clientID != "" || id != "" {
				t.Errorf("%q is refused (%v), and yet gives %q and %q", text, err, clientID, id)
			}
			return
		}
		if !oneUUID.MatchString(clientID) || !oneUUID.MatchString(id) {
			t.Errorf("%q gives %q and %q, which are not two UUIDs", text, clientID, id)
		}
		if clientID+"/"+id != text {
			t.Errorf("%q gives %q and %q, which is not all of it", text, clientID, id)
		}
	})
}

func TestImportID_AWellFormedOneIsTaken(t *testing.T) {
	const client, account = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "0B0F3C5E-7A52-4A3E-9B8E-2F6F1F1F9A10"
	clientID, id, err := parseImportID(client + "/" + account)
	if err != nil || clientID != client || id != account {
		t.Errorf("got %q, %q, %v", clientID, id, err)
	}
}
