//go:build unix

package main

import (
	"fmt"
	"strings"
)

// secondAccountRuns are what makes an engine want a second account, refused and permitted.
func secondAccountRuns() []run {
	training, other := account(plain, "Training"), account("b", "Training")
	first, second := accountID("Training", 1), accountID("Training", 2)
	listed := func(label string, ids ...string) string { return account(label, "Training", alongside(ids...)) }
	keyed := func(key, more string) string {
		return account(plain, "Training", `for_each = toset(["`+key+`"])`, more)
	}
	triggered := func(input, more string) string {
		return later("t", input) + account(plain, "Training",
			"lifecycle {\n  replace_triggered_by = [terraform_data.t]\n}", more)
	}
	module := func(name string) string { return "module \"" + name + "\" {\n  source = \"./accounts\"\n}\n" }
	inModule := func(s step) step {
		s.module = header + training
		return s
	}
	get := func(config string) step { return inModule(step{config: config, args: []string{"get"}}) }
	provisioned := account(plain, "Training", "provisioner \"local-exec\" {\n  command = \"exit 1\"\n}")
	taint := engine("taint", theA)
	replace := "-replace=" + theA
	// after is a run that begins with the account in the state.
	after := func(name string, steps ...step) run {
		return one(name, nil, append([]step{apply(training)}, steps...)...)
	}
	return in("One rule against a second account",
		after("taint", taint, plan(""), apply("")),
		after("taint, its id listed", taint, plan(listed(plain, first)), apply(""), plan("")),
		after("taint, create_before_destroy, its id listed", taint,
			apply(account(plain, "Training", alongside(first), cbd)), plan("")),
		after("taint, then untaint", taint, engine("untaint", theA), plan("")),
		one("failed provisioner", nil, apply(provisioned), plan(training), apply("")),
		after("renamed resource", plan(other), apply(""), apply("", "-refresh=false")),
		after("renamed resource, moved", apply(other+moved(theA, theB)).quietly(), plan("").quietly()),
		after("renamed resource, state mv", engine("state", "mv", theA, theB), plan(other)),
		after("renamed resource, its id listed", plan(listed("b", first)), apply(""), plan("")),
		after("renamed resource, create_before_destroy", apply(account("b", "Training", cbd))),
		after("moved beside a second one", plan(other+account("c", "Training")+moved(theA, theB))),
		one("renamed key", nil, apply(keyed("x", "")), plan(keyed("y", "")), apply("")),
		one("renamed key, moved", nil, apply(keyed("x", "")),
			apply(keyed("y", "")+moved(theA+`["x"]`, theA+`["y"]`)), plan("")),
		one("renamed key, its id listed", nil, apply(keyed("x", "")), apply(keyed("y", alongside(first))),
			plan("")),
		one("renamed module", nil, get(module("one")), apply(""), get(module("two")), plan("")),
		one("renamed module, moved", nil, get(module("one")), apply(""),
			get(module("two")+moved("module.one", "module.two")), apply("")),
		one("from count to for_each", nil, apply(account(plain, "Training", "count = 1")), plan(keyed("x", "")),
			apply("")),
		after("second resource", plan(training+other), apply("")),
		after("second resource, -target", apply(training+other, "-target="+theB)),
		after("second resource, client in other case",
			plan(training+account("b", "Training", `client_id = "`+strings.ToUpper(client)+`"`))),
		after("second resource, name in another form", plan(training+account("b", `\u00a0Training`)),
			plan(training+account("b", "Tra\u00adining"))).
			contract(newNormalize, "0 p1 a1 b1 a=Training#1", "1 p1 a1 b1 a=Training#1", "1 p1 a1 b1 a=Training#1"),
		after("second resource, name with more white space", apply(training+account("b", "Credit  Training")),
			plan(training+account("b", "Credit  Training")+account("c", "Credit Training"))),
		after("second resource of another client",
			apply(training+account("b", "Training", `client_id = "`+otherClient+`"`)), plan("")),
		after("second resource, the first listed", apply(training+listed("b", first)), plan("")),
		after("second resource, another id listed", apply(training+listed("b", second))),
		after("second resource, an unknown id listed", plan(training+later("id", `"`+first+`"`)+
			account("b", "Training", "create_alongside = [terraform_data.id.output]"))),
		after("second resource, id listed in upper case", apply(training+listed("b", strings.ToUpper(first))),
			plan("")),
		one("two new ones", nil, plan(training+other), apply("")),
		one("two new ones, each listing an id", nil, plan(listed("a", first)+listed("b", first))),
		one("two new ones by count", nil, plan(account(plain, "Training", "count = 2"))),
		after("two more beside one, all listed", plan(training+listed("b", first)+listed("c", first))),
		after("changed balance", plan(account(plain, "Training", "starting_balance = 7")), apply("")),
		after("changed balance, its id listed",
			plan(account(plain, "Training", "starting_balance = 7", alongside(first))), apply(""), plan("")),
		after("changed name, its id listed", apply(account(plain, "Coaching", alongside(first))), plan("")),
		after("changed name, create_before_destroy, its id listed",
			apply(account(plain, "Coaching", alongside(first), cbd)), plan("")),
		after("-replace", plan("", replace), apply("", replace)),
		after("-replace, its id listed", plan(listed(plain, first), replace), apply("", replace), plan("")),
		after("-replace, create_before_destroy, its id listed",
			apply(account(plain, "Training", alongside(first), cbd), replace), plan("")),
		after("-replace twice, the first id listed alone", apply(listed(plain, first), replace),
			apply("", replace)),
		after("-replace twice, both ids listed", apply(listed(plain, first), replace),
			apply(listed(plain, first, second), replace), plan("")),
		after("-replace, its id listed, the POST is refused", apply(listed(plain, first), replace).
			on(rules(onPost(rule{status: 422}))), apply("").healthy()),
		after("-replace, its id listed, the response is lost", apply(listed(plain, first), replace).
			on(rules(lost())), plan("").healthy()),
		after("-replace, its id listed, the lookup fails", plan(listed(plain, first), replace).
			on(rules(onGet(listing, rule{status: 500})))),
		after("-replace, its id listed, another exists", plan(listed(plain, first), replace).
			on(seeded("Training"))),
		one("replace_triggered_by", nil, apply(triggered("1", "")), plan(triggered("2", "")), apply("")),
		one("replace_triggered_by, its id listed", nil, apply(triggered("1", "")),
			apply(triggered("2", alongside(first))), plan("")),
		after("removed from the configuration, then put back", apply(" "), apply(training)),
		after("state rm, then apply", engine("state", "rm", theA), apply("")),
		after("destroy, then apply", destroy(), apply(training)),
		after("destroy while another is refused", plan(training+other, "-destroy")),
		after("tainted, then destroy", taint, destroy(), destroy("-refresh=false")),
		after("two resources hold one id", step{
			config: training + other,
			args:   []string{"import", theB, client + "/" + first},
		}, plan("")),
		after("a saved plan", step{config: listed(plain, first), args: []string{"plan", "-out=saved", replace}},
			engine("apply", "saved"), engine("apply", "saved")),
		one("a saved plan of a new one", nil, step{config: training, args: []string{"plan", "-out=saved"}},
			engine("apply", "saved"), plan("").quietly()),
	)
}

