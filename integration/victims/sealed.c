// Connects while its threads rewrite the address, and in all kinds of processes.
#include "sealed.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/time.h>

static void plain(void) { report("race", race(tries)); }

static void stream(void)
{
	type = SOCK_STREAM;
	report("stream", race(tries));
}

static int descriptors(void)
{
	int n = 0;
	for (int i = 0; i < 256; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static struct count per_thread[300];
static pthread_barrier_t gate;

static void *many(void *c)
{
	pthread_barrier_wait(&gate);
	note(c, once(allowed));
	note(c, once(refused));
	return 0;
}

static atomic_long alarms;
static void rang(int sig) { (void)sig; alarms++; }

static void storm(void)
{
	struct sigaction sa = {.sa_handler = rang, .sa_flags = SA_RESTART};
	struct itimerval often = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
	struct count c = {0};
	sigaction(SIGALRM, &sa, 0);
	for (int i = 0; i < tries; i++) {
		pid_t pid = fork(); // which has to get the pages each time: this process has none
		if (pid == 0) {
			setitimer(ITIMER_REAL, &often, 0);
			int a = once(allowed), b = once(refused);
			setitimer(ITIMER_REAL, &never, 0);
			_exit(a == allowed && b == -EACCES ? 0 : 1);
		}
		int st;
		while (waitpid(pid, &st, 0) < 0 && errno == EINTR)
			;
		c.odd += st != 0;
	}
	say("storm: odd %d\n", c.odd);
}

static void killed(void)
{
	unsigned seed = 1;
	for (int i = 0; i < tries; i++) {
		pid_t pid = fork();
		if (pid == 0) {
			pthread_t t[4];
			pthread_barrier_init(&gate, 0, 4);
			for (int k = 0; k < 4; k++)
				pthread_create(&t[k], 0, many, &per_thread[k]);
			for (;;)
				once(allowed);
		}
		usleep(rand_r(&seed) % 3000);
		kill(pid, SIGKILL);
		waitpid(pid, 0, 0);
	}
	simple("after the kills");
}

static void nested(void)
{
	struct sock_filter allow[] = {{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW}};
	struct sock_fprog prog = {1, allow};
	errno = 0;
	long r = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &prog);
	say("listener: %s\n", r < 0 ? strerrorname_np(errno) : "got one");
	r = syscall(0x2a5ea1ed, 0, 0, 0);
	say("the call itself: %s\n", r < 0 ? strerrorname_np(errno) : "answered");
	await(fork() ?: (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog) ? _exit(3) : (void)0, _exit(once(allowed) == -EACCES ? 0 : 4), 0), "filter first");
	simple("before the filter");
	await(fork() ?: (once(allowed), syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog), _exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 4), 0), "filter second");
}

// speed connects one socket over and over.
static void speed(void)
{
	struct sockaddr_in a = to(allowed);
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	for (int i = 0; i < tries; i++)
		if (connect(fd, (struct sockaddr *)&a, sizeof a))
			die("connect");
}

// first connects in as many processes as it is told.
static void first(void)
{
	for (int i = 0; i < tries; i++)
		await(fork() ?: (_exit(once(allowed) != allowed), 0), "child");
}

// stopped connects in processes that are stopped and continued all the time.
static void stopped(void)
{
	for (int i = 0; i < tries; i++) {
		pid_t pid = fork();
		if (pid == 0)
			_exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 1);
		int st;
		while (waitpid(pid, &st, WNOHANG) == 0)
			kill(pid, SIGSTOP), sched_yield(), kill(pid, SIGCONT);
		if (st)
			say("stopped: %#x\n", st);
	}
	simple("after the stops");
}

static void odd(void)
{
	struct sockaddr_in a = to(allowed);
	char big[256] = {AF_INET};
	say("no address: %d, half: %d, none there: %d, long: %d, negative: %d\n", -outcome(&a, 0), -outcome(&a, 3),
		-outcome((void *)8, sizeof a), -outcome(big, 129), -outcome(&a, (socklen_t)-1));
	char *end = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(end + 4096, 4096);
	memcpy(end + 4096 - sizeof a, &a, sizeof a);
	say("up to the end: %d, beyond: %d\n", outcome(end + 4096 - sizeof a, sizeof a) == allowed, -outcome(end + 4096 - 8, sizeof a));
}

#if defined __x86_64__
static void registers(void)
{
	struct sockaddr_in a = to(allowed);
	int fd = socket(AF_INET, SOCK_DGRAM, 0), bad = 0;
	for (int i = 0; i < 3; i++) {
		long rax = SYS_connect;
		register long rdi __asm__("rdi") = fd;
		register void *rsi __asm__("rsi") = &a;
		register long rdx __asm__("rdx") = sizeof a;
		register long r10 __asm__("r10") = 0x1010;
		register long r8 __asm__("r8") = 0x808;
		register long r9 __asm__("r9") = 0x909;
		__asm__ volatile("syscall" : "+a"(rax), "+r"(rdi), "+r"(rsi), "+r"(rdx), "+r"(r10), "+r"(r8), "+r"(r9) : : "rcx", "r11", "memory");
		bad += rax || rdi != fd || rsi != (void *)&a || rdx != sizeof a || r10 != 0x1010 || r8 != 0x808 || r9 != 0x909;
	}
	say("registers: bad %d\n", bad);
}
#else
static void registers(void) { say("registers: bad 0\n"); }
#endif

static void mask(void)
{
	sigset_t before, after;
	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	sigprocmask(SIG_SETMASK, &before, 0);
	int fds = descriptors();
	simple("first");
	sigprocmask(SIG_SETMASK, 0, &after);
	say("mask as before %d, descriptors %d, pages %d\n", !memcmp(&before, &after, 8), descriptors() - fds, pages(&page, &size));
}

static void family(void)
{
	await(fork() ?: (simple("child before the parent"), _exit(0), 0), "child");
	await(vfork() ?: (_exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 5), 0), "vfork child");
	say("vfork: pages %d\n", pages(&page, &size));
	simple("parent");
	await(vfork() ?: (_exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 5), 0), "vfork child again");
	await(fork() ?: (simple("child after the parent"), munmap(page, size), say("pages %d\n", pages(&page, &size)), _exit(0), 0), "child");
	say("pages %d\n", pages(&page, &size));
	arguments[1] = (char *)"race";
	execv("/proc/self/exe", arguments);
}

static void crowd(void)
{
	pthread_t t[300];
	struct count c = {0};
	pthread_barrier_init(&gate, 0, 300);
	for (int i = 0; i < 300; i++)
		if (pthread_create(&t[i], 0, many, &per_thread[i]))
			die("thread");
	for (int i = 0; i < 300; i++)
		pthread_join(t[i], 0), c.in += per_thread[i].in, c.out += per_thread[i].out;
	say("many: in %d, out %d, pages %d\n", c.in, c.out, pages(&page, &size));
}

int main(int argc, char **argv)
{
	static const struct part parts[] = {{"race", plain}, {"stream", stream}, {"mask", mask}, {"family", family}, {"many", crowd},
		{"storm", storm}, {"killed", killed}, {"nested", nested}, {"odd", odd}, {"registers", registers}, {"stopped", stopped},
		{"speed", speed}, {"first", first}, {0, 0}};
	return play(argc, argv, parts);
}
