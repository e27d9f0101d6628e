package simulation

// rulesToCome are those that the provider does not keep yet: what breaks them is
// counted and fails nothing, unless -simulation.all is given. True ends the
// story of the seed, since what follows may be a consequence.
var rulesToCome = map[rule]bool{
	ruleNewest:      false,
	ruleOneDecision: false,
	ruleEmpty:       true,
	ruleNumbers:     true,
	ruleSameName:    true,
}
