package mockapi

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// param is a documented query parameter.
type param struct {
	name     string
	required bool
	kind     paramKind
	values   []string // for paramChoice
}

type paramKind int

const (
	paramText paramKind = iota
	paramUUID
	paramPositive // an integer from 1
	paramChoice
)

// splitQuery refuses what is no query string, what is not documented, and what is given twice.
func splitQuery(params []param, raw string) (map[string]string, *result) {
	values, err := url.ParseQuery(raw)
	if err != nil {
		return nil, refuse(http.StatusBadRequest, "malformed query string")
	}
	query := make(map[string]string)
	var unknown []string
	for name, given := range values {
		if !slices.ContainsFunc(params, func(p param) bool { return p.name == name }) {
			unknown = append(unknown, name)
			continue
		}
		if len(given) > 1 {
			return nil, refuse(http.StatusBadRequest, "%s is given more than once", name)
		}
		query[name] = given[0]
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, refuse(http.StatusBadRequest, "unknown query parameter: %s", strings.Join(unknown, ", "))
	}
	return query, nil
}

func checkQuery(params []param, query map[string]string) (map[string]string, *result) {
	var missing []string
	for _, p := range params {
		if p.required && query[p.name] == "" {
			missing = append(missing, p.name)
		}
	}
	if len(missing) > 0 {
		return nil, refuseMissing(missing)
	}
	for _, p := range params {
		if value, given := query[p.name]; given {
			if problem := p.problem(value); problem != "" {
				return nil, refuse(http.StatusUnprocessableEntity, "%s %s", p.name, problem)
			}
		}
	}
	return query, nil
}

func (p param) problem(value string) string {
	switch p.kind {
	case paramUUID:
		if !isUUID(value) {
			return "must be a UUID"
		}
	case paramPositive:
		if n, err := strconv.Atoi(value); err != nil || n < 1 {
			return "must be an integer of at least 1"
		}
	case paramChoice:
		if !slices.Contains(p.values, value) {
			return "must be one of " + strings.Join(p.values, ", ")
		}
	}
	return ""
}

func refuseMissing(names []string) *result {
	return refuse(http.StatusUnprocessableEntity, "%s", strings.Join(names, " is required; ")+" is required")
}
