//go:build unix

package main

import (
	"fmt"
	"html"
)

const (
	newCache     = "NEW A listing or a name that comes with an Age above 0 is asked for again with pauses, and then failed"
	newForeign   = "NEW A batch whose clientId is a well-formed UUID and another one is dropped"
	newBalance   = "NEW adopt: it has the same starting balance and a batch that is active"
	newHTML      = "NEW an HTML page is not the API's: failed"
	newKey       = "NEW A 401 is an error of the plan and of the apply that names it, and nothing is sent after it"
	newUnread    = "an account that is not listed, or that cannot be looked up, is a warning"
	newEmpty     = "NEW 204, and a list that is null beside hasMore: false or a total of 0, are empty listings"
	newNormalize = "NEW Same name means equal after HTML unescaping, once, and dropping of invisible format characters"
)

// archive sets the status of every batch of an account.
func archive(name string) func(s *server) {
	return func(s *server) {
		for _, b := range s.batches {
			if b["creditAccountId"] == accountID(name, 1) {
				b["status"] = "archived"
			}
		}
	}
}

func lookupRuns() []run {
	training := account(plain, "Training")
	created := func(name string, faults ...*rule) run {
		return one(name, all(seeded("Other"), rules(faults...)), apply(training))
	}
	list := func(name string, change rule) run { return created("listing: "+name, onGet(listing, change)) }
	names := func(name string, change rule) run { return created("name: "+name, onGet(actions, change)) }
	const failed, ok = "1 a1 b1", "0 p1 a2 b2 a=Training#1"
	foreign := func(entries []object) []object {
		return append(entries, object{
			"id": batchID("foreign"), "clientId": otherClient, "startingBalance": 100,
			"creditAccountId": accountID("foreign", 1),
			"currentBalance":  100, "status": "active", "name": "foreign", "createdAt": timestamp,
		})
	}
	pageInfo := func(field string, value any) func(response object) {
		return func(response object) {
			data, _ := response["data"].(object)
			body, _ := data["APICreditBatchesByClientAndCreditAccount"].(object)
			info, _ := body["pageInfo"].(object)
			info[field] = value
		}
	}
	totalAlone := func(response object) {
		data, _ := response["data"].(object)
		body, _ := data["APICreditBatchesByClientAndCreditAccount"].(object)
		body["pageInfo"] = object{"total": 7}
	}
	nullList := func(response object) {
		data, _ := response["data"].(object)
		body, _ := data["APICreditBatchesByClientAndCreditAccount"].(object)
		body["creditBatches"], body["pageInfo"] = nil, object{"hasMore": false, "total": 0}
	}
	return in("Lookup",
		one("fail: an account of the name", seeded("Training"), plan(training), apply("")),
		one("fail: two accounts of the name", seeded("Training", "Training"), apply(training)),
		one("fail: an account of the name and another balance",
			func(s *server) { s.addAccount(client, "Training", 7) }, apply(training)).
			contract("NEW Names are asked for first of all accounts of the same balance, then of the 50 newest others",
				"1 a1 b1"),
		one("adopt: an account of the name", seeded("Training"), plan(adopt+training), apply(""), plan("")),
		one("adopt: two accounts of the name", seeded("Training", "Training"), apply(adopt+training)),
		one("adopt: two resources, one account", seeded("Training"),
			apply(adopt+training+account("b", "Training"))),
		one("adopt: an account of the name and another balance",
			func(s *server) { s.addAccount(client, "Training", 7) }, apply(adopt+training)).
			contract(newBalance, "1 a1 b1"),
		one("adopt: an account of the name whose batch is archived", all(seeded("Training"), archive("Training")),
			apply(adopt+training)).
			contract(newBalance, "1 a1 b1"),
		one("adopt: an account that the state has", nil, apply(training),
			apply(adopt+training+account("b", "Training", alongside(accountID("Other", 1))))),
		one("fail: an account of the name whose batch is archived", all(seeded("Training"), archive("Training")),
			apply(training)),
		one("ignore: an account of the name", seeded("Training"), plan(ignore+training), apply("")),
		one("create_alongside: an account of the name", seeded("Training"),
			apply(account(plain, "Training", alongside(accountID("Training", 1)))), plan("")),
		one("create_alongside: one of two of the name", seeded("Training", "Training"),
			apply(account(plain, "Training", alongside(accountID("Training", 1))))),
		one("another client's account of the name", func(s *server) { s.addAccount(otherClient, "Training", 100) },
			apply(training)),
		list("403", rule{status: 403, text: `{"error":"forbidden","message":"no"}`}),
		list("403 with an empty body", rule{status: 403}),
		list("403 with HTML", rule{status: 403, text: "<html>blocked</html>"}).contract(newHTML, failed),
		list("404", rule{status: 404}), list("405", rule{status: 405}),
		list("401", rule{status: 401}).contract(newKey, failed),
		list("400", rule{status: 400, text: `{"error":"bad","message":"no"}`}),
		list("500", rule{status: 500}),
		list("500 once", rule{status: 500, times: 1}),
		list("HTML", rule{status: 200, text: "<html>sign in</html>"}),
		list("errors", rule{
			status: 200,
			text:   `{"errors":[{"message":"no"}],"data":{"APICreditBatchesByClientAndCreditAccount":null}}`,
		}),
		list("429 once", rule{status: 429, times: 1, header: map[string]string{"Retry-After": "1"}}),
		list("204", rule{status: 204}).contract(newEmpty, ok),
		list("null for the list", rule{wrap: nullList}).contract(newEmpty, ok),
		list("null for the object", rule{
			status: 200,
			text:   `{"data":{"APICreditBatchesByClientAndCreditAccount":null}}`,
		}),
		list("a cached response to all", rule{header: map[string]string{"Age": "60"}}).contract(newCache, failed),
		list("a cached response once", rule{times: 1, header: map[string]string{"Age": "60"}}),
		list("a cached response unless it is refused", rule{
			uncached: true, status: 200,
			header: map[string]string{"Age": "9"},
			text:   `{"data":{"APICreditBatchesByClientAndCreditAccount":{"creditBatches":[],"pageInfo":{"hasMore":false}}}}`,
		}),
		list("cut", rule{half: true}),
		list("a batch without its account", rule{edit: func(entry object) { delete(entry, "creditAccountId") }}),
		list("a batch whose account is no UUID", rule{edit: set("creditAccountId", "x")}),
		list("a batch without an id", rule{edit: func(entry object) { delete(entry, "id") }}),
		list("a batch of another client", rule{entries: foreign}).contract(newForeign, ok),
		list("batches of other clients alone", rule{edit: set("clientId", otherClient)}).
			contract(newForeign+", and a listing of which nothing is left is failed", failed),
		list("a batch without its client", rule{edit: func(entry object) { delete(entry, "clientId") }}),
		list("a total that is not reached", rule{wrap: pageInfo("total", 7)}).
			contract("API.md, Lists: Fewer elements in the end than the total says: failed", failed),
		list("a total alone that is not reached", rule{wrap: totalAlone}),
		list("more that does not come", rule{wrap: pageInfo("hasMore", true)}),
		list("numbers as text",
			rule{edit: set("startingBalance",
				"100")}).contract("NEW A number that comes as a string of decimal digits is a number", ok),
		list("a balance that cannot be read", rule{edit: set("startingBalance", object{})}),
		names("403", rule{status: 403}), names("404", rule{status: 404}), names("500", rule{status: 500}),
		names("401", rule{status: 401}).contract(newKey, failed),
		names("HTML", rule{status: 200, text: "<html>sign in</html>"}),
		names("never returned", rule{edit: func(entry object) { delete(entry, "creditAccountName") }}),
		names("no actions", rule{entries: none}),
		names("a cached response to all", rule{header: map[string]string{"Age": "60"}}).contract(newCache, failed),
		one("name: one of two cannot be read", all(seeded("Training", "Other"),
			rules(onGet(accountID("Other", 1)+actions, rule{status: 500}))), apply(training)),
		one("name: one of two has none", all(seeded("One", "Other"),
			rules(onGet(accountID("Other", 1)+actions,
				rule{entries: none}))), apply(training)),
		one("name: one of another balance cannot be read", all(seeded("One"),
			func(s *server) { s.addAccount(client, "Other", 7) },
			rules(onGet(accountID("Other", 1)+actions, rule{status: 500}))), apply(training)),
		one("one name is on the second page", all(seeded("A", "Training", "C"), func(s *server) { s.perPage = 1 }),
			apply(training)),
		one("one name is behind five pages", all(seeded("A", "B", "C", "D", "Training", "F"),
			func(s *server) { s.perPage = 1 }), apply(training)),
		one("one name is behind five cursors", all(seeded("A", "B", "C", "D", "Training", "F"),
			func(s *server) { s.perPage, s.byCursor = 1, true }),
			apply(training)),
		one("pages by number in form data", all(seeded("A", "B", "Training"),
			func(s *server) { s.perPage, s.form = 1, "data" }), apply(training)),
		one("pages by cursor, bare", all(seeded("A", "B", "Training"),
			func(s *server) { s.perPage, s.form, s.byCursor = 1, "bare", true }), apply(training)),
		one("sixty accounts of another balance", func(s *server) {
			for i := range 60 {
				s.addAccount(client, fmt.Sprint("Other ", i), 7)
			}
		}, apply(training)).contract("NEW then of the 50 newest others; that an older one was not asked is one warning a run",
			"0 p1 a61 b61 a=Training#1"),
	)
}

