package provider

import (
	"archive/zip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestProcess_UnreachableServerIsACleanFailure(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.url = unusedAddress(t)
	w.write(account("a", "Training", ""))
	w.apply().expectError(sumLookupBeforeFailed, "refused", "Nothing was changed")
	if len(w.state()) != 0 {
		t.Errorf("the state holds %v", w.state())
	}
}

// The key is in nothing that is written, whatever somebody wants to be logged
// and whatever the server quotes.
func TestProcess_TheKeyIsNowhere(t *testing.T) {
	t.Parallel()
	quoted := pointer(`{"message": "your key is ` + testKey + `"}`)
	for name, flow := range map[string]struct {
		run func(w *workspace)
		// logged shows that the flow came to where it should.
		logged string
	}{
		"created and forgotten": {func(w *workspace) {
			w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 400, Body: quoted})
			w.apply().expectError(sumRefused)
			w.plan("-out=saved.plan").expectChanges()
			w.apply("saved.plan").expectSuccess()
			w.plan().expectSuccess()
			w.run("show").expectSuccess()
			w.run("destroy", "-auto-approve").expectSuccess()
		}, "Outcome of a creation"},
		"refused and redirected": {func(w *workspace) {
			w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
			for _, status := range []int{401, 403, 404, 409, 422, 429, 307} {
				w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: status, Body: quoted, Header: http.Header{
					"Location": {w.url + "/" + testKey + "?key=" + testKey}, "Content-Type": {testKey}, "Retry-After": {"0"},
				}})
				if status != http.StatusTooManyRequests { // that one is tried again, within the next
					w.apply().expectError(sumRefused)
				}
			}
			w.api.expectAccounts(0)
		}, "Outcome of a creation"},
		"of unknown outcome, then taken over": {func(w *workspace) {
			w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403, Body: quoted})
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Status: 500, Body: quoted})
			w.apply().expectError(sumUnknownOutcome)
			w.plan().expectError(sumUnresolved)
			w.run("import", theAccount, testClient+"/"+w.api.Accounts()[0].ID).expectError("Error")
			w.write("provider \"thoughtindustries\" {}\n" +
				account("a", "Training", fmt.Sprintf("existing_account_id = %q", w.api.Accounts()[0].ID)))
			w.apply().expectSuccess()
		}, "Outcome of a creation"},
		"adopted after a cut response": {func(w *workspace) {
			w.write("provider \"thoughtindustries\" {}\n" + account("a", "Training", ""))
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Body: quoted, Cut: mockapi.CutBody})
			w.apply().expectSuccess().expectOutput(sumAdopted)
		}, "Outcome of a creation"},
		"batches": {func(w *workspace) {
			w.write("provider \"thoughtindustries\" {}\n" + topUp("a", `name = "2026"`))
			w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 422, Body: quoted})
			w.apply().expectError(sumBatchRefused)
			w.apply().expectSuccess()
			w.api.Inject(mockapi.Fault{Method: http.MethodPut, Times: 1, Status: 400, Body: quoted})
			w.write("provider \"thoughtindustries\" {}\n" + topUp("a", `name = "2027"`))
			w.apply().expectError(sumBatchNotUpdated)
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Times: 1, Status: 400, Body: quoted})
			w.plan().expectOutput(sumBatchNotRefreshed)
			w.run("destroy", "-auto-approve").expectSuccess()
		}, "Outcome of a creation"},
		"lookups": {func(w *workspace) {
			w.api.AddBatch(mockapi.CreditBatch{ClientID: testClient, CreditAccountID: testAccountID, StartingBalance: "100"})
			w.write("provider \"thoughtindustries\" {}\n" + everyDataSource(w.t))
			w.apply().expectSuccess()
			w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 400, Body: quoted})
			w.plan().expectError("400")
		}, "path=/incoming/v2/clients/" + testClient + "/licenses"},
	} {
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
			if saved, ok := files["saved.plan"]; ok {
				maps.Copy(files, unpacked(t, saved))
			}
			for name, content := range files {
				if strings.Contains(content, testKey) {
					t.Errorf("the key is in %s", name)
				}
			}
		})
	}
}

func TestProcess_AKeyFromAnEphemeralVariableIsInNoPlan(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "1.10.0", tofu: "1.11.0"})
	w := newWorkspace(t)
	w.setenv("TF_VAR_key", testKey)
	w.write(`
variable "key" {
	type      = string
	ephemeral = true
}

provider "thoughtindustries" {
	base_url = "` + w.url + `"
	api_key  = var.key
}
` + account("a", "Training", ""))
	w.plan("-out=saved.plan").expectChanges()
	w.apply("saved.plan").expectSuccess()
	w.plan().expectSuccess().expectOutput(noChanges)
	w.api.expectAccounts(1)
	files := w.files()
	maps.Copy(files, unpacked(t, files["saved.plan"]))
	for name, content := range files {
		if strings.Contains(content, testKey) {
			t.Errorf("the key is in %s", name)
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
