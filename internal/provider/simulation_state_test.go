package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// stateObject is an object in the state.
type stateObject struct {
	kind     *simulatedKind
	value    object
	private  []byte
	identity *tfprotov6.ResourceIdentityData
	tainted  bool
}

func (o *stateObject) id() string { return textIn(o.value, "id") }

// engineState holds the objects by address. The objects themselves are never changed.
type engineState struct {
	current map[string]*stateObject
	deposed map[string][]*stateObject
}

func newEngineState() *engineState {
	return &engineState{current: map[string]*stateObject{}, deposed: map[string][]*stateObject{}}
}

func (s *engineState) clone() *engineState {
	result := newEngineState()
	maps.Copy(result.current, s.current)
	for address, objects := range s.deposed {
		if len(objects) > 0 {
			result.deposed[address] = slices.Clone(objects)
		}
	}
	return result
}

// all gives every object with its address, in a fixed order.
func (s *engineState) all(each func(address string, deposed bool, o *stateObject)) {
	for _, address := range slices.Sorted(maps.Keys(s.current)) {
		each(address, false, s.current[address])
	}
	for _, address := range slices.Sorted(maps.Keys(s.deposed)) {
		for _, o := range s.deposed[address] {
			each(address, true, o)
		}
	}
}

func (s *engineState) removeDeposed(address string, o *stateObject) {
	s.deposed[address] = slices.DeleteFunc(s.deposed[address], func(other *stateObject) bool { return other == o })
}

func (o *stateObject) key() objectKey {
	return o.kind.key(o.value)
}

func (o *stateObject) marker() string { return o.kind.marker(o.value) }

// of gives the object of a declaration, the current one first.
func (s *engineState) of(marker string) (found *stateObject) {
	s.all(func(_ string, _ bool, o *stateObject) {
		if found == nil && o.marker() == marker {
			found = o
		}
	})
	return found
}

func (s *engineState) guards(marker string) (yes bool) {
	s.all(func(_ string, _ bool, o *stateObject) { yes = yes || o.id() == "" && o.marker() == marker })
	return yes
}

// asks reports whether a plan may ask the API about something.
func (s *engineState) asks() (yes bool) {
	s.all(func(_ string, _ bool, o *stateObject) { yes = yes || o.id() == "" || o.kind.refreshed != nil })
	return yes
}

func (s *engineState) holds(id string) (yes bool) {
	s.all(func(_ string, _ bool, o *stateObject) { yes = yes || o.id() == id })
	return yes
}

func (s *engineState) String() string {
	text := ""
	s.all(func(address string, deposed bool, o *stateObject) {
		text += fmt.Sprintf(" %s(%s, id %q", address, o.marker(), o.id())
		if o.tainted {
			text += ", tainted"
		}
		if deposed {
			text += ", deposed"
		}
		text += ")"
	})
	return text
}
