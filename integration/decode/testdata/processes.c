// Calls on processes and signals, with arguments that are right, wrong and odd.
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

static void signals(void)
{
	sigset_t set, old;
	struct { void *h; unsigned long f; void *r; unsigned long m; } sa = {SIG_IGN, 0, NULL, 0}, so;
	stack_t st = {buf, 0, 8192}, ost;
	siginfo_t si;
	struct timespec zero = {0, 0};

	sigfillset(&set);
	S(rt_sigprocmask, SIG_BLOCK, &set, &old, 8L);
	sigemptyset(&set);
	S(rt_sigprocmask, SIG_SETMASK, &set, NULL, 8L);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGRTMIN + 3);
	S(rt_sigprocmask, SIG_UNBLOCK, &set, NULL, 8L);
	S(rt_sigprocmask, 9, NULL, &old, 8L);
	S(rt_sigprocmask, 9, BAD, &old, 8L);
	S(rt_sigprocmask, SIG_BLOCK, &set, NULL, 8L);
	S(rt_sigprocmask, SIG_BLOCK, &set, &old, 4L);
	S(rt_sigaction, SIGUSR2, &sa, NULL, 8L);
	sa.f = SA_RESTART | SA_NOCLDSTOP | SA_SIGINFO | SA_NODEFER | SA_RESETHAND | SA_ONSTACK;
	sa.m = ~0UL;
	S(rt_sigaction, SIGUSR2, &sa, &so, 8L);
	S(rt_sigaction, SIGUSR2, NULL, &so, 8L);
	S(rt_sigaction, SIGKILL, &sa, NULL, 8L);
	S(rt_sigaction, 99, NULL, NULL, 8L);
	S(rt_sigaction, SIGRTMIN, NULL, &so, 8L);
	S(rt_sigaction, SIGUSR1, BAD, NULL, 8L);
	S(rt_sigaction, SIGUSR1, &sa, NULL, 3L);
	sa.f = 0x10;
	sa.h = SIG_DFL;
	S(rt_sigaction, SIGUSR2, &sa, NULL, 8L);
	S(kill, getpid(), 0);
	S(kill, getpid(), SIGUSR1);
	S(kill, getpid(), 99);
	S(rt_sigpending, &old, 8L);
	S(rt_sigtimedwait, &set, &si, &zero, 8L);
	S(rt_sigtimedwait, &set, NULL, &zero, 8L);
	S(tkill, -1, SIGTERM);
	S(tgkill, -1, -1, SIGRTMAX);
	S(sigaltstack, &st, &ost);
	S(sigaltstack, NULL, &ost);
	st.ss_flags = 2;
	S(sigaltstack, &st, NULL);
	memset(&si, 0, sizeof si);
	si.si_signo = SIGUSR1;
	si.si_code = SI_QUEUE;
	si.si_pid = 5;
	si.si_value.sival_int = 7;
	S(rt_sigqueueinfo, getpid(), SIGUSR1, &si);
	S(rt_sigtimedwait, &set, &si, &zero, 8L);
	S(rt_tgsigqueueinfo, getpid(), getpid(), SIGUSR1, BAD);
	S(pidfd_send_signal, 99, SIGUSR1, NULL, 0);
}

static void processes(void)
{
	int status;
	siginfo_t si;
	struct rusage ru;

	pid_t p = S(clone, SIGCHLD, NULL, NULL, NULL, NULL);
	if (!p) S(exit_group, 3);
	S(wait4, p, &status, 0, &ru);
	p = fork();
	if (!p) { S(kill, getpid(), SIGTERM); S(exit, 0); } S(waitid, P_PID, p, &si, WEXITED | WNOWAIT, NULL);
	S(wait4, -1, &status, WUNTRACED | WCONTINUED, NULL);
	S(wait4, -1, &status, WNOHANG | __WALL, NULL);
	S(waitid, P_ALL, 0, &si, WEXITED | WNOHANG | WSTOPPED, NULL);
	S(waitid, 77, 5, NULL, 0, NULL);
	S(clone, 0x80000000 | CLONE_VM | CLONE_THREAD, NULL, NULL, NULL, NULL);
	S(clone, CLONE_NEWUSER | CLONE_FS | SIGCHLD, NULL, NULL, NULL, NULL);
	S(unshare, CLONE_THREAD | CLONE_VM | 1);
	S(wait4, 1, NULL, 0x40, NULL);
	S(getpid);
	S(getppid);
	S(gettid);
	S(getuid);
	S(getpgid, 0);
	S(getsid, 0);
	S(setpgid, -1, 0);
	S(setuid, -1);
	S(setreuid, -1, -1);
	S(setresgid, -1, -1, -1);
	uint32_t a, b, c;
	S(getresuid, &a, &b, &c);
	S(getresgid, &a, &b, BAD);
	S(setgroups, -1, NULL);
	S(getgroups, 0, NULL);
	S(getgroups, 100, buf);
	S(umask, 077);
	S(umask, 022);
	uint32_t hdr[2] = {0x20080522, 0}, data[6];
	S(capget, hdr, data);
	S(capget, hdr, NULL);
	hdr[0] = 5;
	S(capget, hdr, data);
	hdr[0] = 0x20080522;
	data[0] = data[3] = ~0u;
	S(capset, hdr, BAD);
	struct rlimit rl;
	S(prlimit64, 0, RLIMIT_STACK, NULL, &rl);
	S(prlimit64, 0, RLIMIT_NOFILE, &rl, NULL);
	S(prlimit64, 0, 77, NULL, &rl);
	S(getrusage, RUSAGE_SELF, &ru);
	S(getrusage, RUSAGE_CHILDREN, &ru);
	S(getrusage, 77, &ru);
	S(getpriority, PRIO_PROCESS, 0);
	S(setpriority, 9, 0, 5);
	S(sched_yield);
	S(sched_getaffinity, 0, 128L, buf);
	S(sched_setaffinity, -1, 8L, buf);
	S(sched_getscheduler, 0);
	S(sched_getparam, 0, buf);
	S(sched_get_priority_max, SCHED_FIFO);
	S(sched_setscheduler, -1, SCHED_RR | 0x40000000, buf);
	S(prctl, PR_SET_NAME, "a long name that is cut");
	S(prctl, PR_GET_NAME, buf);
	S(prctl, PR_GET_DUMPABLE);
	S(prctl, PR_SET_DUMPABLE, 1);
	S(prctl, PR_CAPBSET_READ, 5);
	S(prctl, PR_CAPBSET_READ, 99);
	S(prctl, PR_SET_PDEATHSIG, SIGTERM);
	S(prctl, PR_GET_PDEATHSIG, &a);
	S(prctl, PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
	S(prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
	S(prctl, PR_SET_KEEPCAPS, 0);
	S(prctl, 4242, 1, 2, 3, 4);
	S(prctl, PR_SET_CHILD_SUBREAPER, 0);
	S(personality, 0xffffffff);
}

int main(void)
{
	signals();
	processes();
	return 0;
}
