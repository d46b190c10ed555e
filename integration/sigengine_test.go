// Engines that decide about signals, and engines that step.

package integration

import (
	"context"
	"encoding/binary"
	"regexp"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor"
	"jail/supervisor/utrace"
)

// holdWith starts the victim that waits for signals, under an engine that decides about them.
func holdWith(t *testing.T, do func(*utrace.Stopped, *utrace.SignalEvent) utrace.SignalVerdict) *jailRun {
	t.Helper()
	r := start(t, supervisor.Command{Engines: one(&onSignal{"signals", do})}, victim(t, "hold"))
	if l := r.line(); l != "ready\n" {
		t.Fatalf("it says %q", l)
	}
	return r
}

func TestIgnoreAndReplaceSignals(t *testing.T) {
	var seen []unix.Signal
	r := holdWith(t, func(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
		seen = append(seen, ev.Signal())
		switch ev.Signal() {
		case unix.SIGINT:
			return ev.Ignore(why)
		case unix.SIGUSR2:
			return ev.Replace(utrace.Siginfo{Signo: unix.SIGUSR1}, why)
		}
		return ev.Deliver()
	})
	send(t, r, unix.SIGINT)  // would end it
	send(t, r, unix.SIGUSR2) // would end it
	if l := r.line(); l != "caught 10\n" {
		t.Errorf("it says %q", l)
	}
	send(t, r, unix.SIGTERM)
	r.wait()
	compare(t, outcome{"caught 15\n", utrace.ExitStatus{Code: 11}}, r.outcome)
	if want := []unix.Signal{unix.SIGINT, unix.SIGUSR2, unix.SIGTERM}; !slices.Equal(seen, want) {
		t.Errorf("told of %v, want %v", seen, want)
	}
}

func TestForcedSignals(t *testing.T) {
	force := func(do func(*utrace.SignalEvent) utrace.SignalVerdict) *jailRun {
		return holdWith(t, func(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
			if ev.Signal() != unix.SIGUSR1 {
				return ev.Deliver()
			}
			return do(ev)
		})
	}
	r := force(func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceTerm(why) })
	send(t, r, unix.SIGUSR1)
	compare(t, outcome{"", utrace.ExitStatus{Signal: unix.SIGKILL}}, r.wait().outcome)

	r = force(func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceCore(why) })
	send(t, r, unix.SIGUSR1)
	r.wait()
	if r.Status.Signal != unix.SIGQUIT {
		t.Errorf("ForceCore: ended with %v", r.Status)
	}

	r = force(func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.ForceStop(why) })
	send(t, r, unix.SIGUSR1)
	if sig := <-r.ledger.stops; sig != unix.SIGSTOP {
		t.Errorf("ForceStop: stopped by %v", sig)
	}
	send(t, r, unix.SIGCONT)
	<-r.ledger.continues
	send(t, r, unix.SIGTERM)
	compare(t, outcome{"caught 15\n", utrace.ExitStatus{Code: 11}}, r.wait().outcome)
}

// A signal that is held is told again when the engine lets go.
func TestHoldSignal(t *testing.T) {
	holding := make(chan *utrace.Attachment, 1)
	told := 0
	r := holdWith(t, func(st *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
		if ev.Signal() != unix.SIGUSR1 {
			return ev.Deliver()
		}
		if told++; told > 1 {
			return ev.Deliver()
		}
		a, err := st.Task().Match("signals")
		if err != nil {
			t.Error(err)
		}
		holding <- a
		return ev.Hold(why)
	})
	send(t, r, unix.SIGUSR1)
	a := <-holding
	if err := a.Barrier(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := a.Control(utrace.Resume); err != nil {
		t.Fatal(err)
	}
	if l := r.line(); l != "caught 10\n" {
		t.Errorf("it says %q", l)
	}
	send(t, r, unix.SIGTERM)
	compare(t, outcome{"caught 15\n", utrace.ExitStatus{Code: 11}}, r.wait().outcome)
	if told != 2 {
		t.Errorf("told %d times, want 2", told)
	}
}

// The siginfo that an engine puts in place is what the handler sees, to the last value.
func TestReplaceSiginfo(t *testing.T) {
	const siQueue, valueAt = -1, 24 - 12 // si_value, in Siginfo.Rest
	mark := &onSignal{"mark", func(_ *utrace.Stopped, ev *utrace.SignalEvent) utrace.SignalVerdict {
		si := ev.Info()
		if si.Code != siQueue {
			return ev.Deliver()
		}
		v := binary.NativeEndian.Uint32(si.Rest[valueAt:])
		binary.NativeEndian.PutUint32(si.Rest[valueAt:], v+5000)
		return ev.Replace(si, why)
	}}
	path := victim(t, "queue")
	want := native(t, path)
	want.Output = regexp.MustCompile(`code -1 value (\d+)`).ReplaceAllStringFunc(want.Output, func(s string) string {
		digits := s[len("code -1 value "):]
		return "code -1 value " + string("5000"[:4-len(digits)]) + digits
	})
	compare(t, want, jailed(t, supervisor.Command{Engines: one(mark)}, path).outcome)
}

// A stepper has every task run one instruction (or up to a branch) at a time, some thousand times.
type stepper struct {
	how   utrace.Action
	steps int
}

func (*stepper) Name() string        { return "stepper" }
func (*stepper) Events() utrace.Mask { return utrace.On(utrace.Quiesce, utrace.Exec) }
func (s *stepper) ReportExec(_ *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	return ev.Continue().Then(s.how)
}
func (s *stepper) ReportQuiesce(_ *utrace.Stopped, ev *utrace.QuiesceEvent) utrace.QuiesceVerdict {
	if ev.Before != 0 {
		return ev.Continue()
	}
	if s.steps++; s.steps > 3000 {
		return ev.Continue()
	}
	return ev.Continue().Then(s.how)
}

// A program that is stepped does what it does without, system calls, signals and all.
func TestStepping(t *testing.T) {
	for _, how := range []utrace.Action{utrace.SingleStep, utrace.BlockStep} {
		t.Run(how.String(), func(t *testing.T) {
			s := &stepper{how: how}
			script := "/bin/sh -c 'kill -USR1 $$; exit 7'; echo $?; " + victim(t, "entry") + " a; " + victim(t, "sigframe") + "; echo $?"
			want := native(t, "/bin/sh", "-c", script)
			compare(t, want, jailed(t, supervisor.Command{Engines: one(s)}, "/bin/sh", "-c", script).outcome)
			if s.steps < 3000 {
				t.Errorf("%d steps only", s.steps)
			}
		})
	}
}
