package simulation

// rulesToCome are those that the provider does not keep yet: what breaks them is
// counted and fails nothing, unless -simulation.all is given. True ends the
// story of the seed, since what follows may be a consequence.
var rulesToCome = map[rule]bool{
	ruleNoCache:       false,
	ruleOwnConnection: false,
	ruleNoPrivate:     false,
	ruleNewest:        false,
	ruleOneDecision:   false,
	ruleAlongside:     false,
	ruleHTML:          false,
	ruleIgnore:        false,
	ruleKey:           true,
	ruleNameWarning:   false,
	ruleNameless:      false,
	ruleMinute:        false,
	ruleErrorsBeside:  true,
	ruleAdoptable:     true,
	ruleAge:           true,
	ruleWarned:        false,
	ruleConnected:     true,
	ruleCut:           true,
	ruleEmpty:         true,
	ruleImport:        true,
	ruleMove:          true,
	ruleNoListing:     true,
	ruleNumbers:       true,
	ruleOtherClients:  true,
	rulePage:          true,
	ruleSameName:      true,
}
