// Reports of what engines may make something else of: calls before they are made, and signals.
//
// An engine that was told before another one's rewrite has decided about something that will not happen. What it would say of
// what came out must count all the same: a verdict never gets looser. So after the round in which everybody was told, those
// who ask for what came out and have not seen it are told once more, in the same order. In that second round nothing is
// rewritten any more. Who rewrote in the first round has had its say: rewrites compose in the order of the engines, each on
// what the one before it made. Who did not and would now is refused what it decides about: the engines of the first round would
// have to be asked again. So there is no third round, and whatever is carried out in the end was seen, as it is carried out,
// by every enforcing engine that asks for it.

package utrace

import "golang.org/x/sys/unix"

// rewritable begins a report of something that can be rewritten, and returns its first version.
func (s *Space) rewritable() (first uint64) {
	s.version++
	s.opened = s.version
	return s.version
}

// asks notes that a is about to be asked about the present version, and tells whether it was asked about an earlier one.
func (s *Space) asks(a *Attachment, first uint64) (again bool) {
	again = a.saw >= first
	a.saw = s.version
	return again
}

// rewrote makes the next version. Its author knows it.
func (s *Space) rewrote(a *Attachment) {
	s.version++
	a.saw, a.wrote = s.version, s.version
}

// tellAgain is the second round, if there has to be one. Observers have nothing to decide: they are told only of what they
// have not been told of at all.
func (s *Space) tellAgain(out *Outcome, t *Task, event Mask, list []*Attachment, m Machine, first uint64, want func(*Attachment) bool, call func(*Attachment, *Stopped) answer) {
	if out.Strict != Rewritten || s.version == first {
		return
	}
	s.second = true
	s.tellEach(out, t, event, list, m, func(a *Attachment) bool {
		seen := a.saw == s.version || a.saw >= first && a.observer
		return !seen && want(a)
	}, call)
	s.second = false
}

// CloneEntry tells that t is about to make a child.
func (s *Space) CloneEntry(t *Task, c Call, m Machine) Outcome {
	ev := &CloneEntryEvent{call: c}
	first := s.rewritable()
	want := func(a *Attachment) bool { return a.cb.cloneEntry != nil }
	call := func(a *Attachment, st *Stopped) answer {
		ev.again = s.asks(a, first)
		v := a.cb.cloneEntry.ReportCloneEntry(st, ev)
		if v.call != nil {
			v.call = &Call{Nr: ev.call.Nr, Args: v.call.Args}
		}
		return s.decide(a, v.verdict, v.call, v.result, &ev.call)
	}
	out := s.outcome()
	t.enters(true)
	list := s.tellAll(out, t, Clone, m, want, call)
	s.tellAgain(out, t, Clone, list, m, first, want, call)
	s.conclude(out, t)
	return *out
}

// SyscallEntry tells that t is about to make call c.
func (s *Space) SyscallEntry(t *Task, c Call, m Machine) Outcome {
	s.entry, s.sealed = EntryEvent{call: c, redo: t.redone}, s.sealed[:0]
	t.redone = false
	ev := &s.entry
	first := s.rewritable()
	want := func(a *Attachment) bool { // what an earlier engine made of it is the business of those who ask for that call, too
		return a.cb.calls.Has(c.Arch, c.Nr) || a.cb.calls.Has(c.Arch, ev.call.Nr)
	}
	call := func(a *Attachment, st *Stopped) answer {
		ev.again = s.asks(a, first)
		st.call = &ev.call
		v := a.cb.entry.ReportSyscallEntry(st, ev)
		said := s.decide(a, v.verdict, v.call, v.result, &ev.call)
		return said.redoing(v.redo)
	}
	out := s.outcome()
	t.enters(true)
	list := s.tellAll(out, t, SyscallEntry, m, want, call)
	s.tellAgain(out, t, SyscallEntry, list, m, first, func(a *Attachment) bool { return a.cb.calls.Has(c.Arch, ev.call.Nr) }, call)
	s.sealedIn(out, ev.call)
	s.conclude(out, t)
	return *out
}

// enters notes whether t stands before a call that is being decided. It does until it goes on or another event is told.
func (t *Task) enters(call bool) {
	t.space.mu.Lock()
	defer t.space.mu.Unlock()
	t.entering = call
}

