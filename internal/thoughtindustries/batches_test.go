package thoughtindustries

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// batchRequest asks for a batch; an empty name for one without a name.
func batchRequest(name, balance string) CreditBatchRequest {
	starting, _ := ParseNumber(balance)
	request := CreditBatchRequest{ClientID: acme, StartingBalance: starting}
	if name != "" {
		request.Name = &name
	}
	return request
}

// createBatch gives the batch that was created, and its kind.
func (w *fixture) createBatch(r CreditBatchRequest) (CreditBatch, string, error) {
	batch, how, err := w.client.CreateCreditBatch(w.t.Context(), r, plenty)
	return batch, created{Creation: how, err: err}.kind(), err
}

// addBatch adds a batch of an account that has no other.
func (w *fixture) addBatch(name, balance string) mockapi.CreditBatch {
	batch := mockapi.CreditBatch{ClientID: acme, CreditAccountID: someID, Name: name}
	batch.StartingBalance = json.Number(balance)
	return w.server.AddBatch(batch)
}

func (w *fixture) onBatchPosts(f mockapi.Fault) {
	f.Method, f.Path = http.MethodPost, listPath
	w.server.Inject(f)
}

func TestBatch_WhatAPostComesTo(t *testing.T) {
	for _, test := range []struct {
		name           string
		fault          mockapi.Fault
		kind           string
		posts, batches int
	}{
		{"no fault", mockapi.Fault{}, "created", 1, 1},
		{"response lost, stored", mockapi.Fault{Times: 1, Cut: mockapi.CutConnection, Commit: true}, "found", 1, 1},
		{"500", mockapi.Fault{Times: 1, Status: 500}, "unknown", 1, 0},
		{"429", mockapi.Fault{Times: 1, Status: 429}, "created", 2, 1},
		{"422", mockapi.Fault{Times: 1, Status: 422}, "refused 422", 1, 0},
		{"an id that is null, stored", mockapi.Fault{Times: 1, Rewrite: mockapi.Set("id", nil)}, "found", 1, 1},
	} {
		for _, name := range []string{"spring", ""} {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				inEveryForm(t, mockapi.Options{}, Config{}, func(w *fixture) {
					r := batchRequest(name, "5")
					r.CreditAccountID = pointerTo(w.account("A", "6").ID)
					w.onBatchPosts(test.fault)
					got, kind, err := w.createBatch(r)
					if kind != test.kind {
						w.t.Errorf("it is %s (%v), want %s", kind, err, test.kind)
					}
					w.wantCount(http.MethodPost, listPath, test.posts)
					batches := w.server.Batches()[1:]
					if len(batches) != test.batches || err == nil && textOf(got.ID) != batches[0].ID {
						w.t.Errorf("there are %d batches; it is %s", len(batches), show(got.ID))
					}
				})
			})
		}
	}
}

