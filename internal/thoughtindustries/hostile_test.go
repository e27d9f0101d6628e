package thoughtindustries

import "testing"

// What a listing says of an account is shown to people, and its id goes into
// the state: a server must not get anything else through.
func TestLookup_TakesOnlyIDsAndTimesFromAListing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		accountID, createdAt string
		seen, dated          bool
	}{
		"documented":                 {"0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10", "2026-11-24T10:00:00.000Z", true, true},
		"time with escape sequences": {"0b0f3c5e-7a52-4a3e-9b8e-2f6f1f1f9a10", "\x1b[2J2026", true, false},
		"id with escape sequences":   {"\x1b]0;pwned\x07", "2026-11-24T10:00:00.000Z", false, false},
		"id with a line break":       {"0b0f3c5e\nError: pay here", "2026-11-24T10:00:00.000Z", false, false},
		"no id":                      {"", "2026-11-24T10:00:00.000Z", false, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			batch := readCreditBatch(object{"creditAccountId": test.accountID, "createdAt": test.createdAt})
			accounts := accountsIn([]CreditBatch{batch})
			if (len(accounts) == 1) != test.seen {
				t.Fatalf("%d accounts were seen", len(accounts))
			}
			if !test.seen {
				return
			}
			if dated := accounts[0].account("client").CreatedAt.Value != nil; dated != test.dated {
				t.Errorf("a time was read: %v, want %v", dated, test.dated)
			}
		})
	}
}
