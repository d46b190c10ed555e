// What faults and expectations are made of: conditions, counts and effects.

package jailtest

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"jail/engines/expect"
	"jail/engines/fault"
	"jail/seccomp"
)

// A Condition says which calls are meant. Faults and expectations take the same ones.
type Condition struct {
	name    string
	fault   func(*fault.Rule)
	pattern func(*expect.Pattern)
}

// Path is a glob that one of the call's files must match as a whole: those that it names, absolute, and those of its
// descriptors. * stands for any characters, / too.
func Path(glob string) Condition {
	return Condition{"Path", func(r *fault.Rule) { r.Path = glob }, func(p *expect.Pattern) { p.Path = glob }}
}

// FD is a descriptor of the call.
func FD(n int) Condition {
	return Condition{"FD", func(r *fault.Rule) { r.FD = &n }, func(p *expect.Pattern) { p.FD = &n }}
}

// Addr is a glob for the address of a socket: 127.0.0.1:80, [::1]:*, /run/x, @name.
func Addr(glob string) Condition {
	return Condition{"Addr", func(r *fault.Rule) { r.Addr = glob }, func(p *expect.Pattern) { p.Addr = glob }}
}

// Flags are names of flags that are set: O_CREAT; "!O_APPEND": that is not.
func Flags(names ...string) Condition {
	return Condition{"Flags", func(r *fault.Rule) { r.Flags = append(r.Flags, names...) },
		func(p *expect.Pattern) { p.Flags = append(p.Flags, names...) }}
}

// Arg compares argument n, from 1 on, with a number. Op is ==, !=, <, <=, >, >= or & (one of these bits).
func Arg(n int, op string, value int64) Condition {
	return Condition{"Arg", func(r *fault.Rule) { r.Args = append(r.Args, fault.Compare{Arg: n - 1, Op: op, Value: uint64(value)}) },
		func(p *expect.Pattern) {
			p.Args = append(p.Args, expect.Compare{Arg: strconv.Itoa(n - 1), Op: op, Value: value})
		}}
}

// Size compares the number of bytes that the call was asked to transfer, by its length or its vector; op as for Arg.
func Size(op string, bytes int64) Condition {
	return Condition{"Size", func(r *fault.Rule) {
		r.Args = append(r.Args, fault.Compare{Arg: fault.ArgSize, Op: op, Value: uint64(bytes)})
	}, func(p *expect.Pattern) { p.Args = append(p.Args, expect.Compare{Arg: "size", Op: op, Value: bytes}) }}
}

// Program is a glob for the file name of the program, or for its path if there is a / in it.
func Program(glob string) Condition {
	return Condition{"Program", func(r *fault.Rule) { r.Program = glob }, func(p *expect.Pattern) { p.Program = glob }}
}

// Depth is how many forks the process is away from the first one, which has 0.
func Depth(n int) Condition {
	return Condition{"Depth", func(r *fault.Rule) { r.Depth = fault.Exactly(n) }, func(p *expect.Pattern) { p.Depth = expect.One(n) }}
}

// Child is which child of its parent the process is, from 1 on.
func Child(n int) Condition {
	return Condition{"Child", func(r *fault.Rule) { r.Child = fault.Exactly(n) }, func(p *expect.Pattern) { p.Nth = expect.One(n) }}
}

// An Effect is what a fault does, or how often.
type Effect struct {
	name  string
	apply func(*fault.Rule)
	err   error // it means nothing
}

// Answer has the call answer n without being made.
func Answer(n int64) Effect { return Effect{"Answer", func(r *fault.Rule) { r.Result = &n }, nil} }

// AtExit has the call made, and then the errno, answer or signal take the place of what came of it.
func AtExit() Effect { return Effect{"AtExit", func(r *fault.Rule) { r.Late = true }, nil} }

// Short lets the call transfer n bytes at most. It is made so: n bytes have really gone.
func Short(n int64) Effect { return Effect{"Short", func(r *fault.Rule) { r.Short = n }, nil} }

// After lets bytes be written to each file until it is full: the write that crosses the bound is cut there, those after it fail with
// ENOSPC, or the errno that is given.
func After(bytes int64) Effect { return Effect{"After", func(r *fault.Rule) { r.After = bytes }, nil} }

// Delay has the task wait before the call. Nobody else waits.
func Delay(d time.Duration) Effect {
	return Effect{"Delay", func(r *fault.Rule) { r.DelayEnter = d }, nil}
}

// DelayAfter has the task wait after the call, before it sees the result.
func DelayAfter(d time.Duration) Effect {
	return Effect{"DelayAfter", func(r *fault.Rule) { r.DelayExit = d }, nil}
}

// Instead has another call made, with the same arguments.
func Instead(call string) Effect {
	return Effect{"Instead", func(r *fault.Rule) { r.Call = call }, nil}
}

// Set makes the call with another argument n, from 1 on.
func Set(n int, value uint64) Effect {
	return Effect{"Set", func(r *fault.Rule) { r.Set = append(r.Set, fault.Set{Arg: n - 1, Value: value}) }, nil}
}

// SetPath makes the call with another path as its argument n, from 1 on.
func SetPath(n int, path string) Effect {
	return Effect{"SetPath", func(r *fault.Rule) { r.Set = append(r.Set, fault.Set{Arg: n - 1, Path: path}) }, nil}
}