func TestBatch_OfTheNameThatExistsDecides(t *testing.T) {
	const spring = "Spring &amp; \u200bsummer"
	for _, test := range []struct {
		name        string
		called      string
		prepare     func(w *fixture)
		fail, adopt string
		whyNot      string
	}{
		{"none", spring, func(*fixture) {}, "created", "created", ""},
		{"one", spring, func(w *fixture) { w.addBatch("Spring & summer", "5") }, "exists", "adopted", ""},
		{"its number as a string", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			w.onLists(set("startingBalance", "5.00"))
		}, "exists", "adopted", ""},
		{"without a name", "", func(w *fixture) { w.addBatch("", "5") }, "created", "created", ""},
		{"another balance", spring, func(w *fixture) { w.addBatch(spring, "6") }, "created", "created", ""},
		{"another name", spring, func(w *fixture) { w.addBatch("autumn", "5") }, "created", "created", ""},
		{"several", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			w.addBatch(spring, "5")
		}, "exists", "exists", "several have the name"},
		{"an archived one", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			w.onLists(set("status", "archived"))
		}, "exists", "exists", "not active"},
		{"a tracked one", spring, func(w *fixture) {
			id := strings.ToLower(w.addBatch(spring, "5").ID)
			w.client.config.Tracked = func(tracked string) bool { return tracked == id }
		}, "exists", "exists", "another resource of this state"},
		{"one of this run", spring, func(w *fixture) {
			w.client.claims.claim(w.addBatch(spring, "5").ID)
		}, "created", "created", ""},
		{"another client's alone", spring, func(w *fixture) {
			w.onLists(entries(func([]map[string]any) []map[string]any { return ofGlobex(nil) }))
		}, "lookup failed", "lookup failed", ""},
		{"beside one whose name cannot be read", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			odd := w.addBatch("odd", "5")
			w.onLists(mockapi.Fault{Rewrite: mockapi.EachObject(func(batch map[string]any) {
				if batch["id"] == odd.ID {
					delete(batch, "name")
				}
			})})
		}, "exists", "exists", "another one may have the name"},
		{"one whose name is null", spring, func(w *fixture) {
			w.addBatch("", "5")
			w.onLists(set("name", nil))
		}, "created", "created", ""},
		{"one whose balance cannot be read", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			w.onLists(set("startingBalance", "five"))
		}, "lookup failed", "lookup failed", ""},
		{"one of an account that cannot be read", spring, func(w *fixture) {
			w.addBatch(spring, "5")
			w.onLists(set("creditAccountId", "none"))
		}, "lookup failed", "lookup failed", ""},
		{"a listing that fails", spring, func(w *fixture) { w.onLists(status(500)) }, "lookup failed", "lookup failed", ""},
		{"a listing that fails, without a name", "", func(w *fixture) { w.onLists(status(500)) }, "created", "created", ""},
		{"a listing that is refused", spring, func(w *fixture) { w.onLists(status(403)) }, "created", "created", ""},
	} {
		for mode, want := range map[OnExisting]string{
			FailOnExisting: test.fail, AdoptExisting: test.adopt,
			IgnoreOnExisting: "created",
		} {
			t.Run(test.name+"/"+string(mode), func(t *testing.T) {
				inBubble(t, mockapi.Options{}, Config{OnExisting: mode}, func(w *fixture) {
					test.prepare(w)
					r := batchRequest(test.called, "5")
					existing := w.client.ExistingCreditBatches(w.t.Context(), r)
					_, how, err := w.client.CreateCreditBatch(w.t.Context(), r, plenty)
					kind := created{Creation: how, err: err}.kind()
					if kind != want {
						w.t.Fatalf("it is %s (%v), want %s", kind, err, want)
					}
					announced := []string{"created", "adopted", "exists", "created", "lookup failed"}[existing.Decision]
					if announced != kind || mode == AdoptExisting && !strings.Contains(existing.WhyNot, test.whyNot) {
						t.Errorf("the plan says %s (%q)", announced, existing.WhyNot)
					}
					if refused := existing.Decision == CannotLookUp; (how.CannotLookUp != nil) != refused {
						t.Errorf("the creation says %v", how.CannotLookUp)
					}
					if mode == IgnoreOnExisting {
						w.wantCount(http.MethodGet, "", 0)
					}
				})
			})
		}
	}
}

func TestBatch_AfterAnUnknownOutcomeOnlyANewOneOfTheSameKindIsAdopted(t *testing.T) {
	for _, test := range []struct {
		name    string
		prepare func(w *fixture, account string)
		stored  bool
		want    string
		ids     int
	}{
		{"stored", func(*fixture, string) {}, true, "found", 0},
		{"two", func(w *fixture, account string) {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: account, StartingBalance: "5"})
		}, true, "unknown", 2},
		{"another balance", func(w *fixture, account string) {
			w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: account, StartingBalance: "6"})
		}, false, "unknown", 0},
		{"another account", func(w *fixture, _ string) { w.addBatch("", "5") }, false, "unknown", 0},
		{"claimed", func(w *fixture, account string) {
			batch := w.server.AddBatch(mockapi.CreditBatch{ClientID: acme, CreditAccountID: account, StartingBalance: "5"})
			w.client.claims.claim(batch.ID)
		}, false, "unknown", 0},
		{"the first batch of an account of this run", func(*fixture, string) {}, false, "unknown", 0},
		{"the first batch, and times that cannot be read", func(w *fixture, account string) {
			w.client.claims.claim(w.server.AddBatch(mockapi.CreditBatch{
				ClientID: acme, CreditAccountID: account,
				StartingBalance: "5",
			}).ID)
			w.onLists(set("createdAt", nil))
		}, false, "unknown", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				account := w.create("A", "5").Object.ID // after the listing was read
				time.Sleep(time.Second)
				test.prepare(w, account)
				w.onBatchPosts(mockapi.Fault{Status: 500, Commit: test.stored})
				r := batchRequest("", "5")
				r.CreditAccountID = &account
				_, kind, err := w.createBatch(r)
				if kind != test.want {
					w.t.Fatalf("it is %s (%v), want %s", kind, err, test.want)
				}
				if kind == "unknown" && len(as[*UnknownOutcomeError](w.t, err).Candidates) != test.ids {
					t.Errorf("got %+v", as[*UnknownOutcomeError](w.t, err))
				}
				w.wantCount(http.MethodPost, listPath, 1)
			})
		})
	}
}

