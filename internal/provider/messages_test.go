package provider

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// summaries are the constants of messages.go, by name.
func summaries(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "messages.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	result := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if !ok {
			return true
		}
		for i, name := range spec.Names {
			literal, ok := spec.Values[i].(*ast.BasicLit)
			if !ok {
				t.Fatalf("%s is no text", name.Name)
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			result[name.Name] = text
		}
		return true
	})
	if len(result) == 0 {
		t.Fatal("messages.go has no summaries")
	}
	return result
}

func TestMessages_EachSummaryIsUniqueAndInTheGuide(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile(filepath.Join(repositoryRoot, "templates", "guides", "troubleshooting.md.tmpl"))
	if err != nil {
		t.Fatal(err)
	}
	guide := "\n" + string(raw)
	names := map[string]string{}
	for name, summary := range summaries(t) {
		if other, ok := names[summary]; ok {
			t.Errorf("%s and %s are both %q", name, other, summary)
		}
		names[summary] = name
		if !strings.Contains(guide, "\n### "+summary+"\n") {
			t.Errorf("the guide has no heading %q", "### "+summary)
		}
	}
}

// A summary that is written where it is used would be neither unique nor in
// the guide.
func TestMessages_EverySummaryIsAConstant(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	position := map[string]int{"AddError": 0, "AddWarning": 0, "AddAttributeError": 1, "AddAttributeWarning": 1, "NewErrorDiagnostic": 0, "NewWarningDiagnostic": 0}
	checked := 0
	for _, name := range files {
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			call, ok := node.(*ast.CallExpr)
			if !ok {
				return true
			}
			method, ok := call.Fun.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			at, ok := position[method.Sel.Name]
			if !ok || len(call.Args) <= at {
				return true
			}
			checked++
			if _, literal := call.Args[at].(*ast.BasicLit); literal {
				t.Errorf("%s: the summary is not a constant of messages.go", set.Position(call.Pos()))
			}
			return true
		})
	}
	if checked == 0 {
		t.Error("no diagnostic was found")
	}
}
