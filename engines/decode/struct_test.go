// Tests of structures in memory, of each group a few; the comparison with strace in integration/decode has them all.

package decode_test

import (
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/engines/decode"
	"jail/supervisor/utrace"
)

// pack lays numbers out as a structure: uint16, uint32, uint64 and strings, one behind the other.
func pack(parts ...any) []byte {
	var b []byte
	for _, p := range parts {
		switch v := p.(type) {
		case uint16:
			b = binary.NativeEndian.AppendUint16(b, v)
		case uint32:
			b = binary.NativeEndian.AppendUint32(b, v)
		case uint64:
			b = binary.NativeEndian.AppendUint64(b, v)
		case string:
			b = append(b, v...)
		}
	}
	return b
}

// A step is memory as it is at the entry and, where the kernel writes it, at the exit.
type step struct {
	name   string
	args   []uint64
	memory map[uint64][]byte
	filled map[uint64][]byte
	result int64
	want   string
}

func steps() []step {
	inet := "\x02\x00\x1f\x90\x7f\x00\x00\x01" + strings.Repeat("\x00", 8)
	return []step{
		{"connect", []uint64{3, 0x1000, 16}, map[uint64][]byte{0x1000: []byte(inet)}, nil, -115,
			`connect(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, 16) = -1 EINPROGRESS (Operation now in progress)`},
		{"accept4", []uint64{3, 0x1000, 0x2000, unix.SOCK_CLOEXEC}, map[uint64][]byte{0x1000: make([]byte, 128), 0x2000: pack(uint32(128))},
			map[uint64][]byte{0x1000: []byte(inet), 0x2000: pack(uint32(16))}, 5,
			`accept4(3, {sa_family=AF_INET, sin_port=htons(8080), sin_addr=inet_addr("127.0.0.1")}, [128 => 16], SOCK_CLOEXEC) = 5`},
		{"writev", []uint64{1, 0x1000, 2}, map[uint64][]byte{0x1000: pack(uint64(0x2000), uint64(3), uint64(0x9000), uint64(7)), 0x2000: []byte("abc")}, nil, 3,
			`writev(1, [{iov_base="abc", iov_len=3}, {iov_base=0x9000, iov_len=7}], 2) = 3`},
		{"pipe2", []uint64{0x1000, unix.O_CLOEXEC}, map[uint64][]byte{0x1000: make([]byte, 8)}, map[uint64][]byte{0x1000: pack(uint32(4), uint32(5))}, 0,
			`pipe2([4, 5], O_CLOEXEC) = 0`},
		{"ppoll", []uint64{0x1000, 1, 0x2000, 0, 8}, map[uint64][]byte{0x1000: pack(uint32(7), uint16(1), uint16(0)), 0x2000: pack(uint64(1), uint64(5))},
			map[uint64][]byte{0x1000: pack(uint32(7), uint16(1), uint16(17)), 0x2000: pack(uint64(0), uint64(9))}, 1,
			`ppoll([{fd=7, events=POLLIN}], 1, {tv_sec=1, tv_nsec=5}, NULL, 8) = 1 ([{fd=7, revents=POLLIN|POLLHUP}], left {tv_sec=0, tv_nsec=9})`},
		{"rt_sigaction", []uint64{2, 0x1000, 0, 8}, map[uint64][]byte{0x1000: pack(uint64(1), uint64(0x10000000), uint64(0), uint64(1<<14))}, nil, 0,
			`rt_sigaction(SIGINT, {sa_handler=SIG_IGN, sa_mask=[TERM], sa_flags=SA_RESTART}, NULL, 8) = 0`},
		{"rt_sigprocmask", []uint64{0, 0x1000, 0, 8}, map[uint64][]byte{0x1000: pack(^uint64(1 << 8))}, nil, 0, `rt_sigprocmask(SIG_BLOCK, ~[KILL], NULL, 8) = 0`},
		{"wait4", []uint64{0xffffffff, 0x1000, 3, 0}, map[uint64][]byte{0x1000: make([]byte, 4)}, map[uint64][]byte{0x1000: pack(uint32(0x8b))}, 77,
			`wait4(-1, [{WIFSIGNALED(s) && WTERMSIG(s) == SIGSEGV && WCOREDUMP(s)}], WNOHANG|WSTOPPED, NULL) = 77`},
		{"wait4", []uint64{5, 0x1000, 0, 0}, map[uint64][]byte{0x1000: make([]byte, 4)}, map[uint64][]byte{0x1000: pack(uint32(0x300))}, 5,
			`wait4(5, [{WIFEXITED(s) && WEXITSTATUS(s) == 3}], 0, NULL) = 5`},
		{"clone", []uint64{unix.CLONE_VM | unix.CLONE_VFORK | 17, 0x7000, 0, 0, 0}, nil, nil, 9, `clone(child_stack=0x7000, flags=CLONE_VM|CLONE_VFORK|SIGCHLD) = 9`},
		{"mmap", []uint64{0, 4096, 3, 0x22, 0xffffffff, 0}, nil, nil, 0x7f0000000000,
			`mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000`},
		{"fcntl", []uint64{3, unix.F_GETFL}, nil, nil, int64(unix.O_RDWR | unix.O_NONBLOCK), `fcntl(3, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)`},
		{"fcntl", []uint64{3, unix.F_SETLK, 0x1000}, map[uint64][]byte{0x1000: pack(uint16(1), uint16(0), uint32(0), uint64(5), uint64(10), uint64(0))}, nil, -11,
			`fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=5, l_len=10}) = -1 EAGAIN (Resource temporarily unavailable)`},
		{"prlimit64", []uint64{0, 7, 0, 0x1000}, map[uint64][]byte{0x1000: make([]byte, 16)}, map[uint64][]byte{0x1000: pack(uint64(1024), ^uint64(0))}, 0,
			`prlimit64(0, RLIMIT_NOFILE, NULL, {rlim_cur=1024, rlim_max=RLIM64_INFINITY}) = 0`},
		{"nanosleep", []uint64{0x1000, 0x2000}, map[uint64][]byte{0x1000: pack(uint64(1), uint64(2)), 0x2000: pack(uint64(0), uint64(3))}, nil, -516,
			`nanosleep({tv_sec=1, tv_nsec=2}, {tv_sec=0, tv_nsec=3}) = ? ERESTART_RESTARTBLOCK (Interrupted by signal)`},
	}
}

