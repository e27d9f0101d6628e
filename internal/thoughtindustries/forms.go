package thoughtindustries

import (
	"fmt"

	"github.com/google/uuid"
)

// The vendor's pages show one form of responses, and programs that call the API
// read others. So the two functions of this file find what a response is about
// in every form that is known. What is ambiguous, they do not guess.

// responseObject returns the object of a call: data.<operation> as
// documented, else the only object within data, else data, else the response
// itself. It is nil where there is none that fits, or two that might be it.
func responseObject(tree any, operation string, fits func(object) bool) object {
	root, _ := tree.(object)
	value, enveloped := root["data"]
	if !enveloped {
		return unlessError(root, fits)
	}
	data, _ := value.(object)
	if documented, there := data[operation]; there {
		// What stands elsewhere is then about something else.
		if documented, ok := documented.(object); ok && fits(documented) {
			return documented
		}
		return nil
	}
	itself := unlessError(data, fits)
	name, only := onlyObject(data)
	if only == nil || !fits(only) {
		return itself
	}
	if itself != nil || name == "error" || name == "errors" {
		return nil
	}
	return only
}

// unlessError gives an object that fits, unless it reports an error: the id in
// it may then be that of the error.
func unlessError(from object, fits func(object) bool) object {
	if from == nil || !isNothing(from["error"]) || reportedErrors(from) != nil || !fits(from) {
		return nil
	}
	return from
}

// onlyObject gives the object within another one, where there is exactly one.
func onlyObject(within object) (name string, only object) {
	for field, value := range within {
		candidate, ok := value.(object)
		if !ok {
			continue
		}
		if only != nil {
			return "", nil
		}
		name, only = field, candidate
	}
	return name, only
}

// responseList gives the list of a listing's response, which is where
// responseObject would look for its object, under its documented name, or data
// itself, and what the response says of its pages. A response in another form
// is an error: it must not be taken for an empty list.
func responseList(root object, operation, list string) ([]any, pageInfo, error) {
	holder, elements, err := listHolder(root, operation, list)
	if err != nil {
		return nil, pageInfo{}, err
	}
	info, err := readPageInfo(root, holder)
	if err != nil || elements != nil {
		return elements, info, err
	}
	switch value := holder[list].(type) {
	case []any:
		return value, info, nil
	case nil:
		// No list is no empty list, unless the response says that there is nothing.
		if info.total.Value != nil && *info.total.Value == 0 {
			return []any{}, info, nil
		}
		return nil, info, unusable("in the response, the list %s is missing or null", list)
	}
	return nil, info, unusable("in the response, %s is not a list", list)
}

// listHolder returns the object that has the list; or the list, where data is one.
func listHolder(root object, operation, list string) (holder object, elements []any, err error) {
	value, enveloped := root["data"]
	if !enveloped {
		if _, ok := root[list]; !ok {
			return nil, nil, unusable("the response has no list %s, nor data", list)
		}
		return root, nil, nil
	}
	if _, beside := root[list]; beside {
		return nil, nil, unusable("the response has both data and %s, and does not say which one counts", list)
	}
	switch data := value.(type) {
	case []any:
		return root, data, nil
	case object:
		if documented, there := data[operation]; there {
			holder, ok := documented.(object)
			if !ok {
				return nil, nil, unusable("in the response, %s is not an object", operation)
			}
			return holder, nil, nil
		}
		_, only := onlyObject(data)
		_, inOnly := only[list]
		_, inData := data[list]
		switch {
		case inOnly && inData:
			return nil, nil, unusable("the response has two lists %s, and does not say which one counts", list)
		case inOnly:
			return only, nil, nil
		case inData:
			return data, nil, nil
		}
		return nil, nil, unusable("the response has no list %s", list)
	case nil:
		return nil, nil, unusable("in the response, data is null")
	}
	return nil, nil, unusable("in the response, data is neither an object nor a list")
}

func unusable(format string, args ...any) *ResponseError {
	return &ResponseError{Reason: fmt.Sprintf(format, args...)}
}

// plausibleUUID takes the documented form of ids alone, 36 characters with
// hyphens, in either case. The ids of errors, requests and traces have others.
func plausibleUUID(value any) (string, bool) {
	id, ok := value.(string)
	if !ok || len(id) != 36 {
		return "", false
	}
	parsed, err := uuid.Parse(id)
	return id, err == nil && parsed != uuid.Nil
}

// hasUUID reports whether an object has the id of something that was created.
func hasUUID(from object) bool {
	_, ok := plausibleUUID(from["id"])
	return ok
}
