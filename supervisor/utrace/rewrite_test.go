// The second round: nobody is bypassed by a rewrite, and nothing is rewritten for ever.

package utrace_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"jail/supervisor/utrace"
)

// rewritesTo makes call nr of any other, the first time it is asked.
func rewritesTo(name string, nr int64) *engine {
	return &engine{name: name, entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Again() || ev.Call().Nr == nr {
			return ev.Continue()
		}
		c := ev.Call()
		c.Nr = nr
		return ev.Rewrite(c, utrace.Why{What: name})
	}}
}

// denies refuses call nr and lets pass all others. It asks only for those of calls, or for all.
func denies(name string, nr int64, calls *utrace.SyscallSet) *engine {
	return &engine{name: name, calls: calls, entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Call().Nr == nr {
			return ev.Abort(unix.EPERM, utrace.Why{What: name})
		}
		return ev.Continue()
	}}
}

// TestRewriteBypassesNobody: wherever an engine is attached, it decides about the call that comes out, not only about the
// one that went in. Every order of a denier, a rewriter and a rewriter whose call is rewritten.
func TestRewriteBypassesNobody(t *testing.T) {
	only := func(nr int64) *utrace.SyscallSet { return new(utrace.SyscallSet).Add(1, nr) }
	for what, calls := range map[string]*utrace.SyscallSet{"all": nil, "the result": only(3), "what went in": only(1)} {
		for n := range 6 {
			s := newSite(t)
			engines := []*engine{denies("denier", 3, calls), rewritesTo("first", 2), rewritesTo("second", 3)}
			var order []string
			for _, i := range [][3]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}}[n] {
				order = append(order, engines[i].name)
				attach(t, s.task, engines[i])
			}
			out := s.entry(1)
			made := out.Strict == utrace.Rewritten && out.Call.Nr == 3
			if made && what != "what went in" || out.Strict < utrace.Rewritten {
				t.Errorf("denier of 3 that asks for %s, attached as %v: %v, call %d", what, order, out.Strict, out.Call.Nr)
			}
			for _, e := range engines {
				if len(e.heard) > 2 {
					t.Errorf("attached as %v: %s was asked %d times", order, e.name, len(e.heard))
				}
			}
		}
	}
}

func TestSecondRoundAsksWhoHasNotSeenIt(t *testing.T) {
	s := newSite(t)
	var log []string
	add := func(e *engine, opts ...utrace.AttachOption) {
		inner := e.entry
		e.entry = func(st *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			log = append(log, fmt.Sprint(e.name, " ", ev.Call().Nr, " ", ev.Again()))
			return inner(st, ev)
		}
		attach(t, s.task, e, opts...)
	}
	only := new(utrace.SyscallSet).Add(1, 2)
	add(denies("told later", 9, nil))
	add(rewritesTo("rewriter", 2))
	add(denies("told before", 9, nil))
	add(denies("observer", 9, nil), utrace.Observe())
	add(denies("other call", 9, new(utrace.SyscallSet).Add(1, 1)))
	add(denies("asks for 2", 9, only))
	add(denies("observer of 2", 9, only), utrace.Observe())
	if out := s.entry(1); out.Strict != utrace.Rewritten || out.Call.Nr != 2 {
		t.Errorf("%v, call %d", out.Strict, out.Call.Nr)
	}
	if diff := cmp.Diff([]string{
		"other call 1 false", "observer 1 false", "told before 1 false", "rewriter 1 false", "told later 2 false",
		"observer of 2 2 false", "asks for 2 2 false", "told before 2 true",
	}, log); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	log = nil
	s.space.Settle(s.task)
	s.entry(2)
	if len(log) != 6 || strings.Contains(strings.Join(log, " "), "true") {
		t.Errorf("nothing was rewritten, and asked were %v", log)
	}
}

// TestRewritesOfOneArgumentCompose: two rewrites of one argument compose in the order in which they were asked. Who is asked again has had
// its say, unless it has something stricter to say.
func TestRewritesOfOneArgumentCompose(t *testing.T) {
	s := newSite(t)
	adds := func(name string) *engine {
		e := &engine{name: name}
		e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			c.Args[0]++
			return ev.Rewrite(c, utrace.Why{Quiet: true})
		}
		attach(t, s.task, e)
		return e
	}
	a, b := adds("a"), adds("b")
	out := s.entry(1)
	if out.Strict != utrace.Rewritten || out.Call.Args[0] != 1+2 {
		t.Errorf("%v %v by %q", out.Strict, out.Call.Args, out.Engine)
	}
	if len(a.heard) != 1 || len(b.heard) != 2 || len(out.Decisions) != 2 {
		t.Errorf("a was asked %d times, b %d times, %d decisions", len(a.heard), len(b.heard), len(out.Decisions))
	}
}

