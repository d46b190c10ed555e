// The siginfo of every kind of signal that a program can get.
#include "victim.h"
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <mqueue.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>

static sigjmp_buf back;
static siginfo_t got;
static _Atomic int seen;
static char *page;

static void leap(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)context;
	got = *si;
	siglongjmp(back, 1);
}

static void keep(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)context;
	got = *si;
	seen++;
}

// fault runs code that must raise sig.
#define FAULT(name, sig, code) do { \
	catch(sig, leap, 0); \
	if (sigsetjmp(back, 1) == 0) { code; say("%s: nothing happened\n", name); } \
	else say("%s: signal %d code %d errno %d address %s%ld\n", name, got.si_signo, got.si_code, got.si_errno, where(), offset()); \
	signal(sig, SIG_DFL); \
} while (0)

static const char *where(void)
{
	char *a = got.si_addr;
	return a >= page && a < page + 8192 ? "page+" : got.si_code <= 0 ? "none" : a < (char *)65536 ? "" : "text";
}

static long offset(void)
{
	char *a = got.si_addr;
	if (got.si_code <= 0)
		return 0; // not of the kernel: si_pid is there
	return a >= page && a < page + 8192 ? a - page : a < (char *)65536 ? (long)a : 0;
}

// wait_for waits until a handler has run.
static void wait_for(void) { while (!seen) sched_yield(); seen = 0; }

static void faults(void)
{
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	MUST(mprotect(page, 4096, PROT_READ));
	FAULT("write to nothing", SIGSEGV, *(volatile int *)24 = 1);
	FAULT("read of nothing", SIGSEGV, (void)*(volatile int *)40);
	FAULT("write to a read-only page", SIGSEGV, *(volatile char *)(page + 100) = 1);
	FAULT("execute data", SIGSEGV, ((void (*)(void))(page + 4096 + 16))());
	FAULT("no canonical address", SIGSEGV, (void)*(volatile int *)0x1234567812345678);
	int fd = MUST(memfd_create("short", 0));
	MUST(munmap(page, 8192));
	page = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	FAULT("beyond the end of the file", SIGBUS, *(volatile char *)(page + 4096 + 8) = 1);
	FAULT("division", SIGFPE, ({ volatile int a = 1, z = 0; a = a / z; }));
	FAULT("undefined instruction", SIGILL, __asm__ volatile("ud2"));
	FAULT("privileged instruction", SIGSEGV, __asm__ volatile("hlt"));
	FAULT("breakpoint", SIGTRAP, __asm__ volatile("int3"));
	FAULT("single step", SIGTRAP, __asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop" ::: "memory", "cc"));
	FAULT("abort", SIGABRT, abort());
}

static void sent(const char *name, int sig, int result)
{
	wait_for();
	say("%s: %s, signal %d code %d pid %d uid %d value %d\n", name, err(result), got.si_signo == SIGRTMIN ? 100 : got.si_signo, got.si_code,
		got.si_pid == getpid(), got.si_uid == getuid(), got.si_code == SI_QUEUE ? got.si_value.sival_int : -1);
	signal(sig, SIG_DFL);
}

// forge sends this process a signal that pretends to be something else; ptrace's own statuses among them.
static void forge(int sig, int code)
{
	siginfo_t si;
	memset(&si, 0, sizeof si);
	si.si_signo = sig;
	si.si_code = code;
	si.si_pid = 4711;
	si.si_value.sival_int = 42;
	catch(sig, keep, 0);
	int r = syscall(SYS_rt_tgsigqueueinfo, getpid(), tid(), sig, &si);
	if (r == 0)
		wait_for();
	say("forged signal %d code %#x: %s, got code %#x pid %d value %d\n", sig, code, err(r), got.si_code, got.si_pid, got.si_value.sival_int);
	signal(sig, SIG_DFL);
}

static void senders(void)
{
	catch(SIGUSR1, keep, 0);
	sent("kill", SIGUSR1, kill(getpid(), SIGUSR1));
	catch(SIGUSR1, keep, 0);
	sent("tgkill", SIGUSR1, syscall(SYS_tgkill, getpid(), tid(), SIGUSR1));
	catch(SIGTRAP, keep, 0);
	sent("kill SIGTRAP", SIGTRAP, kill(getpid(), SIGTRAP));
	catch(SIGTRAP, keep, 0);
	sent("raise SIGTRAP", SIGTRAP, raise(SIGTRAP));
	catch(SIGSEGV, keep, 0);
	sent("kill SIGSEGV", SIGSEGV, kill(getpid(), SIGSEGV));
	catch(SIGCONT, keep, 0);
	sent("kill SIGCONT", SIGCONT, kill(getpid(), SIGCONT));
	catch(SIGRTMIN, keep, 0);
	sent("sigqueue", SIGRTMIN, sigqueue(getpid(), SIGRTMIN, (union sigval){.sival_int = 9}));
	int events[] = {PTRACE_EVENT_FORK, PTRACE_EVENT_CLONE, PTRACE_EVENT_EXEC, PTRACE_EVENT_EXIT, 7 /* SECCOMP */, 128 /* STOP */};
	for (unsigned i = 0; i < sizeof events / sizeof *events; i++)
		forge(SIGTRAP, events[i] << 8 | SIGTRAP);
	forge(SIGTRAP, SIGTRAP | 0x80);
	forge(SIGTRAP, 2); // TRAP_TRACE
	forge(SIGSEGV, 1);
	forge(SIGCHLD, CLD_EXITED);
	forge(SIGSYS, 1);
	forge(SIGUSR1, SI_TIMER);
	forge(SIGUSR2, -60);
}

static void timers(void)
{
	timer_t timer;
	struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1, .sigev_value.sival_int = 1234};
	struct itimerspec once = {.it_value.tv_nsec = 1};
	catch(SIGRTMIN + 1, keep, 0);
	MUST(timer_create(CLOCK_MONOTONIC, &ev, &timer));
	MUST(timer_settime(timer, 0, &once, NULL));
	wait_for();
	say("timer: code %d value %d overrun %d\n", got.si_code, got.si_value.sival_int, got.si_overrun);
	struct itimerval soon = {.it_value.tv_usec = 1};
	catch(SIGALRM, keep, 0);
	MUST(setitimer(ITIMER_REAL, &soon, NULL));
	wait_for();
	say("itimer: signal %d code %d\n", got.si_signo, got.si_code);
	ev.sigev_notify = SIGEV_SIGNAL;
	ev.sigev_signo = SIGRTMIN + 2;
	catch(SIGRTMIN + 2, keep, 0);
	char name[64];
	snprintf(name, sizeof name, "/jail-siginfo-%d", getpid());
	mqd_t q = mq_open(name, O_RDWR | O_CREAT, 0600, NULL);
	if (q == -1) {
		say("mq_open: %s\n", err(-1));
		return;
	}
	mq_unlink(name);
	MUST(mq_notify(q, &ev));
	MUST(mq_send(q, "x", 1, 0));
	wait_for();
	say("message queue: code %d value %d pid %d\n", got.si_code, got.si_value.sival_int, got.si_pid == getpid());
}

