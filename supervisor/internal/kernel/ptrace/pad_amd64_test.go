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

func TestOffPad(t *testing.T) {
	c := utrace.Call{Nr: 257, Args: [6]uint64{1, 2, 3, 4, 5, 6}, IP: 0x400002}
	r := regs{Orig_rax: 437, Rip: 0x7000}
	offPad(&r, c)
	if r.Rip != c.IP || r.Rcx != c.IP || r.Orig_rax != 257 || common(&r).Args != c.Args {
		t.Errorf("in the call: %+v", r)
	}
	r = resting(regs{Rip: 0x7010, Rax: 3})
	offPad(&r, c)
	if r.Rip != c.IP || r.Orig_rax != noCall || r.Rax != 3 {
		t.Errorf("after the call: %+v", r)
	}
}

func TestNoPadWhereThereAreNoPages(t *testing.T) {
	if _, err := new(Kernel).Pad(1, utrace.Call{}, utrace.Call{}, 0, 0); !errors.Is(err, kernel.ErrNoPad) {
		t.Error(err)
	}
	new(Kernel).DropPad(kernel.Pad{At: 1})
}
