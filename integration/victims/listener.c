// A filter of its own with a listener: a parent answers its child's call, as sandboxes within a sandbox do.
#include "victim.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>

int main(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	int fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	say("listener: %s\n", err(fd));
	if (fd == -1)
		return 1;
	pid_t pid = MUST(fork());
	if (pid == 0) {
		say("the child is answered %ld\n", syscall(SYS_getpgrp));
		_exit(0);
	}
	struct seccomp_notif n = {0};
	struct seccomp_notif_resp r = {0};
	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_RECV, &n));
	say("asked for getpgrp: %d, by the child: %d\n", n.data.nr == SYS_getpgrp, n.pid == (unsigned)pid);
	r.id = n.id;
	r.val = 4321;
	MUST(ioctl(fd, SECCOMP_IOCTL_NOTIF_SEND, &r));
	reap("child", pid);
	return 0;
}
