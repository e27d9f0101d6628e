package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What people copy is checked as they would find it: formatted and valid on
// the engine that runs the tests.

var repositoryRoot = filepath.Join("..", "..")

// asWritten gives a workspace that holds these files, and declares the provider
// where none of them does.
func asWritten(t *testing.T, files map[string]string) *workspace {
	t.Helper()
	w := newWorkspace(t)
	declared := false
	for name, content := range files {
		w.writeFile(name, content)
		declared = declared || strings.Contains(content, "required_providers")
	}
	if !declared {
		w.writeFile("versions.tf", strings.TrimRight(testHeader, "\n")+"\n")
	}
	return w
}

// isValid wants a configuration that the engine takes, or that it is too old for.
func (w *workspace) isValid(needs ...version) {
	w.t.Helper()
	w.run("fmt", "-check", "-diff", "-recursive").expectSuccess()
	if got := w.run("init", "-backend=false", "-input=false"); got.code != 0 {
		w.tooOld(got, needs)
		return
	}
	got := w.run("validate")
	if got.code != 0 {
		w.tooOld(got, needs)
		return
	}
	got.expectNoOutput("Warning")
}

// tooOld accepts a failure on an engine that is older than what is needed.
func (w *workspace) tooOld(got result, needs []version) {
	w.t.Helper()
	is, err := engineIs()
	if err != nil {
		w.t.Fatal(err)
	}
	if slices.ContainsFunc(needs, is.before) {
		got.expectNoOutput("panic")
		return
	}
	got.expectSuccess()
}

// version that a part of the language came with, by engine.
type version struct{ terraform, tofu string }

var (
	identityImports   = version{terraform: "1.12.0", tofu: "1.12.0"}
	movesBetweenTypes = version{terraform: "1.8.0", tofu: "1.10.0"}
)

func (v engineVersion) before(needed version) bool {
	want := needed.terraform
	if v.tofu {
		want = needed.tofu
	}
	return slices.Compare(numbers(v.number), numbers(want)) < 0
}

func numbers(text string) []int {
	var result []int
	for part := range strings.SplitSeq(text, ".") {
		number, _ := strconv.Atoi(part)
		result = append(result, number)
	}
	return result
}

// requiredVersion of a configuration; none where it asks for nothing.
var requiredVersion = regexp.MustCompile(`required_version\s*=\s*">=\s*([0-9.]+)`)

// newerLanguage is what parts of a configuration need that does not say so itself.
var newerLanguage = map[string]version{
	"\nremoved {":          {terraform: "1.7.0", tofu: "1.7.0"},
	"\n  ephemeral = true": {terraform: "1.10.0", tofu: "1.11.0"},
}

func neededBy(files map[string]string) []version {
	var needs []version
	for _, content := range files {
		for part, needed := range newerLanguage {
			if strings.Contains("\n"+content, part) {
				needs = append(needs, needed)
			}
		}
		for _, found := range requiredVersion.FindAllStringSubmatch(content, -1) {
			needs = append(needs, version{terraform: found[1], tofu: found[1]})
		}
	}
	return needs
}

// filesBelow reads the files below a folder that take part in a configuration.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		raw, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = string(raw)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// Pages of the documentation show one file each, so each is valid by itself;
// an import needs the resource that it imports into.
func TestExamples_OfThePagesAreValid(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, kind := range []string{"provider", "resources/*", "data-sources/*"} {
		dirs, err := filepath.Glob(filepath.Join(repositoryRoot, "examples", filepath.FromSlash(kind)))
		if err != nil {
			t.Fatal(err)
		}
		for _, dir := range dirs {
			files := filesBelow(t, dir)
			for name, content := range files {
				if filepath.Ext(name) != ".tf" {
					continue
				}
				checked++
				t.Run(filepath.Base(dir)+"/"+name, func(t *testing.T) {
					t.Parallel()
					unit := map[string]string{name: content}
					var needs []version
					if strings.HasPrefix(name, "import-") {
						unit["resource.tf"] = files["resource.tf"]
						needs = append(needs, version{terraform: "1.5.0", tofu: "1.5.0"})
					}
					if strings.Contains(name, "identity") {
						needs = append(needs, identityImports)
					}
					asWritten(t, unit).isValid(append(needs, neededBy(unit)...)...)
				})
			}
		}
	}
	if checked == 0 {
		t.Error("no example was found")
	}
}

