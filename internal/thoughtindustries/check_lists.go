package thoughtindustries

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// checkedList is a listing to be checked.
type checkedList struct {
	check, reliance, operation, list string
	query                            url.Values
	segments                         []string
	// without says what follows where it cannot be read.
	without string
}

// list checks that a listing is open and in a known form, and, where it has
// more than one page, that the second one can be had. It gives the elements of
// the first page.
func (k *checkup) list(ctx context.Context, l checkedList) []object {
	root, _, seen := k.ask(ctx, l.query, l.segments...)
	if root == nil {
		k.note(l.check, l.reliance, Fails, seen, l.without)
		return nil
	}
	elements, info, err := responseList(root, l.operation, l.list)
	if err != nil {
		k.note(l.check, l.reliance, Fails, "200 in a form that is not known", l.without+". Please report this table")
		return nil
	}
	k.note(l.check, l.reliance, Holds, listForm(root, l.operation, l.list)+", "+count(len(elements)), "it can be read")
	k.pages(ctx, l, info, len(elements))

	var objects []object
	for _, element := range elements {
		if element, ok := element.(object); ok {
			objects = append(objects, element)
		}
	}
	return objects
}

func count(elements int) string {
	switch elements {
	case 0:
		return "empty"
	case 1:
		return "1 on the first page"
	}
	return fmt.Sprintf("%d on the first page", elements)
}

// pages reads on to the second page, as the provider does.
func (k *checkup) pages(ctx context.Context, l checkedList, info pageInfo, first int) {
	check, reliance := l.check+" pages", "the pages of "+l.list+" are read to their end"
	more, err := info.promises(step{position: 1}, first)
	said := "the first page says " + info.words()
	switch {
	case err != nil:
		k.note(check, reliance, Fails, said, "the listing fails rather than being taken for whole. Please report this table")
		return
	case more == ends:
		k.note(check, reliance, NotSeen, said+"; there is one page", "nothing, for now")
		return
	}
	seen := 0
	err = k.client.getPagesWhile(ctx, checkTries, l.query, l.operation, l.list, func(object) bool {
		seen++
		return seen <= first
	}, l.segments...)
	if err != nil {
		k.note(check, reliance, Fails, said+"; neither a number nor a cursor leads on", "the listing fails rather than being taken for whole. Please report this table")
		return
	}
	way, learnt := k.client.paging.learnt(l.operation)
	if !learnt {
		way = info.number.Value == nil && info.next() != ""
	}
	k.note(check, reliance, Holds, said+"; "+map[bool]string{true: "its cursor", false: "the number"}[way]+" leads on", "listings are read whole")
}

// words says what a response said of its page, by documented names alone.
func (p *pageInfo) words() string {
	var returned []string
	for name, there := range map[string]bool{
		"hasMore": p.hasMore.Value != nil, "a cursor": p.next() != "", "its number": p.number.Value != nil,
		"how many pages": p.totalPages.Value != nil, "a total": p.total.Value != nil,
	} {
		if there {
			returned = append(returned, name)
		}
	}
	slices.Sort(returned)
	switch {
	case p.odd != "":
		returned = append(returned, "something that cannot be read")
	case len(returned) == 0:
		return "nothing of pages"
	}
	return strings.Join(returned, ", ")
}

// listForm names the form of a listing's response.
func listForm(root object, operation, list string) string {
	switch data := root["data"].(type) {
	case []any:
		return "data is the list"
	case object:
		if _, there := data[operation]; there {
			return "as documented"
		}
		if _, there := data[list]; there {
			return "the list in data"
		}
		return "an object in data"
	}
	return "without an envelope"
}

// objectForm names the form of an object's response.
func objectForm(root object, operation string) string {
	data, ok := root["data"].(object)
	if !ok {
		return "without an envelope"
	}
	if _, there := data[operation]; there {
		return "as documented"
	}
	if hasID(data) {
		return "data is the object"
	}
	return "an object in data"
}
