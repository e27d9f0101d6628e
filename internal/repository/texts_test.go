package repository

import (
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const (
	registryPages = "https://registry.terraform.io/providers/ti-community/thoughtindustries/latest/docs/"
	forge         = "https://github.com/ti-community/terraform-provider-thoughtindustries/"
)

// texts are the pages of the repository and the templates of docs/.
func texts(t *testing.T) map[string]string {
	t.Helper()
	files := filesBelow(t, ".")
	maps.DeleteFunc(files, func(name, _ string) bool {
		return !strings.HasSuffix(name, ".md") && !strings.HasSuffix(name, ".md.tmpl")
	})
	return files
}

var (
	link       = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading    = regexp.MustCompile("(?m)^#+ +(.*)$")
	codeBlock  = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	notInLinks = regexp.MustCompile(`[^a-z0-9 _-]`)
)

// hasAnchor reports whether a page has a heading that is linked by this fragment.
func hasAnchor(page, fragment string) bool {
	for _, found := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(page, ""), -1) {
		if strings.ReplaceAll(notInLinks.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-") == fragment {
			return true
		}
	}
	return strings.Contains(page, `<a id="`+fragment+`">`)
}

// leadsNowhere says what is wrong with a link of a page; nothing for one to another site.
func leadsNowhere(files map[string]string, from, target string) string {
	file, fragment, _ := strings.Cut(target, "#")
	switch {
	case strings.HasPrefix(file, registryPages):
		file = "docs/" + strings.TrimPrefix(file, registryPages) + ".md"
	case strings.HasPrefix(file, forge+"blob/main/"), strings.HasPrefix(file, forge+"tree/main/"):
		file = file[len(forge+"blob/main/"):]
	case strings.HasPrefix(file, "https://"):
		return ""
	case file == "":
		file = from
	default:
		file = path.Join(path.Dir(from), file)
	}
	isBelow := func(name string) bool { return strings.HasPrefix(name, file+"/") }
	switch page, ok := files[file]; {
	case !ok && !slices.ContainsFunc(slices.Collect(maps.Keys(files)), isBelow):
		return file + " does not exist"
	case fragment != "" && !hasAnchor(page, fragment):
		return file + " has no heading " + fragment
	}
	return ""
}

func TestTexts_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, ".")
	checked := 0
	for name, text := range texts(t) {
		if strings.HasSuffix(name, ".tmpl") {
			continue // docs/ is made of it
		}
		for _, found := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
			checked++
			if problem := leadsNowhere(files, name, found[1]); problem != "" {
				t.Errorf("%s links to %s: %s", name, found[1], problem)
			}
		}
	}
	if checked < 80 {
		t.Errorf("only %d links were found", checked)
	}
}

// What texts and workflows tell people to run is there.
func TestTexts_CommandsExist(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, ".")
	target := regexp.MustCompile("(?m)(?:^|`|&& |run: )make ((?:[a-z-]+ ?)+)")
	code := regexp.MustCompile("(?ms)^ *```.*?^ *```$|`[^`\n]+`|run: [^\n]*$")
	place := regexp.MustCompile("(?:^|[ `(])((?:\\./)?(?:scripts|internal|examples|tools|\\.ci|\\.github)/" +
		"[\\w./-]*\\w)(?:$|[^\\w<])")
	checked := 0
	for name, text := range files {
		if strings.HasPrefix(name, "examples/") || !regexp.MustCompile(`\.(md|md\.tmpl|yml)$`).MatchString(name) {
			continue
		}
		commands := strings.Join(code.FindAllString(text, -1), "\n")
		for _, found := range target.FindAllStringSubmatch(commands, -1) {
			for wanted := range strings.FieldsSeq(found[1]) {
				checked++
				if !strings.Contains(files["GNUmakefile"], "\n"+wanted+":") {
					t.Errorf("%s names make %s, which does not exist", name, wanted)
				}
			}
		}
		for _, found := range place.FindAllStringSubmatch(text, -1) {
			checked++
			if problem := leadsNowhere(files, "README.md", found[1]); problem != "" {
				t.Errorf("%s: %s", name, problem)
			}
		}
	}
	if checked < 30 {
		t.Errorf("only %d commands were found", checked)
	}
}

// No file names this machine, or a host that only some machines reach.
func TestTexts_DependOnNoMachine(t *testing.T) {
	t.Parallel()
	// Put together, so that this file does not contain them.
	forbidden := regexp.MustCompile(strings.Join([]string{
		"proxy." + "golang", "registry." + "npmjs", "deb." + "debian", "/root" + "/", "/work" + "/", "/home" + "/",
	}, "|"))
	for name, content := range filesBelow(t, ".") {
		if found := forbidden.FindString(content); found != "" {
			t.Errorf("%s contains %q", name, found)
		}
	}
}

// sources are the files that write messages.
func sources(t *testing.T) map[string]string {
	t.Helper()
	files := filesBelow(t, "internal/provider")
	maps.DeleteFunc(files, func(name, _ string) bool {
		return path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go")
	})
	return files
}

func TestMessages_LinksLeadToAPage(t *testing.T) {
	t.Parallel()
	files := filesBelow(t, ".")
	page := regexp.MustCompile(`(?:guides \+ "|` + regexp.QuoteMeta(registryPages) + `guides/)([\w#-]+)"`)
	for name, content := range sources(t) {
		for _, found := range page.FindAllStringSubmatch(content, -1) {
			if problem := leadsNowhere(files, "", registryPages+"guides/"+found[1]); problem != "" {
				t.Errorf("%s links to %s: %s", name, found[1], problem)
			}
		}
	}
}

// Engines gather messages of one summary, and people search for it. So it holds no names and no ids.
func TestMessages_SummariesAreConstantAndUnique(t *testing.T) {
	t.Parallel()
	constant := regexp.MustCompile(`(?m)^\s*(sum\w+)\s+= "(.+)"$`)
	guide := regexp.MustCompile("(?m)^### (.*)$")
	diagnostic := regexp.MustCompile(`\.(?:Add|New)\w*(?:Error|Warning)\w*\((path\.[^,]+, )?(.)`)
	summaries := map[string]string{}
	checked := 0
	for name, content := range sources(t) {
		for _, found := range constant.FindAllStringSubmatch(content, -1) {
			if other := summaries[found[2]]; other != "" {
				t.Errorf("%s and %s are both %q", found[1], other, found[2])
			}
			summaries[found[2]] = found[1]
		}
		for _, found := range diagnostic.FindAllStringSubmatch(content, -1) {
			checked++
			if found[2] == `"` {
				t.Errorf("%s: the summary of %s is no constant", name, found[0])
			}
		}
	}
	page := filesBelow(t, "docs/guides")["troubleshooting.md"]
	for _, found := range guide.FindAllStringSubmatch(page, -1) {
		if summaries[found[1]] == "" {
			t.Errorf("the guide explains %q, which no message says", found[1])
		}
	}
	if checked < 20 || len(summaries) < 20 {
		t.Errorf("only %d messages and %d summaries were found", checked, len(summaries))
	}
}
