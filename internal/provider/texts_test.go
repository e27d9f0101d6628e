package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// messages gives the summaries of all diagnostics by the names of their constants.
func messages(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			literal, ok := spec.Values[i].(*ast.BasicLit)
			if !ok {
				t.Errorf("%s is no literal", name)
				continue
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			found[name.Name] = text
		}
		return true
	})
	return found
}

func TestMessages_AreUniqueAndEachHasAHeadingInTheGuide(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(repositoryRoot, "templates", "guides", "troubleshooting.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	headings := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^### (.*)$`).FindAllStringSubmatch(string(raw), -1) {
		if headings[found[1]] {
			t.Errorf("the guide has the heading %q twice", found[1])
		}
		headings[found[1]] = true
	}
	of := map[string]string{}
	for name, text := range messages(t) {
		if other, ok := of[text]; ok {
			t.Errorf("%s and %s are the same: %q", name, other, text)
		}
		of[text] = name
		if !headings[text] {
			t.Errorf("the guide has no heading %q", text)
		}
	}
	for heading := range headings {
		if of[heading] == "" {
			t.Errorf("nothing says %q, which the guide explains", heading)
		}
	}
}

// A summary that is made from a name or an id cannot be looked up, and engines
// cannot gather equal ones.
func TestMessages_EveryDiagnosticHasAConstantSummary(t *testing.T) {
	t.Parallel()
	known := messages(t)
	// The place of the summary among the arguments.
	places := map[string]int{
		"AddError": 0, "AddWarning": 0, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0,
		"AddAttributeError": 1, "AddAttributeWarning": 1, "NewAttributeErrorDiagnostic": 1, "NewAttributeWarningDiagnostic": 1,
	}
	checked := 0
	for path, file := range sources(t) {
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			function, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			place, ok := places[function.Sel.Name]
			if !ok {
				return true
			}
			checked++
			if !isConstantSummary(call.Args[place], known) {
				t.Errorf("%s: a call of %s has a summary that is no constant of messages.go", path, function.Sel.Name)
			}
			return true
		})
	}
	if checked < 20 {
		t.Errorf("only %d diagnostics were found", checked)
	}
}

// isConstantSummary accepts a constant, a parameter or field that carries one,
// and the summary of a diagnostic that is passed on; neither a literal nor what
// is put together on the spot.
func isConstantSummary(argument ast.Expr, known map[string]string) bool {
	switch argument := argument.(type) {
	case *ast.Ident:
		return known[argument.Name] != "" || argument.Name == "summary"
	case *ast.CallExpr:
		function, ok := argument.Fun.(*ast.SelectorExpr)
		return ok && function.Sel.Name == "Summary"
	case *ast.SelectorExpr:
		return true
	}
	return false
}

// sources parses the package without its tests.
func sources(t *testing.T) map[string]*ast.File {
	t.Helper()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	result := map[string]*ast.File{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		result[path] = file
	}
	return result
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile("(?m)^#+ +(.*)$")
	anchor  = regexp.MustCompile(`<a id="([^"]+)">`)
	fenced  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
)

const registryPages = "https://registry.terraform.io/providers/ti-community/thoughtindustries/latest/docs/"

func TestLinks_LeadSomewhere(t *testing.T) {
	t.Parallel()
	texts := map[string]string{}
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "examples/*/*.md", "bench/*.md"} {
		paths, err := filepath.Glob(filepath.Join(repositoryRoot, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			texts[path] = fenced.ReplaceAllString(string(raw), "")
		}
	}
	checked := 0
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		for _, found := range link.FindAllStringSubmatch(texts[path], -1) {
			target := found[1]
			// The registry's overview page has another address than its file, so it links by whole addresses.
			if page, ok := strings.CutPrefix(target, registryPages); ok && filepath.Base(path) == "index.md" {
				page, fragment, _ := strings.Cut(page, "#")
				target = strings.TrimSuffix(page+".md#"+fragment, "#")
			}
			if strings.Contains(target, "://") {
				if !strings.HasPrefix(target, "https://") {
					t.Errorf("%s: %s is not https", path, target)
				}
				continue
			}
			checked++
			file, fragment, _ := strings.Cut(target, "#")
			to := path
			if file != "" {
				to = filepath.Join(filepath.Dir(path), filepath.FromSlash(file))
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", path, target)
				continue
			}
			if fragment != "" && !slices.Contains(anchorsOf(texts[to]), fragment) {
				t.Errorf("%s: %s has no such heading", path, target)
			}
		}
	}
	if checked < 20 {
		t.Errorf("only %d links were found", checked)
	}
}

