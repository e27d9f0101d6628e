package provider

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// Each client of the fake API has a secret key, and a client secret among its
// sign-on settings. Neither may get out, whatever the response looks like.
func TestClientDataSources_ShowNoSecretOfAClientAnywhere(t *testing.T) {
	t.Parallel()
	body := `{"id":"x","secretKey":"` + mockapi.ClientSecret + `","message":["` // broken off
	for name, fault := range map[string]*mockapi.Fault{
		"as it is":           nil,
		"cut off":            {Cut: mockapi.CutBody},
		"refused":            {Status: 400, Body: &body},
		"out of order":       {Status: 500, Body: &body},
		"in a form unknown":  {Body: &body},
		"with stray bytes":   {Stray: body},
		"with another error": {Rewrite: mockapi.AddErrors("late")},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t).asProgram()
			if fault != nil {
				w.api.Inject(*fault)
			}
			log := filepath.Join(w.dir, "trace.log")
			w.setenv("TF_LOG", "TRACE")
			w.setenv("TF_LOG_PATH", log)
			w.write(`provider "thoughtindustries" {}
data "thoughtindustries_clients" "all" {}
data "thoughtindustries_client" "one" {
  id = "` + testClient + `"
}
output "all" {
  value = [data.thoughtindustries_clients.all, data.thoughtindustries_client.one]
}
`)
			shown := w.apply().out
			if seen := w.api.Count("GET", ""); seen == 0 {
				t.Error("nothing was asked for")
			}
			written, err := os.ReadFile(log)
			if err != nil || !strings.Contains(string(written), "provider-thoughtindustries") {
				t.Errorf("the provider's log is not there: %v", err)
			}
			for file, content := range w.files() {
				if strings.Contains(content, mockapi.ClientSecret) {
					t.Errorf("a secret is in %s", file)
				}
			}
			if strings.Contains(shown+string(written), mockapi.ClientSecret) {
				t.Errorf("a secret is shown or logged:\n%s", shown)
			}
		})
	}
}