func changeRuns() []run {
	training := account(plain, "Training")
	full := []string{
		`type = "client"`, "batch_days_until_expire = 30", "minimum_batch_amount = 5",
		`credit_batch_name = "2026"`,
	}
	changed := func(line string) run {
		return one("changed "+line, nil, apply(account(plain, "Training", full...)),
			plan(account(plain, "Training", append([]string{line}, without(full, line)...)...)))
	}
	seededA := seeded("Training")
	importA := "import {\n  to = " + theA + "\n  id = \"" + client + "/" + accountID("Training", 1) + "\"\n}\n"
	var list []run
	for _, line := range []string{
		`name = "Other"`, `client_id = "` + otherClient + `"`, "starting_balance = 7", `notify_emails = ["a@example.com"]`,
		`license_ids = ["l"]`,
		`type = "company"`, "batch_days_until_expire = 31", "minimum_batch_amount = 6", `credit_batch_name = "2027"`,
		"credit_batch_name = null",
		"type = null",
	} {
		list = append(list, changed(line))
	}
	list = append(list,
		one("several changes at once", nil, apply(training), plan(account(plain, "Other", "starting_balance = 7"))),
		one("provider-only arguments", nil, apply(training),
			plan(account(plain, "Training", `timeouts = { create = "5m" }`,
				alongside(accountID("Training", 1)))), apply("").on(rules(onGet("",
				rule{status: 500}))).quietly(), plan("").quietly()),
		one("existing_account_id of itself", nil, apply(training),
			apply(account(plain, "Training", existing(accountID("Training", 1)))), plan("")),
		one("existing_account_id of another", nil, apply(training),
			plan(account(plain, "Training", existing(accountID("Other", 1))))),
		one("a null that was not set stays free", nil, apply(training),
			plan(account(plain, "Training", `credit_batch_name = "2026"`))),
		one("a type that the API chose", nil, apply(training), plan(account(plain, "Training", `type = "company"`)),
			plan(account(plain, "Training", `type = "client"`))),
		one("unknown at plan, then equal", nil, apply(training),
			apply(later("n", `"Training"`)+account(plain, "", "name = terraform_data.n.output")), plan("")),
		one("unknown at plan, then different", nil, apply(training),
			apply(later("n", `"Other"`)+account(plain, "", "name = terraform_data.n.output")), plan(training)),
		one("ignore_changes", nil, apply(training),
			apply(account(plain, "Other", "lifecycle {\n  ignore_changes = [name]\n}")), plan("")),
		one("a name in another form", nil, apply(training), plan(account(plain, "Train\u00ading"))),
		one("a balance in another form", nil, apply(training),
			plan(account(plain, "Training", "starting_balance = 100.0"))),
		one("the order of a set", nil, apply(account(plain, "Training", `license_ids = ["a", "b"]`)),
			plan(account(plain, "Training", `license_ids = ["b", "a", "a"]`))),
		one("a null is recorded once", seededA,
			apply(importA+account(plain, "Training", `credit_batch_name = "2026"`)), plan(""),
			plan(account(plain, "Training", `credit_batch_name = "2027"`))),
		one("a null is recorded after adoption", seededA, apply(adopt+training),
			apply(adopt+account(plain, "Training", `credit_batch_name = "2026"`)), plan("")).
			contract("Given up: after an adoption or a take-over any null attribute may be recorded once",
				"0 a1 b1 a=Training#1", "0 a1 b1 a=Training#1", "0 a1 b1 a=Training#1"),
		one("a null of the response is not recorded", rules(onPost(rule{edit: set("type", nil)})), apply(training),
			plan(account(plain, "Training", `type = "client"`))),
		one("a type that could not be read", rules(onPost(rule{edit: set("type", 5)})), apply(training),
			plan(account(plain, "Training", `type = "client"`))).
			contract("Given up: an attribute that was unreadable in an otherwise good response stays null",
				"0 p1 a1 b1 a=Training#1", "1 p1 a1 b1 a=Training#1"),
		one("destroy", nil, apply(training), plan("", "-destroy"), destroy()),
		one("removed block", nil, apply(training),
			apply("removed {\n  from = "+theA+"\n  lifecycle {\n    destroy = false\n  }\n}\n")),
		one("taken out of the configuration", nil, apply(training), plan(" "), apply("")),
		one("reading sends nothing", nil, apply(training), plan("").on(rules(onGet("", rule{status: 500}))).
			quietly(), engine("refresh").quietly(), destroy().quietly()),
		one("no key after the creation", nil, apply(training), plan("").with("THOUGHTINDUSTRIES_API_KEY="),
			destroy().with("THOUGHTINDUSTRIES_API_KEY=")),
	)
	return in("Reading, changing, destroying", list...)
}

