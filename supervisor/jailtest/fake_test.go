// A testing.TB that keeps what it is told.

package jailtest_test

import (
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"jail/supervisor/jailtest"
)

// fakeTB is a test that may fail without failing ours.
type fakeTB struct {
	testing.TB // nil: what is not here must not be called
	errors     []string
	logs       []string
	cleanups   []func()
}

func (f *fakeTB) Helper()                   {}
func (f *fakeTB) Errorf(s string, a ...any) { f.errors = append(f.errors, fmt.Sprintf(s, a...)) }
func (f *fakeTB) Logf(s string, a ...any)   { f.logs = append(f.logs, fmt.Sprintf(s, a...)) }
func (f *fakeTB) Cleanup(c func())          { f.cleanups = append(f.cleanups, c) }
func (f *fakeTB) Fatalf(s string, a ...any) {
	f.Errorf(s, a...)
	runtime.Goexit()
}

// failing runs a test that is meant to fail, with its own cleanups, and answers what it said.
func failing(test func(t testing.TB)) []string {
	f := new(fakeTB)
	done := make(chan struct{})
	go func() {
		defer close(done)
		test(f)
	}()
	<-done
	for len(f.cleanups) > 0 {
		last := f.cleanups[len(f.cleanups)-1]
		f.cleanups = f.cleanups[:len(f.cleanups)-1]
		last()
	}
	return f.errors
}

// says checks that a test fails with the messages, which may be parts of what was said, in that order.
func says(t *testing.T, test func(t testing.TB), want ...string) {
	t.Helper()
	got := failing(test)
	if len(got) != len(want) {
		t.Fatalf("%d failures, not %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if !strings.Contains(got[i], want[i]) {
			t.Errorf("the failure is\n%s\nand has no\n%s", got[i], want[i])
		}
	}
}

// sh makes a jail of its own and runs a script in it.
func sh(t testing.TB, script string, options ...jailtest.Option) *jailtest.Result {
	t.Helper()
	return jailtest.New(t, options...).Run("sh", "-c", script)
}

// printer is a test for examples: it prints its failures, with N for numbers of processes.
type printer struct{ testing.TB }

var numbers = regexp.MustCompile(`(pid |  )[0-9]+\b`)

func (printer) Helper()                     {}
func (printer) Logf(string, ...any)         {}
func (printer) Cleanup(func())              {}
func (p printer) Fatalf(s string, a ...any) { p.Errorf(s, a...); panic("the example ends") }
func (printer) Errorf(s string, a ...any) {
	fmt.Println(numbers.ReplaceAllString(fmt.Sprintf(s, a...), "${1}N"))
}
