package provider

import (
	"slices"
	"strconv"
	"strings"
)

// version that a part of the language came with, by engine.
type version struct{ terraform, tofu string }

var (
	identityImports   = version{terraform: "1.12.0", tofu: "1.12.0"}
	movesBetweenTypes = version{terraform: "1.8.0", tofu: "1.10.0"}
)

func (v engineVersion) before(needed version) bool {
	want := needed.terraform
	if v.tofu {
		want = needed.tofu
	}
	return slices.Compare(numbers(v.number), numbers(want)) < 0
}

func numbers(text string) []int {
	var result []int
	for part := range strings.SplitSeq(text, ".") {
		number, _ := strconv.Atoi(part)
		result = append(result, number)
	}
	return result
}
