// struct siginfo, as sigwaitinfo and waitid fill it in and sigqueue sends it (sigaction(2)).

package decode

import "golang.org/x/sys/unix"

const siginfoBytes = 128

// siCodes are the codes of a siginfo by signal; those of 0 hold for all.
func siCodes() map[int32]*names {
	common := []name{
		{"SI_USER", 0}, {"SI_KERNEL", 0x80}, {"SI_QUEUE", minus(1)}, {"SI_TIMER", minus(2)}, {"SI_MESGQ", minus(3)},
		{"SI_ASYNCIO", minus(4)}, {"SI_SIGIO", minus(5)}, {"SI_TKILL", minus(6)}, {"SI_DETHREAD", minus(7)}, {"SI_ASYNCNL", minus(60)}}
	all := map[int32]*names{0: {enum: true, list: common}}
	for sig, list := range map[unix.Signal][]string{
		unix.SIGCHLD: {"CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED"},
		unix.SIGILL:  {"ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC", "ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK"},
		unix.SIGFPE:  {"FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND", "FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB"},
		unix.SIGSEGV: {"SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR"},
		unix.SIGBUS:  {"BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO"},
		unix.SIGTRAP: {"TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF"},
		unix.SIGIO:   {"POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP"},
		unix.SIGSYS:  {"SYS_SECCOMP", "SYS_USER_DISPATCH"},
	} {
		n := &names{enum: true, list: common}
		for i, s := range list {
			n.list = append(n.list[:len(n.list):len(n.list)], name{s, uint64(i + 1)})
		}
		all[int32(sig)] = n
	}
	return all
}

// minus is a negative int as the tables hold it.
func minus(v uint32) uint64 { return uint64(-v) }

func (d *dec) siginfoAt(a *Arg, codes map[int32]*names) {
	b := d.structure(a, siginfoBytes)
	if b == nil {
		return
	}
	d.siginfo(b, codes)
}

// siginfo prints a siginfo: which fields there are the signal and the code say.
func (d *dec) siginfo(b block, codes map[int32]*names) {
	sig, errno, code := b.i32(0), b.i32(4), b.i32(8)
	if sig == 0 {
		d.puts("{}")
		return
	}
	d.puts("{si_signo=")
	d.signal(int64(sig))
	d.puts(", si_code=")
	set := codes[sig]
	if set == nil {
		set = codes[0]
	}
	d.b = set.append(d.b, uint64(uint32(code)))
	if errno != 0 {
		d.puts(", si_errno=")
		d.puti(int64(errno))
	}
	d.siginfoRest(b, sig, code)
	d.puts("}")
}

func (d *dec) siginfoRest(b block, sig, code int32) {
	sender := func() {
		d.puts(", si_pid=")
		d.puti(int64(b.i32(16)))
		d.puts(", si_uid=")
		d.putu(uint64(b.u32(20)))
	}
	switch {
	case code == 0 || code == -6: // SI_USER, SI_TKILL
		sender()
	case code == -2: // SI_TIMER
		d.puts(", si_timerid=")
		d.putx0(uint64(b.u32(16)))
		d.puts(", si_overrun=")
		d.puti(int64(b.i32(20)))
		d.sigval(b)
	case code < 0:
		sender()
		d.sigval(b)
	case code == 0x80: // SI_KERNEL
	case sig == int32(unix.SIGCHLD):
		sender()
		d.puts(", si_status=")
		if code == 1 { // CLD_EXITED
			d.puti(int64(b.i32(24)))
		} else {
			d.signal(int64(b.i32(24)))
		}
		d.puts(", si_utime=")
		d.ticks(b.i64(32))
		d.puts(", si_stime=")
		d.ticks(b.i64(40))
	case sig == int32(unix.SIGSEGV), sig == int32(unix.SIGBUS), sig == int32(unix.SIGILL), sig == int32(unix.SIGFPE):
		d.puts(", si_addr=")
		d.putp(b.u64(16))
	case sig == int32(unix.SIGIO):
		d.puts(", si_band=")
		d.puti(b.i64(16))
		d.puts(", si_fd=")
		d.puti(int64(b.i32(24)))
	case sig == int32(unix.SIGSYS):
		d.puts(", si_call_addr=")
		d.putp(b.u64(16))
		d.puts(", si_syscall=")
		d.puti(int64(b.i32(24)))
		d.puts(", si_arch=")
		d.putx(uint64(b.u32(28)))
	}
}

func (d *dec) sigval(b block) {
	d.puts(", si_int=")
	d.puti(int64(b.i32(24)))
	d.puts(", si_ptr=")
	d.putp(b.u64(24))
}
