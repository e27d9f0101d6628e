//go:build !race

package simulation

const (
	defaultSimulationSeeds = 1200
	simulationNote         = ""
)
