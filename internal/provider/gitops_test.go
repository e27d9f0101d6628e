package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// The repository to copy is used as people would.

var gitopsFolder = filepath.Join(repositoryRoot, "examples", "gitops")

func TestGitOps_CommentHoldsThePlanAsFarAsGitHubTakesIt(t *testing.T) {
	t.Parallel()
	const planned = "Plan: 2000 to add, 0 to change, 0 to destroy."
	tests := map[string]struct {
		lines int
		last  string
		says  []string
		lacks []string
	}{
		"short":     {lines: 3, last: planned, says: []string{"**" + planned + "**", "line 3 é"}, lacks: []string{"too long"}},
		"too long":  {lines: 9000, last: planned, says: []string{"**" + planned + "**", "line 1 é", "too long"}, lacks: []string{"line 9000 é"}},
		"a failure": {lines: 3, last: "Error: Provider not configured", says: []string{"or failed", "Error: Provider not configured"}, lacks: []string{"too long"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var plan strings.Builder
			for i := range test.lines {
				fmt.Fprintf(&plan, "line %d é\n", i+1)
			}
			fmt.Fprintln(&plan, test.last)
			path := filepath.Join(t.TempDir(), "plan.txt")
			if err := os.WriteFile(path, []byte(plan.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			raw, err := exec.CommandContext(t.Context(), "sh", filepath.Join(gitopsFolder, "scripts", "comment.sh"), path).Output()
			if err != nil {
				t.Fatal(err)
			}
			comment := string(raw)
			if len(comment) > 65536 || !utf8.ValidString(comment) {
				t.Errorf("%d bytes, valid: %v", len(comment), utf8.ValidString(comment))
			}
			if got := strings.Count(comment, "~~~~~~~~~~"); got != 2 {
				t.Errorf("%d fences", got)
			}
			for _, text := range test.says {
				if !strings.Contains(comment, text) {
					t.Errorf("the comment lacks %q", text)
				}
			}
			for _, text := range test.lacks {
				if strings.Contains(comment, text) {
					t.Errorf("the comment has %q", text)
				}
			}
		})
	}
}

// Every kind of plan, without and with a reviewer's approval. A balance that is too large and a file that is not as it
// should be never become a plan: the example's own tests hold that.
func TestGitOps_ThePlanIsCheckedForWhatCostsMoney(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("the script needs jq, which is not here")
	}
	change := func(kind, actions, before, alongside string) string {
		return fmt.Sprintf(`{"address":"thoughtindustries_credit_%s.a","type":"thoughtindustries_credit_%[1]s","change":{"actions":%s,"before":%s,"after":{"create_alongside":%s}}}`,
			kind, actions, before, alongside)
	}
	batch := func(balance string) string {
		return `{"address":"thoughtindustries_credit_batch.a","type":"thoughtindustries_credit_batch","change":{"actions":["create"],"before":null,"after":{"starting_balance":` + balance + `}}}`
	}
	const (
		first  = `{"id":"` + otherID + `"}`
		listed = `["` + otherID + `"]`
	)
	tests := map[string]struct {
		change string
		says   string // empty passes without a word; else it passes with approval alone
	}{
		"nothing changes":             {change: ""},
		"created":                     {change: change("account", `["create"]`, "null", "null")},
		"created, none alongside":     {change: change("account", `["create"]`, "null", "[]")},
		"no change, once permitted":   {change: change("account", `["no-op"]`, first, listed)},
		"unresolved, taken out":       {change: change("account", `["delete"]`, `{"id":null}`, "null")},
		"another resource type":       {change: `{"address":"x.y","type":"x","change":{"actions":["delete"],"before":{"id":"1"},"after":null}}`},
		"batch created":               {change: batch(`1000`)},
		"batch created, large":        {change: batch(`1000.5`), says: "gives 1000.5 credits by thoughtindustries_credit_batch.a"},
		"batch created, not known":    {change: batch(`null`), says: "gives an unknown number of credits by thoughtindustries_credit_batch.a"},
		"large batch, not changed":    {change: `{"address":"thoughtindustries_credit_batch.a","type":"thoughtindustries_credit_batch","change":{"actions":["no-op"],"before":` + first + `,"after":{"starting_balance":5000}}}`},
		"batch renamed":               {change: change("batch", `["update"]`, first, "null")},
		"second account permitted":    {change: change("account", `["create"]`, "null", listed), says: "creates thoughtindustries_credit_account.a although there is " + otherID},
		"replaced":                    {change: change("account", `["delete","create"]`, first, listed), says: "although there is " + otherID},
		"replaced, created first":     {change: change("account", `["create","delete"]`, first, listed), says: "forgets thoughtindustries_credit_account.a"},
		"forgotten":                   {change: `{"address":"a.b","type":"thoughtindustries_credit_account","change":{"actions":["delete"],"before":` + first + `,"after":null}}`, says: "forgets a.b (" + otherID + ")"},
		"forgotten by removed":        {change: `{"address":"a.b","type":"thoughtindustries_credit_account","change":{"actions":["forget"],"before":` + first + `,"after":null}}`, says: "forgets a.b (" + otherID + ")"},
		"batch forgotten":             {change: change("batch", `["delete"]`, first, "null"), says: "forgets thoughtindustries_credit_batch.a"},
		"batch forgotten by removed":  {change: change("batch", `["forget"]`, first, "null"), says: "forgets thoughtindustries_credit_batch.a"},
		"batch replaced":              {change: change("batch", `["delete","create"]`, first, "null"), says: "forgets thoughtindustries_credit_batch.a"},
		"two things, the second asks": {change: change("account", `["create"]`, "null", "null") + "," + change("batch", `["delete"]`, first, "null"), says: "forgets"},
	}
	dir := t.TempDir()
	engine := filepath.Join(dir, "engine")
	if err := os.WriteFile(engine, []byte("#!/bin/sh\ncat \"$3\"\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	check := func(t *testing.T, plan, reviewed string) (string, error) {
		t.Helper()
		path := filepath.Join(t.TempDir(), "plan.json")
		if err := os.WriteFile(path, []byte(plan), 0o600); err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), "sh", filepath.Join(gitopsFolder, "scripts", "check-plan.sh"), path)
		command.Env = append(os.Environ(), "TERRAFORM="+engine, "CREDITS_REVIEWED="+reviewed)
		out, err := command.CombinedOutput()
		return string(out), err
	}
	for name, test := range tests {
		for _, reviewed := range []string{"", "false", "true"} {
			t.Run(name+"/reviewed="+reviewed, func(t *testing.T) {
				t.Parallel()
				out, err := check(t, `{"format_version":"1.2","resource_changes":[`+test.change+`]}`, reviewed)
				refuses := test.says != "" && reviewed != "true"
				if (err != nil) != refuses || !strings.Contains(out, test.says) || test.says == "" && out != "" {
					t.Errorf("%v: %s", err, out)
				}
			})
		}
	}
	for name, plan := range map[string]string{"no JSON": "Error: no such plan", "another document": `{"x":1}`} {
		if out, err := check(t, plan, "true"); err == nil {
			t.Errorf("%s passes: %s", name, out)
		}
	}
}

