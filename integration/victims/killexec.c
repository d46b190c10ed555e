// Processes that are killed while one of their threads calls exec, and others make children. argv: how many.
#include "victim.h"

static void *executes(void *unused)
{
	execl("/bin/true", "true", (char *)NULL);
	return unused;
}

static void *makes(void *unused)
{
	for (;;) {
		pid_t pid = vfork();
		if (pid == 0)
			_exit(0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	int reaped = 0, processes = atoi(argv[argc - 1]);
	for (int i = 0; i < processes; i++) {
		pid_t pid = MUST(fork());
		if (pid == 0) {
			pthread_t thread;
			if (i % 2)
				MUST0(pthread_create(&thread, NULL, makes, NULL));
			MUST0(pthread_create(&thread, NULL, executes, NULL));
			makes(NULL);
		}
		for (int wait = i * 7 % 97; wait > 0; wait--)
			sched_yield();
		MUST(kill(pid, i % 3 ? SIGKILL : SIGTERM));
		int status;
		reaped += MUST(waitpid(pid, &status, 0)) == pid;
	}
	say("%d reaped\n", reaped);
	return 0;
}
