// Package mockapi is a strict fake of the Thought Industries REST API for tests and demonstrations.
//
// It serves every documented endpoint that the provider uses, refuses whatever the documentation does not allow
// (unknown fields and parameters, nulls, wrong types), and keeps a record of all that arrived. With [Server.Inject]
// it misbehaves on purpose, at a point placed exactly before or after an object was stored: the responses that get lost
// are what the provider is tested for.
//
// It responds in each form that is known of the API ([Options.Wire], [Options.Paging]): the vendor's pages draw one, and the
// programs that call it read others. A parameter for going on that the chosen paging does not know is ignored.
//
// The package shares no code with the client that it tests, so that a mistake in the client's types cannot hide.
//
// A [Server] is an http.Handler and makes no assumption about the network: it works behind httptest.NewServer, and
// behind an http.Server on in-memory connections inside a testing/synctest bubble. There, make it inside the bubble
// and call [Server.Close] before the bubble ends.
package mockapi
