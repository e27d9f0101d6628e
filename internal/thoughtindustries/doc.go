// Package thoughtindustries is a client for the part of the Thought
// Industries REST API that credit accounts need: HTTP and JSON, and no
// Terraform types.
//
// The call that this package exists for, POST /clients/:id/creditAccounts, is
// not idempotent and nothing reads, changes or deletes what it made. So one
// function, [Decide], says what an attempt means, and one, create, acts on it.
// Whatever changes here is to be read with one rule in mind: no POST is ever
// sent twice unless it is certain that the first was not processed.
package thoughtindustries
