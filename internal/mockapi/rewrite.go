package mockapi

import (
	"bytes"
	"encoding/json"
)

// The functions here return values for Fault.Rewrite. They work in every form of response, and leave a body that is not
// a JSON object as it is. Numbers are json.Number.

// WholeBody changes the whole response.
func WholeBody(change func(whole map[string]any)) func([]byte) []byte {
	return func(body []byte) []byte {
		whole := make(map[string]any)
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		if decoder.Decode(&whole) != nil {
			return body
		}
		change(whole)
		return encode(whole)
	}
}

// EachObject changes the object of a response, or each element of a page.
func EachObject(change func(object map[string]any)) func([]byte) []byte {
	return WholeBody(func(whole map[string]any) {
		content := contentOf(whole)
		_, elements, isPage := elementsOf(content)
		if !isPage {
			change(content)
		}
		for _, element := range elements {
			change(element)
		}
	})
}

// Set changes one field of the object of a response, or of each element of a page.
func Set(name string, value any) func([]byte) []byte {
	return EachObject(func(object map[string]any) { object[name] = value })
}

// EachPage changes the elements of a page. The total, where there is one, changes by the difference.
func EachPage(change func(elements []map[string]any) []map[string]any) func([]byte) []byte {
	return WholeBody(func(whole map[string]any) {
		content := contentOf(whole)
		name, elements, isPage := elementsOf(content)
		if !isPage {
			return
		}
		before := len(elements)
		changed := append([]map[string]any{}, change(elements)...)
		content[name] = changed
		info := pageInfoOf(content)
		for _, total := range []string{"total", "totalCount"} {
			if number, ok := info[total].(json.Number); ok {
				count, _ := number.Int64()
				info[total] = count + int64(len(changed)-before)
			}
		}
	})
}

// PageInfo changes what a page says about itself and the next one.
func PageInfo(change func(info map[string]any)) func([]byte) []byte {
	return WholeBody(func(whole map[string]any) {
		if info := pageInfoOf(contentOf(whole)); info != nil {
			change(info)
		}
	})
}

// AddErrors puts errors beside the ordinary response, as GraphQL does.
func AddErrors(messages ...string) func([]byte) []byte {
	return WholeBody(func(whole map[string]any) {
		errors := []any{}
		for _, message := range messages {
			errors = append(errors, map[string]any{"message": message})
		}
		whole["errors"] = errors
	})
}

// OnlyErrors puts errors in place of the object. With Status 200 beside it the request is processed only with Commit.
func OnlyErrors(messages ...string) func([]byte) []byte {
	return func([]byte) []byte { return AddErrors(messages...)([]byte(`{"data":null}`)) }
}

// TooLong is a Rewrite: 20 MiB of what begins like JSON.
func TooLong([]byte) []byte {
	return append([]byte(`{"data":["`), bytes.Repeat([]byte("0"), 20<<20)...)
}

// contentOf returns the object that a response is about: data.<Operation>, data, or the whole.
func contentOf(whole map[string]any) map[string]any {
	data, ok := whole["data"].(map[string]any)
	if !ok {
		return whole
	}
	if len(data) == 1 {
		for _, value := range data {
			if content, ok := value.(map[string]any); ok {
				return content
			}
		}
	}
	return data
}

// elementsOf returns the elements of a page and the name of their list. An object is no page.
func elementsOf(content map[string]any) (name string, elements []map[string]any, isPage bool) {
	for _, name := range []string{"data", "creditBatches", "creditActions", "clients", "licenses"} {
		list, ok := content[name].([]any)
		if !ok {
			continue
		}
		for _, element := range list {
			if object, ok := element.(map[string]any); ok {
				elements = append(elements, object)
			}
		}
		return name, elements, true
	}
	return "", nil, false
}

func pageInfoOf(content map[string]any) map[string]any {
	for _, name := range []string{"pageInfo", "meta"} {
		if info, ok := content[name].(map[string]any); ok {
			return info
		}
	}
	return nil
}
