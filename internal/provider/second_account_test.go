package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// failingProvisioner taints the object once it is created.
const failingProvisioner = `provisioner "local-exec" {
    command = "exit 1"
  }`

// secondAccountCase is something that makes an engine want a second account.
// In its configurations LIFECYCLE stands for a lifecycle block, and ID for the
// id of the account that the state has.
type secondAccountCase struct {
	name          string
	before, after string
	// prepare takes the place of applying before.
	prepare func(*workspace)
	between func(*workspace)
	args    []string
	// failing: the first apply fails; unknown: because its outcome is unknown.
	failing, unknown bool
	// either: create_before_destroy is not tried, since nothing is destroyed.
	either bool
	// says is what the plan says. It passes where refused is empty.
	refused string
	says    []string
	// posts of the second apply, where the plan passes.
	posts int
	// state is what the state has in the end: the numbers of the accounts in the
	// order in which they were made.
	state string
}

func secondAccountCases() []secondAccountCase {
	one, two := account("a", "Training", "LIFECYCLE"), account("b", "Training", "LIFECYCLE")
	listing := func(text string) string {
		return strings.ReplaceAll(text, "LIFECYCLE", "create_alongside = [\"ID\"]\nLIFECYCLE")
	}
	keyed := func(key string) string {
		return account("a", "Training", "for_each = toset([\""+key+"\"])\nLIFECYCLE")
	}
	module := func(name string) string { return "module \"" + name + "\" {\n  source = \"./accounts\"\n}\n" }
	triggered := func(input, more string) string {
		return "resource \"terraform_data\" \"t\" {\n input = " + input + "\n}\n" + account("a", "Training", more+"LIFECYCLE:replace_triggered_by = [terraform_data.t]")
	}
	taint := func(w *workspace) { w.run("taint", theAccount).expectSuccess() }
	replace := []string{"-replace=" + theAccount}
	plain := func(text string) string { return strings.ReplaceAll(text, "LIFECYCLE", "") }
	both := func(w *workspace) { // two accounts of one name, the second by permission
		w.write(plain(one))
		w.apply().expectSuccess()
		w.write(plain(one + strings.ReplaceAll(listing(two), "ID", w.api.Accounts()[0].ID)))
		w.apply().expectSuccess()
	}
	imported := func(balance, address string) func(*workspace) {
		return func(w *workspace) {
			made := w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: json.Number(balance)})
			w.write(strings.Replace(plain(one), "\"a\"", "\""+strings.TrimPrefix(address, "thoughtindustries_credit_account.")+"\"", 1))
			w.run("import", address, testClient+"/"+made.ID).expectSuccess()
		}
	}
	const elsewhere = "thoughtindustries_credit_account.b"
	all := func(text string) string { // all three generations
		return strings.ReplaceAll(text, "LIFECYCLE", "create_alongside = [\"FIRST\", \"SECOND\", \"LAST\"]\nLIFECYCLE")
	}
	generations := func(w *workspace) { // the third account of a name, after two permitted replacements
		w.write(plain(one))
		w.apply().expectSuccess()
		var ids []string
		for range 2 {
			made := w.api.Accounts()
			ids = append(ids, fmt.Sprintf("%q", made[len(made)-1].ID))
			w.write(plain(strings.ReplaceAll(one, "LIFECYCLE", "create_alongside = ["+strings.Join(ids, ", ")+"]\nLIFECYCLE")))
			w.apply(replace...).expectSuccess()
		}
	}
	second, cannot := sumSecondAccount, sumCannotChange
	return []secondAccountCase{
		{name: "taint", before: one, after: one, between: taint, refused: second, says: []string{"untaint"}, state: "1"},
		{name: "taint, its id listed", before: one, after: listing(one), between: taint, says: []string{sumOldStays}, posts: 1, state: "2"},
		{name: "failed provisioner", before: account("a", "Training", "LIFECYCLE\n"+failingProvisioner), after: one, failing: true, refused: second, says: []string{"untaint"}, state: "1"},
		{name: "renamed resource", before: one, after: two, refused: second, says: []string{"moved {"}, state: "1"},
		{name: "renamed resource, its id listed", before: one, after: listing(two), says: []string{sumOldStays}, posts: 1, state: "2"},
		{name: "renamed key", either: true, before: keyed("x"), after: keyed("y"), refused: second, says: []string{"moved {"}, state: "1"},
		{name: "renamed module", either: true, before: module("one"), after: module("two"), refused: second, says: []string{"moved {"}, state: "1"},
		{name: "second resource", before: one, after: one + two, refused: second, says: []string{`create_alongside = ["ID"]`}, state: "1"},
		{name: "second resource, client in other case", either: true, before: one, after: one + strings.ReplaceAll(two, testClient, strings.ToUpper(testClient)), refused: second, state: "1"},
		{name: "second resource, name with more white space", either: true, before: account("a", "Credit Training", "LIFECYCLE"), after: account("a", "Credit Training", "LIFECYCLE") + account("b", "Credit  Training", "LIFECYCLE"), refused: second, state: "1"},
		{name: "second resource, the first listed", before: one, after: one + listing(two), says: []string{sumOldStays}, posts: 1, state: "1, 2"},
		{name: "second resource, the id of another listed", either: true, before: one, after: one + strings.ReplaceAll(listing(two), "ID", otherID), refused: second, state: "1"},
		{name: "two new ones", either: true, before: "", after: one + two, refused: sumSameName, says: []string{"different names"}, state: "nothing"},
		{name: "unresolved", before: one, after: one, failing: true, unknown: true, refused: sumUnresolved, says: []string{"existing_account_id", "302"}, state: "unresolved"},
		{name: "unresolved, anything listed", either: true, before: one, after: strings.ReplaceAll(listing(one), "ID", otherID), failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
		{name: "unresolved with a key", either: true, before: keyed("x"), after: keyed("x"), failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
		{name: "unresolved whose key is renamed", before: keyed("x"), after: keyed("y"), failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
		{name: "unresolved whose name is changed", before: one, after: strings.ReplaceAll(one, "Training", "Other"), failing: true, unknown: true, refused: sumUnresolved, says: []string{"keep name and client_id"}, state: "unresolved"},
		{name: "unresolved whose client is changed", before: one, after: strings.ReplaceAll(one, testClient, otherClient), failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
		{name: "unresolved that is removed, beside a new one", before: one, after: account("b", "Other", "LIFECYCLE"), failing: true, unknown: true, says: []string{sumForgetsUnresolved}, posts: 1, state: "1"},
		{name: "changed attribute", before: one, after: strings.ReplaceAll(one, "= 100", "= 200"), refused: cannot, says: []string{`create_alongside = ["ID"]`}, state: "1"},
		{name: "changed attribute, its id listed", before: one, after: strings.ReplaceAll(listing(one), "= 100", "= 200"), says: []string{sumReplacement}, posts: 1, state: "2"},
		{name: "-replace", before: one, after: one, args: replace, refused: second, says: []string{`create_alongside = ["ID"]`}, state: "1"},
		{name: "-replace, its id listed", before: one, after: listing(one), args: replace, says: []string{sumReplacement}, posts: 1, state: "2"},
		{name: "-replace, again with the first id listed", prepare: func(w *workspace) {
			w.write(plain(one))
			w.apply().expectSuccess()
			w.write(plain(strings.ReplaceAll(listing(one), "ID", w.api.Accounts()[0].ID)))
			w.apply(replace...).expectSuccess()
		}, after: strings.ReplaceAll(listing(one), "ID", "FIRST"), args: replace, refused: second, state: "2"},
		{name: "-replace, another one of that name exists", before: one, after: listing(one), args: replace, between: func(w *workspace) {
			w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
		}, refused: sumExists, says: []string{"create_alongside = ["}, state: "1"},
		{name: "replace_triggered_by", before: triggered("1", ""), after: triggered("2", ""), refused: second, state: "1"},
		{name: "replace_triggered_by, its id listed", before: triggered("1", ""), after: triggered("2", "create_alongside = [\"ID\"]\n"), says: []string{sumReplacement}, posts: 1, state: "2"},
		{name: "one of two of a name, itself alone listed", prepare: both, after: listing(one) + strings.ReplaceAll(listing(two), "ID", "FIRST"), args: replace, refused: second, state: "1, 2"},
		{name: "one of two of a name, both listed", prepare: both, after: strings.ReplaceAll(one, "LIFECYCLE", "create_alongside = [\"FIRST\", \"LAST\"]\nLIFECYCLE") + strings.ReplaceAll(listing(two), "ID", "FIRST"), args: replace, says: []string{sumReplacement}, posts: 1, state: "2, 3"},
		{name: "import at another address, renamed", prepare: imported("100", elsewhere), after: one, refused: second, state: "1"},
		{name: "import at another address, renamed, its id listed", prepare: imported("100", elsewhere), after: listing(one), says: []string{sumOldStays}, posts: 1, state: "2"},
		{name: "import, taint", prepare: imported("100", theAccount), after: one, between: taint, refused: second, says: []string{"untaint"}, state: "1"},
		{name: "third generation, taint", prepare: generations, after: one, between: taint, refused: second, says: []string{"untaint"}, state: "3"},
		{name: "third generation, taint, all listed", prepare: generations, after: all(one), between: taint, says: []string{sumOldStays}, posts: 1, state: "4"},
		{name: "third generation, renamed resource", prepare: generations, after: two, refused: second, says: []string{"moved {"}, state: "3"},
		{name: "third generation, renamed resource, all listed", prepare: generations, after: all(two), says: []string{sumOldStays}, posts: 1, state: "4"},
		{name: "third generation, second resource", prepare: generations, after: one + two, refused: second, state: "3"},
		{name: "third generation, changed attribute", prepare: generations, after: strings.ReplaceAll(one, "= 100", "= 200"), refused: cannot, state: "3"},
		{name: "third generation, changed attribute, all listed", prepare: generations, after: strings.ReplaceAll(all(one), "= 100", "= 200"), says: []string{sumReplacement}, posts: 1, state: "4"},
		{name: "third generation, -replace", prepare: generations, after: one, args: replace, refused: second, state: "3"},
		{name: "third generation, -replace, its own id alone listed", prepare: generations, after: strings.ReplaceAll(listing(one), "ID", "LAST"), args: replace, refused: sumExists, says: []string{"create_alongside = ["}, state: "3"},
		{name: "third generation, -replace, all listed", prepare: generations, after: all(one), args: replace, says: []string{sumReplacement}, posts: 1, state: "4"},
		{name: "one that a run left", either: true, before: "", after: one, between: func(w *workspace) {
			w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
		}, refused: sumExists, says: []string{"existing_account_id = ", "create_alongside = [", `on_existing_account = "ignore"`}, state: "nothing"},
	}
}

// Everything that makes an engine want a second account. A plan that passes
// applies, the state loses no account that is not replaced, and there are no
// more accounts than were permitted.
func TestSecondAccount_IsRefusedAtPlanUnlessItIsPermitted(t *testing.T) {
	secondAccounts(t, secondAccountCases())
}

// OpenTofu alone has lifecycle { destroy = false }: what it would destroy, it
// forgets, and does not ask a provider about.
func TestSecondAccount_IsRefusedWhereNothingIsDestroyedToo(t *testing.T) {
	engine, err := engineIs()
	if err != nil {
		t.Fatal(err)
	}
	if !engine.tofu || engine.before(version{tofu: "1.12.0"}) {
		t.Skip("this engine has no lifecycle { destroy = false }")
	}
	one, two := account("a", "Training", "LIFECYCLE:destroy = false\n"), account("b", "Training", "LIFECYCLE:destroy = false\n")
	listing := func(text string) string {
		return strings.ReplaceAll(text, "LIFECYCLE", "create_alongside = [\"ID\"]\nLIFECYCLE")
	}
	taint := func(w *workspace) { w.run("taint", theAccount).expectSuccess() }
	replace := []string{"-replace=" + theAccount}
	secondAccounts(t, []secondAccountCase{
		{name: "renamed resource", before: one, after: two, refused: sumSecondAccount, says: []string{"moved {"}, state: "1"},
		{name: "renamed resource, its id listed", before: one, after: listing(two), says: []string{sumOldStays}, posts: 1, state: "2"},
		{name: "second resource", before: one, after: one + account("b", "Training", "LIFECYCLE"), refused: sumSecondAccount, state: "1"},
		{name: "taint", before: one, after: one, between: taint, refused: sumSecondAccount, says: []string{"untaint"}, state: "1"},
		{name: "taint, its id listed", before: one, after: listing(one), between: taint, says: []string{sumOldStays}, posts: 1, state: "2"},
		{name: "-replace", before: one, after: one, args: replace, refused: sumSecondAccount, state: "1"},
		{name: "-replace, its id listed", before: one, after: listing(one), args: replace, says: []string{sumReplacement}, posts: 1, state: "2"},
		{name: "changed attribute", before: one, after: strings.ReplaceAll(one, "= 100", "= 200"), refused: sumCannotChange, state: "1"},
		{name: "changed attribute, its id listed", before: one, after: strings.ReplaceAll(listing(one), "= 100", "= 200"), says: []string{sumReplacement}, posts: 1, state: "2"},
		{name: "unresolved", before: one, after: one, failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
		{name: "unresolved whose name is changed", before: one, after: strings.ReplaceAll(one, "Training", "Other"), failing: true, unknown: true, refused: sumUnresolved, state: "unresolved"},
	})
}

// secondAccounts runs the cases, with create_before_destroy and without.
func secondAccounts(t *testing.T, cases []secondAccountCase) {
	t.Helper()
	for _, test := range cases {
		for _, cbd := range []bool{false, true} {
			if cbd && test.either {
				continue
			}
			t.Run(fmt.Sprintf("%s/create_before_destroy=%v", test.name, cbd), func(t *testing.T) {
				t.Parallel()
				test.run(t, cbd)
			})
		}
	}
}

// configured fills the configuration of a case in.
func (test secondAccountCase) configured(w *workspace, text string, cbd bool) string {
	lifecycle := ""
	if cbd {
		lifecycle = "create_before_destroy = true\n"
	}
	if head, tail, found := strings.Cut(text, "LIFECYCLE:"); found {
		line, rest, _ := strings.Cut(tail, "\n")
		text, lifecycle = head+"LIFECYCLE\n"+rest, lifecycle+line+"\n"
	}
	if lifecycle != "" {
		lifecycle = "lifecycle {\n" + lifecycle + "}"
	}
	if made := w.api.Accounts(); len(made) > 0 {
		text = strings.NewReplacer("\"ID\"", fmt.Sprintf("%q", made[0].ID), "FIRST", made[0].ID, "SECOND", made[min(1, len(made)-1)].ID, "LAST", made[len(made)-1].ID).Replace(text)
	}
	return strings.ReplaceAll(text, "LIFECYCLE", lifecycle)
}

func (test secondAccountCase) write(w *workspace, text string, cbd bool) {
	w.t.Helper()
	w.write(test.configured(w, text, cbd))
	if strings.Contains(text, "module ") {
		w.run("get").expectSuccess()
	}
}

func (test secondAccountCase) run(t *testing.T, cbd bool) {
	w := newWorkspace(t)
	w.writeFile("accounts/main.tf", testHeader+test.configured(w, account("a", "Training", "LIFECYCLE"), cbd))
	if test.unknown {
		w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
		w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	}
	switch {
	case test.prepare != nil:
		test.prepare(w)
	case test.before != "":
		test.write(w, test.before, cbd)
		if first := w.apply(); (first.code != 0) != test.failing {
			t.Fatalf("first apply: exit code %d\n%s", first.code, first.out)
		}
	}
	w.api.ClearFaults()
	if test.between != nil {
		test.between(w)
	}
	before, tracked := len(w.api.Accounts()), w.accountIDs()
	w.api.ResetRequests()
	test.write(w, test.after, cbd)
	plan := w.plan(test.args...)
	w.api.expectPosts(0)
	var says []string
	for _, text := range test.says {
		says = append(says, test.configured(w, text, cbd))
	}
	if test.refused == "" {
		plan.expectChanges().expectOutput(says...)
	} else {
		plan.expectError(append(says, "Error: "+test.refused)...)
	}
	args := test.args
	if cbd { // nothing that is decided depends on a refresh
		args = append([]string{"-refresh=false"}, args...)
	}
	apply := w.apply(args...)
	if test.refused == "" {
		apply.expectSuccess()
	} else {
		apply.expectError("Error: " + test.refused)
	}
	w.api.expectPosts(test.posts)
	w.api.expectAccounts(before + test.posts)
	if got := w.stateOfAccounts(); got != test.state {
		t.Errorf("the state has %s, want %s", got, test.state)
	}
	if test.refused != "" && !slices.Equal(tracked, w.accountIDs()) {
		t.Errorf("a refused apply changed what the state has: %v, and it was %v", w.accountIDs(), tracked)
	}
	if test.refused == "" {
		w.plan().expectSuccess().expectOutput(noChanges)
	}
}

// accountIDs are those that the state has, in order.
func (w *workspace) accountIDs() []string {
	var ids []string
	for address, object := range w.state() {
		if strings.Contains(address, "thoughtindustries_credit_account.") {
			ids = append(ids, fmt.Sprint(object.Attributes["id"]))
		}
	}
	slices.Sort(ids)
	return ids
}

// stateOfAccounts numbers them in the order in which they were made.
func (w *workspace) stateOfAccounts() string {
	var numbers []string
	for _, id := range w.accountIDs() {
		number := "unresolved"
		for i, made := range w.api.Accounts() {
			if strings.EqualFold(made.ID, id) {
				number = fmt.Sprint(i + 1)
			}
		}
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	if len(numbers) == 0 {
		return "nothing"
	}
	return strings.Join(numbers, ", ")
}