// A batch of an account may be the first one of an account whose own creation has an unknown outcome.
func TestBatch_OfARequestWithoutAnAccountIsAdoptedOnlyWithoutOne(t *testing.T) {
	for name, test := range map[string]struct {
		listed any // creditAccountId of the batch
		want   string
	}{
		"of no account": {nil, "found"},
		"of an account": {someID, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				w.onLists(set("creditAccountId", test.listed))
				w.onBatchPosts(mockapi.Fault{Status: 500, Commit: true})
				_, kind, err := w.createBatch(batchRequest("", "5"))
				if kind != test.want {
					w.t.Fatalf("it is %s (%v), want %s", kind, err, test.want)
				}
				if kind == "unknown" && !strings.Contains(as[*UnknownOutcomeError](w.t, err).Lookup, "no account") {
					t.Errorf("got %+v", err)
				}
			})
		})
	}
}

func TestBatch_WithoutANameAndAListingNothingIsAdopted(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		w.onLists(mockapi.Fault{Times: 1, Status: 403})
		w.onBatchPosts(lostPost)
		_, _, err := w.createBatch(batchRequest("", "5"))
		if got := as[*UnknownOutcomeError](w.t, err); got.Lookup != noListing {
			t.Errorf("it says %q", got.Lookup)
		}
	})
}

// A lookup compares balances as servers keep them, so what it could take for one another is not under way at once.
func TestBatch_PostsThatALookupCannotTellApartGoOneAfterTheOther(t *testing.T) {
	for balance, posts := range map[string]int{"5.00000000000000000000000001": 1, "5.1": 2} {
		inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
			w.onBatchPosts(mockapi.Fault{Delay: 10 * time.Second})
			var all sync.WaitGroup
			for _, r := range []CreditBatchRequest{batchRequest("a", "5"), batchRequest("b", balance)} {
				all.Go(func() {
					if _, kind, err := w.createBatch(r); kind != "created" {
						t.Error(err)
					}
				})
			}
			time.Sleep(5 * time.Second)
			w.wantCount(http.MethodPost, listPath, posts)
			all.Wait()
			w.wantCount(http.MethodPost, listPath, 2)
		})
	}
}

func TestBatch_IsSentAndChangedAsDocumented(t *testing.T) {
	inBubble(t, mockapi.Options{}, ignoring, func(w *fixture) {
		ends := time.Date(2030, 5, 1, 2, 0, 0, 123456789, time.FixedZone("", 7200))
		r := batchRequest("spring", "1e3")
		r.ExpiresOn = pointerTo(Timestamp(ends))
		got, _, err := w.createBatch(r)
		if err != nil {
			w.t.Fatal(err)
		}
		id := textOf(got.ID)
		changed, err := w.client.UpdateCreditBatch(w.t.Context(), acme, id, CreditBatchChange{Name: pointerTo("summer")})
		if err != nil || show(changed.Name) != "summer" || show(changed.ExpiresOn) != "2030-05-01T00:00:00.123Z" {
			t.Errorf("it is now %+v, %v", changed, err)
		}
		if _, err = w.client.UpdateCreditBatch(w.t.Context(), acme, id, CreditBatchChange{ExpiresOn: pointerTo(Timestamp(ends))}); err != nil {
			t.Error(err)
		}
		var bodies []string
		for _, request := range w.server.Requests() {
			bodies = append(bodies, request.Method+" "+string(request.Body))
		}
		want := `POST {"clientId":"` + acme +
			`","startingBalance":1000,"name":"spring","expiresOn":"2030-05-01T00:00:00.123Z"}` +
			"\nPUT {\"name\":\"summer\"}\nPUT {\"expiresOn\":\"2030-05-01T00:00:00.123Z\"}"
		if sent := strings.Join(bodies, "\n"); sent != want {
			t.Errorf("sent\n%s\nwant\n%s", sent, want)
		}
	})
}

