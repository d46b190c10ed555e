// amd64: the length of the call instruction.

package loop

const callSize = 2 // syscall, int 0x80, sysenter
