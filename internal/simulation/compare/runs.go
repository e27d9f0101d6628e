//go:build unix

package main

import (
	"net/http"
	"slices"
	"strings"
)

// sameWords are summaries that the second build words in another way, with its words.
var sameWords [][2]string

// allRuns is the list, in the order of the contract's sections.
func allRuns() []run {
	runs := slices.Concat(providerRuns(), inputRuns(), outcomeRuns(), lookupRuns(), nameRuns(), planRuns(),
		afterUnknownRuns(), unresolvedRuns(), secondAccountRuns(), changeRuns(), importRuns(), takeOverRuns(), moveRuns(),
		dataRuns(), batchRuns(), programRuns())
	// Under ignore no lookup helps: the state alone refuses a second object.
	for _, r := range runs {
		if slices.Contains(ignored, r.name) {
			runs = append(runs, r.ignoring())
		}
	}
	for i := range runs {
		runs[i].slow = slices.Contains(waiting, runs[i].name)
	}
	return runs
}

// ignored are the runs that are made under on_existing_account = "ignore" as well.
var ignored = []string{
	"taint", "failed provisioner", "renamed resource", "renamed resource, create_before_destroy", "renamed key",
	"from count to for_each", "second resource", "second resource, another id listed",
	"second resource, an unknown id listed", "second resource, client in other case",
	"two new ones", "two new ones by count",
	"changed balance", "-replace", "-replace twice, the first id listed alone", "replace_triggered_by",
}

// waiting are the runs that wait for seconds: for lookups after an unknown outcome, and for GETs that are repeated.
var waiting = []string{
	"429 until the create timeout", "connection refused", "connection refused under ignore", "no TLS where it is wanted",
	"later than request_timeout, stored", "listing: 500", "listing: cut", "listing: a cached response to all", "name: 500",
	"name: one of two cannot be read", "name: a cached response to all", "a lookup that fails is a warning",
	"a lookup that fails, with create_alongside, is an error", "a lookup that fails at plan alone",
	"a take-over that cannot be looked up", "never stored", "a balance of 0 leaves no batch",
	"two new accounts of the name",
	"stored under another name", "ignore: no lookup", "refused before, not after", "interrupted during the lookup",
	"-replace, its id listed, the lookup fails", "the lookup fails", "the name cannot be read", "created: never stored",
	"without a name, the listing fails", "with a name, the listing fails", "the refresh fails",
}

const (
	ignore = "provider \"thoughtindustries\" {\n  on_existing_account = \"ignore\"\n}\n"
	adopt  = "provider \"thoughtindustries\" {\n  on_existing_account = \"adopt\"\n}\n"
	theA   = "thoughtindustries_credit_account.a"
	theB   = "thoughtindustries_credit_account.b"
)

// block writes a resource; lines in more take the place of the defaults of the same argument.
func block(kind, label string, defaults []string, more string) string {
	text := "resource \"thoughtindustries_" + kind + "\" \"" + label + "\" {\n"
	for _, line := range defaults {
		argument, _, _ := strings.Cut(line, " ")
		if !slices.ContainsFunc(strings.Split(more, "\n"),
			func(l string) bool { return strings.HasPrefix(l, argument+" ") }) {
			text += "  " + line + "\n"
		}
	}
	return text + more + "\n}\n"
}

// account declares an account of 100 credits.
func account(label, name string, more ...string) string {
	return block("credit_account", label, []string{
		"client_id = \"" + client + "\"", "name = \"" + name + "\"", "starting_balance = 100",
		"notify_emails = []", "license_ids = []",
	}, strings.Join(more, "\n"))
}

// batch declares a batch of 50 credits.
func batch(label string, more ...string) string {
	return block("credit_batch", label, []string{"client_id = \"" + client + "\"", "starting_balance = 50"},
		strings.Join(more, "\n"))
}

func alongside(ids ...string) string {
	return "create_alongside = [\"" + strings.Join(ids, "\", \"") + "\"]"
}

func existing(id string) string { return "existing_account_id = \"" + id + "\"" }

func moved(from, to string) string {
	return "moved {\n  from = " + from + "\n  to = " + to + "\n}\n"
}

