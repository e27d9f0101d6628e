package simulation

import (
	"fmt"
	"slices"
)

// explanation is why something is as the promise seems to forbid: an account
// exists beside another one, or no state has it, or two resources have it. Each
// is about one object or one POST, is established from what passed over the wire
// or what a person did, and is counted. There are no others.
type explanation string

// Why a POST could be sent though such an object existed: nobody could know of it, or a person wanted it.
const (
	byPermission  explanation = "second: create_alongside lists it"
	byIgnore      explanation = "second: on_existing_account is ignore"
	byNoName      explanation = "second: a batch without a name is not looked up"
	byRefusal     explanation = "second: the API refused the listing to this process"
	byNameRefusal explanation = "second: the API refused this account's name to this process"
	byNoNames     explanation = "second: the API returned no name of any account"
	byBalance     explanation = "second: the listing showed it with another starting balance"
	byZero        explanation = "second: it has no batch, since its starting balance is 0"
	byUse         explanation = "second: its first batch is in no listing any more"
	byLag         explanation = "second: the listing did not show it yet"
	byTiming      explanation = "second: it was made after the listing was read"
)

// Why nobody answers for an object that a POST made.
const (
	byKill       explanation = "lost: the process was killed before the state was saved"
	byForgetting explanation = "lost: a person forgot or replaced it"
	byGuess      explanation = "lost: a person forgot it while its outcome was unknown"
	byOtherName  explanation = "lost: a person changed client or name of what was tainted at the address"
	byOtherID    explanation = "lost: a person named another one"
	byMistake    explanation = "lost: another one appeared meanwhile that was like it in all that a lookup shows"
	byLie        explanation = "lost: the response gave the id of another one"
)

// Why two resources have one object, or one has what does not exist.
const (
	byNaming    explanation = "shared: a person named it at two addresses"
	byInvention explanation = "invented: a person or a response named an id of none"
)

var explanations = []explanation{
	byPermission, byIgnore, byNoName, byRefusal, byNameRefusal, byNoNames, byBalance, byZero, byUse, byLag, byTiming,
	byKill, byForgetting, byGuess, byOtherName, byOtherID, byMistake, byLie, byNaming, byInvention,
}

// explain counts an explanation, once for each object. It needs api.mu.
func (s *scenario) explain(e explanation, object string) {
	if key := string(e) + object; !s.counted[key] {
		s.counted[key] = true
		s.explained[e]++
	}
}

// explainUnlisted finds out why the listing that a process read first does not
// have an object; false where it should. It needs api.mu.
func (s *scenario) explainUnlisted(o *stored, d *declared, r *read) bool {
	batches := []*stored{o}
	if o.kind == accountKind {
		batches = nil
		for _, b := range s.api.objects {
			if b.kind == batchKind && b.account == o.id {
				batches = append(batches, b)
			}
		}
	}
	shown := slices.ContainsFunc(batches, func(b *stored) bool { return !r.shown[b].IsZero() })
	switch {
	case len(batches) == 0:
		s.explain(byZero, o.id)
	case !o.storedAt.Before(r.began):
		s.explain(byTiming, o.id)
	case !o.visibleFrom.Before(r.began):
		s.explain(byLag, o.id)
	case shown && (amount(o.balance) != amount(d.balance) || o.first != nil && o.first.unlisted):
		s.explain(byBalance, o.id)
	case batches[0].unlisted:
		s.explain(byUse, o.id)
	default:
		return false
	}
	return true
}

func (q *post) String() string {
	what := "no fault"
	if q.fault != nil && q.fault != noFault {
		what = q.fault.name
	}
	return fmt.Sprintf("POST %d of %s (%s)", q.number, q.declared.address, what)
}
