// Connects to ports while its other threads rewrite the address, and tries to get at the copy that was checked.
// argv: what to do, the allowed port, the refused one, how often. Datagram sockets but for
// stream: connecting one sends nothing.
#include "victim.h"
#include <arpa/inet.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>

static uint16_t allowed, refused;
static int tries;
static struct sockaddr_in target;
static atomic_int stop;
static int type = SOCK_DGRAM;

static struct sockaddr_in to(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

// outcome connects once: the port it is connected to then, or the negative errno.
static int outcome(const void *addr, socklen_t len)
{
	int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
	if (fd < 0)
		die("socket");
	int result = connect(fd, addr, len) ? -errno : 0;
	if (result == 0) {
		struct sockaddr_in peer;
		socklen_t n = sizeof peer;
		if (getpeername(fd, (struct sockaddr *)&peer, &n))
			die("getpeername");
		result = ntohs(peer.sin_port);
	}
	close(fd);
	return result;
}

static int once(uint16_t port)
{
	struct sockaddr_in a = to(port);
	return outcome(&a, sizeof a);
}

static void *flip(void *unused)
{
	volatile in_port_t *port = &target.sin_port;
	for (unsigned i = 0; !stop; i++)
		*port = htons(i & 1 ? refused : allowed);
	return unused;
}

struct count { int in, out, leaks, odd, all; };

static void note(struct count *c, int result)
{
	c->in += result == allowed;
	c->leaks += result == refused;
	c->out += result == -EACCES;
	c->odd += result != allowed && result != refused && result != -EACCES;
}

// race connects as often as it is told, and until both ports were met; or until something leaks.
static struct count race(int n)
{
	struct count c = {0};
	pthread_t t[2];
	stop = 0;
	target = to(allowed);
	for (int i = 0; i < 2; i++)
		pthread_create(&t[i], 0, flip, 0);
	for (int i = 0; (i < n || (!(c.in && c.out) && i < 100 * n)) && !c.leaks; i++, c.all++)
		note(&c, outcome(&target, sizeof target));
	stop = 1;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], 0);
	return c;
}

static void report(const char *what, struct count c)
{
	say("%s: leaks %d, odd %d, all %d, both ways %d\n", what, c.leaks, c.odd, c.in + c.out + c.leaks + c.odd == c.all, c.in && c.out);
}

static void simple(const char *what)
{
	say("%s: allowed %d, refused %d\n", what, once(allowed) == allowed, once(refused) == -EACCES);
}

// pages finds where the sealed pages are: their number, and the last of them.
static int pages(char **at, size_t *size)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	int n = 0;
	if (!f)
		die("maps");
	while (fgets(line, sizeof line, f)) {
		unsigned long a, b;
		if (strstr(line, "/memfd:sealed arguments") && strstr(line, " r--s ") && sscanf(line, "%lx-%lx", &a, &b) == 2)
			n++, *at = (char *)a, *size = b - a;
	}
	fclose(f);
	return n;
}

static int descriptors(void)
{
	int n = 0;
	for (int i = 0; i < 256; i++)
		n += fcntl(i, F_GETFD) >= 0;
	return n;
}

static char *page;
static size_t size;

static void tell(const char *what, long r)
{
	int e = errno;
	char *at;
	size_t n;
	if (r >= 0)
		say("%s succeeds, ", what);
	else
		say("%s %s, ", what, strerrorname_np(e));
	int found = pages(&at, &n);
	say("intact %d, unchanged %d\n", found == 1 && at == page && n == size, *(volatile char *)page == 0);
}

