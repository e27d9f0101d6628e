package mockapi_test

import (
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

var failed = []mockapi.GraphQLError{{Message: "no credits", Code: "INTERNAL"}, {Message: "again"}}

const failedText = `"errors":[{"extensions":{"code":"INTERNAL"},"message":"no credits"},{"message":"again"}]`

func TestErrors_TakeThePlaceOfTheObject(t *testing.T) {
	for _, tc := range []struct{ name, method, path, body, operation string }{
		{"POST", "POST", accountPath, accountBody, "APICreateCreditAccount"},
		{"POST of a batch", "POST", batchesPath, `{"startingBalance":1}`, "CreateCreditBatch"},
		{"PUT", "PUT", "/incoming/v2/clients/creditBatches/" + batchID, `{"name":"N"}`, "UpdateCreditBatch"},
		{"GET of an object", "GET", "/incoming/v2/clients/" + acme, "", "ClientById"},
		{"GET of a list", "GET", listBatches, "", "APICreditBatchesByClientAndCreditAccount"},
	} {
		for _, wire := range wires {
			for _, stored := range []bool{false, true} {
				t.Run(tc.name+"/"+wire.String(), func(t *testing.T) {
					s := newServer(t, mockapi.Options{Wire: wire})
					s.AddBatch(mockapi.CreditBatch{ID: batchID, ClientID: acme})
					s.Inject(mockapi.Fault{Errors: failed, Commit: stored})
					want := map[mockapi.Wire]string{
						mockapi.WireDocumented: `{"data":{"` + tc.operation + `":null},` + failedText + `}`,
						mockapi.WireBare:       `{` + failedText + `}`,
						mockapi.WireList:       `{"data":null,` + failedText + `}`,
						mockapi.WireMeta:       `{"data":null,` + failedText + `}`,
					}[wire]
					if a := ask(s, tc.method, tc.path, tc.body); a.status != 200 || a.text != want {
						t.Errorf("%d %s, want %s", a.status, a.text, want)
					}
					if got := s.Requests()[0].Committed; got != (stored && tc.method != "GET") {
						t.Errorf("stored: %v", got)
					}
				})
			}
		}
	}
}

const batchID = "4b7f0d0e-2f7b-4a0b-9a3e-5d1c2b3a4f50"

func TestErrors_StandBesideData(t *testing.T) {
	inEachForm(t, func(t *testing.T, o mockapi.Options) {
		s := newServer(t, o)
		s.Inject(mockapi.Fault{Errors: failed, ErrorsBesideData: true})
		a := ask(s, "POST", accountPath, accountBody)
		a.want(t, 201, failedText, s.Accounts()[0].ID)
		ask(s, "GET", listBatches, "").want(t, 200, failedText, s.Batches()[0].ID)

		s.ClearFaults()
		s.Inject(mockapi.Fault{Errors: failed, ErrorsBesideData: true, Status: 200})
		ask(s, "POST", accountPath, accountBody).want(t, 200, failedText, `"name":"A"`)
		if got := len(s.Accounts()); got != 1 {
			t.Errorf("%d accounts: a status of its own stores nothing without Commit", got)
		}
	})
}

func TestErrors_GiveWayToABodyAndMayHaveAStatus(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.Inject(mockapi.Fault{Errors: failed, Status: 500, Times: 1})
	ask(s, "GET", listBatches, "").want(t, 500, failedText)
	s.Inject(mockapi.Fault{Errors: failed, Body: text("x"), Times: 1})
	if a := ask(s, "GET", listBatches, ""); a.text != "x" {
		t.Errorf("body %s", a.text)
	}
	s.Inject(mockapi.Fault{Errors: failed})
	a := ask(s, "POST", accountPath, `{}`) // which is refused in any case
	if a.status != 200 || !strings.HasPrefix(a.text, `{"data":null,`) {
		t.Errorf("%d %s", a.status, a.text)
	}
}

func TestErrors_BesideDataNeedErrors(t *testing.T) {
	if err := (mockapi.Fault{ErrorsBesideData: true}).Validate(); err == nil {
		t.Error("a fault without errors is valid")
	}
	if err := (mockapi.Fault{Malformed: 99}).Validate(); err == nil {
		t.Error("an unknown malformation is valid")
	}
}
