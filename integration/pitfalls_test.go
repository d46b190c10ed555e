// What goes wrong with ptrace and seccomp (P…) and what wrappers do to innocent programs (T…): which test would notice, or
// why it can't occur here.

package integration

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// A pitfall is covered by tests, or excluded by a reason. A test of another folder is given as "folder: Name", with the
// folder seen from here.
type pitfall struct {
	id, what string
	tests    []string
	reason   string // why it can't occur here, or what a test can't show
}

const (
	ptraceTests = "../supervisor/internal/kernel/ptrace: "
	cliTests    = "cli: "
)

func by(tests ...string) []string { return tests }

var pitfalls = []pitfall{
	{"P01", "ptrace from another OS thread than the tracer", by("TestSeveralJailsAndOtherChildren"), ""},
	{"P02", "the jail dies with the tracer's thread, lives on without it, or hangs with it", by("TestSupervisorDeath", "TestEngineThatNeverComesBack"), ""},
	{"P03", "the tracer's waits and the process's other waits take each other's children", by("TestSeveralJailsAndOtherChildren"), ""},
	{"P04", "SIGCHLD blocked, EINTR from Go's signals, a changed mask inherited", by("TestSeveralJailsAndOtherChildren", "TestWhatAProgramInherits"), ""},
	{"P05", "SIGSTOP of an attach lost, doubled or mixed with a real one", by("TestManyThreadsForkAtOnce", ptraceTests+"TestStopDuringLaunch"), ""},
	{"P06", "a group-stop that is resumed", by("TestGroupStops", "TestStopFromOutside"), ""},
	{"P07", "PTRACE_EVENT_STOP has three meanings", by("TestGroupStops", "TestInterruptIsNotSeen", "TestManyThreadsForkAtOnce"), ""},
	{"P08", "SIGCONT wakes before it is delivered, other signals come first", by("TestGroupStops", "TestInterruptedCalls"), ""},
	{"P09", "a signal injected twice, or with another siginfo", by("TestQueuedSignals", "TestSiginfo", "TestReplaceSiginfo"), ""},
	{"P10", "SIGTRAP of the program's own taken for a stop of ptrace", by("TestSiginfo", "TestStepping"), ""},
	{"P11", "the order of entry-stop and seccomp-stop changed in 4.8", nil,
		"a launch needs PTRACE_GET_SYSCALL_INFO (5.3), which tells what kind of stop it is; entry-stops are never asked for"},
	{"P12", "the newest filter's data wins", by("TestOwnTraceFilter"), ""},
	{"P13", "filters judge a rewritten call again", by("TestRewriteToARefusedCall"), ""},
	{"P14", "a filter of the program's fakes the success of injected calls", by(ptraceTests + "TestFilterThatLies"),
		"calls are injected only before the program's first instruction, and /proc is looked at afterwards"},
	{"P15", "RET_TRACE without a tracer is ENOSYS, RET_ALLOW runs free", by("TestDetachedEngineLeavesThePolicy", "TestUntracedIsRefused"), ""},
	{"P16", "a user-notification filter hides calls from the tracer", by("TestOwnListener"), ""},
	{"P17", "CLONE_UNTRACED makes a child that nobody sees", by("TestUntracedIsRefused"), ""},
	{"P18", "a child's first stop comes before its parent's event", by("TestManyThreadsForkAtOnce", "TestKillRandomTasks"), ""},
	{"P19", "the first stop of a new child is told to the program", by("TestManyThreadsForkAtOnce", "TestVfork"), ""},
	{"P20", "exec by a thread that is not the leader", by("TestExecFromAnotherThread", "TestExecWhileEnginesDecide"), ""},
	{"P21", "an exec that fails leaves something pending", by("TestExecFromAnotherThread", "TestVfork"), ""},
	{"P22", "exec changes the ABI or makes undumpable", by("TestForeignProgramIsKilled", "TestUndumpable"), ""},
	{"P23", "the leader ends before its threads", by("TestLeaderEndsFirst"), ""},
	{"P24", "ESRCH at any call", by("TestKillRandomTasks", "TestExecWhileEnginesDecide"), ""},
	{"P25", "PTRACE_EVENT_EXIT is missing, or waits for us after SIGKILL", by("TestKillRandomTasks", "TestKillWhileEverythingIsHeld"), ""},
	{"P26", "death in a seccomp-stop", by("TestKillWhileHeld"), ""},
	{"P27", "a skipped call and its result", by("TestAbortAndResult", "TestAbortEveryArgumentLeftAlone"), ""},
	{"P28", "results that are only the kernel's way to say restart", by("TestRestartingIsTold", "TestInterruptedCalls"), ""},
	{"P29", "argument registers are not put back", by("TestRewriteArguments", "TestRewrittenCallIsRestarted"), ""},
	{"P30", "the ABI and the width of a call's registers", by("TestForeignABIsAreKilled"), ""},
	{"P31", "entry and exit counted instead of asked", by("TestOddCalls", "TestSignalFrames"), ""},
	{"P32", "the vsyscall page", by("TestOddCalls"), "uprobes need a privileged setup outside of the jail, and make no calls that a rule could name"},
	{"P33", "an undumpable program can't be read", by("TestUndumpable"), ""},
	{"P34", "process_vm_readv is refused", by("TestUndumpable", ptraceTests+"TestUndumpable"), ""},
	{"P35", "strings at page ends", by("TestStringsAtTheEndOfMemory"), ""},
	{"P36", "stopping a task is no freeze of its memory", nil, "no verdict of the built-in engines is taken from memory that the program can write; ReadMem says so"},
	{"P37", "sealed arguments", nil, "there are none yet"},
	{"P38", "symbolic links and renames between check and use", nil, "no rule decides by a path before the call; exec is judged by what was mapped"},
	{"P39", "races of user notifications", nil, "the jail has no listener"},
	{"P40", "emulation in the supervisor's own /proc/self and umask", nil, "no call is emulated: a call is made by the program or not at all"},
	{"P41", "vfork and a tracer that wait for each other", by("TestVfork", "TestVforkParentIsHeldPastItsChild", "TestVforkChildIsHeldWhileItsParentWaits"), ""},
	{"P42", "detaching a running task", by("TestDetachWhileRunning", "TestSupervisorDeath"), "engines detach from the jail, the jail never from a task"},
	{"P43", "orphans and daemons", by("TestDaemonIsKilledWithTheProgram", "TestDaemonIsWaitedFor", "TestSupervisorDeath"), ""},
	{"P44", "pids of another namespace", by("TestPidNamespace"), ""},
	{"P45", "waits of real parents, and of clone children", by("TestZombies", "TestGroupStops"), ""},
	{"P46", "tracing changes what exec does", by("TestSetUserIDHasNoEffect", "TestWhatAProgramSeesOfAJail"), ""},

	{"T1", "ignored signals interrupt calls", by("TestInterruptedCalls", "TestInterruptIsNotSeen"), ""},
	{"T2", "the wrapper's pid is not the program's", by(cliTests+"TestCtrlZStopsAndContinues", cliTests+"TestBashJobControl"), ""},
	{"T3", "a death by signal becomes an exit", by("TestEveryDeath", cliTests+"TestDeathBySignalToJail"), ""},
	{"T4", "the first process of a pid namespace faults for ever", by("TestPidNamespace"), ""},
	{"T5", "leak checkers and nested tracers", by("TestAddressSanitizer", "TestWhatAProgramSeesOfAJail"), ""},
	{"T6", "a daemon keeps the wrapper alive", by("TestDaemonIsKilledWithTheProgram", "TestDaemonIsWaitedFor"), ""},
	{"T7", "stops and continues are lost to the parent", by("TestGroupStops"), "the letter t in /proc and frozen cgroups are the kernel's"},
	{"T8", "exec from threads, execveat, scripts, first registers", by("TestExecFromAnotherThread", "TestFirstInstruction"), ""},
	{"T9", "set-user-ID and no_new_privs", by("TestSetUserIDHasNoEffect", "TestWhatAProgramSeesOfAJail"), ""},
	{"T10", "TracerPid is visible", by("TestWhatAProgramSeesOfAJail"), "nothing can hide it: a program that refuses to be traced refuses"},
	{"T11", "the program's own filters under ours", by("TestOwnFilters", "TestOwnTraceFilter", "TestOwnListener"), ""},
	{"T12", "slowness in programs with thousands of tasks", by("TestFiveThousandThreads", "TestFiveThousandForks"), ""},
}

