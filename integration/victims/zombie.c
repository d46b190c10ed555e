// What a parent learns of its dead children: statuses, WNOWAIT, rusage, odd exit signals, ignored SIGCHLD, orphans.
#include "victim.h"
#include <linux/sched.h>
#include <sys/resource.h>

static _Atomic int usr1, chld;
static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	if (sig == SIGUSR1)
		usr1++;
	else
		chld++;
}

static pid_t spawn(int code, int sig)
{
	pid_t pid = MUST(fork());
	if (pid == 0) {
		if (sig)
			kill(getpid(), sig);
		_exit(code);
	}
	return pid;
}

static void statuses(void)
{
	for (int code = 0; code < 256; code += 51)
		reap("code", spawn(code, 0));
	int sigs[] = {SIGHUP, SIGINT, SIGTERM, SIGKILL, SIGALRM, SIGUSR1, SIGPIPE, SIGRTMIN, SIGIO, SIGVTALRM, SIGSYS, SIGTRAP, SIGABRT, SIGQUIT};
	struct rlimit none = {0};
	setrlimit(RLIMIT_CORE, &none);
	for (unsigned i = 0; i < sizeof sigs / sizeof *sigs; i++)
		reap("signal", spawn(0, sigs[i]));
	int ignored[] = {SIGCHLD, SIGURG, SIGWINCH, SIGCONT};
	for (unsigned i = 0; i < 4; i++)
		reap("ignored signal", spawn(1, ignored[i]));
}

static void peek(void)
{
	siginfo_t si;
	struct rusage ru;
	char path[64], buf[512];
	pid_t pid = spawn(12, 0);
	for (int i = 0; i < 3; i++) {
		si.si_pid = 0;
		MUST(waitid(P_PID, pid, &si, WEXITED | WNOWAIT));
		say("peek: signal %d code %d status %d pid %d\n", si.si_signo, si.si_code, si.si_status, si.si_pid == pid);
	}
	snprintf(path, sizeof path, "/proc/%d/stat", pid);
	say("state %c, readable %d, kill %s\n", state(pid), slurp(path, buf, sizeof buf) > 0, err(kill(pid, SIGTERM)));
	int status;
	say("wait4 %d", wait4(pid, &status, 0, &ru) == pid);
	say(", code %d, max rss %d\n", WEXITSTATUS(status), ru.ru_maxrss > 0);
	say("again: %s; kill: %s\n", err(waitpid(pid, &status, 0)), err(kill(pid, 0)));
}

static void ignoring(void)
{
	signal(SIGCHLD, SIG_IGN);
	pid_t pid = spawn(1, 0);
	say("SIGCHLD ignored: %s\n", err(waitpid(pid, NULL, 0)));
	struct sigaction sa = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO | SA_NOCLDWAIT | SA_RESTART};
	MUST(sigaction(SIGCHLD, &sa, NULL));
	pid = spawn(1, 0);
	say("SA_NOCLDWAIT: %s", err(waitpid(pid, NULL, 0)));
	while (!chld)
		sched_yield();
	say(", SIGCHLD %d\n", chld);
	signal(SIGCHLD, SIG_DFL);
}

static void odd_signals(void)
{
	catch(SIGUSR1, on_signal, SA_RESTART);
	pid_t pid = MUST(syscall(SYS_clone, SIGUSR1, 0, 0, 0, 0));
	if (pid == 0)
		_exit(3);
	int status, r = waitpid(pid, &status, 0);
	say("exit signal SIGUSR1, without __WALL: %s\n", err(r));
	MUST(waitpid(pid, &status, __WCLONE));
	say_status("with __WCLONE: it", status);
	while (!usr1)
		sched_yield();
	say("SIGUSR1 %d\n", usr1);
	pid = MUST(syscall(SYS_clone, 0, 0, 0, 0, 0));
	if (pid == 0)
		_exit(4);
	say("no exit signal: without __WALL %s", err(waitpid(pid, &status, 0)));
	MUST(waitpid(pid, &status, __WALL));
	say(", with it: %d\n", WEXITSTATUS(status));
}

static void *sleeper(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void orphans(void)
{
	int p[2];
	char c;
	MUST(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
	MUST(pipe(p));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		if (MUST(fork()) == 0) {
			close(p[1]);
			read(p[0], &c, 1); // until the grandparent says so
			_exit(33);
		}
		_exit(44);
	}
	reap("middle", pid);
	close(p[1]);
	int status;
	pid_t orphan = MUST(waitpid(-1, &status, 0));
	say("orphan is another: %d, ", orphan != pid);
	say_status("it", status);
	pid = MUST(fork());
	if (pid == 0) { // dies with threads that sleep
		pthread_t t;
		for (int i = 0; i < 10; i++)
			MUST0(pthread_create(&t, NULL, sleeper, NULL));
		_exit(55);
	}
	reap("with threads", pid);
	say("nobody left: %s\n", err(waitpid(-1, &status, 0)));
}

int main(void)
{
	statuses();
	peek();
	ignoring();
	odd_signals();
	orphans();
	return 0;
}
