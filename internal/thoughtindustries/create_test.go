package thoughtindustries

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

var ignoring = Config{OnExisting: IgnoreOnExisting}

// lostPost is a POST whose account is stored and whose response is lost.
var lostPost = mockapi.Fault{Times: 1, Status: 500, Commit: true}

func TestCreate_SendsTheDocumentedRequests(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{UserAgent: "agent/1"}, func(w *fixture) {
		r := request("A", "0.1")
		r.BatchDaysUntilExpire, r.CreditBatchName = pointerTo(int64(30)), pointerTo("spring")
		r.NotifyEmails = []string{"a@example.com"}
		r.Alongside = []string{someID}
		w.createIn(w.t.Context(), r, plenty).want(w.t, "created")
		sent := w.server.Requests()
		const want = `{"clientId":"` + acme +
			`","name":"A","startingBalance":0.1,"notifyEmails":["a@example.com"],"licenseIds":[],` +
			`"batchDaysUntilExpire":30,"creditBatchName":"spring"}`
		if len(sent) != 2 || string(sent[1].Body) != want || sent[1].Path != "/incoming/v2/clients/"+acme+"/creditAccounts" {
			w.t.Fatalf("%d requests were sent, the last one %s %s", len(sent), sent[len(sent)-1].Path, sent[len(sent)-1].Body)
		}
		for name, want := range map[string][2]string{ // of the GET and of the POST
			"Accept":        {"application/json", "application/json"},
			"Authorization": {"Bearer " + testKey, "Bearer " + testKey},
			"User-Agent":    {"agent/1", "agent/1"},
			"Cache-Control": {"no-cache", ""},
			"Content-Type":  {"", "application/json"},
		} {
			if got := [2]string{sent[0].Header.Get(name), sent[1].Header.Get(name)}; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if sent[0].Method != http.MethodGet || len(sent[0].Body) > 0 || sent[0].Header.Get("Transfer-Encoding") != "" {
			t.Errorf("%s was sent with a body: %v", sent[0].Method, sent[0].Header)
		}
	})
}

func TestCreate_TheReasonOfAnUnknownOutcomeHasWhatTheServerWrote(t *testing.T) {
	for _, test := range []struct {
		name, body, says string
		status           int
	}{
		{"errors as GraphQL's", `{"errors":[{"message":"off"}],"data":{"x":null}}`, "200 gave no usable id; it wrote: off", 200},
		{"an error as documented", `{"error":"conflict","message":"taken"}`, "gave no usable id; it wrote: taken", 200},
		{"errors without a message", `{"errors":[{"code":7}]}`, "the response 200 gave no usable id", 200},
		{"an object of another kind", `{"id":"req-8f3","status":"accepted"}`, "the response 201 gave no usable id", 201},
		{"the client's id", `{"data":{"client":{"id":"` + strings.ToUpper(acme) + `"}}}`, "gave no usable id", 200},
		{"a 500", `{"message":"deadlock"}`, "the API responded with 500 Internal Server Error; it wrote: deadlock", 500},
		{"a page", `<html><title>Bad gateway</title></html>`, "HTML page, which is not the API's: Bad gateway", 502},
		{"a body that is compressed", "\x1f\x8b\x08\x00\x00", "it may be compressed", 503},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
				w.onPosts(mockapi.Fault{Times: 1, Status: test.status, Body: &test.body})
				began := time.Now()
				got := as[*UnknownOutcomeError](w.t, w.create("A", "5").err)
				if !strings.Contains(got.Reason, test.says) || !got.At.Equal(began) || !strings.Contains(got.Error(), got.Reason) {
					t.Errorf("at %v it says %q, want %q", got.At, got.Reason, test.says)
				}
				w.wantPosts(1)
			})
		})
	}
}

func TestCreate_ARefusalIsTheAPIsOwnWord(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   string // message | field | location | is HTML
	}{
		"documented":      {422, `{"error":"odd","message":"clientId is odd"}`, "clientId is odd|clientId||false"},
		"a list of texts": {400, `{"errors":["name is too long"]}`, "name is too long|name||false"},
		"a common word":   {400, `{"message":"no such type of client"}`, "no such type of client|||false"},
		"empty":           {403, ``, "|||false"},
		"a page":          {403, `<html><title>Request &amp; blocked</title>`, "Request & blocked|||true"},
		"a redirect":      {307, ``, "||https://sso.test/login|false"},
		"plain text":      {409, `busy {"secretKey":"x"}`, "busy|||false"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
				location := http.Header{"Location": {"https://sso.test/login?token=" + testKey}}
				w.onPosts(mockapi.Fault{Status: test.status, Header: location, Body: &test.body})
				e := as[*APIError](w.t, w.create("A", "5").err)
				got := fmt.Sprintf("%s|%s|%s|%v", e.Message, e.Field, e.Location, e.HTML)
				if got != test.want || e.Status != test.status {
					t.Errorf("%d: got %s, want %s", e.Status, got, test.want)
				}
				w.wantCount("", "", 1)
				w.wantAccounts(0)
			})
		})
	}
}

