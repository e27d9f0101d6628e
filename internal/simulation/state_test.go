package simulation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// stateObject is an object in the state.
type stateObject struct {
	kind     *simulatedKind
	value    object
	private  []byte
	tainted  bool
	declared *declared // whose it is
	posts    []*post   // that it answers for
	named    bool      // a person gave its id
}

func (o *stateObject) id() string { return textIn(o.value, "id") }

// isLie: a response gave its id, and it is another one's of which the process could not know.
func (o *stateObject) isLie() bool {
	return slices.ContainsFunc(o.posts, func(q *post) bool { return q.lied })
}

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

// posts gives what each POST has left in the state.
func (s *engineState) posts() map[*post]*stateObject {
	result := map[*post]*stateObject{}
	s.all(func(_ string, _ bool, o *stateObject) {
		for _, q := range o.posts {
			result[q] = o
		}
	})
	return result
}

// asks reports whether a plan may ask the API about something.
func (s *engineState) asks() (yes bool) {
	s.all(func(_ string, _ bool, o *stateObject) { yes = yes || o.id() == "" || o.kind.refreshed != nil })
	return yes
}

func (s *engineState) containsID(id string) (yes bool) {
	s.all(func(_ string, _ bool, o *stateObject) { yes = yes || strings.EqualFold(o.id(), id) })
	return yes
}

func (s *engineState) String() string {
	text := ""
	s.all(func(address string, deposed bool, o *stateObject) {
		text += fmt.Sprintf(" %s(id %q", address, o.id())
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
