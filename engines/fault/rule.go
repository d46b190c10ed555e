// Rules: which calls, and what becomes of them.

package fault

import (
	"time"

	"golang.org/x/sys/unix"
)

// A Rule says what happens to some calls. It needs Calls and at least one effect; all conditions that are set must hold. Rules are
// plain data: they are made here or by Parse, which documents what each part means in the grammar.
type Rule struct {
	// Calls are names, groups (%file, @network-io), globs (open*), regular expressions (/^sched_), or all. If the first begins
	// with "!" it is all calls but these; a later one with "!" is taken out. "?name" may be unknown.
	Calls []string
	// Origin is where the rule stands, file:line, for reports and errors; it may be empty.
	Origin string

	Conditions

	When   When    // which of the matching calls; zero: each
	Per    Per     // who counts for When
	Storm  int     // of Storm+1 calls in a row the first Storm; 0: no such thing
	Chance float64 // probability, above 0 and up to 1; 0: 1
	Seed   uint64  // of Chance
	// After: bytes that may be written to a file (Per: or by a task, …) until it is full. The write that crosses the bound is cut
	// there; those after it fail with Errno, ENOSPC if there is none. 0: no such thing.
	After int64

	Effects
}

// Conditions say which calls match.
type Conditions struct {
	// Path is a glob that one of the call's paths, or the file of one of its descriptors, must match as a whole: absolute,
	// lexically clean, links not followed. * stands for any letters, "/" too.
	Path  string
	FD    *int      // one of its descriptors, as a number
	Addr  string    // glob for a socket's address: 127.0.0.1:80, [::1]:*, /run/x, @name
	Flags []string  // names of flags that are set; "!O_APPEND": that is not
	Args  []Compare // registers, and sizes

	Program string // glob for the program's file (/proc/PID/exe), for its base name if there is no "/" in it
	Depth   Span   // how many forks the process is away from the first one, which has 0
	Child   Span   // which child of its parent it is, from 1; the first process is none
}

// Effects are what happens. Times are waited by the task alone; nobody else waits.
type Effects struct {
	Errno  unix.Errno  // the call fails
	Result *int64      // the call answers this
	Late   bool        // Errno, Result and Signal come at the end of the call, which is made
	Call   string      // another call is made with the same arguments; Errno and Result are then shown in place of its own
	Signal unix.Signal // sent to the task before the call is made

	DelayEnter, DelayExit time.Duration // before and after the call
	PokeEnter, PokeExit   []Poke        // memory that is overwritten

	Set   []Set // arguments that are changed
	Short int64 // bytes that are transferred at most; 0: all
	Crash Crash // the tree is killed
}

// A Compare is a condition on a number. Comparisons are of 64 bits, without sign.
type Compare struct {
	Arg   int    // 0–5, or ArgSize
	Op    string // == != < <= > >= &, the last of which is: one of these bits
	Value uint64
}

// ArgSize in a Compare is what the call transfers, as its length or vector says, in bytes.
const ArgSize = -1

// A Poke overwrites memory that an argument points to.
type Poke struct {
	Arg  int // 0–5
	Data []byte
}

// A Set changes an argument: to a number, or to a path, which the kernel finds where no task can change it.
type Set struct {
	Arg   int // 0–5
	Value uint64
	Path  string // "": Value
}

// A Span is a range of numbers. The zero Span holds every number; To below From: no end.
type Span struct {
	From, To int
	Limited  bool // else every number
}

// Exactly is the span of one number.
func Exactly(n int) Span { return Span{From: n, To: n, Limited: true} }

func (s Span) has(n int) bool {
	return !s.Limited || n >= s.From && (s.To < s.From || n <= s.To)
}

// Per says who counts matching calls.
type Per uint8

// The counts.
const (
	PerDefault Per = iota // PerCall; PerTree with Crash; PerFile with After
	PerCall               // each task by itself, and each system call by itself, as strace does
	PerTask               // each task, all calls of the rule together
	PerProcess            // each process
	PerTree               // everything in the jail
	PerFile               // each file; with After only
)

// Crash kills everything in the jail, as a loss of power does to its processes.
type Crash uint8

// When the tree is killed.
const (
	NoCrash     Crash = iota
	CrashBefore       // the call is not made
	CrashAfter        // the call was made, its result not seen by the program
)

// per is Per with its default.
func (r *Rule) per() Per {
	switch {
	case r.Per != PerDefault:
		return r.Per
	case r.Crash != NoCrash:
		return PerTree
	case r.After != 0:
		return PerFile
	}
	return PerCall
}

// answers tells whether the program sees another answer.
func (f *Effects) answers() bool { return f.Errno != 0 || f.Result != nil }

// answer is what it sees.
func (f *Effects) answer() int64 {
	if f.Result != nil {
		return *f.Result
	}
	return -int64(f.Errno)
}
