package thoughtindustries

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// FuzzDecodeCreditAccount: whatever a server responds, nothing panics, and what
// is taken for an id can stand in a state and on a terminal.
func FuzzDecodeCreditAccount(f *testing.F) {
	f.Add([]byte(`{"data":{"APICreateCreditAccount":{"id":"11111111-2222-4333-8444-555555555555","name":"A","currentBalance":5,"sublicenses":[{"id":"x","deleted":false}]}}}`))
	f.Add([]byte(`{"data":{"APICreateCreditAccount":{"id":"a\ud800b"}}}`))
	f.Add([]byte(`{"data":{"x":{"id":"a"},"y":{"id":"b"}},"id":"c"}`))
	f.Add([]byte(`{"id":"` + strings.Repeat("ä", 200) + `"}`))
	f.Add([]byte("\ufeff{\"data\":{\"id\":\"a\xffb\"}}"))
	f.Add([]byte(`{"data":[[[{"id":"a"}`))
	f.Add([]byte(`{"id":"a","currentBalance":1e999999999,"batchDaysUntilExpire":1e18}`))
	f.Fuzz(func(t *testing.T, response []byte) {
		account, ok := decodeCreditAccount(response)
		if !ok {
			if account.ID != "" {
				t.Errorf("there is no id, and yet it is %q", account.ID)
			}
			return
		}
		if account.ID == "" || !utf8.ValidString(account.ID) || utf8.RuneCountInString(account.ID) > longestID ||
			strings.ContainsFunc(account.ID, func(r rune) bool { return !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
			t.Errorf("%q is taken for an id", account.ID)
		}
		if cleanText(account.ID, longestID) != account.ID {
			t.Errorf("the id %q is not fit for a terminal", account.ID)
		}
		if balance := account.CurrentBalance.Value; balance != nil && len(decimal(*balance)) > 2*longestNumber {
			t.Errorf("the balance takes %d characters to write", len(decimal(*balance)))
		}
	})
}

// FuzzDecodeAPIError: whatever a server writes, people are shown short text
// without control characters, and the key is not in it.
func FuzzDecodeAPIError(f *testing.F) {
	f.Add("", []byte(`{"error":"unprocessable_entity","message":"name is taken"}`))
	f.Add("", []byte(`{"errors":[{"field":"type","message":"unknown"},"x",[["y"]]]}`))
	f.Add("text/html", []byte("<html><title>502 \x1b[31mBad\r\nGateway</title>"))
	f.Add("text/html", []byte("<script>x</script><style>y</style>&#27;[2J &lt;b&gt; &#x202e;"))
	f.Add("text/plain", []byte("bad \xff\xfe \u2028 bytes"))
	f.Add("", []byte(`{"message":"\u001b[0m\u0000\u202e\ud800"}`))
	f.Add("", []byte(`{"message":"`+strings.Repeat("ä ", 400)+`"}`))
	f.Add("", []byte(`{"message":"\u0074i_test_secret"}`))
	f.Add("", []byte(testKey))
	const ellipsis = " […]"
	redact := func(text string) string { return strings.ReplaceAll(text, testKey, "(the API key)") }
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		got := decodeAPIError(400, contentType, body, redact)
		for text, limit := range map[string]int{got.Message: messageLimit, got.Code: 100, got.Field: 100} {
			if !utf8.ValidString(text) {
				t.Errorf("%q is not UTF-8", text)
			}
			// A space that was due when the limit came is kept before the ellipsis.
			if count := utf8.RuneCountInString(text); count > limit+1+utf8.RuneCountInString(ellipsis) {
				t.Errorf("%d characters are more than %d", count, limit)
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }) {
				t.Errorf("%q has control characters", text)
			}
			if strings.Contains(text, testKey) {
				t.Errorf("the key is in %q", text)
			}
		}
		if wait := retryAfterInBody(body); wait < 0 || wait > 24*60*60*1e9 {
			t.Errorf("it asks to wait %v", wait)
		}
	})
}
