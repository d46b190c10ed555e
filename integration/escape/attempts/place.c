// Where an attempt runs: --place changes what a process has and executes a program with it; --keeper stands in for jail.

#include "attempt.h"
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>

static int failed(const char *what)
{
	fprintf(stderr, "place: %s: %s\n", what, strerror(errno));
	return 99;
}

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define NUMBER LOAD(offsetof(struct seccomp_data, nr))
#define ARG(n) LOAD(offsetof(struct seccomp_data, args[n]))
#define ERRNO(e) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (e))
#define IS(nr, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, skip)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int filter(struct sock_filter *code, unsigned short n)
{
	struct sock_fprog prog = {n, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog);
}

// no_landlock is a kernel that was built without it.
static int no_landlock(void)
{
	struct sock_filter code[] = {
		NUMBER,
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_landlock_create_ruleset, 0, 2),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_landlock_restrict_self, 1, 0),
		ERRNO(ENOSYS),
		ALLOW,
	};
	return filter(code, sizeof code / sizeof *code);
}

// no_userns is what the filters of containers do about user namespaces.
static int no_userns(void)
{
	struct sock_filter code[] = {
		NUMBER,
		IS(SYS_clone3, 1),
		ERRNO(ENOSYS),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 1, 0),
		IS(SYS_unshare, 3),
		ARG(0),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1),
		ERRNO(EPERM),
		ALLOW,
	};
	return filter(code, sizeof code / sizeof *code);
}

static int ordinary(void)
{
	return setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534) ? -1 : 0;
}

// place_main does what the words say, in their order, and executes what follows --.
int place_main(char **argv)
{
	const struct { const char *word; int (*make)(void); } words[] = {
		{"nolandlock", no_landlock}, {"nouserns", no_userns}, {"user", ordinary},
	};
	for (; *argv && strcmp(*argv, "--"); argv++)
		for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
			if (strcmp(*argv, words[i].word) == 0 && words[i].make())
				return failed(*argv);
	if (*argv == NULL || argv[1] == NULL)
		return failed("no program");
	execv(argv[1], argv + 1);
	return failed(argv[1]);
}

// sweep kills all children, and theirs, which become ours.
static void sweep(void)
{
	char path[64], list[4096], *end;
	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	for (;;) {
		int fd = open(path, O_RDONLY);
		ssize_t n = read(fd, list, sizeof list - 1);
		close(fd);
		list[n > 0 ? n : 0] = 0;
		for (char *at = list; strtol(at, &end, 10) > 0; at = end)
			kill(strtol(at, &end, 10), SIGKILL);
		if (waitpid(-1, NULL, __WALL) < 0 && errno == ECHILD)
			return;
	}
}

// keeper_main has two children as jail has some: the attempt, and one that only lies there, as jail's helpers do. What the
// attempt leaves behind it kills, or hears out if the attempt ends with MORE.
int keeper_main(char **argv)
{
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid_t idle = fork();
	if (idle == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(0), close(1), close(2);
		for (;;)
			pause();
	}
	pid_t pid = fork();
	if (pid == 0) {
		execv(argv[0], argv);
		_exit(99);
	}
	int status = 0;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(idle, SIGKILL);
	waitpid(idle, NULL, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == MORE)
		while (waitpid(-1, NULL, __WALL) > 0 || errno == EINTR)
			;
	sweep();
	return 0;
}
