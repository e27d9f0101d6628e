package repository

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
)

// Every kind of plan, without and with a reviewer's agreement.
func TestGitOps_PlansThatCostMoneyNeedAReview(t *testing.T) {
	t.Parallel()
	needsProgram(t, "jq")
	const (
		nothing = `null`
		known   = `{"id":"` + otherID + `"}`
		format  = `{"address":"%s.a","type":"thoughtindustries_credit_%[1]s","change":%s}`
		changes = `{"actions":[%s],"before":%s,"after":%s}`
		small   = `{"starting_balance":1000,"create_alongside":null}`
		large   = `{"starting_balance":1000.5}`
		beside  = `{"starting_balance":1,"create_alongside":["x"]}`
		removes = "removes account.a (" + otherID + ")"
	)
	tests := map[string]struct {
		kind, actions, before, after string
		prints                       string // nothing: the plan passes without a word
	}{
		"account created":        {"account", `"create"`, nothing, small, ""},
		"unresolved removed":     {"account", `"delete"`, `{"id":null}`, nothing, ""},
		"unchanged":              {"account", `"no-op"`, known, beside, ""},
		"batch renamed":          {"batch", `"update"`, known, large, ""},
		"another resource":       {"x", `"delete"`, known, nothing, ""},
		"large account":          {"account", `"create"`, nothing, large, "gives 1000.5 credits by account.a"},
		"batch of unknown size":  {"batch", `"create"`, nothing, `{}`, "gives an unknown number of credits by batch.a"},
		"second account":         {"account", `"create"`, nothing, beside, "creates account.a although there is x"},
		"account replaced":       {"account", `"create","delete"`, known, beside, removes},
		"account removed":        {"account", `"delete"`, known, nothing, removes},
		"batch removed by block": {"batch", `"forget"`, known, nothing, "removes batch.a"},
		"no plan":                {"account", `]`, nothing, nothing, "parse error"},
	}
	engine := filepath.Join(t.TempDir(), "engine")
	if err := os.WriteFile(engine, []byte("#!/bin/sh\ncat \"$3\"\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	for name, test := range tests {
		for _, reviewed := range []string{"", "true"} {
			t.Run(name+"/"+reviewed, func(t *testing.T) {
				t.Parallel()
				plan := filepath.Join(t.TempDir(), "plan.json")
				change := fmt.Sprintf(format, test.kind, fmt.Sprintf(changes, test.actions, test.before, test.after))
				content := `{"format_version":"1.2","resource_changes":[` + change + `]}`
				if err := os.WriteFile(plan, []byte(content), 0o600); err != nil {
					t.Fatal(err)
				}
				command := exec.CommandContext(t.Context(), "sh", root+"/examples/gitops/scripts/check-plan.sh", plan)
				command.Env = append(os.Environ(), "TERRAFORM="+engine, "CREDITS_REVIEWED="+reviewed)
				output, err := command.CombinedOutput()
				fails := test.prints != "" && reviewed == "" || name == "no plan"
				printsMore := test.prints == "" && len(output) > 0
				if (err != nil) != fails || printsMore || !strings.Contains(string(output), test.prints) {
					t.Errorf("%v: %s", err, output)
				}
			})
		}
	}
}

// What the schema does not know cannot be written, and what the configuration does not read must not be.
func TestGitOps_TheSchemaKnowsWhatTheConfigurationReads(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, "examples/gitops")
	var schema struct {
		Required             []string `json:"required"`
		AdditionalProperties *bool    `json:"additionalProperties"`
		Defs                 struct {
			Account struct {
				Required             []string       `json:"required"`
				Properties           map[string]any `json:"properties"`
				AdditionalProperties *bool          `json:"additionalProperties"`
			} `json:"account"`
		} `json:"$defs"`
	}
	if err := json.Unmarshal([]byte(files["accounts.schema.json"]), &schema); err != nil {
		t.Fatal(err)
	}
	account := schema.Defs.Account
	for _, more := range []*bool{schema.AdditionalProperties, account.AdditionalProperties} {
		if more == nil || *more {
			t.Error("the schema allows unknown keys in a file or an account")
		}
	}
	var required, read []string
	for _, found := range regexp.MustCompile(`each\.value(?:, "|\.)(\w+)`).FindAllStringSubmatch(files["main.tf"], -1) {
		if found[1] == "client_id" {
			continue // it stands above the accounts
		}
		read = append(read, found[1])
		if strings.HasPrefix(found[0], "each.value.") {
			required = append(required, found[1])
		}
	}
	slices.Sort(read)
	slices.Sort(required)
	slices.Sort(account.Required)
	if known := slices.Sorted(maps.Keys(account.Properties)); !slices.Equal(known, read) {
		t.Errorf("the schema knows %v, the configuration reads %v", known, read)
	}
	if !slices.Equal(account.Required, required) {
		t.Errorf("the schema requires %v, the configuration %v", account.Required, required)
	}
	const named = "# yaml-language-server: $schema=../accounts.schema.json\n"
	for name, content := range files {
		if strings.HasPrefix(name, "accounts/") && !strings.HasPrefix(content, named) {
			t.Errorf("%s does not name its schema", name)
		}
	}
}

// Workflows pin what they run, and give the key to single steps.
func TestGitOps_WorkflowsPinActionsAndKeepTheKeyToSteps(t *testing.T) {
	t.Parallel()
	pinned := regexp.MustCompile(`uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	checked := 0
	for name, content := range filesBelow(t, ".") {
		if !strings.Contains(name, ".github/workflows/") {
			continue
		}
		for line := range strings.Lines(content) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, "uses: ") {
				checked++
				if !pinned.MatchString(line) {
					t.Errorf("%s: not pinned: %s", name, line)
				}
			}
			const step = "          " // the environment of a job is indented less
			if strings.Contains(line, "secrets.THOUGHTINDUSTRIES_API_KEY") && !strings.HasPrefix(line, step) {
				t.Errorf("%s: more than a step has the key: %s", name, line)
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d actions were found", checked)
	}
}
