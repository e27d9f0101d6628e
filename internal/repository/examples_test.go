package repository

import (
	"fmt"
	"maps"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const requiredProvider = `terraform {
  required_providers {
    thoughtindustries = {
      source = "ti-community/thoughtindustries"
    }
  }
}
`

// validate wants a configuration that is formatted and valid, without a warning.
func validate(t *testing.T, files map[string]string, folder string) {
	t.Helper()
	for name, content := range files {
		if dir := path.Dir(name); dir == folder || dir == folder+"/tests" {
			needsEngine(t, neededBy(content)...)
		}
	}
	w := newWorkspace(t, files)
	w.dir = filepath.Join(w.dir, filepath.FromSlash(folder))
	w.succeeds("fmt -check -diff -recursive")
	w.succeeds("init -backend=false")
	if output := w.succeeds("validate"); strings.Contains(output, "Warning") {
		t.Error(output)
	}
}

// neededBy gives the versions that brought what a configuration uses.
func neededBy(configuration string) []version {
	var needs []version
	for part, need := range map[string]version{
		"removed {": removedBlocks, "required_version = \">= 1.7\"": removedBlocks,
		"destroy = false": forgetting, "mock_provider": mockedProviders, "ephemeral = true": ephemeralVariables, "identity = {": identityImports, "required_version = \">= 1.14\"": queries,
	} {
		if strings.Contains(configuration, part) {
			needs = append(needs, need)
		}
	}
	return needs
}

func TestExamples_AreValid(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, "examples")
	configurations := maps.Clone(files)
	maps.DeleteFunc(configurations, func(name, _ string) bool { return isImport(name) })
	checked := 0
	for name, content := range files {
		folder := path.Dir(name)
		switch {
		case isImport(name): // into the resource beside it
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				validate(t, map[string]string{
					"import.tf": content, "resource.tf": files[folder+"/resource.tf"], "versions.tf": files[folder+"/versions.tf"],
				}, ".")
			})
		case path.Ext(name) == ".tf" && strings.Contains(content, "required_providers"):
			checked++
			t.Run(folder, func(t *testing.T) {
				t.Parallel()
				validate(t, configurations, folder)
			})
		}
	}
	if checked < 15 {
		t.Errorf("only %d configurations were found", checked)
	}
}

func isImport(name string) bool { return strings.HasPrefix(path.Base(name), "import-") }

var snippet = regexp.MustCompile("(?m)^( *)```(terraform|hcl)\n((?s:.*?))^ *```$")

// A terraform block is a whole configuration, an hcl block a part of one.
func TestExamples_SnippetsAreValid(t *testing.T) {
	t.Parallel()
	checked := 0
	for name, text := range texts(t) {
		if strings.HasPrefix(name, "docs/") {
			continue // they come from examples/ and templates/
		}
		for i, found := range snippet.FindAllStringSubmatch(text, -1) {
			checked++
			code := regexp.MustCompile("(?m)^"+found[1]).ReplaceAllString(found[3], "")
			t.Run(fmt.Sprintf("%s/%d", name, i), func(t *testing.T) {
				t.Parallel()
				if found[2] == "hcl" {
					needsEngine(t)
					newWorkspace(t, map[string]string{"main.tf": code}).succeeds("fmt -check -diff main.tf")
					return
				}
				files := map[string]string{"main.tf": code}
				if !strings.Contains(code, "required_providers") {
					files["versions.tf"] = requiredProvider
				}
				validate(t, files, ".")
			})
		}
	}
	if checked < 10 {
		t.Errorf("only %d snippets were found", checked)
	}
}

// Tests of examples run as their users would run them.
func TestExamples_TheirOwnTestsPass(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"modules/training-credits", "gitops"} {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			needsEngine(t, mockedProviders)
			w := newWorkspace(t, filesBelow(t, "examples/"+folder))
			w.succeeds("init")
			w.succeeds("test", " passed, 0 failed")
			if sent := len(w.api.Requests()); sent != 0 {
				t.Errorf("%d requests were sent", sent)
			}
		})
	}
}

// What the pages show does what it says, on a fake API with an account of Globex.
func TestExamples_OfThePagesApply(t *testing.T) {
	t.Parallel()
	shows := map[string]string{
		"data-sources/thoughtindustries_client/data-source.tf":          `globex_client_id = "` + globexID + `"`,
		"data-sources/thoughtindustries_clients/data-source.tf":         `"globex" = "` + globexID + `"`,
		"data-sources/thoughtindustries_licenses/data-source.tf":        "1 added",
		"data-sources/thoughtindustries_credit_batches/data-source.tf":  "globex_onboarding_credits_left = 500",
		"data-sources/thoughtindustries_credit_actions/data-source.tf":  "globex_onboarding_credits_spent = 0",
		"data-sources/thoughtindustries_credit_accounts/data-source.tf": `"name" = "Globex onboarding"`,
		"resources/thoughtindustries_credit_account/resource.tf":        "1 added",
		"resources/thoughtindustries_credit_batch/resource.tf":          "2 added",
		"first/main.tf": "2 added",
	}
	files := filesBelow(t, "examples")
	for name := range files {
		if base := path.Base(name); (base == "data-source.tf" || base == "resource.tf") && shows[name] == "" {
			t.Errorf("it is not known what %s shows", name)
		}
	}
	for name, text := range shows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			needsEngine(t)
			w := newWorkspace(t, nil)
			account := w.addAccount("Globex onboarding")
			w.write("main.tf", strings.ReplaceAll(files[name], "0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10", account.ID))
			w.write("versions.tf", files[path.Dir(name)+"/versions.tf"])
			w.succeeds("init")
			w.succeeds("apply -auto-approve", text)
			w.succeeds("plan -detailed-exitcode", "No changes")
		})
	}
}

