package provider

import (
	"math/big"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// With create_before_destroy the old object is handed over once more after the
// creation, and what was planned must not stand in its way.
func TestStateRegistry_ACreationThatHasBegunIsNoPlanAnyMore(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	object := trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "Training", ID: otherID}
	r.planCreate(t.Context(), object.key(), nil)
	if !r.track(object) {
		t.Fatal("what is planned is not noted")
	}
	r.beginCreate(object.key())
	if r.track(object) {
		t.Error("what has begun is still planned")
	}
	r.release(object)
	if got := r.planCreate(t.Context(), object.key(), nil); !got.twice {
		t.Errorf("another one while it is under way: %+v", got)
	}
	r.beginCreate(object.key())
	r.endCreate(object.key())
	r.endCreate(object.key())
	if got := r.planCreate(t.Context(), object.key(), nil); got.refused() {
		t.Errorf("another one after it has failed: %+v", got)
	}
}

// The rule, whichever of the two comes first.
func TestStateRegistry_OneRuleInBothOrders(t *testing.T) {
	t.Parallel()
	const name, composed, decomposed = "Training", "Caf\u00e9", "Cafe\u0301"
	tracked := func(name, id string) trackedObject {
		return trackedObject{Kind: creditAccountType, ClientID: testClient, Name: name, ID: id}
	}
	tests := map[string]struct {
		object    trackedObject
		planned   objectKey
		alongside []string
		conflict  bool
	}{
		"same name":                  {tracked(name, otherID), accountKey(testClient, name), nil, true},
		"client in other case":       {tracked(name, otherID), accountKey(strings.ToUpper(testClient), name), nil, true},
		"white space":                {tracked("A  B", otherID), accountKey(testClient, "A B"), nil, true},
		"another composition":        {tracked(composed, otherID), accountKey(testClient, decomposed), nil, true},
		"another name":               {tracked("Other", otherID), accountKey(testClient, name), nil, false},
		"another client":             {tracked(name, otherID), accountKey(otherClient, name), nil, false},
		"listed":                     {tracked(name, otherID), accountKey(testClient, name), []string{strings.ToUpper(otherID)}, false},
		"another one is listed":      {tracked(name, otherID), accountKey(testClient, name), []string{testClient}, true},
		"unresolved":                 {tracked(name, ""), accountKey(testClient, name), nil, true},
		"unresolved, something is":   {tracked(name, ""), accountKey(testClient, name), []string{"", otherID}, true},
		"a batch beside an account":  {tracked(name, otherID), batchKey(testClient, "", name, "5"), nil, false},
		"a client that is not known": {trackedObject{Kind: creditAccountType, Name: name, ID: otherID}, accountKey(testClient, name), nil, false},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			t.Parallel()
			first := newStateRegistry()
			first.track(test.object)
			if got := first.planCreate(t.Context(), test.planned, test.alongside); got.refused() != test.conflict {
				t.Errorf("the state first: %+v", got)
			}
			second := newStateRegistry()
			second.planCreate(t.Context(), test.planned, test.alongside)
			if got := second.track(test.object); got != test.conflict {
				t.Errorf("the creation first: %v", got)
			}
			released := newStateRegistry()
			released.track(test.object)
			released.release(test.object)
			if got := released.planCreate(t.Context(), test.planned, test.alongside); got.refused() {
				t.Errorf("after it was forgotten: %+v", got)
			}
		})
	}
}