func data(kind, label string, lines ...string) string {
	return "data \"thoughtindustries_" + kind + "\" \"" + label + "\" {\n" + strings.Join(lines, "\n") + "\n}\n"
}

func output(name, value string) string {
	return "output \"" + name + "\" {\n  value = " + value + "\n}\n"
}

// later is a value that no plan knows.
func later(name, value string) string {
	return "resource \"terraform_data\" \"" + name + "\" {\n  input = " + value + "\n}\n"
}

const cbd = "lifecycle {\n  create_before_destroy = true\n}"

// Steps.

func apply(config string, flags ...string) step {
	return step{config: config, args: append([]string{"apply", "-auto-approve"}, flags...)}
}

func plan(config string, flags ...string) step {
	return step{config: config, args: append([]string{"plan", "-detailed-exitcode"}, flags...)}
}

func engine(args ...string) step { return step{args: args} }

func destroy(flags ...string) step {
	return engine(append([]string{"apply", "-destroy", "-auto-approve"}, flags...)...)
}

// on changes the server before the step.
func (s step) on(arrange func(s *server)) step {
	s.arrange = arrange
	return s
}

// quietly wants the step to send no request.
func (s step) quietly() step {
	s.quiet = true
	return s
}

func (s step) with(variables ...string) step {
	s.env = variables
	return s
}

// healthy takes all rules away before the step.
func (s step) healthy() step { return s.on(func(s *server) { s.rules = nil }) }

// Servers.

func rules(list ...*rule) func(s *server) {
	return func(s *server) {
		for _, r := range list {
			fresh := *r // each server counts for itself
			fresh.posts = s.requests[http.MethodPost]
			s.rules = append(s.rules, &fresh)
		}
	}
}

// seeded has accounts of these names, of 100 credits each.
func seeded(names ...string) func(s *server) {
	return func(s *server) {
		for _, name := range names {
			s.addAccount(client, name, 100)
		}
	}
}

func all(changes ...func(s *server)) func(s *server) {
	return func(s *server) {
		for _, change := range changes {
			change(s)
		}
	}
}

const (
	listing = "/creditBatches"
	actions = "/creditActions"
	create  = "/creditAccounts"
)

// onPost is a rule for the first POST of an account.
func onPost(change rule) *rule {
	change.method, change.path, change.times = http.MethodPost, create, max(change.times, 1)
	return &change
}

// onGet is a rule for each GET of a path.
func onGet(path string, change rule) *rule {
	change.method, change.path = http.MethodGet, path
	return &change
}

func refuseReads() *rule {
	return onGet("", rule{status: 403, text: `{"error":"forbidden","message":"not your role"}`})
}

// refuseLookup refuses reads after the first POST.
func refuseLookup() *rule { return onGet("", rule{afterPost: true, status: 403}) }

func lost() *rule { return onPost(rule{drop: true, commit: true}) }

// unresolved is a run that begins with an account of unknown outcome in the state.
func unresolved(name, config string, steps ...step) run {
	steps[0] = steps[0].healthy()
	return run{
		name: name, section: "Unresolved", server: rules(onPost(rule{status: 302}), refuseReads()),
		steps: append([]step{apply(config)}, steps...),
	}
}

// contract marks a run whose result the contract changes.
func (r run) contract(line string, want ...string) run {
	r.changes, r.want = line, want
	return r
}

// ignoring is the run under on_existing_account = "ignore".
func (r run) ignoring() run {
	r.name += ", ignore"
	r.steps = slices.Clone(r.steps)
	for i := range r.steps {
		if r.steps[i].config != "" {
			r.steps[i].config = ignore + r.steps[i].config
		}
	}
	return r
}

// inAnyOrder leaves out which errors are shown.
func (r run) inAnyOrder() run {
	r.unordered = true
	return r
}

// in names the section of a list of runs.
func in(section string, list ...run) []run {
	for i := range list {
		list[i].section = section
	}
	return list
}

// one is a run on a server.
func one(name string, server func(s *server), steps ...step) run {
	return run{name: name, server: server, steps: steps}
}

// set changes a field of every object or entry.
func set(field string, value any) func(entry object) {
	return func(entry object) { entry[field] = value }
}
