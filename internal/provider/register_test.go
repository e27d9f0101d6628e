package provider

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// With create_before_destroy the old object's destruction is planned after the
// creation, and what was planned must not stand in its way.
func TestRegister_ACreationThatHasBegunIsNoPlanAnyMore(t *testing.T) {
	t.Parallel()
	r := newRegister()
	key, other := accountKey(testClient, "Training"), accountKey(testClient, "Other")
	r.create(key, false)
	r.create(other, true)
	if !r.creates(key) || !r.permits(other) {
		t.Fatal("what is planned is not noted")
	}
	r.created(key)
	r.created(other)
	if r.creates(key) || r.permits(other) {
		t.Error("what has begun is still planned")
	}
}

func TestRegister_HoldsWhatTheStateHasByItsID(t *testing.T) {
	t.Parallel()
	r := newRegister()
	for _, raw := range []string{
		`{"client_id": "` + testClient + `", "name": "Training", "id": "abcdef00-2222-4333-8444-555555555555", "starting_balance": 5}`,
		`{"client_id": "` + testClient + `", "name": "Guard", "id": null, "starting_balance": 5, "status": "outcome unknown"}`,
	} {
		held, ok := heldIn(creditAccountType, []byte(raw))
		if !ok {
			t.Fatalf("cannot read %s", raw)
		}
		r.hold(held)
	}
	if !r.holds("ABCDEF00-2222-4333-8444-555555555555") {
		t.Error("it does not hold an account in the state")
	}
	if r.holds(otherID) || r.holds("") {
		t.Error("it holds what is not in the state")
	}
	if !r.anyUnidentified() {
		t.Error("the guard is not noted")
	}
	if _, ok := heldIn(creditAccountType, []byte(`["x"]`)); ok {
		t.Error("a list was read as an object")
	}
}

// An import may not have learnt it, and it is not 0.
func TestRegister_ABatchWhoseBalanceIsNotKnownIsLikeNoOther(t *testing.T) {
	t.Parallel()
	r := newRegister()
	imported := creditBatchModel{ClientID: types.StringValue(testClient), Name: types.StringValue("Spring"), ID: types.StringValue(otherID)}
	r.hold(imported.held())
	known := imported
	known.StartingBalance = types.NumberValue(big.NewFloat(5))
	r.hold(known.held())
	for balance, want := range map[float64]int{0: 0, 5: 1} {
		wanted := imported
		wanted.StartingBalance = types.NumberValue(big.NewFloat(balance))
		if held, _ := r.create(wanted.key(), false); len(held) != want {
			t.Errorf("a creation with %v credits is told of %v", balance, held)
		}
	}
}

// An update in the same apply is how a process that applies is told of an
// object that stays.
func TestCreditAccount_AnAnswerWithTheIDOfAnotherResourceIsNotTaken(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(account("a", "Training", ""))
	w.apply().succeeds()
	id := w.api.Accounts()[0].ID
	w.api.Inject(mockapi.Fault{Method: "POST", Times: 1, Mutate: func(answer map[string]any) {
		answer["data"].(map[string]any)["APICreateCreditAccount"].(map[string]any)["id"] = strings.ToUpper(id)
	}})
	w.write(account("a", "Training", "timeouts = { create = \"3m\" }") + account("b", "Other", "depends_on = ["+theAccount+"]"))
	w.apply().fails(sumUnknownOutcome, "the id of one that is held already")
	if got := w.has("thoughtindustries_credit_account.b").Attributes["id"]; got != nil {
		t.Errorf("the second one has the id %v, of the first", got)
	}
	w.posts(2)
	w.plan().fails(sumGuarded)
}

func TestSecondAccount_BesideAGuardIsPermittedWhereItIsAllowed(t *testing.T) {
	t.Parallel()
	server := configuredServer(t)
	server.held.hold(heldObject{
		Kind: creditAccountType, ClientID: testClient, Name: "Training", StartingBalance: "5", Status: guardStatus(time.Now(), "no answer"),
	})
	config := accountValue(t, configuredAs("Training", map[string]tftypes.Value{"allow_replacement": tftypes.NewValue(tftypes.Bool, true)}))
	resp, err := server.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: creditAccountType, PriorState: nullAccount(t), ProposedNewState: config, Config: config,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(resp.Diagnostics) != 1 || resp.Diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || resp.Diagnostics[0].Summary != sumOldStays {
		t.Errorf("it says %v", resp.Diagnostics)
	}
}