// without drops the line that sets the same argument.
func without(lines []string, line string) (rest []string) {
	argument, _, _ := strings.Cut(line, " ")
	for _, l := range lines {
		if !strings.HasPrefix(l, argument+" ") {
			rest = append(rest, l)
		}
	}
	return rest
}

const newImport = "NEW An import reads the client's listing and the account's name: both must be there"

func importRuns() []run {
	training := account(plain, "Training")
	id := client + "/" + accountID("Training", 1)
	importing := func(name string, server func(s *server), more ...step) run {
		return one(name, server, append([]step{{config: training, args: []string{"import", theA, id}}}, more...)...)
	}
	wrong := func(id string) run {
		return one("id "+id, seeded("Training"), step{config: training, args: []string{"import", theA, id}})
	}
	block := "import {\n  to = " + theA + "\n  id = \"" + id + "\"\n}\n"
	const nothing = "1 a1 b1"
	return in("Importing",
		importing("by command", seeded("Training"), plan(""), apply(""), plan("")),
		one("by block", seeded("Training"), plan(block+training), apply(""), plan("")),
		one("by block, all ignored", seeded("Training"),
			apply(block+account(plain, "Training", "lifecycle {\n  ignore_changes = all\n}")), plan("")),
		one("by block, generated configuration", seeded("Training"),
			plan(block, "-generate-config-out=generated.tf")),
		one("upper case", seeded("Training"), step{
			config: training,
			args:   []string{"import", theA, strings.ToUpper(id)},
		}, plan("")),
		importing("beside a new one", seeded("Training"), apply(training+account("b", "Other")), plan("")),
		importing("then another of its name", seeded("Training"), plan(training+account("b", "Training"))),
		importing("then another address", seeded("Training"), plan(account("b", "Training"))),
		importing("then a taint", seeded("Training"), engine("taint", theA), plan("")),
		importing("not listed", func(s *server) { s.addAccount(client, "Training", 0) }).contract(newImport,
			"1 a1"),
		importing("without a name", all(seeded("Training"),
			rules(onGet(actions, rule{entries: none})))).contract(newImport, nothing),
		importing("another client's",
			func(s *server) { s.addAccount(otherClient, "Training", 100) }).contract(newImport, nothing),
		importing("another name than is declared", all(seeded("Training"),
			rules(onGet(actions, rule{edit: set("creditAccountName", "Coaching")}))), plan("")),
		importing("the lookup is refused", all(seeded("Training"), rules(refuseReads()))).contract(newImport,
			nothing),
		importing("the lookup fails", all(seeded("Training"),
			rules(onGet(listing, rule{status: 500})))).contract(newImport, nothing),
		importing("the name cannot be read", all(seeded("Training"),
			rules(onGet(actions, rule{status: 500})))).contract(newImport, nothing),
		importing("twice", seeded("Training"), engine("import", theA, id)),
		one("without a key", seeded("Training"), step{
			config: training, args: []string{"import", theA, id},
			env: []string{"THOUGHTINDUSTRIES_API_KEY="},
		}).
			contract(newImport, nothing),
		wrong("x"), wrong(client), wrong(client+"/"), wrong("acme/5"), wrong(id+"/y"),
		importing("a balance that differs", func(s *server) { s.addAccount(client, "Training", 7) }, plan("")),
		importing("two at once", seeded("Training", "Training"),
			apply(training+"import {\n  to = "+theB+"\n  id = \""+client+"/"+accountID("Training", 2)+"\"\n}\n"+
				account("b", "Training"))),
	)
}

