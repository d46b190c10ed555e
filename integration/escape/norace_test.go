// Without the race detector: see race_test.go.

//go:build !race

package escape

const raceDetector = false