func TestStateRegistry_UnresolvedIsNamedFirstAndTwoNewOnesAreRefused(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	r.track(trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "Training", ID: otherID})
	r.track(trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "Training", Status: "outcome unknown"})
	if got := r.planCreate(t.Context(), accountKey(testClient, "Training"), nil); got.conflict == nil || !got.conflict.unresolved() {
		t.Errorf("it says %+v", got)
	}
	if got := r.idsOf(accountKey(testClient, "Training")); len(got) != 1 || got[0] != otherID {
		t.Errorf("the ids under the key are %v", got)
	}
	r.planCreate(t.Context(), accountKey(testClient, "New"), []string{otherID})
	if got := r.alongsideOf(trackedObject{Kind: creditAccountType, ClientID: testClient, Name: "New", ID: testClient}); len(got) != 1 || got[0] != otherID {
		t.Errorf("what the creation lists is %v", got)
	}
	if got := r.planCreate(t.Context(), accountKey(testClient, "New"), []string{otherID}); !got.twice {
		t.Errorf("it says %+v", got)
	}
}

func TestStateRegistry_TwoThatStayWithOneAccount(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	if claimed, shared := r.retain(otherID); claimed || shared {
		t.Error("the first one shares it with another")
	}
	if r.claim(otherID) {
		t.Error("the account of a resource that stays is given to another one")
	}
	if claimed, shared := r.retain(strings.ToUpper(otherID)); !claimed || !shared {
		t.Error("the second one does not share it with the first, or with the creation that takes it over")
	}
}

func TestStateRegistry_TracksWhatTheStateHasByItsID(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	for _, raw := range []string{
		`{"client_id": "` + testClient + `", "name": "Training", "id": "abcdef00-2222-4333-8444-555555555555", "starting_balance": 5}`,
		`{"client_id": "` + testClient + `", "name": "Unresolved", "id": null, "starting_balance": 5, "status": "outcome unknown"}`,
	} {
		object, ok := trackedIn(creditAccountType, []byte(raw))
		if !ok {
			t.Fatalf("cannot read %s", raw)
		}
		r.track(object)
	}
	if !r.containsID("ABCDEF00-2222-4333-8444-555555555555") {
		t.Error("it does not track an account in the state")
	}
	if r.containsID(otherID) || r.containsID("") {
		t.Error("it tracks what is not in the state")
	}
	if !r.anyUnidentified() {
		t.Error("the unresolved one is not noted")
	}
	if _, ok := trackedIn(creditAccountType, []byte(`["x"]`)); ok {
		t.Error("a list was read as an object")
	}
}

// An import may not have learnt it, and it is not 0.
func TestStateRegistry_ABatchWhoseBalanceIsNotKnownIsLikeNoOther(t *testing.T) {
	t.Parallel()
	r := newStateRegistry()
	imported := creditBatchModel{ClientID: types.StringValue(testClient), Name: types.StringValue("Spring"), ID: types.StringValue(otherID)}
	r.track(imported.tracked())
	known := imported
	known.StartingBalance = types.NumberValue(big.NewFloat(5))
	r.track(known.tracked())
	for balance, want := range map[float64]int{0: 0, 5: 1} {
		wanted := imported
		wanted.StartingBalance = types.NumberValue(big.NewFloat(balance))
		if plan := r.planCreate(t.Context(), wanted.key(), nil); (plan.conflict != nil) != (want == 1) {
			t.Errorf("a creation with %v credits conflicts with %v", balance, plan)
		}
	}
}

// An update in the same apply is how a process that applies learns of an
// object that stays.
func TestCreditAccount_AResponseWithTheIDOfAnotherResourceIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().expectSuccess()
	id := w.api.Accounts()[0].ID
	w.api.Inject(mockapi.Fault{Method: http.MethodPost, Times: 1, Commit: true, Rewrite: mockapi.WholeBody(func(response map[string]any) {
		response["data"].(map[string]any)["APICreateCreditAccount"].(map[string]any)["id"] = strings.ToUpper(id)
	})})
	w.write(account("a", "Training", "timeouts = { create = \"3m\" }") + account("b", "Other", "depends_on = ["+theAccount+"]"))
	w.apply().expectSuccess().expectOutput(sumAdopted)
	if got, want := w.has("thoughtindustries_credit_account.b").Attributes["id"], w.api.Accounts()[1].ID; got != want {
		t.Errorf("the second one has the id %v, want %s", got, want)
	}
	w.api.expectPosts(2)
}
