// One report: an event is told to each engine in turn, and their answers become one Outcome.

package utrace

import (
	"fmt"
	"runtime/debug"

	"golang.org/x/sys/unix"
)

// An Outcome is what the owner must carry out after a report.
type Outcome struct {
	Action    Action     // the smallest that an engine wants; Stop: ask Park
	Strict    Strictness // the strictest verdict
	Engine    string     // whose it was
	Why       Why
	Call      Call        // SyscallEntry and clone entry, when Strict is Rewritten
	Result    int64       // of a call that is Answered, or of SyscallExit when Rewritten
	Signal    unix.Signal // what to deliver; 0 when Answered
	Info      Siginfo     // with it, when Rewritten
	Redo      unix.Errno  // of a rewritten call: if it fails so, the task makes its own call again (Task.Redo)
	Sealed    bool        // arguments of Call are sealed: it has to be made of it, whatever Strict says up to Rewritten
	Hold      bool        // the signal is to be told again
	Decisions []Decision  // nil when every engine let the task run as it is
}

// answer is an engine's typed verdict, reduced to what a report needs of it.
type answer struct {
	verdict
	apply func(*Outcome) // for a verdict that counts: put its values into the outcome
}

// tell runs one report over the engines that want event. call makes the callback and reduces its verdict.
func (s *Space) tell(t *Task, event Mask, m Machine, want func(*Attachment) bool, call func(*Attachment, *Stopped) answer) Outcome {
	out := s.outcome()
	if event != Quiesce {
		t.enters(false)
	}
	s.tellAll(out, t, event, m, want, call)
	s.conclude(out, t)
	return *out
}

// outcome is the one of the report that begins: in the Space, because it is too large to be made anew for each stop. There is one
// report at a time.
func (s *Space) outcome() *Outcome {
	s.out = Outcome{Action: Resume}
	return &s.out
}

// tellAll tells everybody, first Quiesce and then event, and returns who was there to be told.
func (s *Space) tellAll(out *Outcome, t *Task, event Mask, m Machine, want func(*Attachment) bool, call func(*Attachment, *Stopped) answer) []*Attachment {
	s.mu.Lock()
	s.current = t
	list := t.attached
	t.tellTo(list)
	quiesce := event != Quiesce && t.mask().Has(Quiesce)
	s.mu.Unlock()
	if quiesce {
		s.tellEach(out, t, Quiesce, list, m, nil, func(a *Attachment, st *Stopped) answer {
			return answer{verdict: a.cb.quiesce.ReportQuiesce(st, &QuiesceEvent{Before: event}).verdict}
		})
	}
	s.tellEach(out, t, event, list, m, want, call)
	return list
}

// conclude is the end of a report: the smallest action that an engine wants by now.
func (s *Space) conclude(out *Outcome, t *Task) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range t.attached {
		out.Action = min(out.Action, a.wants())
	}
}

// tellTo notes whom a report is told to, until Settle. Two reports may be told at one stop, and the first may have
// detached somebody. The caller holds the mutex.
func (t *Task) tellTo(list []*Attachment) {
	if len(t.told) == 0 {
		t.told = list
		return
	}
	if len(list) == 0 || len(t.told) == len(list) && &t.told[0] == &list[0] { // they are there already
		return
	}
	t.told = append(t.told[:len(t.told):len(t.told)], list...)
}

// wants is the resume action an attachment has outstanding.
func (a *Attachment) wants() Action {
	switch {
	case a.hold:
		return Stop
	case a.owed != 0:
		return Report
	case a.step != 0:
		return a.step
	}
	return Resume
}

func (s *Space) tellEach(out *Outcome, t *Task, event Mask, list []*Attachment, m Machine, want func(*Attachment) bool, call func(*Attachment, *Stopped) answer) {
	for i := range list {
		a := list[i]
		if event == SyscallEntry { // the engine nearest to user mode was attached last
			a = list[len(list)-1-i]
		}
		if want != nil && !want(a) || !s.begin(a, event) {
			continue
		}
		ans, failure := s.run(a, t, m, call)
		told := event
		if event == Signals && (failure != nil || ans.strict != AsIs) { // somebody will read which it was
			told = s.sig.exactly()
		}
		s.finish(out, a, told, ans, failure)
	}
}

