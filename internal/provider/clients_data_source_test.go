package provider

import (
	"strings"
	"testing"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const theClients = "thoughtindustries_clients.d"

func TestClientsDataSource_ListsAllPagesInOrderOfNameAndID(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 2})
	w.api.AddClient(mockapi.Client{ID: otherID, Name: "Globex"})
	w.api.AddClient(mockapi.Client{ID: "11111111-2222-4333-8444-000000000002", Name: "Beta"})
	w.api.AddClient(mockapi.Client{ID: "11111111-2222-4333-8444-000000000001", Name: "Beta"})
	w.api.AddClient(mockapi.Client{Name: "Zenith"})
	w.write("data \"thoughtindustries_clients\" \"d\" {}\n")
	w.apply().succeeds()
	clients := w.found(theClients, "clients")
	if got := column(clients, "name"); got != strings.Join([]string{"Acme Corporation", "Beta", "Beta", "Globex", "Zenith"}, " ") {
		t.Errorf("names: %s", got)
	}
	if clients[1]["id"] != "11111111-2222-4333-8444-000000000001" || clients[3]["id"] != otherID {
		t.Errorf("ids: %s", column(clients, "id"))
	}
	w.requests(3)
}

func TestClientsDataSource_SearchesAndSortsAsTheAPIDoes(t *testing.T) {
	t.Parallel()
	w := newWorkspace(t, mockapi.Options{PerPage: 1})
	w.api.AddClient(mockapi.Client{Name: "Acme North", Slug: "b"})
	w.api.AddClient(mockapi.Client{Name: "Acme South", Slug: "a"})
	w.api.AddClient(mockapi.Client{Name: "Globex"})
	w.write("data \"thoughtindustries_clients\" \"d\" {\n query = \"acme \"\n sort = \"slug\"\n}\n")
	w.apply().succeeds()
	if got := column(w.found(theClients, "clients"), "slug"); got != "a acme b" {
		t.Errorf("slugs: %s", got)
	}
	w.write("data \"thoughtindustries_clients\" \"d\" {\n sort = \"beauty\"\n}\n")
	w.plan().fails(sumLookupFailed, "422", "sort must be one of")
	w.write("data \"thoughtindustries_clients\" \"d\" {\n query = \"nobody\"\n}\n")
	w.apply().succeeds()
	if got := len(w.found(theClients, "clients")); got != 0 {
		t.Errorf("%d clients", got)
	}
}
