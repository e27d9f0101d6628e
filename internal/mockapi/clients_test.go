package mockapi_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

func TestClients_OneIsReadByIDWithoutRegardToCase(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	added := s.AddClient(mockapi.Client{
		Name: "Initech", SchoolName: "School", Slug: "initech", SKU: "INI", CustomHost: "learn.initech.test",
		LicenseEndDate: start.AddDate(1, 0, 0), Panorama: true,
	})
	if uuid.Validate(added.ID) != nil {
		t.Fatalf("id %q", added.ID)
	}
	got := ask(s, "GET", "/incoming/v2/clients/"+strings.ToUpper(added.ID), "").data(t, "ClientById")
	for name, want := range map[string]any{
		"id": added.ID, "name": "Initech", "schoolName": "School", "slug": "initech", "sku": "INI",
		"customHost": "learn.initech.test", "licenseEndDate": "2025-01-01T00:00:00.000Z", "panorama": true,
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	bare := ask(s, "GET", "/incoming/v2/clients/"+acme, "").data(t, "ClientById")
	for _, name := range []string{"schoolName", "sku", "customHost", "licenseEndDate"} {
		if value, ok := bare[name]; !ok || value != nil {
			t.Errorf("%s is %v, want null", name, value)
		}
	}
}

func TestClients_SearchIsFuzzyAndSorted(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.AddClient(mockapi.Client{Name: "acme East", Slug: "z-east", SKU: "B", CreatedAt: start.AddDate(-1, 0, 0)})
	s.AddClient(mockapi.Client{Name: "Other", Slug: "other", SKU: "ACME-1"})
	for query, want := range map[string][]string{
		"":                          {"Acme", "Globex", "acme East", "Other"},
		"?query=ACME":               {"Acme", "acme East", "Other"},
		"?query=z-":                 {"acme East"},
		"?query=nothing":            nil,
		"?query=acme&sort=name":     {"Acme", "acme East", "Other"},
		"?sort=name":                {"Acme", "acme East", "Globex", "Other"},
		"?sort=slug":                {"Acme", "Globex", "Other", "acme East"},
		"?sort=sku":                 {"Acme", "Globex", "Other", "acme East"},
		"?sort=createdAt":           {"acme East", "Acme", "Globex", "Other"},
		"?sort=name&count=3":        {"Acme", "acme East", "Globex"},
		"?sort=name&count=3&page=2": {"Other"},
	} {
		a := ask(s, "GET", "/incoming/v2/clients"+query, "")
		a.want(t, 200)
		if got := names(a.list(t, "Clients", "clients")); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", query, got, want)
		}
	}
}

func TestClients_ListingHasNumberedPages(t *testing.T) {
	s := newServer(t, mockapi.Options{PerPage: 1})
	ask(s, "GET", "/incoming/v2/clients", "").want(t, 200, `"aggregations":[]`,
		`"pageInfo":{"currentPage":1,"hasMore":true,"perPage":1,"total":2}`)
	ask(s, "GET", "/incoming/v2/clients?page=2", "").want(t, 200,
		`"pageInfo":{"currentPage":2,"hasMore":false,"perPage":1,"total":2}`)
	ask(s, "GET", "/incoming/v2/clients?count=10", "").want(t, 200,
		`"pageInfo":{"currentPage":1,"hasMore":false,"perPage":10,"total":2}`)
}

func TestAddClient_SameIDReplaces(t *testing.T) {
	s := newServer(t, mockapi.Options{})
	s.AddClient(mockapi.Client{ID: acme, Name: "Acme II"})
	ask(s, "GET", "/incoming/v2/clients", "").want(t, 200, `"name":"Acme II"`, `"total":2`)
}

