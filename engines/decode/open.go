// Flags and modes of opening files.

package decode

import "golang.org/x/sys/unix"

func openFlags() *names {
	return &names{unknown: "O_???", mask: unix.O_ACCMODE, list: []name{
		{"O_RDONLY", unix.O_RDONLY}, {"O_WRONLY", unix.O_WRONLY}, {"O_RDWR", unix.O_RDWR}, {"O_ACCMODE", unix.O_ACCMODE},
		{"O_CREAT", unix.O_CREAT}, {"O_EXCL", unix.O_EXCL}, {"O_NOCTTY", unix.O_NOCTTY}, {"O_TRUNC", unix.O_TRUNC},
		{"O_APPEND", unix.O_APPEND}, {"O_NONBLOCK", unix.O_NONBLOCK}, {"O_SYNC", unix.O_SYNC}, {"O_DSYNC", unix.O_DSYNC},
		{"O_DIRECT", unix.O_DIRECT}, {"O_LARGEFILE", largeFile()},
		{"O_NOFOLLOW", unix.O_NOFOLLOW}, {"O_NOATIME", unix.O_NOATIME}, {"O_CLOEXEC", unix.O_CLOEXEC},
		{"O_PATH", unix.O_PATH}, {"O_TMPFILE", unix.O_TMPFILE}, {"O_DIRECTORY", unix.O_DIRECTORY},
		{"FASYNC", unix.O_ASYNC}, {"O_ASYNC", unix.O_ASYNC},
	}}
}

// openBits are the flags of pipe2, dup3 and others, which open nothing: 0 of them is no O_RDONLY.
func openBits() *names {
	n := openFlags()
	n.mask, n.list = 0, n.list[4:]
	return n
}

// largeFile is the kernel's O_LARGEFILE: the C library's, which golang.org/x/sys/unix has, is 0 on 64-bit machines.
func largeFile() uint64 {
	if unix.O_DIRECTORY == 0x4000 { // the arrangement of Arm (arch/arm64/include/uapi/asm/fcntl.h)
		return 0x20000
	}
	return 0x8000
}

func openForms() map[string]*form {
	return map[string]*form{
		"oflags": {kind: Flags, width: i32, set: openFlags(), text: putNames},
		"mode":   {kind: Mode, width: u16, text: putMode},
		"omode":  {kind: Mode, width: u16, text: putOpenMode},
	}
}

func putMode(d *dec, a *Arg) { d.b = appendOctal(d.b, uint64(uint16(a.Raw))) }

// putOpenMode prints the mode of open and openat, which only counts if a file may be made: strace leaves it out otherwise.
func putOpenMode(d *dec, a *Arg) {
	flags := d.arg(a.spec.at)
	if flags&unix.O_CREAT == 0 && flags&unix.O_TMPFILE != unix.O_TMPFILE {
		a.Unused = true
		return
	}
	putMode(d, a)
}