// attack does all that a program can do to a mapping and to what is in it.
static void attack(void)
{
	static char evil[4096];
	memset(evil, 0x41, sizeof evil);
	struct iovec mine = {evil, sizeof evil}, theirs = {page, sizeof evil};
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC), fd;
	char path[128];
	pid_t parent = getpid(), pid;

	tell("munmap", munmap(page, size));
	tell("munmap part", munmap(page + 4096, 4096));
	tell("mremap", (long)mremap(page, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, (char *)0x200000000000) == -1 ? -1 : 0);
	tell("mremap shrink", (long)mremap(page, size, 4096, 0) == -1 ? -1 : 0);
	tell("mmap fixed", (long)mmap(page, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == -1 ? -1 : 0);
	tell("mprotect write", mprotect(page, size, PROT_READ | PROT_WRITE));
	tell("mprotect none", mprotect(page, 4096, PROT_NONE));
	tell("remap_file_pages", remap_file_pages(page, 4096, 0, 1, 0));
	const int advice[] = {MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_WIPEONFORK, 21 /* PAGEOUT */, 23 /* POPULATE_WRITE */, 24 /* DONTNEED_LOCKED */};
	for (unsigned i = 0; i < sizeof advice / sizeof *advice; i++) {
		snprintf(path, sizeof path, "madvise %d", advice[i]);
		tell(path, madvise(page, size, advice[i]));
	}
	tell("shmdt", shmdt(page));
	tell("/proc/self/mem", pwrite(mem, evil, sizeof evil, (long)page));
	tell("process_vm_writev", process_vm_writev(getpid(), &mine, 1, &theirs, 1, 0));
	snprintf(path, sizeof path, "/proc/self/map_files/%lx-%lx", (long)page, (long)page + (long)size);
	fd = open(path, O_RDWR | O_CLOEXEC);
	tell("map_files", fd);
	if (fd >= 0) {
		tell("write", pwrite(fd, evil, sizeof evil, 0));
		tell("punch", fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4096));
		tell("truncate", ftruncate(fd, 0));
		tell("map", (long)mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == -1 ? -1 : 0);
		close(fd);
	}
	pid = fork();
	if (pid == 0) {
		snprintf(path, sizeof path, "/proc/%d/mem", parent);
		int theirs_mem = open(path, O_RDWR | O_CLOEXEC);
		ssize_t a = theirs_mem < 0 ? -1 : pwrite(theirs_mem, evil, sizeof evil, (long)page);
		ssize_t b = process_vm_writev(parent, &mine, 1, &theirs, 1, 0);
		_exit(a > 0 || b > 0);
	}
	int st;
	waitpid(pid, &st, 0);
	errno = EFAULT;
	tell("another process", st == 0 ? -1 : 0);
	close(mem);
}

