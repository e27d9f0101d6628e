// Command mockapi serves a fake of the Thought Industries REST API on a loopback address, for demonstrations and for
// tests from outside. Its -h explains the flags.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

const usage = `Usage: mockapi [flags]

Serves a strict fake of the Thought Industries REST API on a loopback address until it is interrupted. All data is in
memory. It prints "listening on <base URL>" and its key, and at the end how many requests each endpoint got.

With -control it can be inspected and made to misbehave while it runs, without a key:

  GET    /_control/accounts       POST   /_control/fault    see below
  GET    /_control/batches        DELETE /_control/fault
  GET    /_control/requests       POST   /_control/batch    {"batch": "<id>", "status": "archived"}

This fault stores the next account that is created, but loses the response:

  {"method": "POST", "times": 1, "commit": true, "cut": "connection"}

"go doc ./internal/mockapi Fault" and "… Server.ControlHandler" explain the others.

Flags:
`

// settings are what the flags say.
type settings struct {
	address     string
	addressFile string
	control     bool
	seed        bool
	options     mockapi.Options
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "mockapi:", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	settings, err := parseFlags(args, stderr)
	if err != nil {
		return err
	}
	api := mockapi.New(settings.options)
	if settings.seed {
		api.Seed(mockapi.DemoClients())
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", settings.address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(api, settings.control), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	address := "http://" + listener.Addr().String()
	if settings.addressFile != "" {
		if err := writeWhole(settings.addressFile, address+"\n"); err != nil {
			return err
		}
	}
	_, _ = fmt.Fprintf(stdout, "listening on %s with the key %s\n", address, settings.options.APIKey)
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	api.Close()
	_ = server.Close()
	for _, line := range api.Summary() {
		_, _ = fmt.Fprintln(stderr, line)
	}
	return nil
}

func parseFlags(args []string, output io.Writer) (settings, error) {
	var s settings
	flags := flag.NewFlagSet("mockapi", flag.ContinueOnError)
	flags.SetOutput(output)
	flags.Usage = func() {
		_, _ = fmt.Fprint(output, usage)
		flags.PrintDefaults()
	}
	o := &s.options
	flags.StringVar(&s.address, "addr", "127.0.0.1:0", "loopback `address` to listen on; port 0 takes a free one")
	flags.StringVar(&s.addressFile, "addr-file", "", "`file` to write the base URL to, once listening")
	flags.BoolVar(&s.control, "control", false, "serve /_control")
	flags.BoolVar(&s.seed, "seed", false, "add the demo clients Acme Corporation, Globex and Initech")
	flags.StringVar(&o.APIKey, "api-key", "ti_test_demo", "`key` that requests must carry")
	flags.DurationVar(&o.Latency, "latency", 0, "time before every response")
	flags.DurationVar(&o.ListingLag, "listing-lag", 0, "time until new batches and credit actions are listed")
	flags.IntVar(&o.PerPage, "page-size", 25, "elements on a page of a listing")
	flags.IntVar(&o.RateLimit.PerMinute, "rate-limit", 0, "requests a minute; 0 for no limit")
	flags.IntVar(&o.RateLimit.Burst, "burst", 0, "requests that a full token bucket lets through; 0 for -rate-limit")
	choice(flags, "rate-kind", "kind of limit", &o.RateLimit.Kind, mockapi.TokenBucket, mockapi.FixedWindow)
	choice(flags, "wire", "form of responses", &o.Wire,
		mockapi.WireDocumented, mockapi.WireBare, mockapi.WireList, mockapi.WireMeta)
	choice(flags, "paging", "way in which listings go on", &o.Paging,
		mockapi.PagingPage, mockapi.PagingCursor, mockapi.PagingBoth, mockapi.PagingTotal)
	if err := flags.Parse(args); err != nil {
		return s, err
	}
	host, _, err := net.SplitHostPort(s.address)
	ip := net.ParseIP(host)
	switch {
	case flags.NArg() > 0:
		return s, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	case err != nil:
		return s, fmt.Errorf("-addr %q is not host:port: %w", s.address, err)
	case host != "localhost" && (ip == nil || !ip.IsLoopback()):
		return s, fmt.Errorf("-addr %q is not a loopback address: use 127.0.0.1, [::1] or localhost", s.address)
	case o.PerPage < 1 || o.RateLimit.PerMinute < 0 || o.RateLimit.Burst < 0:
		return s, errors.New("-page-size must be at least 1, -rate-limit and -burst at least 0")
	}
	return s, nil
}

// choice adds a flag that takes one of the values; the first is the default.
func choice[T ~string](flags *flag.FlagSet, name, about string, into *T, values ...T) {
	flags.Func(name, fmt.Sprintf("%s: one of %v", about, values), func(text string) error {
		*into = T(text)
		if !slices.Contains(values, *into) {
			return fmt.Errorf("it is not one of %v", values)
		}
		return nil
	})
}

func handler(api *mockapi.Server, control bool) http.Handler {
	controller := api.ControlHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if control && strings.HasPrefix(r.URL.Path, mockapi.ControlPath+"/") {
			controller.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// writeWhole writes so that whoever waits for the file never finds half of it.
func writeWhole(file, text string) error {
	if err := os.WriteFile(file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
