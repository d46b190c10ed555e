// Tries to make tasks that nobody traces, and ordinary ones beside them.
#include "victim.h"
#include <linux/sched.h>
#include <sys/ptrace.h>

static void try(const char *name, unsigned long flags)
{
	pid_t pid = syscall(SYS_clone, flags, 0, 0, 0, 0);
	if (pid == 0)
		_exit(8);
	say("%s: %s\n", name, err(pid));
	if (pid > 0)
		reap(name, pid);
}

static void *thread(void *unused) { return unused; }

int main(void)
{
	try("clone", SIGCHLD);
	try("CLONE_UNTRACED", CLONE_UNTRACED | SIGCHLD);
	try("CLONE_UNTRACED and junk above", 0xffff000000000000ul | CLONE_UNTRACED | SIGCHLD);
	struct clone_args args = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	long pid = syscall(SYS_clone3, &args, sizeof args);
	if (pid == 0)
		_exit(8);
	say("clone3: %s\n", err(pid));
	pthread_t t;
	say("thread: %d\n", pthread_create(&t, NULL, thread, NULL));
	pthread_join(t, NULL);
	pid = fork();
	if (pid == 0)
		_exit(9);
	reap("fork", pid);
	return 0;
}