// Editors check the accounts against the schema, so what it does not know
// cannot be written, and what nothing reads must not be.
func TestGitOps_TheSchemaKnowsWhatTheConfigurationReads(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, gitopsFolder)
	var schema struct {
		Defs struct {
			Account struct {
				Required   []string       `json:"required"`
				Properties map[string]any `json:"properties"`
			} `json:"account"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(files["accounts.schema.json"]), &schema); err != nil {
		t.Fatal(err)
	}
	var required, read []string
	// The keys whose lack is a problem; client_id stands above the accounts.
	list := regexp.MustCompile(`required = \[(.*?)\]`).FindStringSubmatch(files["main.tf"])
	if list == nil {
		t.Fatal("main.tf has no list of required keys")
	}
	for _, found := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(list[1], -1) {
		required = append(required, found[1])
	}
	for _, found := range regexp.MustCompile(`lookup\(each\.value, "(\w+)"`).FindAllStringSubmatch(files["main.tf"], -1) {
		read = append(read, found[1])
	}
	slices.Sort(schema.Defs.Account.Required)
	slices.Sort(required)
	slices.Sort(read)
	if got := schema.Defs.Account.Required; !slices.Equal(got, required) {
		t.Errorf("the schema requires %v, the configuration %v", got, required)
	}
	if got := slices.Sorted(maps.Keys(schema.Defs.Account.Properties)); !slices.Equal(got, read) {
		t.Errorf("the schema knows %v, the configuration reads %v", got, read)
	}
	block := regexp.MustCompile(`(?s)known = toset\(\[(.*?)\]\)`).FindStringSubmatch(files["main.tf"])
	if block == nil {
		t.Fatal("main.tf does not say which keys it knows")
	}
	var known []string
	for _, found := range regexp.MustCompile(`"(\w+)"`).FindAllStringSubmatch(block[1], -1) {
		known = append(known, found[1])
	}
	slices.Sort(known)
	if !slices.Equal(known, read) {
		t.Errorf("the configuration lets %v pass, and reads %v", known, read)
	}
	for name, content := range files {
		if strings.HasPrefix(name, "accounts/") && !strings.HasPrefix(content, "# yaml-language-server: $schema=../accounts.schema.json\n") {
			t.Errorf("%s does not name its schema", name)
		}
	}
}

// What people copy pins what it runs, and gives the key to single steps.
func TestGitOps_WorkflowsPinActionsAndKeepTheKeyToSteps(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`^[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	versions := map[string]string{} // of each action: one everywhere
	for _, pattern := range []string{".github/workflows/*.yml", "examples/gitops/.github/workflows/*.yml"} {
		paths, err := filepath.Glob(filepath.Join(repositoryRoot, filepath.FromSlash(pattern)))
		if err != nil || len(paths) == 0 {
			t.Fatalf("%s: %v, %v", pattern, paths, err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(raw)) {
				line = strings.TrimRight(line, "\n")
				if _, action, ok := strings.Cut(line, "uses: "); ok {
					name, version, _ := strings.Cut(action, "@")
					if !pinned.MatchString(action) {
						t.Errorf("%s: %s is not pinned", path, action)
					}
					if known := versions[name]; known != "" && known != version {
						t.Errorf("%s: %s is used as %s, too", path, action, known)
					}
					versions[name] = version
				}
				const step = "          " // a job's own environment is indented less
				if strings.Contains(line, "secrets.THOUGHTINDUSTRIES_API_KEY") && !strings.HasPrefix(line, step) {
					t.Errorf("%s: more than a step has the key: %s", path, line)
				}
			}
		}
	}
}
