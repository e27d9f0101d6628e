package thoughtindustries

import (
	"encoding/json"
	"fmt"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestReadCreditAccount_FindsTheIDOfTheObjectOfThisCallAlone(t *testing.T) {
	const account = `{"id":"` + someID + `","name":"A"}`
	const other = `{"id":"` + acme + `"}`
	for name, test := range map[string]struct {
		body string
		ok   bool
	}{
		"documented":             {`{"data":{"APICreateCreditAccount":` + account + `}}`, true},
		"with a byte order mark": {"\ufeff" + `{"data":{"APICreateCreditAccount":` + account + `}}`, true},
		"under another name":     {`{"data":{"CreateCreditAccount":` + account + `}}`, true},
		"directly in data":       {`{"data":` + account + `}`, true},
		"without an envelope":    {account, true},
		"beside a null":          {`{"data":{"other":null,"x":` + account + `}}`, true},
		"beside errors": {`{"errors":[{"message":"late"}],"data":{"APICreateCreditAccount":` +
			account + `}}`, true},
		"beside an empty list of errors": {`{"errors":[],"id":"` + someID + `"}`, true},
		"every other field odd": {`{"id":"` + someID +
			`","name":5,"status":[],"currentBalance":"x","sublicenses":{}}`, true},
		"with another object within":            {`{"id":"` + someID + `","client":` + other + `}`, true},
		"cut":                                   {`{"data":{"APICreateCreditAccount":` + account, false},
		"with text behind it":                   {account + "<!-- gw1 -->", false},
		"no UUID":                               {`{"id":"acc_123"}`, false},
		"a UUID in braces":                      {`{"id":"{` + someID + `}"}`, false},
		"a UUID without hyphens":                {`{"id":"` + strings.ReplaceAll(someID, "-", "") + `"}`, false},
		"the UUID of nothing":                   {`{"id":"00000000-0000-0000-0000-000000000000"}`, false},
		"an error's id":                         {`{"data":{"error":` + account + `}}`, false},
		"an error without an envelope":          {`{"error":"internal","id":"` + someID + `"}`, false},
		"errors without an envelope":            {`{"errors":[{"message":"x"}],"id":"` + someID + `"}`, false},
		"data is null, the response has an id":  {`{"data":null,"id":"` + someID + `"}`, false},
		"the object is null, another has an id": {`{"data":{"APICreateCreditAccount":null,"x":` + account + `}}`, false},
		"the object has none, another has":      {`{"data":{"APICreateCreditAccount":{},"x":` + account + `}}`, false},
		"two objects":                           {`{"data":{"a":` + account + `,"b":` + other + `}}`, false},
		"data and an object in it":              {`{"data":{"id":"` + someID + `","x":` + other + `}}`, false},
		"data is a list":                        {`{"data":[` + account + `]}`, false},
		"a number":                              {`{"id":7}`, false},
		"no JSON":                               {`<html>` + someID + `</html>`, false},
		"a text":                                {`"` + someID + `"`, false},
		"nothing":                               {``, false},
		"nested without end":                    {strings.Repeat(`{"data":`, 50000), false},
	} {
		t.Run(name, func(t *testing.T) {
			got, ok := ReadCreditAccount([]byte(test.body))
			if ok != test.ok || (got.ID == someID) != test.ok || !ok && got.ID != "" {
				t.Errorf("got %q, %v", got.ID, ok)
			}
		})
	}
}

// show writes a field in a word.
func show[T any](field Field[T]) string {
	switch {
	case !field.Known && field.Value == nil:
		return "-"
	case !field.Known:
		return "a value that is not known"
	case field.Value == nil:
		return "null"
	}
	return fmt.Sprint(*field.Value)
}

func TestField_KeepsMissingNullAndOddApart(t *testing.T) {
	for raw, want := range map[string]string{ // as a text, true or false, a number, an integer
		``:                      "-|-|-|-",
		`null`:                  "null|null|null|null",
		`"x"`:                   "x|-|-|-",
		`true`:                  "-|true|-|-",
		`12345678901234567890`:  "-|-|12345678901234567890|-",
		`7`:                     "-|-|7|7",
		`"7.50"`:                "7.50|-|7.5|-",
		`"007"`:                 "007|-|7|7",
		`"0x10"`:                "0x10|-|-|-",
		`" 7"`:                  " 7|-|-|-",
		`""`:                    "|-|-|-",
		`2147483647`:            "-|-|2147483647|2147483647",
		`2147483648`:            "-|-|2147483648|-",
		`-2147483648`:           "-|-|-2147483648|-2147483648",
		`0.5`:                   "-|-|0.5|-",
		`1e2`:                   "-|-|100|100",
		`1e400`:                 "-|-|-|-",
		`1e999999999`:           "-|-|-|-",
		`"Infinity"`:            "Infinity|-|-|-",
		`[]`:                    "-|-|-|-",
		`{"low":7,"high":0}`:    "-|-|-|-",
		`100.00000000000000001`: "-|-|100.00000000000000001|-",
	} {
		var got struct {
			Text  Field[string]
			Truth Field[bool]
			Num   Field[Number]
			Whole Field[int64]
		}
		body := "{}"
		if raw != "" {
			body = fmt.Sprintf(`{"text":%s,"truth":%s,"num":%s,"whole":%s}`, raw, raw, raw, raw)
		}
		if err := json.Unmarshal([]byte(body), &got); err != nil {
			t.Fatal(err)
		}
		read := fmt.Sprintf("%s|%s|%s|%s", show(got.Text), show(got.Truth), show(got.Num), show(got.Whole))
		if read != want {
			t.Errorf("%s reads as %q, want %q", raw, read, want)
		}
	}
}

func TestNumber_LosesNothingAndIsBounded(t *testing.T) {
	for digits, want := range map[string]Number{
		"0": "0", "0.1": "0.1", "-5": "-5", "5.00": "5", "1e15": "1000000000000000",
		"12345678901234567890.125": "12345678901234567890.125",
		"":                         "", "x": "", "1_": "", "Inf": "", "0x1": "", "1_000": "", "1e400": "", "1e-400": "",
		"1e999999999999":          "",
		strings.Repeat("9", 2000): "",
	} {
		got, ok := ParseNumber(digits)
		if got != want || ok != (want != "") {
			t.Errorf("%.20s is %q, %v; want %q", digits, got, ok, want)
		}
		if ok && NumberOf(got.Float()) != got {
			t.Errorf("%s does not read back: %s", got, NumberOf(got.Float()))
		}
	}
	if NumberOf(nil) != "" || NumberOf(big.NewFloat(0.5)) != "0.5" || Number("").Float() != nil {
		t.Error("nothing is a number")
	}
	for _, test := range []struct {
		a, b Number
		want bool
	}{
		{"5", "5.0", true},
		{"0.1", "0.1000000000000000055511151231257827", true},
		{"5", "5.000000001", false},
		{"0", "-0", true},
		{"", "", false},
		{"", "0", false},
		{"0", "", false},
	} {
		if got := test.a.Equal(test.b); got != test.want {
			t.Errorf("%q and %q: equal is %v", test.a, test.b, got)
		}
	}
}

func TestActiveBalance_IsTheDecimalTotalOfTheActiveBatches(t *testing.T) {
	for name, test := range map[string]struct {
		batches string
		want    string
	}{
		"none":            {`[]`, "0"},
		"tenths":          {`[{"status":"active","currentBalance":0.1},{"status":"ACTIVE","currentBalance":"0.2"}]`, "0.3"},
		"an archived one": {`[{"status":"active","currentBalance":1},{"status":"archived"}]`, "1"},
		"no status":       {`[{"currentBalance":1}]`, ""},
		"a null status":   {`[{"status":null,"currentBalance":1}]`, ""},
		"no balance":      {`[{"status":"active"}]`, ""},
	} {
		var batches []CreditBatch
		if err := json.Unmarshal([]byte(test.batches), &batches); err != nil {
			t.Fatal(err)
		}
		if got, ok := ActiveBalance(batches); string(got) != test.want || ok != (test.want != "") {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
}

func TestResponses_EveryDocumentedFieldIsRead(t *testing.T) {
	inEveryForm(t, mockapi.Options{PerPage: 1}, Config{}, func(w *fixture) {
		ctx := w.t.Context()
		customer := mockapi.Client{ID: acme, Name: "Acme", SchoolName: "Academy", Slug: "acme", SKU: "AC"}
		w.server.AddClient(customer)
		w.server.AddLicense(acme, mockapi.License{ID: someID, Name: "Safety", Label: "Safety first", SKU: "SAF"})
		w.server.AddLicense(acme, mockapi.License{Name: "Other"})
		r := request("A", "7.5")
		r.LicenseIDs, r.Type = []string{someID}, pointerTo("client")
		r.BatchDaysUntilExpire, r.MinimumBatchAmount = pointerTo(int64(30)), pointerTo(int64(2))
		made := w.createIn(ctx, r, plenty)
		made.want(w.t, "created")
		stored, batch := w.server.Accounts()[0], w.server.Batches()[0]
		expect := func(what, want string, got ...string) {
			if joined := strings.Join(got, " | "); joined != want {
				w.t.Errorf("%s:\n got %s\nwant %s", what, joined, want)
			}
		}
		a := made.Object
		expect("account", stored.ID+" | "+acme+" | A | active | client",
			a.ID, show(a.ClientID), show(a.Name), show(a.Status), show(a.Type))
		expect("its numbers", "7.5 | 30 | 2",
			show(a.CurrentBalance), show(a.BatchDaysUntilExpire), show(a.MinimumBatchAmount))
		expect("its sublicense", "false", show((*a.Sublicenses.Value)[0].Deleted))
		clients, err := w.client.Clients(ctx, "", "")
		if err != nil || len(clients) != 2 {
			w.t.Fatal(clients, err)
		}
		one, err := w.client.CustomerClient(ctx, strings.ToUpper(acme))
		if err != nil || one == nil {
			w.t.Fatal(one, err)
		}
		for _, c := range []CustomerClient{clients[0], *one} {
			expect("client", acme+" | Acme | Academy | acme | AC",
				show(c.ID), show(c.Name), show(c.SchoolName), show(c.Slug), show(c.SKU))
		}
		licenses, err := w.client.Licenses(ctx, acme)
		if err != nil || len(licenses) != 2 {
			w.t.Fatal(licenses, err)
		}
		l := licenses[0]
		expect("license", someID+" | Safety | Safety first | SAF", show(l.ID), show(l.Name), show(l.Label), show(l.SKU))
		actions, err := w.client.CreditActions(ctx, acme, a.ID, CreditActions)
		if err != nil || len(actions) != 1 {
			w.t.Fatal(actions, err)
		}
		action := actions[0]
		expect("action", "A | credit | "+batch.ID+" | 7.5",
			show(action.CreditAccountName), show(action.Action), show(action.Target), show(action.Amount))
		debits, err := w.client.CreditActions(ctx, acme, a.ID, DebitActions)
		expect("debits", "0 <nil>", fmt.Sprint(len(debits), err))
		for _, account := range []string{"", strings.ToUpper(a.ID)} {
			batches, err := w.client.CreditBatches(ctx, acme, account)
			if err != nil || len(batches) != 1 {
				w.t.Fatal(batches, err)
			}
			b := batches[0]
			expect("batch", batch.ID+" | A | "+acme+" | "+a.ID,
				show(b.ID), show(b.Name), show(b.ClientID), show(b.CreditAccountID))
			expect("its balance", "active | 7.5 | 7.5", show(b.Status), show(b.StartingBalance), show(b.CurrentBalance))
		}
		listed, err := w.client.CreditAccounts(ctx, acme, -1)
		if err != nil || len(listed) != 1 {
			w.t.Fatal(listed, err)
		}
		account := listed[0]
		expect("listed", a.ID+" | A | 7.5 | 7.5",
			account.ID, account.Name, string(account.StartingBalance), string(account.CurrentBalance))
		found, err := w.client.Clients(ctx, "glob", "name")
		if err != nil || len(found) != 1 || show(found[0].Name) != "Globex" {
			w.t.Error(found, err)
		}
		none, err := w.client.CustomerClient(ctx, someID)
		expect("no client", "<nil> <nil>", fmt.Sprint(none, err))
	})
}

func TestCreditAccounts_OldestFirstAreNamedAsFarAsAsked(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		for i := range 4 {
			w.accountMade(fmt.Sprint(i), "5", time.Duration(9-i)*time.Minute)
		}
		w.onNames(w.server.Accounts()[1].ID, status(403))
		w.onLists(mockapi.Fault{Header: http.Header{"Age": {"60"}}}) // data sources accept it
		accounts, err := w.client.CreditAccounts(w.t.Context(), acme, 3)
		if err != nil || len(accounts) != 4 {
			w.t.Fatal(accounts, err)
		}
		for i, want := range []string{"0", "", "2", ""} {
			if got := accounts[i]; got.Name != want || (got.NameErr != nil) != (i == 1) || got.ID != w.server.Accounts()[i].ID {
				t.Errorf("account %d is %+v", i, got)
			}
		}
		w.wantCount("", namePath, 3)
		w.wantCount("", listPath, 1)
	})
}

func TestResponses_ErrorsInA2xxAreErrors(t *testing.T) {
	body := `{"errors":[{"message":"Batch is archived"}],"data":{"UpdateCreditBatch":null}}`
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		ctx, name := w.t.Context(), "autumn"
		w.server.Inject(mockapi.Fault{Status: 200, Body: &body})
		for what, ask := range map[string]func() error{
			"change": func() error {
				_, err := w.client.UpdateCreditBatch(ctx, acme, someID, CreditBatchChange{Name: &name})
				return err
			},
			"clients":  func() error { _, err := w.client.Clients(ctx, "", ""); return err },
			"client":   func() error { _, err := w.client.CustomerClient(ctx, acme); return err },
			"licenses": func() error { _, err := w.client.Licenses(ctx, acme); return err },
			"batches":  func() error { _, err := w.client.CreditBatches(ctx, acme, ""); return err },
			"actions":  func() error { _, err := w.client.CreditActions(ctx, acme, someID, DebitActions); return err },
		} {
			if failed := as[*ResponseError](w.t, ask()); !strings.HasSuffix(failed.Reason, ": Batch is archived") {
				t.Errorf("%s: %q", what, failed.Reason)
			}
		}
		w.wantCount("", "", 6)
	})
}