// The table has every pitfall once, each with a test that exists or a reason.
func TestPitfallsAreCovered(t *testing.T) {
	var ids []string
	for n := 1; n <= 46; n++ {
		ids = append(ids, fmt.Sprintf("P%02d", n))
	}
	for n := 1; n <= 12; n++ {
		ids = append(ids, fmt.Sprintf("T%d", n))
	}
	if len(pitfalls) != len(ids) {
		t.Errorf("%d pitfalls, want %d", len(pitfalls), len(ids))
	}
	folders := make(map[string]map[string]bool)
	for i, p := range pitfalls {
		if i < len(ids) && p.id != ids[i] {
			t.Errorf("%s stands where %s belongs", p.id, ids[i])
		}
		if p.what == "" || len(p.tests) == 0 && p.reason == "" {
			t.Errorf("%s has neither a test nor a reason", p.id)
		}
		for _, name := range p.tests {
			folder, test, other := strings.Cut(name, ": ")
			if !other {
				folder, test = ".", name
			}
			if folders[folder] == nil {
				folders[folder] = testsIn(t, folder)
			}
			if !folders[folder][test] {
				t.Errorf("%s: there is no %s in %s", p.id, test, folder)
			}
		}
	}
}

// testsIn lists the test functions of a folder.
func testsIn(t *testing.T, folder string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]bool)
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				found[fn.Name.Name] = true
			}
		}
	}
	return found
}
