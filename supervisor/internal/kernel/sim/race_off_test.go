// Without the race detector there is time to search everything.

//go:build !race

package sim_test

// shortLimit bounds the runs of one scenario, so that all of them take seconds. -long lifts it.
const shortLimit = 60000
