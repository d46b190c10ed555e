// vfork in all its forms: child execs, exits, is killed, vforks itself; from a thread; with signals while the parent waits.
#include "victim.h"
#include <spawn.h>

extern char **environ;
static char self[PATH_MAX];
static char *argv_exec[] = {"vfork", "child", NULL};
static volatile int shared;
static int caught;

static void on_usr1(int sig, siginfo_t *si, void *context) { (void)sig, (void)context; caught += si->si_pid != 0; }

static void forms(const char *who)
{
	char name[64];
	shared = 1;
	pid_t pid = vfork();
	if (pid == 0) {
		shared = 2; // in the parent's memory
		execve(self, argv_exec, environ);
		_exit(1);
	}
	say("%s: memory is shared: %d\n", who, shared);
	snprintf(name, sizeof name, "%s: exec", who);
	reap(name, pid);

	if ((pid = vfork()) == 0)
		_exit(5);
	snprintf(name, sizeof name, "%s: exit", who);
	reap(name, pid);

	if ((pid = vfork()) == 0) {
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	snprintf(name, sizeof name, "%s: kill", who);
	reap(name, pid);

	if ((pid = vfork()) == 0) {
		pid_t inner = vfork();
		if (inner == 0) {
			shared = 3;
			_exit(6);
		}
		int status;
		waitpid(inner, &status, 0);
		shared += WEXITSTATUS(status);
		_exit(7);
	}
	say("%s: nested: %d\n", who, shared);
	snprintf(name, sizeof name, "%s: nested", who);
	reap(name, pid);

	if ((pid = vfork()) == 0) {
		execve("/nonexistent", argv_exec, environ);
		shared = errno;
		_exit(8);
	}
	say("%s: failed exec: %d\n", who, shared);
	snprintf(name, sizeof name, "%s: failed exec", who);
	reap(name, pid);
}

static void *second(void *unused)
{
	forms("thread");
	return unused;
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		return 4;
	self[MUST(readlink("/proc/self/exe", self, sizeof self - 1))] = 0;
	forms("leader");
	pthread_t t;
	MUST0(pthread_create(&t, NULL, second, NULL));
	MUST0(pthread_join(t, NULL));

	catch(SIGUSR1, on_usr1, 0);
	pid_t pid = vfork();
	if (pid == 0) { // the parent can't take the signal before this child lets it go
		kill(getppid(), SIGUSR1);
		shared = caught;
		_exit(0);
	}
	say("caught while waiting: %d, after: %d\n", shared, caught);
	reap("signal", pid);

	for (int i = 0; i < 20; i++) {
		MUST0(posix_spawn(&pid, self, NULL, NULL, argv_exec, environ));
		reap("posix_spawn", pid);
	}
	say("posix_spawn of nothing: %s\n", strerrorname_np(posix_spawn(&pid, "/nonexistent", NULL, NULL, argv_exec, environ)));
	return 0;
}