func TestCreate_AnIDThatIsAnothersIsNone(t *testing.T) {
	const taken = "which another resource has"
	for _, test := range []struct {
		name   string
		before func(w *fixture, id string)
		says   string
	}{
		{"of this run", func(w *fixture, id string) { w.client.ClaimCreditAccount(id) }, taken},
		{"of the state", func(w *fixture, _ string) {
			w.client.config.Tracked = func(id string) bool { return id == someID }
		}, taken},
		{"of the listing", func(w *fixture, id string) {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: id, StartingBalance: "1"})
		}, "which was there before"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				test.before(w, strings.ToUpper(someID))
				w.onPosts(body(`{"id":"` + someID + `"}`))
				got := as[*UnknownOutcomeError](w.t, w.create("A", "5").err)
				if len(got.Candidates) != 0 || !strings.Contains(got.Reason, test.says) {
					t.Errorf("got candidates %v and reason %q", got.Candidates, got.Reason)
				}
			})
		})
	}
}

func TestCreate_WhatWasNotSentIsTriedAFewTimesWhereThatMayHelp(t *testing.T) {
	for _, fault := range networkFaults[:13] {
		t.Run(fault.name, func(t *testing.T) {
			dials, want := 0, 1
			if fault.passing {
				want = 4
			}
			config := Config{OnExisting: IgnoreOnExisting, DialContext: func(context.Context, string, string) (net.Conn, error) {
				dials++
				return nil, fault.err
			}}
			inBubble(t, mockapi.Options{}, config, func(w *fixture) {
				got := as[*NotCreatedError](w.t, w.create("A", "5").err)
				if dials != want || !strings.Contains(got.Reason, fault.reason) || got.Interrupted || got.TimedOut || got.Breaker {
					t.Errorf("after %d tries, want %d: %+v", dials, want, got)
				}
			})
		})
	}
}

// stuckDial never gives a connection.
func stuckDial(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestCreate_AnInterruptEndsEveryWaitAtOnce(t *testing.T) {
	retryAfter := http.Header{"Retry-After": {"3600"}}
	failing := func(context.Context, string, string) (net.Conn, error) { return nil, networkFaults[3].err }
	for _, test := range []struct {
		name    string
		config  Config
		prepare func(w *fixture)
		posts   int
	}{
		{"for a permit", Config{MaxConcurrentRequests: 1, OnExisting: IgnoreOnExisting}, func(w *fixture) {
			_, _ = w.client.gate.wait(w.t.Context())
		}, 0},
		{"for requests_per_minute", Config{RequestsPerMinute: 1, OnExisting: IgnoreOnExisting}, func(w *fixture) {
			_, _ = w.client.gate.wait(w.t.Context())
		}, 0},
		{"for a POST of the same name", ignoring, func(w *fixture) {
			_, _ = w.client.lock(w.t.Context(), "account", acme, "A")
		}, 0},
		{"for a connection", Config{OnExisting: IgnoreOnExisting, DialContext: stuckDial}, func(*fixture) {}, 0},
		{"for Retry-After", Config{}, func(w *fixture) { w.onPosts(mockapi.Fault{Status: 429, Header: retryAfter}) }, 1},
		{"for the listing", Config{}, func(w *fixture) { w.onLists(mockapi.Fault{Delay: time.Hour}) }, 0},
		{"for the listing's Retry-After", Config{}, func(w *fixture) {
			w.server.Inject(mockapi.Fault{Path: listPath, Status: 429, Header: retryAfter})
		}, 0},
		{"for a name", Config{}, func(w *fixture) {
			w.account("A", "5")
			w.server.Inject(mockapi.Fault{Path: namePath, Delay: time.Hour})
		}, 0},
		{"for the next try", Config{OnExisting: IgnoreOnExisting, DialContext: failing}, func(*fixture) {}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, test.config, func(w *fixture) {
				test.prepare(w)
				ctx, interrupt := context.WithCancel(w.t.Context())
				result := w.start(ctx, "A", "5")
				synctest.Wait()
				interrupted := time.Now()
				interrupt()
				not := as[*NotCreatedError](w.t, (<-result).err)
				if !not.Interrupted || not.TimedOut || not.Breaker || time.Since(interrupted) != 0 {
					t.Errorf("got %+v after %v", not, time.Since(interrupted))
				}
				w.wantPosts(test.posts)
			})
		})
	}
}

