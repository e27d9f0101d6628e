package thoughtindustries

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const someID = "11111111-2222-4333-8444-555555555555"

func TestDecodeCreditAccount_AnIDIsFoundWhereverItMayStand(t *testing.T) {
	const whole = `{"data":{"APICreateCreditAccount":{"id":"` + someID + `","name":"A","currentBalance":5}}}`
	for _, test := range []struct {
		name, body, id string
	}{
		{"documented", whole, someID},
		{"with a byte order mark", "\ufeff" + whole, someID},
		{"with text behind it", whole + "<!-- served by gw1 -->", someID},
		{"under another name", `{"data":{"CreateCreditAccount":{"id":"` + someID + `"}}}`, someID},
		{"directly in data", `{"data":{"id":"` + someID + `"}}`, someID},
		{"without an envelope", `{"id":"` + someID + `","name":"A"}`, someID},
		{"beside a null", `{"data":{"other":null,"x":{"id":"` + someID + `"}}}`, someID},
		{"cut after the id", `{"data":{"APICreateCreditAccount":{"id":"` + someID + `","na`, someID},
		{"cut right after the id", `{"data":{"APICreateCreditAccount":{"id":"` + someID + `"`, someID},
		{"broken after the id", `{"data":{"APICreateCreditAccount":{"id":"` + someID + `",oops}}}`, someID},
		{"cut in a list after the id", `{"data":{"APICreateCreditAccount":{"id":"` + someID + `","sublicenses":[{"id":"x"`, someID},
		{"every other field of a wrong type", `{"data":{"APICreateCreditAccount":{"id":"` + someID + `","name":5,"status":[],"currentBalance":"x","sublicenses":{},"createdAt":true}}}`, someID},
		{"in upper case", `{"data":{"APICreateCreditAccount":{"id":"ABCDEF12-2222-4333-8444-555555555555"}}}`, "ABCDEF12-2222-4333-8444-555555555555"},
		{"beside errors", `{"errors":[{"message":"late"}],"data":{"APICreateCreditAccount":{"id":"` + someID + `"}}}`, someID},
		{"beside an empty list of errors", `{"errors":[],"id":"` + someID + `"}`, someID},
		{"with another object within", `{"id":"` + someID + `","client":{"id":"` + acme + `"}}`, someID},

		{"cut within the id", `{"data":{"APICreateCreditAccount":{"id":"11111111-22`, ""},
		{"cut before the id, after another's", `{"data":{"APICreateCreditAccount":{"sublicenses":[{"id":"` + someID + `"}],"na`, ""},
		{"not a UUID", `{"data":{"APICreateCreditAccount":{"id":"acc_123"}}}`, ""},
		{"a UUID in another form", `{"data":{"APICreateCreditAccount":{"id":"{` + someID + `}"}}}`, ""},
		{"a UUID without hyphens", `{"data":{"APICreateCreditAccount":{"id":"11111111222243338444555555555555"}}}`, ""},
		{"the UUID of nothing", `{"data":{"APICreateCreditAccount":{"id":"00000000-0000-0000-0000-000000000000"}}}`, ""},
		{"a request that was accepted", `{"id":"req-8f3","status":"accepted"}`, ""},
		{"an error", `{"data":{"error":{"id":"E42"}}}`, ""},
		{"an error whose id is a UUID", `{"data":{"error":{"id":"` + someID + `"}}}`, ""},
		{"an error without an envelope", `{"error":"internal","id":"` + someID + `"}`, ""},
		{"errors without an envelope", `{"errors":[{"message":"x"}],"id":"` + someID + `"}`, ""},
		{"data is null, the response has one", `{"data":null,"id":"` + someID + `"}`, ""},
		{"data is a list", `{"data":[{"id":"` + someID + `"}]}`, ""},
		{"the documented object is a list", `{"data":{"APICreateCreditAccount":[{"id":"` + someID + `"}]}}`, ""},
		{"data and an object in it could be it", `{"data":{"id":"` + someID + `","x":{"id":"` + acme + `"}}}`, ""},
		{"two objects, one of them with an id", `{"data":{"CreditAccount":{"name":"A"},"client":{"id":"` + acme + `"}}}`, ""},
		{"two objects that could be it", `{"data":{"a":{"id":"` + someID + `"},"b":{"id":"` + acme + `"}}}`, ""},
		{"the documented object has none, another has", `{"data":{"APICreateCreditAccount":{"name":"A"},"client":{"id":"` + someID + `"}}}`, ""},
		{"the documented object is null, the response has one", `{"data":{"APICreateCreditAccount":null},"id":"trace-1"}`, ""},
		{"a number", `{"data":{"APICreateCreditAccount":{"id":7}}}`, ""},
		{"null", `{"data":{"APICreateCreditAccount":{"id":null}}}`, ""},
		{"empty", `{"data":{"APICreateCreditAccount":{"id":""}}}`, ""},
		{"with a space", `{"data":{"APICreateCreditAccount":{"id":"a b"}}}`, ""},
		{"with a line break", `{"data":{"APICreateCreditAccount":{"id":"a\nb"}}}`, ""},
		{"with an escape", `{"data":{"APICreateCreditAccount":{"id":"a\u001b[31m"}}}`, ""},
		{"with half a surrogate", `{"data":{"APICreateCreditAccount":{"id":"a\ud800"}}}`, ""},
		{"not UTF-8", "{\"data\":{\"APICreateCreditAccount\":{\"id\":\"a\xff\"}}}", ""},
		{"too long", `{"id":"` + someID + strings.Repeat("1", 1000) + `"}`, ""},
		{"no JSON", `<html>` + someID + `</html>`, ""},
		{"a text", `"` + someID + `"`, ""},
		{"a list", `[{"id":"` + someID + `"}]`, ""},
		{"nothing", ``, ""},
		{"nested without end", strings.Repeat(`{"data":`, 5000), ""},
		{"lists without end", strings.Repeat(`[`, 5000), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			account, ok := decodeCreditAccount([]byte(test.body))
			if ok != (test.id != "") || account.ID != test.id {
				t.Errorf("got %q, %v; want %q", account.ID, ok, test.id)
			}
		})
	}
}

