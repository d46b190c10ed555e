// Package refusals is the observer that finds out what the kernel has refused a program, and by which rule of the policy:
// Landlock and masked files answer EACCES, mounts EROFS, and they give no reason (landlock(7)).
//
//	e := refusals.New(refusals.Settings{
//		Domain: spec.Domain, Masks: masks, Files: located.Files, Rules: plan.Rules,
//		Tell: func(id utrace.TaskID, why utrace.Why) { ... },
//	})
//	cmd := supervisor.Command{
//		Path:    "/usr/bin/make",
//		Confine: spec,
//		Engines: []supervisor.Engine{{Engine: e, Observe: true}},
//	}
//	// mkdir("/etc/x") fails with EACCES, and Tell hears "making of the folder /etc/x", the rule, and what would allow it.
//
// # What stops
//
// A filter sees a call before the kernel acts, never its result, so who wants results has to stop the call, whether it
// succeeds or not. Calls that execute, or make and open something for writing, are few beside those that read, and stop. Those
// that read do not, nor those that are made by the thousands where an archive is unpacked or a tree is copied or removed: open
// with O_EXCL, unlink, rmdir. With Settings.All they do.
//
// For these there is a second way: a program that ends with a status of failure stops then, and those of its arguments that are
// files which the domain keeps from it are told. That it was for one of them is a guess.
//
// # What else there is
//
// Landlock writes audit records of what it refuses, with path and missing right (ABI 7, Linux 6.15, "Landlock: system-wide
// management" in the kernel's documentation): tried, and exact, and free of cost for what is allowed. But they are read with
// CAP_AUDIT_READ in the first user and network namespace, while the administrator has auditing on for the whole machine: neither
// an ordinary user nor a container has that, so it can't be what this is built on. Tracepoints of perf_event_open(2) show results without paths,
// and take more rights than most have; fanotify(7) and inotify(7) tell of no refusal.
//
// # Whose refusal it was
//
// A call that was refused is looked at again as the kernel did: which file its path leads to for this task, what the
// domain grants on the way from there to the root, and what modes and owners say. Only where these let it pass and the domain
// does not is it the domain's. This is information. What the path led to may have changed since, and then the sentence is
// wrong, and nothing else: nothing is decided here.
//
// Look-ups are done with the supervisor's rights, and block as long as the file system does.
package refusals

import (
	"golang.org/x/sys/unix"

	"jail/policy"
	"jail/supervisor/confine"
	"jail/supervisor/utrace"
)

// Settings say what the kernel was told to refuse.
type Settings struct {
	Domain confine.Domain
	// Masks are folders and files that something was mounted over, ReadOnly those that can't be changed because of a mount.
	// Without links.
	Masks, ReadOnly []string
	// Fixed are the mounts that can be changed where no others can; nil: mounts decide nothing else.
	Fixed *confine.Fixed
	// Cgroups is the index into Rules of the rule for which the hierarchy of cgroups is ReadOnly, if it is.
	Cgroups int
	// Tmp are the folders that the private one for temporary files was mounted over, Kept what of the machine's is seen in them.
	Tmp, Kept []string
	Files     policy.FileRules // located: whose rules these carry out
	Rules     []policy.RuleInfo
	All       bool // calls that only read stop too
	// Absent tells of a path of Files.Deny or Protect that nothing is there, so that its links need not be followed; nil: they are.
	Absent func(path string) bool
	// Tell is told of each refusal, on the jail's own thread; it must not block.
	Tell func(utrace.TaskID, utrace.Why)
}

// Needed tells whether there is anything that could be refused.
func (s Settings) Needed() bool { return s.Domain.Files || len(s.Masks)+len(s.ReadOnly) > 0 }

// An Engine observes one jail.
type Engine struct {
	set   Settings
	bound bounds
	known map[memo]utrace.Why
	last  owner // who was looked at last
}

// memo is a refusal that was explained before, so that a loop of them costs little more than its stops.
type memo struct {
	tgid       int
	call       string
	flags      uint64
	base, path string
	other      string // the second path of a call that has two
}

// mostKnown is how many refusals are kept.
const mostKnown = 1000

// New makes the engine. It looks up the paths of the domain, which may block on a network's file system; what they lead to
// now is what is granted, so it is to be called right before the start.
func New(s Settings) *Engine {
	if s.Tell == nil {
		s.Tell = func(utrace.TaskID, utrace.Why) {}
	}
	return &Engine{set: s, bound: boundsOf(&s), known: make(map[memo]utrace.Why)}
}

// Name is "refusals".
func (*Engine) Name() string { return "refusals" }

// Events are calls, and exec.
func (*Engine) Events() utrace.Mask {
	return utrace.On(utrace.SyscallEntry, utrace.SyscallExit, utrace.Exec)
}

// Syscalls are those that use a path and are worth a stop.
func (e *Engine) Syscalls() *utrace.SyscallSet { return calls(e.set.All, e.set.Fixed != nil) }

// ReportSyscallExit explains a refusal.
func (e *Engine) ReportSyscallExit(s *utrace.Stopped, ev *utrace.ExitedEvent) utrace.ExitedVerdict {
	switch unix.Errno(-ev.Result()) {
	case unix.EACCES, unix.EXDEV, unix.EROFS, unix.EBUSY:
		if c, ok := parse(ev.Call); ok && !skipped(s) {
			e.explain(s, c, unix.Errno(-ev.Result()))
		}
	}
	return ev.Continue()
}

// skipped tells of a call that the kernel never saw, because another engine has answered it: it has no number any more.
func skipped(s *utrace.Stopped) bool {
	r, err := s.Registers()
	return err != nil || r.Nr < 0
}

// ReportExec forgets whom the process was: a program may be another user than the one before. The end of a call that has succeeded
// is worth no stop; those of the calls after it are, as their entry says.
func (e *Engine) ReportExec(s *utrace.Stopped, ev *utrace.ExecEvent) utrace.ExecVerdict {
	e.last = owner{}
	_ = s.Attachment().SetEvents(e.Events() &^ utrace.SyscallExit) // an error only of a dying task, whose calls have no end
	return ev.Continue()
}

// explain tells whose refusal it was, if it was ours.
func (e *Engine) explain(s *utrace.Stopped, c call, errno unix.Errno) {
	l, ok := newLook(e, s, c, errno)
	if !ok {
		return
	}
	key, stays := l.memo()
	if why, known := e.known[key]; known && stays {
		e.set.Tell(s.ID(), why)
		return
	}
	why, ours := l.why()
	if !ours {
		return
	}
	if len(e.known) >= mostKnown {
		clear(e.known)
	}
	if stays {
		e.known[key] = why
	}
	e.set.Tell(s.ID(), why)
}