func TestStructures(t *testing.T) {
	for _, s := range steps() {
		before, after := &decode.FakeTask{Memory: s.memory}, &decode.FakeTask{Memory: s.filled}
		if s.filled == nil {
			after = before
		}
		c := decode.Entry(before, native(t, s.name, s.args...))
		r := c.Exit(after, s.result)
		if got := c.String() + " = " + r.Text; got != s.want {
			t.Errorf("got  %s\nwant %s", got, s.want)
		}
	}
}

// A call of another ABI has its name and its registers, whatever they would be in this one.
func TestForeign(t *testing.T) {
	for _, test := range []struct {
		call utrace.Call
		want string
	}{
		{utrace.Call{Arch: unix.AUDIT_ARCH_X86_64, Nr: 0x40000000 + 1, Args: [6]uint64{1, 0x2000, 5}}, "write(0x1, 0x2000, 0x5, 0x0, 0x0, 0x0)"},
		{utrace.Call{Arch: unix.AUDIT_ARCH_I386, Nr: 4, Args: [6]uint64{1 << 32, 0x2000, 5}}, "write(0x0, 0x2000, 0x5, 0x0, 0x0, 0x0)"},
		{utrace.Call{Arch: 12345, Nr: 4}, "syscall_0x4(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)"},
		{utrace.Call{Arch: unix.AUDIT_ARCH_X86_64, Nr: -1}, "syscall_0xffffffff(0x0, 0x0, 0x0, 0x0, 0x0, 0x0)"},
	} {
		c := decode.Entry(task(), test.call)
		if got := c.String(); got != test.want || c.Known() {
			t.Errorf("got %s (known %t), want %s", got, c.Known(), test.want)
		}
	}
}

