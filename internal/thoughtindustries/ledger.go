package thoughtindustries

import (
	"context"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// ledger is what this process knows of accounts and batches: which ones it has
// taken or given up, what accounts are called, and what each client's listing
// held before anything was created. Ids and client ids are kept in lower case.
type ledger struct {
	mu       sync.Mutex
	claimed  map[string]bool       // taken by this process
	gone     map[string]bool       // given up by this process
	vacated  map[string]bool       // by kind, client and name: one was given up by this process
	names    map[string]string     // by account
	opened   map[string]*big.Float // by account created by this process: its starting balance
	listings map[string]listing    // by client, first read of each
	owners   map[string]string     // by account: the client, as listings told it
	refusal  string                // why look-ups are refused, until it was told
	refused  bool
	flights  singleflight.Group
}

// listing is a client's batches, and its accounts as these show them.
type listing struct {
	batches  []CreditBatch
	accounts []seenAccount
	// byID holds the batches whose id can be read, by it in lower case.
	byID map[string]CreditBatch
	err  error
}

func newListing(batches []CreditBatch, err error) listing {
	result := listing{batches: batches, accounts: seenIn(batches), byID: make(map[string]CreditBatch, len(batches)), err: err}
	for _, batch := range batches {
		if batch.ID.Value != nil {
			result.byID[strings.ToLower(*batch.ID.Value)] = batch
		}
	}
	return result
}

// claim takes an account or a batch, which has no name here; false where this
// process has it already. One lock for looking and taking: two creations must
// never end up with one object.
func (l *ledger) claim(objectID, name string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := strings.ToLower(objectID)
	if l.claimed[id] {
		return false
	}
	if l.claimed == nil {
		l.claimed = map[string]bool{}
	}
	l.claimed[id] = true
	if name != "" {
		l.nameLocked(id, name)
	}
	return true
}

func (l *ledger) forget(objectID, place string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gone == nil {
		l.gone, l.vacated = map[string]bool{}, map[string]bool{}
	}
	l.gone[strings.ToLower(objectID)], l.vacated[place] = true, true
}

// replaces reports whether what is created at a place comes after what this
// process gave up there. Then another one is wanted, and one that exists is more
// likely to be held by a resource of which this process was told nothing.
func (l *ledger) replaces(place string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.vacated[place]
}

func placeOfAccount(clientID, name string) string {
	return "account\x00" + strings.ToLower(clientID) + "\x00" + name
}

func placeOfBatch(clientID, name string) string {
	return "batch\x00" + strings.ToLower(clientID) + "\x00" + name
}

// ours reports whether this process created, took over or gave up an object.
func (l *ledger) ours(objectID string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	id := strings.ToLower(objectID)
	return l.claimed[id] || l.gone[id]
}

// open notes that this process created an account, which may come with a batch
// of its starting balance.
func (l *ledger) open(accountID string, startingBalance *big.Float) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.opened == nil {
		l.opened = map[string]*big.Float{}
	}
	l.opened[strings.ToLower(accountID)] = startingBalance
}

// cameWith gives the id, in lower case, of the batch that came with an account
// which this process created: the first one, if it has the account's balance.
func (l *ledger) cameWith(accountID string, batches []CreditBatch) string {
	l.mu.Lock()
	balance := l.opened[strings.ToLower(accountID)]
	l.mu.Unlock()
	if balance == nil || len(batches) == 0 {
		return ""
	}
	first := slices.MinFunc(batches, func(a, b CreditBatch) int { return a.created().Compare(b.created()) })
	if first.ID.Value == nil || !sameBalance(first.balance(), balance) {
		return ""
	}
	return strings.ToLower(*first.ID.Value)
}

func (l *ledger) nameLocked(id, name string) {
	if l.names == nil {
		l.names = map[string]string{}
	}
	l.names[id] = name
}

// noteOwners remembers whose accounts a listing shows.
func (l *ledger) noteOwners(clientID string, batches []CreditBatch) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, batch := range batches {
		if batch.CreditAccountID.Value == nil {
			continue
		}
		owner := clientID
		if batch.ClientID.Value != nil {
			owner = *batch.ClientID.Value
		}
		if l.owners == nil {
			l.owners = map[string]string{}
		}
		l.owners[strings.ToLower(*batch.CreditAccountID.Value)] = owner
	}
}

func (l *ledger) owner(accountID string) (clientID string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	clientID, ok = l.owners[strings.ToLower(accountID)]
	return clientID, ok
}

// name gives the name of an account, asked for once in the life of the process.
// Failing to be told is not remembered: the name may be there a second later.
func (l *ledger) name(ctx context.Context, accountID string, ask func(context.Context) (string, error)) (string, error) {
	id := strings.ToLower(accountID)
	answer := l.flights.DoChan("name\x00"+id, func() (any, error) {
		l.mu.Lock()
		name, known := l.names[id]
		l.mu.Unlock()
		if known {
			return name, nil
		}
		asking, cancel := forAll(ctx)
		defer cancel()
		name, err := ask(asking)
		if err == nil && name != "" {
			l.mu.Lock()
			l.nameLocked(id, name)
			l.mu.Unlock()
		}
		return name, err
	})
	select {
	case result := <-answer:
		name, _ := result.Val.(string)
		return name, result.Err
	case <-ctx.Done():
		return "", whyEnded(ctx, ctx.Err())
	}
}

// askAtMost bounds a question that several wait for.
const askAtMost = 10 * time.Minute

// forAll is the context of a question that several wait for: it must not end
// because the first of them gave up, since the others would take that for an
// answer and create what exists.
func forAll(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), askAtMost)
}

// first gives a client's listing as it was when first asked for: one for all
// creations of a process, however many wait for it. That it could not be read
// is remembered too, unless it took too long.
func (l *ledger) first(ctx context.Context, clientID string, ask func(context.Context) ([]CreditBatch, error)) (listing, error) {
	client := strings.ToLower(clientID)
	answer := l.flights.DoChan("listing\x00"+client, func() (any, error) {
		l.mu.Lock()
		known, ok := l.listings[client]
		l.mu.Unlock()
		if ok {
			return known, nil
		}
		asking, cancel := forAll(ctx)
		defer cancel()
		fresh := newListing(ask(asking))
		if asking.Err() == nil {
			l.mu.Lock()
			if l.listings == nil {
				l.listings = map[string]listing{}
			}
			l.listings[client] = fresh
			l.mu.Unlock()
		}
		return fresh, nil
	})
	select {
	case result := <-answer:
		known, _ := result.Val.(listing)
		return known, known.err
	case <-ctx.Done():
		return listing{}, whyEnded(ctx, ctx.Err())
	}
}

// baseline gives the ids of accounts and batches that a client's listing held
// before anything was created; false where it was not read.
func (l *ledger) baseline(clientID string) (map[string]bool, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	known, ok := l.listings[strings.ToLower(clientID)]
	if !ok || known.err != nil {
		return nil, false
	}
	result := make(map[string]bool, len(known.accounts))
	for _, account := range known.accounts {
		result[strings.ToLower(account.id)] = true
	}
	for id := range known.byID {
		result[id] = true
	}
	return result, true
}

// noteRefusal remembers that look-ups are refused, to be told once.
func (l *ledger) noteRefusal(reason string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.refused {
		l.refused, l.refusal = true, reason
	}
}

// refusalToTell gives the reason of a refusal the first time it is asked.
func (l *ledger) refusalToTell() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	reason := l.refusal
	l.refusal = ""
	return reason
}
