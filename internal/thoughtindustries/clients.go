package thoughtindustries

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// CustomerClient is an element of GET /clients: a customer organisation of the
// instance, which the API calls a client. Of its many fields, these.
type CustomerClient struct {
	ID         Optional[string]
	Name       Optional[string]
	SchoolName Optional[string]
	Slug       Optional[string]
	SKU        Optional[string]
	CustomHost Optional[string]
}

func readCustomerClient(from object) CustomerClient {
	return CustomerClient{
		ID:         read(from, "id", plausibleID),
		Name:       readString(from, "name"),
		SchoolName: readString(from, "schoolName"),
		Slug:       readString(from, "slug"),
		SKU:        readString(from, "sku"),
		CustomHost: readString(from, "customHost"),
	}
}

// Clients is GET /clients, all pages of it in the API's order, as remembered.
// An empty query finds all; what a query finds is the API's affair. An empty
// sort leaves the order to the API.
func (c *Client) Clients(ctx context.Context, query, sort string) ([]CustomerClient, error) {
	return cached(ctx, c, "", fmt.Sprintf("clients %q by %q", query, sort), func(ctx context.Context) ([]CustomerClient, error) {
		parameters := url.Values{}
		if query != "" {
			parameters.Set("query", query)
		}
		if sort != "" {
			parameters.Set("sort", sort)
		}
		var clients []CustomerClient
		err := c.getPages(ctx, getTries, parameters, "Clients", "clients",
			func(element object) { clients = append(clients, readCustomerClient(element)) },
			"clients")
		return clients, err
	})
}

// CustomerClient is GET /clients/:id, as remembered; nil where there is none.
func (c *Client) CustomerClient(ctx context.Context, id string) (*CustomerClient, error) {
	return cached(ctx, c, "", "client "+strings.ToLower(id), func(ctx context.Context) (*CustomerClient, error) {
		root, err := c.get(ctx, c.endpoint(nil, "clients", id), getTries)
		var refused *APIError
		if errors.As(err, &refused) && refused.Status == http.StatusNotFound {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		from := responseObject(root, "ClientById", hasID)
		if from == nil {
			return nil, &ResponseError{Reason: "the response has no client"}
		}
		client := readCustomerClient(from)
		return &client, nil
	})
}
