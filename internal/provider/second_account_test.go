package provider

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// failingProvisioner taints the object once it is created.
const failingProvisioner = "provisioner \"local-exec\" {\n command = \"exit 1\"\n}"

// secondAccountCase is something that makes an engine want a second account. In its configurations LIFECYCLE stands for
// a lifecycle block, and ID for the id of the first account.
type secondAccountCase struct {
	name          string
	before, after string
	between       func(*workspace)
	args          []string
	failing       bool // the first apply fails
	unknown       bool // because the outcome of its POST is unknown
	// says is what the plan says. It passes where refused is empty.
	refused, says string
	// posts of the second apply, and the accounts that the state has in the end, numbered as they were made.
	posts int
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
	taint := func(w *workspace) { w.run("taint", theAccount).expectSuccess() }
	again := func(w *workspace) { // the id that is listed is not that of the account that the state has now
		w.write(strings.NewReplacer("LIFECYCLE", "", "ID", w.api.Accounts()[0].ID).Replace(listing(one)))
		w.apply("-replace=" + theAccount).expectSuccess()
	}
	exists := func(w *workspace) {
		w.api.AddAccount(mockapi.CreditAccount{ClientID: testClient, Name: "Training", StartingBalance: "100"})
	}
	changed := strings.ReplaceAll(one, "= 100", "= 200")
	renamed := strings.ReplaceAll(one, "Training", "Other")
	replace := []string{"-replace=" + theAccount}
	const refused, unresolved = sumSecondAccount, sumUnresolved
	return []secondAccountCase{
		{name: "taint", before: one, after: one, between: taint, refused: refused, says: "untaint", state: "1"},
		{name: "taint, listed", before: one, after: listing(one), between: taint, says: sumOldStays, posts: 1, state: "2"},
		{
			name: "failed provisioner", before: account("a", "Training", failingProvisioner+"\nLIFECYCLE"), after: one,
			failing: true, refused: refused, says: "untaint", state: "1",
		},
		{name: "renamed resource", before: one, after: two, refused: refused, says: "moved {", state: "1"},
		{name: "renamed resource, listed", before: one, after: listing(two), says: sumOldStays, posts: 1, state: "2"},
		{name: "renamed key", before: keyed("x"), after: keyed("y"), refused: refused, says: "moved {", state: "1"},
		{name: "renamed module", before: module("one"), after: module("two"), refused: refused, says: "moved {", state: "1"},
		{name: "second resource", before: one, after: one + two, refused: refused, says: `["ID"]`, state: "1"},
		{
			name: "second resource, listed", before: one, after: one + listing(two), says: sumOldStays,
			posts: 1, state: "1, 2",
		},
		{
			name: "unresolved", before: one, after: one, failing: true, unknown: true, refused: unresolved,
			says: "existing_account_id", state: "unresolved",
		},
		{
			name: "unresolved whose name is changed", before: one, after: renamed, failing: true, unknown: true,
			refused: unresolved, says: "keep name and client_id", state: "unresolved",
		},
		{name: "changed", before: one, after: changed, refused: sumCannotChange, says: `["ID"]`, state: "1"},
		{name: "changed, listed", before: one, after: listing(changed), says: sumReplacement, posts: 1, state: "2"},
		{name: "-replace", before: one, after: one, args: replace, refused: refused, says: `["ID"]`, state: "1"},
		{
			name: "-replace, the first of two listed", before: one, after: listing(one), between: again, args: replace,
			refused: refused, state: "2",
		},
		{
			name: "-replace, another one exists", before: one, after: listing(one), between: exists, args: replace,
			refused: sumExists, says: "create_alongside = [", state: "1",
		},
	}
}

// Everything that makes an engine want a second account. A plan that passes applies, the state loses no account that is
// not replaced, and there are no more accounts than were permitted.
func TestSecondAccount_IsRefusedAtPlanUnlessItIsPermitted(t *testing.T) {
	t.Parallel()
	for _, test := range secondAccountCases() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, "")
		})
		t.Run(test.name+", create_before_destroy", func(t *testing.T) {
			t.Parallel()
			test.run(t, "lifecycle {\n create_before_destroy = true\n}")
		})
	}
}

// OpenTofu alone has lifecycle { destroy = false }: what it would destroy, it forgets, and asks no provider about it.
func TestSecondAccount_IsRefusedWhereNothingIsDestroyedToo(t *testing.T) {
	t.Parallel()
	needsEngine(t, version{terraform: "99", tofu: "1.12.0"})
	for _, test := range secondAccountCases() {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, "lifecycle {\n destroy = false\n}")
		})
	}
}

func (test secondAccountCase) run(t *testing.T, lifecycle string) {
	w := newWorkspace(t)
	fill := func(text string) string {
		if made := w.api.Accounts(); len(made) > 0 {
			text = strings.ReplaceAll(text, `"ID"`, fmt.Sprintf("%q", made[0].ID))
		}
		return strings.ReplaceAll(text, "LIFECYCLE", lifecycle)
	}
	write := func(config string) {
		w.write(fill(config))
		if strings.Contains(config, "module ") {
			w.run("get").expectSuccess()
		}
	}
	w.writeFile("accounts/main.tf", testHeader+fill(account("a", "Training", "LIFECYCLE")))
	if test.unknown {
		w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Status: 302})
		w.api.Inject(mockapi.Fault{Method: http.MethodGet, Status: 403})
	}
	write(test.before)
	if first := w.apply(); (first.code != 0) != test.failing {
		t.Fatalf("first apply: exit code %d\n%s", first.code, first.out)
	}
	w.api.ClearFaults()
	if test.between != nil {
		test.between(w)
	}
	before, tracked := len(w.api.Accounts()), w.accountIDs()
	w.api.ResetRequests()
	write(test.after)
	plan := w.plan(test.args...)
	w.api.expectPosts(0)
	// Nothing that is decided depends on a refresh.
	apply := w.apply(append([]string{"-refresh=false"}, test.args...)...)
	if test.refused != "" {
		plan.expectError("Error: "+test.refused, fill(test.says))
		apply.expectError("Error: " + test.refused)
		if !slices.Equal(tracked, w.accountIDs()) {
			t.Errorf("a refused apply changed what the state has: %v, and it was %v", w.accountIDs(), tracked)
		}
	} else {
		plan.expectChanges().expectOutput(fill(test.says))
		apply.expectSuccess()
		w.plan().expectSuccess().expectOutput(noChanges)
	}
	w.api.expectPosts(test.posts)
	w.api.expectAccounts(before + test.posts)
	if got := w.stateOfAccounts(); got != test.state {
		t.Errorf("the state has %s, want %s", got, test.state)
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
