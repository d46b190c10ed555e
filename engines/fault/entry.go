// Before a call: which rules fire, and what the call becomes.

package fault

import (
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/utrace"
)

// doing is what is being done to a call, from its entry to its end.
type doing struct {
	call    utrace.Call // as the program made it
	entered bool        // its entry was told
	fired   []*rule
	text    string // of the call, for reports
	kept    []reserved

	made bool // the kernel acts on it, as far as this engine is concerned

	answer *int64 // shown at the end
	late   *rule  // whose it is
}

// ReportSyscallEntry decides about a call. The round in which engines are asked again about what others made of it changes
// nothing: it is the same call, and has been decided about.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if ev.Again() {
		return ev.Continue()
	}
	c, t := ev.Call(), e.taskOf(s.ID())
	p := plan{engine: e, stop: s, task: t, to: c, short: -1, read: decode.Task(s), seen: decode.Head(c)}
	var before []*rule
	if t.broken && t.now.call.Nr == c.Nr { // no handler has run, so it is the one that was broken off
		p.again, before = true, t.now.fired
	}
	t.broken, t.now = false, doing{call: c, entered: true, made: true}
	for _, r := range e.by[number{c.Arch, c.Nr}] {
		p.consider(r, before)
	}
	p.cut()
	if len(t.now.fired) == 0 && !p.rewritten() && p.answered == nil {
		return ev.Continue()
	}
	return p.carry(ev)
}

// plan is what a call becomes.
type plan struct {
	engine *Engine
	stop   *utrace.Stopped
	task   *task
	again  bool // the call is made again
	read   decode.Reader
	seen   decode.Call

	answered *rule // who answers before the call is made
	crash    *rule
	to       utrace.Call
	short    int64 // the most to transfer; -1: all
	limited  *rule // who says so
	delay    int64 // nanoseconds
	unable   *rule // what can't be done
	failed   error // … and why
}

// consider has a rule look at the call.
func (p *plan) consider(r *rule, before []*rule) {
	chosen := p.again && slices.Contains(before, r)
	if p.again && !chosen && r.After == 0 {
		return
	}
	if !chosen {
		if !r.matches(p.stop, p.task, &p.seen, p.read) {
			return
		}
		if !p.again {
			r.matched.Add(1)
		}
	}
	if r.After != 0 && !p.fills(r) {
		return
	}
	if !chosen {
		n := p.engine.count(p.task, r, &p.seen, p.again)
		if p.again || !r.chooses(p.task, n) {
			return
		}
	}
	p.fire(r)
}

// chooses tells whether the rule is for the nth matching call.
func (r *rule) chooses(t *task, n uint64) bool {
	if !r.When.Has(n) || r.Storm > 0 && (n-1)%uint64(r.Storm+1) == uint64(r.Storm) {
		return false
	}
	if r.Chance == 0 || r.Chance >= 1 {
		return true
	}
	key := counter{rule: r.index, call: "\x00chance"}
	t.counts[key]++
	return roll(r.Seed, r.index, t.place, t.counts[key]) < r.Chance
}

// fire puts a rule's effects into the plan.
func (p *plan) fire(r *rule) {
	if r.Short != 0 && !p.limit(r, r.Short) && r.onlyShortens() {
		return // it is no longer than that
	}
	now := &p.task.now
	now.fired = append(now.fired, r)
	if !p.again {
		r.fired.Add(1)
	}
	if r.Crash == CrashBefore && p.crash == nil {
		p.crash = r
	}
	if (r.answers() || r.After != 0) && p.answered == nil && now.late == nil {
		if r.Late || r.Call != "" {
			v := r.answer()
			now.answer, now.late = &v, r
		} else {
			p.answered = r
		}
	}
	if r.Call != "" {
		if nr, ok := abiOf(p.to).Number(r.Call); ok {
			p.to.Nr = int64(nr)
		}
	}
	for _, set := range r.Set {
		p.set(r, set)
	}
	if p.again {
		return
	}
	p.delay += int64(r.DelayEnter)
	p.poke(r.PokeEnter)
	if r.Signal != 0 && !r.Late {
		send(p.stop.ID(), r.Signal)
	}
}

// poke overwrites memory. Where there is none nothing happens, as with strace.
func (p *plan) poke(list []Poke) {
	for _, x := range list {
		_, _ = p.stop.WriteMem(p.task.now.call.Args[x.Arg], x.Data)
	}
}

// set changes an argument. Where nothing can be placed the call fails: it must not be made as it was.
func (p *plan) set(r *rule, x Set) {
	if x.Path == "" {
		p.to.Args[x.Arg] = x.Value
		return
	}
	at, err := p.stop.PlacePath(x.Path)
	if err != nil {
		p.unable, p.failed = r, err
		return
	}
	p.to.Args[x.Arg] = at
}

// rewritten tells whether another call is to be made.
func (p *plan) rewritten() bool { return p.to != p.task.now.call }

// carry is the plan as a verdict.
func (p *plan) carry(ev *utrace.EntryEvent) utrace.EntryVerdict {
	now := &p.task.now
	p.seen.Resolve(p.read, decode.All)
	now.text = p.seen.String()
	if p.crash != nil {
		return ev.KillTree(p.crash.why(now.text + ": the tree is killed before it"))
	}
	var v utrace.EntryVerdict
	switch {
	case p.answered != nil:
		r := p.answered
		now.made = false
		if r.Result != nil {
			v = ev.Result(*r.Result, r.why(now.text+" = "+r.shown()))
		} else {
			v = ev.Abort(r.errno(), r.why(now.text+" = "+r.shown()))
		}
	case p.unable != nil:
		why := p.unable.why(now.text + " fails, because it can't be changed: " + p.failed.Error())
		why.Quiet = false
		v = ev.Abort(unix.EPERM, why)
	case p.rewritten():
		v = ev.Rewrite(p.to, p.author().why(now.text+" becomes "+p.made()))
	default:
		v = ev.Continue()
		p.tell()
	}
	if p.delay > 0 {
		p.engine.hold(p.stop.Attachment(), p.delay, utrace.Resume)
		v = v.Then(utrace.Stop)
	}
	return v
}

// author is the rule that a rewrite is told for.
func (p *plan) author() *rule {
	if fired := p.task.now.fired; len(fired) > 0 {
		return fired[0]
	}
	return p.limited
}

// made is the call that is made instead, as its registers tell.
func (p *plan) made() string {
	c := decode.Head(p.to)
	return c.String()
}

// tell tells of what is no verdict.
func (p *plan) tell() {
	if p.engine.set.Tell == nil || p.again {
		return
	}
	for _, r := range p.task.now.fired {
		if what := r.sideEffects(); what != "" {
			p.engine.set.Tell(p.stop.ID(), r.why(p.task.now.text+": "+what))
		}
	}
}

// why is what a person is told. It is quiet: who wants a fault need not be told that it came.
func (r *rule) why(what string) utrace.Why {
	return utrace.Why{What: what, Rule: strings.TrimSpace(r.Origin + "  " + r.text), Quiet: true}
}

// errno is what the call fails with.
func (r *rule) errno() unix.Errno {
	if r.Errno == 0 && r.After != 0 {
		return unix.ENOSPC
	}
	return r.Errno
}
