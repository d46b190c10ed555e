// Package int80 makes i386 system calls from an amd64 program. Tests of
// filters need it: an int 0x80 is a call of another ABI on the same machine.
package int80

// Call makes an i386 call with INT $0x80 and gives what the kernel left in
// eax: a result, or a negated errno. It must not be used for calls that
// block, since the Go scheduler is not told. A kernel without
// CONFIG_IA32_EMULATION sends SIGSEGV.
func Call(nr, a1, a2, a3, a4, a5, a6 uint32) int32
