// Package paths is the engine that holds rules about names which neither mounts nor Landlock can hold: patterns below folders that may be
// written to, and all of them where there is no mount namespace.
//
//	e := paths.New(paths.Settings{Infos: plan.Rules})
//	e.Locate(located, spec.Mounts)
//	cmd := supervisor.Command{Path: "/usr/bin/make", Engines: []supervisor.Engine{{Engine: e}}}
//	// open("build/../id.key") answers EACCES, and the report says:
//	// denied open of build/../id.key, which is /home/me/src/id.key, p.yaml:7:10  filesystem: deny: {cwd}/**/*.key
//
// # Nothing that was decided about can be exchanged
//
// What is decided about is a name: absolute, and with no symbolic link in it. The path that a program gives is resolved to such a name as
// the program would resolve it, but that is for its convenience: should somebody exchange a link or a folder meanwhile, another name comes
// out, which is decided about. What counts is what the kernel is made to do with the name.
//
//   - A file is opened by the program itself, with openat2(2), the name in pages that no task can write to (utrace.Stopped.Place), and
//     RESOLVE_NO_SYMLINKS: the kernel walks just the components that were decided about, or fails with ELOOP.
//   - Names are made, removed and changed by jail in the program's place, in the folder that was decided about: with its rights and umask, and in
//     the jail's Landlock domain. All of a jail's are made one after the other, so that none moves the ground under another one.
//   - A folder gets no other name if rules would be others for what lies in it then, now or later: EXDEV, as for another file system.
//   - Modes, owners, times and attributes are changed by jail too, on the file that was decided about.
//   - What is executed is looked at when it is mapped and has not run yet; a process that has got round the first look is killed.
//
// # What has no name
//
// Pipes, sockets, memory and files that were removed are under no rule. They are opened by the link of procfs that the program came by,
// if that is one of its own.
package paths

import (
	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/confine"
	"jail/supervisor/inside"
	"jail/supervisor/utrace"
)

// Settings of the engine.
type Settings struct {
	Files policy.FileRules  // Plan.Files, of which Locate says where its paths are
	Infos []policy.RuleInfo // Plan.Rules
	// Lets tells whether the rest of the policy lets a call be made. nil: it lets all.
	Lets func(utrace.Call) bool
}

// An Engine holds the rules about names of one jail.
type Engine struct {
	files  policy.FileRules
	infos  []policy.RuleInfo
	lets   func(utrace.Call) bool
	rules  rules
	domain *inside.Domain
	root   root
	shared bool             // descriptors, or the working folder, are shared between processes
	done   map[uint64]int64 // results of calls that jail made, by TaskID.Serial, until the call ends
	opens  map[uint64]attempt
	slow   bool                // nothing is guessed
	linked map[string]struct{} // folders to which links lead, among others
}

// New makes the engine. Until Locate there are no rules.
func New(set Settings) *Engine {
	e := &Engine{files: set.Files, infos: set.Infos, lets: set.Lets, done: make(map[uint64]int64), opens: make(map[uint64]attempt),
		linked: make(map[string]struct{})}
	if e.lets == nil {
		e.lets = func(utrace.Call) bool { return true }
	}
	return e
}

// Needed tells whether a plan needs the engine: it has rules that nothing else holds (Plan.Files.Held), or metadata that nothing else keeps.
func Needed(files policy.FileRules) bool { return len(files.Held) > 0 || files.Fixed }

// Locate says where the plan's paths are in this run, and what the jail's own mount namespace shows elsewhere
// (confine.Spec.Mounts). It follows symbolic links, so it has to be called before the program runs; it may block on a network's
// file system. Before the engine is attached, from any goroutine.
func (e *Engine) Locate(at *policy.Located, mounts []confine.Mount) { e.rules = newRules(at, mounts) }

// Inside gives the engine the jail's Landlock domain, in which it does what programs want done; without it they make, remove and rename
// nothing. Before the engine is attached, from any goroutine.
func (e *Engine) Inside(d *inside.Domain) { e.domain = d }

