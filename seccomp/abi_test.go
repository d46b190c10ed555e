// Tests of ABIs: their names, words, and who owns which number.

package seccomp

import (
	"math"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseABIKnowsItsOwnNames(t *testing.T) {
	for _, abi := range abis() {
		if got, ok := ParseABI(abi.String()); !ok || got != abi {
			t.Errorf("ParseABI(%q) = %v, %v", abi.String(), got, ok)
		}
	}
	for _, name := range []string{"", "ABI(0)", "abi(0)", "X86_64", "mips"} {
		if got, ok := ParseABI(name); ok {
			t.Errorf("ParseABI(%q) = %v", name, got)
		}
	}
}

func TestNative(t *testing.T) {
	want := map[string]ABI{"amd64": X86_64, "arm64": ARM64, "386": I386, "arm": ARM}[runtime.GOARCH]
	if Native() != want {
		t.Errorf("Native() = %v, want %v", Native(), want)
	}
}

func TestABIOf(t *testing.T) {
	for _, c := range []struct {
		arch, nr uint32
		want     ABI
	}{
		{unix.AUDIT_ARCH_X86_64, 0, X86_64},
		{unix.AUDIT_ARCH_X86_64, 0x3fffffff, X86_64},
		{unix.AUDIT_ARCH_X86_64, 0x40000000, X32},
		{unix.AUDIT_ARCH_X86_64, 0x7fffffff, X32},
		{unix.AUDIT_ARCH_X86_64, 0x80000000, X86_64},
		{unix.AUDIT_ARCH_X86_64, 0xffffffff, X86_64}, // a tracer skips a call
		{unix.AUDIT_ARCH_I386, 0x40000000, I386},
		{unix.AUDIT_ARCH_AARCH64, 0x40000000, ARM64},
		{unix.AUDIT_ARCH_ARM, 0xf0002, ARM},
		{unix.AUDIT_ARCH_ARMEB, 0, 0},
		{0, 0, 0},
	} {
		if got := ABIOf(c.arch, c.nr); got != c.want {
			t.Errorf("ABIOf(%#x, %#x) = %v, want %v", c.arch, c.nr, got, c.want)
		}
	}
}

// numbers and ABIOf say the same thing in two ways; the compiler uses the
// one, Decide the other.
func TestNumbersAgreesWithABIOf(t *testing.T) {
	edges := []uint32{0, x32Bit - 1, x32Bit, math.MaxInt32, math.MaxInt32 + 1, math.MaxUint32}
	for _, abi := range abis() {
		for _, nr := range edges {
			owns := false
			for _, n := range abi.numbers() {
				owns = owns || n[0] <= nr && nr <= n[1]
			}
			if want := ABIOf(abi.AuditArch(), nr) == abi; owns != want {
				t.Errorf("%v owns %#x: numbers says %v, ABIOf %v", abi, nr, owns, want)
			}
		}
		for _, e := range abi.table() {
			if ABIOf(abi.AuditArch(), e.nr) != abi {
				t.Errorf("%v %s has a number of another ABI: %#x", abi, e.name, e.nr)
			}
		}
	}
}
