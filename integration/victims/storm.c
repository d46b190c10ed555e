// Many threads fork at once, their children make threads and children: argv is threads, forks of each, threads of each child.
#include "victim.h"

static int forks, threads;
static pthread_barrier_t begin;
static _Atomic long sum, stops;

static void *count(void *n)
{
	++*(_Atomic int *)n;
	return NULL;
}

static void child(void)
{
	_Atomic int n = 0;
	pthread_t t[64];
	for (int i = 0; i < threads; i++)
		MUST0(pthread_create(&t[i], NULL, count, &n));
	pid_t pid = MUST(fork());
	if (pid == 0)
		_exit(2);
	int status;
	MUST(waitpid(pid, &status, WUNTRACED | WCONTINUED));
	for (int i = 0; i < threads; i++)
		MUST0(pthread_join(t[i], NULL));
	_exit(n + WEXITSTATUS(status));
}

static void *forker(void *unused)
{
	pid_t pids[256];
	pthread_barrier_wait(&begin);
	for (int i = 0; i < forks; i++) {
		pids[i] = MUST(fork());
		if (pids[i] == 0)
			child();
	}
	for (int i = 0; i < forks; i++) {
		int status;
		MUST(waitpid(pids[i], &status, WUNTRACED | WCONTINUED));
		if (WIFEXITED(status))
			sum += WEXITSTATUS(status);
		else
			stops++; // nobody stops or kills anybody here
	}
	return unused;
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 97;
	int n = atoi(argv[1]);
	forks = atoi(argv[2]), threads = atoi(argv[3]);
	pthread_t t[64];
	MUST0(pthread_barrier_init(&begin, NULL, n));
	for (int i = 0; i < n; i++)
		MUST0(pthread_create(&t[i], NULL, forker, NULL));
	for (int i = 0; i < n; i++)
		MUST0(pthread_join(t[i], NULL));
	say("sum %ld of %d, not exited %ld\n", sum, n * forks * (threads + 2), stops);
	return 0;
}
