// unit.go says what the suites hand to the runner: units, each one program that
// is run natively and under the wrapper.
package main

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"time"

	"jail/integration/internal/fetch"
)

// A unit is one program and how to read what it says about its tests.
type unit struct {
	name  string
	argv  []string
	dir   string        // working directory; "" for the run's own temporary one
	stage string        // copied into the temporary directory first; "" for nothing
	env   []string      // beside the base environment
	tty   bool          // standard input is a terminal, and the controlling one
	quiet time.Duration // longest time without new output
	limit time.Duration // longest time altogether
	parse func(capture) report
	// without returns argv so that the named tests are left out, to reach the
	// tests after one that hung or crashed the program; nil when that can't be.
	without func(tests []string) []string
}

// A suite is a set of units from one source.
type suite struct {
	name    string
	about   string
	prepare func(context.Context, *env) ([]unit, error)
}

// An env is what suites prepare themselves with.
type env struct {
	store *fetch.Store
	log   io.Writer
	work  string              // temporary, removed at the end, everybody may read it
	cred  *syscall.Credential // as whom programs run; nil for the caller
	long  bool                // everything, not the short form
	ci    bool                // the subset for a CI run
}

// uid is the user that the programs run as.
func (e *env) uid() int {
	if e.cred != nil {
		return int(e.cred.Uid)
	}
	return syscall.Geteuid()
}

// suites in the order in which they run when none is named.
func suites() []suite {
	return []suite{
		{"go-std", "tests of Go's standard library", goStd},
		{"python", "Debian's tests of Python", python},
		{"libuv", "tests of libuv, from its Debian source", libuv},
		{"bash", "tests of bash, from its Debian source", bash},
		{"strace", "the programs that strace's own tests trace, from its Debian source", strace},
	}
}

// choose returns the named suites, or all.
func choose(names []string) ([]suite, error) {
	all := suites()
	if len(names) == 0 {
		return all, nil
	}
	var out []suite
next:
	for _, name := range names {
		for _, s := range all {
			if s.name == name {
				out = append(out, s)
				continue next
			}
		}
		return nil, fmt.Errorf("no suite %q; there are go-std, python, libuv, bash and strace", name)
	}
	return out, nil
}
