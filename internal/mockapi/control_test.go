package mockapi_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func control(s *mockapi.Server, method, path, body string) answer {
	w := httptest.NewRecorder()
	s.ControlHandler().ServeHTTP(w, httptest.NewRequestWithContext(context.Background(), method, "/_control"+path, strings.NewReader(body)))
	return answer{status: w.Code, header: w.Header(), text: w.Body.String()}
}

func TestControl_ShowsWhatIsStored(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	for _, path := range []string{"/accounts", "/batches", "/requests"} {
		if a := control(s, "GET", path, ""); a.status != 200 || a.text != "[]" {
			t.Errorf("%s: %+v", path, a)
		}
	}
	ask(s, "POST", accountPath, `{"name":"A","startingBalance":5.0,"notifyEmails":["a@x.test"],"licenseIds":["L"],"creditBatchName":"B"}`)
	ask(s, "GET", listBatches, "")

	control(s, "GET", "/accounts", "").want(t, 200, `"name":"A"`, `"licenseIds":["L"]`, `"creditBatchName":"B"`, `"startingBalance":5.0`, `"currentBalance":5.0`)
	control(s, "GET", "/batches", "").want(t, 200, `"name":"B"`, `"creditAccountId":"`+s.Accounts()[0].ID+`"`)
	requests := control(s, "GET", "/requests", "")
	requests.want(t, 200, `"method":"POST"`, `"path":"`+accountPath+`"`, `"query":"clientId=`+acme+`"`, `"status":201`, `"committed":true`,
		`\"startingBalance\":5.0`, `"Authorization":["redacted"]`, `"time":"2024-01-01T00:00:00.000Z"`)
	if strings.Contains(requests.text, key) {
		t.Error("the key is shown")
	}
	if got := len(decode[[]map[string]any](t, requests.text)); got != 2 {
		t.Errorf("%d requests", got)
	}
}

func TestControl_Counts(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	ask(s, "POST", accountPath, accountBody)
	ask(s, "GET", ping, "")
	control(s, "GET", "/count", "").want(t, 200, `{"count":2}`)
	control(s, "GET", "/count?method=POST&path=/clients/{id}/creditAccounts", "").want(t, 200, `{"count":1}`)
	control(s, "GET", "/count?method=PUT", "").want(t, 200, `{"count":0}`)
}

func TestControl_InjectsAndClearsFaults(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	control(s, "POST", "/fault", `{"method":"POST","path":"/clients/{id}/creditAccounts","bodyContains":"\"A\"","times":1,"skip":1,
		"status":503,"header":{"retry-after":"4"},"body":"sorry","commit":true,"delay":"1ns","commitDelay":"0s","delayAnswer":"1ns","cut":"none","endlessBody":false}`).want(t, 204)
	ask(s, "POST", accountPath, strings.Replace(accountBody, `"A"`, `"B"`, 1)).want(t, 201)
	ask(s, "POST", accountPath, accountBody).want(t, 201)
	a := ask(s, "POST", accountPath, accountBody)
	a.want(t, 503, "sorry")
	if a.header.Get("Retry-After") != "4" || len(s.Accounts()) != 3 {
		t.Errorf("answer %+v, %d accounts", a, len(s.Accounts()))
	}
	ask(s, "POST", accountPath, accountBody).want(t, 201)

	control(s, "POST", "/fault", `{"status":500}`).want(t, 204)
	ask(s, "GET", ping, "").want(t, 500)
	control(s, "DELETE", "/fault", "").want(t, 204)
	ask(s, "GET", ping, "").want(t, 200)
}

