// What the owner tells: one method for each kind of report.

package utrace

// Quiesce tells that the task stopped for somebody who asked for Report, Interrupt or a step.
func (s *Space) Quiesce(t *Task, m Machine) Outcome {
	s.mu.Lock()
	for _, a := range t.attached {
		a.idles = a.hold && a.owed == 0 // it stopped the task and asked for nothing: for it nothing has happened
		if a.owed == 0 && !t.parked {
			a.step = 0 // it was made, and this tells of it; else the task has to be resumed, or to stop, first
		}
		a.owed = 0
	}
	s.mu.Unlock()
	want := func(a *Attachment) bool { return !a.idles }
	return s.tell(t, Quiesce, m, want, func(a *Attachment, st *Stopped) answer {
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
		s.born = ev // what one engine writes into it the next one does not see
		return answer{verdict: a.cb.clone.ReportClone(st, &s.born).verdict}
	})
}

// Exec tells that t runs a new program. When another thread than the leader called execve, t is that thread, which has
// the leader's tid now: the owner must have told Death and Reap of the old leader, and called Renumber, before.
func (s *Space) Exec(t *Task, former TaskID, m Machine) Outcome {
	return s.tell(t, Exec, m, nil, func(a *Attachment, st *Stopped) answer {
		return answer{verdict: a.cb.exec.ReportExec(st, &ExecEvent{Former: former}).verdict}
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

// SyscallExit tells that t made call c, with its result. Results that engines set compose in attach order, and the last one
// is what the program sees: nothing is done any more that an engine could have to refuse.
func (s *Space) SyscallExit(t *Task, c Call, result int64, m Machine) Outcome {
	s.exited = ExitedEvent{Call: c, result: result}
	ev := &s.exited
	want := func(a *Attachment) bool { return a.cb.heard(SyscallExit).Has(c.Arch, c.Nr) }
	out := s.tell(t, SyscallExit, m, want, func(a *Attachment, st *Stopped) answer {
		v := a.cb.exited.ReportSyscallExit(st, ev)
		result := v.result
		if result == nil {
			return answer{verdict: v.verdict}
		}
		return answer{verdict: v.verdict, apply: func(*Outcome) { ev.result = *result }}
	})
	out.Result = ev.result
	return out
}

// Jctl tells of a group stop, or its end.
func (s *Space) Jctl(t *Task, ev JctlEvent, m Machine) Outcome {
	return s.tell(t, Jctl, m, nil, func(a *Attachment, st *Stopped) answer {
		own := ev
		return answer{verdict: a.cb.jctl.ReportJctl(st, &own).verdict}
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
	out := s.tellLast(t, Death, func(a *Attachment) {
		s.dead = ev
		a.cb.death.ReportDeath(t.id, &s.dead)
	})
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
	t.attached = nil
	s.mu.Unlock()
	return out
}

// tellLast is tell for the reports without a task to look at; a failure still kills the tree.
func (s *Space) tellLast(t *Task, event Mask, call func(*Attachment)) Outcome {
	out := s.outcome()
	s.mu.Lock()
	s.current = t
	list := t.attached
	t.tellTo(list)
	s.mu.Unlock()
	s.tellEach(out, t, event, list, nil, nil, func(a *Attachment, _ *Stopped) answer {
		call(a)
		return answer{verdict: run(Resume)}
	})
	return *out
}
