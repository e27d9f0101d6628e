package provider

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// Go's net/http writes to the standard logger what comes on an idle connection,
// and an engine puts that into its log.
func TestStandardLog_IsNoWayForTheKeyToGetIntoALog(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t).asProgram()
	stray := "HTTP/1.1 200 OK\r\nAuthorization: Bearer " + testKey + "\r\n\r\n"
	w.api.Inject(mockapi.Fault{Method: http.MethodGet, Stray: stray})
	log := filepath.Join(w.dir, "trace.log")
	w.setenv("TF_LOG", "TRACE")
	w.setenv("TF_LOG_PATH", log)
	w.write(`provider "thoughtindustries" {}` + "\n" + `data "thoughtindustries_clients" "all" {}` + "\n" +
		`data "thoughtindustries_client" "one" {` + "\n  id = data.thoughtindustries_clients.all.clients[0].id\n}\n")
	w.apply().expectSuccess()
	written, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(written), "provider-thoughtindustries") {
		t.Error("the provider's own log is not in it")
	}
	for _, text := range []string{testKey, "Unsolicited response"} {
		if strings.Contains(string(written), text) {
			t.Errorf("the log has %q", text)
		}
	}
}