func TestCreate_TheTimeAllowedIsForWaitingAndRequestTimeoutForOneRequest(t *testing.T) {
	putOff := func(seconds string) mockapi.Fault {
		return mockapi.Fault{Times: 1, Status: 429, Header: http.Header{"Retry-After": {seconds}}}
	}
	slow := mockapi.Fault{DelayAnswer: 50 * time.Second}
	again := mockapi.Fault{Times: 3, Status: 429, DelayAnswer: 4 * time.Second}
	short := Config{OnExisting: IgnoreOnExisting, RequestTimeout: 5 * time.Second}
	stuck := Config{OnExisting: IgnoreOnExisting, DialContext: stuckDial}
	stalls, never := mockapi.Fault{Status: 200, Rewrite: mockapi.TooLong}, mockapi.Fault{Delay: time.Minute}
	for _, test := range []struct {
		name    string
		config  Config
		fault   mockapi.Fault
		allowed time.Duration
		kind    string
		took    time.Duration // at most
	}{
		{"it ends a wait for Retry-After", Config{}, putOff("600"), time.Minute, "not created", time.Minute},
		{"it ends a wait for a connection", stuck, mockapi.Fault{}, time.Minute, "not created", time.Minute},
		{"it does not cut a POST that has begun", Config{}, slow, time.Second, "created", 50 * time.Second},
		{"it does not cut the lookup after it", Config{}, lostPost, time.Second, "found", 30 * time.Second},
		{"waiting is no part of request_timeout", short, putOff("300"), plenty, "created", 6 * time.Minute},
		{"it counts anew for each", short, again, plenty, "created", time.Minute},
		{"it ends a POST", short, never, plenty, "unknown", 5 * time.Second},
		{"it ends a body that stalls", short, stalls, plenty, "unknown", 5 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{ListingLag: 20 * time.Second}, test.config, func(w *fixture) {
				w.onPosts(test.fault)
				began := time.Now()
				got := w.createIn(w.t.Context(), request("A", "5"), test.allowed)
				got.want(w.t, test.kind)
				if test.kind == "not created" && !as[*NotCreatedError](w.t, got.err).TimedOut {
					t.Errorf("got %+v, want that the time was over", got.err)
				}
				if test.fault.Delay > 0 && !strings.Contains(got.err.Error(), "request_timeout was over (5s)") {
					t.Errorf("it says %v", got.err)
				}
				if took := time.Since(began); took > test.took {
					t.Errorf("it took %v", took)
				}
			})
		})
	}
}

func TestCreate_AnInterruptLetsAPostThatHasBegunFinish(t *testing.T) {
	const wait = 2 * time.Second
	saved, lost := mockapi.Fault{DelayAnswer: wait}, mockapi.Fault{DelayAnswer: wait, Status: 500}
	stored, stuck := mockapi.Fault{DelayAnswer: wait, Status: 500, Commit: true}, mockapi.Fault{Delay: time.Hour}
	for _, test := range []struct {
		name     string
		post     mockapi.Fault
		list     mockapi.Fault // of the listing after it
		kind     string
		listings int
		took     time.Duration
	}{
		{"it is saved", saved, mockapi.Fault{}, "created", 1, wait},
		{"it is looked up, and found", stored, mockapi.Fault{}, "found", 2, wait},
		{"it is looked up once", lost, mockapi.Fault{}, "unknown", 2, wait},
		{"the lookup has an end", lost, stuck, "unknown", 2, wait + lookupAfterInterrupt},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{RequestTimeout: time.Hour}, func(w *fixture) {
				w.onPosts(test.post)
				test.list.Skip = 1
				w.onLists(test.list)
				ctx, interrupt := context.WithCancel(w.t.Context())
				began := time.Now()
				result := w.start(ctx, "A", "5")
				time.Sleep(time.Second)
				interrupt()
				got := <-result
				got.want(w.t, test.kind)
				if took := time.Since(began); took != test.took {
					t.Errorf("it took %v, want %v", took, test.took)
				}
				if test.listings == 2 && test.took == wait && got.err != nil && strings.Contains(got.err.Error(), "interrupted") {
					t.Errorf("the interrupt did not cut it, and it says %v", got.err)
				}
				w.wantPosts(1)
				w.wantCount("", listPath, test.listings)
			})
		})
	}
}

