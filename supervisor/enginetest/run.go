// The conformance test: what every engine must stand.

package enginetest

import (
	"errors"
	"fmt"
	"testing"

	"jail/supervisor/utrace"
)

// Run tests an engine. newEngine is called many times and must make a fresh engine each time, set up in the same way.
//
// It is tested that
//   - the engine can be attached: its mask and its methods fit; name, mask and calls don't change between two asks,
//   - every verdict is valid, for every event of its mask, whatever addresses, strings, numbers, flags, ABIs, signals and
//     senders a program chooses, whatever order of births and deaths is possible, and a denial says what was denied,
//   - no callback panics, nor reads memory without end,
//   - the same when the task is killed at any moment (ESRCH), or its memory can't be read (EPERM, EIO),
//   - two engines that are told the same answer the same,
//   - an engine with a method Len() int, the number of tasks that it keeps something about, keeps nothing of tasks that
//     were reaped: after 10,000 births and deaths it is what it was before, and 0 in the end.
func Run(t *testing.T, newEngine func() utrace.Engine) {
	t.Helper()
	for _, c := range checks() {
		t.Run(c.name, func(t *testing.T) {
			for _, err := range c.run(newEngine) {
				t.Error(err)
			}
		})
	}
}

// Lener is what an engine implements that lets Run see whether it forgets.
type Lener interface {
	// Len is the number of tasks, or processes, that something is kept about.
	Len() int
}

type check struct {
	name string
	run  func(func() utrace.Engine) []error
}

func checks() []check {
	return []check{
		{"attach", checkAttach},
		{"hostile", checkHostile},
		{"killed", checkKilled},
		{"unreadable", checkUnreadable},
		{"deterministic", checkDeterministic},
		{"forgets", checkForgets},
	}
}

// checkAttach: mask and methods fit, and what the engine says of itself does not change.
func checkAttach(newEngine func() utrace.Engine) []error {
	e := newEngine()
	if e == nil {
		return []error{errors.New("there is no engine: nil")}
	}
	var errs []error
	if e.Name() == "" {
		errs = append(errs, errors.New("the engine has no name; reports can't speak of it"))
	}
	if name, mask := e.Name(), e.Events(); e.Name() != name || e.Events() != mask {
		errs = append(errs, errors.New("name or mask changed between two asks"))
	}
	if _, err := Start(e); err != nil {
		return append(errs, fmt.Errorf("can't be attached: %w", err))
	}
	s, ok := e.(utrace.Syscaller)
	if !ok {
		return errs
	}
	first, second := s.Syscalls(), s.Syscalls()
	const odd = -12345 // in a set only if all calls are
	named := false
	first.Each(func(arch uint32, nr int64) {
		named = true
		if !second.Has(arch, nr) {
			errs = append(errs, fmt.Errorf("call %d of arch %#x was asked for once and not the second time", nr, arch))
		}
	})
	if !named && !first.Has(0, odd) {
		errs = append(errs, errors.New("the mask asks for calls, but Syscalls names none"))
	}
	return errs
}

// checkHostile: every event with values that no friendly program has.
func checkHostile(newEngine func() utrace.Engine) []error {
	var errs []error
	for _, m := range machines() {
		s, err := newScript(newEngine(), m)
		if err != nil {
			return []error{err}
		}
		s.hostile()
		errs = append(errs, s.errs...)
	}
	return limit(errs)
}

// checkKilled: each event once for each call of the machine after which the task is dead.
func checkKilled(newEngine func() utrace.Engine) []error {
	var errs []error
	for fatal := 1; fatal <= 12; fatal++ {
		for _, m := range machines() {
			s, err := newScript(newEngine(), m)
			if err != nil {
				return []error{err}
			}
			s.fatal = fatal
			s.brief()
			errs = append(errs, s.errs...)
		}
	}
	return limit(errs)
}

// checkUnreadable: memory answers with errors that are about permission.
func checkUnreadable(newEngine func() utrace.Engine) []error {
	var errs []error
	for _, refusal := range []error{eperm, eio} {
		for _, m := range machines() {
			s, err := newScript(newEngine(), m)
			if err != nil {
				return []error{err}
			}
			s.refusal = refusal
			s.brief()
			errs = append(errs, s.errs...)
		}
	}
	return limit(errs)
}

// checkDeterministic: two engines are told the same.
func checkDeterministic(newEngine func() utrace.Engine) []error {
	var logs [2][]string
	for i := range logs {
		for _, m := range machines() {
			s, err := newScript(newEngine(), m)
			if err != nil {
				return []error{err}
			}
			s.logs = true
			s.brief()
			logs[i] = append(logs[i], s.log...)
		}
	}
	for i := range logs[0] {
		if i < len(logs[1]) && logs[0][i] != logs[1][i] {
			return []error{fmt.Errorf("told the same, two engines answered\n\t%s\n\t%s", logs[0][i], logs[1][i])}
		}
	}
	return nil
}

// checkForgets: nothing is kept about the dead.
func checkForgets(newEngine func() utrace.Engine) []error {
	e := newEngine()
	s, err := newScript(e, machines()[0])
	if err != nil {
		return []error{err}
	}
	s.lives(50)
	before := length(e)
	s.lives(lives)
	if after := length(e); after > before {
		s.failf("after %d births and deaths it keeps something about %d tasks; it was %d before", lives, after, before)
	}
	s.die(s.jail.First)
	if after := length(e); after > 0 {
		s.failf("all tasks are reaped, and it still keeps something about %d", after)
	}
	return limit(s.errs)
}

func length(e utrace.Engine) int {
	if l, ok := e.(Lener); ok {
		return l.Len()
	}
	return 0
}

// limit keeps the first few of many errors.
func limit(errs []error) []error {
	const most = 10
	if len(errs) > most {
		return append(errs[:most:most], fmt.Errorf("and %d more", len(errs)-most))
	}
	return errs
}
