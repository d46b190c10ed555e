// A pid namespace of its own: its first process dies in several ways, and takes its children along.
#include "victim.h"
#include <sys/mount.h>

static int stages;

static void first(const char *how)
{
	say("%s: pid %d, parent %d\n", how, getpid(), getppid());
	pid_t pid = MUST(fork());
	if (pid == 0) {
		say("%s: child %d of %d\n", how, getpid(), getppid());
		if (strcmp(how, "signal from a child") == 0)
			kill(getppid(), SIGTERM); // has no handler: ignored by the first of a namespace
		_exit(5);
	}
	reap("child", pid);
	pid = MUST(fork());
	if (pid == 0)
		for (;;)
			pause(); // dies with the namespace
	if (strcmp(how, "fault") == 0)
		*(volatile int *)8 = 1;
	if (strcmp(how, "trap") == 0)
		__builtin_trap();
	if (strcmp(how, "abort") == 0)
		abort();
	if (strcmp(how, "kill itself") == 0) {
		kill(getpid(), SIGKILL); // does nothing
		kill(getpid(), SIGTERM);
		say("survives\n");
	}
	_exit(6);
}

int main(void)
{
	const char *hows[] = {"exit", "fault", "trap", "abort", "kill itself", "signal from a child"};
	uid_t uid = getuid();
	for (unsigned i = 0; i < sizeof hows / sizeof *hows; i++) {
		pid_t pid = MUST(fork());
		if (pid == 0) {
			int r = unshare(uid == 0 ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID);
			if (r == -1) {
				say("unshare: %s\n", err(r));
				_exit(0);
			}
			pid = MUST(fork());
			if (pid == 0)
				first(hows[i]);
			reap(hows[i], pid);
			_exit(0);
		}
		reap("namespace", pid);
		stages++;
	}
	say("stages %d\n", stages);
	return 0;
}
