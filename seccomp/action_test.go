// Tests of actions: the kernel's words, names, the zero value.

package seccomp

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestActionWords(t *testing.T) {
	for _, c := range []struct {
		action Action
		ret    uint32
		text   string
	}{
		{Action(0), 0x80000000, "kill-process"},
		{KillProcess, 0x80000000, "kill-process"},
		{KillThread, 0x00000000, "kill-thread"},
		{Trap(3), 0x00030003, "trap(3)"},
		{Errno(unix.EPERM), 0x00050001, "errno(EPERM)"},
		{Errno(0), 0x00050000, "errno(0)"},
		{Errno(4001), 0x00050fa1, "errno(4001)"},
		{Notify, 0x7fc00000, "notify"},
		{Trace(7), 0x7ff00007, "trace(7)"},
		{Trace(0xffff), 0x7ff0ffff, "trace(65535)"},
		{Log, 0x7ffc0000, "log"},
		{Allow, 0x7fff0000, "allow"},
	} {
		if got := c.action.Ret(); got != c.ret {
			t.Errorf("%v.Ret() = %#x, want %#x", c.action, got, c.ret)
		}
		if got := ActionOf(c.ret); got != c.action {
			t.Errorf("ActionOf(%#x) = %v, want %v", c.ret, got, c.action)
		}
		if got := c.action.String(); got != c.text {
			t.Errorf("String() = %q, want %q", got, c.text)
		}
	}
}

func TestActionOfWordsThatAreNone(t *testing.T) {
	for _, ret := range []uint32{0x00010000, 0x00060001, 0x7fff8000 + 0x10000, 0x80010000, 0xffffffff} {
		if got := ActionOf(ret); got.Kind() != KindKillProcess {
			t.Errorf("ActionOf(%#x) = %v; the kernel kills the process", ret, got)
		}
	}
	if got := ActionOf(0x0005ffff); got != Errno(4095) {
		t.Errorf("errno 65535 = %v; the kernel makes it 4095", got)
	}
}

// Of several filters' answers the kernel takes the one whose word is the
// smallest as a signed number; Kind promises the same order.
func TestKindsAreOrderedByStrictness(t *testing.T) {
	for k := KindKillProcess; k < KindAllow; k++ {
		if int32(retOf(k)) >= int32(retOf(k+1)) {
			t.Errorf("%v is not stricter than %v", k, k+1)
		}
	}
}

func TestActionData(t *testing.T) {
	if e := Errno(unix.EACCES); e.Errno() != unix.EACCES || e.Data() != uint16(unix.EACCES) || e.Kind() != KindErrno {
		t.Errorf("Errno(EACCES) holds %v, %d, %v", e.Errno(), e.Data(), e.Kind())
	}
	if a := Trace(13); a.Errno() != 0 || a.Data() != 13 {
		t.Errorf("Trace(13) holds %v, %d", a.Errno(), a.Data())
	}
	if a := Errno(1 << 20); a.Errno() <= maxErrno {
		t.Errorf("an errno too big turned into %v", a)
	}
}
