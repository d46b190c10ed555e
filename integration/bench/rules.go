// What many rules cost: to load, and at each call.

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor/launch"
)

const (
	filterLimit = 4096   // instructions that one filter may have (BPF_MAXINSNS in linux/bpf_common.h; seccomp(2), EINVAL)
	policyLimit = 512    // rules that a policy may have
	manyRules   = 10_000 // rules that a filter has to bear
)

// policyOf writes a policy of so many rules, each about another operation of prctl, before a default that allows.
func (b *bench) policyOf(rules int) error {
	var text strings.Builder
	text.WriteString("version: 1\ndefault: allow\nsyscalls:\n")
	for i := range rules {
		fmt.Fprintf(&text, "  - {syscalls: [prctl], when: [\"arg0 == %d\"], action: errno EPERM}\n", 1_000_000+3*i)
	}
	return os.WriteFile(b.policyFile(rules), []byte(text.String()), 0o644)
}

func (b *bench) policyFile(rules int) string {
	return filepath.Join(b.work, fmt.Sprintf("rules-%d.yaml", rules))
}

// specOf is a filter of so many rules over all calls of the native table, as a library's user may make one.
func specOf(rules int, arguments bool) *seccomp.Spec {
	var names []string
	abi := seccomp.Native()
	for nr := range 600 {
		if name, ok := abi.Name(nr); ok && nr != unix.SYS_GETPPID {
			names = append(names, name)
		}
	}
	s := &seccomp.Spec{ABIs: []seccomp.ABI{abi}, Default: seccomp.Allow, Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
	for i := range rules {
		r := seccomp.Rule{Names: []string{names[i%len(names)]}, Do: seccomp.Errno(unix.Errno(1 + i%100)), Tag: i}
		if arguments {
			r.When = []seccomp.Cond{{Arg: 0, Op: seccomp.Eq, Value: uint64(1_000_000 + i), Width: 32}}
		}
		s.Rules = append(s.Rules, r)
	}
	return s
}

// rules is what loading many of them takes, up to the filter.
func (b *bench) rules() trial {
	loads := func(rules int) func() (*seccomp.Spec, error) {
		return func() (*seccomp.Spec, error) {
			plan, err := launch.Plan(b.policyFile(rules))
			if err != nil {
				return nil, err
			}
			return &plan.Filter, nil
		}
	}
	made := func(arguments bool) func() (*seccomp.Spec, error) {
		return func() (*seccomp.Spec, error) { return specOf(manyRules, arguments), nil }
	}
	most := strconv.Itoa(policyLimit) + " rules, the most that a policy may have"
	calls, arguments := strconv.Itoa(manyRules)+" rules about calls, as a library's user may make them", strconv.Itoa(manyRules)+" rules about arguments"
	t := trial{name: "rules", about: "many rules, from a policy's file to its filter", group: groupSize,
		entries: []entry{compiled("10 rules", loads(10)), compiled(most, loads(policyLimit)), compiled(calls, made(false)), compiled(arguments, made(true))},
		prepare: func(context.Context) error { return errors.Join(b.policyOf(10), b.policyOf(policyLimit)) }}
	for _, name := range []string{most, calls, arguments} {
		t.goals = append(t.goals, goal{Of: name + ": milliseconds", Most: 50})
	}
	for _, name := range []string{most, calls} { // conditions on 10,000 values are more than 4,096 instructions in any order
		t.goals = append(t.goals, goal{Of: name + ": instructions", Most: filterLimit})
	}
	return t
}

// compiled measures how long a filter takes to be made, and how long it is; 0 if it does not fit.
func compiled(name string, make func() (*seccomp.Spec, error)) entry {
	return entry{name: name, run: func(context.Context) (figures, error) {
		began := time.Now()
		spec, err := make()
		if err != nil {
			return nil, err
		}
		program, err := seccomp.Compile(spec)
		took := time.Since(began)
		if err != nil && !errors.Is(err, seccomp.ErrTooLong) {
			return nil, err
		}
		length := 0
		if err == nil {
			length = len(program.Raw())
		}
		return figures{{name + ": milliseconds", took.Seconds() * 1e3}, {name + ": instructions", float64(length)}}, nil
	}}
}

// ruledCalls compares calls that are allowed, whatever their arguments or because of them, under few rules and under many.
func (b *bench) ruledCalls() trial {
	n := b.pick(1_000_000, 100_000)
	t := trial{name: "ruled-calls", about: "calls that such a policy allows: getppid, of which no rule speaks, and prctl, of which all do", group: groupSize, unit: "ns"}
	for _, call := range []struct{ name, what string }{{"getppid", "calls"}, {"prctl", "prctls"}} {
		few, many := call.name+", 10 rules", fmt.Sprintf("%s, %d rules", call.name, policyLimit)
		t.entries = append(t.entries,
			b.perCount(few, n, under(b.subject(nil, call.what, n), func() []string { return b.jail(b.policyFile(10))() })),
			b.perCount(many, n, under(b.subject(nil, call.what, n), func() []string { return b.jail(b.policyFile(policyLimit))() })))
		if call.name == "getppid" {
			t.goals = append(t.goals, goal{many, few, 1.05})
		}
	}
	t.prepare = func(context.Context) error { return errors.Join(b.policyOf(10), b.policyOf(policyLimit)) }
	return t
}