func TestCreate_AfterThreeUnknownOutcomesInARowNoPOSTIsSent(t *testing.T) {
	const lost, found, ok, stopped = "unknown", "found", "created", "not created"
	for _, test := range []struct {
		name  string
		kinds []string // of each creation, one after the other
		posts int
	}{
		{"three", []string{lost, lost, lost, stopped, stopped}, 3},
		{"found by a lookup counts too", []string{lost, found, lost, stopped}, 3},
		{"a creation resets it", []string{lost, lost, ok, lost, lost, ok}, 6},
		{"a 429 neither counts nor resets", []string{lost, lost, "429, unknown", stopped}, 4},
		{"a refusal neither counts nor resets", []string{lost, lost, "refused 422", lost, stopped}, 4},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				for i, kind := range test.kinds {
					match := named(fmt.Sprint(i))
					switch kind {
					case lost:
						w.onPosts(mockapi.Fault{Match: match, Status: 500})
					case found:
						w.onPosts(mockapi.Fault{Match: match, Status: 500, Commit: true})
					case "429, unknown":
						w.onPosts(mockapi.Fault{Match: match, Status: 429, Times: 1})
						w.onPosts(mockapi.Fault{Match: match, Status: 500})
					case "refused 422":
						w.onPosts(mockapi.Fault{Match: match, Status: 422})
					}
				}
				for i, kind := range test.kinds {
					got := w.create(fmt.Sprint(i), "5")
					got.want(w.t, strings.TrimPrefix(kind, "429, "))
					if kind == stopped && !as[*NotCreatedError](w.t, got.err).Breaker {
						t.Errorf("creation %d failed for another reason: %v", i, got.err)
					}
				}
				w.wantPosts(test.posts)
			})
		})
	}
}

// Each lookup takes half a minute; the breaker must not wait for that.
func TestCreate_UnknownOutcomesCountAsEachPostEnds(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{MaxConcurrentRequests: 1}, func(w *fixture) {
		w.onPosts(mockapi.Fault{Status: 500})
		var results []<-chan created
		for i := range 20 {
			results = append(results, w.start(w.t.Context(), fmt.Sprint(i), "5"))
		}
		kinds := map[string]int{}
		for _, result := range results {
			kinds[(<-result).kind()]++
		}
		if kinds["unknown"] != 3 || kinds["not created"] != 17 {
			t.Errorf("got %v", kinds)
		}
		w.wantPosts(3)
	})
}

func TestCreate_PostsOfOneClientAndNameGoOneAfterTheOther(t *testing.T) {
	for other, wait := range map[string]bool{"A": true, "\u200bA": true, "B": false, "a": false} {
		t.Run(other, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				w.onPosts(mockapi.Fault{Times: 1, DelayAnswer: 5 * time.Second, Status: 500})
				first := w.start(w.t.Context(), "A", "5")
				time.Sleep(time.Second)
				second := w.start(w.t.Context(), other, "6")
				elsewhere := request("A", "5")
				elsewhere.ClientID = globex
				w.createIn(w.t.Context(), elsewhere, plenty).want(w.t, "created")
				synctest.Wait()
				want := 3
				if wait {
					want = 2
				}
				w.wantPosts(want)
				time.Sleep(10 * time.Second) // it waits for the lookup too
				w.wantPosts(want)
				(<-first).want(w.t, "unknown")
				(<-second).want(w.t, "created")
			})
		})
	}
}

func TestCreate_AccountsOfOneNameNeverEndUpWithOneID(t *testing.T) {
	inBubble(t, mockapi.Options{ListingLag: 3 * time.Second}, Config{}, func(w *fixture) {
		w.onPosts(mockapi.Fault{Skip: 1, Times: 1, Cut: mockapi.CutConnection, Commit: true})
		w.onPosts(mockapi.Fault{Skip: 2, Times: 1, Cut: mockapi.CutConnection})
		var results []<-chan created
		for range 6 {
			results = append(results, w.start(w.t.Context(), "A", "5"))
		}
		ids, kinds := map[string]bool{}, map[string]int{}
		for _, result := range results {
			got := <-result
			ids[got.Object.ID] = true
			kinds[got.kind()]++
		}
		if len(ids) != 6 || kinds["created"] != 4 || kinds["found"] != 1 || kinds["unknown"] != 1 {
			t.Errorf("got %v, with %d ids", kinds, len(ids)-1)
		}
		w.wantPosts(6)
		w.wantAccounts(5)
	})
}

