//go:build unix

package main

import (
	"fmt"
	"net/http"
)

func dataRuns() []run {
	many := func(s *server) {
		for i := range 30 {
			s.clients = append(s.clients, clientNamed(fmt.Sprintf("cccccccc-3333-4333-8333-%012d", i),
				fmt.Sprint("Client ", i)))
			s.licenses = append(s.licenses, object{
				"id":    fmt.Sprintf("dddddddd-4444-4444-8444-%012d", i),
				"name":  fmt.Sprint("License ", i),
				"label": "L", "sku": fmt.Sprint("S", i%3),
			})
			s.addAccount(client, fmt.Sprint("Account ", i), 10)
		}
	}
	of := func(kind, expression string, lines ...string) step {
		return apply(data(kind, "x", lines...) + output("x",
			fmt.Sprintf(expression, "data.thoughtindustries_"+kind+".x")))
	}
	const mine = `client_id = "` + client + `"`
	account := `credit_account_id = "` + accountID("Account 7", 1) + `"`
	reading := func(name string, s step, more ...*rule) run { return one(name, all(many, rules(more...)), s) }
	return in("Look-ups",
		reading("client by id", of("client", "%s.name", `id = "`+client+`"`)),
		reading("client by name", of("client", "%s.slug", `name = "Globex"`)),
		reading("client by slug", of("client", "%s.school_name", `slug = "acme"`)),
		reading("client by the beginning of a name", of("client", "%s.id", `name = "Clien"`)),
		reading("no client of the name", of("client", "%s.id", `name = "Nobody"`)),
		reading("two clients of the name", of("client", "%s.id", `name = "Acme"`).on(func(s *server) {
			s.clients = append(s.clients, clientNamed(accountID("acme", 1), "Acme"))
		})),
		reading("client without an argument", of("client", "%s.id")),
		reading("no client of the id", of("client", "%s.id", `id = "`+accountID("nobody", 1)+`"`)),
		reading("clients", of("clients", "length(%s.clients)")),
		reading("clients by query", of("clients", "%s.clients[*].name", `query = "Client 2"`)),
		reading("licenses", of("licenses", "length(%s.ids)", mine)),
		reading("licenses by sku", of("licenses", "length(%s.licenses)", mine, `sku = "S1"`)),
		reading("licenses by name", of("licenses", "%s.licenses[*].sku", mine, `name = "License 4"`)),
		reading("credit_batches", of("credit_batches", "[length(%[1]s.credit_batches), %[1]s.current_balance]",
			mine)),
		reading("credit_batches of an account", of("credit_batches",
			"[length(%[1]s.credit_batches), %[1]s.current_balance]", mine, account)),
		reading("credit_batches, numbers as text", of("credit_batches", "%s.current_balance", mine),
			onGet(listing, rule{edit: set("currentBalance", "2.5")})).
			contract("NEW A number that comes as a string of decimal digits is a number, everywhere",
				"0 a30 b30 x=75"),
		reading("credit_batches, a balance cannot be read", of("credit_batches", "%s.current_balance == null",
			mine), onGet(listing, rule{edit: set("currentBalance", true)})),
		reading("credit_batches from a cache", of("credit_batches", "length(%s.credit_batches)", mine),
			onGet(listing, rule{header: map[string]string{"Age": "9"}})),
		reading("credit_batches of 204", of("credit_batches", "length(%s.credit_batches)", mine),
			onGet(listing, rule{status: 204})).
			contract(newEmpty, "0 a30 b30 x=0"),
		reading("credit_actions", of("credit_actions", "%s.credit_actions[*].amount", mine, account,
			`action_type = "credit"`)),
		reading("credit_actions of another type", of("credit_actions", "%s.credit_actions", mine, account,
			`action_type = "gift"`)),
		reading("credit_accounts", of("credit_accounts", "length(%s.credit_accounts)", mine)),
		reading("credit_accounts by name", of("credit_accounts", "%s.credit_accounts[*].starting_balance", mine,
			`name = "Account 4"`)),
		reading("credit_accounts, refused", of("credit_accounts", "length(%s.credit_accounts)", mine),
			refuseReads()),
		reading("clients, HTML", of("clients", "length(%s.clients)"),
			onGet("", rule{status: 200, text: "<html>sign in</html>"})),
		reading("clients, errors", of("clients", "length(%s.clients)"),
			onGet("", rule{status: 200, text: `{"errors":[{"message":"no"}]}`})),
		reading("clients, 401", of("clients", "length(%s.clients)"), onGet("", rule{status: 401})),
		reading("clients, 429 and 503 first", of("clients", "length(%s.clients)"),
			onGet("", rule{status: 429, times: 1, header: map[string]string{"Retry-After": "1"}}),
			onGet("", rule{skip: 1, status: 503, times: 1})),
	)
}

