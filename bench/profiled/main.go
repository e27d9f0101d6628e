// Command profiled is the provider, made to leave profiles of its processor time
// and its allocations in the folder that PROFILES names.
package main

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"runtime/debug"
	"runtime/pprof"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/ti-community/terraform-provider-thoughtindustries/internal/provider"
)

func main() {
	// As the provider does where nobody asks for logs.
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_THOUGHTINDUSTRIES"} {
		if err := os.Setenv(name, "off"); err != nil {
			log.Fatal(err)
		}
	}
	debug.SetGCPercent(200)
	cpu := create("cpu")
	if err := pprof.StartCPUProfile(cpu); err != nil {
		log.Fatal(err)
	}
	err := tf6server.Serve("registry.terraform.io/ti-community/thoughtindustries", provider.Server("profiled"))
	pprof.StopCPUProfile()
	allocations := create("allocations")
	if err := pprof.Lookup("allocs").WriteTo(allocations, 0); err != nil {
		log.Print(err)
	}
	for _, file := range []*os.File{cpu, allocations} {
		if err := file.Close(); err != nil {
			log.Print(err)
		}
	}
	if err != nil {
		log.Fatal(err)
	}
}

func create(kind string) *os.File {
	file, err := os.Create(filepath.Join(os.Getenv("PROFILES"), fmt.Sprintf("%s-%d.prof", kind, os.Getpid())))
	if err != nil {
		log.Fatal(err)
	}
	return file
}