func TestDecodeLenient_GivesWhatStoodBeforeTheBreak(t *testing.T) {
	for text, want := range map[string]any{
		`{"a":1,"b":[true,{"c":null}`: object{"a": json.Number("1"), "b": []any{true, object{"c": nil}}},
		`{"a":"x" "b":2}`:             object{"a": "x"},
		`{"a":`:                       object{},
		`[1,2`:                        []any{json.Number("1"), json.Number("2")},
		strings.Repeat("[", maxDepth+2) + `"too deep`: nil,
	} {
		got, err := decodeLenient([]byte(text))
		if err == nil {
			t.Errorf("%s: no error", text)
		}
		if want != nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
	}
}

func TestOptional_DistinguishesMissingFromNullFromWrong(t *testing.T) {
	tree, err := decodeLenient([]byte(`{"null":null,"text":"x","true":true,"int":12345678901234567890,"small":7,"most":2147483647,"over":2147483648,"least":-2147483648,"under":-2147483649,"half":0.5,"huge":1e400,"monster":1e999999999,"list":[],"object":{}}`))
	if err != nil {
		t.Fatal(err)
	}
	from := tree.(object)
	const unset, null = "unset", "null"
	for _, test := range []struct {
		field                          string
		asString, asBool, asNum, asInt string
	}{
		{"missing", unset, unset, unset, unset},
		{"null", null, null, null, null},
		{"text", "x", unset, unset, unset},
		{"true", unset, "true", unset, unset},
		{"int", unset, unset, "12345678901234567890", unset},
		{"small", unset, unset, "7", "7"},
		{"most", unset, unset, "2147483647", "2147483647"},
		{"over", unset, unset, "2147483648", unset},
		{"least", unset, unset, "-2147483648", "-2147483648"},
		{"under", unset, unset, "-2147483649", unset},
		{"half", unset, unset, "0.5", unset},
		{"huge", unset, unset, unset, unset},
		{"monster", unset, unset, unset, unset},
		{"list", unset, unset, unset, unset},
		{"object", unset, unset, unset, unset},
	} {
		got := []string{
			show(readString(from, test.field)), show(readBool(from, test.field)),
			show(readNumber(from, test.field)), show(readInteger(from, test.field)),
		}
		if want := []string{test.asString, test.asBool, test.asNum, test.asInt}; !reflect.DeepEqual(got, want) {
			t.Errorf("%s reads as %v, want %v", test.field, got, want)
		}
	}
}

