// Package fault is the engine that makes system calls fail: it answers them in the kernel's place, shortens, delays and
// rewrites them, sends signals, changes memory, or kills the tree, by rules that say which calls of which tasks.
//
//	rules, err := fault.Parse("faults.txt", `write:path=*/journal:error=ENOSPC:when=3`)
//	e, err := fault.New(rules, fault.Settings{})
//	cmd := supervisor.Command{Path: "/usr/bin/mydb", Engines: []supervisor.Engine{{Engine: e}}}
//	…
//	for _, c := range e.Counts() { fmt.Println(c.Rule, c.Matched, c.Fired) }
//
// # Which calls
//
// A rule names calls, and may narrow them down by arguments (path, descriptor, address, flags, sizes) and by process (program,
// depth in the tree, which child of its parent). Calls that do all of that match, and are counted; When, Storm and Chance say
// which of them the rule fires for. Who counts is Per.
//
// # A call that is made again is one call
//
// The kernel makes a call again that was interrupted without a handler (a stopped and continued process, another engine that looked):
// such a call is counted once, and what was decided for it stands. Once a handler has run, the call is a new one, whoever makes
// it: kernel, library and program can't be told apart there. What becomes restart_syscall (time-outs that go on) loses what was to be
// done at its end.
//
// # Several rules for one call
//
// All that match fire. The first answer (errno or result) wins; delays add up; the smallest length wins; signals are all sent.
//
// # What is true and what is not
//
// A call that is answered is not made. One that is shortened is made with a smaller length, so the bytes that it tells of were
// transferred; of a vector by a copy of its headers in a place that no task can change, or, where there is none (see
// utrace.ErrUnsealed), by its first element alone.
//
// # With a policy
//
// A fault makes a verdict stricter, never looser. The engine is attached after those of the policy, so it is told first: what it
// makes of a call they decide about. A filter that refuses a call refuses it before there could be a fault, so such a rule is an
// error (Check).
//
// # Determinism
//
// Chance depends on the seed, the task's place in the tree (which child of which child) and how many calls of it have matched:
// for a deterministic program the same seed gives the same faults, whatever the scheduling. Per PerTree and After depend on the order
// in which tasks run, unless one task alone makes such calls.
package fault