func TestLimits(t *testing.T) {
	long := strings.Repeat("y", 5000)
	r := &decode.FakeTask{Memory: map[uint64][]byte{0x10000: []byte(long)}}
	c := decode.Decoder{Strings: 3}.Entry(r, native(t, "write", 1, 0x10000, 5000))
	if got, want := c.String(), `write(1, "yyy"..., 5000)`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if a := c.Arg("buf"); string(a.Bytes) != "yyy" || !a.Cut || a.Size != 5000 {
		t.Errorf("%+v", a)
	}
	c = decode.Entry(r, native(t, "openat", cwd, 0x10000, 0))
	if a := c.Arg("pathname"); len(a.Bytes) != 4095 || !a.Cut || a.Path != "" || !strings.HasSuffix(a.Text, `y"...`) {
		t.Errorf("a name that is too long: %d bytes, path %q, %q", len(a.Bytes), a.Path, a.Text[len(a.Text)-10:])
	}
}

func TestFlagsInMemory(t *testing.T) {
	r := &decode.FakeTask{Memory: map[uint64][]byte{0x1000: pack(uint64(unix.O_WRONLY|unix.O_CREAT), uint64(0o600), uint64(0))}}
	c := decode.Head(native(t, "openat2", cwd, 0x9000, 0x1000, 24))
	c.Resolve(r, decode.Names)
	if got := strings.Join(c.Arg("how").Flags, " "); got != "O_WRONLY O_CREAT" {
		t.Errorf("flags: %q", got)
	}
	c = decode.Head(native(t, "openat2", cwd, 0x9000, 0x8000, 24))
	c.Resolve(r, decode.Names)
	if got := c.Arg("how").Flags; got != nil {
		t.Errorf("flags that can't be read: %q", got)
	}
	if names := c.FlagNames(); !slices.Contains(names, "O_TMPFILE") || slices.Contains(names, "MAP_FIXED") {
		t.Errorf("openat2 can have %q", names)
	}
	for call, want := range map[string]string{"setsockopt": "TCP_NODELAY", "fcntl": "O_NONBLOCK", "futex": "FUTEX_WAIT_PRIVATE", "kill": "SIGTERM"} {
		if c := decode.Head(native(t, call)); !slices.Contains(c.FlagNames(), want) {
			t.Errorf("%s can't have %s", call, want)
		}
	}
}

func TestSizeOfVectors(t *testing.T) {
	iov := pack(uint64(0x2000), uint64(3), uint64(0x9000), uint64(7))
	r := &decode.FakeTask{Memory: map[uint64][]byte{0x1000: iov, 0x3000: pack(uint64(0), uint64(0), uint64(0x1000), uint64(2), uint64(0), uint64(0), uint64(0))}}
	for _, c := range []utrace.Call{native(t, "writev", 1, 0x1000, 2), native(t, "readv", 1, 0x1000, 2), native(t, "sendmsg", 3, 0x3000), native(t, "recvmsg", 3, 0x3000)} {
		call := decode.Head(c)
		call.Resolve(r, decode.Addrs)
		if call.Args[1].Size != 10 {
			t.Errorf("%s: %d bytes, want 10", call.Name, call.Args[1].Size)
		}
	}
}

func TestSiginfo(t *testing.T) {
	si := &utrace.Siginfo{Signo: unix.SIGCHLD, Code: 1}
	binary.NativeEndian.PutUint32(si.Rest[4:], 7)
	binary.NativeEndian.PutUint32(si.Rest[12:], 3)
	if got, want := decode.Siginfo(si), "{si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=7, si_uid=0, si_status=3, si_utime=0, si_stime=0}"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := decode.WaitStatus(unix.WaitStatus(9)); got != "{WIFSIGNALED(s) && WTERMSIG(s) == SIGKILL}" {
		t.Errorf("a status: %s", got)
	}
	if decode.SignalName(34) != "SIGRT_2" || decode.SignalName(99) != "" {
		t.Errorf("34 is %q, 99 is %q", decode.SignalName(34), decode.SignalName(99))
	}
}
