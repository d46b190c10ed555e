// Patterns: which events.

package expect

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/trace"
	"jail/supervisor/report"
)

// A Pattern picks events. All conditions that are set must hold; those that are about another kind of event than Kind are errors.
// Patterns of text are globs that match as a whole: * stands for any characters, / too, and ? for one.
type Pattern struct {
	Kind trace.Kind // 0: KindSyscall

	// Of a system call.
	Calls   []string // names, %classes, @groups, patterns, !names, as trace.Names has them; nil: any
	FD      *int     // one of its descriptors
	Addr    string   // of a socket: 127.0.0.1:*, [::1]:80, /run/x, @name
	Flags   []string // that are set; "!O_APPEND": that is not
	Args    []Compare
	Outcome Outcome
	Errno   unix.Errno // it fails with; 0: whatever

	// Path is of a call one of its files: by name, or by descriptor, but not what a name is relative to; always absolute. Of a
	// KindExec it is the program.
	Path string
	Argv []string // of a KindExec: a pattern for each argument; "..." as the last: and any more (policy.MatchArgv)

	Signal unix.Signal // of a KindSignal; and of a KindDeath: that it died of it
	Exit   *int        // of a KindDeath: the exit code, 0–255
	// Threads: births and deaths of single threads count, too. Else those of processes alone.
	Threads bool

	// Of the process.
	Program string // file name of the program or script, or its path if there is a / in it
	Depth   Span   // how many ancestors it has in the jail: 0 is the first
	Nth     Span   // which child of its parent's it is, from 1; the first process is none
}

// A Span is a range of numbers. The zero Span has every number; To below From: no end.
type Span struct {
	From, To int
	Limited  bool // else every number
}

// One is the Span of one number.
func One(n int) Span { return Span{From: n, To: n, Limited: true} }

func (s Span) has(n int) bool { return !s.Limited || n >= s.From && (s.To < s.From || n <= s.To) }

// String is the range in words: "3", "2 to 4", "2 and more".
func (s Span) String() string {
	switch {
	case s.To < s.From:
		return fmt.Sprintf("%d and more", s.From)
	case s.From == s.To:
		return strconv.Itoa(s.From)
	}
	return fmt.Sprintf("%d to %d", s.From, s.To)
}

// An Outcome is how a call ended.
type Outcome uint8

// The outcomes.
const (
	AnyOutcome Outcome = iota
	Succeeds           // it came back with a result that is no failure
	Fails              // it came back with an errno that the program sees
	Unfinished         // it did not come back to the program: see trace.Unreturned
)

// A Compare is a condition on a number of a call. Comparisons have a sign.
type Compare struct {
	// Arg is an argument's name (as in its manual page, and in traces of the format json), its number from 0, "result", or "size":
	// what the call transfers at most, by its length or its vector.
	Arg   string
	Op    string // == != < <= > >= &, the last of which is: one of these bits
	Value int64
}

// Call picks calls by name, class, group or pattern; none: all of them.
func Call(names ...string) Pattern { return Pattern{Kind: trace.KindSyscall, Calls: names} }

// Signal picks the delivery of a signal; 0: of any.
func Signal(sig unix.Signal) Pattern { return Pattern{Kind: trace.KindSignal, Signal: sig} }

// Exec picks programs that are started by a process of the jail, by path; "": all. The jail's first program is none of them.
func Exec(path string) Pattern { return Pattern{Kind: trace.KindExec, Path: path} }

// Exited picks the ends of processes with an exit code.
func Exited(code int) Pattern { return Pattern{Kind: trace.KindDeath, Exit: &code} }

// KilledBy picks the deaths of processes of a signal.
func KilledBy(sig unix.Signal) Pattern { return Pattern{Kind: trace.KindDeath, Signal: sig} }

// By is the pattern for one program only: see Pattern.Program.
func (p Pattern) By(program string) Pattern { p.Program = program; return p }

// kind is Kind with its default.
func (p *Pattern) kind() trace.Kind {
	if p.Kind == 0 {
		return trace.KindSyscall
	}
	return p.Kind
}

// String is the pattern in a few words: openat path */journal flags O_CREAT fails ENOSPC.
func (p Pattern) String() string {
	words := []string{p.noun()}
	add := func(set bool, format string, args ...any) {
		if set {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(p.Path != "", "path %s", p.Path)
	add(p.FD != nil, "fd %d", deref(p.FD))
	add(p.Addr != "", "addr %s", p.Addr)
	add(len(p.Flags) > 0, "flags %s", strings.Join(p.Flags, "|"))
	for _, c := range p.Args {
		add(true, "%s%s%d", c.Arg, c.Op, c.Value)
	}
	add(p.Outcome == Succeeds, "that succeeds")
	add(p.Outcome == Fails || p.Errno != 0, "that fails")
	add(p.Errno != 0, "with %s", errnoName(p.Errno))
	add(p.Outcome == Unfinished, "that does not come back")
	add(p.Argv != nil, "argv %q", p.Argv)
	add(p.Exit != nil, "with exit code %d", deref(p.Exit))
	add(p.kind() == trace.KindDeath && p.Signal != 0, "of %s", report.SignalName(p.Signal))
	add(p.Program != "", "by %s", p.Program)
	add(p.Depth.Limited, "at depth %v", p.Depth)
	add(p.Nth.Limited, "by child %v", p.Nth)
	return strings.Join(words, " ")
}

// noun is what it is about.
func (p *Pattern) noun() string {
	switch p.kind() {
	case trace.KindSyscall:
		if len(p.Calls) == 0 {
			return "call"
		}
		return strings.Join(p.Calls, ",")
	case trace.KindSignal:
		if p.Signal != 0 {
			return report.SignalName(p.Signal)
		}
	}
	return p.kind().String()
}

func deref(n *int) int {
	if n == nil {
		return 0
	}
	return *n
}

func errnoName(e unix.Errno) string {
	if name := unix.ErrnoName(e); name != "" {
		return name
	}
	return "errno " + strconv.Itoa(int(e))
}
