// Those who change the byte: a thread, a process that shares the memory, one that writes to /proc/<pid>/mem, one with process_vm_writev.

#include "race.h"

char *argument;
_Atomic long *flips;

// never is what a flipper leaves that can't flip.
#define NEVER (1L << 40)

// flip never comes back. Each of the two stays for as long as the other.
static void __attribute__((noreturn)) flip(volatile char *at)
{
	for (;; (*flips)++)
		*at = *flips % 2 ? GOOD : EVIL;
}

static void *thread(void *at)
{
	flip(at);
}

void by_thread(char *at) { start_thread(thread, at); }

// child makes a process that ends with this one.
static int child(void)
{
	pid_t pid = fork();
	if (pid < 0)
		*flips = NEVER;
	if (pid == 0)
		prctl(PR_SET_PDEATHSIG, SIGKILL);
	return pid == 0;
}

void by_child(char *at)
{
	if (child())
		flip(at);
}

void by_mem(char *at)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/mem", getpid());
	if (!child())
		return;
	int fd = open(path, O_RDWR);
	while (pwrite(fd, *flips % 2 ? "G" : "E", 1, (long)at) == 1)
		(*flips)++;
	*flips = NEVER;
	_exit(0);
}

void by_vm(char *at)
{
	pid_t pid = getpid();
	if (!child())
		return;
	struct iovec here = {"EG", 1}, there = {at, 1};
	for (char *both = here.iov_base; process_vm_writev(pid, &here, 1, &there, 1, 0) == 1; (*flips)++)
		here.iov_base = both + *flips % 2;
	*flips = NEVER;
	_exit(0);
}

static void prepare(void)
{
	argument = NEED(mmap(NULL, 1 << 16, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	flips = NEED(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
}

char *racing(flipper *f, const char *path, int offset)
{
	prepare();
	char *at = strcpy(argument + offset, path);
	f(at);
	return at;
}

int on(long tried)
{
	static long last;
	if (tried % 16)
		return 1;
	while (*flips == last) // on a busy machine it takes a while until they have their turn
		sched_yield();
	last = *flips;
	return tried < 240 && last < NEVER;
}

static void *repeat(void *f)
{
	for (;; (*flips)++)
		((void (*)(void))f)();
	return NULL;
}

void flips_by(void (*f)(void))
{
	prepare();
	start_thread(repeat, f);
}

void wrote_outside(int fd)
{
	struct stat st, outside;
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && stat(world.file, &outside) == 0 && st.st_ino == outside.st_ino && st.st_dev == outside.st_dev)
		wrote(fd);
	close(fd);
}
