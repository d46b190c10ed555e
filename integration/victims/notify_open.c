// What opening costs where a supervisor hands descriptors over by seccomp's user notification (seccomp_unotify(2)): the plainest that
// can be written, in C, which looks at nothing. It takes what "paths speed" takes: a folder and how often.
#include "victim.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

// send_fd and receive_fd pass a descriptor over a socket (unix(7), SCM_RIGHTS).
static void send_fd(int to, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof fd)] = {0};
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET, c->cmsg_type = SCM_RIGHTS, c->cmsg_len = CMSG_LEN(sizeof fd);
	memcpy(CMSG_DATA(c), &fd, sizeof fd);
	MUST(sendmsg(to, &m, 0));
}

static int receive_fd(int from)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec v = {&byte, 1};
	struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
	int fd;
	MUST(recvmsg(from, &m, 0));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&m)), sizeof fd);
	return fd;
}

static long opens(long n)
{
	struct timespec from, to;
	MUST(clock_gettime(CLOCK_MONOTONIC, &from));
	for (long i = 0; i < n; i++)
		close(MUST(open("ok.txt", O_RDONLY)));
	MUST(clock_gettime(CLOCK_MONOTONIC, &to));
	return (to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec;
}

static void program(int to, long n)
{
	struct sock_filter f[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
		{BPF_JMP | BPF_JEQ | BPF_K, 0, 1, SYS_openat}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_USER_NOTIF},
		{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
	struct sock_fprog prog = {sizeof f / sizeof *f, f};
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	int listener = MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog));
	send_fd(to, listener);
	close(listener);
	opens(n / 10);
	say("%ld\n", opens(n));
	_exit(0);
}

int main(int argc, char **argv)
{
	int pair[2];
	if (argc != 4)
		return 2;
	MUST(chdir(argv[2]));
	MUST(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair));
	pid_t child = MUST(fork());
	if (child == 0)
		program(pair[1], atol(argv[3]));
	int listener = receive_fd(pair[0]);
	for (;;) {
		struct seccomp_notif n = {0};
		if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &n))
			break; // ENOENT: it has ended
		struct seccomp_notif_addfd add = {.id = n.id, .flags = SECCOMP_ADDFD_FLAG_SEND, .srcfd = MUST(open("ok.txt", O_RDONLY))};
		MUST(ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &add));
		close(add.srcfd);
	}
	int status;
	MUST(waitpid(child, &status, 0));
	return status != 0;
}
