// Signals: names, sets, actions, siginfo.

package decode

import (
	"math/bits"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	lastSignal  = 64
	rtMin       = 32 // the kernel's: the C library keeps the first two for itself
	sigsetBytes = 8
)

// signalName is SIGINT, SIGRTMIN, SIGRT_1, …; empty for what is no signal.
func signalName(n int64) string {
	switch {
	case n == rtMin:
		return "SIGRTMIN"
	case n > rtMin && n <= lastSignal:
		return "SIGRT_" + strconv.FormatInt(n-rtMin, 10)
	case n > 0 && n < rtMin:
		return unix.SignalName(unix.Signal(n))
	}
	return ""
}

func (d *dec) signal(n int64) {
	if name := signalName(n); name != "" {
		d.puts(name)
		return
	}
	d.puti(n)
}

func putSignal(d *dec, a *Arg) { d.signal(a.Size) }

// signalSet names all signals, for rules.
func signalSet() *names {
	n := &names{enum: true}
	for i := int64(1); i <= lastSignal; i++ {
		n.list = append(n.list, name{signalName(i), uint64(i)})
	}
	return n
}

// sigset prints a set: [INT TERM], or what is not in it where that is shorter: ~[KILL].
func (d *dec) sigset(set uint64) {
	if bits.OnesCount64(set) >= lastSignal*2/3 {
		d.puts("~")
		set = ^set
	}
	d.puts("[")
	first := true
	for i := int64(1); i <= lastSignal; i++ {
		if set&(1<<(i-1)) == 0 {
			continue
		}
		if !first {
			d.puts(" ")
		}
		first = false
		d.puts(strings.TrimPrefix(signalName(i), "SIG"))
	}
	d.puts("]")
}

// putSigset prints a set whose size is another argument.
func putSigset(d *dec, a *Arg) {
	if a.spec.at >= 0 && d.arg(a.spec.at) != sigsetBytes {
		d.raw(a)
		return
	}
	if b := d.structure(a, sigsetBytes); b != nil {
		d.sigset(b.u64(0))
	}
}

// frameMask reads the set of signals that rt_sigreturn will block: out of the frame that the kernel laid on the stack
// (struct ucontext in asm/ucontext.h; before it the address of the return on x86, a siginfo on arm64).
func (d *dec) frameMask() {
	at := d.c.sp + 296
	if onArm64() {
		at = d.c.sp + siginfoBytes + 40
	}
	if b := block(d.bytes(at, sigsetBytes)); b != nil && d.c.sp != 0 {
		d.b = append(d.b[:0], "{mask="...)
		d.sigset(b.u64(0))
		d.puts("}")
		d.c.mask = string(d.b)
	}
}

func saFlags() *names {
	return &names{unknown: "SA_???", list: []name{
		{"SA_RESTORER", 0x04000000}, {"SA_ONSTACK", 0x08000000}, {"SA_RESTART", 0x10000000},
		{"SA_NODEFER", 0x40000000}, {"SA_RESETHAND", 0x80000000}, {"SA_INTERRUPT", 0x20000000},
		{"SA_SIGINFO", 4}, {"SA_NOCLDSTOP", 1}, {"SA_NOCLDWAIT", 2}, {"SA_UNSUPPORTED", 0x400}, {"SA_EXPOSE_TAGBITS", 0x800}}}
}

// sigaction prints the kernel's struct sigaction, which is not the C library's (rt_sigaction(2)).
func (d *dec) sigaction(a *Arg, flagNames *names) {
	size, mask := 32, 24 // handler, flags, restorer, mask
	b := d.structure(a, size)
	if b == nil {
		return
	}
	handler, flags := b.u64(0), b.u64(8)
	d.puts("{sa_handler=")
	switch handler {
	case 0:
		d.puts("SIG_DFL")
	case 1:
		d.puts("SIG_IGN")
	default:
		d.putx(handler)
	}
	d.puts(", sa_mask=")
	d.sigset(b.u64(mask))
	d.puts(", sa_flags=")
	d.b = flagNames.append(d.b, flags)
	if flags&0x04000000 != 0 {
		d.puts(", sa_restorer=")
		d.putp(b.u64(16))
	}
	d.puts("}")
}

func putStack(d *dec, a *Arg) {
	b := d.structure(a, 24)
	if b == nil {
		return
	}
	set := names{unknown: "SS_???", list: []name{{"SS_ONSTACK", 1}, {"SS_DISABLE", 2}, {"SS_AUTODISARM", 1 << 31}}}
	d.puts("{ss_sp=")
	d.putp(b.u64(0))
	d.puts(", ss_flags=")
	d.b = set.append(d.b, uint64(b.u32(8)))
	d.puts(", ss_size=")
	d.putu(b.u64(16))
	d.puts("}")
}

func signalForms() map[string]*form {
	how := &names{enum: true, unknown: "SIG_???", list: []name{
		{"SIG_BLOCK", unix.SIG_BLOCK}, {"SIG_UNBLOCK", unix.SIG_UNBLOCK}, {"SIG_SETMASK", unix.SIG_SETMASK}}}
	sfd := &names{unknown: "SFD_???", list: []name{{"SFD_CLOEXEC", unix.SFD_CLOEXEC}, {"SFD_NONBLOCK", unix.SFD_NONBLOCK}}}
	flags := saFlags()
	codes := siCodes()
	pidfd := &names{unknown: "PIDFD_SIGNAL_???", list: []name{
		{"PIDFD_SIGNAL_THREAD", 1}, {"PIDFD_SIGNAL_THREAD_GROUP", 2}, {"PIDFD_SIGNAL_PROCESS_GROUP", 4}}}
	action := func(d *dec, a *Arg) { d.sigaction(a, flags) }
	info := func(d *dec, a *Arg) { d.siginfoAt(a, codes) }
	return map[string]*form{
		"sig":        {kind: Signal, width: i32, set: signalSet(), text: putSignal},
		"how":        {kind: Enum, width: i32, set: how, text: putNames},
		"sigset":     {kind: Struct, text: putSigset},
		"sigset!":    {kind: Struct, when: out, text: putSigset},
		"sigaction":  {kind: Struct, text: action},
		"sigaction!": {kind: Struct, when: out, text: action},
		"stack":      {kind: Struct, text: putStack},
		"stack!":     {kind: Struct, when: out, text: putStack},
		"siginfo":    {kind: Struct, text: info},
		"siginfo!":   {kind: Struct, when: out, text: info},
		"sfdflags":   {kind: Flags, width: i32, set: sfd, text: putNames},
		"pidfdsig":   {kind: Flags, width: u32, set: pidfd, text: putNames},
	}
}
