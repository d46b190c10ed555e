// clone3(2): its flags are in memory, so they are judged from a sealed copy, as if clone(2) were asked to do the same.

package clone

import (
	"encoding/binary"
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"jail/engines/internal/reason"
	"jail/policy"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// A Judge is an Engine that lets clone3 be made, where its arguments can be sealed. Where they can't be it answers ENOSYS.
type Judge struct{ *Engine }

// Rule tells which rule of the policy refuses a call; false if none does.
type Rule func(utrace.Call) (*policy.RuleInfo, bool)

// NewJudge makes the engine. refuses is asked about the call of clone(2) that would do the same as a clone3.
func NewJudge(set Settings, refuses Rule) *Judge {
	e := New(set)
	e.refuses = refuses
	return &Judge{e}
}

// Seals is clone3.
func (*Judge) Seals() *utrace.SyscallSet { return callsOf("clone3") }

// Layout of struct clone_args (clone(2)), in bytes.
const (
	leastArgs = 64 // CLONE_ARGS_SIZE_VER0
	knownArgs = 88 // CLONE_ARGS_SIZE_VER2

	atFlags, atChild, atParent, atSignal, atStack, atStackSize, atTLS = 0, 16, 24, 32, 40, 48, 56
)

// newTime is CLONE_NEWTIME, which lies where clone(2) has the signal, so that only clone3 takes it.
const newTime = 0x80

// ReportSyscallEntry decides clone3. What is refused counts as no task.
func (j *Judge) ReportSyscallEntry(s *utrace.Stopped, ev *utrace.EntryEvent) utrace.EntryVerdict {
	if reason.Name(ev.Call()) != "clone3" {
		return ev.Continue()
	}
	v, made := j.judge(s, ev)
	if !made {
		delete(j.begun, s.ID().Serial)
	}
	return v
}

func (j *Judge) judge(s *utrace.Stopped, ev *utrace.EntryEvent) (v utrace.EntryVerdict, made bool) {
	natural := func(errno unix.Errno) (utrace.EntryVerdict, bool) {
		return ev.Abort(errno, utrace.Why{What: "clone3, which fails", Quiet: true}), false
	}
	args, err := s.Struct(0, 1)
	var errno unix.Errno
	switch {
	case errors.Is(err, utrace.ErrUnsealed):
		return ev.Abort(unix.ENOSYS, unsealable()), false
	case errors.As(err, &errno):
		return natural(errno)
	case err != nil, len(args) < leastArgs:
		return natural(unix.EINVAL)
	case len(args) > knownArgs && slices.ContainsFunc(args[knownArgs:], func(b byte) bool { return b != 0 }):
		return natural(unix.E2BIG) // as of a kernel that does not know what a newer one may
	}
	word := func(at int) uint64 { return binary.NativeEndian.Uint64(args[at:]) }
	flags, signal := word(atFlags), word(atSignal)
	const known = 0xffffffff | unix.CLONE_CLEAR_SIGHAND | unix.CLONE_INTO_CGROUP
	switch {
	case flags&^known != 0, signal > 0xff, flags&0xff&^newTime != 0: // clone3_args_valid(), kernel/fork.c
		return natural(unix.EINVAL)
	case flags&unix.CLONE_INTO_CGROUP != 0:
		return ev.Abort(unix.EPERM, never("clone3 with CLONE_INTO_CGROUP, out of the cgroup that the jail's limits are for", guardText)), false
	case flags&newTime != 0:
		return ev.Abort(unix.EPERM, never("clone3 with CLONE_NEWTIME", guardText)), false
	}
	return j.asClone(ev, word, uint64(uint32(flags))|signal)
}

const guardText = "clone3 with what no rule can allow: errno EPERM"

// asClone asks about the clone(2) that would do the same.
func (j *Judge) asClone(ev *utrace.EntryEvent, word func(int) uint64, flags uint64) (v utrace.EntryVerdict, made bool) {
	c := ev.Call()
	abi := seccomp.ABIOf(c.Arch, uint32(c.Nr))
	nr, ok := abi.Number("clone")
	if !ok {
		return ev.Abort(unix.ENOSYS, unsealable()), false
	}
	same := c
	same.Nr = int64(nr)
	same.Args = [6]uint64{flags, word(atStack) + word(atStackSize), word(atParent), word(atChild), word(atTLS)}
	if abi == seccomp.ARM64 {
		same.Args[3], same.Args[4] = same.Args[4], same.Args[3]
	}
	if name := hidden(flags); name != "" {
		return ev.Abort(unix.EPERM, never("clone3 with "+name, "clone with "+name+": errno EPERM")), false
	}
	info, refused := j.refuses(same)
	if !refused {
		return ev.Continue(), true
	}
	why := reason.Of(info, "clone3 of a kind that clone may not make", "clone")
	switch info.Action.Verb {
	case policy.KillTree:
		return ev.KillTree(why), false
	case policy.KillProcess:
		return ev.KillProcess(why), false
	}
	return ev.Abort(unix.Errno(info.Action.Errno), why), false
}

// unsealable is why clone3 is answered ENOSYS. C libraries try it first, and then clone.
func unsealable() utrace.Why {
	why := never("clone3, whose flags are in memory", "clone3: errno ENOSYS")
	why.Quiet = true
	return why
}
