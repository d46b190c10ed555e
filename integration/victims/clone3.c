// Makes tasks by clone3, which has its flags in memory.

#include "victim.h"
#include <linux/sched.h>
#include <stdbool.h>

static struct clone_args args = {.exit_signal = SIGCHLD};
static atomic_bool over;

static void *flip_untraced(void *)
{
	for (unsigned i = 0; !over; i++)
		*(volatile uint64_t *)&args.flags = i & 1 ? CLONE_UNTRACED : 0;
	return NULL;
}

// clone3 answers the result, and what the child finds in the registers of its arguments.
static long clone3(struct clone_args *a, size_t size, unsigned long *first)
{
#ifdef __x86_64__
	long r;
	unsigned long rdi = (unsigned long)a;
	__asm__ volatile("syscall" : "=a"(r), "+D"(rdi) : "0"(SYS_clone3), "S"(size) : "rcx", "r11", "memory");
	*first = rdi;
	if (r < 0 && r > -4096) {
		errno = -r;
		return -1;
	}
	return r;
#else
	*first = (unsigned long)a;
	return syscall(SYS_clone3, a, size);
#endif
}

static void try(const char *name, uint64_t flags, size_t size)
{
	unsigned long first;
	args.flags = flags;
	long pid = clone3(&args, size, &first);
	if (pid == 0)
		_exit(first == (unsigned long)&args ? 7 : 8);
	say("%s: %s\n", name, err(pid));
	if (first != (unsigned long)&args)
		say("%s: another pointer\n", name);
	if (pid > 0)
		reap(name, pid);
}

static void *thread(void *unused) { return unused; }

int main(int argc, char **argv)
{
	if (argc > 1) {
		pthread_t t;
		int made = 0, refused = 0, tries = atoi(argv[1]);
		MUST0(pthread_create(&t, NULL, flip_untraced, NULL));
		for (int i = 0; i < tries; i++) {
			long pid = syscall(SYS_clone3, &args, sizeof args);
			if (pid == 0) // whom nobody traces may say so: /proc tells
				_exit(0);
			if (pid < 0) {
				refused++;
				continue;
			}
			made++;
			MUST(waitpid(pid, NULL, 0));
		}
		over = true;
		pthread_join(t, NULL);
		say("%s, %s\n", made ? "some were made" : "none were made", refused ? "some were refused" : "none were refused");
		say("%d\n", made);
		return 0;
	}
	int pidfd = -1;
	args.pidfd = (uintptr_t)&pidfd;
	try("fork", 0, sizeof args);
	try("CLONE_PIDFD", CLONE_PIDFD, sizeof args);
	say("pidfd: %s\n", err(fcntl(pidfd, F_GETFD)));
	args.pidfd = 0;
	try("CLONE_CLEAR_SIGHAND", CLONE_CLEAR_SIGHAND, sizeof args);
	try("vfork", CLONE_VM | CLONE_VFORK, sizeof args);
	try("CLONE_UNTRACED", CLONE_UNTRACED, sizeof args);
	try("CLONE_PARENT", CLONE_PARENT, sizeof args);
	try("CLONE_INTO_CGROUP", CLONE_INTO_CGROUP, sizeof args);
	try("CLONE_NEWUSER", CLONE_NEWUSER, sizeof args);
	try("small", 0, 63);
	try("large", 0, 5000);
	pthread_t t;
	say("thread: %d\n", pthread_create(&t, NULL, thread, NULL));
	pthread_join(t, NULL);
	return 0;
}
