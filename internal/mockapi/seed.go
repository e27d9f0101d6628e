package mockapi

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ClientSeed is a client with its licenses.
type ClientSeed struct {
	Client
	Licenses []License `json:"licenses"`
}

// DemoClients returns the three clients that demonstrations rely on, each with two licenses. Their IDs are fixed.
func DemoClients() []ClientSeed {
	var seeds []ClientSeed
	for i, name := range []string{"Acme Corporation", "Globex", "Initech"} {
		slug := strings.ToLower(strings.Fields(name)[0])
		seeds = append(seeds, ClientSeed{
			Client: Client{
				ID:         fmt.Sprintf("6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c0%d", i+1),
				Name:       name,
				SchoolName: name + " Academy",
				Slug:       slug,
				SKU:        strings.ToUpper(slug),
				Panorama:   true,
			},
			Licenses: []License{
				{ID: fmt.Sprintf("9a3e5c70-1d1f-4a39-8a53-7c2b9d1000%d1", i+1), Name: "Onboarding", Label: "Onboarding", SKU: "ONB-10"},
				{ID: fmt.Sprintf("9a3e5c70-1d1f-4a39-8a53-7c2b9d1000%d2", i+1), Name: "Safety", Label: "Safety", SKU: "SAF-20"},
			},
		})
	}
	return seeds
}

// ReadSeeds reads a JSON array of clients: the fields of Client, and "licenses" with those of License. Only names are
// required; IDs must be UUIDs and may be left out.
func ReadSeeds(r io.Reader) ([]ClientSeed, error) {
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	var seeds []ClientSeed
	if err := dec.Decode(&seeds); err != nil {
		return nil, fmt.Errorf("no list of clients: %w", err)
	}
	if dec.More() {
		return nil, errors.New("no list of clients: more than one JSON value")
	}
	for i, seed := range seeds {
		if err := checkSeed(seed.ID, seed.Name); err != nil {
			return nil, fmt.Errorf("client %d: %w", i+1, err)
		}
		for j, license := range seed.Licenses {
			if err := checkSeed(license.ID, license.Name); err != nil {
				return nil, fmt.Errorf("client %d, license %d: %w", i+1, j+1, err)
			}
		}
	}
	return seeds, nil
}

func checkSeed(id, name string) error {
	switch {
	case name == "":
		return errors.New("name is required")
	case id != "" && !isUUID(id):
		return fmt.Errorf("id %q is not a UUID", id)
	}
	return nil
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
