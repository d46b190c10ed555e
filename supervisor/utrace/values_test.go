// Plain values: how they are written, and what they say of signals.

package utrace_test

import (
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

func TestStrings(t *testing.T) {
	for got, want := range map[string]string{
		utrace.Mask(0).String():                                      "none",
		utrace.On(1<<0, 1<<2, 1<<2).String():                         "Quiesce|Exec",
		(utrace.Reap | 1<<20).String():                               "Reap|unknown",
		utrace.SingleStep.String():                                   "SingleStep",
		utrace.Action(0).String():                                    "none",
		utrace.Action(99).String():                                   "unknown",
		utrace.AsIs.String():                                         "as-is",
		utrace.KillTree.String():                                     "kill-tree",
		utrace.Strictness(99).String():                               "unknown",
		utrace.ToCore.String():                                       "core",
		utrace.Disposition(0).String():                               "unknown",
		utrace.ExitStatus{Code: 3}.String():                          "exit 3",
		utrace.ExitStatus{Signal: unix.SIGSEGV, Core: true}.String(): "SIGSEGV (core)",
		utrace.ExitStatus{Signal: 40}.String():                       "signal 40",
		(&utrace.Failure{Overrun: true}).String():                    "took longer than its time budget",
		(&utrace.Failure{Panic: 1}).String():                         "panicked",
		(&utrace.Failure{Overrun: true, Hung: true}).String():        "overran its time budget and never came back",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestMaskHas(t *testing.T) {
	m := utrace.Exec | utrace.Clone
	if !m.Has(utrace.Exec) || !m.Has(m) || m.Has(utrace.Exec|utrace.Death) || !m.Has(0) {
		t.Error("Has means: all of them")
	}
}

func TestDefaultDisposition(t *testing.T) {
	for sig, want := range map[unix.Signal]utrace.Disposition{unix.SIGCHLD: utrace.ToIgnore, unix.SIGCONT: utrace.ToIgnore,
		unix.SIGTSTP: utrace.ToStop, unix.SIGSTOP: utrace.ToStop, unix.SIGSEGV: utrace.ToCore, unix.SIGSYS: utrace.ToCore,
		unix.SIGTERM: utrace.ToTerm, unix.SIGKILL: utrace.ToTerm, unix.SIGHUP: utrace.ToTerm, 34: utrace.ToTerm, 64: utrace.ToTerm} {
		if got := utrace.DefaultDisposition(sig); got != want {
			t.Errorf("%v: %v, want %v", sig, got, want)
		}
	}
}

func TestSender(t *testing.T) {
	pid := [116]byte{4: 0x39, 5: 0x30} // si_pid at offset 16: 12345
	for _, c := range []struct {
		sig  unix.Signal
		code int32
		pid  int
		ok   bool
	}{
		{unix.SIGTERM, utrace.SIUser, 12345, true},
		{unix.SIGTERM, -6, 12345, true}, // SI_TKILL
		{unix.SIGTERM, -1, 12345, true}, // SI_QUEUE
		{unix.SIGCHLD, 1, 12345, true},  // CLD_EXITED
		{unix.SIGTERM, utrace.SIKernel, 0, false},
		{unix.SIGSEGV, 1, 0, false},  // SEGV_MAPERR
		{unix.SIGALRM, -2, 0, false}, // SI_TIMER
		{unix.SIGIO, -5, 0, false},   // SI_SIGIO
	} {
		si := utrace.Siginfo{Signo: c.sig, Code: c.code, Rest: pid}
		if got, ok := si.Sender(); got != c.pid || ok != c.ok {
			t.Errorf("%v code %d: %d, %v", c.sig, c.code, got, ok)
		}
	}
}