// vandal goes on with that while connections are made.
static void *vandal(void *unused)
{
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	struct sockaddr_in evil = to(refused);
	while (!stop) {
		munmap(page, size);
		mmap(page, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mprotect(page, size, PROT_READ | PROT_WRITE);
		madvise(page, size, MADV_DONTNEED);
		for (int i = 0; i < 4; i++)
			if (pwrite(mem, &evil, sizeof evil, (long)page + i * 128) > 0)
				say("written to\n");
	}
	close(mem);
	return unused;
}

// thief closes and replaces every descriptor that turns up, and takes fixed places, while the pages are brought.
static void *thief(void *unused)
{
	int null = open("/dev/null", O_RDWR);
	while (!stop)
		for (int i = null + 1; i < null + 8; i++)
			dup2(null, i);
	return unused;
}

static void await(pid_t pid, const char *what)
{
	int st;
	if (waitpid(pid, &st, 0) != pid || st)
		say("%s ended with %#x\n", what, st);
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

// guarded takes the readability of the pages away.
static void guarded(void)
{
	simple("first");
	pages(&page, &size);
	int r = madvise(page, size, 102 /* MADV_GUARD_INSTALL, Linux 6.13 */);
	int a = once(allowed), b = once(refused);
	say("guarded: %d\n", r ? a == allowed && b == -EACCES : a == -EFAULT && b == -EACCES);
	long u = syscall(SYS_userfaultfd, O_CLOEXEC | 1);
	struct { uint64_t start, len, mode, ioctls; } range = {(long)page, size, 1, 0};
	struct { uint64_t api, features, ioctls; } api = {0xaa, 0, 0};
	r = u < 0 || ioctl(u, 0xc018aa3f, &api) ? -1 : ioctl(u, 0xc020aa00, &range);
	say("userfaultfd: %d\n", r);
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

int main(int argc, char **argv)
{
	if (argc < 5)
		die("arguments");
	const char *what = argv[1];
	allowed = atoi(argv[2]), refused = atoi(argv[3]), tries = atoi(argv[4]);
	if (!strcmp(what, "stream")) {
		type = SOCK_STREAM;
		report(what, race(tries));
	} else if (!strcmp(what, "race")) {
		struct count c = race(tries);
		report(what, c);
	} else if (!strcmp(what, "mask")) {
		mask();
	} else if (!strcmp(what, "attack")) {
		simple("first");
		if (pages(&page, &size) != 1)
			die("pages");
		attack();
		pthread_t t;
		pthread_create(&t, 0, vandal, 0);
		struct count c = race(tries);
		pthread_join(t, 0);
		report(what, c);
	} else if (!strcmp(what, "thief")) {
		pthread_t t;
		pthread_create(&t, 0, thief, 0);
		struct count c = race(tries);
		pthread_join(t, 0);
		say("thief: leaks %d\n", c.leaks);
	} else if (!strcmp(what, "dontfork")) {
		simple("first");
		if (pages(&page, &size) != 1)
			die("pages");
		say("madvise %d\n", madvise(page, size, MADV_DONTFORK));
		pid_t pid = fork();
		if (pid == 0) {
			char *mine = mmap(page, size, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, -1, 0);
			struct sockaddr_in evil = to(refused);
			for (size_t i = 0; mine != MAP_FAILED && i < size; i += 128)
				memcpy(mine + i, &evil, sizeof evil);
			say("child maps its own %d\n", mine == page);
			simple("child");
			struct count c = race(tries);
			report("child", c);
			_exit(0);
		}
		await(pid, "child");
	} else if (!strcmp(what, "family")) {
		await(fork() ?: (simple("child before the parent"), _exit(0), 0), "child");
		await(vfork() ?: (_exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 5), 0), "vfork child");
		say("vfork: pages %d\n", pages(&page, &size));
		simple("parent");
		await(vfork() ?: (_exit(once(allowed) == allowed && once(refused) == -EACCES ? 0 : 5), 0), "vfork child again");
		await(fork() ?: (simple("child after the parent"), munmap(page, size), say("pages %d\n", pages(&page, &size)), _exit(0), 0), "child");
		say("pages %d\n", pages(&page, &size));
		argv[1] = (char *)"race";
		execv("/proc/self/exe", argv);
	} else if (!strcmp(what, "many")) {
		pthread_t t[300];
		struct count c = {0};
		pthread_barrier_init(&gate, 0, 300);
		for (int i = 0; i < 300; i++)
			if (pthread_create(&t[i], 0, many, &per_thread[i]))
				die("thread");
		for (int i = 0; i < 300; i++)
			pthread_join(t[i], 0), c.in += per_thread[i].in, c.out += per_thread[i].out;
		say("many: in %d, out %d, pages %d\n", c.in, c.out, pages(&page, &size));
	} else if (!strcmp(what, "storm")) {
		storm();
	} else if (!strcmp(what, "killed")) {
		killed();
	} else if (!strcmp(what, "nested")) {
		nested();
	} else if (!strcmp(what, "speed")) {
		speed();
	} else if (!strcmp(what, "first")) {
		first();
	} else if (!strcmp(what, "stopped")) {
		stopped();
	} else if (!strcmp(what, "guarded")) {
		guarded();
	} else if (!strcmp(what, "odd")) {
		odd();
	} else if (!strcmp(what, "registers")) {
		registers();
	}
	return 0;
}
