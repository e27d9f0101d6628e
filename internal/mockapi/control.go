package mockapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
)

// ControlPath is where ControlHandler must be mounted.
const ControlPath = "/_control"

// ControlHandler returns an http.Handler that lets another process inspect the server and inject faults, without a key.
// These requests are not recorded.
//
//	GET    /_control/accounts     every stored account, with startingBalance, licenseIds and creditBatchName
//	GET    /_control/batches      every stored batch
//	GET    /_control/requests     every recorded request; Authorization is redacted
//	POST   /_control/fault        {"method": "POST", "times": 1, "commit": true, "cut": "connection"}
//	DELETE /_control/fault        ClearFaults
//	POST   /_control/batch        {"batch": "<id>", "status": "archived"}
//
// A fault has the fields of Fault that are no functions. Durations are written "1.5s", and a header has one value. More
// fields are bodyContains (a text that the request's body must hold), errors (messages in place of the object) and set
// (fields of the response's object, or of each element of a page). A batch can change in name, status, expiresOn and
// currentBalance; "gone": true removes it.
func (s *Server) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+ControlPath+"/accounts", s.controlAccounts)
	mux.HandleFunc("GET "+ControlPath+"/batches", s.controlBatches)
	mux.HandleFunc("GET "+ControlPath+"/requests", s.controlRequests)
	mux.HandleFunc("POST "+ControlPath+"/fault", s.controlFault)
	mux.HandleFunc("DELETE "+ControlPath+"/fault", func(http.ResponseWriter, *http.Request) { s.ClearFaults() })
	mux.HandleFunc("POST "+ControlPath+"/batch", s.controlBatch)
	return mux
}

func (s *Server) controlAccounts(w http.ResponseWriter, _ *http.Request) {
	accounts := []any{}
	for _, a := range s.Accounts() {
		object := s.accountObject(&a)
		object["startingBalance"] = a.StartingBalance
		object["licenseIds"] = append([]string{}, a.LicenseIDs...)
		object["creditBatchName"] = optional(a.CreditBatchName)
		accounts = append(accounts, object)
	}
	_, _ = w.Write(encode(accounts))
}

func (s *Server) controlBatches(w http.ResponseWriter, _ *http.Request) {
	batches := []any{}
	for _, b := range s.Batches() {
		batches = append(batches, s.batchObject(&b))
	}
	_, _ = w.Write(encode(batches))
}

func (s *Server) controlRequests(w http.ResponseWriter, _ *http.Request) {
	requests := []any{}
	for _, r := range s.Requests() {
		header := r.Header.Clone()
		if header.Get("Authorization") != "" {
			header.Set("Authorization", "redacted")
		}
		requests = append(requests, map[string]any{
			"method":    r.Method,
			"path":      r.Path,
			"query":     r.Query.Encode(),
			"header":    header,
			"body":      string(r.Body),
			"time":      stamp(r.Time),
			"status":    r.Status,
			"committed": r.Committed,
		})
	}
	_, _ = w.Write(encode(requests))
}

type duration time.Duration

// UnmarshalText reads a Go duration.
func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func (s *Server) controlFault(w http.ResponseWriter, r *http.Request) {
	var given struct {
		Fault
		Delay, CommitDelay, DelayAnswer duration
		Header                          map[string]string
		BodyContains                    string
		Errors                          []string
		Set                             map[string]any
	}
	err := readControl(r, &given)
	f := given.Fault
	f.Delay, f.CommitDelay = time.Duration(given.Delay), time.Duration(given.CommitDelay)
	f.DelayAnswer = time.Duration(given.DelayAnswer)
	f.Header = make(http.Header)
	for name, value := range given.Header {
		f.Header.Set(name, value)
	}
	if given.BodyContains != "" {
		f.Match = func(r *Request) bool { return strings.Contains(string(r.Body), given.BodyContains) }
	}
	if given.Set != nil {
		f.Rewrite = EachObject(func(object map[string]any) { maps.Copy(object, given.Set) })
	}
	if given.Errors != nil {
		f.Status, f.Rewrite = cmp.Or(f.Status, http.StatusOK), OnlyErrors(given.Errors...)
	}
	if err = cmp.Or(err, f.Validate()); err == nil {
		s.Inject(f)
	}
	finishControl(w, err)
}

func (s *Server) controlBatch(w http.ResponseWriter, r *http.Request) {
	var change struct {
		Batch          string
		Gone           bool
		Name           string
		Status         string
		ExpiresOn      time.Time
		CurrentBalance json.Number
	}
	err := readControl(r, &change)
	if err == nil {
		err = s.ChangeBatch(change.Batch, func(b *CreditBatch) {
			b.Name = cmp.Or(change.Name, b.Name)
			b.Status = cmp.Or(change.Status, b.Status)
			b.ExpiresOn = cmp.Or(change.ExpiresOn, b.ExpiresOn)
			b.CurrentBalance = cmp.Or(change.CurrentBalance, b.CurrentBalance)
		})
	}
	if err == nil && change.Gone {
		s.RemoveBatch(change.Batch)
	}
	finishControl(w, err)
}

func readControl(r *http.Request, into any) error {
	decoder := json.NewDecoder(r.Body)
	decoder.DisallowUnknownFields()
	decoder.UseNumber() // what set holds is written as it came
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("the body cannot be read: %w", err)
	}
	return nil
}

func finishControl(w http.ResponseWriter, err error) {
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write(encode(map[string]string{"error": err.Error()}))
	}
}
