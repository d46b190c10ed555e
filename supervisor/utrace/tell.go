// What the owner tells: one method for each kind of report.

package utrace

import "golang.org/x/sys/unix"

// Quiesce tells that the task stopped for somebody who asked for Report, Interrupt or a step.
func (s *Space) Quiesce(t *Task, m Machine) Outcome {
	s.mu.Lock()
	for _, a := range t.attached {
		a.owed, a.step = 0, 0
	}
	s.mu.Unlock()
	return s.tell(t, Quiesce, m, nil, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.quiesce.ReportQuiesce(st, &QuiesceEvent{}).verdict}
	})
}

// NewChild makes the handle of a child that has run nothing yet; engines that follow are on it from the start.
func (s *Space) NewChild(parent *Task, tid, tgid int) *Task {
	s.mu.Lock()
	defer s.mu.Unlock()
	child := s.add(tid, tgid)
	child.inherit(parent)
	return child
}

// Clone tells that parent made ev.Child.
func (s *Space) Clone(parent *Task, ev CloneEvent, m Machine) Outcome {
	want := func(a *Attachment) bool { return a.cb.clone != nil }
	return s.tell(parent, Clone, m, want, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.clone.ReportClone(st, &ev).verdict}
	})
}

// CloneEntry tells that t is about to make a child.
func (s *Space) CloneEntry(t *Task, c Call, m Machine) Outcome {
	ev := &CloneEntryEvent{call: c}
	want := func(a *Attachment) bool { return a.cb.cloneEntry != nil }
	return s.tell(t, Clone, m, want, func(a *Attachment, st *Stopped) answer {
		v := a.cb.cloneEntry.ReportCloneEntry(st, ev)
		return answer{verdict: v.verdict, apply: func(out *Outcome) {
			out.Result = -int64(v.errno)
			if v.call != nil {
				ev.call, out.Call = *v.call, *v.call
			}
		}}
	})
}

// Exec tells that t runs a new program. When another thread than the leader called execve, t is that thread, which has
// the leader's tid now: the owner must have told Death and Reap of the old leader, and called Renumber, before.
func (s *Space) Exec(t *Task, former TaskID, m Machine) Outcome {
	ev := &ExecEvent{Former: former}
	return s.tell(t, Exec, m, nil, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.exec.ReportExec(st, ev).verdict}
	})
}

// Renumber gives t the tid that exec gave it; its Serial stays. It returns the name that it had.
func (s *Space) Renumber(t *Task, tid int) TaskID {
	s.mu.Lock()
	defer s.mu.Unlock()
	former := t.id
	t.id.TID = tid
	return former
}

// SyscallEntry tells that t is about to make call c.
func (s *Space) SyscallEntry(t *Task, c Call, m Machine) Outcome {
	s.entry.call = c
	ev := &s.entry
	want := func(a *Attachment) bool { // what an earlier engine made of it is the business of those who ask for that call, too
		return a.cb.calls.Has(c.Arch, c.Nr) || a.cb.calls.Has(c.Arch, ev.call.Nr)
	}
	return s.tell(t, SyscallEntry, m, want, func(a *Attachment, st *Stopped) answer {
		v := a.cb.entry.ReportSyscallEntry(st, ev)
		if v.strict == AsIs {
			return answer{verdict: v.verdict}
		}
		return answer{verdict: v.verdict, apply: func(out *Outcome) {
			out.Result = v.result
			if v.call != nil {
				v.call.Arch = c.Arch
				ev.call, out.Call = *v.call, *v.call
			}
		}}
	})
}

// SyscallExit tells that t made call c, with its result.
func (s *Space) SyscallExit(t *Task, c Call, result int64, m Machine) Outcome {
	s.exited = ExitedEvent{Call: c, result: result}
	ev := &s.exited
	want := func(a *Attachment) bool { return a.cb.calls.Has(c.Arch, c.Nr) }
	out := s.tell(t, SyscallExit, m, want, func(a *Attachment, st *Stopped) answer {
		v := a.cb.exited.ReportSyscallExit(st, ev)
		return answer{verdict: v.verdict, apply: func(*Outcome) {
			if v.result != nil {
				ev.result = *v.result
			}
		}}
	})
	out.Result = ev.result
	return out
}