func show[T any](value Optional[T]) string {
	switch {
	case !value.Known && value.Value == nil:
		return "unset"
	case !value.Known:
		return "a value that is not known"
	case value.Value == nil:
		return "null"
	}
	if number, ok := any(*value.Value).(*big.Float); ok {
		return number.Text('f', -1)
	}
	return fmt.Sprint(*value.Value)
}

func TestParseNumber_LosesNothingAndNeverWorksForLong(t *testing.T) {
	for _, text := range []string{"0", "0.1", "-5", "1000000000000000000000000000001", "1.7976931348623157e308", "5e-324"} {
		got, ok := ParseNumber(text)
		want, _, _ := big.ParseFloat(text, 10, 512, big.ToNearestEven)
		if !ok || got.Cmp(want) != 0 {
			t.Errorf("%s: got %v, %v", text, got, ok)
		}
	}
	for _, text := range []string{"", "x", "1e400", "1e-400", "1e999999999999999999", "Inf", strings.Repeat("9", longestNumber+1), "1 "} {
		if got, ok := ParseNumber(text); ok {
			t.Errorf("%.20s: got %v", text, got)
		}
	}
}

func TestDecimal_WritesNoExponent(t *testing.T) {
	for text, want := range map[string]json.Number{"0.1": "0.1", "1e15": "1000000000000000", "5.0": "5", "12345678901234567890.125": "12345678901234567890.125"} {
		if got := decimal(number(t, text)); got != want {
			t.Errorf("%s is written %s", text, got)
		}
	}
	if got := decimal(nil); got != "0" {
		t.Errorf("nothing is written %s", got)
	}
}

func TestDecodeCreditAccount_ReadsEveryDocumentedField(t *testing.T) {
	account, ok := decodeCreditAccount([]byte(`{"data":{"APICreateCreditAccount":{"id":"` + someID + `","clientId":"c","sublicenses":[{"id":"s","deleted":false},{"id":null}],
		"currentBalance":1.5,"status":"active","notifyEmails":["a@example.com"],"batchDaysUntilExpire":30,"minimumBatchAmount":0,
		"createdAt":"2024-01-01T00:00:00.000Z","updatedAt":"2024-01-02T00:00:00.000Z","type":"client","name":"A"}}}`))
	if !ok {
		t.Fatal("no id")
	}
	got := strings.Join([]string{
		account.ID, show(account.ClientID), show(account.Name), show(account.Status), show(account.Type), show(account.CurrentBalance),
		show(account.BatchDaysUntilExpire), show(account.MinimumBatchAmount), show(account.CreatedAt), show(account.UpdatedAt),
	}, " ")
	const want = someID + " c A active client 1.5 30 0 2024-01-01T00:00:00.000Z 2024-01-02T00:00:00.000Z"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if list := account.Sublicenses; list.Value == nil || len(*list.Value) != 2 || show((*list.Value)[0].ID) != "s" || show((*list.Value)[0].Deleted) != "false" ||
		show((*list.Value)[1].ID) != "null" || show((*list.Value)[1].Deleted) != "unset" {
		t.Errorf("the sublicenses are %+v", list)
	}
	for _, wrong := range []string{`"x"`, `[1]`, `{}`} {
		account, ok := decodeCreditAccount([]byte(`{"id":"` + someID + `","sublicenses":` + wrong + `}`))
		if !ok || account.Sublicenses.Known {
			t.Errorf("sublicenses %s are known: %+v", wrong, account.Sublicenses)
		}
	}
}

// batch is of an account that is named by one letter, which ends its id.
func batch(account, created, starting, current string) CreditBatch {
	if len(account) == len(`"a"`) {
		account = `"` + someID[:len(someID)-1] + account[1:]
	}
	raw := fmt.Sprintf(`{"creditAccountId":%s,"createdAt":%s,"startingBalance":%s,"currentBalance":%s}`, account, created, starting, current)
	tree, err := decodeLenient([]byte(raw))
	if err != nil {
		panic(raw)
	}
	return readCreditBatch(tree.(object))
}

