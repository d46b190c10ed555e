// An introduction to the package: what is translated, and what decides where the two languages differ.

// Package oci translates between jail's policies and the seccomp profiles of
// containers: the linux.seccomp of the OCI runtime specification (config-linux.md,
// "Seccomp") and the files of Docker and Podman, which add archMap, includes
// and excludes to it.
//
//	in, err := oci.Import("default.json", data, oci.Options{Machine: seccomp.Native(), Kernel: oci.Version{Major: 6, Minor: 18}})
//	out, err := oci.Export(plan)
//
// # What a profile means
//
// The specification says what a profile looks like, and leaves open what rules
// that overlap mean. Here they mean what container runtimes make of them with
// libseccomp (seccomp_rule_add(3)), which is not the first match:
//
//   - a rule whose action is the default's is no rule at all;
//   - a rule without args decides its calls, whatever rules with args say; of
//     several the first does;
//   - of a rule with args all must hold; but if two of them are about one
//     argument each arg is a rule of its own;
//   - rules with args for one call are joined by or. Where several match that
//     have different actions libseccomp's answer depends on how it sorts them;
//     here the strictest is taken, as the kernel ranks actions (seccomp(2));
//   - SCMP_CMP_MASKED_EQ has the mask in value, and takes bits of valueTwo that
//     are not in the mask away;
//   - on i386, x32 and arm only the low 32 bits of an argument are compared;
//   - on i386 a rule for socket or semop is one for socketcall or ipc too;
//   - an ABI that is not listed is killed, but for the machine's own.
//
// # Where an imported policy is tighter
//
// It never lets a call do what the original would not. It is tighter where jail
// is under every policy (package policy, "What is refused under every policy"):
// the importer never opens a guard, so ptrace, seccomp, io_uring, clone3 and the input of terminals stay
// shut, and it says so in the policy. Numbers that jail's tables lack get
// ENOSYS. SCMP_ACT_TRACE and SCMP_ACT_NOTIFY become ENOSYS, which is what the
// kernel answers if nobody listens; SCMP_ACT_KILL_THREAD and SCMP_ACT_TRAP kill
// the process; SCMP_ACT_LOG is jail's trace; errno 0, by which a call seems to
// succeed, becomes EPERM.
//
// A profile compares 64 bits of every argument. jail compares those that the
// kernel looks at: of an int the low 32. So a call with a bit set above them
// is decided as the same call without: what the kernel would do is what counts.
// A condition that jail cannot hold, such as on a pointer, is left out where
// its rule refuses, and takes its rule with it where it allows.
package oci
