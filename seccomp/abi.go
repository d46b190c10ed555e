// System call ABIs: which table of numbers a call is looked up in.

package seccomp

import (
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// ABI is a system call table. One machine has several: an amd64 kernel also
// serves i386 (int 0x80) and may serve x32, an arm64 one may serve ARM.
type ABI uint8

// The ABIs that are known here. The zero ABI is none of them: its table is
// empty.
const (
	X86_64 ABI = iota + 1 // 64-bit x86
	X32                   // 64-bit x86 with 32-bit pointers; numbers have bit 30 set
	I386                  // 32-bit x86
	ARM64                 // 64-bit Arm
	ARM                   // 32-bit Arm, EABI
)

// x32Bit marks x32 numbers (__X32_SYSCALL_BIT of asm/unistd.h).
const x32Bit = 0x40000000

// abis lists all ABIs, in the order of their values.
func abis() []ABI { return []ABI{X86_64, X32, I386, ARM64, ARM} }

// String is the ABI's name as [ParseABI] knows it.
func (a ABI) String() string {
	switch a {
	case X86_64:
		return "x86_64"
	case X32:
		return "x32"
	case I386:
		return "i386"
	case ARM64:
		return "arm64"
	case ARM:
		return "arm"
	default:
		return fmt.Sprintf("abi(%d)", uint8(a))
	}
}

// AuditArch is the AUDIT_ARCH_… word that seccomp_data.arch holds for calls
// of this ABI. X32 has that of X86_64. It is 0 for an ABI that is not known.
func (a ABI) AuditArch() uint32 {
	switch a {
	case X86_64, X32:
		return unix.AUDIT_ARCH_X86_64
	case I386:
		return unix.AUDIT_ARCH_I386
	case ARM64:
		return unix.AUDIT_ARCH_AARCH64
	case ARM:
		return unix.AUDIT_ARCH_ARM
	default:
		return 0
	}
}

// ParseABI finds an ABI by name: ours, Go's (amd64, 386), the kernel's
// (aarch64), or that of an OCI profile (SCMP_ARCH_X86_64, …).
func ParseABI(name string) (ABI, bool) {
	switch name {
	case "x86_64", "amd64", "x86-64", "SCMP_ARCH_X86_64":
		return X86_64, true
	case "x32", "SCMP_ARCH_X32":
		return X32, true
	case "i386", "386", "x86", "i686", "SCMP_ARCH_X86":
		return I386, true
	case "arm64", "aarch64", "SCMP_ARCH_AARCH64":
		return ARM64, true
	case "arm", "armv7l", "SCMP_ARCH_ARM":
		return ARM, true
	default:
		return 0, false
	}
}

// ABIOf tells which ABI a call with these seccomp_data fields belongs to, and
// 0 for an architecture that is not known. On AUDIT_ARCH_X86_64 bit 30 tells
// x32 from X86_64. A negative number is no x32 call although its bit 30 may
// be set: the kernel dispatches none of them, and -1 is what a tracer writes
// over the number to skip a call, which must not look like a foreign ABI.
func ABIOf(arch uint32, nr uint32) ABI {
	switch arch {
	case unix.AUDIT_ARCH_X86_64:
		if nr >= x32Bit && nr <= math.MaxInt32 {
			return X32
		}
		return X86_64
	case unix.AUDIT_ARCH_I386:
		return I386
	case unix.AUDIT_ARCH_AARCH64:
		return ARM64
	case unix.AUDIT_ARCH_ARM:
		return ARM
	default:
		return 0
	}
}

// numbers are the system call numbers that seccomp sees under one
// AUDIT_ARCH_… word and that belong to the ABI: spans of them, both ends
// included. They say the same as [ABIOf].
func (a ABI) numbers() [][2]uint32 {
	switch a {
	case X86_64:
		return [][2]uint32{{0, x32Bit - 1}, {math.MaxInt32 + 1, math.MaxUint32}}
	case X32:
		return [][2]uint32{{x32Bit, math.MaxInt32}}
	default:
		return [][2]uint32{{0, math.MaxUint32}}
	}
}
