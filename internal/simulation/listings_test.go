package simulation

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// page is a part of a listing: what it holds and whether more is promised.
type page struct {
	elements []any
	shows    []*stored // the objects of its elements
	whole    []*stored // of the whole listing
	name     string    // that a page of credit actions returns
	number   int
	last     bool
	total    int
	madeAt   time.Time
}

// listing gives the page of a listing that a query asks for. It needs a.mu.
func (a *simulatedAPI) listing(e endpoint, query url.Values) page {
	whole := page{}
	add := func(o *stored, element object) {
		whole.elements, whole.shows = append(whole.elements, element), append(whole.shows, o)
	}
	for _, o := range a.objects {
		if o.unlisted || time.Now().Before(o.visibleFrom) {
			continue
		}
		ofClient := o.client == e.client
		isAccount := o.kind == accountKind && ofClient && strings.EqualFold(o.id, e.id)
		switch {
		case e.list == "creditBatches" && o.kind == batchKind && (ofClient || a.otherClients):
			add(o, a.shown(o))
		case e.list == "creditActions" && isAccount && o.first != nil:
			action := object{
				"id": "a" + o.id[1:], "client": o.client, "action": "credit", "amount": a.number(o.balance),
				"creditAccountName": a.returned(o.name),
			}
			if whole.name = a.returned(o.name); a.names == "not returned" {
				whole.name = ""
				delete(action, "creditAccountName")
			}
			add(o, action)
		}
	}
	if a.newestFirst {
		slices.Reverse(whole.elements)
		slices.Reverse(whole.shows)
	}
	whole.total = len(whole.elements)
	return a.cut(whole, query)
}

// cut takes the page out of the whole that the query asks for.
func (a *simulatedAPI) cut(whole page, query url.Values) page {
	number := 1
	if text := query.Get("page"); text != "" && a.paging != "cursor" {
		number, _ = strconv.Atoi(text)
	}
	if cursor := query.Get("cursor"); cursor != "" && a.paging != "page" {
		if raw, err := base64.StdEncoding.DecodeString(cursor); err == nil {
			number, _ = strconv.Atoi(string(raw))
		}
	}
	from := max(0, number-1) * a.perPage
	until := min(whole.total, from+a.perPage)
	from = min(from, until)
	return page{
		elements: whole.elements[from:until], shows: whole.shows[from:until], whole: whole.shows,
		name: whole.name, number: number,
		total: whole.total, last: until >= whole.total, madeAt: time.Now(),
	}
}

// listed puts a page into the instance's form; nil is a 204.
func (a *simulatedAPI) listed(e endpoint, p page) any {
	elements := any(append([]any{}, p.elements...))
	dataIsTheList := a.form == "list" || a.form == "meta" // a null there would be an object's
	switch {
	case p.total > 0 || p.number > 1:
	case a.empty == "204":
		return nil
	case a.empty == "null" && !dataIsTheList:
		elements = nil
	}
	next := any(nil)
	if !p.last {
		next = base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(p.number + 1)))
	}
	total := a.number(strconv.Itoa(p.total))
	info := object{"perPage": a.perPage, "total": total, "hasMore": !p.last, "cursor": next}
	if a.paging == "page" && a.form != "documented" { // there, the cursor is of no use
		info["currentPage"] = p.number
	}
	switch a.form {
	case "documented":
		return object{"data": object{e.operation: object{e.list: elements, "pageInfo": info}}}
	case "data":
		return object{"data": object{e.list: elements, "pageInfo": info}}
	case "bare":
		return object{e.list: elements, "pageInfo": info}
	case "list":
		return object{"data": elements, "pageInfo": info}
	}
	meta := object{"perPage": a.perPage, "totalCount": total}
	if a.paging != "cursor" {
		meta["page"], meta["totalPages"] = p.number, (p.total+a.perPage-1)/a.perPage
	}
	if a.paging != "page" {
		meta["nextCursor"] = next
	}
	return object{"data": elements, "meta": meta}
}

// respondWithListing gives the page that is asked for. It needs api.mu.
func (x *exchange) respondWithListing(e endpoint) {
	fresh := x.api.listing(e, x.request.URL.Query())
	x.page, x.content = &fresh, x.api.listed(e, fresh)
	if x.content == nil && !x.fault.spoils() {
		x.status = http.StatusNoContent
	}
}
