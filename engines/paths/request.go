// One call, from its registers to a verdict.

package paths

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/engines/internal/walk"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// request is a call that is being decided.
type request struct {
	e    *Engine
	s    *utrace.Stopped
	ev   *utrace.EntryEvent
	call utrace.Call
	name string // of the call
}

// decide is the verdict.
func (r *request) decide() utrace.EntryVerdict {
	if abi := seccomp.ABIOf(r.call.Arch, uint32(r.call.Nr)); abi != seccomp.Native() {
		return r.deny(r.e.rules.any(), fmt.Sprintf("%s of the ABI %v, whose paths can't be taken out of the program's reach", r.name, abi), "", look)
	}
	switch r.name {
	case "open", "openat", "openat2", "creat":
		return r.open()
	case "execve", "execveat":
		return r.exec()
	case "bind":
		return r.bind()
	}
	return r.act()
}

// what is said of a refused call.
func what(verb, path, name string) string {
	text := verb + " of " + reason.Path(path)
	if name != "" && name != path {
		text += ", which is " + reason.Path(name)
	}
	return text
}

// failed is the verdict on a call that could not be looked at: what the kernel would answer, or a refusal.
func (r *request) failed(verb string, err error) utrace.EntryVerdict {
	var errno unix.Errno
	switch {
	case errors.Is(err, utrace.ErrNoRoom): // no rule's doing
		return r.ev.Abort(unix.ENOMEM, utrace.Why{What: fmt.Sprintf("%s (%v)", verb, err)})
	case errors.Is(err, utrace.ErrUnsealed), errors.Is(err, utrace.ErrTooLarge), !errors.As(err, &errno):
		return r.deny(r.e.rules.any(), fmt.Sprintf("%s (%v)", verb, err), "", look)
	}
	return r.natural(errno)
}

// natural answers what the kernel would.
func (r *request) natural(errno unix.Errno) utrace.EntryVerdict {
	return r.ev.Abort(errno, utrace.Why{What: r.name + ", which fails", Quiet: true})
}

// deny refuses by a rule. Without a name there is nothing that would allow it.
func (r *request) deny(by *rule, what, name string, a access) utrace.EntryVerdict {
	info := reason.Rule(r.e.infos, by.index)
	why := utrace.Why{What: what, Rule: info.Origin + "  " + info.Text, Quiet: !info.Report}
	if name != "" && !(a == adjust && isDevice(name)) { // those are no matter of write
		verb := "read"
		if a != look {
			verb = "write"
		}
		why.Allow = info.HintFor("access", verb, "path", name)
	}
	switch info.Action.Verb {
	case policy.KillTree:
		return r.ev.KillTree(why)
	case policy.KillProcess:
		return r.ev.KillProcess(why)
	case policy.Errno:
		return r.ev.Abort(unix.Errno(info.Action.Errno), why)
	}
	return r.ev.Abort(unix.EACCES, why)
}

// private tells whether nobody but the task can change what its descriptors, and its working folder, lead to.
func (r *request) private() bool {
	if r.e.shared {
		return false
	}
	list, err := os.ReadDir("/proc/" + strconv.Itoa(r.s.TGID()) + "/task")
	return err == nil && len(list) == 1
}

// exec refuses early, with an errno, what would be executed. Another thread may exchange the path before the kernel reads it:
// what is executed then is looked at when it is there.
func (r *request) exec() utrace.EntryVerdict {
	dirfd, at, flags := int32(unix.AT_FDCWD), 0, uint64(0)
	if r.name == "execveat" {
		dirfd, at, flags = int32(uint32(r.call.Args[0])), 1, r.call.Args[4]
	}
	name, err := r.s.ReadString(r.call.Args[at], utrace.MaxPath-1)
	if err != nil {
		return r.failed(r.name, err)
	}
	if name == "" {
		return r.ev.Continue()
	}
	p, err := r.e.root.find(r.s.ID(), dirfd, name, flags&unix.AT_SYMLINK_NOFOLLOW == 0)
	if err != nil || p.name == "" {
		return r.ev.Continue() // for the kernel to say
	}
	if by := r.e.rules.refuses(p.name, look); by != nil {
		return r.deny(by, what("exec", name, p.name), p.name, look)
	}
	return r.ev.Continue()
}

// running is the rule that keeps what a task has begun to execute from running, in words what that is, and its name; nil if none does.
// Where the name can't be told it may be a denied one: longer than PATH_MAX, or of a program of a user's that nobody may read (proc(5)).
func (e *Engine) running(tid int) (by *rule, said, name string) {
	name, err := walk.Readlink(unix.AT_FDCWD, fmt.Sprintf("/proc/%d/exe", tid))
	switch {
	case errors.Is(err, unix.ENOENT), errors.Is(err, unix.ESRCH): // it is dying
		return nil, "", ""
	case err != nil:
		return e.rules.first(deny), fmt.Sprintf("exec of a program whose name can't be told (%v)", err), ""
	}
	return e.rules.refuses(name, look), "exec of " + reason.Path(name), name
}
