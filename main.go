// Terraform provider for Thought Industries.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
	"github.com/ti-community/terraform-provider-thoughtindustries/internal/thoughtindustries"
)

const address = "registry.terraform.io/ti-community/thoughtindustries"

// Set by the release build.
var version, commit, date string

func main() {
	debugging := flag.Bool("debug", false, "keep running, for a debugger and engines that attach to it")
	showVersion := flag.Bool("version", false, "print the version and end")
	checking := flag.Bool("check", false, "check the configured instance (read-only), and end")
	flag.Parse()
	readBuildInfo()
	log.SetOutput(io.Discard) // net/http logs what a server sends on an idle connection, which may echo the API key
	switch {
	case *showVersion:
		fmt.Printf("terraform-provider-thoughtindustries %s (commit %s, built %s)\n", version, commit, date)
	case *checking:
		if !checkInstance() {
			os.Exit(1)
		}
	default:
		if err := serve(*debugging); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

func serve(debugging bool) error {
	if os.Getenv("GOGC") == "" {
		// Little is in use, some megabytes, so the collector would run often: this halves its runs for 10 MB.
		debug.SetGCPercent(200)
	}
	if debugging {
		return tf6server.Serve(address, provider.Server(version), tf6server.WithManagedDebug())
	}
	disableLogging(os.Environ(), os.Setenv)
	return tf6server.Serve(address, provider.Server(version))
}

// disableLogging turns off logs that nobody wants. The framework writes a line for each of its steps, which takes a
// third of the provider's time, and an engine throws them away unless one of the TF_LOG variables is set.
func disableLogging(environment []string, set func(name, value string) error) {
	for _, variable := range environment {
		if strings.HasPrefix(variable, "TF_LOG") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_THOUGHTINDUSTRIES"} {
		_ = set(name, "off") // fails for an invalid name alone
	}
}

// checkInstance checks the instance that the environment names, and reports whether every check held.
func checkInstance() bool {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute) // a server may ask to come back later
	defer cancel()
	fmt.Printf("terraform-provider-thoughtindustries %s\n\n", version)
	var client *thoughtindustries.Client
	config, err := provider.ConfigFromEnvironment(version)
	if err == nil {
		client, err = thoughtindustries.New(config)
	}
	if err != nil {
		fmt.Println("No request can be sent:", err)
		return false
	}
	defer client.Close()
	return client.Check(ctx, func(table string) { fmt.Print(table) })
}

// readBuildInfo takes the version from the Go tool where the release build did not set it, so that `go install` names
// it too. Of a local build it has the commit and its date.
func readBuildInfo() {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "(devel)" {
		version = cmp.Or(version, info.Main.Version)
	}
	version, commit, date = cmp.Or(version, "dev"), cmp.Or(commit, "unknown"), cmp.Or(date, "unknown")
}
