// Package pace decides when a request to a rate limited API may start. It
// sends nothing itself, and so never sends anything twice.
//
// A request takes a queue [Slot], waits there for its [Permit], and says with
// [Permit.Done] what came of it. From the responses the [Pacer] learns what the
// API allows; DESIGN.md, Pacing, has the rule and its states.
package pace
