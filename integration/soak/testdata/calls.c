// Makes random system calls with random arguments, from many tasks at once that share memory and change it meanwhile.
//
//     calls SEED ROUNDS TASKS
//
// Each round is a process with TASKS threads; what becomes of it does not matter. The first process only forks and waits, so that
// the run ends when it has made ROUNDS of them. What is called is up to the seed alone; what comes of it is not.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { shared_bytes = 1 << 16, calls_per_task = 300, highest_call = 480 };

static unsigned char *shared; // of all rounds, written to by all threads
static unsigned long seed;

// next is xorshift64*: a generator for each thread.
static uint64_t next(uint64_t *s)
{
	*s ^= *s >> 12;
	*s ^= *s << 25;
	*s ^= *s >> 27;
	return *s * 2685821657736338717ull;
}

static const char *const paths[] = {"/etc/passwd", ".", "..", "a", "b/c", "/proc/self/mem", "/proc/self/fd/0", "/dev/null", "/dev/zero", "/tmp", "/proc/self/exe", "", "/"};

// pointer is into shared memory, to where there is none, or to the last bytes before there is none.
static uint64_t pointer(uint64_t *s)
{
	switch (next(s) % 8) {
	case 0: return 0;
	case 1: return next(s);
	case 2: return (uint64_t)shared + shared_bytes - next(s) % 64;
	case 3: return (uint64_t)paths[next(s) % (sizeof paths / sizeof *paths)];
	case 4: { // a vector that points to shared memory
		uint64_t *at = (uint64_t *)(shared + (next(s) % (shared_bytes - 256) & ~7ull));
		for (int i = 0; i < 8; i++)
			at[i] = i % 2 ? next(s) % 4096 : (uint64_t)shared + next(s) % shared_bytes;
		return (uint64_t)at;
	}
	default: return (uint64_t)shared + next(s) % shared_bytes;
	}
}

static uint64_t argument(uint64_t *s)
{
	static const uint64_t odd[] = {0, 1, 2, 3, 7, 8, 64, 255, 256, 4096, -1ull, -100ull, 1ull << 31, 1ull << 32, 1ull << 63, 0x7fffffff};
	switch (next(s) % 4) {
	case 0: return odd[next(s) % (sizeof odd / sizeof *odd)];
	case 1: return next(s) % 40;
	case 2: return 1ull << next(s) % 64 | 1ull << next(s) % 64;
	default: return pointer(s);
	}
}

// number is a call of the table, seldom one beyond it or of x32, for which most policies kill.
static long number(uint64_t *s)
{
	if (next(s) % 4096 == 0)
		return next(s) % 2 ? next(s) : 0x40000000 | next(s) % highest_call;
	switch (next(s) % 64) {
	case 2: return SYS_execve;
	case 3: return SYS_openat;
	case 4: return SYS_connect;
	default: return next(s) % highest_call;
	}
}

static void *task(void *arg)
{
	uint64_t s = seed * 1000003 + (uintptr_t)arg + 1;
	for (int i = 0; i < calls_per_task; i++) {
		long n = number(&s);
		if (n == SYS_exit_group || n == SYS_exit || n == SYS_pause || n == SYS_rt_sigsuspend)
			continue; // too soon, or for ever
		syscall(n, argument(&s), argument(&s), argument(&s), argument(&s), argument(&s), argument(&s));
		shared[next(&s) % shared_bytes] = next(&s);
	}
	return NULL;
}

static void one_round(int tasks)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pthread_t made;
	for (long i = 1; i < tasks; i++)
		if (pthread_create(&made, NULL, task, (void *)i))
			break;
	task(NULL);
	_exit(0);
}

// end_of waits for a round, which may wait for ever, stop itself, or block every signal but one: after two seconds it gets that one.
static void end_of(pid_t child)
{
	sigset_t ended;
	struct timespec two = {2, 0};
	sigemptyset(&ended);
	sigaddset(&ended, SIGCHLD);
	while (waitpid(child, NULL, WNOHANG) == 0)
		if (sigtimedwait(&ended, NULL, &two) < 0 && errno == EAGAIN)
			kill(child, SIGKILL);
}

int main(int argc, char **argv)
{
	if (argc != 4)
		return 2;
	seed = strtoul(argv[1], NULL, 10);
	int rounds = atoi(argv[2]), tasks = atoi(argv[3]);
	setpgid(0, 0);
	shared = mmap(NULL, shared_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 1;
	sigset_t all, before; // its children send it signals too
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	for (int i = 0; i < rounds; i++, seed++) {
		pid_t child = fork();
		if (child == 0) {
			sigprocmask(SIG_SETMASK, &before, NULL);
			setpgid(0, 0); // what is sent to the group stays in it
			one_round(tasks);
		}
		if (child < 0)
			continue;
		end_of(child);
	}
	printf("%d rounds\n", rounds);
	return 0;
}
