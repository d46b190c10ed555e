// Signals: which event tells of them, and what may be made of them.

package utrace_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

func TestSignalEventByDisposition(t *testing.T) {
	s := newSite(t)
	for d, event := range map[utrace.Disposition]string{utrace.ToHandler: "Signal", utrace.ToIgnore: "SignalIgn",
		utrace.ToStop: "SignalStop", utrace.ToTerm: "SignalTerm", utrace.ToCore: "SignalCore", 0: "SignalTerm", 99: "SignalTerm"} {
		e := &engine{name: "a"}
		a := attach(t, s.task, e)
		for _, mask := range []utrace.Mask{utrace.Signals, utrace.Signals &^ d.EventOf()} {
			want(t, "SetEvents", a.SetEvents(mask), 0)
			out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, d, s.m)
			s.space.Settle(s.task)
			if out.Signal != unix.SIGUSR1 {
				t.Errorf("disposition %v: delivers %v", d, out.Signal)
			}
		}
		if diff := cmp.Diff([]string{event}, e.heard); diff != "" {
			t.Errorf("disposition %v (-want +got):\n%s", d, diff)
		}
		want(t, "Detach", a.Control(utrace.Detach), 0)
	}
}

// listener hears of signals, and looks at what they would do only if told to.
type listener struct {
	looks  bool
	ignore bool
	seen   []utrace.Disposition
	kept   *utrace.SignalEvent
}

func (*listener) Name() string        { return "listener" }
func (*listener) Events() utrace.Mask { return utrace.Signals }
func (l *listener) ReportSignal(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
	l.kept = ev
	if l.looks {
		l.seen = append(l.seen, ev.Disposition(), ev.Disposition())
	}
	if l.ignore {
		return ev.Ignore(utrace.Why{})
	}
	return ev.Deliver()
}

// TestDispositionIsLookedAtOnce: what a signal would do takes long to find out. It is asked for when somebody wants to know: an engine that
// looks, one that hears of some signals only, and whoever reads of a decision.
func TestDispositionIsLookedAtOnce(t *testing.T) {
	for _, c := range []struct {
		what string
		e    *listener
		mask utrace.Mask
		asks int
	}{
		{"nobody wants to know", &listener{}, utrace.Signals, 0},
		{"an engine looks twice", &listener{looks: true}, utrace.Signals, 1},
		{"an engine hears of some", &listener{}, utrace.SignalCore | utrace.SignalTerm, 1},
		{"a decision", &listener{ignore: true}, utrace.Signals, 1},
	} {
		s := newSite(t)
		s.m.disp = utrace.ToCore
		attach(t, s.task, &looking{name: "of no signals"}) // beside it, which makes no difference
		want(t, "SetEvents", attach(t, s.task, c.e).SetEvents(c.mask), 0)
		out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGQUIT}, 0, s.m)
		if s.m.asks != c.asks {
			t.Errorf("%s: looked at %d times, want %d", c.what, s.m.asks, c.asks)
		}
		for _, d := range c.e.seen {
			if d != utrace.ToCore {
				t.Errorf("%s: said to be %v", c.what, d)
			}
		}
		for _, d := range out.Decisions {
			if d.Event != utrace.SignalCore {
				t.Errorf("%s: a decision about %v", c.what, d.Event)
			}
		}
		before := s.m.asks
		if c.e.kept.Disposition(); s.m.asks != before {
			t.Errorf("%s: an event that is over is looked at again", c.what)
		}
		s.space.Settle(s.task)
	}
	s := newSite(t)
	s.m.err = unix.ESRCH
	e := &listener{looks: true}
	attach(t, s.task, e)
	s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGCHLD}, 0, s.m)
	if e.seen[0] != utrace.ToIgnore {
		t.Errorf("SIGCHLD of a dying task is said to be %v", e.seen[0])
	}
}

