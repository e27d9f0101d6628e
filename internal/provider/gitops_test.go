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

// What a reviewer is asked about, and what is refused.
func TestGitOps_ThePlanIsCheckedForWhatCostsMoney(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("jq"); err != nil {
		t.Skip("the script needs jq, which is not here")
	}
	change := func(actions, before, alongside string) string {
		return fmt.Sprintf(`{"address":"thoughtindustries_credit_account.a","type":"thoughtindustries_credit_account","change":{"actions":%s,"before":%s,"after":{"create_alongside":%s}}}`,
			actions, before, alongside)
	}
	const first = `{"id":"` + otherID + `"}`
	tests := map[string]struct {
		change, reviewed string
		fails            bool
		says             string
	}{
		"created":                        {change: change(`["create"]`, "null", "null")},
		"no change":                      {change: change(`["no-op"]`, first, `["`+otherID+`"]`)},
		"forgotten":                      {change: change(`["delete"]`, first, "null"), reviewed: "true", fails: true, says: "forgets"},
		"unresolved, taken out":          {change: change(`["delete"]`, `{"id":null}`, "null")},
		"beside another":                 {change: change(`["create"]`, "null", `["`+otherID+`"]`), fails: true, says: otherID},
		"beside another, reviewed":       {change: change(`["create"]`, "null", `["`+otherID+`"]`), reviewed: "true", says: otherID},
		"replaced":                       {change: change(`["delete","create"]`, first, `["`+strings.ToUpper(otherID)+`"]`), fails: true, says: "reviewer"},
		"replaced, reviewed":             {change: change(`["create","delete"]`, first, `["`+strings.ToUpper(otherID)+`"]`), reviewed: "true", says: "stay with their balances"},
		"another resource type":          {change: `{"address":"x.y","type":"x","change":{"actions":["delete"],"before":{"id":"1"}}}`},
		"nothing changes in the outputs": {change: ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			plan := filepath.Join(dir, "plan.json")
			if err := os.WriteFile(plan, []byte(`{"resource_changes":[`+test.change+`]}`), 0o600); err != nil {
				t.Fatal(err)
			}
			engine := filepath.Join(dir, "engine")
			if err := os.WriteFile(engine, []byte("#!/bin/sh\ncat \"$3\"\n"), 0o700); err != nil { //nolint:gosec // it is run
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "sh", filepath.Join(gitopsFolder, "scripts", "check-plan.sh"), plan)
			command.Env = append(os.Environ(), "TERRAFORM="+engine, "SECOND_ACCOUNTS_REVIEWED="+test.reviewed)
			out, err := command.CombinedOutput()
			if (err != nil) != test.fails || !strings.Contains(strings.ToLower(string(out)), test.says) || test.says == "" && len(out) > 0 {
				t.Errorf("%v: %s", err, out)
			}
		})
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
	for _, found := range regexp.MustCompile(`= each\.value\.(\w+)\n`).FindAllStringSubmatch(files["main.tf"], -1) {
		if found[1] != "client_id" { // stands above the accounts
			required = append(required, found[1])
		}
	}
	read = slices.Clone(required)
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
	for name, content := range files {
		if strings.HasPrefix(name, "accounts/") && !strings.HasPrefix(content, "# yaml-language-server: $schema=../accounts.schema.json\n") {
			t.Errorf("%s does not name its schema", name)
		}
	}
}