static void children(void)
{
	const char *ends[] = {"exits", "killed", "aborts"};
	for (int i = 0; i < 3; i++) {
		catch(SIGCHLD, keep, 0);
		pid_t pid = MUST(fork());
		if (pid == 0) {
			struct rlimit none = {0};
			setrlimit(RLIMIT_CORE, &none);
			signal(SIGABRT, SIG_DFL);
			if (i == 0)
				_exit(17);
			kill(getpid(), i == 1 ? SIGKILL : SIGABRT);
			for (;;)
				pause();
		}
		wait_for();
		say("child %s: signal %d code %d status %d pid %d uid %d\n", ends[i], got.si_signo, got.si_code, got.si_status,
			got.si_pid == pid, got.si_uid == getuid());
		signal(SIGCHLD, SIG_DFL);
		reap(ends[i], pid);
	}
}

static void limits(void)
{
	struct rlimit little = {.rlim_cur = 10, .rlim_max = RLIM_INFINITY}, old;
	MUST(getrlimit(RLIMIT_FSIZE, &old));
	little.rlim_max = old.rlim_max;
	int fd = MUST(open("/tmp", O_TMPFILE | O_RDWR, 0600));
	catch(SIGXFSZ, keep, 0);
	MUST(setrlimit(RLIMIT_FSIZE, &little));
	int r = pwrite(fd, "x", 1, 100);
	int e = errno;
	MUST(setrlimit(RLIMIT_FSIZE, &old));
	errno = e;
	sent("file too big", SIGXFSZ, r);
	int p[2];
	MUST(pipe(p));
	close(p[0]);
	catch(SIGPIPE, keep, 0);
	sent("no reader", SIGPIPE, write(p[1], "x", 1));
}

// own_filter raises SIGSYS by a filter of the program's own; last, since it stays.
static void own_filter(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP | 0x123),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = {.len = 4, .filter = code};
	MUST(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	MUST(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &prog));
	catch(SIGSYS, keep, 0);
	long r = syscall(SYS_getpgrp);
	wait_for();
	say("SIGSYS: code %d errno %#x call %d arch %#x, returned %ld\n", got.si_code, got.si_errno, got.si_syscall == SYS_getpgrp, got.si_arch,
		r == -1 ? -(long)errno : r == SYS_getpgrp ? 1 : 0);
}

int main(void)
{
	faults();
	senders();
	timers();
	children();
	limits();
	own_filter();
	return 0;
}