func TestLicenses_AreListedWithTheirClient(t *testing.T) {
	s := newServer(t, mockapi.Options{PerPage: 2})
	s.AddLicense(globex, mockapi.License{Name: "Theirs"})
	first := s.AddLicense(acme, mockapi.License{Name: "One", Label: "First", SKU: "S-1"})
	s.AddLicense(acme, mockapi.License{Name: "Two"})
	s.AddLicense(acme, mockapi.License{Name: "Three"})
	s.AddLicense(acme, mockapi.License{ID: first.ID, Name: "One again", SKU: "S-1"})

	path := "/incoming/v2/clients/" + acme + "/licenses?clientId=" + acme
	a := ask(s, "GET", path, "")
	a.want(t, 200, `"pageInfo":{"currentPage":1,"hasMore":true,"perPage":2,"total":3}`)
	data := a.data(t, "APILicensesByClientId")
	if data["id"] != acme || data["name"] != "Acme" || data["sku"] != nil {
		t.Errorf("answered %v", data)
	}
	licenses := a.list(t, "APILicensesByClientId", "licenses")
	if got := names(licenses); !reflect.DeepEqual(got, []string{"One again", "Two"}) {
		t.Errorf("licenses %v", got)
	}
	if got := licenses[0]; got["id"] != first.ID || got["sku"] != "S-1" || got["label"] != nil || got["client"].(map[string]any)["id"] != acme {
		t.Errorf("license %v", got)
	}
	if got := names(ask(s, "GET", path+"&page=2", "").list(t, "APILicensesByClientId", "licenses")); !reflect.DeepEqual(got, []string{"Three"}) {
		t.Errorf("page 2 holds %v", got)
	}
}

func TestAddLicense_UnknownClientPanics(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	newServer(t, mockapi.Options{}).AddLicense(nobody, mockapi.License{Name: "X"})
}

func TestDemoClients_HaveFixedIDs(t *testing.T) {
	s := mockapi.New(mockapi.Options{APIKey: key})
	s.Seed(mockapi.DemoClients())
	got := names(ask(s, "GET", "/incoming/v2/clients", "").list(t, "Clients", "clients"))
	if !reflect.DeepEqual(got, []string{"Acme Corporation", "Globex", "Initech"}) {
		t.Errorf("clients %v", got)
	}
	for i, want := range []struct{ id, slug string }{
		{"6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c01", "acme"},
		{"6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02", "globex"},
		{"6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c03", "initech"},
	} {
		ask(s, "GET", "/incoming/v2/clients/"+want.id, "").want(t, 200, `"slug":"`+want.slug+`"`)
		licenses := ask(s, "GET", "/incoming/v2/clients/"+want.id+"/licenses?clientId="+want.id, "").list(t, "APILicensesByClientId", "licenses")
		if len(licenses) != 2 || licenses[0]["sku"] != "ONB-10" || licenses[1]["sku"] != "SAF-20" {
			t.Errorf("licenses %v", licenses)
			continue
		}
		prefix := "9a3e5c70-1d1f-4a39-8a53-7c2b9d1000" + string(rune('1'+i))
		if licenses[0]["id"] != prefix+"1" || licenses[1]["id"] != prefix+"2" || uuid.Validate(prefix+"1") != nil {
			t.Errorf("license ids %v, %v", licenses[0]["id"], licenses[1]["id"])
		}
	}
}

func TestReadSeeds_TakesAListOfClients(t *testing.T) {
	seeds, err := mockapi.ReadSeeds(strings.NewReader(`[
		{"id":"` + acme + `","name":"Acme","slug":"acme","customHost":"x.test","licenseEndDate":"2026-01-01T00:00:00Z",
		 "licenses":[{"name":"Onboarding","sku":"ONB"}]},
		{"name":"Bare"}]`))
	if err != nil {
		t.Fatal(err)
	}
	if len(seeds) != 2 || seeds[0].CustomHost != "x.test" || !seeds[0].LicenseEndDate.Equal(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) ||
		len(seeds[0].Licenses) != 1 || seeds[0].Licenses[0].SKU != "ONB" || seeds[1].ID != "" {
		t.Errorf("got %+v", seeds)
	}
}

func TestReadSeeds_SaysWhatIsWrong(t *testing.T) {
	for text, part := range map[string]string{
		`{}`:                         "no list of clients",
		`[`:                          "no list of clients",
		`[] []`:                      "more than one JSON value",
		`[{"name":"A","colour":1}]`:  "colour",
		`[{"name":"A"},{}]`:          "client 2: name is required",
		`[{"name":"A","id":"acme"}]`: `client 1: id "acme" is not a UUID`,
		`[{"name":"A","licenses":[{"name":"L","id":"1"}]}]`: `client 1, license 1: id "1" is not a UUID`,
	} {
		if _, err := mockapi.ReadSeeds(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %v, want %s", text, err, part)
		}
	}
}

func TestClient_JSONFormIsTheSeedForm(t *testing.T) {
	text, err := json.Marshal(mockapi.DemoClients())
	if err != nil {
		t.Fatal(err)
	}
	seeds, err := mockapi.ReadSeeds(strings.NewReader(string(text)))
	if err != nil || !reflect.DeepEqual(seeds, mockapi.DemoClients()) {
		t.Errorf("got %+v, %v", seeds, err)
	}
}