func TestCustomerClient_IsNoneOnlyWhereTheAPISaysSo(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		says   string
	}{
		"404":             {404, `{"error":"not_found"}`, ""},
		"404, empty":      {404, ``, ""},
		"404, a page":     {404, `<html><title>Nothing here</title>`, "Nothing here"},
		"403":             {403, ``, "403"},
		"200, a page":     {200, `<html><title>Sign in</title>`, "HTML page, which is not the API's: Sign in"},
		"200, no client":  {200, `{"data":{"ClientById":null}}`, "has no client"},
		"200, compressed": {200, "\x1f\x8b\x08\x00", "it may be compressed"},
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
			w.server.Inject(mockapi.Fault{Status: test.status, Body: &test.body})
			found, err := w.client.CustomerClient(w.t.Context(), acme)
			if found != nil || (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%s: %v, %v", name, found, err)
			}
		})
	}
}

func TestGet_IsRepeatedOnPassingFaultsAFewTimes(t *testing.T) {
	for name, test := range map[string]struct {
		fault mockapi.Fault
		asked int
	}{
		"500":              {status(500), 4},
		"503 for a moment": {mockapi.Fault{Status: 503, Times: 2}, 3},
		"408":              {status(408), 4},
		"cut":              {cut(mockapi.CutBody), 4},
		"no response":      {cut(mockapi.CutConnection), 4},
		"too long":         {mockapi.Fault{Status: 200, Rewrite: mockapi.TooLong}, 1},
		"422":              {status(422), 1},
		"429 ten times":    {mockapi.Fault{Status: 429, Times: 10}, 11},
		"a body of 2 MB": {mockapi.Fault{Rewrite: mockapi.WholeBody(func(response map[string]any) {
			response["x"] = strings.Repeat("x", 2<<20)
		})}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				w.server.Inject(test.fault)
				_, err := w.client.Licenses(w.t.Context(), acme)
				if passes := test.fault.Times > 0 || test.fault.Status == 0 && test.fault.Rewrite != nil; (err == nil) != passes {
					t.Errorf("got %v", err)
				}
				w.wantCount("", "", test.asked)
			})
		})
	}
}

