// Decisions: which kind of line each is, and when people hear of it.

package report

import "jail/supervisor/utrace"

// Decided is supervisor.Sink's.
func (r *Recorder) Decided(id utrace.TaskID, d utrace.Decision) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.procs[id.TGID]
	kind := kindOf(d)
	r.count(kind, d)
	if tellsPeople(kind, d) && r.cfg.People != nil {
		r.denials.add(kind, p, d, func() string { return shownArgs(r.cfg.Probe.Argv(id.TID)) })
	}
	r.putDecided(kind, taken{id, p, d})
}

// putDecided writes a decision, or has it summed up with others; the caller holds the mutex. Failures of engines are few,
// and each has a stack of its own.
func (r *Recorder) putDecided(kind string, t taken) {
	if r.lines.w == nil {
		return
	}
	if kind == KindFailure {
		r.put(decided(kind, t))
	} else if e, due := r.repeats.add(kind, t); due {
		r.put(e)
	}
}

// count counts a decision of a kind.
func (r *Recorder) count(kind string, d utrace.Decision) {
	switch kind {
	case KindDenial:
		r.totals.Denials++
	case KindRewrite:
		r.totals.Rewrites++
	case KindTrace:
		r.totals.Traces++
	case KindSignal:
		r.totals.Signals++
	case KindFailure:
		r.totals.Failures++
		r.failed = r.failed || !d.Observed
	}
}

// Passed writes what an engine let pass and a rule wants to be told all the same: a traced call, a signal that was delivered.
// It is engines.Notify.
func (r *Recorder) Passed(id utrace.TaskID, engine string, why utrace.Why) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.totals.Traces++
	r.putDecided(KindTrace, taken{id, r.procs[id.TGID], utrace.Decision{Engine: engine, Strictness: utrace.AsIs, Why: why}})
}

// Refused tells of what the kernel refused by itself, and an observer has found the reason for. It is counted, told and summed
// up as a denial.
func (r *Recorder) Refused(id utrace.TaskID, engine string, why utrace.Why) {
	r.Decided(id, utrace.Decision{Engine: engine, Event: utrace.SyscallExit, Strictness: utrace.Answered, Why: why})
}

// kindOf sorts decisions.
func kindOf(d utrace.Decision) string {
	switch {
	case d.Failure != nil:
		return KindFailure
	case d.Event&utrace.Signals != 0:
		return KindSignal
	case d.Strictness == utrace.AsIs:
		return KindTrace
	case d.Strictness == utrace.Rewritten:
		return KindRewrite
	}
	return KindDenial
}

// tellsPeople says which decisions are worth a sentence: what took something away from the program, and engines that fail.
func tellsPeople(kind string, d utrace.Decision) bool {
	switch {
	case kind == KindFailure:
		return true
	case d.Why.Quiet || d.Observed:
		return false
	}
	return kind == KindDenial || kind == KindSignal && d.Strictness >= utrace.KillProcess
}