// Signal tells that t is about to act on a signal. It must not be called for SIGKILL.
func (s *Space) Signal(t *Task, si Siginfo, d Disposition, m Machine) Outcome {
	s.sig = SignalEvent{info: si, disposition: d}
	ev := &s.sig
	out := s.tell(t, d.EventOf(), m, nil, func(a *Attachment, st *Stopped) answer {
		v := a.cb.signal.ReportSignal(st, ev)
		return answer{verdict: v.settle(st), apply: func(out *Outcome) {
			ev.taken = v.strict == Answered
			out.Hold = v.hold
			if v.info != nil {
				ev.info, out.Info = *v.info, *v.info
			}
		}}
	})
	if out.Strict <= Rewritten {
		out.Signal = ev.info.Signo
	}
	return out
}

// settle turns a replacement that can't be carried out as it stands into one that can.
func (v SignalVerdict) settle(st *Stopped) verdict {
	switch {
	case v.info != nil && v.info.Signo == unix.SIGKILL:
		return killing(KillProcess, v.why)
	case v.core:
		if d, err := st.machine.Disposition(unix.SIGQUIT); err != nil || d != ToCore {
			return killing(KillProcess, v.why)
		}
	}
	return v.verdict
}

// Jctl tells of a group stop, or its end.
func (s *Space) Jctl(t *Task, ev JctlEvent, m Machine) Outcome {
	return s.tell(t, Jctl, m, nil, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.jctl.ReportJctl(st, &ev).verdict}
	})
}

// Exit tells that t is on its way out.
func (s *Space) Exit(t *Task, status ExitStatus, m Machine) Outcome {
	s.mu.Lock()
	t.dying = true
	s.mu.Unlock()
	ev := &ExitEvent{status: status}
	return s.tell(t, Exit, m, nil, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.exit.ReportExit(st, ev).verdict}
	})
}

// Death tells that t is dead. A second call for the same task does nothing.
func (s *Space) Death(t *Task, ev DeathEvent) Outcome {
	s.mu.Lock()
	if t.deathBegun {
		s.mu.Unlock()
		return Outcome{Action: Resume}
	}
	t.deathBegun, t.dying, t.parked = true, true, false
	s.mu.Unlock()
	out := s.tellLast(t, Death, func(a *Attachment) { a.cb.death.ReportDeath(t.id, &ev) })
	s.Settle(t)
	return out
}

// Reap tells that t was waited for, and ends its attachments. It does nothing before Death, and nothing twice.
func (s *Space) Reap(t *Task) Outcome {
	s.mu.Lock()
	if t.reapBegun || !t.deathBegun {
		s.mu.Unlock()
		return Outcome{Action: Resume}
	}
	t.reapBegun = true
	s.mu.Unlock()
	out := s.tellLast(t, Reap, func(a *Attachment) { a.cb.reap.ReportReap(t.id) })
	s.Settle(t)
	s.mu.Lock()
	for _, a := range t.attached {
		a.gone = true
	}
	t.attached = nil
	s.mu.Unlock()
	return out
}

// tellLast is tell for the reports without a task to look at; a failure still kills the tree.
func (s *Space) tellLast(t *Task, event Mask, call func(*Attachment)) Outcome {
	out := Outcome{Action: Resume}
	s.mu.Lock()
	s.current = t
	list := t.attached
	t.tellTo(list)
	s.mu.Unlock()
	s.tellEach(&out, t, event, list, nil, nil, func(a *Attachment, _ *Stopped) answer {
		call(a)
		return answer{verdict: run(Resume)}
	})
	return out
}
