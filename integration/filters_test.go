// Filters: what the default one refuses, what rules of a policy do in the kernel, and what becomes of a program's own.

package integration

import (
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/seccomp"
	"jail/supervisor"
	"jail/supervisor/utrace"
)

// traced is the action of a call that an engine is to decide.
var traced = seccomp.Trace(0)

// baseSpec is a filter that allows what the native ABI knows, to add rules to.
func baseSpec() *seccomp.Spec {
	return &seccomp.Spec{ABIs: []seccomp.ABI{seccomp.Native()}, Default: seccomp.Allow,
		Unknown: seccomp.Errno(unix.ENOSYS), Foreign: seccomp.KillProcess}
}

func rule(do seccomp.Action, names ...string) seccomp.Rule { return seccomp.Rule{Names: names, Do: do} }

// A child that makes a call of another ABI dies of SIGSYS, an unknown number is answered ENOSYS, and the report says why.
func TestForeignABIsAreKilled(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		same(t, allModes, "abi") // there is nothing foreign that a 64-bit program could call
		return
	}
	want := `number 9999: ENOSYS
number 600: ENOSYS
number 1048576: ENOSYS
number -1: ENOSYS
number -2: ENOSYS
int 0x80 killed by 31
int 0x80 with junk above killed by 31
int 0x80 of an unknown number killed by 31
x32 killed by 31
x32 of an unknown number killed by 31
done
`
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			r := jailed(t, supervisor.Command{Engines: m.engines(t)}, victim(t, "abi"))
			compare(t, outcome{want, utrace.ExitStatus{}}, r.outcome)
			filtered := 0
			for _, e := range r.ledger.tasks {
				if e.death.Status.Signal == unix.SIGSYS && e.death.Killer.Engine == "filter" {
					filtered++
				}
			}
			if filtered != 5 {
				t.Errorf("%d deaths are put down to the filter, want 5", filtered)
			}
		})
	}
}

// A program that turns into one of another ABI gets no further than its first call (P22).
func TestForeignProgramIsKilled(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Log("no foreign programs are built here")
		return
	}
	little := victim(t, "little")
	if out := native(t, little); out.Status.Code != 21 {
		t.Logf("this kernel does not run i386 programs itself: %v", out.Status)
	}
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			r := jailed(t, supervisor.Command{Engines: m.engines(t)}, "/bin/sh", "-c", little+"; echo $?")
			if strings.Contains(r.Output, "runs") || !strings.HasSuffix(r.Output, "\n") || strings.HasSuffix(r.Output, "\n0\n") {
				t.Errorf("output %q", r.Output)
			}
		})
	}
}

// The guards of every policy against tasks that nobody traces (P15, P17).
func TestUntracedIsRefused(t *testing.T) {
	spec := baseSpec()
	spec.Rules = []seccomp.Rule{
		{Names: []string{"clone"}, Do: seccomp.Errno(unix.EPERM),
			When: []seccomp.Cond{{Arg: 0, Op: seccomp.MaskedEq, Mask: unix.CLONE_UNTRACED, Value: unix.CLONE_UNTRACED}}},
		rule(seccomp.Errno(unix.ENOSYS), "clone3"),
	}
	want := `clone: ok
clone exited 8
CLONE_UNTRACED: EPERM
CLONE_UNTRACED and junk above: EPERM
clone3: ENOSYS
thread: 0
fork exited 9
`
	for _, m := range allModes {
		t.Run(m.name, func(t *testing.T) {
			r := jailed(t, supervisor.Command{Engines: m.engines(t), Filter: spec}, victim(t, "untraced"))
			compare(t, outcome{want, utrace.ExitStatus{}}, r.outcome)
			if births, _, _ := r.ledger.counts(); births != 4 {
				t.Errorf("%d tasks were born, want 4", births)
			}
		})
	}
}

// A program's own filters work on top of the jail's, and what they kill is not put down to the policy (T11).
func TestOwnFilters(t *testing.T) {
	same(t, allModes, "filters")
	r := jailed(t, supervisor.Command{}, victim(t, "filters"))
	if r.ledger.decided(func(d utrace.Decision) bool { return d.Engine == "filter" }) {
		t.Error("a death by the program's own filter is told as the policy's")
	}
}

// A program's own RET_TRACE finds no tracer, as without a jail: the call is answered ENOSYS (P12).
func TestOwnTraceFilter(t *testing.T) {
	for _, data := range []string{"0", "1", "65535"} {
		t.Run(data, func(t *testing.T) { same(t, []mode{bare}, "own_trace", data) })
	}
	// The data that a later filter of the program says wins over ours; engines decide from registers all the same.
	deny := &onEntry{"deny", callSet("getpgrp"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Abort(unix.EXDEV, why)
	}}
	for _, data := range []string{"0", "1", "65535"} {
		run(t, one(deny), 0, "getpgrp: EXDEV\n", "own_trace", data)
	}
}

// A listener of the program's own works where the filter lets it be, and is refused where not (P16).
func TestOwnListener(t *testing.T) {
	same(t, []mode{bare, lifecycle}, "listener")
	spec := baseSpec()
	spec.Rules = []seccomp.Rule{rule(seccomp.Errno(unix.EPERM), "seccomp")}
	r := jailed(t, supervisor.Command{Filter: spec}, victim(t, "listener"))
	compare(t, outcome{"listener: EPERM\n", utrace.ExitStatus{Code: 1}}, r.outcome)
}

// What a rewritten call is rewritten to is judged by the filter again: a call that it refuses is refused (P13).
func TestRewriteToARefusedCall(t *testing.T) {
	spec := baseSpec()
	spec.Rules = []seccomp.Rule{rule(seccomp.Errno(unix.EACCES), "getpid")}
	swap := &onEntry{"swap", callSet("getppid"), func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		c := ev.Call()
		if c.Args[0] != 7 {
			return ev.Continue()
		}
		c.Nr = unix.SYS_GETPID
		return ev.Rewrite(c, why)
	}}
	r := jailed(t, supervisor.Command{Engines: one(swap), Filter: spec}, victim(t, "calls"), "getpid")
	compare(t, outcome{"getpid: EACCES\n", utrace.ExitStatus{}}, r.outcome)
}