func TestUnauthorized_A401EndsEveryRequestOfTheProcess(t *testing.T) {
	noKey := mockapi.Fault{Status: 401, Body: pointerTo("")}
	for _, path := range []string{postPath, listPath, namePath} {
		t.Run(path, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				w.account("B", "5")
				fault := noKey
				fault.Path = path
				w.server.Inject(fault)
				first := w.create("A", "5")
				if path == postPath {
					first.want(w.t, "refused 401")
				} else {
					failed := as[*LookupError](w.t, first.err)
					if failed.Refused || as[*APIError](w.t, failed.Err).Status != 401 {
						t.Errorf("got %+v", failed)
					}
				}
				w.server.ClearFaults()
				w.server.ResetRequests()
				got := w.create("A", "5")
				if as[*APIError](w.t, got.err).Status != 401 {
					t.Errorf("a creation after it: %v", got.err)
				}
				if path == postPath && !isKind[*NotCreatedError](got.err) {
					t.Errorf("a POST after it: %v", got.err)
				}
				_, err := w.client.Clients(w.t.Context(), "", "")
				if as[*APIError](w.t, err).Status != 401 {
					t.Errorf("a GET after it: %v", err)
				}
				existing := w.client.ExistingCreditAccounts(w.t.Context(), request("C", "6"))
				if path != postPath && existing.Decision != LookupFailed {
					t.Errorf("a lookup after it decides %v", existing.Decision)
				}
				w.wantCount("", "", 0)
			})
		})
	}
}

func TestNew_SaysWhatIsMissingAndFillsInDefaults(t *testing.T) {
	base, err := InstanceURL("Acme")
	if err != nil {
		t.Fatal(err)
	}
	for want, config := range map[string]Config{"no address": {APIKey: "k"}, "no API key": {BaseURL: base}} {
		if _, err := New(config); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	client, err := New(Config{BaseURL: base, APIKey: "k"})
	if err != nil {
		t.Fatal(err)
	}
	got := client.config
	if got.MaxConcurrentRequests != 5 || got.RequestTimeout != time.Minute || got.OnExisting != FailOnExisting ||
		got.Tracked("x") || client.Address() != "https://acme.thoughtindustries.com" {
		t.Errorf("the defaults are %+v, at %s", got, client.Address())
	}
}

func TestAddress_OnlyAnInstanceOrItsBaseURLIsOne(t *testing.T) {
	for _, test := range []struct{ raw, want string }{
		{"https://learn.example.com", "https://learn.example.com"},
		{"https://learn.example.com:8443/tenant/", "https://learn.example.com:8443/tenant"},
		{"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
		{"http://localhost:1", "http://localhost:1"},
		{"http://[::1]:1", "http://[::1]:1"},
		{"http://learn.example.com", ""},
		{"http://127.0.0.1.example.com", ""},
		{"https://user:secret@learn.example.com", ""},
		{"https://learn.example.com?x=1", ""},
		{"https://learn.example.com#", ""},
		{"https://learn.example.com/incoming/v2", ""},
		{"https://learn.example.com/incoming/v2/clients", ""},
		{"https://learn.example.com/a/../b", ""},
		{"ftp://learn.example.com", ""},
		{"learn.example.com", ""},
		{"https://", ""},
		{"https://user:secret@%zz", ""},
	} {
		got, err := ParseBaseURL(test.raw)
		if (err == nil) != (test.want != "") || err == nil && got.String() != test.want {
			t.Errorf("%s: got %v, %v", test.raw, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error repeats it: %v", test.raw, err)
		}
	}
	for _, instance := range []string{"", "a.b", "a/b", "a@b", "-a", "a-", strings.Repeat("a", 64), "https://acme"} {
		if got, err := InstanceURL(instance); err == nil {
			t.Errorf("%q is %v", instance, got)
		}
	}
}

func TestAddress_AnIDNeverLeadsToAnotherPath(t *testing.T) {
	client := testClient(t, testKey)
	client.config.BaseURL.Path = "/tenant"
	for id, want := range map[string]string{"..": "..", "a/b": "a%2Fb", "a?b#c": "a%3Fb%23c", "ä b": "%C3%A4%20b"} {
		if got := client.endpoint(nil, "clients", id).String(); got != "https://api.test/tenant/incoming/v2/clients/"+want {
			t.Errorf("%q leads to %s", id, got)
		}
	}
}
