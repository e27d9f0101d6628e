package simulation

import "fmt"

// rule is something that the contract demands. What breaks it is reported under it.
type rule string

// Of requests.
const (
	rulePhase         rule = "an apply alone sends POSTs, and begins none after an interrupt"
	ruleOnce          rule = "a POST is repeated after a 429 alone, and those of one key follow one another"
	ruleNotSent       rule = "no outcome is unknown where no connection was made for the POST"
	ruleConnected     rule = "a POST is not repeated once there was a connection for it"
	ruleBreaker       rule = "no POST begins after three unknown outcomes in a row"
	ruleOneRule       rule = "what the state has is not created again"
	ruleLookup        rule = "a lookup before a POST is complete or refused"
	ruleNewest        rule = "the 50 newest accounts of other balances are asked for their names"
	ruleOtherClients  rule = "a listing that shows other clients' batches alone is failed"
	ruleAge           rule = "a copy from a cache is not taken for a listing or a name"
	rulePage          rule = "an HTML page refuses nothing: the lookup failed"
	ruleExists        rule = "no POST follows a lookup that showed the object"
	rulePace          rule = "a 429, a Retry-After and requests_per_minute are obeyed"
	ruleDocumented    rule = "nothing undocumented is sent"
	ruleNamesOnce     rule = "a name that was returned is not asked for again"
	ruleOwnConnection rule = "a POST has a connection of its own"
	ruleNoCache       rule = "a GET says that it wants no cached copy"
	ruleKey           rule = "after a 401 to a lookup nothing is sent, and the plan or apply fails"
	ruleIgnore        rule = "under ignore an apply looks nothing up"
)

// Of creations, imports, moves and updates.
const (
	ruleIDKept        rule = "an id in a response is in the state"
	ruleErrorsBeside  rule = "errors beside an id change nothing"
	ruleCut           rule = "an id in a body that is cut is not taken"
	ruleListedBefore  rule = "an id that a listing or the state had before is not a new object's"
	ruleAdoptedBefore rule = "adopted before a POST is what the policy allows, alone, tracked by nobody"
	ruleAdoptable     rule = "adopted before a POST is an active object of the same starting balance"
	ruleAdoptedAfter  rule = "adopted after a POST is what a listing after it, and none before it, shows alone"
	ruleNoListing     rule = "without a listing read before the POST nothing is adopted"
	ruleFindable      rule = "what can be found is found"
	ruleRefusal       rule = "a refused POST leaves nothing in the state"
	ruleComputed      rule = "what a good response returns is in the state"
	ruleNameWarning   rule = "another name in a response is a warning"
	ruleImport        rule = "an import takes what is listed and has a name, and nothing else"
	ruleMove          rule = "a move takes client, id, name and balance, and sends nothing"
	ruleRecorded      rule = "a null of an import or adoption may be recorded, and a value is fixed"
	ruleNoPrivate     rule = "nothing of an account is kept in private data"
)

// Of plans, applies and states.
const (
	ruleOneDecision rule = "what a plan announces, the apply does"
	ruleAlongside   rule = "with create_alongside a lookup that failed is an error of the plan"
	ruleMinute      rule = "the lookups of a plan take a minute together"
	ruleTakeOver    rule = "existing_account_id is checked at plan"
	ruleNameless    rule = "a batch without a name needs no lookup"
	ruleHTML        rule = "where an HTML page came, the error asks whether base_url is right"
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

// explanation is why something is as the promise seems to forbid: an object
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
	byOlder       explanation = "second: another balance, and 50 accounts of other balances are newer"
	byUnread      explanation = "second: another balance, and its name was asked for and could not be read"
	byZero        explanation = "second: it has no batch, since its starting balance is 0"
	byUse         explanation = "second: its batches are in no listing any more"
	byLag         explanation = "second: the listing did not show it yet"
	byOthers      explanation = "second: somebody made it after the listing was read"
)

// Why nobody answers for an object that a POST made.
const (
	byKill       explanation = "lost: the process was killed before the state was saved"
	byForgetting explanation = "lost: a person forgot or replaced it"
	byGuess      explanation = "lost: a person forgot it while its outcome was unknown"
	byOtherName  explanation = "lost: a person changed client or name of what was tainted at the address"
	byOtherID    explanation = "lost: a person named another one"
	byMistake    explanation = "lost: another one appeared meanwhile that was like it in all that a lookup shows"
	byLie        explanation = "lost: the response gave an id that nothing had shown before"
)

// Why two resources have one object, or one has what does not exist.
const (
	byNaming    explanation = "shared: a person named it at two addresses"
	byInvention explanation = "invented: a person or a response named an id of none"
)

// explain counts an explanation, once for each object. It needs api.mu.
func (s *scenario) explain(why explanation, object string) {
	if key := string(why) + object; !s.counted[key] {
		s.counted[key] = true
		s.met[string(why)]++
	}
}

// problem is a rule that was broken, and how.
type problem struct {
	rule rule
	text string
}

// isOver reports whether nothing more is to be learned from this story.
func (s *scenario) isOver() bool {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	return len(s.problems) > 0
}

func (s *scenario) broken(broken rule, format string, args ...any) {
	s.api.mu.Lock()
	defer s.api.mu.Unlock()
	s.brokenLocked(broken, format, args...)
}

func (s *scenario) brokenLocked(broken rule, format string, args ...any) {
	if len(s.problems) == 20 {
		return // what follows is of the same cause
	}
	text := fmt.Sprintf("pipeline %d after step %d: ", s.pipeline, len(s.steps)) + fmt.Sprintf(format, args...)
	s.problems = append(s.problems, problem{broken, text + " [" + string(broken) + "]"})
}
