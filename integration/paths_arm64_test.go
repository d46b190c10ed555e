// arm64 has no calls that take paths without descriptors.

package integration

// oldPaths is as gatedPaths.
var oldPaths map[int64][][2]int