func nameRuns() []run {
	stored := func(name, declared string) run {
		return one(fmt.Sprintf("stored as %q", name), all(seeded(name)), apply(account(plain, declared)))
	}
	return in("Lookup, same name",
		stored(html.EscapeString("R&D"), "R&D").contract(newNormalize, "1 a1 b1"),
		stored("&quot;Best&quot;", `\"Best\"`).contract(newNormalize, "1 a1 b1"),
		stored("R&amp;amp;D", "R&D"),
		stored("R&ampD", "R&D"),
		stored("Train\u200bing", "Training").contract(newNormalize, "1 a1 b1"),
		stored("Training\ufeff", "Training").contract(newNormalize, "1 a1 b1"),
		stored("Cafe\u0301", "Caf\u00e9"),
		stored(" Training ", "Training"),
		stored("Credit  Training", "Credit Training"),
		stored("Credit\u00a0Training", "Credit Training"),
		stored("training", "Training"),
		stored("Tra\u0131ning", "Training"),
		one("two new ones that are the same after unescaping", nil,
			plan(account("a", "R&D")+account("b", "R&amp;D"))).contract(newNormalize, "1"),
		one("data source finds an escaped name", seeded("R&amp;D"),
			apply(data("credit_accounts", "one", `client_id = "`+client+`"`, `name = "R&D"`)+
				output("found", "length(data.thoughtindustries_credit_accounts.one.credit_accounts)"))).
			contract(newNormalize, "0 a1 b1 found=1"),
	)
}

