package provider

import (
	"archive/zip"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// The key, and a client's secrets, are in nothing that is written, whatever somebody wants to be logged, whatever the
// server quotes, and whatever comes on an idle connection (which Go writes to its standard logger).
func TestProcess_NoSecretIsWrittenAnywhere(t *testing.T) {
	t.Parallel()
	const configured = "provider \"thoughtindustries\" {}\n"
	quoted := pointer(`{"message": "your key is ` + testKey + `", "secretKey": "` + mockapi.ClientSecret + `"}`)
	refuse := func(w *workspace, method string, status int) {
		location := w.url + "/" + testKey + "?key=" + testKey
		w.api.Inject(mockapi.Fault{Method: method, Times: 1, Status: status, Body: quoted, Header: http.Header{
			"Location": {location}, "Content-Type": {testKey}, "Retry-After": {"0"},
		}})
	}
	flows := map[string]struct {
		run    func(w *workspace)
		logged string // shows that the flow came to where it should
	}{
		"an account": {func(w *workspace) {
			w.write(configured + account("a", "Training", ""))
			for _, status := range []int{403, 307, 429} {
				refuse(w, http.MethodPost, status)
				if status != http.StatusTooManyRequests { // that one is tried again
					w.apply().expectError(sumRefused)
				}
			}
			w.plan("-out=saved.plan").expectChanges()
			w.apply("saved.plan").expectSuccess()
			w.run("show").expectSuccess()
			w.run("destroy", "-auto-approve").expectSuccess()
		}, "Outcome of a creation"},
		"an unresolved account": {func(w *workspace) {
			w.write(configured + account("a", "Training", ""))
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403, Body: quoted})
			refuse(w, http.MethodPost, 500)
			w.apply().expectError(sumUnknownOutcome)
			w.plan().expectError(sumUnresolved)
		}, "Outcome of a creation"},
		"a batch": {func(w *workspace) {
			w.write(configured + topUp("a", `name = "2026"`))
			w.apply().expectSuccess()
			refuse(w, http.MethodPut, 400)
			w.write(configured + topUp("a", `name = "2027"`))
			w.apply().expectError(sumBatchNotUpdated)
			refuse(w, http.MethodGet, 400)
			w.plan().expectOutput(sumBatchNotRefreshed)
		}, "Outcome of a creation"},
		"lookups": {func(w *workspace) {
			w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: testAccountID, StartingBalance: "100"})
			w.write(configured + everyDataSource(w.t))
			w.api.Inject(mockapi.Fault{Stray: "HTTP/1.1 200 OK\r\nAuthorization: Bearer " + testKey + "\r\n\r\n"})
			w.apply().expectSuccess()
			w.api.ClearFaults()
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 400, Body: quoted})
			w.plan().expectError("400")
		}, "path=/incoming/v2/clients/" + testClient + "/licenses"},
	}
	for name, flow := range flows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorkspace(t).asProgram()
			w.setenv("TF_LOG", "TRACE")
			w.setenv("TF_LOG_PATH", "trace.log")
			flow.run(w)
			files := w.files()
			if len(files["trace.log"]) < 10_000 || !strings.Contains(files["trace.log"], flow.logged) {
				t.Fatalf("the log has %d bytes and not what the provider says", len(files["trace.log"]))
			}
			expectNoSecret(t, files)
		})
	}
}

// expectNoSecret looks for the key and for a client's secrets in files, and in the files of a saved plan.
func expectNoSecret(t *testing.T, files map[string]string) {
	t.Helper()
	if saved, ok := files["saved.plan"]; ok {
		maps.Copy(files, unpacked(t, saved))
	}
	for name, content := range files {
		for _, secret := range []string{testKey, mockapi.ClientSecret} {
			if strings.Contains(content, secret) {
				t.Errorf("a secret is in %s", name)
			}
		}
	}
}

// unpacked gives the files of a saved plan, which is an archive.
func unpacked(t *testing.T, archive string) map[string]string {
	t.Helper()
	reader, err := zip.NewReader(strings.NewReader(archive), int64(len(archive)))
	if err != nil {
		t.Fatal(err)
	}
	result := map[string]string{}
	for _, entry := range reader.File {
		file, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(file)
		if err != nil {
			t.Fatal(err)
		}
		result["saved.plan: "+entry.Name] = string(content)
	}
	if len(result) == 0 {
		t.Fatal("the saved plan is empty")
	}
	return result
}

func pointer[T any](value T) *T { return &value }
