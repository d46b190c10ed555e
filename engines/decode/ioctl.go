// ioctl: names of requests, and the arguments of the common ones.

package decode

import "golang.org/x/sys/unix"

func ioctlNames() *names {
	return &names{enum: true, list: []name{
		{"TCGETS", 0x5401}, {"TCSETS", 0x5402}, {"TCSETSW", 0x5403}, {"TCSETSF", 0x5404}, {"TCGETA", 0x5405}, {"TCSETA", 0x5406},
		{"TCSETAW", 0x5407}, {"TCSETAF", 0x5408}, {"TCSBRK", 0x5409}, {"TCXONC", 0x540a}, {"TCFLSH", 0x540b}, {"TIOCEXCL", 0x540c},
		{"TIOCNXCL", 0x540d}, {"TIOCSCTTY", 0x540e}, {"TIOCGPGRP", 0x540f}, {"TIOCSPGRP", 0x5410}, {"TIOCOUTQ", 0x5411}, {"TIOCSTI", 0x5412},
		{"TIOCGWINSZ", 0x5413}, {"TIOCSWINSZ", 0x5414}, {"TIOCMGET", 0x5415}, {"TIOCMBIS", 0x5416}, {"TIOCMBIC", 0x5417}, {"TIOCMSET", 0x5418},
		{"FIONREAD", 0x541b}, {"TIOCLINUX", 0x541c}, {"TIOCCONS", 0x541d}, {"TIOCPKT", 0x5420}, {"FIONBIO", 0x5421}, {"TIOCNOTTY", 0x5422},
		{"TIOCSETD", 0x5423}, {"TIOCGETD", 0x5424}, {"TCSBRKP", 0x5425}, {"TIOCSBRK", 0x5427}, {"TIOCCBRK", 0x5428}, {"TIOCGSID", 0x5429},
		{"TCGETS2", 0x802c542a}, {"TCSETS2", 0x402c542b}, {"TIOCGPTN", 0x80045430}, {"TIOCSPTLCK", 0x40045431}, {"TIOCGDEV", 0x80045432},
		{"TIOCGPTPEER", 0x5441}, {"FIONCLEX", 0x5450}, {"FIOCLEX", 0x5451}, {"FIOASYNC", 0x5452}, {"FIOQSIZE", 0x5460},
		{"FS_IOC_GETFLAGS", 0x80086601}, {"FS_IOC_SETFLAGS", 0x40086602}, {"FS_IOC_FSGETXATTR", 0x801c581f}, {"FS_IOC_FSSETXATTR", 0x401c5820},
		{"FS_IOC_FIEMAP", 0xc020660b}, {"FICLONE", 0x40049409}, {"FICLONERANGE", 0x4020940d}, {"FIDEDUPERANGE", 0xc0189436},
		{"FIFREEZE", 0xc0045877}, {"FITHAW", 0xc0045878}, {"FITRIM", 0xc0185879}, {"FIBMAP", 1}, {"FIGETBSZ", 2},
		{"SIOCATMARK", 0x8905}, {"SIOCGSTAMP_OLD", 0x8906}, {"SIOCGIFNAME", 0x8910}, {"SIOCGIFCONF", 0x8912}, {"SIOCGIFFLAGS", 0x8913},
		{"SIOCSIFFLAGS", 0x8914}, {"SIOCGIFADDR", 0x8915}, {"SIOCSIFADDR", 0x8916}, {"SIOCGIFDSTADDR", 0x8917}, {"SIOCGIFBRDADDR", 0x8919},
		{"SIOCGIFNETMASK", 0x891b}, {"SIOCGIFMETRIC", 0x891d}, {"SIOCGIFMTU", 0x8921}, {"SIOCGIFHWADDR", 0x8927}, {"SIOCGIFINDEX", 0x8933},
		{"SIOCETHTOOL", 0x8946}, {"BLKGETSIZE", 0x1260}, {"BLKSSZGET", 0x1268}, {"BLKGETSIZE64", 0x80081272}, {"BLKDISCARD", 0x1277},
		{"BTRFS_IOC_CLONE", 0x40049409}, {"LOOP_SET_FD", 0x4c00}, {"LOOP_CLR_FD", 0x4c01}, {"LOOP_CTL_GET_FREE", 0x4c82},
		{"RNDGETENTCNT", 0x80045200}, {"NS_GET_USERNS", 0xb701}, {"NS_GET_PARENT", 0xb702}, {"NS_GET_NSTYPE", 0xb703}, {"NS_GET_OWNER_UID", 0xb704},
		{"PERF_EVENT_IOC_ENABLE", 0x2400}, {"PERF_EVENT_IOC_DISABLE", 0x2401}, {"TUNSETIFF", 0x400454ca}, {"KDGKBTYPE", 0x4b33},
		{"UFFDIO_API", 0xc018aa3f}, {"SECCOMP_IOCTL_NOTIF_RECV", 0xc0502100}, {"SECCOMP_IOCTL_NOTIF_SEND", 0xc0182101}}}
}

