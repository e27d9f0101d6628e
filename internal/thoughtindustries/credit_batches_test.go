package thoughtindustries

import (
	"encoding/json"
	"math/big"
	"testing"
	"time"
)

func TestCreditBatchRequest_HoldsTheDocumentedFieldsAlone(t *testing.T) {
	text := func(value string) *string { return &value }
	expiry := time.Date(2031, 1, 1, 0, 30, 0, 999_999, time.FixedZone("", 3600))
	number := func(text string) *big.Float {
		value, ok := ParseNumber(text)
		if !ok {
			t.Fatalf("%q is no number", text)
		}
		return value
	}
	tests := map[string]struct {
		body any
		want string
	}{
		"the least":  {CreditBatchRequest{ClientID: "c", StartingBalance: number("0.1")}, `{"clientId":"c","startingBalance":0.1}`},
		"everything": {CreditBatchRequest{ClientID: "c", StartingBalance: number("1e15"), CreditAccountID: text("a"), Name: text("n"), ExpiresOn: &expiry}, `{"clientId":"c","startingBalance":1000000000000000,"creditAccountId":"a","name":"n","expiresOn":"2030-12-31T23:30:00.000Z"}`},
		"no change":  {CreditBatchChange{}, `{}`},
		"a name":     {CreditBatchChange{Name: text("n")}, `{"name":"n"}`},
		"an expiry":  {CreditBatchChange{ExpiresOn: &expiry}, `{"expiresOn":"2030-12-31T23:30:00.000Z"}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := json.Marshal(test.body)
			if err != nil || string(got) != test.want {
				t.Errorf("got %s, %v\nwant %s", got, err, test.want)
			}
		})
	}
}

func TestCreditBatchRequest_RecognisesItsBatch(t *testing.T) {
	text := func(value string) *string { return &value }
	batch := func(change func(*CreditBatch)) CreditBatch {
		result := CreditBatch{ID: optional("b"), CreditAccountID: optional("A"), Name: optional("n"), StartingBalance: optional(big.NewFloat(50))}
		change(&result)
		return result
	}
	request := CreditBatchRequest{ClientID: "c", CreditAccountID: text("a"), Name: text("n"), StartingBalance: big.NewFloat(50)}
	unnamed, ofNone := request, request
	unnamed.Name, ofNone.CreditAccountID = nil, nil
	tests := map[string]struct {
		request CreditBatchRequest
		change  func(*CreditBatch)
		want    bool
		// uncertain: what would distinguish it from others cannot be read.
		uncertain bool
	}{
		"the same":                           {request, func(*CreditBatch) {}, true, false},
		"another name":                       {request, func(b *CreditBatch) { b.Name = optional("m") }, false, false},
		"no name":                            {request, func(b *CreditBatch) { b.Name = Optional[string]{Known: true} }, false, false},
		"a name that nobody sent":            {unnamed, func(*CreditBatch) {}, true, false},
		"another balance":                    {request, func(b *CreditBatch) { b.StartingBalance = optional(big.NewFloat(51)) }, false, false},
		"a balance that cannot be read":      {request, func(b *CreditBatch) { b.StartingBalance = Optional[*big.Float]{} }, false, true},
		"another account":                    {request, func(b *CreditBatch) { b.CreditAccountID = optional("z") }, false, false},
		"of no account":                      {request, func(b *CreditBatch) { b.CreditAccountID = Optional[string]{Known: true} }, false, false},
		"of an account where none was named": {ofNone, func(*CreditBatch) {}, false, false},
		"of none where none was named":       {ofNone, func(b *CreditBatch) { b.CreditAccountID = Optional[string]{Known: true} }, true, false},
		"an id that cannot be read":          {request, func(b *CreditBatch) { b.ID = Optional[string]{} }, false, true},
		"an account that cannot be read":     {request, func(b *CreditBatch) { b.CreditAccountID = Optional[string]{} }, false, true},
		"a name that cannot be read":         {request, func(b *CreditBatch) { b.Name = Optional[string]{} }, false, true},
		"another balance, and no name":       {request, func(b *CreditBatch) { b.Name, b.StartingBalance = Optional[string]{}, optional(big.NewFloat(51)) }, false, false},
		"the name in another form":           {request, func(b *CreditBatch) { b.Name = optional(" n ") }, true, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got, uncertain := test.request.match(batch(test.change)); got != test.want || uncertain != test.uncertain {
				t.Errorf("matches: %v, uncertain: %v", got, uncertain)
			}
		})
	}
}

func TestClaims_TheBatchThatCameWithAnAccountIsItsFirstOfTheSameBalance(t *testing.T) {
	made := func(id string, second int, balance float64) CreditBatch {
		at := time.Date(2031, 1, 1, 0, 0, second, 0, time.UTC).Format(time.RFC3339Nano)
		return CreditBatch{ID: optional(id), StartingBalance: optional(big.NewFloat(balance)), CreatedAt: optional(at)}
	}
	tests := map[string]struct {
		account string
		batches []CreditBatch
		want    string
	}{
		"the first":                 {"A", []CreditBatch{made("Later", 2, 50), made("First", 1, 50)}, "first"},
		"the first is of another":   {"a", []CreditBatch{made("later", 2, 50), made("first", 1, 60)}, ""},
		"none yet":                  {"a", nil, ""},
		"not created here":          {"b", []CreditBatch{made("first", 1, 50)}, ""},
		"no account":                {"", []CreditBatch{made("first", 1, 50)}, ""},
		"the first cannot be named": {"a", []CreditBatch{{StartingBalance: optional(big.NewFloat(50))}}, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			l := &claims{}
			l.open("a", big.NewFloat(50))
			if got := l.initialBatchOf(test.account, test.batches); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
