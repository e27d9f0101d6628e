package mockapi

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strings"
	"time"
)

// ControlPath is where ControlHandler expects to be mounted.
const ControlPath = "/_control"

// ControlHandler returns an http.Handler that lets another process look at the server and inject faults, without a key:
//
//	GET    /_control/accounts     every stored account, licenseIds and creditBatchName included
//	GET    /_control/batches      every stored batch
//	GET    /_control/requests     every recorded request; Authorization is redacted
//	GET    /_control/count        ?method=&path= as for Count
//	POST   /_control/fault        a Fault in JSON, durations as in "1.5s"; see below
//	DELETE /_control/fault        ClearFaults
//	POST   /_control/date         a DateHeader: {"missing": true} or {"offset": "-2h", "jump": "90s"}; {} is the right time
//	POST   /_control/use-credits  {"batch": "<id>", "amount": 2.5}
//	POST   /_control/batch        {"batch": "<id>"} with what changes: name, status, expiresOn, currentBalance; or "gone": true
//
// A fault has the fields method, path, bodyContains (a text that the request's body must hold), skip, times, delay,
// commit, commitDelay, delayAnswer, status, header (one value each; null takes it away), body, cut, stray, endlessBody, errors
// ([{"message", "code"}]), errorsBesideData, malformed (such as "cursor-repeats") and set (fields of the object, or of every
// entry of a listing, with their values). An error's body is {"error": "<text>"}. These requests are not recorded.
func (s *Server) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+ControlPath+"/accounts", s.controlAccounts)
	mux.HandleFunc("GET "+ControlPath+"/batches", s.controlBatches)
	mux.HandleFunc("GET "+ControlPath+"/requests", s.controlRequests)
	mux.HandleFunc("GET "+ControlPath+"/count", s.controlCount)
	mux.HandleFunc("POST "+ControlPath+"/fault", s.controlInject)
	mux.HandleFunc("DELETE "+ControlPath+"/fault", s.controlClearFaults)
	mux.HandleFunc("POST "+ControlPath+"/date", s.controlDate)
	mux.HandleFunc("POST "+ControlPath+"/use-credits", s.controlUseCredits)
	mux.HandleFunc("POST "+ControlPath+"/batch", s.controlBatch)
	return mux
}

func (s *Server) controlAccounts(w http.ResponseWriter, _ *http.Request) {
	type account struct {
		accountAnswer
		StartingBalance json.Number `json:"startingBalance"`
		LicenseIDs      []string    `json:"licenseIds"`
		CreditBatchName *string     `json:"creditBatchName"`
	}
	accounts := []account{}
	for _, a := range s.Accounts() {
		accounts = append(accounts, account{
			accountAnswer:   s.accountAnswer(&a),
			StartingBalance: a.StartingBalance,
			LicenseIDs:      append([]string{}, a.LicenseIDs...),
			CreditBatchName: optional(a.CreditBatchName),
		})
	}
	answerControl(w, http.StatusOK, accounts)
}

func (s *Server) controlBatches(w http.ResponseWriter, _ *http.Request) {
	batches := []batchAnswer{}
	for _, b := range s.Batches() {
		batches = append(batches, b.answer())
	}
	answerControl(w, http.StatusOK, batches)
}

func (s *Server) controlRequests(w http.ResponseWriter, _ *http.Request) {
	type request struct {
		Method    string      `json:"method"`
		Path      string      `json:"path"`
		Query     string      `json:"query"`
		Header    http.Header `json:"header"`
		Body      string      `json:"body"`
		Time      string      `json:"time"`
		Status    int         `json:"status"`
		Committed bool        `json:"committed"`
	}
	requests := []request{}
	for _, r := range s.Requests() {
		for i := range r.Header["Authorization"] {
			r.Header["Authorization"][i] = "redacted"
		}
		requests = append(requests, request{
			Method:    r.Method,
			Path:      r.Path,
			Query:     r.rawQuery,
			Header:    r.Header,
			Body:      string(r.Body),
			Time:      stamp(r.Time),
			Status:    r.Status,
			Committed: r.Committed,
		})
	}
	answerControl(w, http.StatusOK, requests)
}

func (s *Server) controlCount(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	answerControl(w, http.StatusOK, map[string]int{"count": s.Count(query.Get("method"), query.Get("path"))})
}

