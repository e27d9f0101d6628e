//go:build unix

package main

import (
	"fmt"
	"strings"
)

const plain = "a"

func providerRuns() []run {
	training := account(plain, "Training")
	configured := func(lines ...string) string {
		return "provider \"thoughtindustries\" {\n" + strings.Join(lines, "\n") + "\n}\n"
	}
	unset := func(name string) string { return "THOUGHTINDUSTRIES_" + name + "=" }
	key := func(value string) string { return "THOUGHTINDUSTRIES_API_KEY=" + value }
	const caught = "NEW Bad input that is caught at configure, naming the variable or argument and never its value"
	quoted := one("the key is in quotes", nil, apply(training)).contract(caught, "1")
	quoted.env = []string{key("'" + apiKey + "'")}
	expanded := one("the key is a variable that was not expanded", nil, apply(training)).contract(caught, "1")
	expanded.env = []string{key("${TI_KEY}")}
	masked := one("the key is masked", nil, apply(training)).contract(caught, "1")
	masked.env = []string{key("********")}
	proxy := one("HTTPS_PROXY is no URL", nil, apply(training)).contract(caught, "1")
	proxy.env = []string{"HTTPS_PROXY=http://[::1"}
	lower := one("https_proxy has a port that is no number", nil, apply(training)).contract(caught, "1")
	lower.env = []string{"https_proxy=127.0.0.1:port"}
	bare := one("HTTPS_PROXY without a scheme is a proxy", nil, apply(training))
	bare.env = []string{"HTTPS_PROXY=127.0.0.1:9"}
	wrong := one("the key is not valid", nil, plan(training),
		apply(training)).contract("NEW A 401 is an error of the plan and of the apply", "1", "1")
	wrong.env = []string{key("wrong")}
	logged := one("the log of everything has no key", rules(lost()), apply(training+data("clients", "all")))
	logged.env = []string{"TF_LOG=TRACE"}
	return in("Provider",
		one("environment alone", nil, apply(training), plan(training).quietly()),
		one("configuration wins over the environment", nil,
			apply(configured(`base_url = "SERVER"`)+
				training).with("THOUGHTINDUSTRIES_BASE_URL=http://127.0.0.1:9")),
		one("instance and base_url together", nil,
			plan(configured(`base_url = "SERVER"`, `instance = "acme"`)+training)),
		one("empty strings count as not set", nil,
			apply(configured(`api_key = ""`, `base_url = ""`, `instance = ""`)+training)),
		one("no key: plan, then apply", nil, plan(training).with(unset("API_KEY")).quietly(), apply(training).
			with(unset("API_KEY")).quietly()),
		one("no address: plan, then apply", nil, plan(training).with(unset("BASE_URL")), apply(training).
			with(unset("BASE_URL"))),
		one("no key: data source", nil, plan(data("clients", "all")).with(unset("API_KEY"))),
		one("no key: a batch keeps its state", nil, apply(batch("top", `name = "Top"`)), plan("").
			with(unset("API_KEY"))),
		one("http beyond loopback", nil, plan(configured(`base_url = "http://acme.example"`)+training)),
		one("base_url is no URL", nil, plan(configured(`base_url = "acme"`)+training)),
		one("base_url with a query", nil, plan(configured(`base_url = "https://acme.example/?a=b"`)+training)),
		one("base_url with a path prefix", nil, apply(configured(`base_url = "SERVER/prefix"`)+training)),
		one("instance is no subdomain", nil, plan(configured(`instance = "acme.example/x"`)+training).
			with(unset("BASE_URL"))),
		one("request_timeout is no duration", nil, plan(configured(`request_timeout = "soon"`)+training)),
		one("request_timeout of 0", nil, plan(configured(`request_timeout = "0s"`)+training)),
		one("requests_per_minute of 0", nil, plan(configured("requests_per_minute = 0")+training)),
		one("max_concurrent_requests of 0", nil, plan(configured("max_concurrent_requests = 0")+training)),
		one("on_existing_account of another word", nil,
			plan(configured(`on_existing_account = "replace"`)+training)),
		one("limits", nil, apply(configured("requests_per_minute = 6000", "max_concurrent_requests = 1")+training+
			account("b", "Other"))),
		one("address not known at plan", nil,
			plan(later("url", `"SERVER"`)+configured("base_url = terraform_data.url.output")+training), apply("")),
		one("key not known at plan", nil,
			plan(later("key", `"`+apiKeyInHalves+`"`)+
				configured("api_key = replace(terraform_data.key.output, \"-\", \"\")")+training), apply("")),
		one("data source whose address is not known at plan", nil,
			apply(later("url", `"SERVER"`)+configured("base_url = terraform_data.url.output")+
				data("clients", "all")+
				output("clients", "length(data.thoughtindustries_clients.all.clients)"))),
		one("two aliases", nil, apply(training+"provider \"thoughtindustries\" {\n  alias = \"two\"\n}\n"+
			account("b", "Other", "provider = thoughtindustries.two"))),
		one("ids compare without case", nil,
			apply(account(plain, "Training", `client_id = "`+strings.ToUpper(client)+`"`)),
			plan("")),
		logged, wrong, quoted, expanded, masked, proxy, lower, bare,
	)
}