func TestSeenIn_MakesAccountsOfBatches(t *testing.T) {
	const early, late = `"2024-01-01T00:00:00.000Z"`, `"2024-06-01T00:00:00+02:00"`
	for _, test := range []struct {
		name    string
		batches []CreditBatch
		want    string // id, starting balance, current balance, first seen; newest first
	}{
		{"none", nil, ""},
		{"one", []CreditBatch{batch(`"a"`, early, "5", "4")}, "a 5 4 2024"},
		{"the first one's balance is the starting one", []CreditBatch{batch(`"a"`, late, "7", "7"), batch(`"a"`, early, "5", "0.5")}, "a 5 7.5 2024"},
		{"in either order", []CreditBatch{batch(`"a"`, early, "5", "0.5"), batch(`"a"`, late, "7", "7")}, "a 5 7.5 2024"},
		{"ids are the same in upper case", []CreditBatch{batch(`"A"`, early, "5", "1"), batch(`"a"`, late, "7", "1")}, "A 5 2 2024"},
		{"newest first", []CreditBatch{batch(`"a"`, early, "1", "1"), batch(`"b"`, late, "2", "2")}, "b 2 2 2024, a 1 1 2024"},
		{"of the same time by id", []CreditBatch{batch(`"b"`, early, "1", "1"), batch(`"a"`, early, "2", "2")}, "a 2 2 2024, b 1 1 2024"},
		{"of no account", []CreditBatch{batch(`null`, early, "1", "1"), batch(`""`, early, "1", "1"), batch(`7`, early, "1", "1")}, ""},
		{"a balance that cannot be read", []CreditBatch{batch(`"a"`, early, `"x"`, "1"), batch(`"a"`, late, "2", "null")}, "a - - 2024"},
		{"a sum that is unknown stays so", []CreditBatch{batch(`"a"`, early, "1", "null"), batch(`"a"`, late, "2", "2")}, "a 1 - 2024"},
		{"a time that cannot be read", []CreditBatch{batch(`"a"`, `"yesterday"`, "1", "1")}, "a 1 1 -"},
		{"no time", []CreditBatch{batch(`"a"`, `null`, "1", "1")}, "a 1 1 -"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for _, account := range accountsIn(test.batches) {
				year, balances := "-", []string{"-", "-"}
				if !account.first.IsZero() {
					year = account.first.Format("2006")
				}
				for i, balance := range []*big.Float{account.startingBalance, account.currentBalance} {
					if balance != nil {
						balances[i] = balance.Text('f', -1)
					}
				}
				got = append(got, strings.Join([]string{account.id[len(account.id)-1:], balances[0], balances[1], year}, " "))
			}
			if strings.Join(got, ", ") != test.want {
				t.Errorf("got %v, want %s", got, test.want)
			}
		})
	}
}

func TestSameBalance_ComparesWhatAServerCanKeep(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want bool
	}{
		{"5", "5.0", true}, {"0.1", "0.1000000000000000055511151231257827", true}, {"5", "5.000000001", false}, {"0", "0", true},
	} {
		if got := sameBalance(number(t, test.a), number(t, test.b)); got != test.want {
			t.Errorf("%s and %s: got %v", test.a, test.b, got)
		}
	}
	if sameBalance(nil, nil) || sameBalance(nil, number(t, "0")) || sameBalance(number(t, "0"), nil) {
		t.Error("a balance that cannot be read is the same as another")
	}
}

