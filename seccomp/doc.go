// An introduction to the package, for who has not written a filter before.

// Package seccomp turns rules about system calls into filters that the kernel
// runs, and tells what a filter does and why.
//
// # What a filter sees
//
// Before a system call happens, the kernel runs the task's filters on a struct
// of 64 bytes ([Data]): the number of the call, the architecture, the address
// of the instruction and six arguments. A filter can't follow pointers: a path
// is just an address to it. What it returns is an [Action]. Filters can't be
// taken off, are inherited over fork and exec, and need no privilege once
// no_new_privs is set (seccomp(2)). Two calls are kept from every filter since
// Linux 6.14 and 6.18: uretprobe and uprobe, of the kernel's own trampolines.
//
// # From rules to a program
//
// A [Spec] lists rules; the first that names the call and whose conditions all
// hold decides. [Compile] sorts the numbers of each ABI into spans with equal
// answers, searches them by halves, and ends in a chain of argument tests
// where an answer depends on arguments. Every test loads the word it tests
// unless the test before it did, so nothing stale is ever compared. A call
// costs about ten instructions, however long the policy is. [Spec.Decide] says
// the same straight from the rules, [Decider] says it fast, [Program.Run]
// executes the BPF; tests hold the three, and the kernel, against each other.
//
// # Several ABIs on one machine
//
// A number means nothing without its ABI: 59 is execve on x86_64, oldolduname
// for int 0x80 and nothing on x32. A filter that looks at numbers only is open
// to whoever changes the ABI. Here each ABI has its table, a Spec names those
// that are allowed, and every other one gets Foreign. x32 shares the word
// AUDIT_ARCH_X86_64 and is told by bit 30 of the number; a call that x32 has
// under a number of its own (execve: 520) has only that. A name that one ABI
// has and another lacks is skipped where it is lacking ([Spec.Lint] tells); a
// name that no ABI has is an error, never silence. Numbers newer than our
// tables get Unknown: with ENOSYS, libraries fall back as on an older kernel.
//
// Old ABIs have multiplexers: i386's socketcall and ipc carry the real call in
// an argument, and its parameters behind a pointer. They are calls of their
// own here. A rule that names only socket says nothing about socketcall.
//
// # Arguments
//
// Registers have 64 bits, but the kernel looks at 32 of an int. Compare such
// an argument with Width 32 (see [Cond]), else a program sets a bit above and
// passes by the rule. Comparisons are unsigned. A 32-bit ABI never sets the
// upper half: -1 is 0xffffffff there, which Width 64 does not match.
//
// # Names
//
// Tables and groups are generated: see internal/gen. Groups are systemd's sets
// (@file-system) and strace's classes (%file); they are about topics and not
// about safety, and hold calls of all ABIs.
package seccomp
