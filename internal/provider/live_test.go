//go:build live

package provider

import (
	"fmt"
	"os"
	"testing"
	"time"
)

func init() { live = true }

// TestLive_CreatesOneAccountThatOnlyAPersonCanClose runs against the instance
// that the environment names. It is not part of any other run: the account that
// it creates stays, with a balance of 0, until a person closes it in the
// product's admin pages.
//
//	THOUGHTINDUSTRIES_INSTANCE=… THOUGHTINDUSTRIES_API_KEY=… THOUGHTINDUSTRIES_CLIENT_ID=… make test-live
func TestLive_CreatesOneAccountThatOnlyAPersonCanClose(t *testing.T) {
	client := os.Getenv("THOUGHTINDUSTRIES_CLIENT_ID")
	if client == "" || os.Getenv(envAPIKey) == "" || os.Getenv(envInstance)+os.Getenv(envBaseURL) == "" {
		t.Fatalf("%s, %s (or %s) and THOUGHTINDUSTRIES_CLIENT_ID say where to create an account", envAPIKey, envInstance, envBaseURL)
	}
	w := newWorkspace(t).asProgram()
	w.env = nil
	for _, name := range []string{envInstance, envBaseURL, envAPIKey} {
		w.setenv(name, os.Getenv(name))
	}
	name := "Terraform provider test " + time.Now().UTC().Format("2006-01-02 15:04:05")
	w.write("provider \"thoughtindustries\" {}\n" + fmt.Sprintf(`
resource "thoughtindustries_credit_account" "a" {
  client_id        = %q
  name             = %q
  starting_balance = 0
  notify_emails    = []
  license_ids      = []
}`, client, name))
	w.apply().expectSuccess().expectOutput("1 added").expectNoOutput("Warning")
	id, _ := w.has(theAccount).Attributes["id"].(string)
	if id == "" {
		t.Fatal("the state has no id")
	}
	t.Logf("created the account %q (id %s): close it in the product's admin pages", name, id)
	w.plan().expectSuccess().expectOutput(noChanges)
	w.run("destroy", "-auto-approve").expectSuccess().expectOutput(sumDestroyForgets, id)
}
