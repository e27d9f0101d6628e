package thoughtindustries

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// CustomerClient is an element of GET /clients: a customer organisation of the instance.
type CustomerClient struct {
	ID         Field[string] `json:"id"`
	Name       Field[string] `json:"name"`
	SchoolName Field[string] `json:"schoolName"`
	Slug       Field[string] `json:"slug"`
	SKU        Field[string] `json:"sku"`
	CustomHost Field[string] `json:"customHost"`
}

// Clients is GET /clients, all pages of it in the API's order, cached for the process. An empty query finds all; an
// empty sort leaves the order to the API.
func (c *Client) Clients(ctx context.Context, query, sort string) ([]CustomerClient, error) {
	parameters := url.Values{}
	if query != "" {
		parameters.Set("query", query)
	}
	if sort != "" {
		parameters.Set("sort", sort)
	}
	return readShown[CustomerClient](ctx, c, "", clientsBy(parameters))
}

func clientsBy(query url.Values) listCall {
	return listCall{operation: "Clients", name: "clients", query: query, segments: []string{"clients"}}
}

// CustomerClient is GET /clients/:id, cached for the process; nil where there is none.
func (c *Client) CustomerClient(ctx context.Context, id string) (*CustomerClient, error) {
	key := "client " + strings.ToLower(id)
	return once(ctx, &c.memo, key, keepValue, func(ctx context.Context) (*CustomerClient, error) {
		root, err := c.getObject(ctx, c.endpoint(nil, "clients", id), toShow)
		refusal, ok := errors.AsType[*APIError](err)
		if ok && refusal.Status == http.StatusNotFound && !refusal.foreign {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		object := objectOf(root, "ClientById", hasAnyID)
		if object == nil {
			return nil, unusable("the response has no client")
		}
		client := decode[CustomerClient](object)
		return &client, nil
	})
}
