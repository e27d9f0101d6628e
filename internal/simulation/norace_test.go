//go:build !race

package simulation

const (
	defaultSimulationSeeds = 2000
	simulationNote         = ""
)
