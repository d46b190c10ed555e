// How many arguments calls have, for those that are denied often.

package reason

import "strings"

// byCount lists calls by the number of their arguments (syscalls(2) and each call's page).
var byCount = [...]string{
	0: "fork vfork getpid sync setsid vhangup",
	1: "chdir fchdir chroot rmdir unlink umask acct swapoff setuid setgid setfsuid setfsgid unshare personality pkey_free exit exit_group close",
	2: "kill tkill listen mkdir link symlink rename creat chmod fchmod truncate ftruncate setns setpgid setreuid setregid umount2 " +
		"swapon clone3 memfd_create userfaultfd io_uring_setup sethostname setdomainname munmap pidfd_open setrlimit delete_module capset utime kcmp",
	3: "socket connect bind accept open execve mknod mkdirat unlinkat chown fchown lchown tgkill ioctl fcntl seccomp bpf " +
		"setresuid setresgid sendmsg recvmsg rt_sigqueueinfo syslog mprotect read write mlock2 init_module finit_module shmget shmat",
	4: "openat openat2 ptrace reboot faccessat faccessat2 fchmodat mknodat quotactl socketpair prlimit64 rt_tgsigqueueinfo pidfd_send_signal accept4",
	5: "clone execveat mount prctl linkat renameat2 fchownat keyctl add_key perf_event_open setsockopt getsockopt kexec_load fsconfig",
	6: "mmap sendto recvfrom process_vm_readv process_vm_writev futex io_uring_enter splice copy_file_range",
}

// arguments is how many arguments of a call to show, and whether those are all.
func arguments(call string) (int, bool) {
	for n, names := range byCount {
		for name := range strings.FieldsSeq(names) {
			if name == call {
				return n, true
			}
		}
	}
	return 3, false
}
