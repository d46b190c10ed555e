// The table of mutations: one mistake each, with the rule that it breaks and the scenario in which the model notices.

package sim_test

// mutations breaks every rule at least once. The texts are those of the code as it stands: whoever changes the code there
// changes the table.
var mutations = []mutation{
	// Each event is told at most once per engine.
	{name: "a callback made twice", file: utraceDir + "report.go", rule: "told-twice", scenario: "plain",
		old: "\t\tans, failure := s.run(a, t, m, call)\n",
		new: "\t\ts.run(a, t, m, call)\n\t\tans, failure := s.run(a, t, m, call)\n"},
	{name: "an engine attached during a report hears it", file: utraceDir + "report.go", rule: "attach-early", scenario: "attach-late",
		old: "\tfor i := range list {\n",
		new: "\tlist = t.attached\n\tfor i := range list {\n"},

	// Death once, then Reap once, then nothing.
	{name: "Reap is not told", file: loopDir + "life.go", rule: "end-once", scenario: "plain",
		old: "\touts = append(outs, l.space.Reap(t.u))\n", new: ""},
	{name: "a zombie is left", file: loopDir + "life.go", rule: "livelock", scenario: "fork",
		old: "\t\t_, _ = l.k.Reap(stop.TID) ", new: "\t\t"},
	{name: "a thread that vanishes in exec is forgotten", file: loopDir + "life.go", rule: "end-once", scenario: "exec-race",
		old: "range l.siblings(caller) {", new: "range l.siblings(caller)[:0] {"},
	{name: "a wait status is taken for a child", file: loopDir + "life.go", rule: "end-once", scenario: "fork",
		old: "\tif l.begot(t, int(msg)) {\n", new: "\tif true {\n"},
	{name: "the end of known tasks is taken for the end", file: loopDir + "loop.go", rule: "left-alive", scenario: "survivors",
		old: "\tfor { ", new: "\tfor {\n\t\tif len(l.tasks)+len(l.limbo) == 0 {\n\t\t\treturn nil\n\t\t}\n\t\t"},

	// No callback after a Detach, a SetEvents or a Barrier that answered nil.
	{name: "detached, and told on", file: utraceDir + "attach.go", rule: "after-detach", scenario: "detach",
		old: "\ta.gone, a.hold, a.owed, a.step, a.mask = true, false, 0, 0, 0\n",
		new: "\ta.hold, a.owed, a.step = false, 0, 0\n"},
	{name: "Detach answers nil during a callback", file: utraceDir + "attach.go", rule: "detach-running", scenario: "detach",
		old: "\tif a.running != 0 && !onOwner {\n\t\treturn true, true, unix.EINPROGRESS\n\t}\n", new: ""},
	{name: "the mask is not asked", file: utraceDir + "report.go", rule: "after-setevents", scenario: "set-events",
		old: "a.gone || a.mask&event == 0 {", new: "a.gone {"},
	{name: "SetEvents answers nil during a callback", file: utraceDir + "attach.go", rule: "setevents-running", scenario: "set-events",
		old: "\tif a.running&^m != 0 && !onOwner {", new: "\tif a.running&^m != 0 && !onOwner && false {"},
	{name: "SetEvents clears Death too late", file: utraceDir + "attach.go", rule: "error", scenario: "set-events-late",
		old: "t.deathBegun && cleared.Has(Death):", new: "false:"},
	{name: "Barrier does not wait for the effect", file: utraceDir + "attach.go", rule: "barrier-early", scenario: "detach",
		old: "\tif a.running == 0 && !a.busy {", new: "\tif a.running == 0 {"},
	{name: "Barrier waits for ever", file: utraceDir + "report.go", rule: "barrier-stuck", scenario: "detach-clone-entry",
		old: "\tif len(t.told) == 0 {", new: "\tif true {"},

	// No resume while an engine holds the task; holds are not lost.
	{name: "one of two stoppers is enough to let go", file: utraceDir + "space.go", rule: "resume-while-held", scenario: "two-stoppers",
		old: "\t\tif a.hold {\n\t\t\treturn true\n\t\t}\n", new: "\t\treturn a.hold\n"},
	{name: "an answer takes back a Stop of the same stop", file: utraceDir + "report.go", rule: "resume-while-held", scenario: "single-step",
		old: "\t\tcase !a.fresh: ", new: "\t\tdefault: "},
	{name: "a Stop between look and resume is lost", file: loopDir + "resume.go", rule: "resume-while-held", scenario: "stop-twice", locks: true,
		old: "\tcase utrace.NeedResume:\n", new: "\tcase utrace.NeedResume:\n\t\tl.space.Unpark(t.u)\n\t\tif true {\n\t\t\tl.goOn(t, utrace.Resume)\n\t\t\treturn\n\t\t}\n"},
	{name: "a held signal is forgotten", file: loopDir + "resume.go", rule: "deadlock", scenario: "held-signal",
		old: "\tif t.again { ", new: "\tif false { "},

	// SIGKILL always gets through.
	{name: "an exit-stop outlives SIGKILL", file: loopDir + "resume.go", rule: "deadlock", scenario: "hold-exit",
		old: "o.parked && o.at == kernel.Exit {", new: "false {"},
	{name: "an engine holds what SIGKILL ends", file: loopDir + "resume.go", rule: "deadlock", scenario: "hold-exit",
		old: " && !t.doomed && ", new: " && "},
	{name: "kill-tree kills one process", file: loopDir + "resume.go", rule: "failure-allows", scenario: "tree",
		old: "\tcase utrace.KillTree:\n\t\tl.killTree(", new: "\tcase utrace.KillTree:\n\t\tl.killProcess(t, "},

	// An engine's failure never ends in allow.
	{name: "a panic is forgiven", file: utraceDir + "report.go", rule: "failure-allows", scenario: "failures",
		old: "\tif failure != nil {\n\t\tans =", new: "\tif failure != nil && failure.Panic == nil {\n\t\tans ="},
	{name: "a zero verdict is taken for as-is", file: utraceDir + "report.go", rule: "failure-allows", scenario: "failures",
		old: "} else if !ans.valid {", new: "} else if false {"},
	{name: "an overrun is forgiven", file: utraceDir + "report.go", rule: "failure-allows", scenario: "failures",
		old: "if s.budget > 0 && ", new: "if s.budget < 0 && "},
	{name: "a failure at a late birth is forgiven", file: loopDir + "life.go", rule: "failure-allows", scenario: "failures-killed",
		old: "\t\tl.enforce(t, l.birth(t, c.TID, flavor, true))\n", new: "\t\tl.birth(t, c.TID, flavor, true)\n"},

	// A verdict never gets looser, and an observer's counts for nothing.
	{name: "the last verdict wins", file: utraceDir + "report.go", rule: "looser", scenario: "lattice-entry",
		old: "ans.strict <= out.Strict && !composes {", new: "!composes && false {"},
	{name: "the first verdict wins", file: utraceDir + "report.go", rule: "looser", scenario: "lattice-entry",
		old: "ans.strict <= out.Strict && !composes {", new: "!composes && out.Strict != AsIs {"},
	{name: "an observer decides", file: utraceDir + "report.go", rule: "looser", scenario: "lattice-entry",
		old: "\tif a.observer || ", new: "\tif "},
	{name: "a rewrite hides a call from who would deny it", file: utraceDir + "rewrite.go", rule: "looser", scenario: "rewrite-into-denied",
		old: "\tif out.Strict != Rewritten || s.version == first {", new: "\tif true {"},
	{name: "what is rewritten again is let go", file: utraceDir + "rewrite.go", rule: "looser", scenario: "rewrite-again",
		old: "\t\tcase !s.second || a.observer:\n", new: "\t\tcase true:\n"},

	// Nothing runs that no engine knows of; nobody commands a running task.
	{name: "a child that comes first is let go", file: loopDir + "life.go", rule: "unpoliced", scenario: "fork",
		old: "\tl.limbo[stop.TID] = stop\n", new: "\tif stop.Kind == kernel.Trap {\n\t\t_ = l.k.Resume(stop.TID, kernel.Cont, 0)\n\t\treturn\n\t}\n\tl.limbo[stop.TID] = stop\n"},
	{name: "a traced call is let go without asking", file: loopDir + "calls.go", rule: "entry-untold", scenario: "plain",
		old: "\tcase wants:\n", new: "\tcase wants && false:\n"},
	{name: "who follows does not", file: utraceDir + "attach.go", rule: "unpoliced", scenario: "fork",
		old: "\t\tif p.follow && !p.gone {", new: "\t\tif false {"},
	{name: "a running task is served as if it stood", file: utraceDir + "space.go", rule: "command-to-running", scenario: "interrupt",
		old: "\tcase t.parked && owed:\n", new: "\tcase owed:\n"},
	{name: "a handle outlives its task", file: utraceDir + "attach.go", rule: "stale", scenario: "stale",
		old: "\tif t.reapBegun {\n\t\treturn nil, unix.ESRCH\n\t}\n\tif o.exclusive", new: "\tif o.exclusive"},

	// What the program sees.
	{name: "a stopped process runs on", file: loopDir + "signals.go", rule: "job-control", scenario: "job-control",
		old: "\tl.proceed(t, out, kernel.Listen, 0)\n", new: "\tl.proceed(t, out, kernel.Cont, 0)\n"},
	{name: "a stop is told again when somebody only looked", file: loopDir + "signals.go", rule: "jctl", scenario: "job-control-poked",
		old: "\ttold := t.listens && t.nudged\n", new: "\ttold := false\n"},
	{name: "a continue that was overtaken is not told", file: loopDir + "signals.go", rule: "jctl", scenario: "job-control-again",
		old: "\tif again {\n", new: "\tif again && false {\n"},
	{name: "EINTR from an ignored signal", file: loopDir + "interrupted.go", rule: "transparent", scenario: "ignored",
		old: "\t\treturn l.k.Rewind(t.tid)\n", new: "\t\treturn nil\n"},
	{name: "a deadline outlives its call", file: loopDir + "interrupted.go", rule: "early", scenario: "timed-stepped",
		old: "\tif t.retry != nil && (t.rewound == nil || ", new: "\tif t.retry != nil && (false && "},
	{name: "each interruption gives a call its whole time again", file: loopDir + "interrupted.go", rule: "late", scenario: "timed",
		old: "\tif t.retry != nil && t.retry.same(r.Nr, r.PC, r.SP, r.Args) {\n", new: "\tif false {\n"},
	{name: "nothing happens when the time is up", file: loopDir + "interrupted.go", rule: "late", scenario: "timed",
		old: "\tif t.retry == x && t.at == 0 {\n", new: "\tif false {\n"},
	{name: "a call goes on whose time was up while it stood", file: loopDir + "resume.go", rule: "late", scenario: "timed-held",
		old: "\tif l.due(t) { ", new: "\tif false { "},
	{name: "a call whose time is up is made again", file: loopDir + "interrupted.go", rule: "livelock", scenario: "timed-held-signal",
		old: "\tcase l.due(t):\n\t\tr.Result", new: "\tcase false:\n\t\tr.Result"},
	{name: "a call made again is not watched", file: loopDir + "resume.go", rule: "early", scenario: "timed-untraced",
		old: "\tif t.retry != nil && how == kernel.Cont {", new: "\tif false {"},
	{name: "a timer outlives its task", file: loopDir + "life.go", rule: "timer-left", scenario: "timed-exec",
		old: "\tt.forget()\n\tusage", new: "\tusage"},
	{name: "an Interrupt is taken away by the call's own stop", file: loopDir + "resume.go", rule: "transparent", scenario: "interrupt-poll",
		old: "\tif t.owing {\n", new: "\tif false {\n"},
	{name: "registers are not put back", file: loopDir + "calls.go", rule: "registers", scenario: "rewrite-restart",
		old: "\tif err == nil && asked && t.rewrote {", new: "\tif false {"},
}