func TestExamples_LowBalanceWarns(t *testing.T) {
	t.Parallel()
	needsEngine(t)
	w := newWorkspace(t, filesBelow(t, "examples/checks/low-balance"))
	w.succeeds("init")
	w.succeeds("apply -auto-approve", "training_credits_left = 500")
	if err := w.api.UseCredits(w.api.Batches()[0].ID, 450.5); err != nil {
		t.Fatal(err)
	}
	w.succeeds("plan", "Warning: Check block assertion failed", "Globex has 49.5 training credits left.")
}

func TestExamples_TakingOverCreatesNothing(t *testing.T) {
	t.Parallel()
	needsEngine(t, removedBlocks)
	w := newWorkspace(t, filesBelow(t, "examples/take-over/import-for-each"))
	account := w.addAccount("Onboarding")
	w.succeeds("init")
	w.succeeds("apply -auto-approve", "0 added, 0 changed", `= "Onboarding"`)
	const values = `{"accounts": {%q: {"notify_emails": [], "license_ids": []}}}`
	w.write("accounts.auto.tfvars.json", fmt.Sprintf(values, account.ID))
	w.succeeds("apply -auto-approve", "1 imported, 0 added, 1 changed, 0 destroyed")
	w.succeeds("plan -detailed-exitcode", "No changes")
	if got := w.api.Count("POST", ""); got != 0 {
		t.Errorf("%d POSTs were sent", got)
	}
}

func TestExamples_QueryWritesWhatAPlanImports(t *testing.T) {
	t.Parallel()
	needsEngine(t, queries)
	w := newWorkspace(t, filesBelow(t, "examples/take-over/query"))
	w.addAccount("Onboarding")
	w.succeeds("init")
	w.succeeds("query -generate-config-out=accounts.tf", "Onboarding")
	w.ends(1, "plan", "value for the license_ids attribute", "value for the notify_emails attribute")
}

func TestExamples_ModuleFollowsTopUpsAndUse(t *testing.T) {
	t.Parallel()
	needsEngine(t)
	w := newWorkspace(t, filesBelow(t, "examples"))
	w.dir = filepath.Join(w.dir, "demo")
	w.succeeds("init")
	w.succeeds("apply -auto-approve", `"globex-onboarding" = 750`, `"initech-all" = 42.5`)
	w.succeeds("plan -detailed-exitcode", "No changes")

	batches := w.api.Batches()
	topUp := batches[slices.IndexFunc(batches, func(batch mockapi.CreditBatch) bool { return batch.Name == "2041" })]
	if err := w.api.UseCredits(topUp.ID, 12.5); err != nil {
		t.Fatal(err)
	}
	w.succeeds("plan", "= 750 -> 737.5")

	accounts := filesBelow(t, "examples/demo")["accounts.yaml"]
	w.write("accounts.yaml", strings.Replace(accounts, "[ONB-10, SAF-20]", "[ONB-10, ABC-1]", 1))
	w.ends(1, "plan", `"license ABC-1 of Initech"`)

	const batch = `module.credits["globex-onboarding"].thoughtindustries_credit_batch.top_up`
	w.write("accounts.yaml", strings.Replace(accounts, `"2041":`, `"2041, extended":`, 1))
	const moved = "moved {\n  from = %s[\"2041\"]\n  to   = %[1]s[\"2041, extended\"]\n}\n"
	w.write("moved.tf", fmt.Sprintf(moved, batch))
	w.succeeds("apply -auto-approve", "0 added, 1 changed, 0 destroyed")
}

// The lines that README tells visitors to paste lead to what it shows.
func TestExamples_ReadmeCanBePasted(t *testing.T) {
	t.Parallel()
	needsEngine(t)
	needsProgram(t, "bash")
	needsProgram(t, "curl")
	readme := texts(t)["README.md"]
	lines := regexp.MustCompile("(?s)```shell\nmake build\n[^\n]*\n(.*?)```").FindStringSubmatch(readme)
	screen := regexp.MustCompile("(?s)```console\n(.*?)```").FindStringSubmatch(readme)
	if lines == nil || screen == nil {
		t.Fatal("README has no lines to paste, or does not show what they lead to")
	}
	w := newWorkspace(t, filesBelow(t, "examples/first"))
	url := startFake(t)
	output := w.paste(strings.NewReplacer(
		"http://127.0.0.1:8377", url,
		"cd examples/first && ", engine+" init\n", "terraform ", engine+" ",
	).Replace(lines[1]))
	for line := range strings.Lines(screen[1]) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), " [id=")
		if !strings.Contains(output, line) {
			t.Errorf("README shows %q, which the lines do not print:\n%s", line, output)
		}
	}
	first := filesBelow(t, "examples/first")["main.tf"]
	if shown := snippet.FindStringSubmatch(readme); !strings.HasSuffix(first, "\n"+shown[3]) {
		t.Error("the configuration in README is not that of examples/first")
	}
}

func TestExamples_CheckCanBePasted(t *testing.T) {
	t.Parallel()
	needsEngine(t)
	needsProgram(t, "bash")
	line := regexp.MustCompile(`(?m)^"\$\(find .*\)" -check$`).FindString(texts(t)["docs/index.md"])
	if line == "" {
		t.Fatal("docs/index.md does not say how to run the check")
	}
	w := newWorkspace(t, map[string]string{"main.tf": requiredProvider})
	w.addAccount("Onboarding")
	w.succeeds("init")
	if output := w.paste(line); !strings.Contains(output, "the API key is valid") {
		t.Error(output)
	}
}