// TestRewriteInTheSecondRoundIsRefused: an engine that let a call pass, and would rewrite what another made of it.
func TestRewriteInTheSecondRoundIsRefused(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, rewritesTo("rewriter", 2))
	e := &engine{name: "late"}
	e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if !ev.Again() {
			return ev.Continue()
		}
		c := ev.Call()
		c.Args[0]++
		return ev.Rewrite(c, utrace.Why{Quiet: true})
	}
	attach(t, s.task, e)
	out := s.entry(1)
	if out.Strict != utrace.Answered || out.Result != -int64(unix.EPERM) || out.Engine != "late" || out.Why.Quiet ||
		!strings.Contains(out.Why.What, "another engine rewrote it") {
		t.Errorf("%v %d by %q because %+v", out.Strict, out.Result, out.Engine, out.Why)
	}
	if d := out.Decisions[len(out.Decisions)-1]; d.Strictness != utrace.Answered || d.Engine != "late" {
		t.Errorf("told as %+v", d)
	}
}

// TestSameRewriteInTheSecondRound: an engine that rewrites a call into what it is already has nothing against it.
func TestSameRewriteInTheSecondRound(t *testing.T) {
	s := newSite(t)
	for arg := range 2 {
		e := &engine{name: fmt.Sprint("sets ", arg)}
		e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
			c := ev.Call()
			c.Args[arg] = 7
			return ev.Rewrite(c, utrace.Why{})
		}
		attach(t, s.task, e)
	}
	if out := s.entry(1); out.Strict != utrace.Rewritten || out.Call.Args != [6]uint64{7, 7, 3} || len(out.Decisions) != 2 {
		t.Errorf("%v %v, %d decisions", out.Strict, out.Call.Args, len(out.Decisions))
	}
}

func TestFailureInTheSecondRound(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, rewritesTo("rewriter", 2))
	e := &engine{name: "faulty"}
	e.entry = func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if ev.Again() {
			panic("on purpose")
		}
		return ev.Continue()
	}
	attach(t, s.task, e)
	if out := s.entry(1); out.Strict != utrace.KillTree {
		t.Errorf("%v", out.Strict)
	}
	s.space.Settle(s.task)
	if out := s.entry(2); out.Strict != utrace.AsIs { // the rounds of one report are not those of the next
		t.Errorf("%v", out.Strict)
	}
}

func TestRewriteChangesNumberAndArgumentsOnly(t *testing.T) {
	s := newSite(t)
	attach(t, s.task, &engine{name: "seer", entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		if c := ev.Call(); c.Arch != 1 || c.IP != 40 || c.SP != 50 || c.Nr != 2 || c.Args[0] != 9 {
			t.Errorf("the engine behind it sees %+v", c)
		}
		return ev.Continue()
	}})
	attach(t, s.task, &engine{name: "forger", entry: func(_ *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
		return ev.Rewrite(utrace.Call{Arch: 9, IP: 1, SP: 2, Nr: 2, Args: [6]uint64{9}}, utrace.Why{})
	}})
	s.space.SyscallEntry(s.task, utrace.Call{Arch: 1, Nr: 1, IP: 40, SP: 50}, s.m)
}

// TestRewriteToANumberOfMoreThan32Bits: the kernel would see another number than the engines that ask for it.
func TestRewriteToANumberOfMoreThan32Bits(t *testing.T) {
	for _, nr := range []int64{1<<32 | 59, 1 << 31, -1<<31 - 1} {
		s := newSite(t)
		attach(t, s.task, denies("denier", 59, new(utrace.SyscallSet).Add(1, 59)))
		attach(t, s.task, rewritesTo("rewriter", nr))
		if out := s.entry(1); out.Strict != utrace.KillTree {
			t.Errorf("rewritten to %#x: %v, call %#x", nr, out.Strict, out.Call.Nr)
		}
	}
}

