// The instructions of return pads, byte by byte, and the registers of a task that comes back over one.

package ptrace

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"jail/supervisor/internal/kernel"
	"jail/supervisor/utrace"
)

func TestPadLoadsWhatDiffersAndJumps(t *testing.T) {
	c := utrace.Call{Nr: 1, Args: [6]uint64{0x1111111111111111, 2, 3, 4, 5, 0xffffffffffffffff}, IP: 0x0807060504030201}
	for _, x := range []struct {
		next [6]uint64
		redo unix.Errno
		want string
	}{
		{c.Args, unix.ELOOP, "0f05 488d8828000000 e318 48b90102030405060708 ff2500000000 0102030405060708 b801000000 ebd6"},
		{c.Args, 0, "0f05 ff2500000000 0102030405060708"},
		{[6]uint64{0, 2, 3, 4, 5, c.Args[5]}, 0, "0f05 48bf1111111111111111 ff2500000000 0102030405060708"},
		{[6]uint64{}, 0, "0f05 48bf1111111111111111 48be0200000000000000 48ba0300000000000000 49ba0400000000000000 49b80500000000000000 49b9ffffffffffffffff" +
			" ff2500000000 0102030405060708"},
	} {
		want, err := hex.DecodeString(strings.ReplaceAll(x.want, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		place := make([]byte, smallPlace)
		pave(place, c, utrace.Call{Args: x.next}, x.redo)
		if !bytes.Equal(place[:len(want)], want) || len(bytes.Trim(place[len(want):], "\x00")) > 0 {
			t.Errorf("%v:\n%x\nwant\n%x", x.next, place, want)
		}
	}
}

func TestPaddable(t *testing.T) {
	native := utrace.Call{Arch: nativeArch}
	for _, x := range []struct {
		name string
		r    regs
		c    utrace.Call
		want bool
	}{
		{"native", regs{Cs: cs64}, native, true},
		{"int 0x80 in 64-bit mode", regs{Cs: cs64}, utrace.Call{Arch: unix.AUDIT_ARCH_I386}, false},
		{"32-bit mode", regs{Cs: cs32}, native, false},
		{"steps itself", regs{Cs: cs64, Eflags: trapFlag}, native, false},
	} {
		if got := paddable(&x.r, x.c); got != x.want {
			t.Errorf("%s: %v", x.name, got)
		}
	}
}

// TestOffPad has a signal arrive before each instruction of a pad, and where the kernel puts a task to make a call again.
func TestOffPad(t *testing.T) {
	c := utrace.Call{Nr: 257, Args: [6]uint64{1, 2, 3, 4, 5, 6}, IP: 0x400002}
	next := utrace.Call{Nr: 437, Args: [6]uint64{1, 0x5000, 3, 4, 5, 6}}
	p := kernel.Pad{At: 0x7002, Call: c, Redo: unix.ELOOP}
	code := make([]byte, smallPlace)
	pave(code, c, next, p.Redo)
	const (
		failed = -int64(unix.ELOOP)
		broken = -512 // ERESTARTSYS
		back   = 50   // where the jump to the call instruction stands
	)
	if code[back] != 0xeb || code[back+1] != byte(256-back-2) {
		t.Fatalf("%x", code)
	}
	for _, x := range []struct {
		name   string
		at     uint64 // behind the beginning of the pad
		orig   int64
		result int64
		want   bool // the call is made again
		orig2  int64
		pc     uint64
		rax    int64
	}{
		{"broken off in the call", 2, 437, broken, false, 257, c.IP, broken},
		{"after the call", 2, -1, 3, false, -1, c.IP, 3},
		{"after some instructions", 12, -1, 3, false, -1, c.IP, 3},
		{"a descriptor with the number of the call", 2, -1, 257, false, -1, c.IP, 257},
		{"failed so", 2, -1, failed, true, -1, c.IP - callLength, 257},
		{"before the number", back - 5, -1, failed, true, -1, c.IP - callLength, 257},
		{"on the jump back", back, -1, 257, true, -1, c.IP - callLength, 257},
		{"about to make it again", 0, -1, 257, true, -1, c.IP - callLength, 257},
		{"the kernel is about to make it again", 0, -1, 437, true, -1, c.IP - callLength, 257},
		{"it is about to go on with it", 0, -1, unix.SYS_RESTART_SYSCALL, false, -1, c.IP - callLength, unix.SYS_RESTART_SYSCALL},
	} {
		r := regs{Orig_rax: uint64(x.orig), Rip: p.At - callLength + x.at, Rax: uint64(x.result)}
		redo := offPad(&r, p, code)
		if redo != x.want || r.Rip != x.pc || int64(r.Rax) != x.rax || int64(r.Orig_rax) != x.orig2 || common(&r).Args != c.Args {
			t.Errorf("%s: redo %v, %+v", x.name, redo, r)
		}
		if r.Rip == c.IP && r.Rcx != c.IP {
			t.Errorf("%s: rcx %#x", x.name, r.Rcx)
		}
	}
	for _, elsewhere := range []uint64{p.At - callLength - 1, p.At - callLength + smallPlace, c.IP} {
		if within(elsewhere, p) {
			t.Errorf("%#x is on the pad", elsewhere)
		}
	}
}

func TestNoPadWhereThereAreNoPages(t *testing.T) {
	if _, err := new(Kernel).Pad(1, utrace.Call{}, utrace.Call{}, 0, 0); !errors.Is(err, kernel.ErrNoPad) {
		t.Error(err)
	}
	new(Kernel).DropPad(kernel.Pad{At: 1})
}
