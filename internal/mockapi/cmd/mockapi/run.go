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
	"path/filepath"
	"strings"
	"time"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/mockapi"
)

// shutdownPatience is how long requests that are under way may take to end.
const shutdownPatience = 2 * time.Second

// run serves until ctx ends and returns the exit code: 0, 1 for a failure, 2 for wrong flags.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	settings, err := parseFlags(args, stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if err := serve(ctx, settings, stdout, stderr); err != nil {
		_, _ = fmt.Fprintln(stderr, "mockapi:", err)
		return 1
	}
	return 0
}

func serve(ctx context.Context, settings settings, stdout, stderr io.Writer) error {
	api := mockapi.New(settings.options)
	api.Seed(settings.clients)

	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", settings.addr)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler(api, settings.control), ReadHeaderTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()

	url := "http://" + listener.Addr().String()
	if err := announce(url, settings.addrFile, stdout); err != nil {
		_ = server.Close()
		return err
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}

	api.Close()
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownPatience)
	defer cancel()
	if server.Shutdown(patience) != nil {
		_ = server.Close() // a client that does not let go does not keep the server alive
	}
	for _, count := range api.Summary() {
		_, _ = fmt.Fprintf(stderr, "%6d  %s\n", count.Requests, count.Endpoint)
	}
	return nil
}

func handler(api *mockapi.Server, control bool) http.Handler {
	if !control {
		return api
	}
	controller := api.ControlHandler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// No mux: it would redirect paths for which the API must return 404.
		if strings.HasPrefix(r.URL.Path, mockapi.ControlPath+"/") {
			controller.ServeHTTP(w, r)
			return
		}
		api.ServeHTTP(w, r)
	})
}

// announce says where the server is. Whoever waits for the file never finds half of it.
func announce(url, file string, stdout io.Writer) error {
	if file != "" {
		if err := writeWhole(file, url+"\n"); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(stdout, "listening on %s\n", url)
	return err
}

func writeWhole(file, text string) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // does nothing after the rename
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), file)
}