func TestServerClock_KeepsToTheEarliestThatItMayShow(t *testing.T) {
	at := func(seconds float64) time.Time { return time.Unix(1_000_000, int64(seconds*1e9)) }
	learn := func(c *serverClock, date float64, began, ended float64) {
		c.learn(http.Header{"Date": {at(date).UTC().Format(http.TimeFormat)}}, at(began), at(ended))
	}
	for _, test := range []struct {
		name  string
		learn func(c *serverClock)
		ahead time.Duration
		known bool
	}{
		{"nothing known", func(*serverClock) {}, 0, false},
		{"no Date", func(c *serverClock) { c.learn(http.Header{}, at(0), at(0)) }, 0, false},
		{"a Date that is none", func(c *serverClock) { c.learn(http.Header{"Date": {"today"}}, at(0), at(0)) }, 0, false},
		{"the same clock", func(c *serverClock) { learn(c, 0, 0, 0) }, 0, true},
		{"an hour ahead", func(c *serverClock) { learn(c, 3600, 0, 0) }, time.Hour, true},
		{"an hour behind", func(c *serverClock) { learn(c, -3600, 0, 0) }, -time.Hour, true},
		{"a response that took a minute, its Date from the end", func(c *serverClock) { learn(c, 60, 0, 60) }, 0, true},
		{"a response that took a minute, its Date from the beginning", func(c *serverClock) { learn(c, 0, 0, 60) }, -time.Minute, true},
		{"narrowed by a fast one before", func(c *serverClock) { learn(c, 0, 0, 0); learn(c, 10, 10, 70) }, 0, true},
		{"narrowed by a fast one after", func(c *serverClock) { learn(c, 0, 0, 60); learn(c, 70, 70, 70) }, 0, true},
		{"set back by less than the tolerance", func(c *serverClock) { learn(c, 10, 0, 0); learn(c, 17, 10, 10) }, 7 * time.Second, true},
		{"a clock that was set anew", func(c *serverClock) { learn(c, 0, 0, 0); learn(c, 100, 10, 10) }, 0, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &serverClock{}
			test.learn(c)
			got, known := c.at(at(0))
			if got := got.Sub(at(0)); got != test.ahead || known != test.known {
				t.Errorf("it is %v ahead, known %v; want %v, %v", got, known, test.ahead, test.known)
			}
		})
	}
}

func TestKeyedLocks_OneAtATimeAndNothingKept(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		var locks keyedLocks
		unlock, err := locks.lock(w.t.Context(), createKey{name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		if other, err := locks.lock(w.t.Context(), createKey{name: "b"}); err != nil {
			t.Error("another key waits")
		} else {
			other()
		}
		ctx, cancel := context.WithTimeout(w.t.Context(), time.Second)
		defer cancel()
		if _, err := locks.lock(ctx, createKey{name: "a"}); err == nil {
			t.Error("two hold one lock")
		}
		waited := make(chan time.Time)
		go func() {
			unlock, err := locks.lock(w.t.Context(), createKey{name: "a"})
			if err == nil {
				unlock()
			}
			waited <- time.Now()
		}()
		time.Sleep(time.Minute)
		released := time.Now()
		unlock()
		if got := <-waited; !got.Equal(released) {
			t.Errorf("the next one had it at %v, and it was free at %v", got, released)
		}
		if len(locks.inUse) != 0 {
			t.Errorf("%d locks are kept that nobody holds", len(locks.inUse))
		}
	})
}

func TestClaims_AnIDIsClaimedOnce(t *testing.T) {
	var c claims
	if !c.claim("A1") || c.claim("a1") || c.claim("A1") {
		t.Error("an id is not claimed exactly once, whatever its case")
	}
	if !c.claim("A2") {
		t.Error("another id is taken")
	}
	for id, want := range map[string]bool{"a1": true, "A1": true, "a2": true, "a4": false} {
		if got := c.contains(id); got != want {
			t.Errorf("%s is claimed: %v, want %v", id, got, want)
		}
	}
}

func TestDecodeLenient_RefusesWhatIsNestedTooDeeplyThoughItIsWhole(t *testing.T) {
	for depth, want := range map[int]error{maxDepth: nil, maxDepth + 2: errTooDeep} {
		if _, err := decodeLenient([]byte(strings.Repeat("[", depth) + strings.Repeat("]", depth))); !errors.Is(err, want) {
			t.Errorf("%d levels: %v, want %v", depth, err, want)
		}
	}
}

// A status that is not documented is the API's to choose, and is kept.
func TestStatus_ThatIsNotKnownIsKept(t *testing.T) {
	account, ok := decodeCreditAccount([]byte(`{"id":"` + someID + `","status":"frozen","type":"reseller"}`))
	if !ok || show(account.Status) != "frozen" || show(account.Type) != "reseller" {
		t.Errorf("the account is %+v", account)
	}
	batch, ok := decodeCreditBatch([]byte(`{"data":{"id":"`+someID+`","status":"Tracked Back"}}`), "CreateCreditBatch")
	if !ok || show(batch.Status) != "Tracked Back" {
		t.Errorf("the batch is %+v", batch)
	}
}