func takeOverRuns() []run {
	over := account(plain, "Training", existing(accountID("Training", 1)))
	return in("Taking over",
		one("what exists", seeded("Training"), plan(over), apply(""), plan(""), plan(account(plain, "Training"))),
		one("another client's", func(s *server) { s.addAccount(otherClient, "Training", 100) }, plan(over),
			apply("")),
		one("another name", all(seeded("Training"),
			rules(onGet(actions, rule{edit: set("creditAccountName", "Coaching")}))), plan(over), apply("")),
		one("another balance", func(s *server) { s.addAccount(client, "Training", 7) }, plan(over), apply("")),
		one("not listed", nil, plan(over), apply(""), plan("")),
		one("the lookup is refused", all(seeded("Training"), rules(refuseReads())), plan(over), apply("")),
		one("the lookup fails", all(seeded("Training"), rules(onGet(listing, rule{status: 500}))), plan(over),
			apply("")).
			contract(newUnread, "2 a1 b1", "0 a1 b1 a=Training#1"),
		one("without a key at plan", seeded("Training"), plan(over).with("THOUGHTINDUSTRIES_API_KEY="), apply("")),
		one("one id in two resources", seeded("Training"),
			plan(over+account("b", "Other", existing(accountID("Training", 1))))).inAnyOrder(),
		one("one id by for_each", seeded("Training"),
			plan(account(plain, "", `for_each = toset(["x", "y"])`, "name = each.key",
				existing(accountID("Training", 1))))).inAnyOrder(),
		one("an id that is not known at plan", seeded("Training"),
			apply(later("id", `"`+accountID("Training", 1)+`"`)+
				account(plain, "Training", "existing_account_id = terraform_data.id.output")), plan("")),
		one("what the state has at another address", nil, apply(account("b", "Training")),
			plan(account("b", "Training")+over)),
		one("ignore", seeded("Training"), apply(ignore+over), plan("")),
		one("beside a new one of its name", seeded("Training"), plan(over+account("b", "Training"))).inAnyOrder(),
		one("then a taint", seeded("Training"), apply(over), engine("taint", theA), plan(""), apply("")),
		one("then nulls are set", seeded("Training"), apply(over),
			apply(account(plain, "Training", `type = "client"`, "batch_days_until_expire = 365")), plan("")),
		one("then the balance is changed", seeded("Training"), apply(over),
			plan(account(plain, "Training", "starting_balance = 7"))),
	)
}

// peerState is a state in which another provider made an account.
func peerState(kind, provider, attributes string) string {
	return fmt.Sprintf(`{"version":4,"terraform_version":"1.8.0","serial":1,
"lineage":"4290088c-1695-9df3-c780-62fcc53550fe","outputs":{},"resources":[{"mode":"managed","type":%q,"name":"a",
"provider":"provider[\"registry.terraform.io/%s\"]","instances":[{"schema_version":0,"attributes":%s}]}]}`,
		kind, provider, attributes)
}

