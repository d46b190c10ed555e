// Odd ways into the kernel: calls dispatched back to user space, the vsyscall page, time without a call.
#include "victim.h"
#include <sys/auxv.h>
#include <sys/time.h>

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH 59
#endif

static volatile char selector;
static _Atomic int dispatched;
static long dispatched_nr;

static void on_sys(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)context;
	selector = 0;
	dispatched++;
	dispatched_nr = si->si_syscall;
}

static void user_dispatch(void)
{
	catch(SIGSYS, on_sys, 0);
	int r = prctl(PR_SET_SYSCALL_USER_DISPATCH, 1, 0, 0, &selector);
	say("user dispatch: %s\n", err(r));
	if (r == -1)
		return;
	for (int i = 0; i < 5; i++) {
		selector = 1;
		long got = syscall(SYS_getppid);
		selector = 0;
		say("dispatched %d: %s, call %d\n", dispatched, got == getppid() ? "answered" : "not answered", dispatched_nr == SYS_getppid);
	}
	MUST(prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0));
	say("after: %d\n", syscall(SYS_getppid) == getppid());
}

#if defined __x86_64__
static void vsyscall(void)
{
	char maps[65536];
	int fd = open("/proc/self/maps", O_RDONLY);
	size_t n = 0;
	for (ssize_t r; (r = read(fd, maps + n, sizeof maps - 1 - n)) > 0;)
		n += r;
	maps[n] = 0;
	close(fd);
	if (!strstr(maps, "[vsyscall]")) {
		say("no vsyscall page\n");
		return;
	}
	struct timeval tv = {0};
	time_t (*gettime)(time_t *) = (time_t (*)(time_t *))0xffffffffff600400ul;
	int (*getday)(struct timeval *, void *) = (int (*)(struct timeval *, void *))0xffffffffff600000ul;
	long now = time(NULL), then = gettime(NULL);
	say("vsyscall time: %d\n", then - now >= 0 && then - now < 100);
	int r = getday(&tv, NULL);
	say("vsyscall gettimeofday: %d %d\n", r, tv.tv_sec >= then);
}
#else
static void vsyscall(void) {}
#endif

int main(void)
{
	user_dispatch();
	vsyscall();
	struct timespec a, b;
	clock_gettime(CLOCK_MONOTONIC, &a);
	clock_gettime(CLOCK_MONOTONIC, &b);
	say("time goes on: %d, vdso %d\n", b.tv_sec > a.tv_sec || b.tv_nsec >= a.tv_nsec, getauxval(AT_SYSINFO_EHDR) != 0);
	return 0;
}
