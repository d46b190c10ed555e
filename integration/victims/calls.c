// Makes calls with every register set to a known value and says which of them changed: argv names the calls.
#include "victim.h"

static pid_t parent;

#if defined __x86_64__
struct regs { long rbx, rdi, rsi, rdx, r10, r8, r9, r12, r13, r14, r15, rbp; };

// raw makes call nr with the registers of before, and stores those after it.
static long raw(long nr, const struct regs *before, struct regs *after)
{
	long rax = nr;
	static struct regs out; // reached without a register
	static const struct regs *in;
	in = before;
	__asm__ volatile(
		"push %%rbp\n push %%rbx\n"
		"mov %[in], %%rcx\n"
		"mov 0(%%rcx), %%rbx\n mov 8(%%rcx), %%rdi\n mov 16(%%rcx), %%rsi\n mov 24(%%rcx), %%rdx\n mov 32(%%rcx), %%r10\n"
		"mov 40(%%rcx), %%r8\n mov 48(%%rcx), %%r9\n mov 56(%%rcx), %%r12\n mov 64(%%rcx), %%r13\n mov 72(%%rcx), %%r14\n"
		"mov 80(%%rcx), %%r15\n mov 88(%%rcx), %%rbp\n"
		"syscall\n"
		"mov %%rbx, 0+%[out]\n mov %%rdi, 8+%[out]\n mov %%rsi, 16+%[out]\n mov %%rdx, 24+%[out]\n mov %%r10, 32+%[out]\n"
		"mov %%r8, 40+%[out]\n mov %%r9, 48+%[out]\n mov %%r12, 56+%[out]\n mov %%r13, 64+%[out]\n mov %%r14, 72+%[out]\n"
		"mov %%r15, 80+%[out]\n mov %%rbp, 88+%[out]\n"
		"pop %%rbx\n pop %%rbp\n"
		: "+a"(rax), [out] "=m"(out)
		: [in] "m"(in)
		: "rcx", "r11", "rdi", "rsi", "rdx", "r10", "r8", "r9", "r12", "r13", "r14", "r15", "memory");
	*after = out;
	return rax;
}

static const char *names[] = {"rbx", "rdi", "rsi", "rdx", "r10", "r8", "r9", "r12", "r13", "r14", "r15", "rbp"};

static void make(const char *name, long nr, long a, long b, long c)
{
	struct regs before = {0x1111, a, b, c, 0x4444, 0x5555, 0x6666, 0x7777, 0x8888, 0x9999, 0xaaaa, 0xbbbb}, after;
	long r = raw(nr, &before, &after);
	const long *x = (const long *)&before, *y = (const long *)&after;
	for (unsigned i = 0; i < sizeof before / sizeof *x; i++)
		if (x[i] != y[i])
			say("%s: %s was %lx and is %lx\n", name, names[i], x[i], y[i]);
	errno = r < 0 && r > -4096 ? -r : 0;
	if (nr == SYS_getppid || nr == SYS_getpid)
		say("%s: %s\n", name, r < 0 ? strerrorname_np(-r) : r == parent ? "the parent" : r == getpid() ? "itself" : "something else");
	else
		say("%s: %ld %s\n", name, errno ? -1 : r, errno ? strerrorname_np(errno) : "ok");
}
#else
static void make(const char *name, long nr, long a, long b, long c)
{
	long r = syscall(nr, a, b, c);
	say("%s: %ld %s\n", name, r, err(r));
}
#endif

static void *thread(void *unused)
{
	say("thread\n");
	return unused;
}

int main(int argc, char **argv)
{
	parent = getppid();
	char path[] = "/tmp/jail-must-not-exist";
	for (int i = 1; i < argc; i++) {
		const char *n = argv[i];
		if (strcmp(n, "write") == 0)
			make(n, SYS_write, 1, (long)"hello\n", 6);
		else if (strcmp(n, "getpid") == 0)
			make(n, SYS_getppid, 7, 8, 9);
		else if (strcmp(n, "umask") == 0)
			make(n, SYS_umask, 0123, 1, 2);
		else if (strcmp(n, "alarm") == 0)
			make(n, SYS_alarm, 0, 1, 2);
		else if (strcmp(n, "openat") == 0)
			make(n, SYS_openat, AT_FDCWD, (long)path, O_CREAT | O_RDWR);
		else if (strcmp(n, "fork") == 0) {
			pid_t pid = fork();
			if (pid == 0)
				_exit(7);
			say("fork: %s\n", err(pid));
			if (pid > 0)
				reap("child", pid);
		} else if (strcmp(n, "thread") == 0) {
			pthread_t t;
			int e = pthread_create(&t, NULL, thread, NULL);
			if (e == 0)
				pthread_join(t, NULL);
			say("pthread_create: %s\n", e ? strerrorname_np(e) : "ok");
		} else if (strcmp(n, "exists") == 0) {
			say("exists: %d\n", access(path, F_OK) == 0);
		} else if (strcmp(n, "exit") == 0) {
			_exit(5);
		}
	}
	return 0;
}
