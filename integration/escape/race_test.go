// The race detector looks at the test only, not at jail: with it the matrix is the short one.

//go:build race

package escape

const raceDetector = true
