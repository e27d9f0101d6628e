package thoughtindustries

import (
	"context"
	"net/url"
)

// License is an element of GET /clients/:id/licenses.
type License struct {
	ID    Field[string] `json:"id"`
	Name  Field[string] `json:"name"`
	Label Field[string] `json:"label"`
	SKU   Field[string] `json:"sku"`
}

// Licenses is GET /clients/:id/licenses, all pages of it, cached until something changes at the client.
func (c *Client) Licenses(ctx context.Context, clientID string) ([]License, error) {
	return readShown[License](ctx, c, clientID, licensesOf(clientID))
}

func licensesOf(clientID string) listCall {
	return listCall{
		operation: "APILicensesByClientId", name: "licenses",
		query: url.Values{"clientId": {clientID}}, segments: []string{"clients", clientID, "licenses"},
	}
}
