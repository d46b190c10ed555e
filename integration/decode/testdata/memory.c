// Calls on memory and time, with arguments that are right, wrong and odd.
#define _GNU_SOURCE
#include <linux/netlink.h>
#include <linux/futex.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <arpa/inet.h>

#define S(name, ...) (syscall(SYS_##name, ##__VA_ARGS__))
#define BAD ((void *)8)

static char buf[8192];

static void memory(void)
{
	char *m = (char *)S(mmap, NULL, 16384L, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	S(mmap, NULL, 4096L, PROT_NONE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE | MAP_POPULATE | MAP_STACK, -1, 0L);
	S(mmap, m, 4096L, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0L);
	S(mmap, NULL, 4096L, PROT_READ | 0x40, MAP_SHARED_VALIDATE, 99, 4096L);
	S(mmap, NULL, 0L, 0, 0, 99, 5L);
	S(mmap, NULL, 4096L, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB | MAP_LOCKED | MAP_GROWSDOWN | MAP_NONBLOCK, -1, 0L);
	S(mprotect, m, 4096L, PROT_READ | PROT_WRITE);
	S(mprotect, m + 1, 4096L, PROT_NONE | 0x10);
	S(madvise, m, 4096L, MADV_DONTNEED);
	S(madvise, m, 4096L, 4242);
	S(msync, m, 4096L, MS_SYNC | MS_INVALIDATE);
	S(msync, m, 4096L, 8);
	S(mincore, m, 4096L, BAD);
	S(mlock, m, 4096L);
	S(munlock, m, 4096L);
	S(mlock2, m, 4096L, 1);
	S(mlockall, 8);
	S(munlockall);
	char *n = (char *)S(mremap, m, 4096L, 8192L, MREMAP_MAYMOVE);
	S(mremap, n, 4096L, 4096L, MREMAP_MAYMOVE | MREMAP_FIXED, m);
	S(mremap, BAD, 4096L, 4096L, 0);
	S(munmap, m, 4096L);
	S(munmap, BAD, 5L);
	S(brk, NULL);
	S(brk, BAD);
	S(pkey_mprotect, m, 4096L, PROT_READ, 99);
	S(shmget, 0x1234, 0L, 0);
	S(shmget, 0, 0L, 0600 | 01000 | 02000);
	S(shmat, -1, NULL, 010000);
	S(shmdt, BAD);
	S(membarrier, 0, 0, 0);
	struct timespec ts = {0, 1000}, res;
	struct timeval tv;
	struct itimerval it = {{0, 0}, {100, 5}}, old;
	S(nanosleep, &ts, NULL);
	S(nanosleep, &ts, &res);
	ts.tv_nsec = -1;
	S(nanosleep, &ts, &res);
	S(clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &res, NULL);
	S(clock_nanosleep, 77, 2, BAD, NULL);
	S(clock_gettime, CLOCK_BOOTTIME, &res);
	S(clock_gettime, 77, &res);
	S(clock_getres, CLOCK_TAI, &res);
	S(gettimeofday, &tv, NULL);
	S(setitimer, ITIMER_REAL, &it, &old);
	S(getitimer, ITIMER_REAL, &old);
	S(getitimer, 9, &old);
	S(getrandom, buf, 40L, 3);
	S(getrandom, BAD, 5L, 8);
	S(uname, buf);
	S(sysinfo, buf);
	S(times, buf);
	S(getcpu, buf, NULL, NULL);
	uint32_t f = 0;
	ts.tv_nsec = 1000;
	S(futex, &f, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1);
	S(futex, &f, FUTEX_WAIT, 5, NULL);
	S(futex, &f, FUTEX_WAIT_PRIVATE, 0, &ts);
	S(futex, &f, FUTEX_WAIT_BITSET_PRIVATE | FUTEX_CLOCK_REALTIME, 1, &ts, NULL, -1);
	S(futex, &f, FUTEX_WAKE_BITSET, 1, NULL, NULL, 0x55);
	S(futex, &f, FUTEX_REQUEUE, 1, 2L, &f);
	S(futex, &f, FUTEX_CMP_REQUEUE_PRIVATE, 1, 2L, &f, 0);
	S(futex, &f, 77, 1, 2L, &f, 3);
	S(set_tid_address, &f);
	S(set_robust_list, BAD, 24L);
	S(rseq, BAD, 32, 0, 0x53053053);
}

int main(void)
{
	memory();
	return 0;
}