func TestControl_InjectsWhatIsWrongWithAResponse(t *testing.T) {
	s := newCrowd(t, mockapi.Options{Wire: mockapi.WireList, Paging: mockapi.PagingCursor})
	control(s, "POST", "/fault", `{"times":1,"method":"POST","commit":true,"errors":[{"message":"no","code":"X"}]}`).want(t, 204)
	ask(s, "POST", accountPath, accountBody).want(t, 200, `{"data":null,"errors":[{"extensions":{"code":"X"},"message":"no"}]}`)
	control(s, "POST", "/fault", `{"times":1,"errors":[{"message":"no"}],"errorsBesideData":true}`).want(t, 204)
	ask(s, "GET", listBatches, "").want(t, 200, `"errors":[{"message":"no"}]`, `"data":[{`)
	control(s, "POST", "/fault", `{"times":1,"malformed":"total-only"}`).want(t, 204)
	ask(s, "GET", listBatches, "").want(t, 200, `"pageInfo":{"total":6}`)
	control(s, "POST", "/fault", `{"times":1,"set":{"creditAccountId":null,"startingBalance":0.10}}`).want(t, 204)
	ask(s, "GET", listBatches, "").want(t, 200, `"creditAccountId":null`, `"startingBalance":0.10`)
	control(s, "POST", "/fault", `{"times":1,"header":{"date":null}}`).want(t, 204)
	if a := ask(s, "GET", listBatches, ""); a.status != 200 || a.header.Get("Date") != "" {
		t.Errorf("%d, Date %q", a.status, a.header.Get("Date"))
	}
}

func TestControl_ChangesTheDateHeader(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	for body, want := range map[string]string{
		`{"missing":true}`:             "",
		`{"offset":"-2h"}`:             "Sun, 31 Dec 2023 22:00:00 GMT",
		`{"offset":"1h","jump":"30m"}`: "Mon, 01 Jan 2024 01:00:00 GMT",
		`{}`:                           "Mon, 01 Jan 2024 00:00:00 GMT",
	} {
		control(s, "POST", "/date", body).want(t, 204)
		if got := ask(s, "GET", ping, "").header.Get("Date"); got != want {
			t.Errorf("%s: Date %q, want %q", body, got, want)
		}
	}
	control(s, "POST", "/date", `{"offset":"later"}`).want(t, 400, "later")
}

func TestControl_ChangesAndRemovesBatches(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	b := s.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "3"})
	control(s, "POST", "/batch", `{"batch":"`+b.ID+`","name":"N","status":"archived","expiresOn":"2020-01-01T00:00:00Z","currentBalance":0.5}`).want(t, 204)
	if got := s.Batches()[0]; got.Name != "N" || got.Status != "archived" || got.ExpiresOn.Year() != 2020 || got.CurrentBalance != "0.5" {
		t.Errorf("batch %+v", got)
	}
	control(s, "POST", "/batch", `{"batch":"`+b.ID+`","gone":true}`).want(t, 204)
	control(s, "POST", "/batch", `{"batch":"`+b.ID+`","gone":true}`).want(t, 400, "does not exist")
	control(s, "POST", "/batch", `{"id":"`+b.ID+`"}`).want(t, 400, "id")
	if got := s.Batches(); len(got) != 0 {
		t.Errorf("batches %+v", got)
	}
}

func TestControl_RefusesFaultsThatItDoesNotUnderstand(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	for body, part := range map[string]string{
		``:                          "cannot be read",
		`{"stat":500}`:              "stat",
		`{"delay":"soon"}`:          "soon",
		`{"cut":"wire"}`:            "wire",
		`{"status":1}`:              "status 1",
		`{"malformed":"crooked"}`:   "crooked",
		`{"errorsBesideData":true}`: "need errors",
	} {
		control(s, "POST", "/fault", body).want(t, 400, part)
	}
	ask(s, "GET", ping, "").want(t, 200)
}

func TestControl_UsesCredits(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	b := s.AddBatch(mockapi.CreditBatch{ClientID: acme, StartingBalance: "3"})
	control(s, "POST", "/use-credits", `{"batch":"`+b.ID+`","amount":2.5}`).want(t, 204)
	if got := s.Batches()[0].CurrentBalance; got != "0.5" {
		t.Errorf("the batch holds %s", got)
	}
	control(s, "POST", "/use-credits", `{"batch":"`+b.ID+`","amount":2.5}`).want(t, 400, "holds 0.5 credits only")
	control(s, "POST", "/use-credits", `{"id":"x"}`).want(t, 400, "id")
}

func TestControl_IsStrict(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	control(s, "PUT", "/fault", "").want(t, 405)
	control(s, "GET", "/elsewhere", "").want(t, 404)
	if got := s.Count("", ""); got != 0 {
		t.Errorf("%d requests are recorded", got)
	}
}