// controlFault is the JSON form of a Fault.
type controlFault struct {
	Method           string             `json:"method"`
	Path             string             `json:"path"`
	BodyContains     string             `json:"bodyContains"`
	Skip             int                `json:"skip"`
	Times            int                `json:"times"`
	Delay            duration           `json:"delay"`
	Commit           bool               `json:"commit"`
	CommitDelay      duration           `json:"commitDelay"`
	DelayAnswer      duration           `json:"delayAnswer"`
	Status           int                `json:"status"`
	Header           map[string]*string `json:"header"`
	Body             *string            `json:"body"`
	Cut              Cut                `json:"cut"`
	EndlessBody      bool               `json:"endlessBody"`
	Stray            string             `json:"stray"`
	Errors           []GraphQLError     `json:"errors"`
	ErrorsBesideData bool               `json:"errorsBesideData"`
	Malformed        Malformed          `json:"malformed"`
	Set              map[string]any     `json:"set"`
}

type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func (c controlFault) fault() Fault {
	f := Fault{
		Method:           c.Method,
		Path:             c.Path,
		Skip:             c.Skip,
		Times:            c.Times,
		Delay:            time.Duration(c.Delay),
		Commit:           c.Commit,
		CommitDelay:      time.Duration(c.CommitDelay),
		DelayAnswer:      time.Duration(c.DelayAnswer),
		Status:           c.Status,
		Header:           make(http.Header),
		Body:             c.Body,
		Cut:              c.Cut,
		EndlessBody:      c.EndlessBody,
		Stray:            c.Stray,
		Errors:           c.Errors,
		ErrorsBesideData: c.ErrorsBesideData,
		Malformed:        c.Malformed,
	}
	for name, value := range c.Header {
		if value == nil {
			f.Header[http.CanonicalHeaderKey(name)] = nil
		} else {
			f.Header.Set(name, *value)
		}
	}
	if c.Set != nil {
		f.Object = func(object map[string]any) { maps.Copy(object, c.Set) }
	}
	if c.BodyContains != "" {
		f.Match = func(r *Request) bool { return strings.Contains(string(r.Body), c.BodyContains) }
	}
	return f
}

func (s *Server) controlInject(w http.ResponseWriter, r *http.Request) {
	var c controlFault
	err := readControl(r, &c)
	if err == nil {
		err = c.fault().Validate()
	}
	if err != nil {
		answerControlError(w, err)
		return
	}
	s.Inject(c.fault())
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlClearFaults(w http.ResponseWriter, _ *http.Request) {
	s.ClearFaults()
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlDate(w http.ResponseWriter, r *http.Request) {
	var date struct {
		Missing bool     `json:"missing"`
		Offset  duration `json:"offset"`
		Jump    duration `json:"jump"`
	}
	if err := readControl(r, &date); err != nil {
		answerControlError(w, err)
		return
	}
	s.SetDate(DateHeader{Missing: date.Missing, Offset: time.Duration(date.Offset), Jump: time.Duration(date.Jump)})
	w.WriteHeader(http.StatusNoContent)
}

func (s *Server) controlBatch(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Batch          string       `json:"batch"`
		Gone           bool         `json:"gone"`
		Name           *string      `json:"name"`
		Status         *string      `json:"status"`
		ExpiresOn      *time.Time   `json:"expiresOn"`
		CurrentBalance *json.Number `json:"currentBalance"`
	}
	err := readControl(r, &change)
	if err == nil {
		err = s.ChangeBatch(change.Batch, func(b *CreditBatch) {
			replace(&b.Name, change.Name)
			replace(&b.Status, change.Status)
			replace(&b.ExpiresOn, change.ExpiresOn)
			replace(&b.CurrentBalance, change.CurrentBalance)
		})
	}
	if err != nil {
		answerControlError(w, err)
		return
	}
	if change.Gone {
		s.RemoveBatch(change.Batch)
	}
	w.WriteHeader(http.StatusNoContent)
}

func replace[T any](value, by *T) {
	if by != nil {
		*value = *by
	}
}

func (s *Server) controlUseCredits(w http.ResponseWriter, r *http.Request) {
	var use struct {
		Batch  string  `json:"batch"`
		Amount float64 `json:"amount"`
	}
	err := readControl(r, &use)
	if err == nil {
		err = s.UseCredits(use.Batch, use.Amount)
	}
	if err != nil {
		answerControlError(w, err)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func readControl(r *http.Request, into any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxBodyBytes))
	dec.DisallowUnknownFields()
	dec.UseNumber() // what set holds is responded with as it was written
	if err := dec.Decode(into); err != nil {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	return nil
}

func answerControlError(w http.ResponseWriter, err error) {
	answerControl(w, http.StatusBadRequest, map[string]string{"error": err.Error()})
}

func answerControl(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", jsonType)
	w.WriteHeader(status)
	_, _ = w.Write(encode(body)) // the asker may be gone, which is its own affair
}