func planRuns() []run {
	training := account(plain, "Training")
	failing := onGet(listing, rule{status: 500})
	return in("Lookup, at plan",
		one("a lookup that fails is a warning", rules(failing), plan(training)),
		one("a lookup that fails, with create_alongside, is an error", rules(failing),
			plan(account(plain, "Training", alongside(accountID("Other", 1))))),
		one("a lookup that fails at plan alone", rules(onGet(listing, rule{status: 500, times: 4})), plan(training),
			apply("").healthy()),
		one("a take-over that cannot be looked up", rules(failing),
			plan(account(plain, "Training", existing(accountID("Training", 1)))), apply("")).
			contract(newUnread, "2", "0 a="+accountID("Training", 1)),
		one("a plan without a key sends nothing", nil,
			plan(training+account("b", "Other", existing(accountID("Other", 1)))).
				with("THOUGHTINDUSTRIES_API_KEY=").quietly()),
		one("ignore: a plan sends nothing", nil, plan(ignore+training).quietly(), apply("").quietly()),
		one("a plan of what exists already", nil, apply(training), plan(training).quietly(),
			plan(training, "-refresh=false").quietly(), plan(training, "-refresh-only").quietly()),
		one("refused: one warning for three accounts", rules(refuseReads()),
			plan(training+account("b", "B")+account("c", "C")), apply("")),
	)
}

