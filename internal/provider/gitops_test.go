package provider

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The repository to copy is used as people would.

var gitopsFolder = filepath.Join(repositoryRoot, "examples", "gitops")

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
