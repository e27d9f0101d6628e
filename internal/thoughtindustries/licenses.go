package thoughtindustries

import (
	"context"
	"net/url"
)

// License is an element of GET /clients/:id/licenses.
type License struct {
	ID    Optional[string]
	Name  Optional[string]
	Label Optional[string]
	SKU   Optional[string]
}

func readLicense(from object) License {
	return License{
		ID:    read(from, "id", plausibleID),
		Name:  readString(from, "name"),
		Label: readString(from, "label"),
		SKU:   readString(from, "sku"),
	}
}

// Licenses is GET /clients/:id/licenses, all pages of it, as remembered.
func (c *Client) Licenses(ctx context.Context, clientID string) ([]License, error) {
	return cached(ctx, c, clientID, "licenses", func(ctx context.Context) ([]License, error) {
		var licenses []License
		err := c.getPages(ctx, getTries, url.Values{"clientId": {clientID}}, "APILicensesByClientId", "licenses",
			func(element object) { licenses = append(licenses, readLicense(element)) },
			"clients", clientID, "licenses")
		return licenses, err
	})
}