// Poke overwrites memory that argument n, from 1 on, points to, before the call.
func Poke(n int, data []byte) Effect {
	return Effect{"Poke", func(r *fault.Rule) { r.PokeEnter = append(r.PokeEnter, fault.Poke{Arg: n - 1, Data: data}) }, nil}
}

// PokeAfter is Poke after the call.
func PokeAfter(n int, data []byte) Effect {
	return Effect{"PokeAfter", func(r *fault.Rule) { r.PokeExit = append(r.PokeExit, fault.Poke{Arg: n - 1, Data: data}) }, nil}
}

// Crash kills everything in the jail before the call is made, as a loss of power does to processes. (What was written before is in
// the page cache and stays: to lose that takes a machine.)
func Crash() Effect { return Effect{"Crash", func(r *fault.Rule) { r.Crash = fault.CrashBefore }, nil} }

// CrashAfter is Crash when the call was made and before the program sees its result.
func CrashAfter() Effect {
	return Effect{"CrashAfter", func(r *fault.Rule) { r.Crash = fault.CrashAfter }, nil}
}

// fromOne is the error of a number of a call that never comes.
func fromOne(n uint64) error {
	if n == 0 {
		return errors.New("calls are counted from 1, so 0 never comes")
	}
	return nil
}

// Nth is the nth matching call alone, from 1 on.
func Nth(n uint64) Effect {
	return Effect{"Nth", func(r *fault.Rule) { r.When = fault.Nth(n) }, fromOne(n)}
}

// From is the nth matching call and all after it.
func From(n uint64) Effect {
	return Effect{"From", func(r *fault.Rule) { r.When = fault.From(n) }, fromOne(n)}
}

// Range is every step-th of the matching calls from first to last.
func Range(first, last, step uint64) Effect {
	return Effect{"Range", func(r *fault.Rule) { r.When = fault.When{First: first, Last: last, Step: step} }, fromOne(first)}
}

// Storm has n calls fire, one not, and so on.
func Storm(n int) Effect {
	return Effect{"Storm", func(r *fault.Rule) { r.Storm = n }, fromOne(uint64(max(n, 0)))}
}

// Chance has each matching call fire with a probability, above 0 and up to 1. The same seed gives the same faults for a program that does
// the same.
func Chance(p float64, seed uint64) Effect {
	return Effect{"Chance", func(r *fault.Rule) { r.Chance, r.Seed = p, seed }, nil}
}

// Per says who counts matching calls: fault.PerTask, fault.PerTree, …
func Per(p fault.Per) Effect { return Effect{"Per", func(r *fault.Rule) { r.Per = p }, nil} }

type maybe struct{}

// Maybe says of a fault that it need not come.
func Maybe() any { return maybe{} }

// faultOf makes a rule of what Fault is given.
func faultOf(calls string, with []any) (r fault.Rule, may bool, err error) {
	r.Calls = strings.Split(calls, ",")
	seen := make(map[string]bool)
	for _, w := range with {
		name := ""
		switch w := w.(type) {
		case Condition:
			name = w.name
			w.fault(&r)
		case Effect:
			if name = w.name; w.err != nil {
				return r, may, fmt.Errorf("%s: %w", name, w.err)
			}
			w.apply(&r)
		case unix.Errno:
			name, r.Errno = "an unix.Errno", w
		case unix.Signal:
			name, r.Signal = "an unix.Signal", w
		case maybe:
			may = true
		default:
			return r, may, fmt.Errorf("%s is no part of a fault: those are conditions, effects, unix.Errno, unix.Signal and Maybe()", called(w))
		}
		if seen[name] && name != "" && !slices.Contains([]string{"Flags", "Arg", "Size", "Set", "SetPath", "Poke", "PokeAfter"}, name) {
			return r, may, fmt.Errorf("%s is given twice; a second fault can have the other", name)
		}
		seen[name] = true
	}
	return r, may, nil
}

// patternOf makes a pattern of what WantSyscall is given.
func patternOf(calls string, with []any) (expect.Pattern, error) {
	p := expect.Pattern{}
	if calls != "" {
		p.Calls = strings.Split(calls, ",")
	}
	for _, w := range with {
		switch w := w.(type) {
		case Condition:
			w.pattern(&p)
		case unix.Errno:
			p.Outcome, p.Errno = expect.Fails, w
		default:
			return p, fmt.Errorf("%s is no condition of a call: those are Path, FD, Addr, Flags, Arg, Size, Program, Depth, Child and an unix.Errno that it fails with", called(w))
		}
	}
	return p, nil
}

// called is a value as it is told of: what it is, if it is a function that was not called.
func called(w any) string {
	if t := fmt.Sprintf("%T", w); strings.HasPrefix(t, "func(") {
		return t + ", a function that is not called,"
	}
	return fmt.Sprintf("%#v", w)
}

// checked is what is wrong with a rule, in the words of this package.
func checked(r fault.Rule, filter *seccomp.Spec) error {
	err := fault.Check(r, filter)
	if errors.Is(err, fault.ErrNothing) {
		return errors.New("nothing is to happen; give an unix.Errno, an unix.Signal, Answer, Short, After, Delay, DelayAfter, Instead, Set, SetPath, Poke, PokeAfter, Crash or CrashAfter")
	}
	return err
}

// caller is where the caller's caller is, file:line.
func caller(skip int) string {
	_, file, line, ok := runtime.Caller(skip + 1)
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}
