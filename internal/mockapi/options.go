package mockapi

import "time"

// BasePath is where the API begins, after Options.PathPrefix.
const BasePath = "/incoming/v2"

const defaultPerPage = 25

// Options say how a Server behaves. The zero value is a well-behaved server that accepts any key.
type Options struct {
	// APIKey is the Bearer key that requests must carry; "" accepts any key that is not empty.
	APIKey string

	// Now is the server's clock: the Date header, every timestamp and X-RateLimit-Reset are taken from it.
	// nil means time.Now. It may be called while the Server is locked, so it must not call the Server.
	Now func() time.Time

	// PathPrefix is a path before BasePath, such as "/tenant"; "" for none.
	PathPrefix string

	// PerPage is the number of entries on a page of a listing, at least 1; 0 means 25.
	PerPage int

	// Wire is the form in which responses are written.
	Wire Wire

	// Paging is how listings go on.
	Paging Paging

	// RateLimit refuses requests with 429. The zero value refuses none and sends no X-RateLimit headers.
	RateLimit RateLimit

	// Latency passes before every response, after the request was processed.
	Latency time.Duration

	// ListingLag is how long after its creation a batch, and the credit action that belongs to it, appear in
	// listings: the listings of an eventually consistent service.
	ListingLag time.Duration

	// BatchForZero gives an account with a starting balance of 0 a first batch and a credit action too. By default
	// it has neither, and so no listing knows of it.
	BatchForZero bool

	// NormalizeNames stores names of accounts and batches without white space at their ends, and composed (Unicode NFC).
	NormalizeNames bool

	// Date is what the Date header says.
	Date DateHeader

	// NormalizeEmails returns notifyEmails lower-cased and sorted, not as they were sent.
	NormalizeEmails bool
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PerPage == 0 {
		o.PerPage = defaultPerPage
	}
	o.RateLimit = o.RateLimit.withDefaults()
	return o
}