func batchRuns() []run {
	named := `name = "Top"`
	top := batch("a", named)
	const theBatch = "thoughtindustries_credit_batch.a"
	onBatch := func(change rule) *rule {
		change.method, change.path, change.times = http.MethodPost, "/creditBatches", max(change.times, 1)
		return &change
	}
	onPut := func(change rule) *rule {
		change.method = http.MethodPut
		return &change
	}
	exists := func(s *server) { s.addBatch(client, nil, "Top", 50) }
	created := func(name string, faults ...*rule) run {
		return one("created: "+name, rules(faults...), apply(top), apply("").healthy())
	}
	after := func(name string, steps ...step) run { return one(name, nil, append([]step{apply(top)}, steps...)...) }
	expires := `expires_on = "2031-01-01T00:00:00Z"`
	const storedOther = "NEW A service that stores another name or expiry causes one warning, and no PUT at each apply"
	ofAccount := account("acc", "Training") + batch("a", named,
		"credit_account_id = thoughtindustries_credit_account.acc.id", "starting_balance = 100")
	return in("Top-ups",
		created("201", onBatch(rule{})),
		created("422", onBatch(rule{status: 422, text: `{"error":"bad","message":"no"}`})),
		created("401", onBatch(rule{status: 401})),
		created("response lost, stored", onBatch(rule{drop: true, commit: true})),
		created("500, stored", onBatch(rule{status: 500, commit: true})),
		created("503 with Retry-After, stored",
			onBatch(rule{status: 503, commit: true, header: map[string]string{"Retry-After": "1"}})),
		created("302, not stored, lookup refused after it", onBatch(rule{status: 302}), refuseLookup()),
		created("429 once", onBatch(rule{status: 429, header: map[string]string{"Retry-After": "1"}})),
		created("no id, stored", onBatch(rule{edit: func(entry object) { delete(entry, "id") }})),
		created("body cut, stored", onBatch(rule{half: true})),
		created("values that cannot be read",
			onBatch(rule{edit: func(entry object) { entry["currentBalance"], entry["status"] = "many", 5 }})),
		created("never stored", onBatch(rule{drop: true})),
		one("without a name", nil,
			apply(batch("a")+batch("b", "starting_balance = 7", "depends_on = ["+theBatch+"]")), plan("")),
		one("without a name, the listing fails", rules(onGet(listing, rule{status: 500})), apply(batch("a"))).
			contract("NEW A batch without a name is created without a lookup, so a listing that fails does not stop it",
				"0 p1 b1 batch.a=#1"),
		one("without a name, response lost", rules(onBatch(rule{drop: true, commit: true})), apply(batch("a")),
			plan("").healthy()),
		one("with a name, the listing fails", rules(onGet(listing, rule{status: 500})), apply(top)),
		one("every argument", nil, apply(ofAccount), plan("")),
		one("the first batch of a new account is not taken for it", rules(onBatch(rule{drop: true, commit: true})),
			apply(ofAccount), plan("")),
		one("fail: a batch of the name exists", exists, plan(top), apply("")),
		one("adopt: a batch of the name exists", exists, plan(adopt+top), apply(""), plan("")),
		one("ignore: a batch of the name exists", exists, apply(ignore+top)),
		one("a batch of the name in another form exists",
			func(s *server) { s.addBatch(client, nil, "R&amp;D", 50) }, apply(batch("a", `name = "R&D"`))).
			contract(newNormalize, "1 b1"),
		after("name and expiry are updated in place", plan(batch("a", `name = "Other"`, expires)), apply(""),
			plan("")),
		after("an update is refused", apply(batch("a", `name = "Other"`)).on(rules(onPut(rule{status: 422}))),
			plan("").healthy()),
		after("an update of unknown outcome", apply(batch("a", `name = "Other"`)).
			on(rules(onPut(rule{status: 500, commit: true, times: 1}))), plan("").healthy()),
		after("a balance cannot be changed", plan(batch("a", named, "starting_balance = 7"))),
		after("an account cannot be changed",
			plan(batch("a", named, `credit_account_id = "`+accountID("x", 1)+`"`))),
		after("-replace", plan("", "-replace="+theBatch), apply("", "-replace="+theBatch)),
		after("taint", engine("taint", theBatch), plan(""), apply("")),
		after("second resource", plan(top+batch("b", named))),
		after("second resource of another balance", apply(top+batch("b", named, "starting_balance = 7")), plan("")),
		after("renamed resource", plan(batch("b", named))),
		after("renamed resource, moved",
			apply(batch("b", named)+moved(theBatch, "thoughtindustries_credit_batch.b")), plan("")),
		one("two new ones", nil, plan(top+batch("b", named))),
		after("destroy", plan("", "-destroy"), destroy()),
		after("refresh reads the balance", apply("", "-refresh-only").
			on(func(s *server) { s.batches[0]["currentBalance"] = 7 }), plan("")),
		after("renamed by hand", plan("").on(func(s *server) { s.batches[0]["name"] = "By hand" }), apply(""),
			plan("")),
		after("not listed any more", apply("").on(func(s *server) { s.batches = nil }), plan("")),
		after("the refresh is refused", plan("").on(rules(refuseReads()))),
		after("the refresh fails", plan("").on(rules(onGet(listing, rule{status: 500})))),
		after("the refresh comes from a cache", plan("").
			on(rules(onGet(listing, rule{header: map[string]string{"Age": "60"}})))),
		one("another form of the name is stored", rules(&rule{path: listing, edit: set("name", "TOP")}), apply(top),
			plan(""), apply("")).
			contract(storedOther, "0 p1 b1 batch.a=Top#1", "0 p1 b1 batch.a=Top#1", "0 p1 b1 batch.a=Top#1"),
		one("the end of the day is stored",
			rules(&rule{path: listing, edit: set("expiresOn", "2031-01-01T23:59:59.000Z")}), apply(batch("a", named,
				expires)), plan(""), apply("")).
			contract(storedOther, "0 p1 b1 batch.a=Top#1", "0 p1 b1 batch.a=Top#1", "0 p1 b1 batch.a=Top#1"),
		one("expires in the past", nil, plan(batch("a", named, `expires_on = "2020-01-01T00:00:00Z"`))),
		after("its expiry has passed", plan("").
			on(func(s *server) { s.batches[0]["expiresOn"] = "2020-01-01T00:00:00.000Z" })),
		one("expiry is no time", nil, plan(batch("a", named, `expires_on = "tomorrow"`))),
		one("import", exists, step{
			config: top,
			args:   []string{"import", theBatch, client + "/" + batchID("Top")},
		}, plan(""), apply("")),
		one("import of what is not listed", nil, step{
			config: top,
			args:   []string{"import", theBatch, client + "/" + batchID("Top")},
		}),
		one("import by a wrong id", nil, step{config: top, args: []string{"import", theBatch, "x"}}),
		after("unresolved: taken out and put back", apply(batch("b", `name = "Other"`)+top).
			on(rules(onBatch(rule{status: 302}), refuseLookup())),
			apply(top).healthy(), apply(top+batch("b", `name = "Other"`))),
		one("three unknown outcomes in a row", rules(onBatch(rule{status: 500, commit: true, times: 9})),
			apply(batchChain(4)), apply("").healthy()),
		one("numbers as text", rules(&rule{path: listing, edit: set("currentBalance", "50")}), apply(top),
			plan("")).
			contract("NEW A number that comes as a string of decimal digits is a number, everywhere",
				"0 p1 b1 batch.a=Top#1", "0 p1 b1 batch.a=Top#1"),
	)
}