// FuzzResponses: whatever a server responds, nothing panics, an id is a UUID, a number is short, and a message has
// no key and nothing that is not printed.
func FuzzResponses(f *testing.F) {
	f.Add([]byte(`{"data":{"APICreateCreditAccount":{"id":"` + someID +
		`","currentBalance":"5.0","sublicenses":[{"id":"x","deleted":false}]}}}`))
	f.Add([]byte(`{"data":{"x":{"creditBatches":[{"id":"a"},{"name":"b"}],"pageInfo":{"hasMore":true,"cursor":"c"}}}}`))
	f.Add([]byte(`{"data":[{"id":1},{}],"meta":{"page":1,"totalPages":3,"nextCursor":"c"}}`))
	f.Add([]byte("{\"message\":\"\\u001b[0m\\u0000\\u202e\\ud800 " + testKey + "\",\"id\":\"a\xff\"}"))
	f.Add([]byte("<title>502 \x1b[31mBad\r\nGateway</title>"))
	f.Add([]byte(`{"id":"` + someID + `","currentBalance":1e999999999,"errors":[[{"message":"x"}]]}`))
	client, err := New(Config{BaseURL: mustURL("https://api.test"), APIKey: testKey})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		account, ok := ReadCreditAccount(body)
		if ok != isUUID(account.ID) {
			t.Errorf("%q is taken for an id: %v", account.ID, ok)
		}
		if balance := account.CurrentBalance.Value; balance != nil && len(*balance) > 2*longestNumber {
			t.Errorf("a balance of %d digits", len(*balance))
		}
		checkText(t, client.message(result{status: 500, header: http.Header{}, body: body}))
		checkText(t, client.apiError(result{status: 400, header: http.Header{}, body: body}).Message)
		root := asObject(body)
		if root == nil {
			return
		}
		w := walk{wanted: batchesOfClient(acme), seen: map[string]bool{}, total: -1, number: 1}
		w.each = func(fields) bool { return true }
		for range maxEmpty + 4 {
			page, err := pageOf(root, w.wanted)
			if err != nil || w.take(page) != nil || w.done {
				return
			}
		}
		t.Errorf("a server that always responds with %s is asked for ever", body)
	})
}
