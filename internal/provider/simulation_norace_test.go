//go:build !race

package provider

const (
	defaultSimulationSeeds = 2000
	simulationNote         = ""
)
