package mockapi

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// ClientSecret is part of every secret of a client that AddClient was not given, so that what must not show them can be
// searched for it.
const ClientSecret = "mockapi-client-secret"

// Client is a customer organisation ("Panorama client") of the instance.
type Client struct {
	ID             string    `json:"id"`
	Name           string    `json:"name"`
	SchoolName     string    `json:"schoolName"`
	Slug           string    `json:"slug"`
	SKU            string    `json:"sku"`
	CustomHost     string    `json:"customHost"`
	LicenseEndDate time.Time `json:"licenseEndDate"` // zero: none
	Panorama       bool      `json:"panorama"`
	CreatedAt      time.Time `json:"createdAt"` // for sorting; zero: when it is added

	// Responses hold these, as the vendor's do. "": AddClient invents one with ClientSecret in it.
	SecretKey       string `json:"secretKey"`
	SSOClientSecret string `json:"ssoClientSecret"`
}

// AddClient adds a client, or replaces the one with the same ID. An empty ID becomes a new UUID. It returns what is stored.
func (s *Server) AddClient(c Client) Client {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID == "" {
		c.ID = newID()
	}
	if c.CreatedAt.IsZero() {
		c.CreatedAt = s.now()
	}
	if c.SecretKey == "" {
		c.SecretKey = ClientSecret + "-key-" + c.ID
	}
	if c.SSOClientSecret == "" {
		c.SSOClientSecret = ClientSecret + "-sso-" + c.ID
	}
	if known := s.store.client(c.ID); known != nil {
		*known = c
	} else {
		s.store.clients = append(s.store.clients, &c)
	}
	return c
}

type clientAnswer struct {
	ID             string         `json:"id"`
	Name           string         `json:"name"`
	SchoolName     *string        `json:"schoolName"`
	Slug           *string        `json:"slug"`
	SKU            *string        `json:"sku"`
	CustomHost     *string        `json:"customHost"`
	LicenseEndDate *string        `json:"licenseEndDate"`
	Panorama       bool           `json:"panorama"`
	CreatedAt      string         `json:"createdAt"`
	Courses        []any          `json:"courses"`    // part of the "much more" that a client of the API ignores
	Appearance     map[string]any `json:"appearance"` // likewise
	SecretKey      string         `json:"secretKey"`
	SSO            map[string]any `json:"sso"`
}

func (c Client) answer() clientAnswer {
	return clientAnswer{
		ID:             c.ID,
		Name:           c.Name,
		SchoolName:     optional(c.SchoolName),
		Slug:           optional(c.Slug),
		SKU:            optional(c.SKU),
		CustomHost:     optional(c.CustomHost),
		LicenseEndDate: optionalStamp(c.LicenseEndDate),
		Panorama:       c.Panorama,
		CreatedAt:      stamp(c.CreatedAt),
		Courses:        []any{},
		Appearance:     map[string]any{},
		SecretKey:      c.SecretKey,
		SSO:            map[string]any{"type": "openid", "clientSecret": c.SSOClientSecret},
	}
}

var listClientsRoute = route{
	method:  http.MethodGet,
	pattern: "/clients",
	params: []param{
		{name: "query"},
		{name: "sort", kind: paramChoice, values: []string{"name", "slug", "sku", "createdAt"}},
		{name: "count", kind: paramPositive},
	},
	listing: true,
	handle:  (*Server).listClients,
}

func (s *Server) listClients(c call) result {
	var entries []any
	for _, client := range s.sortedClients(c.query["sort"]) {
		if client.isFoundBy(c.query["query"]) {
			entries = append(entries, client.answer())
		}
	}
	return list("Clients", listing{
		name:     "clients",
		beside:   map[string]any{"aggregations": []any{}},
		numbered: true,
		entries:  entries,
	})
}

// isFoundBy is fuzzy on purpose: who searches for a name also gets the clients that merely contain it.
func (c *Client) isFoundBy(query string) bool {
	for _, text := range []string{c.Name, c.Slug, c.SKU} {
		if strings.Contains(lower(text), lower(query)) {
			return true
		}
	}
	return false
}

func (s *Server) sortedClients(by string) []*Client {
	clients := slices.Clone(s.store.clients)
	slices.SortStableFunc(clients, func(a, b *Client) int {
		switch by {
		case "name":
			return strings.Compare(lower(a.Name), lower(b.Name))
		case "slug":
			return strings.Compare(lower(a.Slug), lower(b.Slug))
		case "sku":
			return strings.Compare(lower(a.SKU), lower(b.SKU))
		case "createdAt":
			return a.CreatedAt.Compare(b.CreatedAt)
		}
		return 0
	})
	return clients
}

var readClientRoute = route{
	method:  http.MethodGet,
	pattern: "/clients/{id}",
	handle: func(_ *Server, c call) result {
		return found("ClientById", c.client.answer())
	},
}
