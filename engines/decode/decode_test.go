// Tests of decoding single calls, against memory that is made up.

package decode_test

import (
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/seccomp"
	"jail/supervisor/utrace"
)

// native is a call of this machine.
func native(t testing.TB, name string, args ...uint64) utrace.Call {
	t.Helper()
	abi := seccomp.Native()
	nr, ok := abi.Number(name)
	if !ok {
		t.Fatalf("%v has no call %s", abi, name)
	}
	c := utrace.Call{Arch: abi.AuditArch(), Nr: int64(nr)}
	copy(c.Args[:], args)
	return c
}

const cwd = 0xffffff9c // AT_FDCWD as programs pass it: an int

func task() *decode.FakeTask {
	return &decode.FakeTask{Dir: "/home/u", FDs: map[int]string{3: "/srv", 4: "pipe:[77]"}, Memory: map[uint64][]byte{
		0x1000: []byte("../etc/passwd\x00"),
		0x2000: []byte("a\"b\\c\n\x01\x017\xff\x00rest, which is longer than what is shown of it"),
		0x3000: []byte("\x00"),
		0x4000: []byte("\x00\x20\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"),
		0x5000: []byte("not ended"),
		0x6000: []byte(strings.Repeat("x", 5000)),
	}}
}

func TestText(t *testing.T) {
	for _, test := range []struct {
		call   utrace.Call
		result int64
		want   string
	}{
		{native(t, "openat", cwd, 0x1000, unix.O_CLOEXEC), 3, `openat(AT_FDCWD, "../etc/passwd", O_RDONLY|O_CLOEXEC) = 3`},
		{native(t, "openat", 3, 0x1000, unix.O_RDWR|unix.O_CREAT|unix.O_TRUNC, 0o644), -2,
			`openat(3, "../etc/passwd", O_RDWR|O_CREAT|O_TRUNC, 0644) = -1 ENOENT (No such file or directory)`},
		{native(t, "openat", cwd, 0x9000, 0), -14, `openat(AT_FDCWD, 0x9000, O_RDONLY) = -1 EFAULT (Bad address)`},
		{native(t, "openat", cwd, 0x5000, 0x40000000), -14, `openat(AT_FDCWD, 0x5000, O_RDONLY|0x40000000) = -1 EFAULT (Bad address)`},
		{native(t, "openat", cwd, 0, 0), -14, `openat(AT_FDCWD, NULL, O_RDONLY) = -1 EFAULT (Bad address)`},
		{native(t, "read", 4, 0x2000, 4096), 9, `read(4, "a\"b\\c\n\1\0017", 4096) = 9`},
		{native(t, "read", 4, 0x2000, 4096), 0, `read(4, "", 4096) = 0`},
		{native(t, "read", 4, 0x2000, 4096), -512, `read(4, 0x2000, 4096) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)`},
		{native(t, "write", 1, 0x2000, 40), 40, `write(1, "a\"b\\c\n\1\0017\377\0rest, which is longer"..., 40) = 40`},
		{native(t, "write", 1, 0x9000, 40), -14, `write(1, 0x9000, 40) = -1 EFAULT (Bad address)`},
		{native(t, "close", 0xffffffff), -9, `close(-1) = -1 EBADF (Bad file descriptor)`},
		{native(t, "execve", 0x1000, 0x4000, 0x4008), 0, `execve("../etc/passwd", ["a\"b\\c\n\1\0017\377", "../etc/passwd"], 0x4008 /* 1 var */) = 0`},
		{utrace.Call{Arch: seccomp.Native().AuditArch(), Nr: 5000, Args: [6]uint64{1, 2, 3, 4, 5, 0xffffffffffffffff}}, -38,
			`syscall_0x1388(0x1, 0x2, 0x3, 0x4, 0x5, 0xffffffffffffffff) = -1 ENOSYS (Function not implemented)`},
		{utrace.Call{Arch: unix.AUDIT_ARCH_I386, Nr: 5, Args: [6]uint64{0xffffffff00001000}}, 3, `open(0x1000, 0x0, 0x0, 0x0, 0x0, 0x0) = 3`},
	} {
		c := decode.Entry(task(), test.call)
		r := c.Exit(task(), test.result)
		if got := c.String() + " = " + r.Text; got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestValues(t *testing.T) {
	c := decode.Entry(task(), native(t, "openat", cwd, 0x1000, unix.O_RDWR|unix.O_CREAT, 0o644))
	if got := c.Arg("pathname").Path; got != "/home/etc/passwd" {
		t.Errorf("against the working directory: %q", got)
	}
	if a := c.Arg("dirfd"); a.FD != unix.AT_FDCWD || a.Path != "/home/u" {
		t.Errorf("AT_FDCWD is %d, %q", a.FD, a.Path)
	}
	if got := strings.Join(c.Arg("flags").Flags, " "); got != "O_RDWR O_CREAT" {
		t.Errorf("flags: %q", got)
	}
	c = decode.Entry(task(), native(t, "openat", 3, 0x1000, 0))
	if got := c.Arg("pathname").Path; got != "/etc/passwd" {
		t.Errorf("against a descriptor: %q", got)
	}
	if r := c.Exit(task(), 4); r.FD != 4 || r.Path != "pipe:[77]" {
		t.Errorf("the new descriptor: %+v", r)
	}
	if r := c.Exit(task(), -2); r.FD != -1 || r.Errno != unix.ENOENT {
		t.Errorf("no descriptor: %+v", r)
	}
	c = decode.Head(native(t, "write", 4, 0x2000, 40))
	if c.Arg("fd").FD != 4 || c.Arg("count").Size != 40 || c.Arg("fd").Path != "" {
		t.Errorf("head: %+v", c)
	}
	c.Resolve(task(), decode.Paths)
	if c.Arg("fd").Path != "pipe:[77]" {
		t.Errorf("resolved: %+v", c.Args)
	}
}

// What is asked for is looked up, and no more: rules look at every call of a kind.
func TestLaziness(t *testing.T) {
	m := &countingTask{data: []byte("x\x00")}
	c := decode.Head(native(t, "openat", cwd, 0x1000, unix.O_RDWR|unix.O_CLOEXEC))
	c.Resolve(m, decode.Names)
	if m.reads != 0 || strings.Join(c.Arg("flags").Flags, " ") != "O_RDWR O_CLOEXEC" {
		t.Errorf("names: %d reads, %v", m.reads, c.Arg("flags").Flags)
	}
	c.Resolve(m, decode.Paths)
	reads := m.reads
	if reads == 0 || c.Arg("pathname").Path != "/d/x" || c.Arg("flags").Text != "" {
		t.Errorf("paths: %d reads, %+v", reads, c.Args)
	}
	c.Resolve(m, decode.All)
	if m.reads != reads {
		t.Errorf("%d reads for the text of a name that was there", m.reads-reads)
	}
	if got, want := c.String(), `openat(AT_FDCWD, "x", O_RDWR|O_CLOEXEC)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	c = decode.Head(native(t, "fcntl", 3, unix.F_SETFL, unix.O_NONBLOCK|unix.O_APPEND))
	c.Resolve(m, decode.Names)
	if got := strings.Join(c.Args[2].Flags, " "); got != "O_RDONLY O_APPEND O_NONBLOCK" {
		t.Errorf("flags of fcntl: %q", got)
	}
}

func TestAddresses(t *testing.T) {
	r := task()
	for i, test := range []struct{ bytes, want, path string }{
		{"\x02\x00\x00\x50\x7f\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00", "127.0.0.1:80", ""},
		{"\x0a\x00\x00\x50\x00\x00\x00\x00" + strings.Repeat("\x00", 15) + "\x01\x00\x00\x00\x00", "[::1]:80", ""},
		{"\x01\x00sock\x00", "/home/u/sock", "/home/u/sock"},
		{"\x01\x00/run/x", "/run/x", "/run/x"},
		{"\x01\x00\x00abc", "@abc", ""},
		{"\x10\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "AF_NETLINK", ""},
		{"\x02\x00\x00", "AF_INET", ""},
	} {
		at := uint64(0x20000 + i*0x1000)
		r.Memory[at] = []byte(test.bytes)
		c := decode.Head(native(t, "connect", 3, at, uint64(len(test.bytes))))
		c.Resolve(r, decode.Addrs)
		if a := c.Arg("addr"); a.Addr != test.want || a.Path != test.path {
			t.Errorf("%q: %q and path %q, want %q, %q", test.bytes, a.Addr, a.Path, test.want, test.path)
		}
	}
}
