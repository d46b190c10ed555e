// Against the supervisor: children that nobody traces, filters of one's own, and stops that are none.

#include "attempt.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <ucontext.h>

// bare_clone is clone(2) without a C library that thinks of its flags.
static pid_t bare_clone(unsigned long flags) { return syscall(SYS_clone, flags, NULL, NULL, NULL, NULL); }

static void __attribute__((noreturn)) unseen_child(pid_t pid)
{
	if (pid < 0)
		blocked("clone: %s", strerror(errno));
	if (pid == 0)
		unseen();
	child_tells(pid);
}

static void untraced(void) { unseen_child(bare_clone(CLONE_UNTRACED | SIGCHLD)); }
static void untraced_wide(void) { unseen_child(bare_clone(CLONE_UNTRACED | SIGCHLD | 1UL << 40)); }
static void untraced_vfork(void) { unseen_child(bare_clone(CLONE_UNTRACED | CLONE_VFORK | SIGCHLD)); }
static void untraced_clone3(void)
{
	struct clone_args a = {.flags = CLONE_UNTRACED, .exit_signal = SIGCHLD};
	unseen_child(syscall(SYS_clone3, &a, sizeof a));
}
static void untraced_int80(void)
{
	long r;
	__asm__ volatile("int $0x80" : "=a"(r) : "a"(120L), "b"((long)(CLONE_UNTRACED | SIGCHLD)), "c"(0L), "d"(0L), "S"(0L), "D"(0L) : "memory", "r8", "r9", "r10", "r11");
	errno = -(int)r;
	unseen_child((int)r < 0 ? -1 : (pid_t)r);
}
static void by_fork(void) { unseen_child(fork()); }
static void by_vfork(void) // the parent waits, the child acts
{
	pid_t pid = vfork();
	if (pid == 0)
		_exit(tracer() == 0 ? 44 : 45);
	int status = 0;
	NEED(pid);
	NEED(waitpid(pid, &status, 0));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 44)
		escaped("nobody traces the child of vfork");
	blocked("the child ended with %#x", status);
}
static void sibling(void) // a child of the supervisor's, which has not asked for one
{
	pid_t pid = bare_clone(CLONE_PARENT | SIGCHLD);
	if (pid == 0)
		_exit(0);
	RESULT(pid);
}
static void exit_signal(void) // SIGKILL for the parent, when the child ends: of a sibling, the parent is the supervisor
{
	pid_t pid = bare_clone(CLONE_PARENT | SIGURG);
	if (pid == 0)
		_exit(0);
	RESULT(pid);
}

static struct sock_filter allow_all[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
static struct sock_filter notify_all[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_kill, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog program = {1, allow_all}, notifying = {4, notify_all};

static void own_filter(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program));
}
static void own_filter_prctl(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	RESULT(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0));
}
static void own_filter_threads(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC | SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
}
static void own_listener(void) // its answers come before those of a filter that traces
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &notifying));
}
static void own_listener_wide(void)
{
	NEED(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER | 1L << 32, SECCOMP_FILTER_FLAG_NEW_LISTENER | 1L << 33, &notifying));
}

