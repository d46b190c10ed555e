// Leaders that end before their threads: the status of the process is what the kernel makes of it.
#include "victim.h"

static const char *how;
static pthread_t leader;

static void *other(void *unused)
{
	char buf[4096];
	while (state(getpid()) != 'Z')
		sched_yield();
	slurp("/proc/self/status", buf, sizeof buf);
	say("%s: the leader is a zombie, threads %d, cwd %s\n", how, atoi(strstr(buf, "\nThreads:") + 9),
		err(readlink("/proc/self/cwd", buf, sizeof buf)));
	say("%s: thread's own cwd %s\n", how, err(readlink("/proc/thread-self/cwd", buf, sizeof buf)));
	if (strcmp(how, "exit") == 0)
		syscall(SYS_exit, 5); // the last thread's code does not count
	if (strcmp(how, "exit_group") == 0)
		_exit(7);
	if (strcmp(how, "signal") == 0)
		syscall(SYS_tgkill, getpid(), tid(), SIGTERM);
	if (strcmp(how, "segv") == 0)
		*(volatile int *)8 = 1;
	if (strcmp(how, "fork") == 0) {
		pid_t pid = MUST(fork());
		if (pid == 0)
			_exit(9);
		reap("child of a leaderless process", pid);
	}
	if (strcmp(how, "stop") == 0) {
		kill(getpid(), SIGSTOP);
		say("continued\n");
	}
	if (strcmp(how, "pthread") == 0)
		say("%s: joined the leader: %d\n", how, pthread_join(leader, NULL));
	return unused;
}

static void process(void)
{
	pthread_t t;
	leader = pthread_self();
	MUST0(pthread_create(&t, NULL, other, NULL));
	if (strcmp(how, "pthread") == 0)
		pthread_exit(NULL);
	syscall(SYS_exit, 3);
}

int main(void)
{
	const char *hows[] = {"exit", "exit_group", "signal", "segv", "fork", "stop", "pthread"};
	for (unsigned i = 0; i < sizeof hows / sizeof *hows; i++) {
		how = hows[i];
		int status;
		pid_t pid = MUST(fork());
		if (pid == 0)
			process();
		MUST(waitpid(pid, &status, WUNTRACED));
		if (WIFSTOPPED(status)) {
			say_status(how, status);
			MUST(kill(pid, SIGCONT));
			MUST(waitpid(pid, &status, 0));
		}
		say_status(how, status);
	}
	return 0;
}
