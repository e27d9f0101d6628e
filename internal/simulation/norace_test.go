//go:build !race

package simulation

const (
	defaultSimulationSeeds = 1500
	simulationNote         = ""
)