// The other examples are folders that are whole configurations.
func TestExamples_ThatAreConfigurationsAreValid(t *testing.T) {
	t.Parallel()
	root := filepath.Join(repositoryRoot, "examples")
	all := filesBelow(t, root)
	var folders []string
	for name := range all {
		folder := filepath.ToSlash(filepath.Dir(filepath.FromSlash(name)))
		ofAPage := strings.HasPrefix(name, "resources/") || strings.HasPrefix(name, "data-sources/") || folder == "provider"
		if filepath.Ext(name) == ".tf" && !ofAPage && !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	if len(folders) == 0 {
		t.Error("no example was found")
	}
	for _, folder := range folders {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			// The whole tree, because modules lie beside their users.
			w := asWritten(t, all)
			w.dir = filepath.Join(w.dir, filepath.FromSlash(folder))
			w.isValid(neededBy(filesBelow(t, filepath.Join(root, filepath.FromSlash(folder))))...)
		})
	}
}

// mockedProviders came with these versions.
var mockedProviders = version{terraform: "1.7.0", tofu: "1.8.0"}

// Examples that bring tests are tested by them, as their users would: without a request.
func TestExamples_TheirOwnTestsPass(t *testing.T) {
	t.Parallel()
	const suffix = ".tftest.hcl"
	root := filepath.Join(repositoryRoot, "examples")
	runs := map[string]int{}
	for name, content := range filesBelow(t, root) {
		if folder, _, isTest := strings.Cut(name, "/tests/"); isTest && strings.HasSuffix(name, suffix) {
			runs[folder] += strings.Count("\n"+content, "\nrun \"")
		}
	}
	if len(runs) == 0 {
		t.Error("no example has tests")
	}
	for folder, count := range runs {
		t.Run(folder, func(t *testing.T) {
			t.Parallel()
			needsEngine(t, mockedProviders)
			w := asWritten(t, filesBelow(t, filepath.Join(root, filepath.FromSlash(folder))))
			w.run("init", "-input=false").expectSuccess()
			w.run("test").expectSuccess().expectOutput(fmt.Sprintf("%d passed, 0 failed", count))
			w.api.expectNoRequests()
		})
	}
}

// snippet is a block of a text that people copy from.
type snippet struct {
	file     string
	line     int
	language string
	text     string
}

func (s snippet) String() string { return fmt.Sprintf("%s:%d", filepath.Base(s.file), s.line) }

var fence = regexp.MustCompile("(?m)^( *)```(terraform|hcl)\n((?s:.*?))^ *```$")

// snippets of the texts of the repository: terraform blocks are whole
// configurations, hcl blocks are parts of one.
func snippets(t *testing.T) []snippet {
	t.Helper()
	var texts []string
	for _, pattern := range []string{"*.md", "templates/*.tmpl", "templates/*/*.tmpl", "examples/*/*.md", "examples/*/*/*.md", "bench/*.md"} {
		found, err := filepath.Glob(filepath.Join(repositoryRoot, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, found...)
	}
	var result []snippet
	for _, path := range texts {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, at := range fence.FindAllSubmatchIndex(raw, -1) {
			indent := string(raw[at[2]:at[3]])
			text := string(raw[at[6]:at[7]])
			if indent != "" {
				text = regexp.MustCompile("(?m)^"+indent).ReplaceAllString(text, "")
			}
			result = append(result, snippet{
				file: path, line: 1 + strings.Count(string(raw[:at[0]]), "\n"), language: string(raw[at[4]:at[5]]), text: text,
			})
		}
	}
	if len(result) == 0 {
		t.Error("no snippet was found")
	}
	return result
}

func TestExamples_SnippetsAreValid(t *testing.T) {
	t.Parallel()
	for _, s := range snippets(t) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			w := asWritten(t, map[string]string{"main.tf": s.text})
			if s.language == "hcl" {
				w.run("fmt", "-check", "-diff", "main.tf").expectSuccess()
				return
			}
			w.isValid(neededBy(map[string]string{"main.tf": s.text})...)
		})
	}
}

// What linters of configurations ask for, and what keeps a breaking version out.
func TestExamples_PinTheirVersionsAndTypeTheirVariables(t *testing.T) {
	t.Parallel()
	declares := regexp.MustCompile(`(?s)thoughtindustries = \{\n\s*source  = "ti-community/thoughtindustries"\n\s*version = "~> 0\.1\.0"\n\s*\}`)
	variable := regexp.MustCompile(`(?ms)^variable "\w+" \{\n.*?^\}`)
	checked := 0
	for name, content := range filesBelow(t, filepath.Join(repositoryRoot, "examples")) {
		if filepath.Ext(name) != ".tf" {
			continue
		}
		if strings.Contains(content, "required_providers") {
			checked++
			if !declares.MatchString(content) || !requiredVersion.MatchString(content) {
				t.Errorf("%s pins no version of the provider, or none of the engine", name)
			}
		}
		for _, found := range variable.FindAllString(content, -1) {
			if !strings.Contains(found, "\n  type ") || !strings.Contains(found, "\n  description ") {
				t.Errorf("%s: a variable without type or description: %s", name, found)
			}
		}
	}
	if checked < 5 {
		t.Errorf("only %d configurations were found", checked)
	}
}
