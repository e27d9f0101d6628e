package mockapi

import "net/http"

// License is a set of seats of a client, which credit accounts can be bound to.
type License struct {
	ID    string `json:"id"`
	Name  string `json:"name"`
	Label string `json:"label"`
	SKU   string `json:"sku"`

	clientID string
}

// AddLicense adds a license to a client that was added before (it panics otherwise), or replaces the one with the same ID.
// An empty ID becomes a new UUID. It returns what is stored.
func (s *Server) AddLicense(clientID string, l License) License {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.clientID = s.store.mustClient(clientID).ID
	if l.ID == "" {
		l.ID = newID()
	}
	if known := find(s.store.licenses, func(k *License) bool { return sameID(k.ID, l.ID) }); known != nil {
		*known = l
	} else {
		s.store.licenses = append(s.store.licenses, &l)
	}
	return l
}

type licenseAnswer struct {
	ID     string       `json:"id"`
	Name   string       `json:"name"`
	Label  *string      `json:"label"`
	SKU    *string      `json:"sku"`
	Client clientAnswer `json:"client"`
}

var listLicensesRoute = route{
	method:  http.MethodGet,
	pattern: "/clients/{id}/licenses",
	params: []param{
		{name: "clientId", required: true, kind: paramUUID},
	},
	listing: true,
	handle:  (*Server).listLicenses,
}

func (s *Server) listLicenses(c call) result {
	client := c.client.answer()
	var entries []any
	for _, l := range s.store.licensesOf(c.client.ID) {
		entries = append(entries, licenseAnswer{
			ID:     l.ID,
			Name:   l.Name,
			Label:  optional(l.Label),
			SKU:    optional(l.SKU),
			Client: client,
		})
	}
	return list("APILicensesByClientId", listing{
		name:     "licenses",
		beside:   map[string]any{"id": client.ID, "name": client.Name, "sku": client.SKU},
		numbered: true,
		entries:  entries,
	})
}