// anchorsOf gives the fragments that pages are linked by, as GitHub and the
// registry make them from headings.
func anchorsOf(text string) []string {
	var result []string
	for _, found := range heading.FindAllStringSubmatch(text, -1) {
		var b strings.Builder
		for _, r := range strings.ToLower(strings.TrimSpace(found[1])) {
			switch {
			case r == ' ':
				b.WriteRune('-')
			case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_':
				b.WriteRune(r)
			}
		}
		result = append(result, b.String())
	}
	for _, found := range anchor.FindAllStringSubmatch(text, -1) {
		result = append(result, found[1])
	}
	return result
}

// No file names this machine, or a host that only some machines reach.
func TestTexts_DependOnNoMachine(t *testing.T) {
	t.Parallel()
	// Put together, so that this file does not hold them.
	forbidden := []string{"proxy." + "golang.org", "registry." + "npmjs.org", "deb." + "debian.org", "/root" + "/", "/work" + "/", "/home" + "/"}
	checked := 0
	err := filepath.WalkDir(repositoryRoot, func(path string, entry os.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.Name() == ".git" && !entry.IsDir(): // of a second work tree
			return nil
		case entry.IsDir() && slices.Contains([]string{".git", ".build", "dist", ".terraform"}, entry.Name()):
			return filepath.SkipDir
		case entry.IsDir() || !entry.Type().IsRegular():
			return nil
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		checked++
		for _, text := range forbidden {
			if strings.Contains(string(raw), text) {
				t.Errorf("%s holds %q", path, text)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if checked < 100 {
		t.Errorf("only %d files were found", checked)
	}
}

// A text that names a target which is not there sends people nowhere.
func TestTexts_NameTargetsThatExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(filepath.Join(repositoryRoot, "GNUmakefile"))
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, pattern := range []string{"*.md", "bench/*.md", "templates/*.tmpl", "templates/*/*.tmpl"} {
		paths, err := filepath.Glob(filepath.Join(repositoryRoot, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			raw, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, found := range regexp.MustCompile("(?m)(?:^|`)make ((?:[a-z-]+ ?)+)").FindAllStringSubmatch(string(raw), -1) {
				for target := range strings.FieldsSeq(found[1]) {
					checked++
					if !regexp.MustCompile(`(?m)^` + target + `:`).Match(makefile) {
						t.Errorf("%s names make %s, which is not there", path, target)
					}
				}
			}
		}
	}
	if checked < 10 {
		t.Errorf("only %d targets were found", checked)
	}
}

// With a plugin cache the provider's folder is a link, which find does not
// follow unless it is told to.
func TestDocs_CheckFindsTheProgramBehindALink(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("the line is for a shell, and there is no sh here")
	}
	raw, err := os.ReadFile(filepath.Join(repositoryRoot, "docs", "index.md"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^"\$\(find .*\)" -check$`).FindString(string(raw))
	if line == "" {
		t.Fatal("docs/index.md does not say how to find the program")
	}
	dir, cache := t.TempDir(), t.TempDir()
	program := filepath.Join(cache, "terraform-provider-thoughtindustries_v0.1.0")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"asked with $1\"\n"), 0o700); err != nil { //nolint:gosec // it is run
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, ".terraform", "providers"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(cache, filepath.Join(dir, ".terraform", "providers", "linux_amd64")); err != nil {
		t.Skipf("no links here: %v", err)
	}
	command := exec.CommandContext(t.Context(), "sh", "-c", line) //nolint:gosec // a line of our own docs
	command.Dir = dir
	if out, err := command.CombinedOutput(); err != nil || string(out) != "asked with -check\n" {
		t.Errorf("%s: %v: %s", line, err, out)
	}
}