// batchChain declares batches that are created one after the other.
func batchChain(count int) (config string) {
	for i := range count {
		more := []string{fmt.Sprintf("name = \"Batch %d\"", i)}
		if i > 0 {
			more = append(more, fmt.Sprintf("depends_on = [thoughtindustries_credit_batch.n%d]", i-1))
		}
		config += batch(fmt.Sprintf("n%d", i), more...)
	}
	return config
}

func programRuns() []run {
	itself := func(flags ...string) step { return step{args: flags, itself: true} }
	check := func(name string, server func(s *server), env ...string) run {
		r := one("-check: "+name, server, itself("-check"))
		r.env = env
		return r
	}
	return in("Asking an instance",
		one("-version", nil, itself("-version")), one("-help", nil,
			itself("-help")), one("a flag that does not exist", nil, itself("-nonsense")),
		one("-check -json", seeded("Training"), itself("-check", "-json")).contract("Given up: -check -json",
			"2 a1 b1"),
		check("all holds", seeded("One", "Two", "Three")),
		check("bare, by cursor", all(seeded("One", "Two", "Three"),
			func(s *server) { s.form, s.byCursor, s.perPage = "bare", true, 1 })),
		check("wrong key", seeded("One"), "THOUGHTINDUSTRIES_API_KEY=wrong"),
		check("no key", seeded("One"), "THOUGHTINDUSTRIES_API_KEY="),
		check("no address", seeded("One"), "THOUGHTINDUSTRIES_BASE_URL="),
		check("the listing is refused", all(seeded("One"), rules(onGet(listing, rule{status: 403})))),
		check("no names", all(seeded("One"), rules(onGet(actions, rule{edit: set("creditAccountName", nil)})))),
		check("HTML", rules(onGet("", rule{status: 200, text: "<html>sign in</html>"}))),
		check("connection refused", nil, "THOUGHTINDUSTRIES_BASE_URL=http://127.0.0.1:9"),
	)
}