// apiKeyInHalves is the key as it may stand in a state.
var apiKeyInHalves = apiKey[:4] + "-" + apiKey[4:]

func inputRuns() []run {
	var list []run
	for _, line := range []string{
		`client_id = "acme"`, `name = ""`, `name = " Training"`, `name = "Training "`, `name = "Train\ning"`,
		"starting_balance = -1",
		`notify_emails = ["a <a@example.com>"]`, `notify_emails = [""]`, "license_ids = null", `type = ""`,
		"batch_days_until_expire = -1",
		"batch_days_until_expire = 2147483648", "minimum_batch_amount = 0.5", existing("acme"), alongside("acme"),
		`timeouts = { create = "soon" }`, `timeouts = { create = "0s" }`,
	} {
		list = append(list, one(line, nil, plan(account(plain, "Training", line))))
	}
	list = append(list,
		one("a name that is empty without invisible characters", nil, plan(account(plain, `\u200b\u2060`))).
			contract("NEW A name that is empty then is invalid", "1"),
		one("a balance of 2^63", nil, apply(account(plain, "Training", "starting_balance = pow(2, 63)"))).
			contract("Given up: pow(2, 63) credits"),
		one("a balance of 0", nil, apply(account(plain, "Training", "starting_balance = 0")), plan("")),
		one("a balance of a tenth", nil, apply(account(plain, "Training", "starting_balance = 0.1")), plan("")),
		one("every argument", nil,
			apply(account(plain, "Training", `notify_emails = ["a@example.com", "b@example.com"]`,
				`license_ids = ["l"]`,
				`type = "reseller"`, "batch_days_until_expire = 30", "minimum_batch_amount = 5", `credit_batch_name = "2026"`,
				`timeouts = { create = "5m" }`)), plan("")),
		one("values that are not known at plan", nil, apply(later("name", `"Training"`)+
			account(plain, "", "name = terraform_data.name.output")), plan("")),
		one("a value that is invalid once it is known", nil, apply(later("name", `" Training"`)+
			account(plain, "", "name = terraform_data.name.output"))),
	)
	return in("Resource thoughtindustries_credit_account", list...)
}

