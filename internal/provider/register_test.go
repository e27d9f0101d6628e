package provider

import "testing"

// With create_before_destroy the old object's destruction is planned after the
// creation, and what was planned must not stand in its way.
func TestRegister_ACreationThatHasBegunIsNoPlanAnyMore(t *testing.T) {
	t.Parallel()
	r := newRegister()
	key, other := accountKey(testClient, "Training"), accountKey(testClient, "Other")
	r.create(key, false)
	r.create(other, true)
	if !r.creates(key) || !r.permits(other) {
		t.Fatal("what is planned is not noted")
	}
	r.created(key)
	r.created(other)
	if r.creates(key) || r.permits(other) {
		t.Error("what has begun is still planned")
	}
}
