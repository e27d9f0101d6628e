// Terraform provider for Thought Industries.
package main

import (
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
var (
	version = ""
	commit  = ""
	date    = ""
)

func main() {
	debugging := flag.Bool("debug", false, "keep running, for a debugger and engines that attach to it")
	showVersion := flag.Bool("version", false, "print the version and end")
	checking := flag.Bool("check", false, "check the configured instance (read-only), and end")
	flag.Parse()
	fillFromBuild()
	if *showVersion {
		fmt.Printf("terraform-provider-thoughtindustries %s (commit %s, built %s)\n", version, commit, date)
		return
	}
	muteStandardLog()
	if *checking {
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
		holds := checkInstance(ctx)
		stop()
		if !holds {
			os.Exit(1)
		}
		return
	}
	setGCPercent(os.Getenv("GOGC"))
	var options []tf6server.ServeOpt
	if *debugging {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		disableLogging(os.Environ(), os.Setenv)
	}
	if err := tf6server.Serve(address, provider.Server(version), options...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// checkAtMost is how long a check may take: a server may ask to come back later.
const checkAtMost = 3 * time.Minute

// checkInstance checks the instance that the environment names, and reports
// whether every check held.
func checkInstance(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, checkAtMost)
	defer cancel()
	fmt.Printf("terraform-provider-thoughtindustries %s\n\n", version)
	config, err := provider.ConfigFromEnvironment(version)
	if err != nil {
		fmt.Println("No request can be sent:", err)
		return false
	}
	client, err := thoughtindustries.New(config)
	if err != nil {
		fmt.Println("No request can be sent:", err)
		return false
	}
	defer client.Close()
	return client.Check(ctx, func(table string) { fmt.Print(table) })
}

// muteStandardLog turns off Go's standard logger, to which net/http writes what
// a server sends on an idle connection: that may echo the API key, and engines
// keep what a provider writes there in their logs.
func muteStandardLog() { log.SetOutput(io.Discard) }

// disableLogging turns logs off that nobody has asked for. An engine throws away what a
// provider logs unless one of the TF_LOG variables is set, but the framework
// writes a line for each of its steps all the same, which took a third of the
// provider's time.
func disableLogging(environment []string, set func(name, value string) error) {
	for _, variable := range environment {
		if strings.HasPrefix(variable, "TF_LOG") {
			return
		}
	}
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_THOUGHTINDUSTRIES"} {
		if err := set(name, "off"); err != nil {
			fmt.Fprintln(os.Stderr, err) // no reason not to serve
		}
	}
}

// setGCPercent lets the heap grow to three times what is in use, not two, unless
// somebody set GOGC. What is in use is little, some megabytes, so that the
// collector ran for a quarter of the provider's time; this halves that, for 10 MB.
func setGCPercent(set string) {
	if set == "" {
		debug.SetGCPercent(200)
	}
}

// fillFromBuild takes what the release build did not set from what the Go tool
// knows, so that `go install` names its version too.
func fillFromBuild() {
	info, ok := debug.ReadBuildInfo()
	settings := map[string]string{}
	if ok {
		for _, setting := range info.Settings {
			settings[setting.Key] = setting.Value
		}
		if version == "" && info.Main.Version != "(devel)" {
			version = info.Main.Version
		}
	}
	for _, value := range []struct {
		to       *string
		from     string
		fallback string
	}{
		{&version, "", "dev"},
		{&commit, settings["vcs.revision"], "unknown"},
		{&date, settings["vcs.time"], "unknown"},
	} {
		if *value.to == "" {
			*value.to = value.from
		}
		if *value.to == "" {
			*value.to = value.fallback
		}
	}
}
