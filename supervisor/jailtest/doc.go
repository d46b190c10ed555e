// Package jailtest lets Go tests run programs as they are, make their system calls fail, and say what they should have done about it,
// while a policy is enforced at the same time.
//
//	func TestSurvivesFullDisk(t *testing.T) {
//		j := jailtest.New(t, jailtest.Policy("no-network"))
//		j.Fault("write", jailtest.Path("*/journal"), jailtest.Nth(3), unix.ENOSPC)
//		r := j.Run("mydb", "import", "data.csv")
//		r.WantExit(1)
//		r.WantSyscall("fsync").Before("rename")
//		r.WantNoSyscall("connect")
//		r.WantDeath(jailtest.Exited(1))
//	}
//
// # Runs
//
// New makes a Jail: the settings of any number of runs. Run runs a program to its end, Start one that the test talks to meanwhile. A
// program that does not end in time (Timeout) is killed with all that it started, and the test fails with what each task was doing. So it
// does if the first program leaves others running behind (MayLeave). Programs run where the test does (Dir), by the machine's clock (Clock,
// Seed).
//
// # Faults
//
// Jail.Fault takes calls, and in any order conditions (Path, FD, Addr, …), a count (Nth, From, Chance, …) and what is to happen: an
// errno, a signal, Answer, Short, After, Delay, Crash. A fault that never came fails the test unless it is Maybe: a test that
// passes without its fault has tested nothing. Run.Fault is for faults that come while the program runs, and go.
//
// # Expectations
//
// Result.WantSyscall and the like return an Expectation, which can be narrowed (Path, Fails, Within, …), counted (Exactly, AtLeast, …) and
// put into an order (Before, After, Then). It is looked at when the test ends, whatever came of the rest; its failure stands at the
// line where it was written, with what happened instead and by which processes.
//
// What a run tells of is files, descriptors, sockets, processes and signals (harness.DefaultTrace), and the calls of its faults.
// Jail.Trace says otherwise: fewer, if stops are too slow, or more. An expectation about a call that was not traced fails: it would
// say nothing.
//
// # Needs
//
// Linux, amd64 or arm64; no root. The test's process must be allowed to trace its children (ptrace(2)): where it is not, the test fails.
package jailtest