func TestCloneIsAskedAboutAgain(t *testing.T) {
	const untraced = 0x800000
	s := newSite(t)
	var again []bool
	guard := &engine{name: "guard", making: func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		again = append(again, ev.Again())
		if ev.Call().Args[0]&untraced != 0 {
			return ev.Refuse(unix.EPERM, utrace.Why{})
		}
		return ev.Continue()
	}}
	attach(t, s.task, guard)
	attach(t, s.task, &engine{name: "rewriter", making: func(_ *utrace.Stopped, ev *utrace.CloneEntryEvent) utrace.CloneEntryVerdict {
		return ev.Rewrite(utrace.Call{Arch: 9, Nr: 99, Args: [6]uint64{untraced}}, utrace.Why{})
	}})
	out := s.space.CloneEntry(s.task, utrace.Call{Arch: 1, Nr: 56}, s.m)
	if out.Strict != utrace.Answered || out.Engine != "guard" || out.Result != -int64(unix.EPERM) {
		t.Errorf("%v by %q, result %d", out.Strict, out.Engine, out.Result)
	}
	if diff := cmp.Diff([]bool{false, true}, again); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	if out.Call.Arch != 1 || out.Call.Nr != 56 {
		t.Errorf("clone was made another call: %+v", out.Call)
	}
}

func TestSignalIsAskedAboutAgain(t *testing.T) {
	replace := func(si utrace.Siginfo) *engine {
		return onSignal("replacer", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			if ev.Again() {
				return ev.Deliver()
			}
			return ev.Replace(si, utrace.Why{})
		})
	}
	guard := func(mask utrace.Mask) (*engine, utrace.AttachOption) {
		e := onSignal("guard", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			if ev.Signal() == unix.SIGTERM && ev.Disposition() == utrace.ToTerm {
				return ev.Ignore(utrace.Why{})
			}
			return ev.Deliver()
		})
		return e, utrace.WithEvents(mask)
	}
	for _, mask := range []utrace.Mask{utrace.Signals, utrace.SignalTerm} {
		for _, first := range []bool{true, false} {
			s := newSite(t)
			s.m.disp = utrace.ToTerm // of SIGTERM
			e, opt := guard(mask)
			if first {
				attach(t, s.task, e, opt)
			}
			attach(t, s.task, replace(utrace.Siginfo{Signo: unix.SIGTERM}))
			if !first {
				attach(t, s.task, e, opt)
			}
			if out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToHandler, s.m); out.Signal != 0 || out.Engine != "guard" {
				t.Errorf("guard of %v, attached first: %v: delivers %v by %q", mask, first, out.Signal, out.Engine)
			}
		}
	}
}

func TestSignalThatTwoReplace(t *testing.T) {
	s := newSite(t)
	for _, sig := range []unix.Signal{unix.SIGUSR2, unix.SIGHUP} {
		attach(t, s.task, onSignal(sig.String(), func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			return ev.Replace(utrace.Siginfo{Signo: sig}, utrace.Why{})
		}))
	}
	out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m)
	if out.Strict != utrace.Rewritten || out.Signal != unix.SIGHUP { // the second sees the first's, and has the last word
		t.Errorf("%v, delivers %v", out.Strict, out.Signal)
	}
}

func TestReplacementThatIsNoSignal(t *testing.T) {
	for _, sig := range []unix.Signal{-1, 0, 65, 1000} {
		s := newSite(t)
		attach(t, s.task, onSignal("a", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
			return ev.Replace(utrace.Siginfo{Signo: sig}, utrace.Why{})
		}))
		if out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m); out.Strict != utrace.KillTree {
			t.Errorf("signal %d: %v", sig, out.Strict)
		}
	}
}

// TestHeldSignalIsNotLost: whoever holds it lets go before the report has ended.
func TestHeldSignalIsNotLost(t *testing.T) {
	s := newSite(t)
	a := attach(t, s.task, onSignal("holder", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Hold(utrace.Why{}) }))
	attach(t, s.task, onSignal("last", func(ev *utrace.SignalEvent) utrace.SignalVerdict {
		elsewhere(func() { want(t, "Resume", a.Control(utrace.Resume), 0) })
		return ev.Deliver()
	}))
	out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m)
	if !out.Hold || out.Action != utrace.Stop || s.space.Park(s.task) {
		t.Errorf("to be told again: %v, action %v", out.Hold, out.Action)
	}
}

func TestThenDoesNotLoosenAHold(t *testing.T) {
	for act := utrace.Stop; act <= utrace.Detach; act++ {
		s := newSite(t)
		attach(t, s.task, onSignal("a", func(ev *utrace.SignalEvent) utrace.SignalVerdict { return ev.Hold(utrace.Why{}).Then(act) }))
		out := s.space.Signal(s.task, utrace.Siginfo{Signo: unix.SIGUSR1}, utrace.ToTerm, s.m)
		if !out.Hold || out.Action != utrace.Stop || !s.space.Park(s.task) {
			t.Errorf("Hold().Then(%v): hold %v, action %v", act, out.Hold, out.Action)
		}
	}
}
