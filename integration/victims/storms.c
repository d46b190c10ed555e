// Signals sent in a loop to a task that ignores them, or is stopped and continued by them: it gets to its end nevertheless.
// argv: how many tasks.
#include "victim.h"

enum { CALLS = 1000 };

static void work(void)
{
	for (int i = 0; i < CALLS; i++)
		syscall(SYS_getppid);
}

static void stop_and_continue(pid_t pid)
{
	kill(pid, SIGSTOP);
	sched_yield();
	kill(pid, SIGCONT);
}
static void ignored(pid_t pid) { kill(pid, SIGURG); }
static void queued(pid_t pid)
{
	union sigval none = {0};
	sigqueue(pid, SIGRTMIN, none);
}

static void storm(const char *name, int tasks, void (*send)(pid_t))
{
	int well = 0;
	for (int i = 0; i < tasks; i++) {
		pid_t pid = MUST(fork());
		if (pid == 0) {
			work();
			_exit(7);
		}
		int status;
		while (MUST(waitpid(pid, &status, WNOHANG)) == 0)
			send(pid);
		well += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	}
	say("%s: %d ended well\n", name, well);
}

static _Atomic int done;

static void *worker(void *tid)
{
	*(_Atomic pid_t *)tid = gettid();
	work();
	done = 1;
	return NULL;
}

static void threads(int tasks)
{
	for (int i = 0; i < tasks; i++) {
		_Atomic pid_t tid = 0;
		pthread_t t;
		done = 0;
		MUST0(pthread_create(&t, NULL, worker, &tid));
		while (!done)
			if (tid)
				syscall(SYS_tgkill, getpid(), tid, SIGURG);
		MUST0(pthread_join(t, NULL));
	}
	say("threads: %d\n", tasks);
}

int main(int argc, char **argv)
{
	int tasks = argc > 1 ? atoi(argv[1]) : 1;
	signal(SIGRTMIN, SIG_IGN);
	storm("stopped and continued", tasks, stop_and_continue);
	storm("ignored", tasks, ignored);
	storm("queued", tasks, queued);
	threads(tasks);
	return 0;
}
