// Tries everything to get at the sealed pages: to take them away, to write them, to have something else in their place.
#include "sealed.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/shm.h>
#include <sys/uio.h>
#include <stddef.h>

// pads is how much of the pages, at their end, are instructions: who makes those unreadable takes its own ground away.
enum { pads = 1 << 20 };

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
	say("intact %d, unchanged %d\n", found == 1 && at == page && n == size, *(volatile char *)page != 0x41);
}

// attack does all that a program can do to a mapping and to what is in it.
static void all_attacks(void)
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

// guarded takes the readability of the pages away.
static void guard_pages(void)
{
	simple("first");
	pages(&page, &size);
	int r = madvise(page, size - pads, 102 /* MADV_GUARD_INSTALL, Linux 6.13 */);
	int a = once(allowed), b = once(refused);
	say("guarded: %d\n", r ? a == allowed && b == -EACCES : a == -EFAULT && b == -EACCES);
	long u = syscall(SYS_userfaultfd, O_CLOEXEC | 1);
	struct { uint64_t start, len, mode, ioctls; } range = {(long)page, size, 1, 0};
	struct { uint64_t api, features, ioctls; } api = {0xaa, 0, 0};
	r = u < 0 || ioctl(u, 0xc018aa3f, &api) ? -1 : ioctl(u, 0xc020aa00, &range);
	say("userfaultfd: %d\n", r);
}

// with races while a thread does its worst.
static struct count with(void *(*worst)(void *), int n)
{
	pthread_t t;
	stop = 0;
	pthread_create(&t, 0, worst, 0);
	struct count c = race(n);
	pthread_join(t, 0);
	return c;
}

static void attack(void)
{
	simple("first");
	if (pages(&page, &size) != 1)
		die("pages");
	all_attacks();
	report("attack", with(vandal, tries));
}

static void theft(void) { say("thief: leaks %d\n", with(thief, tries).leaks); }

// own puts memory of ours at an address, full of addresses that are refused.
static int own(char *at, size_t n)
{
	char *mine = mmap(at, n, PROT_READ | PROT_WRITE, MAP_FIXED | MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct sockaddr_in evil = to(refused);
	for (size_t i = 0; mine != MAP_FAILED && i + pads < n; i += 128) // the end may be made unwritable meanwhile: we are not the only ones here
		memcpy(mine + i, &evil, sizeof evil);
	return mine == at;
}

static void dontfork(void)
{
	simple("first");
	if (pages(&page, &size) != 1)
		die("pages");
	say("madvise %d\n", madvise(page, size, MADV_DONTFORK));
	pid_t pid = fork();
	if (pid == 0) {
		say("child maps its own %d\n", own(page, size));
		simple("child");
		report("child", race(tries));
		_exit(0);
	}
	await(pid, "child");
}

static atomic_int hits;

// ambush waits for the pages to turn up, and puts its own memory there.
static void *ambush(void *faked)
{
	char *at;
	size_t n;
	while (!stop)
		if (pages(&at, &n) > 0) {
			if (faked) { // from now on the kernel answers 0 to all that lock the pages, in all threads
				struct sock_filter lie[] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, offsetof(struct seccomp_data, nr)},
					{BPF_JMP | BPF_JEQ | BPF_K, 1, 0, 462 /* mseal */}, {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW},
					{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO}};
				struct sock_fprog prog = {4, lie};
				syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &prog);
			}
			hits += own(at, n);
			if (faked)
				return 0;
		}
	return 0;
}

static void ambushes(void *faked)
{
	int in = 0;
	for (int i = 0; i < tries; i++) {
		int to_parent[2];
		MUST(pipe(to_parent));
		pid_t pid = fork();
		if (pid == 0) {
			pthread_t t;
			pthread_create(&t, 0, ambush, faked);
			int leaks = 0, found[2];
			for (int k = 0; k < 20; k++)
				leaks += once(allowed) == refused; // what was checked would be allowed
			stop = 1;
			pthread_join(t, 0);
			found[0] = leaks, found[1] = hits;
			MUST(write(to_parent[1], found, sizeof found));
			_exit(0);
		}
		int found[2] = {0, 0};
		close(to_parent[1]); // so that the end of a child that says nothing is seen
		MUST(read(to_parent[0], found, sizeof found));
		await(pid, "child");
		close(to_parent[0]);
		if (found[0])
			say("leaks %d\n", found[0]);
		in += found[1] > 0;
	}
	say("came in time: %d\n", in);
}

static void early(void) { ambushes(0); }
static void faked(void) { ambushes(&hits); }

int main(int argc, char **argv)
{
	static const struct part parts[] = {{"attack", attack}, {"thief", theft}, {"dontfork", dontfork}, {"guarded", guard_pages},
		{"early", early}, {"faked", faked}, {0, 0}};
	return play(argc, argv, parts);
}
