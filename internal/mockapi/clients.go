package mockapi

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ClientSecret is part of every secret that a client has in responses, so that tests can search for it.
const ClientSecret = "mockapi-client-secret"

// Client is a customer organisation ("Panorama client") of the instance.
type Client struct {
	ID             string
	Name           string
	SchoolName     string
	Slug           string
	SKU            string
	CustomHost     string
	LicenseEndDate time.Time // zero: none
	Panorama       bool
	CreatedAt      time.Time // zero: when it is added
}

// License is a set of seats of a client, which credit accounts can be bound to.
type License struct {
	ID    string
	Name  string
	Label string
	SKU   string

	clientID string
}

// AddClient adds a client, or replaces the one with the same ID. It returns what is stored.
func (s *Server) AddClient(c Client) Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.ID = cmp.Or(c.ID, newID())
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.now()
	}
	if known := s.store.client(c.ID); known != nil {
		*known = c
	} else {
		s.store.clients = append(s.store.clients, &c)
	}
	return c
}

// AddLicense adds a license to a client that was added (it panics otherwise), and returns what is stored.
func (s *Server) AddLicense(clientID string, l License) License {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.clientID = s.store.mustClient(clientID).ID
	l.ID = cmp.Or(l.ID, newID())
	s.store.licenses = append(s.store.licenses, &l)
	return l
}

// ClientSeed is a client with its licenses.
type ClientSeed struct {
	Client
	Licenses []License
}

// DemoClients returns the three clients that demonstrations rely on, each with two licenses. Their IDs are fixed.
func DemoClients() []ClientSeed {
	var seeds []ClientSeed
	for i, name := range []string{"Acme Corporation", "Globex", "Initech"} {
		id := fmt.Sprintf("6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c0%d", i+1)
		licenseID := fmt.Sprintf("9a3e5c70-1d1f-4a39-8a53-7c2b9d1000%d", i+1)
		slug := strings.ToLower(strings.Fields(name)[0])
		seeds = append(seeds, ClientSeed{
			Client{ID: id, Name: name, SchoolName: name + " Academy", Slug: slug, SKU: strings.ToUpper(slug), Panorama: true},
			[]License{
				{ID: licenseID + "1", Name: "Onboarding", Label: "Onboarding", SKU: "ONB-10"},
				{ID: licenseID + "2", Name: "Safety", Label: "Safety", SKU: "SAF-20"},
			},
		})
	}
	return seeds
}

// Seed adds clients and their licenses.
func (s *Server) Seed(seeds []ClientSeed) {
	for _, seed := range seeds {
		client := s.AddClient(seed.Client)
		for _, license := range seed.Licenses {
			s.AddLicense(client.ID, license)
		}
	}
}

// licensesOf returns the licenses of a client.
func (s *store) licensesOf(clientID string) []*License {
	var licenses []*License
	for _, l := range s.licenses {
		if sameID(l.clientID, clientID) {
			licenses = append(licenses, l)
		}
	}
	return licenses
}

// object has part of the "much more" that a program ignores, and the secrets that it must not show.
func (c *Client) object() map[string]any {
	return map[string]any{
		"id":             c.ID,
		"name":           c.Name,
		"schoolName":     optional(c.SchoolName),
		"slug":           optional(c.Slug),
		"sku":            optional(c.SKU),
		"customHost":     optional(c.CustomHost),
		"licenseEndDate": stamp(c.LicenseEndDate),
		"panorama":       c.Panorama,
		"createdAt":      stamp(c.CreatedAt),
		"courses":        []any{},
		"appearance":     map[string]any{},
		"secretKey":      ClientSecret + "-key-" + c.ID,
		"sso":            map[string]any{"type": "openid", "clientSecret": ClientSecret + "-sso-" + c.ID},
	}
}

// checkID refuses the ID of another client than the one in the path.
func (c call) checkID(given string) error {
	if !sameID(given, c.client.ID) {
		return refuseValue("clientId differs from the client in the path")
	}
	return nil
}

// isFoundBy is fuzzy on purpose: a search for a name also finds the clients that merely contain it.
func (c *Client) isFoundBy(query string) bool {
	text := strings.ToLower(strings.Join([]string{c.Name, c.Slug, c.SKU}, "\n"))
	return strings.Contains(text, strings.ToLower(query))
}

// sortKey is the same for all clients where by is "".
func (c *Client) sortKey(by string) string { return strings.ToLower(fmt.Sprint(c.object()[by])) }

func (s *Server) listClients(c call) (result, error) {
	clients := slices.Clone(s.store.clients)
	slices.SortStableFunc(clients, func(a, b *Client) int {
		by := c.query.Get("sort")
		return strings.Compare(a.sortKey(by), b.sortKey(by))
	})
	found := listing{name: "clients", beside: map[string]any{"aggregations": []any{}}, numbered: true, query: c.query}
	for _, client := range clients {
		if client.isFoundBy(c.query.Get("query")) {
			found.elements = append(found.elements, client.object())
		}
	}
	return s.list("Clients", found)
}

func (s *Server) readClient(c call) (result, error) {
	return result{status: http.StatusOK, body: s.object("ClientById", c.client.object())}, nil
}

func (s *Server) listLicenses(c call) (result, error) {
	client := c.client
	found := listing{
		name:     "licenses",
		beside:   map[string]any{"id": client.ID, "name": client.Name, "sku": optional(client.SKU)},
		numbered: true,
		query:    c.query,
	}
	for _, l := range s.store.licensesOf(client.ID) {
		found.elements = append(found.elements, map[string]any{
			"id":     l.ID,
			"name":   l.Name,
			"label":  optional(l.Label),
			"sku":    optional(l.SKU),
			"client": client.object(),
		})
	}
	return s.list("APILicensesByClientId", found)
}
