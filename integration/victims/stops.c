// Group stops and continues as a parent sees them: by whom, in which order, once each.
#include "victim.h"

static pid_t kid;
static int to_kid[2], from_kid[2];
static _Atomic int children, stopped_code, continued_code;

static void tell(char c) { MUST(write(from_kid[1], &c, 1)); }
static void hear(void)
{
	char c;
	MUST(read(from_kid[0], &c, 1));
}

static void go(void) { MUST(write(to_kid[1], "g", 1)); }

// await_go has the child wait until its parent has printed what it saw.
static void await_go(void)
{
	char c;
	while (read(to_kid[0], &c, 1) == -1 && errno == EINTR)
		;
}

// next prints the next change of state of the child.
static void next(const char *what)
{
	int status;
	char name[64];
	MUST(waitpid(kid, &status, WUNTRACED | WCONTINUED));
	snprintf(name, sizeof name, "%s: child", what);
	say_status(name, status);
}

// none says that there is nothing to wait for.
static void none(const char *what)
{
	int status;
	pid_t p = waitpid(kid, &status, WUNTRACED | WCONTINUED | WNOHANG);
	say("%s: %s\n", what, p == 0 ? "nothing more" : "there is more");
}

static void begin(void (*process)(void))
{
	kid = MUST(fork());
	if (kid == 0) {
		process();
		_exit(0);
	}
	hear();
}

static void stop(const char *what, int sig)
{
	MUST(kill(kid, sig));
	next(what);
	none(what);
	MUST(kill(kid, SIGCONT));
	next(what);
	none(what);
}

static void finish(const char *what)
{
	MUST(kill(kid, SIGKILL));
	next(what);
}

static void idle(void)
{
	tell('r');
	for (;;)
		pause();
}

static void *idle_thread(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void threads(void)
{
	pthread_t t;
	for (int i = 0; i < 10; i++)
		MUST0(pthread_create(&t, NULL, idle_thread, NULL));
	idle();
}

static void busy(void)
{
	tell('r');
	for (volatile long i = 0;; i++)
		;
}

static void group(void) // not an orphaned group: its parent is in another group of the session
{
	MUST(setpgid(0, 0));
	idle();
}

static volatile sig_atomic_t order[16], seen;
static void note(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	order[seen++] = sig;
}

static void noting(void)
{
	catch(SIGUSR1, note, 0);
	catch(SIGUSR2, note, 0);
	catch(SIGCONT, note, 0);
	catch(SIGRTMIN, note, 0);
	tell('r');
	while (seen < 4)
		sched_yield();
	await_go();
	for (int i = 0; i < seen; i++)
		say("caught %d\n", order[i] == SIGRTMIN ? 100 : order[i]);
	_exit(0);
}

static void blocking_cont(void)
{
	block(SIG_BLOCK, SIGCONT);
	tell('r');
	kill(getpid(), SIGSTOP);
	sigset_t set;
	sigpending(&set);
	await_go();
	say("runs, SIGCONT pending %d\n", sigismember(&set, SIGCONT));
	_exit(3);
}

static void handling_stop(void)
{
	catch(SIGTSTP, note, 0);
	tell('r');
	while (!seen)
		sched_yield();
	say("SIGTSTP caught\n");
	signal(SIGTSTP, SIG_DFL);
	kill(getpid(), SIGTSTP);
	await_go();
	say("after SIGTSTP\n");
	signal(SIGTSTP, SIG_IGN);
	kill(getpid(), SIGTSTP);
	say("SIGTSTP ignored\n");
	_exit(4);
}

static void orphan(void) // in a session of its own, where SIGTSTP stops nobody (but SIGSTOP does)
{
	MUST(setsid());
	tell('r');
	kill(getpid(), SIGTSTP);
	kill(getpid(), SIGTTIN);
	say("orphaned group: not stopped\n");
	kill(getpid(), SIGSTOP);
	await_go();
	say("orphaned group: stopped and continued\n");
	_exit(5);
}

static void on_child(int sig, siginfo_t *si, void *context)
{
	(void)sig, (void)context;
	children++;
	if (si->si_code == CLD_STOPPED)
		stopped_code = si->si_status;
	if (si->si_code == CLD_CONTINUED)
		continued_code = si->si_status;
}

static void notified(const char *what, int flags)
{
	children = stopped_code = continued_code = 0;
	catch(SIGCHLD, on_child, SA_RESTART | flags);
	begin(idle);
	MUST(kill(kid, SIGSTOP)); // as stop(), but waitpid may tell of it before the signal is sent, and takes its status away
	while (!flags && !stopped_code)
		sched_yield();
	next(what);
	MUST(kill(kid, SIGCONT));
	while (!flags && !continued_code)
		sched_yield();
	next(what);
	say("%s: SIGCHLD %d, stopped by %d, continued by %d\n", what, children, stopped_code, continued_code);
	signal(SIGCHLD, SIG_DFL);
	finish(what);
}

static void peeked(void)
{
	siginfo_t si;
	begin(idle);
	MUST(kill(kid, SIGSTOP));
	for (int i = 0; i < 2; i++) {
		MUST(waitid(P_PID, kid, &si, WSTOPPED | WNOWAIT));
		say("peek: code %d status %d pid %d\n", si.si_code, si.si_status, si.si_pid == kid);
	}
	MUST(waitid(P_PID, kid, &si, WSTOPPED));
	none("peek");
	MUST(kill(kid, SIGSTOP)); // is stopped already
	none("peek again");
	MUST(kill(kid, SIGCONT));
	next("peek");
	finish("peek");
}

int main(void)
{
	MUST(pipe(to_kid));
	MUST(pipe(from_kid));
	int stops[] = {SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU};
	MUST(setpgid(0, 0)); // the test may be run in an orphaned group or not: here it is
	begin(group);
	for (int i = 0; i < 4; i++)
		stop("idle", stops[i]);
	finish("idle");
	begin(threads);
	for (int i = 0; i < 20; i++)
		stop("threads", SIGSTOP);
	finish("threads");
	begin(busy);
	for (int i = 0; i < 5; i++)
		stop("busy", SIGSTOP);
	finish("busy");

	begin(threads);
	MUST(kill(kid, SIGSTOP));
	next("killed while stopped");
	finish("killed while stopped");

	begin(idle);
	MUST(syscall(SYS_tgkill, kid, kid, SIGSTOP));
	next("tgkill");
	MUST(syscall(SYS_tgkill, kid, kid, SIGCONT));
	next("tgkill");
	finish("tgkill");

	begin(noting);
	MUST(kill(kid, SIGSTOP));
	next("order");
	MUST(kill(kid, SIGRTMIN));
	MUST(kill(kid, SIGUSR2));
	MUST(kill(kid, SIGUSR1));
	MUST(kill(kid, SIGCONT));
	next("order");
	go();
	next("order");

	begin(blocking_cont);
	next("blocked SIGCONT");
	MUST(kill(kid, SIGCONT));
	next("blocked SIGCONT");
	go();
	next("blocked SIGCONT");

	begin(handling_stop);
	MUST(setpgid(kid, kid));
	MUST(kill(kid, SIGTSTP));
	next("handled");
	MUST(kill(kid, SIGCONT));
	next("handled");
	go();
	next("handled");

	begin(orphan);
	next("orphan");
	MUST(kill(kid, SIGCONT));
	next("orphan");
	go();
	next("orphan");

	notified("notified", 0);
	notified("not notified of stops", SA_NOCLDSTOP);
	peeked();
	return 0;
}
