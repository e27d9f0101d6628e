package mockapi

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxURIBytes is where servers stop to read a URI.
const maxURIBytes = 8 << 10

// route is one endpoint. Its parameters and fields are checked before handle is called, which so sees valid values only.
type route struct {
	method  string
	pattern string // below BasePath
	params  []param
	listing bool    // takes pageParams too
	fields  []field // of the JSON body, for POST and PUT
	handle  func(*Server, call) result
}

// routes are the documented endpoints.
var routes = []route{
	pingRoute,
	createCreditAccountRoute,
	listCreditBatchesRoute,
	createCreditBatchRoute,
	updateCreditBatchRoute,
	listCreditActionsRoute,
	listClientsRoute,
	readClientRoute,
	listLicensesRoute,
}

// call is a request that fits a route and holds valid values.
type call struct {
	now    time.Time
	path   map[string]string
	query  map[string]string
	body   object
	client *Client // of the path's {id}, where the path has one
}

// route finds the endpoint and asks it. Nothing is stored yet. It needs s.mu.
func (s *Server) route(r *Request, now time.Time) result {
	relative, ok := s.relative(r.Path)
	if !ok {
		return *refuse(http.StatusNotFound, "no such path: the API begins at %s", s.base())
	}
	var allowed []string
	for _, route := range routes {
		values, ok := matchPath(route.pattern, relative)
		if !ok {
			continue
		}
		if route.method != r.Method {
			allowed = append(allowed, route.method)
			continue
		}
		return s.call(route, r, call{now: now, path: values})
	}
	if allowed == nil {
		return *refuse(http.StatusNotFound, "no such path")
	}
	slices.Sort(allowed)
	refused := refuse(http.StatusMethodNotAllowed, "%s is not allowed here", r.Method)
	refused.header = http.Header{"Allow": {strings.Join(slices.Compact(allowed), ", ")}}
	return *refused
}

// call checks a request from the outside in: malformed (400), then unknown client (404), then wrong values (422).
func (s *Server) call(route route, r *Request, c call) result {
	if len(r.Path)+len(r.rawQuery) > maxURIBytes {
		return *refuse(http.StatusRequestURITooLong, "the URI is too long")
	}
	params := route.params
	if route.listing {
		params = append(s.options.pageParams(), params...)
	}
	query, refused := splitQuery(params, r.rawQuery)
	if refused != nil {
		return *refused
	}
	if refused := c.readBody(route, r); refused != nil {
		return *refused
	}

	if id, ok := c.path["id"]; ok {
		if c.client = s.store.client(id); c.client == nil {
			return *refuse(http.StatusNotFound, "client %s does not exist", id)
		}
	}
	for _, name := range []string{"creditAccountId", "creditBatchId"} {
		if id, ok := c.path[name]; ok && !isUUID(id) {
			return *refuse(http.StatusUnprocessableEntity, "%s must be a UUID", name)
		}
	}

	if c.query, refused = checkQuery(params, query); refused != nil {
		return *refused
	}
	if refused := c.body.check(route.fields); refused != nil {
		return *refused
	}
	if c.client != nil {
		for _, given := range []string{c.query["clientId"], c.body.text("clientId")} {
			if given != "" && !sameID(given, c.client.ID) {
				return *refuse(http.StatusUnprocessableEntity, "clientId differs from the client in the path")
			}
		}
	}
	found := route.handle(s, c)
	if found.payload != nil && found.payload.listing != nil {
		if refused := found.payload.listing.place(c.query, s.options); refused != nil {
			return *refused
		}
	}
	return found
}

// readBody takes the body apart where the method has one, and refuses one where it has not.
func (c *call) readBody(route route, r *Request) *result {
	if len(r.Body) > maxBodyBytes {
		return refuse(http.StatusRequestEntityTooLarge, "the body is too large")
	}
	if route.method != http.MethodPost && route.method != http.MethodPut {
		if len(r.Body) > 0 {
			return refuse(http.StatusBadRequest, "%s takes no body", route.method)
		}
		return nil
	}
	if !isJSON(r.Header.Get("Content-Type")) {
		return refuse(http.StatusBadRequest, "Content-Type must be application/json")
	}
	var err error
	if c.body, err = parseObject(r.Body); err != nil {
		return refuse(http.StatusBadRequest, "%v", err)
	}
	if unknown := c.body.unknown(route.fields); len(unknown) > 0 {
		return refuse(http.StatusBadRequest, "unknown field: %s", strings.Join(unknown, ", "))
	}
	return nil
}

func (s *Server) base() string {
	return strings.TrimSuffix(s.options.PathPrefix, "/") + BasePath
}

// relative is the part of a path below BasePath.
func (s *Server) relative(path string) (string, bool) {
	rest, ok := strings.CutPrefix(path, s.base())
	return rest, ok && strings.HasPrefix(rest, "/")
}

// matches compares a request with a method and a pattern, either of which may be "". A pattern may stand for the whole
// path, for the path after the prefix, or for the path below BasePath.
func (s *Server) matches(r *Request, method, pattern string) bool {
	if method != "" && method != r.Method {
		return false
	}
	if pattern == "" {
		return true
	}
	candidates := []string{r.Path}
	if relative, ok := s.relative(r.Path); ok {
		candidates = append(candidates, relative, BasePath+relative)
	}
	return slices.ContainsFunc(candidates, func(path string) bool {
		_, ok := matchPath(pattern, path)
		return ok
	})
}

// matchPath compares an escaped path with a pattern in the manner of http.ServeMux: {name} is one segment that is not
// empty, {name...} at the end is all the rest, and so is a slash at the end. Unlike ServeMux it never redirects.
func matchPath(pattern, path string) (map[string]string, bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	values := make(map[string]string)
	for i, segment := range want {
		last := i == len(want)-1
		name, wild := strings.CutPrefix(segment, "{")
		name = strings.TrimSuffix(name, "}")
		switch {
		case i >= len(have):
			return nil, false
		case last && i > 0 && (segment == "" || strings.HasSuffix(name, "...")):
			return values, true
		case wild:
			value, err := url.PathUnescape(have[i])
			if err != nil || value == "" {
				return nil, false
			}
			values[name] = value
		case segment != have[i]:
			return nil, false
		}
	}
	return values, len(want) == len(have)
}

var pingRoute = route{
	method:  http.MethodGet,
	pattern: "/ping",
	handle: func(*Server, call) result {
		return result{status: http.StatusOK, body: map[string]bool{"valid": true}}
	},
}
