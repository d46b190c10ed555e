// Package integration holds the tests that run real programs under a jail and compare them with what the same programs
// do without one. It has no code of its own.
//
// The oracle is the same everywhere: a victim (victims/*.c) prints what it observes, and what it prints and how it ends
// must be the same natively, under a jail without engines, with an observer on every event, and with an engine that
// stops the task at every event and lets it go from another goroutine. See run_test.go for that, and
// pitfalls_test.go for which trap of ptrace(2) and seccomp(2) is covered by which test.
package integration