func moveRuns() []run {
	const newMove = "NEW It takes client, id, name and starting balance; the rest is recorded by the next apply"
	const missing = "NEW An old state that does not give the first three is an error that shows existing_account_id"
	id := accountID("Training", 1)
	path := "/incoming/v2/clients/" + client + "/creditAccounts"
	body := `{\"name\":\"Training\",\"startingBalance\":100,\"notifyEmails\":[],\"licenseIds\":[]}`
	response := `{\"data\":{\"APICreateCreditAccount\":{\"id\":\"` + id + `\",\"clientId\":\"` + client +
		`\",\"name\":\"Training\",\"status\":\"active\",\"type\":\"client\"}}}`
	dynamic := `{"type":["object",{"name":"string","startingBalance":"number"}],` +
		`"value":{"name":"Training","startingBalance":100}}`
	result := `{"type":["object",{"data":["object",{"APICreateCreditAccount":["object",` +
		`{"id":"string","clientId":"string"}]}]}],` +
		`"value":{"data":{"APICreateCreditAccount":{"id":"` + id + `","clientId":"` + client + `"}}}}`
	training := account(plain, "Training")
	moving := func(name, kind, provider, attributes string, steps ...step) run {
		moveBlock := moved(kind+".a", theA)
		if len(steps) == 0 {
			steps = []step{apply(training + moveBlock).quietly(), plan("").quietly()}
		}
		steps[0].file = peerState(kind, provider, attributes)
		return one(name, nil, steps...)
	}
	restapi := `{"id":"` + id + `","path":"` + path + `","data":"` + body +
		`","create_response":"` + response + `","api_response":"` + response + `"}`
	dataOf := func(fields string) string {
		return "resource \"terraform_data\" \"a\" {\n  input = { name = \"Training\", startingBalance = 100" +
			fields + " }\n}\n"
	}
	fromData := moved("terraform_data.a", theA)
	idAndClient := `, id = "` + id + `", clientId = "` + client + `"`
	const took, failed = "0 a=", "1"
	return in("Moved",
		moving("restapi", "restapi_object", "mastercard/restapi", restapi).contract(newMove, took+id, took+id),
		moving("restful", "restful_operation", "magodo/restful",
			`{"path":"`+path+`","id":"`+path+`","body":`+dynamic+`,"output":`+result+`}`).
			contract(newMove, took+id, took+id),
		moving("terracurl", "terracurl_request", "devops-rob/terracurl",
			`{"id":"a","name":"a","url":"http://127.0.0.1:1`+path+`","request_body":"`+body+`","response":"`+response+
				`","headers":{"Authorization":"Bearer ti_test_example"}}`).contract(newMove, took+id, took+id),
		moving("restapi without a response", "restapi_object", "mastercard/restapi",
			`{"path":"`+path+`","data":"`+body+`"}`, plan(training+moved("restapi_object.a", theA))),
		moving("restapi of another object", "restapi_object", "mastercard/restapi",
			`{"id":"`+id+`","path":"/users","data":"{}"}`,
			plan(training+moved("restapi_object.a", theA))),
		moving("restapi, then a second one of its name", "restapi_object", "mastercard/restapi", restapi,
			plan(training+account("b", "Training")+moved("restapi_object.a", theA))),
		moving("restapi, another name is declared", "restapi_object", "mastercard/restapi", restapi,
			plan(account(plain, "Other")+moved("restapi_object.a", theA))),
		moving("a fork of restapi", "restapi_object", "devops-rob/terracurl", restapi,
			plan(training+moved("restapi_object.a", theA))),
		one("terraform_data", nil, apply(dataOf(idAndClient)), apply(training+fromData), plan("")).contract(newMove,
			"0", took+id, took+id),
		one("terraform_data without a client", nil, apply(dataOf(`, id = "`+id+`"`)),
			plan(training+fromData)).contract(missing, "0", failed),
		one("terraform_data without an id", nil, apply(dataOf(`, clientId = "`+client+`"`)),
			plan(training+fromData)).contract(missing, "0", failed),
		one("terraform_data, then nulls are recorded", nil, apply(dataOf(idAndClient)), apply(training+fromData),
			apply(account(plain, "Training", `type = "client"`)), plan(account(plain, "Training",
				`type = "company"`))).
			contract(newMove, "0", took+id, took+id, "1 a="+id),
	)
}
