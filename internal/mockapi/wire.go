package mockapi

// Wire is the form in which responses are written. The vendor's pages, and the programs that call the API, know several.
// Errors, and GET /ping, look the same in all of them.
type Wire int

// The forms of responses, each with its list and its object.
const (
	WireDocumented Wire = iota // {"data": {"<Operation>": {"clients": [...], "pageInfo": {...}}}}, {"data": {"<Operation>": {...}}}
	WireBare                   // {"clients": [...], "pageInfo": {"cursor", "hasMore"}}, the object itself
	WireList                   // {"data": [...], "pageInfo": {"cursor"?, "hasMore"}}, {"data": {...}}
	WireMeta                   // {"data": [...], "meta": {"page", "perPage", "totalCount", "totalPages", "nextCursor"}}, {"data": {...}}
)

var wireNames = []string{"documented", "bare", "list", "meta"}

// String returns the name that UnmarshalText takes.
func (w Wire) String() string { return nameOf(wireNames, int(w)) }

// MarshalText returns the name of the form.
func (w Wire) MarshalText() ([]byte, error) { return []byte(w.String()), nil }

// UnmarshalText takes documented, bare, list or meta.
func (w *Wire) UnmarshalText(text []byte) error {
	i, err := indexOf(wireNames, string(text))
	*w = Wire(i)
	return err
}

// payload is what an operation responds with, before it has a form.
type payload struct {
	operation string
	object    any      // nil for a listing
	listing   *listing // nil for an object
}

// write brings the payload into the server's form, spoilt as f says.
func (p *payload) write(o Options, f Fault) any {
	if p.listing != nil {
		return p.listing.write(p.operation, o, f)
	}
	object := p.object
	if f.Object != nil {
		changed := asMap(object)
		f.Object(changed)
		object = changed
	}
	return f.Malformed.writeObject(p.operation, object, o.Wire)
}

func writeObject(operation string, object any, wire Wire) any {
	switch wire {
	case WireBare:
		return object
	case WireList, WireMeta:
		return map[string]any{"data": object}
	default:
		return envelope(operation, object)
	}
}

func envelope(operation string, value any) map[string]any {
	return map[string]any{"data": map[string]any{operation: value}}
}