func afterUnknownRuns() []run {
	training := account(plain, "Training")
	lag := func(seconds int) *rule { // the listing after the POST comes late
		return onGet(listing, rule{
			afterPost: true, times: seconds,
			entries: none,
		})
	}
	const unresolvedOne = "1 p1 a1 b1 a=unresolved"
	second := func(s *server) { s.addAccount(client, "Training", 100) }
	return in("Lookup, after an unknown outcome",
		one("the listing shows it on the third read", rules(lost(), lag(2)), apply(training), plan("")),
		one("never stored", rules(onPost(rule{drop: true})), apply(training), plan("").healthy()),
		one("a balance of 0 leaves no batch", rules(lost()),
			apply(account(plain, "Training", "starting_balance = 0"))),
		one("two new accounts of the name", rules(onPost(rule{drop: true, commit: true, times: 1}),
			onGet(listing, rule{
				afterPost: true,
				entries:   twins,
			})), apply(training)),
		one("stored under another name", all(func(s *server) { s.names[accountID("Training", 1)] = "Coaching" },
			rules(lost(),
				onGet(actions, rule{edit: set("creditAccountName", "Coaching")}))), apply(training)),
		one("ignore: no lookup", rules(lost()), apply(ignore+training).
			quietly()).contract("NEW Without a listing read before the POST nothing is adopted", unresolvedOne),
		one("refused before: no lookup", rules(lost(), refuseReads()), apply(training)),
		one("refused before, not after", rules(lost(), onGet("", rule{status: 403, times: 2})), apply(training)).
			contract("NEW Without a listing read before the POST nothing is adopted", unresolvedOne),
		one("the lookup fails twice", rules(lost(), onGet(listing, rule{afterPost: true, times: 2, status: 500})),
			apply(training)),
		one("alongside one of the same name", all(second, rules(lost())),
			apply(account(plain, "Training", alongside(accountID("Training", 1)))), plan("")),
		one("two accounts, both lost", rules(onPost(rule{drop: true, commit: true, times: 2})),
			apply(training+account("b", "Other")), plan("")),
		one("two accounts of one name, both lost, one alongside the other", nil, apply(training),
			apply(training+account("b", "Training", alongside(accountID("Training", 1)))).on(rules(lost()))),
		one("Retry-After holds back the lookup",
			rules(onPost(rule{
				status: 503, commit: true,
				header: map[string]string{"Retry-After": "2"},
			})), apply(training)),
		one("interrupted during the lookup", rules(onPost(rule{status: 500})), interrupted(apply(training))),
		one("found on the second page", all(seeded("A", "B", "C"), func(s *server) { s.perPage = 2 },
			rules(lost())), apply(training), plan("")),
		one("another balance comes up", all(func(s *server) { s.addAccount(client, "Training", 7) },
			rules(onPost(rule{drop: true}), onGet(listing, rule{times: 2, entries: none}))), apply(training)),
		one("one exists, and is named from the POST on", all(second, rules(onPost(rule{drop: true}),
			onGet(actions, rule{times: 2, entries: none}))), apply(training)),
		one("the listing before is stale, and shows it after",
			all(second, rules(lost(), onGet(listing, rule{
				times:   2,
				entries: none,
			}))), apply(training)),
	)
}

// none empties a listing.
func none([]object) []object { return nil }

// twins gives each batch of a new account a twin of another account.
func twins(entries []object) []object {
	result := entries
	for _, entry := range entries {
		twin := copied(entry)
		twin["id"], twin["creditAccountId"] = batchID("twin"), accountID("twin", 1)
		result = append(result, twin)
	}
	return result
}

