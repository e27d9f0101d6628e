package simulation

import "fmt"

// rule is something that the contract demands. What breaks it is reported under it.
type rule string

// Of requests.
const (
	rulePhase         rule = "an apply alone sends POSTs, and begins none after an interrupt"
	ruleOnce          rule = "a POST is repeated after a 429 alone, and those of one key follow one another"
	ruleNotSent       rule = "no outcome is unknown where no connection was made for the POST"
	ruleBreaker       rule = "no POST begins after three unknown outcomes in a row"
	ruleOneRule       rule = "what the state has is not created again"
	ruleLookup        rule = "a lookup before a POST is complete or refused"
	ruleExists        rule = "no POST follows a lookup that showed the object"
	rulePace          rule = "a 429 and a Retry-After are obeyed"
	ruleDocumented    rule = "nothing undocumented is sent"
	ruleNamesOnce     rule = "a name that was returned is not asked for again"
	ruleOwnConnection rule = "a POST has a connection of its own"
	ruleNoCache       rule = "a GET says that it wants no cached copy"
	ruleKey           rule = "after a 401 to a lookup nothing is sent, and the plan or apply fails"
	ruleIgnore        rule = "under ignore an apply looks nothing up"
)

// Of creations, imports and updates.
const (
	ruleIDKept        rule = "an id in a response is in the state, whatever else the response has"
	ruleListedBefore  rule = "an id that a listing or the state had before is not a new object's"
	ruleAdoptedBefore rule = "adopted before a POST is what the policy allows, alone, tracked by nobody"
	ruleReallyExists  rule = "what is said to exist was shown to the process, with the name"
	ruleAdoptable     rule = "adopted before a POST is an active object of the same starting balance"
	ruleAdoptedAfter  rule = "adopted after a POST is what a listing after it, and none before it, shows alone"
	ruleNoListing     rule = "without a listing read before the POST nothing is adopted"
	ruleFindable      rule = "what can be found is found"
	ruleRefusal       rule = "a refused POST leaves nothing in the state"
	ruleComputed      rule = "what a good response returns is in the state"
	ruleImport        rule = "an import takes what is listed and has a name, and nothing else"
	ruleRecorded      rule = "a null of an import or adoption may be recorded, and a value is fixed"
)

// Of plans, applies and states.
const (
	ruleOneDecision rule = "what a plan announces, the apply does"
	ruleAlongside   rule = "with create_alongside a lookup that failed is an error of the plan"
	ruleMinute      rule = "the lookups of a plan take a minute together"
	ruleTakeOver    rule = "existing_account_id is checked at plan"
	ruleNameless    rule = "a batch without a name needs no lookup"
	ruleWarned      rule = "what is created beside something unread is a warning"
	ruleNotLost     rule = "each POST and each object is answered for"
	ruleIDs         rule = "each id exists and is in the state once"
	ruleTainted     rule = "what is unresolved is tainted"
	ruleDestroy     rule = "nothing is destroyed or forgotten that nobody took out"
	ruleRest        rule = "after an apply without errors a plan wants nothing"
	rulePlanApplies rule = "a plan that passed applies"
	ruleShared      rule = "a plan tells of two resources that have one account"
	ruleQuietPlan   rule = "a plan that changes nothing sends nothing"
	ruleEngine      rule = "the engine's own checks hold"
	ruleSecret      rule = "no diagnostic shows the API key"
	ruleEnds        rule = "a run ends soon after an interrupt"
)

// problem is a rule that was broken, and how.
type problem struct {
	rule rule
	text string
}

// broken notes that a rule was broken. It may be called under any lock.
func (s *scenario) broken(broken rule, format string, args ...any) {
	s.logMu.Lock()
	defer s.logMu.Unlock()
	if len(s.problems) < 20 { // what follows is of the same cause
		text := fmt.Sprintf("after step %d: ", len(s.steps)) + fmt.Sprintf(format, args...)
		s.problems = append(s.problems, problem{broken, text + " [" + string(broken) + "]"})
	}
}