func ioctlForms() map[string]*form {
	set := ioctlNames()
	return map[string]*form{
		"ioctl":    {kind: Enum, width: u32, set: set, text: func(d *dec, a *Arg) { d.ioctl(uint32(a.Raw), set) }},
		"ioctlarg": {kind: Unknown, when: out, text: putIoctlArg, before: saveInt},
	}
}

// ioctl prints a request: a name, or the parts that its number is put together of (asm-generic/ioctl.h).
func (d *dec) ioctl(request uint32, set *names) {
	if s, ok := set.find(uint64(request)); ok {
		d.puts(s)
		return
	}
	dir := [...]string{"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"}[request>>30]
	d.puts("_IOC(")
	d.puts(dir)
	for _, v := range [...]uint32{request >> 8 & 0xff, request & 0xff, request >> 16 & 0x3fff} {
		d.puts(", ")
		d.putx0(uint64(v))
	}
	d.puts(")")
}

// putIoctlArg prints the argument of the requests that are known; an address of others.
func putIoctlArg(d *dec, a *Arg) {
	switch uint32(d.arg(1)) {
	case 0x5450, 0x5451, 0x540c, 0x540d, 0x5422, 0x5427, 0x5428: // FIONCLEX, FIOCLEX, TIOCEXCL, …
		a.Unused = true
	case 0x5421, 0x5452, 0x5410, 0x5420, 0x5423, 0x40045431: // FIONBIO, FIOASYNC, TIOCSPGRP, …: read by the kernel
		putIntAtEntry(d, a)
	case 0x541b, 0x5411, 0x540f, 0x5429, 0x5424, 0x80045430, 0x80045432: // FIONREAD, TIOCGPGRP, …
		putIntAt(d, a)
	case unix.TIOCGWINSZ:
		d.winsize(a)
	case unix.TIOCSWINSZ:
		d.failed = false
		d.winsize(a)
	case 0x5401: // TCGETS
		d.termios(a)
	case 0x5402, 0x5403, 0x5404: // TCSETS, TCSETSW, TCSETSF
		d.failed = false
		d.termios(a)
	case 0x40049409, 0x5409, 0x540a, 0x540b, 0x540e: // FICLONE, TCSBRK, …: a number
		d.puti(int64(int32(a.Raw)))
	default:
		d.putx0(a.Raw)
	}
}

// putIntAtEntry prints an int that the kernel read, whatever it answered.
func putIntAtEntry(d *dec, a *Arg) {
	if b := d.bytes(a.Raw, 4); b == nil || a.Raw == 0 {
		d.raw(a)
		return
	}
	d.puts("[")
	d.puti(a.was)
	d.puts("]")
}

func (d *dec) winsize(a *Arg) {
	b := d.structure(a, 8)
	if b == nil {
		return
	}
	for i, n := range [...]string{"{ws_row=", ", ws_col=", ", ws_xpixel=", ", ws_ypixel="} {
		d.puts(n)
		d.putu(uint64(b.u16(i * 2)))
	}
	d.puts("}")
}

// termios prints the four words of flags of struct termios (asm-generic/termbits.h) as numbers.
func (d *dec) termios(a *Arg) {
	b := d.structure(a, 36)
	if b == nil {
		return
	}
	for i, n := range [...]string{"{c_iflag=", ", c_oflag=", ", c_cflag=", ", c_lflag="} {
		d.puts(n)
		d.putx0(uint64(b.u32(i * 4)))
	}
	d.puts(", ...}")
}
