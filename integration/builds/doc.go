// Package builds has one test: real builds give the same files, the same output and the same exit code under
// `jail run --policy ci-build` as without it. A C project from Debian's sources, a Go module and a Python test file.
package builds