static void trace_me(void)
{
	pid_t pid = NEED(fork());
	if (pid == 0)
		RESULT(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	child_tells(pid);
}
static void trace_child(void)
{
	pid_t pid = NEED(fork());
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	RESULT(ptrace(PTRACE_SEIZE, pid, NULL, NULL));
}
static void trace_victim(void) { RESULT(ptrace(PTRACE_SEIZE, world.victim, NULL, NULL)); }
static void trace_supervisor(void) { RESULT(ptrace(PTRACE_SEIZE, world.supervisor, NULL, NULL)); }

static char *again[8];
static void *executes(void *arg)
{
	(void)arg;
	execv("/proc/self/exe", again);
	blocked("exec: %s", strerror(errno));
}
static void exec_thread(void) // the thread takes the leader's number, the leader is gone without a word
{
	if (arguments[2] && strcmp(arguments[2], "again") == 0)
		unseen();
	again[0] = arguments[0], again[1] = "exec-thread", again[2] = "again";
	start_thread(executes, NULL);
	for (;;)
		pause();
}
static void *unseen_thread(void *arg)
{
	(void)arg;
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/stat", getpid());
	for (;;) { // until the leader is a zombie
		char text[512] = "";
		int fd = open(path, O_RDONLY);
		if (read(fd, text, sizeof text - 1) < 0)
			break;
		close(fd);
		char *at = strrchr(text, ')');
		if (at && at[2] == 'Z')
			break;
		sched_yield();
	}
	RESULT(signal_victim());
}
static void dead_leader(void)
{
	start_thread(unseen_thread, NULL);
	syscall(SYS_exit, 0);
}

static int forged[] = {SIGTRAP, SIGTRAP | 0x80, SIGTRAP | PTRACE_EVENT_SECCOMP << 8, SIGTRAP | PTRACE_EVENT_EXEC << 8, SIGTRAP | PTRACE_EVENT_CLONE << 8};
static void fake_stops(void) // signals that look like ptrace's own stops, and then the call
{
	signal(SIGTRAP, SIG_IGN);
	for (int round = 0; round < 50; round++)
		for (unsigned i = 0; i < sizeof forged / sizeof *forged; i++) {
			siginfo_t si = {.si_signo = SIGTRAP, .si_code = forged[i] > 0xff ? SI_TKILL - (forged[i] >> 8) : SI_QUEUE};
			si.si_errno = forged[i];
			syscall(SYS_rt_tgsigqueueinfo, getpid(), syscall(SYS_gettid), SIGTRAP, &si);
		}
	RESULT(signal_victim());
}
static void breakpoints(void)
{
	signal(SIGTRAP, SIG_IGN);
	struct sigaction sa = {.sa_handler = (void (*)(int))0 /* SIG_DFL */};
	(void)sa;
	pid_t pid = NEED(fork());
	if (pid == 0) {
		signal(SIGTRAP, SIG_DFL);
		__asm__ volatile("int3");
		_exit(0);
	}
	NEED(waitpid(pid, NULL, 0));
	RESULT(signal_victim());
}
static _Atomic int storming = 1;
static void *storm(void *arg)
{
	while (storming)
		syscall(SYS_tgkill, getpid(), (pid_t)(long)arg, SIGURG);
	return NULL;
}
static void on_urg(int sig) { (void)sig; }
static void signal_storm(void) // the call is interrupted in its stop, and made again, hundreds of times
{
	struct sigaction sa = {.sa_handler = on_urg, .sa_flags = SA_RESTART};
	sigaction(SIGURG, &sa, NULL);
	start_thread(storm, (void *)syscall(SYS_gettid));
	for (int i = 0; i < 300; i++)
		if (signal_victim() == 0)
			escaped("after %d", i);
	storming = 0;
	blocked("300 times");
}
static void stop_storm(void) // a child stops and continues this process meanwhile, which is not the first: with that jail stops
{
	pid_t self = fork();
	if (NEED(self)) {
		int status;
		while (waitpid(self, &status, 0) < 0 && errno == EINTR)
			;
		_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
	}
	self = getpid();
	pid_t pid = NEED(fork());
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (int i = 0; i < 100; i++)
			kill(self, SIGSTOP), kill(self, SIGCONT);
		_exit(0);
	}
	for (int i = 0; i < 300; i++)
		if (signal_victim() == 0)
			escaped("after %d", i);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) // its last word is SIGCONT
		;
	blocked("300 times");
}
static void dispatched(void) // calls that SYSCALL_USER_DISPATCH sends back give no ptrace stops
{
	static volatile char selector;
	selector = 0; // SYSCALL_DISPATCH_FILTER_ALLOW
	NEED(prctl(59 /* PR_SET_SYSCALL_USER_DISPATCH */, 1, 0, 0, &selector));
	RESULT(signal_victim());
}
static void sigreturned(void) // the registers of a call come out of a signal frame
{
	static ucontext_t c;
	static volatile int back;
	getcontext(&c);
	if (back++)
		RESULT(signal_victim());
	setcontext(&c);
}
static void undumpable(void) // the supervisor can't read who makes himself unreadable
{
	NEED(prctl(PR_SET_DUMPABLE, 0));
	RESULT(signal_victim());
}
// gone tells whether a process has ended, be it that nobody has waited for it yet.
static int gone(pid_t pid)
{
	char path[64], text[512];
	if (kill(pid, 0) < 0 && errno == ESRCH)
		return 1;
	snprintf(path, sizeof path, "/proc/%d/status", pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long n = read(fd, text, sizeof text - 1);
	close(fd);
	text[n < 0 ? 0 : n] = 0;
	return strstr(text, "State:\tZ") != NULL;
}
static void outlives(void) // a daemon that goes on after all has ended
{
	pid_t first = getpid();
	if (NEED(fork()) == 0) {
		setsid();
		if (fork() != 0)
			_exit(0);
		signal(SIGTERM, SIG_IGN), signal(SIGHUP, SIG_IGN);
		while (!gone(first))
			sched_yield();
		while (!gone(world.supervisor) && field("/proc/self/status", "Seccomp:") != 0) // under jail: until it is killed
			sched_yield();
		escaped("the daemon goes on");
	}
	char line[] = "BLOCKED outlive: the first process has ended\n";
	if (write(1, line, sizeof line - 1) < 0)
		_exit(1);
	_exit(MORE);
}

const struct attempt tracing[] = {
	{"untraced", untraced, 0}, {"untraced-wide", untraced_wide, 0}, {"untraced-vfork", untraced_vfork, 0}, {"untraced-clone3", untraced_clone3, 0},
	{"untraced-int80", untraced_int80, 0}, {"fork", by_fork, 0}, {"vfork", by_vfork, 0}, {"sibling", sibling, 0}, {"sibling-signal", exit_signal, 0},
	{"own-filter", own_filter, 0}, {"own-filter-prctl", own_filter_prctl, 0}, {"own-filter-tsync", own_filter_threads, 0},
	{"own-listener", own_listener, 0}, {"own-listener-wide", own_listener_wide, 0}, {"trace-me", trace_me, 0}, {"trace-child", trace_child, 0},
	{"trace-victim", trace_victim, 0}, {"trace-supervisor", trace_supervisor, 0}, {"exec-thread", exec_thread, 0},
	{"dead-leader", dead_leader, LANDLOCK}, {"fake-stops", fake_stops, LANDLOCK}, {"breakpoint", breakpoints, LANDLOCK},
	{"signal-storm", signal_storm, LANDLOCK}, {"stop-storm", stop_storm, LANDLOCK}, {"user-dispatch", dispatched, LANDLOCK},
	{"sigreturn", sigreturned, LANDLOCK}, {"undumpable", undumpable, LANDLOCK}, {"outlive", outlives, 0},
	END,
};
