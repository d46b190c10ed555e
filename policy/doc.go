// Package policy is jail's policy language: it reads a policy, checks every
// line of it, and compiles it to a [Plan], which is plain data for the filter
// and the engines that enforce it.
//
//	p, err := policy.Load("ci.yaml")             // all mistakes, with line and column
//	plan, err := p.Compile(seccomp.Native())     // what to do about each call, signal, …
//
// # The language
//
// A policy is one YAML document, written in the plain part of YAML: maps,
// lists and values. Anchors, aliases, merge keys, tags, duplicate keys and
// unknown keys are mistakes. A file has at most 1 MiB. Wherever a list is
// asked for whose elements are words, a single word may stand instead.
//
// This is a whole policy; each key is explained below.
//
//	version: 1
//	name: my-build
//	description: Builds of my own code
//	abis: [i386]
//	default: errno EPERM
//	syscalls:
//	  - {syscalls: [ptrace, "@mount"], action: kill-process}
//	  - {syscalls: [ioctl], when: ["arg1 == TIOCSTI"], action: errno EPERM, quiet: true}
//	  - {syscalls: [chroot], action: trace}
//	  - {syscalls: ["@system-service"], action: allow}
//	signals:
//	  - {signal: [SIGTERM, "SIGRTMIN+1"], from: outside, action: replace SIGUSR1}
//	clone: {max-tasks: 500, refuse-flags: [CLONE_NEWUSER]}
//	exec:
//	  allow: ["/usr/bin/*", "/usr/lib/**"]
//	  refuse: errno EACCES
//	  rewrite:
//	    - path: /usr/bin/cc
//	      to: /usr/bin/gcc
//	      argv: [gcc, -O1, "{args}"]
//	      env: {set: {LANG: C}, remove: [LD_PRELOAD, "GIT_*"]}
//	survivors: kill
//	outside: sealed
//
// # version, name, description
//
// version is 1 and must be there. name is what messages call the policy;
// without it that is the file's name. description is one line for people.
//
// # default
//
// What happens to a call that the kernel has and no rule matches: allow, errno
// NAME, kill-process or kill-tree. It must be there, because no answer is
// right for everybody. A number that the kernel's tables lack always answers
// ENOSYS.
//
//	version: 1
//	default: allow
//
// # syscalls
//
// A list of rules; the first that matches a call decides. A rule has
//
//   - syscalls: names of calls, of systemd's sets (@file-system, see
//     systemd.exec(5)) and of strace's classes (%file, see strace(1));
//   - when: conditions on the arguments, all of which must hold;
//   - action: allow; trace, which allows and reports; errno NAME, by which the
//     call fails; kill-process; kill-tree, which kills everything in the jail;
//   - quiet: true, which goes with errno and keeps uses of the rule out of the
//     report. The kernel then answers alone; without it the task is stopped for
//     a moment each time the rule refuses.
//
// The action of most rules is reported, so a program that makes a refused call
// often should be given quiet: true.
//
//	version: 1
//	default: errno EPERM
//	syscalls:
//	  - {syscalls: [openat], when: ["arg2 & O_ACCMODE == O_RDONLY"], action: allow}
//	  - {syscalls: [personality], when: ["arg0 != 0xffffffff", "arg0 != PER_LINUX"], action: kill-process}
//	  - {syscalls: [fcntl], when: arg1 <= F_SETFL, action: allow}
//	  - {syscalls: ["@default", "@basic-io"], action: allow}
//
// # Conditions
//
//	argN OP VALUE              OP is ==, !=, <, <=, > or >=
//	argN & MASK OP VALUE       OP is == or !=
//
// N is 0 to 5. VALUE and MASK are numbers (18, 0x12, 0o22, 022, -1), names of
// the kernel's constants (AF_INET, CLONE_NEWUSER, TIOCSTI, PROT_EXEC,
// PR_SET_NAME, O_CREAT, SIGTERM, …), or several of them with | between. Order
// is that of numbers without a sign.
//
// A register has 64 bits, but of an int (a descriptor, a flag word of open, a
// request of ioctl, a pid, a signal) the kernel looks at the low 32 only, and
// of a file mode at 16. A program may put anything above them, so a rule that
// compared all 64 would be got round with ease. jail knows the types of all
// calls and compares as the kernel does. For the few calls that it does not
// know, the width must be written, arg1:32 or arg1:64; arg1:32 is also for the
// arguments of prctl, ioctl and the like which are ints only for some
// requests. A pointer can only be compared with 0: what it points to cannot be
// seen by a filter, and could be changed after it was looked at.
//
//	version: 1
//	default: allow
//	syscalls:
//	  - {syscalls: [prctl], when: [arg0 == PR_SET_PDEATHSIG, "arg1:32 == SIGKILL"], action: trace}
//	  - {syscalls: [mmap, mprotect], when: ["arg2 & PROT_WRITE|PROT_EXEC == PROT_WRITE|PROT_EXEC"], action: trace}
//	  - {syscalls: [openat], when: [arg0 != AT_FDCWD], action: trace}
//
// # What is refused under every policy
//
// clone with CLONE_UNTRACED or CLONE_PARENT fails with EPERM, clone3 with
// ENOSYS (its flags are in memory; C libraries fall back to clone), and seccomp
// with a new listener with EPERM: each would let a task out of jail's sight. A
// policy can be stricter, not looser.
//
// ptrace, seccomp (but for its two queries) and prctl(PR_SET_SECCOMP) fail with
// EPERM and io_uring with ENOSYS, also under default: allow, unless a rule names
// the call itself: that a group has it as a member is not enough, and for prctl
// the rule must name the option.
//
//	version: 1
//	default: allow
//	syscalls:
//	  - {syscalls: [ptrace, seccomp], action: allow}
//	  - {syscalls: [prctl], when: [arg0 == PR_SET_SECCOMP], action: allow}
//	  - {syscalls: [io_uring_setup, io_uring_enter, io_uring_register], action: allow}
//
// # abis
//
// A machine runs calls of several ABIs: i386 and x32 on x86_64, arm on arm64. A
// call of an ABI that is not named here kills the process. If it is, the same
// rules hold for it, by the names of its own calls: on i386 the rules for mmap
// must name mmap2 too, those for fcntl fcntl64, and 64-bit numbers are split
// over two arguments. The old calls socketcall and ipc, mmap, and those with
// 16-bit user numbers answer ENOSYS if a rule is about the work that they do.
//
//	version: 1
//	abis: [i386, x32]
//	default: allow
//
// # signals
//
// A list of rules for signals on their way to the program; the first that
// matches decides. A signal that no rule matches is delivered and not reported.
// A rule has
//
//   - signal: names (SIGTERM, SIGRTMIN+1, where SIGRTMIN is 34 as programs
//     count), numbers, or any. SIGKILL cannot be named: nobody can hold it back;
//   - from: inside (a task of the jail), outside (another process), kernel, or
//     any, which is the default. A hostile sender can lie about who it is, so
//     only rules for any are sound;
//   - action: deliver; ignore; replace SIGNAL; kill, the process that the signal
//     is for; kill-tree;
//   - quiet: true keeps uses of the rule out of the report.
//
// SIGSTOP can kill, but cannot be ignored or replaced, and the signal of a
// fault, such as a SIGSEGV from the kernel, cannot be ignored; any leaves them
// out there. A SIGCONT continues the process whatever happens to the signal.
//
//	version: 1
//	default: allow
//	signals:
//	  - {signal: [SIGHUP, SIGTERM], from: outside, action: ignore}
//	  - {signal: SIGQUIT, from: [inside, outside], action: replace SIGTERM}
//	  - {signal: SIGSEGV, from: kernel, action: kill-tree}
//	  - {signal: SIGURG, action: deliver, quiet: true}
//	  - {signal: any, action: deliver}
//
// # clone
//
// max-tasks is how many tasks, that is threads, may be alive at once in the
// jail; one more fails with EAGAIN. refuse-flags lists flags of clone(2) that are
// refused, by errno EPERM or what refuse says (errno NAME, kill-process,
// kill-tree). The same flags of unshare are refused too, setns into such a
// namespace or one of any kind, and vfork, if CLONE_VM or CLONE_VFORK is named.
//
//	version: 1
//	default: allow
//	clone:
//	  max-tasks: 500
//	  refuse-flags: [CLONE_NEWUSER, CLONE_NEWNET]
//	  refuse: kill-process
//
// # exec
//
// allow lists the programs that may run inside the jail, the first one too;
// without it all may. It is compared with the path of the file that the kernel
// maps: symlinks are followed first (/usr/bin/cc may be
// /usr/bin/x86_64-linux-gnu-gcc-12), and for a script it is that of its
// interpreter, which may run for a script that is allowed itself. In a pattern * stands for any characters but /, ? for one of them, and
// the component ** for any number of components. refuse says what happens to
// other programs: errno NAME (EACCES if nothing is said), kill-process or
// kill-tree.
//
// rewrite lists changes to the start of programs, by the path that the program
// gave; the first that matches is done. to is run instead, with argv instead
// ({args} stands for the arguments after the first) and the environment changed:
// first what remove names is left out, then what set says is set. A rewrite is
// not sound: the program's other threads can undo it. So do not allow by rewrite
// what allow should refuse.
//
//	version: 1
//	default: allow
//	exec:
//	  allow: ["/usr/bin/*", "/home/me/src/**"]
//	  refuse: kill-process
//	  rewrite:
//	    - {path: /usr/bin/curl, to: /usr/bin/false}
//	    - {path: "/**/git", env: {remove: "GIT_*"}}
//
// # survivors
//
// When the first program has ended, what is left of its tree is killed (kill,
// the default) or waited for (wait).
//
//	version: 1
//	default: allow
//	survivors: wait
//
// # outside
//
// With sealed, the default, no task of the jail can send a signal to a process
// outside of it, read or write its memory, take its descriptors, or connect to
// an abstract socket that was made outside; it gets EPERM or EACCES. That is a
// Landlock domain, which root's capabilities do not lift. It needs Linux 6.12:
// on older kernels nothing is started unless the policy says open.
//
//	version: 1
//	default: allow
//	outside: open
package policy
