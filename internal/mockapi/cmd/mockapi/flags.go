package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const usage = `Usage: mockapi [flags]

Serves a strict fake of the Thought Industries REST API (GET /incoming/v2/ping and so on) on a loopback address until it
is interrupted. All data is in memory and gone afterwards. It prints "listening on <base URL>" on standard output, and at
the end how often each endpoint was requested on standard error.

  mockapi -seed                                   three clients with two licenses each
  mockapi -seed -rate-limit 60 -burst 5           more than 60 requests a minute get a 429

With -control it can be inspected and made to misbehave while it runs, without a key. This stores the next account that is
created, but loses the response: POST {"method": "POST", "times": 1, "commit": true, "cut": "connection"} to /_control/fault.

  GET    /_control/accounts       POST   /_control/fault        {"method": "POST", "times": 1, "status": 502, ...}
  GET    /_control/batches        DELETE /_control/fault
  GET    /_control/requests       POST   /_control/use-credits  {"batch": "<id>", "amount": 2.5}
  GET    /_control/count?method=POST&path=/clients/{id}/creditAccounts
                                  POST   /_control/batch        {"batch": "<id>", "status": "archived"} or {..., "gone": true}
                                  POST   /_control/date         {"missing": true} or {"offset": "-2h", "jump": "90s"}

Flags:
`

// settings are what the flags say.
type settings struct {
	addr     string
	addrFile string
	control  bool
	options  mockapi.Options
	clients  []mockapi.ClientSeed
}

// parseFlags returns flag.ErrHelp after -h. It has then, as with any error, written to output what there is to say.
func parseFlags(args []string, output io.Writer) (settings, error) {
	var s settings
	fs := flag.NewFlagSet("mockapi", flag.ContinueOnError)
	fs.SetOutput(output)
	fs.Usage = func() {
		_, _ = fmt.Fprint(output, usage)
		fs.PrintDefaults()
	}

	fs.StringVar(&s.addr, "addr", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	fs.StringVar(&s.addrFile, "addr-file", "", "`file` to write the base URL to, once listening")
	fs.BoolVar(&s.control, "control", false, "serve /_control")
	seed := fs.Bool("seed", false, "add the demo clients Acme Corporation, Globex and Initech")
	clientsFile := fs.String("clients", "", "JSON `file` of clients to add: [{\"id\", \"name\", \"slug\", ..., \"licenses\": [{\"id\", \"name\", \"sku\"}]}]")

	fs.StringVar(&s.options.APIKey, "api-key", "ti_test_demo", "`key` that requests must carry; empty accepts any")
	fs.DurationVar(&s.options.Latency, "latency", 0, "time before every response")
	fs.DurationVar(&s.options.ListingLag, "listing-lag", 0, "time until new batches and credit actions are listed")
	fs.IntVar(&s.options.PerPage, "page-size", 25, "entries on a page of a listing")

	fs.TextVar(&s.options.Wire, "wire", mockapi.WireDocumented, "`form` of responses: documented, bare, list or meta")
	fs.TextVar(&s.options.Paging, "paging", mockapi.PagingPage, "`way` in which listings go on: page, cursor or both")

	rate := fs.Int("rate-limit", 0, "requests a minute, or at once with -rate-kind concurrency; 0 for no limit")
	fs.IntVar(&s.options.RateLimit.Burst, "burst", 0, "requests that a full token bucket lets through at once; 0 for -rate-limit")
	fs.TextVar(&s.options.RateLimit.Kind, "rate-kind", mockapi.TokenBucket, "`kind` of limit: token-bucket, fixed-window or concurrency")

	if err := fs.Parse(args); err != nil {
		return settings{}, err
	}
	fail := func(err error) (settings, error) {
		_, _ = fmt.Fprintln(output, "mockapi:", err)
		return settings{}, err
	}

	if fs.NArg() > 0 {
		return fail(fmt.Errorf("unexpected argument %q", fs.Arg(0)))
	}
	if err := checkLoopback(s.addr); err != nil {
		return fail(err)
	}
	if s.options.PerPage < 1 {
		return fail(errors.New("-page-size must be at least 1"))
	}
	if err := setRate(&s.options.RateLimit, *rate); err != nil {
		return fail(err)
	}
	if err := s.readClients(*seed, *clientsFile); err != nil {
		return fail(err)
	}
	return s, nil
}

func checkLoopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("-addr %q is not host:port: %w", addr, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("-addr %q is not a loopback address: the fake API is for this machine only; use 127.0.0.1, [::1] or localhost", addr)
	}
	return nil
}

func setRate(limit *mockapi.RateLimit, rate int) error {
	switch {
	case rate < 0 || limit.Burst < 0:
		return errors.New("-rate-limit and -burst must be at least 0")
	case rate == 0 && *limit != mockapi.RateLimit{}:
		return errors.New("-burst and -rate-kind need -rate-limit")
	case limit.Kind == mockapi.Concurrency:
		limit.MaxConcurrent = rate
	default:
		limit.PerMinute = rate
	}
	return nil
}

func (s *settings) readClients(seed bool, file string) error {
	if seed {
		s.clients = mockapi.DemoClients()
	}
	if file == "" {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	clients, err := mockapi.ReadSeeds(f)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	s.clients = append(s.clients, clients...)
	return nil
}