// decide makes an answer of what an engine said about a call: result if it is not to be made, to if another is. now is
// the call as the engines before have made it.
func (s *Space) decide(a *Attachment, v verdict, to *Call, result int64, now *Call) answer {
	if to == nil && v.strict == AsIs { // nearly always; what follows allocates
		return answer{verdict: v}
	}
	next := *now
	if to != nil {
		next.Nr, next.Args = to.Nr, to.Args
		s.keep(&next)
		switch {
		case next.Nr != int64(int32(next.Nr)): // the kernel would take another number than the engines who ask for calls
			v = verdict{}
		case !s.second || a.observer:
		case next == *now, s.composed(a):
			v = run(v.action)
		default:
			v, result = contested(v, "a system call"), errnoResult(unix.EPERM)
		}
	}
	if v.strict == AsIs {
		return answer{verdict: v}
	}
	return answer{verdict: v, apply: func(out *Outcome) {
		out.Result = result
		if v.strict != Rewritten {
			return
		}
		if next != *now {
			s.rewrote(a)
		}
		*now, out.Call = next, next
	}}
}

// redoing adds what the engine said of its rewrite's failure. The last rewrite's word holds.
func (a answer) redoing(errno unix.Errno) answer {
	if a.strict == Rewritten && errno > 0 {
		apply := a.apply
		a.apply = func(out *Outcome) {
			apply(out)
			out.Redo = errno
		}
	}
	return a
}

// composed tells whether a's rewrite is in what the report is about, under those of the engines after it.
func (s *Space) composed(a *Attachment) bool { return a.wrote > s.opened }

// contested is the verdict when an engine wants to rewrite in the second round.
func contested(v verdict, what string) verdict {
	if v.why.What != "" {
		what = v.why.What
	}
	v.why.What = what + ", refused: another engine rewrote it after this one, and this one would rewrite it again"
	v.why.Quiet = false
	v.strict = Answered
	return v
}

// Signal tells that t is about to act on a signal. It must not be called for SIGKILL. A disposition of 0 is one that was not
// looked at: the machine is asked when somebody wants to know.
func (s *Space) Signal(t *Task, si Siginfo, d Disposition, m Machine) Outcome {
	s.sig = SignalEvent{info: si, disposition: d, machine: m}
	ev := &s.sig
	first := s.rewritable()
	call := func(a *Attachment, st *Stopped) answer {
		ev.again, ev.told = s.asks(a, first), st
		return s.handle(a, st, a.cb.signal.ReportSignal(st, ev), ev)
	}
	out := s.outcome()
	t.enters(false)
	list := s.tellAll(out, t, t.signalEvent(ev), m, nil, call)
	s.tellAgain(out, t, Signals, list, m, first, func(*Attachment) bool { return true }, call)
	s.conclude(out, t)
	if out.Strict <= Rewritten {
		out.Signal = ev.info.Signo
	}
	ev.machine, ev.told = nil, nil
	if out.Hold {
		out.Action = Stop // whoever held it may have let go by now: the owner still has to tell of the signal again
	}
	return *out
}

// handle makes an answer of what an engine said about a signal.
func (s *Space) handle(a *Attachment, st *Stopped, said SignalVerdict, ev *SignalEvent) answer {
	v := said.settle(st)
	next, d := ev.info, ev.disposition
	if v.strict == Rewritten {
		if next = *said.info; next.Signo != ev.info.Signo {
			d = 0
		}
		if s.second && !a.observer {
			if next == ev.info || s.composed(a) {
				v = run(v.action)
			} else {
				v = contested(v, "a signal")
			}
		}
	}
	return answer{verdict: v, apply: func(out *Outcome) {
		ev.taken = v.strict == Answered
		out.Hold = said.hold
		if v.strict != Rewritten {
			return
		}
		if next != ev.info {
			s.rewrote(a)
		}
		ev.info, ev.disposition, out.Info = next, d, next
	}}
}

// settle turns a replacement that can't be carried out as it stands into one that can.
func (v SignalVerdict) settle(st *Stopped) verdict {
	switch {
	case v.info == nil:
	case v.info.Signo == unix.SIGKILL:
		return killing(KillProcess, v.why)
	case v.info.Signo < 1 || v.info.Signo > 64: // _NSIG of all architectures but MIPS
		return verdict{}
	case v.core:
		if d, err := st.Disposition(unix.SIGQUIT); err != nil || d != ToCore {
			return killing(KillProcess, v.why)
		}
	}
	return v.verdict
}