// Len is the number of tasks that something is kept about.
func (e *Engine) Len() int { return max(len(e.done), len(e.opens)) }

// Name is "paths".
func (*Engine) Name() string { return "paths" }

// Events are the entry and the end of calls, births, programs that begin, and reaping.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Clone, utrace.Exec, utrace.Reap)
}

// opens are the calls that open a file.
var opens = [...]string{"open", "openat", "openat2", "creat"}

func setOf(names []string) *utrace.SyscallSet {
	set := new(utrace.SyscallSet)
	for _, abi := range []seccomp.ABI{seccomp.X86_64, seccomp.X32, seccomp.I386, seccomp.ARM64, seccomp.ARM} {
		for _, name := range names {
			if nr, ok := abi.Number(name); ok {
				set.Add(abi.AuditArch(), int64(nr))
			}
		}
	}
	return set
}

// Syscalls are all calls that open, execute, make, remove or rename by a path, or change metadata, of every ABI: those of foreign ones are
// refused.
func (e *Engine) Syscalls() *utrace.SyscallSet {
	names := e.made()
	if e.byName() {
		names = append(names, opens[:]...)
		names = append(names, "execve", "execveat")
	}
	return setOf(names)
}

// made are the calls that jail makes in the program's place.
func (e *Engine) made() (names []string) {
	if e.byName() {
		names = append(names, actions[:]...)
	}
	return append(names, changes()...)
}

// byName tells whether there may be rules about names, which are asked of each open.
func (e *Engine) byName() bool { return len(e.files.Held) > 0 || !e.files.Fixed }

// Seals are those that are made with another path, or with an address that is none.
func (e *Engine) Seals() *utrace.SyscallSet {
	if !e.byName() {
		return new(utrace.SyscallSet)
	}
	return setOf(append(opens[:len(opens):len(opens)], "bind"))
}

// Exits are those that jail makes: it gives them their results. Opens need no second stop.
func (e *Engine) Exits() *utrace.SyscallSet { return setOf(e.made()) }

// ReportSyscallEntry decides about a call.
func (e *Engine) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	id := s.ID().Serial
	delete(e.done, id)
	c := ev.Call()
	if !ev.Redone() {
		delete(e.opens, id)
	} else if x, ok := e.opens[id]; ok {
		e.wrong(x.guess)
	}
	if !e.lets(c) {
		return ev.Continue() // for others to refuse
	}
	r := request{e: e, s: s, ev: ev, call: c, name: reason.Name(c)}
	return r.decide()
}

// ReportSyscallExit gives the program the result of a call that jail made.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	result, made := e.done[s.ID().Serial]
	delete(e.done, s.ID().Serial)
	if !made {
		return ev.Continue()
	}
	return ev.SetResult(result, utrace.Why{What: "the result of a call that jail made", Quiet: true})
}

// ReportReap forgets a task.
func (e *Engine) ReportReap(id utrace.TaskID) {
	delete(e.done, id.Serial)
	delete(e.opens, id.Serial)
}

// ReportClone notes when processes come to share descriptors, or the working folder: threads are counted when it matters.
func (e *Engine) ReportClone(_ *utrace.Stopped, ev *utrace.CloneEvent) utrace.CloneVerdict {
	if ev.Late || !ev.Thread && ev.Flags&(unix.CLONE_FILES|unix.CLONE_FS) != 0 {
		e.shared = true
	}
	return ev.Continue()
}

// ReportExec ends a process that has come to execute what is out of reach, before it runs an instruction of it.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	by, what, name := e.running(s.ID().TID)
	if by == nil {
		return ev.Continue()
	}
	info := reason.Rule(e.infos, by.index)
	why := utrace.Why{What: what, Rule: info.Origin + "  " + info.Text}
	if name != "" {
		why.Allow = info.HintFor("access", "exec", "path", name)
	}
	return ev.KillProcess(why)
}
