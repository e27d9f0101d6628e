package thoughtindustries

import (
	"net/http"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// An error in a 2xx proves neither that an account was made nor that it was
// not. The error quotes what the API says of it.
func TestErrorsInA2xx_ToAPostAreAnUnknownOutcomeWithTheMessage(t *testing.T) {
	for _, test := range []struct{ name, body, says string }{
		{"as GraphQL", `{"errors":[{"message":"Training Credits are off","extensions":{"code":"FORBIDDEN"}}],"data":{"APICreateCreditAccount":null}}`, "gave no id; the API wrote: Training Credits are off"},
		{"without data", `{"errors":[{"message":"first"},{"message":"second"}]}`, "first; second"},
		{"texts", `{"errors":["first"]}`, "first"},
		{"as documented for others", `{"error":"conflict","message":"the name is taken"}`, "conflict"},
		{"a message alone", `{"message":"accepted"}`, "accepted"},
		{"the key", `{"errors":[{"message":"Bearer ` + testKey + ` may not"}]}`, "Bearer (the API key) may not"},
		{"escape sequences", `{"errors":[{"message":"\u001b[2Jgone"}]}`, "gave no id; the API wrote: [2Jgone"},
		{"no message", `{"errors":[{"code":7}]}`, "the response 200 gave no id"},
		{"an id that is no account's", `{"id":"req-8f3","status":"accepted"}`, "the response 200 gave no id"},
		{"the id of an error", `{"data":{"error":{"id":"E42"}}}`, "the response 200 gave no id"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
				w.onPosts(mockapi.Fault{Times: 1, Status: http.StatusOK, Body: &test.body})
				got := w.create("A", "5")
				got.want(t, "unknown")
				if unknown := as[*UnknownOutcomeError](t, got.err); !strings.Contains(unknown.Reason, test.says) {
					t.Errorf("it says %q, want %q", unknown.Reason, test.says)
				}
				if !strings.Contains(w.log.text(), test.says) {
					t.Errorf("the log does not say %q:\n%s", test.says, w.log.text())
				}
				w.wantPosts(1)
			})
		})
	}
}

func TestErrorsInA2xx_BesideAnAccountDoNotLoseIt(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		w.onPosts(mockapi.Fault{Commit: true, Rewrite: mockapi.WholeBody(func(response map[string]any) {
			response["errors"] = []any{map[string]any{"message": "the mail could not be sent"}}
		})})
		got := w.create("A", "5")
		got.want(t, "created")
		if got.Object.ID != w.server.Accounts()[0].ID {
			t.Errorf("it is %s", got.Object.ID)
		}
	})
}

// What the server wrote of a 5xx is quoted as well, as far as it is for people.
func TestErrors_OfAServerAreInTheReason(t *testing.T) {
	for body, says := range map[string]string{
		`{"error":"internal_error","message":"deadlock"}`: "the API responded with 500 Internal Server Error; the API wrote: deadlock",
		`<html><title>Bad gateway</title></html>`:         "the API responded with 500 Internal Server Error; the API wrote: Bad gateway",
		``: "the API responded with 500 Internal Server Error",
	} {
		inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
			w.onPosts(mockapi.Fault{Times: 1, Status: 500, Body: &body})
			if unknown := as[*UnknownOutcomeError](t, w.create("A", "5").err); unknown.Reason != says {
				t.Errorf("it says %q, want %q", unknown.Reason, says)
			}
		})
	}
}

func TestErrorsInA2xx_ToAGETOrPUTAreErrors(t *testing.T) {
	body := `{"errors":[{"message":"Batch is archived"}],"data":{"UpdateCreditBatch":null}}`
	inBubble(t, mockapi.Options{}, Config{}, func(w *world) {
		batch := w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "5"})
		w.server.Inject(mockapi.Fault{Body: &body})
		const want = "the response 200 reports an error: Batch is archived"
		name := "autumn"
		_, err := w.client.UpdateCreditBatch(w.t.Context(), acme, batch.ID, CreditBatchChange{Name: &name})
		if failed := as[*ResponseError](t, err); failed.Reason != want {
			t.Errorf("a PUT: %q", failed.Reason)
		}
		w.wantCount(http.MethodPut, "", 1)
		for what, ask := range map[string]func() error{
			"clients":  func() error { _, err := w.client.Clients(w.t.Context(), "", ""); return err },
			"client":   func() error { _, err := w.client.CustomerClient(w.t.Context(), acme); return err },
			"licenses": func() error { _, err := w.client.Licenses(w.t.Context(), acme); return err },
			"batches":  func() error { _, err := w.client.CreditBatches(w.t.Context(), acme, ""); return err },
			"actions":  func() error { _, err := w.client.CreditActions(w.t.Context(), acme, someID, DebitActions); return err },
		} {
			if failed := as[*ResponseError](t, ask()); failed.Reason != want {
				t.Errorf("%s: %q", what, failed.Reason)
			}
		}
	})
}