func unresolvedRuns() []run {
	training := account(plain, "Training")
	keyed := func(key string) string { return account(plain, "Training", `for_each = toset(["`+key+`"])`) }
	stored := func(s *server) { s.rules = nil; s.addAccount(client, "Training", 100) }
	found := func(s step) step { s.arrange = stored; return s }
	takeOver := account(plain, "Training", existing(accountID("Training", 1)))
	list := []run{
		unresolved("plan and apply refuse", training, plan(training), apply("")),
		unresolved("-refresh=false", training, plan(training, "-refresh=false"), apply("", "-refresh=false")),
		unresolved("create_before_destroy", account(plain, "Training", cbd), plan(""), apply("")),
		unresolved("for_each", keyed("x"), plan(""), apply("")),
		unresolved("another key", keyed("x"), plan(keyed("y")), apply("")),
		unresolved("another address", training, plan(account("b", "Training")), apply("")),
		unresolved("moved to another address", training, plan(account("b", "Training")+moved(theA, theB)),
			apply("")),
		unresolved("another name", training, plan(account(plain, "Other")), apply("")),
		unresolved("another client", training, plan(account(plain, "Training", `client_id = "`+otherClient+`"`)),
			apply("")),
		unresolved("another balance", training, plan(account(plain, "Training", "starting_balance = 7")),
			apply("")),
		unresolved("on_existing_account = adopt", training, plan(adopt+training), apply("")),
		unresolved("on_existing_account = ignore", training, plan(ignore+training), apply("")),
		unresolved("create_alongside", training,
			plan(account(plain, "Training", alongside(accountID("Training", 1)))), apply("")),
		unresolved("untaint", training, engine("untaint", theA), plan(""), apply("")),
		unresolved("removed from the configuration, then put back", training, apply(" "), apply(training)),
		unresolved("removed beside a new one", training, apply(account("b", "Other"))),
		unresolved("forgotten and created under the same key in one apply", training,
			plan(account("b", "Training"), "-refresh=false")),
		unresolved("state rm", training, engine("state", "rm", theA), apply("")),
		unresolved("state mv", training, engine("state", "mv", theA, theB), plan(account("b", "Training"))),
		unresolved("destroy", training, destroy(), destroy("-refresh=false")),
		unresolved("removed block", training,
			apply("removed {\n  from = "+theA+"\n  lifecycle {\n    destroy = false\n  }\n}\n"), apply(training)),
		unresolved("-target another", training, apply(training+account("b", "B"), "-target="+theB), plan("")),
		unresolved("import at its address", training, engine("import", theA, client+"/"+accountID("Training", 1))).
			contract(newImport),
		unresolved("it exists: take over", training, plan(training), apply(takeOver), plan("")),
		unresolved("take over what is not listed", training, apply(takeOver), plan("")),
		unresolved("take over another name", training,
			apply(account(plain, "Training", existing(accountID("Coaching", 1)))), plan("")).
			contract("NEW A name that differs is a warning, where the state has an unresolved account of that key",
				"1 p1 a=unresolved",
				"0 p1 a1 b1 a=Coaching#1", "0 p1 a1 b1 a=Coaching#1"),
		unresolved("take over another client's", training,
			apply(account(plain, "Training", existing(accountID("Globex", 1))))),
		unresolved("-refresh-only", training, plan(training, "-refresh-only")),
		unresolved("ignore_changes", account(plain, "Training", "lifecycle {\n  ignore_changes = all\n}"), plan(""),
			apply("")),
		unresolved("prevent_destroy", account(plain, "Training", "lifecycle {\n  prevent_destroy = true\n}"),
			plan("")),
	}
	for i := range list {
		switch list[i].name {
		case "it exists: take over":
			list[i].steps[1] = found(list[i].steps[1])
		case "take over another name":
			list[i].steps[1].arrange = all(func(s *server) { s.rules = nil }, seeded("Coaching"))
		case "take over another client's":
			list[i].steps[1].arrange = all(func(s *server) {
				s.rules = nil
				s.addAccount(otherClient, "Globex",
					100)
			})
		}
	}
	return list
}