func TestBatch_AChangeIsRepeatedOnPassingFaultsAndHasAnEnd(t *testing.T) {
	for name, test := range map[string]struct {
		fault mockapi.Fault
		says  string
		puts  int
	}{
		"500, stored":          {mockapi.Fault{Times: 2, Status: 500, Commit: true}, "", 3},
		"response lost":        {mockapi.Fault{Times: 3, Cut: mockapi.CutConnection}, "", 4},
		"429":                  {mockapi.Fault{Times: 6, Status: 429}, "", 7},
		"422":                  {statusBody(422, `{"message":"expiresOn is past"}`), "expiresOn is past", 1},
		"a page":               {body(`<html>`), "an HTML page, which is not the API's", 1},
		"a response of no use": {body(`[]`), "", 1},
		"always put off": {
			mockapi.Fault{Status: 429, Header: http.Header{"Retry-After": {"60"}}},
			"put the change off for 20m", 20,
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				batch := w.addBatch("spring", "5")
				test.fault.Method = http.MethodPut
				w.server.Inject(test.fault)
				_, err := w.client.UpdateCreditBatch(w.t.Context(), acme, batch.ID, CreditBatchChange{Name: pointerTo("summer")})
				if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
					t.Errorf("got %v, want %q", err, test.says)
				}
				w.wantCount(http.MethodPut, "", test.puts)
			})
		})
	}
}

func TestReadCreditBatch_IsGoneOnlyWhereACompleteListingShouldShowIt(t *testing.T) {
	const there, missing, gone = "there", "missing", "gone"
	long := time.Hour
	for _, test := range []struct {
		name    string
		ago     time.Duration // 0: not known
		prepare func(w *fixture, id string)
		want    string
	}{
		{"there", long, func(*fixture, string) {}, there},
		{"gone", long, func(w *fixture, id string) { w.server.RemoveBatch(id) }, gone},
		{"made a moment ago", time.Minute, func(w *fixture, id string) { w.server.RemoveBatch(id) }, missing},
		{"made five minutes ago", 5 * time.Minute, func(w *fixture, id string) { w.server.RemoveBatch(id) }, gone},
		{"made by this process", long, func(w *fixture, id string) {
			w.server.RemoveBatch(id)
			w.client.claims.claim(id)
		}, missing},
		{"made nobody knows when", 0, func(w *fixture, id string) { w.server.RemoveBatch(id) }, missing},
		{"missing from the first listing", long, func(w *fixture, _ string) {
			w.onLists(mockapi.Fault{Times: 1, Rewrite: mockapi.EachPage(emptyList)})
		}, there},
		{"missing from a copy of a cache", long, func(w *fixture, _ string) {
			w.onLists(mockapi.Fault{Times: 2, Rewrite: mockapi.EachPage(emptyList), Header: http.Header{"Age": {"60"}}})
		}, there},
		{"beside one without an id", long, func(w *fixture, _ string) {
			w.addBatch("odd", "5")
			w.onLists(set("id", nil))
		}, "has no id that can be read"},
		{"a listing that fails", long, func(w *fixture, _ string) { w.onLists(status(500)) }, "500"},
		{"a listing that is refused", long, func(w *fixture, _ string) { w.onLists(status(403)) }, "403"},
	} {
		t.Run(test.name, func(t *testing.T) {
			inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
				id, made := w.addBatch("spring", "5").ID, time.Time{}
				if test.ago > 0 {
					made = time.Now().Add(-test.ago)
				}
				test.prepare(w, id)
				got := missing
				batch, isGone, err := w.client.ReadCreditBatch(w.t.Context(), acme, strings.ToUpper(id), made)
				switch {
				case err != nil:
					got = as[*LookupError](w.t, err).Reason
				case isGone:
					got = gone
				case batch != nil:
					got = there
				}
				if !strings.Contains(got, test.want) || isGone && batch != nil {
					t.Errorf("it is %s, want %s", got, test.want)
				}
			})
		})
	}
}

func TestReadCreditBatch_OneListingServesAllBatchesOfAClient(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		long := time.Now().Add(-time.Hour)
		var ids []string
		for range 20 {
			ids = append(ids, w.addBatch("spring", "5").ID)
		}
		for _, id := range ids {
			if found, gone, err := w.client.ReadCreditBatch(w.t.Context(), acme, id, long); gone || err != nil {
				t.Errorf("got %v, gone %v, %v", found, gone, err)
			}
			missing := strings.Replace(id, id[:8], "00000000", 1)
			if _, _, err := w.client.ReadCreditBatch(w.t.Context(), acme, missing, long); err != nil {
				t.Error(err)
			}
		}
		w.wantCount("", listPath, 2)
	})
}

func TestFindCreditBatches_ShowsThoseThatNobodyHas(t *testing.T) {
	inBubble(t, mockapi.Options{}, Config{}, func(w *fixture) {
		mine, other := w.addBatch("spring", "5"), w.addBatch("spring", "5")
		w.addBatch("autumn", "5")
		w.client.claims.claim(mine.ID)
		found, err := w.client.FindCreditBatches(w.t.Context(), batchRequest("spring", "5"))
		if err != nil || len(found) != 1 || found[0].ID != other.ID {
			t.Errorf("found %v, %v", found, err)
		}
	})
}
