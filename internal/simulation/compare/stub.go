package main

func lookupRuns() []run        { return nil }
func nameRuns() []run          { return nil }
func planRuns() []run          { return nil }
func afterUnknownRuns() []run  { return nil }
func unresolvedRuns() []run    { return nil }
func secondAccountRuns() []run { return nil }
func changeRuns() []run        { return nil }
func importRuns() []run        { return nil }
func takeOverRuns() []run      { return nil }
func moveRuns() []run          { return nil }
func dataRuns() []run          { return nil }
func batchRuns() []run         { return nil }
func programRuns() []run       { return nil }
