package mockapi

// writeErrors is a response with errors in it: beside the ordinary one, or in place of its object.
func (f Fault) writeErrors(ordinary result, body []byte, wire Wire) []byte {
	errors := make([]any, len(f.Errors))
	for i, e := range f.Errors {
		written := map[string]any{"message": e.Message}
		if e.Code != "" {
			written["extensions"] = map[string]any{"code": e.Code}
		}
		errors[i] = written
	}
	if f.ErrorsBesideData {
		return mutate(body, func(answer map[string]any) { answer["errors"] = errors })
	}
	failed := map[string]any{"errors": errors, "data": nil}
	switch {
	case wire == WireBare:
		delete(failed, "data")
	case wire == WireDocumented && ordinary.payload != nil:
		failed["data"] = map[string]any{ordinary.payload.operation: nil}
	}
	return encode(failed)
}