// onSignal answers a signal with what f makes of the event.
func onSignal(name string, f func(*utrace.SignalEvent) utrace.SignalVerdict) *engine {
	return &engine{name: name, signal: func(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict { return f(ev) }}
}

func TestSignalVerdicts(t *testing.T) {
	usr1 := utrace.Siginfo{Signo: unix.SIGUSR1, Code: 5}
	why := utrace.Why{}
	for _, c := range []struct {
		what   string
		answer func(*utrace.SignalEvent) utrace.SignalVerdict
		quit   utrace.Disposition // of SIGQUIT
		want   utrace.Outcome
	}{
		{"deliver", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Deliver() }, 0,
			utrace.Outcome{Action: utrace.Resume, Signal: unix.SIGUSR1}},
		{"ignore", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Ignore(why) }, 0,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.Answered}},
		{"replace", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			return ev.Replace(utrace.Siginfo{Signo: unix.SIGTERM, Code: 7}, why)
		}, 0, utrace.Outcome{Action: utrace.Resume, Strict: utrace.Rewritten, Signal: unix.SIGTERM, Info: utrace.Siginfo{Signo: unix.SIGTERM, Code: 7}}},
		{"replace by SIGKILL", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			return ev.Replace(utrace.Siginfo{Signo: unix.SIGKILL}, why)
		}, 0, utrace.Outcome{Action: utrace.Resume, Strict: utrace.KillProcess}},
		{"force term", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceTerm(why) }, 0,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.KillProcess}},
		{"force stop", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceStop(why) }, 0,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.Rewritten, Signal: unix.SIGSTOP, Info: utrace.Siginfo{Signo: unix.SIGSTOP}}},
		{"force core, default action", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceCore(why) }, utrace.ToCore,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.Rewritten, Signal: unix.SIGQUIT, Info: utrace.Siginfo{Signo: unix.SIGQUIT}}},
		{"force core, handler", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceCore(why) }, utrace.ToHandler,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.KillProcess}},
		{"hold", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Hold(why) }, 0,
			utrace.Outcome{Action: utrace.Stop, Strict: utrace.Answered, Hold: true}},
		{"kill", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.KillProcess(why) }, 0,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.KillProcess}},
		{"kill the tree", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.KillTree(why) }, 0,
			utrace.Outcome{Action: utrace.Resume, Strict: utrace.KillTree}},
	} {
		s := newSite(t)
		s.m.disp = c.quit
		attach(t, s.task, onSignal("a", c.answer))
		got := s.space.Signal(s.task, usr1, utrace.ToTerm, s.m)
		got.Decisions, got.Engine = nil, ""
		if c.want.Strict >= utrace.Answered {
			got.Info = utrace.Siginfo{} // of no use to anybody
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.what, diff)
		}
	}
}

func TestForceCoreOfAKilledTask(t *testing.T) {
	s := newSite(t)
	s.m.disp, s.m.err = utrace.ToCore, unix.ESRCH
	attach(t, s.task, onSignal("a", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceCore(utrace.Why{}) }))
	if out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m); out.Strict != utrace.KillProcess {
		t.Errorf("%v", out.Strict)
	}
}

func TestSignalIsPassedFromEngineToEngine(t *testing.T) {
	s := newSite(t)
	replace := func(sig unix.Signal) func(*utrace.SignalEvent) utrace.SignalVerdict {
		return func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			return ev.Replace(utrace.Siginfo{Signo: sig}, utrace.Why{})
		}
	}
	attach(t, s.task, onSignal("watching", replace(unix.SIGHUP)), utrace.Observe())
	attach(t, s.task, onSignal("a", replace(unix.SIGUSR2)))
	attach(t, s.task, onSignal("b", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
		if ev.Signal() != unix.SIGUSR2 || ev.Info().Signo != unix.SIGUSR2 || ev.Taken() {
			t.Errorf("the second sees %v, taken %v", ev.Signal(), ev.Taken())
		}
		return ev.Ignore(utrace.Why{})
	}))
	attach(t, s.task, onSignal("c", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
		if !ev.Taken() {
			t.Error("the third does not see that it was taken away")
		}
		return replace(unix.SIGTERM)(ev)
	}))
	out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m)
	if out.Strict != utrace.Answered || out.Signal != 0 || out.Engine != "b" {
		t.Errorf("%v, delivers %v, by %q", out.Strict, out.Signal, out.Engine)
	}
}

func TestObserverCannotHoldASignalBack(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, onSignal("watching", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Hold(utrace.Why{}) }), utrace.Observe())
	out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m)
	if out.Hold || out.Signal != unix.SIGUSR1 || out.Strict != utrace.AsIs {
		t.Errorf("hold %v, delivers %v, %v", out.Hold, out.Signal, out.Strict)
	}
}