func outcomeRuns() []run {
	training := account(plain, "Training")
	twice := []step{apply(training), apply("").healthy()}
	var list []run
	on := func(name string, faults ...*rule) run { return one(name, rules(faults...), twice...) }
	for _, status := range []int{301, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 422, 451} {
		list = append(list, on(fmt.Sprint(status),
			onPost(rule{
				status: status, text: `{"error":"no","message":"not like this"}`,
				header: map[string]string{"Location": "https://acme.example/"},
			})))
	}
	for _, status := range []int{302, 303, 408, 500, 502, 503, 504, 599} {
		list = append(list,
			on(fmt.Sprint(status, ", stored"), onPost(rule{status: status, commit: true})),
			on(fmt.Sprint(status, ", not stored, lookup refused after it"), onPost(rule{status: status}),
				refuseLookup()))
	}
	alter := func(change func(entry object)) *rule { return onPost(rule{edit: change}) }
	for _, form := range []string{"bare", "data"} {
		for _, cursor := range []bool{false, true} {
			r := one(fmt.Sprintf("form %s, by cursor %v", form, cursor),
				all(seeded("One", "Two", "Three"), func(s *server) {
					s.form, s.byCursor, s.perPage = form, cursor, 2
				}), apply(training), plan(""), apply(training+account("b", "Three")))
			list = append(list, r)
		}
	}
	list = append(list,
		on("201", onPost(rule{})),
		on("200", onPost(rule{wrap: func(object) {}, header: map[string]string{"X-RateLimit-Remaining": "50"}})),
		on("202 with an empty object", onPost(rule{status: 202, text: "{}", commit: true})),
		on("204, stored", onPost(rule{status: 204, commit: true})),
		on("200 with HTML, stored", onPost(rule{status: 200, text: "<html>welcome</html>", commit: true})),
		on("502 with HTML, stored", onPost(rule{status: 502, text: "<html>bad gateway</html>", commit: true})),
		on("403 with HTML", onPost(rule{status: 403, text: "<html>blocked</html>"})),
		on("response lost, stored", lost()),
		on("body cut, stored",
			onPost(rule{half: true})).contract("Given up: reading the id from a body that is cut"),
		on("503 with Retry-After, stored",
			onPost(rule{status: 503, commit: true, header: map[string]string{"Retry-After": "1"}})),
		on("429 twice", onPost(rule{status: 429, times: 2, header: map[string]string{"Retry-After": "1"}})),
		one("429 until the create timeout",
			rules(onPost(rule{status: 429, times: 99, header: map[string]string{"Retry-After": "2"}})),
			apply(account(plain, "Training", `timeouts = { create = "3s" }`))),
		on("200 with errors and no data, stored", onPost(rule{
			status: 200, commit: true,
			text: `{"errors":[{"message":"pool drained"}],"data":{"APICreateCreditAccount":null}}`,
		})),
		on("errors beside an id",
			onPost(rule{wrap: func(response object) { response["errors"] = []any{object{"message": "late"}} }})),
		on("an id that is no UUID, stored", alter(set("id", "req-8f3"))),
		on("no id, stored", alter(func(entry object) { delete(entry, "id") })),
		one("an id that was listed before", all(seeded("Old"), rules(alter(set("id", accountID("Old", 1))))),
			apply(training)),
		one("the id of another resource", nil, apply(account("b", "Other")), apply(training+account("b", "Other")).
			on(rules(onPost(rule{status: 201, text: `{"data":{"APICreateCreditAccount":{"id":"` + accountID("Other", 1) +
				`"}}}`}), refuseLookup()))),
		one("the id of another that this run created", rules(onPost(rule{body: "Two", edit: set("id", accountID("One", 1))})),
			apply(chain("One", "Two")), plan("")),
		on("computed values that cannot be read", alter(func(entry object) {
			entry["status"], entry["createdAt"], entry["sublicenses"] = 5, []any{}, "none"
		})),
		on("computed values that are missing", alter(func(entry object) {
			delete(entry, "status")
			delete(entry, "createdAt")
			delete(entry, "currentBalance")
			delete(entry, "sublicenses")
		})),
		on("numbers as text",
			alter(func(entry object) { entry["currentBalance"], entry["batchDaysUntilExpire"] = "100", "365" })).
			contract("NEW A number that comes as a string of decimal digits is a number, everywhere",
				"0 p1 a1 b1 a=Training#1", "0 p1 a1 b1 a=Training#1"),
		on("another name in the response", alter(set("name", "Coaching"))).
			contract("NEW A name in the response that is not the same name is a warning that shows both",
				"0 p1 a1 b1 a=Training#1"),
		on("another form of the name in the response", alter(set("name", " Training "))),
		on("another client in the response", alter(set("clientId", otherClient))),
		on("another balance in the response", alter(set("currentBalance", 7))),
		one("another type than was sent", rules(alter(set("type", "client"))),
			apply(account(plain, "Training", `type = "company"`)), plan("")),
		one("connection refused", nil, apply(training).with("THOUGHTINDUSTRIES_BASE_URL=http://127.0.0.1:9")),
		one("connection refused under ignore", nil, apply(ignore+training).
			with("THOUGHTINDUSTRIES_BASE_URL=http://127.0.0.1:9")),
		one("no TLS where it is wanted", nil, apply(ignore+training).
			with("THOUGHTINDUSTRIES_BASE_URL=https://127.0.0.1:9")),
		one("later than request_timeout, stored", rules(onPost(rule{delay: 2e9})),
			apply("provider \"thoughtindustries\" {\n  request_timeout = \"1s\"\n}\n"+
				training), plan("").healthy()),
		one("three unknown outcomes in a row, the fourth is not sent",
			rules(onPost(rule{status: 500, commit: true, times: 99})),
			apply(chain("One", "Two", "Three", "Four")), apply("").healthy()),
		one("two unknown outcomes, one created, two more",
			rules(onPost(rule{status: 500, commit: true, body: "Un", times: 99})),
			apply(chain("Un 1", "Un 2", "Created", "Un 3", "Un 4"))),
		one("interrupted during the POST", rules(onPost(rule{delay: 2e9})), interrupted(apply(training)), plan("").
			healthy()),
		one("interrupted between two", rules(onPost(rule{delay: 2e9})),
			interrupted(apply(chain("One", "Two"), "-parallelism=1")), apply("").healthy()),
	)
	return in("What a POST means", list...)
}

func interrupted(s step) step {
	s.interrupt = true
	return s
}

// chain declares accounts that are created one after the other.
func chain(names ...string) (config string) {
	for i, name := range names {
		more := ""
		if i > 0 {
			more = fmt.Sprintf("depends_on = [thoughtindustries_credit_account.n%d]", i-1)
		}
		config += account(fmt.Sprintf("n%d", i), name, more)
	}
	return config
}