// begin marks a callback as running, unless the attachment does not want it any more.
func (s *Space) begin(a *Attachment, event Mask) bool {
	s.mu.Lock()
	if event == Signals && a.mask.some(Signals) { // which of them it is makes a difference to this one, by now
		s.mu.Unlock() // the machine may take its time
		event = s.sig.exactly()
		s.mu.Lock()
	}
	defer s.mu.Unlock()
	if a.gone || a.mask&event == 0 {
		return false
	}
	a.running, a.busy = event, true
	s.beginCallback(a, event, a.observer)
	if event == Quiesce {
		a.owed = 0
	}
	return true
}

// run makes one callback, under no lock, and turns its failures into verdicts.
func (s *Space) run(a *Attachment, t *Task, m Machine, call func(*Attachment, *Stopped) answer) (ans answer, failure *Failure) {
	var st *Stopped
	if a.running&(Death|Reap) == 0 { // whose callbacks are given nothing to look at
		st = &Stopped{task: t, machine: m, by: a}
	}
	defer func() {
		if st != nil {
			st.over.Store(true)
		}
		s.took = s.host.Now() - s.callback.Since
		if p := recover(); p != nil {
			failure = &Failure{Panic: p, Stack: debug.Stack()}
		} else if s.budget > 0 && s.took > s.budget {
			failure = &Failure{Overrun: true}
		} else if !ans.valid {
			failure = &Failure{Invalid: true}
		}
	}()
	return call(a, st), nil
}

// finish puts an answer into the outcome and lets waiters know that the callback is over.
func (s *Space) finish(out *Outcome, a *Attachment, event Mask, ans answer, failure *Failure) {
	if failure != nil {
		ans = s.punish(out, a, event, failure)
	} else {
		out.merge(a, event, ans)
	}
	s.mu.Lock()
	s.endCallback(a, s.took)
	a.running = 0
	detached := false
	if !a.gone {
		switch {
		case ans.action == Stop:
			a.hold, a.fresh = true, true
			if a.owed == Stop { // asked for meanwhile, and here it is
				a.owed = 0
			}
		case !a.fresh: // of an earlier stop
			a.hold = false
		}
		switch ans.action {
		case Interrupt, Report:
			a.owed = Report
		case SingleStep, BlockStep:
			a.step = ans.action
		case Detach:
			a.remove()
			detached = true
		}
	}
	id := a.task.id
	s.mu.Unlock()
	if detached {
		why := "asked for"
		if failure != nil {
			why = failure.String()
		}
		s.host.Detached(id, a.cb.name, why)
	}
}

// punish is the verdict on an engine that failed: the tree dies, unless it was only observing and too slow.
func (s *Space) punish(out *Outcome, a *Attachment, event Mask, f *Failure) answer {
	if f.Overrun && a.observer {
		out.Decisions = append(out.Decisions, Decision{Engine: a.cb.name, Event: event, Observed: true, Failure: f})
		return answer{verdict: run(Detach)}
	}
	what := "engine " + a.cb.name + " " + f.String()
	if f.Panic != nil {
		what += fmt.Sprintf(": %v", f.Panic)
	}
	v := killing(KillTree, Why{What: what + " in its callback for " + event.String()})
	out.Strict, out.Engine, out.Why, out.Hold = KillTree, a.cb.name, v.why, false
	out.Decisions = append(out.Decisions, Decision{Engine: a.cb.name, Event: event, Strictness: KillTree, Why: v.why, Failure: f})
	return answer{verdict: v}
}

// merge makes the outcome as strict as the answer, if that is stricter. Two rewrites compose in the order of telling.
func (out *Outcome) merge(a *Attachment, event Mask, ans answer) {
	if ans.strict == AsIs {
		return
	}
	out.Decisions = append(out.Decisions, Decision{Engine: a.cb.name, Event: event, Strictness: ans.strict, Why: ans.why, Observed: a.observer})
	composes := ans.strict == Rewritten && out.Strict == Rewritten
	if a.observer || ans.strict <= out.Strict && !composes {
		return
	}
	out.Strict, out.Engine, out.Why = ans.strict, a.cb.name, ans.why
	if ans.apply != nil {
		ans.apply(out)
	}
}
