package provider

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theClient = "thoughtindustries_client.d"

func clientBy(argument, value string) string {
	return fmt.Sprintf("data \"thoughtindustries_client\" \"d\" {\n %s = %q\n}\n", argument, value)
}

// withManyClients has more clients than a page holds, some much alike.
func withManyClients(t *testing.T) *workspace {
	t.Helper()
	w := newWorkspace(t, mockapi.Options{PerPage: 2})
	w.api.AddClient(mockapi.Client{ID: testClient, Name: "Acme Corporation", SchoolName: "Acme Academy", Slug: "acme", SKU: "ACME", CustomHost: "learn.acme.example"})
	for i := range 12 {
		w.api.AddClient(mockapi.Client{Name: fmt.Sprintf("Acme Corporation %02d", i), Slug: fmt.Sprintf("acme-%02d", i)})
	}
	w.api.AddClient(mockapi.Client{ID: otherID, Name: "Globex", Slug: "globex"})
	return w
}

func TestClientDataSource_FindsOneByIDNameOrSlug(t *testing.T) {
	t.Parallel()
	const whole = `{"id":"` + testClient + `","name":"Acme Corporation","school_name":"Acme Academy","slug":"acme","sku":"ACME","custom_host":"learn.acme.example"}`
	tests := map[string]struct{ argument, value, want string }{
		"by id":   {"id", testClient, whole},
		"by name": {"name", "Acme Corporation", whole},
		"by slug": {"slug", "acme", whole},
		"what the API does not tell is null": {
			"name", "Globex",
			`{"id":"` + otherID + `","name":"Globex","school_name":null,"slug":"globex","sku":null,"custom_host":null}`,
		},
		"by id in upper case": {
			"id", "6F1C1A52-0C55-4B0E-9A0F-3F1D6A0B1C01",
			`{"id":"6F1C1A52-0C55-4B0E-9A0F-3F1D6A0B1C01","name":"Acme Corporation","school_name":"Acme Academy","slug":"acme","sku":"ACME","custom_host":"learn.acme.example"}`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := withManyClients(t)
			w.write(clientBy(test.argument, test.value))
			w.apply().succeeds()
			sameJSON(t, w.has(theClient).Attributes, test.want)
			w.plan().succeeds().says(noChanges)
		})
	}
}

func TestClientDataSource_FindsWhatTheSearchDoesNot(t *testing.T) {
	t.Parallel()
	w := withManyClients(t)
	w.api.Inject(mockapi.Fault{
		Path: "/clients", Match: func(r *mockapi.Request) bool { return r.Query.Get("query") != "" },
		Body: pointer(`{"data":{"Clients":{"clients":[],"pageInfo":{"hasMore":false}}}}`),
	})
	w.write(clientBy("slug", "globex"))
	w.apply().succeeds()
	if got := w.has(theClient).Attributes["id"]; got != otherID {
		t.Errorf("id %v", got)
	}
}

func TestClientDataSource_NoneIsAnErrorThatListsWhatWasFound(t *testing.T) {
	t.Parallel()
	w := withManyClients(t)
	w.write(clientBy("name", "Acme"))
	w.plan().fails(sumNothingFound, `exactly the name "Acme"`, `"Acme Corporation", slug "acme", id "`+testClient+`"`,
		"Acme Corporation 08", "and 3 more", "Nothing was changed.").
		silentOn("Acme Corporation 09", "Globex")

	w.write(clientBy("name", "acme corporation")) // another case is another name
	w.plan().fails(sumNothingFound, "Upper and lower case count")

	w.write(clientBy("slug", "nowhere"))
	w.plan().fails(sumNothingFound, "or else all clients", "Acme Corporation 08", "and 4 more")

	w.write(clientBy("id", "11111111-2222-4333-8444-666666666666"))
	w.plan().fails(sumNothingFound, "has no client with the id 11111111-2222-4333-8444-666666666666", w.url)
}

func TestClientDataSource_SeveralIsAnErrorThatListsThem(t *testing.T) {
	t.Parallel()
	w := withManyClients(t)
	w.api.AddClient(mockapi.Client{ID: "11111111-2222-4333-8444-666666666666", Name: "Globex", Slug: "globex-2"})
	w.write(clientBy("name", "Globex"))
	w.plan().fails(sumSeveralFound, `2 clients have the name "Globex"`, otherID, "11111111-2222-4333-8444-666666666666", "Set id").
		silentOn("Acme")
	w.write(clientBy("slug", "globex-2"))
	w.plan().succeeds()
}

func TestClientDataSource_WantsExactlyOneArgument(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	for _, arguments := range []string{"", "name = \"Acme\"\n slug = \"acme\"\n", "id = \"" + testClient + "\"\n name = \"Acme\"\n"} {
		w.write("data \"thoughtindustries_client\" \"d\" {\n" + arguments + "}\n")
		w.run("validate").fails("Exactly one of these attributes must be configured: [id,name,slug]")
	}
	for _, wrong := range []string{`id = "acme"`, `name = ""`, `slug = ""`} {
		w.write("data \"thoughtindustries_client\" \"d\" {\n" + wrong + "\n}\n")
		w.run("validate").fails(sumInvalidValue)
	}
	w.write(unknownUntilApply("null") + "data \"thoughtindustries_client\" \"d\" {\n name = terraform_data.later.output\n}\n")
	w.apply().fails("Exactly one of these attributes must be configured")
	w.requests(0)
}

func TestClientDataSource_EqualOnesAreAskedForOnce(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t)
	w.write(`
data "thoughtindustries_client" "d" {
	count = 50
	name  = "Acme Corporation"
}`)
	w.plan("-parallelism=20").succeeds()
	if got := w.api.Count(http.MethodGet, "/clients"); got != 1 {
		t.Errorf("%d requests", got)
	}
}
