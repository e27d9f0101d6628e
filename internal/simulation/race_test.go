//go:build race

package simulation

// The race detector makes everything ten times slower.
const (
	defaultSimulationSeeds = 30
	simulationNote         = " (fewer seeds than without the race detector)"
)
