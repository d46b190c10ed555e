// Blocks in each call that a signal can interrupt, interrupts it in each way there is, and says what the call answers.
#include "restart_calls.h"

static _Atomic int phase, served, done, caught, final; // case begun, case the controller is through with
static pid_t spare; // a child of the sleeper; the kernel asks the thread that forked whether it ignores SIGCHLD
static int ask[2], answer[2]; // to the parent, which stops us, and back

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	if (sig == SIGUSR2)
		final++;
	else
		caught++;
}

static void hit(int sig) { MUST(syscall(SYS_tgkill, getpid(), sleeper, sig)); }

// parent has the parent do something while this whole process can be stopped.
static void parent(char what)
{
	char c;
	MUST(write(ask[1], &what, 1));
	MUST(read(answer[0], &c, 1));
}

// quiet waits until the sleeper has seen to all signals and sleeps again, or has returned from its call.
static void quiet(const struct call *c, int want)
{
	while (!done && !(caught >= want && !pending(sleeper) && blocked(sleeper, c->nr) && !done))
		sched_yield();
}

static void by_none(const struct call *c) { quiet(c, 0); }
static void by_ignored(const struct call *c) { hit(SIGURG); quiet(c, 0); }
static void by_sigign(const struct call *c) { hit(SIGHUP); quiet(c, 0); }
static void by_thrice(const struct call *c) { for (int i = 0; i < 3; i++) by_ignored(c); }
static void by_child(const struct call *c)
{
	siginfo_t si;
	MUST(kill(spare, SIGKILL));
	MUST(waitid(P_PID, spare, &si, WEXITED));
	quiet(c, 0);
}
static void by_handler(const struct call *c) { catch(SIGUSR1, on_signal, 0); hit(SIGUSR1); quiet(c, 1); }
static void by_restart(const struct call *c) { catch(SIGUSR1, on_signal, SA_RESTART); hit(SIGUSR1); quiet(c, 1); }
static void by_blocked(const struct call *c) { hit(SIGTERM); quiet(c, 0); }
static void by_stop(const struct call *c) { parent('s'); quiet(c, 0); }
static void by_ignored_and_handler(const struct call *c) { catch(SIGUSR1, on_signal, 0); parent('1'); quiet(c, 1); }
static void by_handler_and_ignored(const struct call *c) { catch(SIGUSR1, on_signal, 0); parent('2'); quiet(c, 1); }
static void by_ignored_then_handler(const struct call *c) { by_ignored(c); if (!done) by_handler(c); }
static void by_ignored_then_restart(const struct call *c) { by_ignored(c); if (!done) by_restart(c); }

static const struct { const char *name; void (*interrupt)(const struct call *); } ways[] = {
	{"none", by_none}, {"ignored", by_ignored}, {"sigign", by_sigign}, {"ignored-thrice", by_thrice}, {"child", by_child},
	{"handler", by_handler}, {"sa_restart", by_restart}, {"blocked", by_blocked}, {"stop-cont", by_stop},
	{"ignored+handler", by_ignored_and_handler}, {"handler+ignored", by_handler_and_ignored},
	{"ignored,handler", by_ignored_then_handler}, {"ignored,sa_restart", by_ignored_then_restart},
};

enum { CALLS = sizeof calls / sizeof *calls, WAYS = sizeof ways / sizeof *ways };

static void *controller(void *unused)
{
	for (int i = 0; i < CALLS * WAYS; i++) {
		const struct call *c = &calls[i / WAYS];
		while (phase != i + 1)
			sched_yield();
		while (!done && !blocked(sleeper, c->nr))
			sched_yield();
		ways[i % WAYS].interrupt(c);
		if (!done && c->wake)
			c->wake();
		else if (!done)
			hit(SIGUSR2);
		while (!done)
			sched_yield();
		served = i + 1;
	}
	return unused;
}

// run is the process under test: its first thread sleeps, its second interrupts.
static void run(void)
{
	pthread_t second;
	sigset_t all, old;
	setup();
	signal(SIGHUP, SIG_IGN);
	catch(SIGUSR2, on_signal, 0);
	block(SIG_BLOCK, SIGTERM);
	block(SIG_BLOCK, SIGRTMIN);
	MUST0(pthread_sigmask(SIG_BLOCK, NULL, &fewer));
	block(SIG_BLOCK, SIGWINCH);
	sleeper = tid();
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	MUST0(pthread_create(&second, NULL, controller, NULL));
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	for (int i = 0; i < CALLS * WAYS; i++) {
		const struct call *c = &calls[i / WAYS];
		clear();
		if (c->before)
			c->before();
		if (ways[i % WAYS].interrupt == by_child && (spare = MUST(fork())) == 0)
			for (;;)
				pause();
		caught = final = done = 0;
		rem = forever;
		phase = i + 1;
		errno = 0;
		long r = c->make();
		int e = errno;
		done = 1;
		while (served != i + 1)
			sched_yield();
		errno = e;
		say("%s/%s: %ld %s, caught %d, at the end %d%s\n", c->name, ways[i % WAYS].name, r, err(r), caught, final,
			rem.tv_sec < LONG / 2 ? ", slept long" : "");
	}
	MUST0(pthread_join(second, NULL));
	semctl(sem, 0, IPC_RMID);
	msgctl(queue, IPC_RMID, NULL);
	msgctl(crowd, IPC_RMID, NULL);
	_exit(0);
}

// serve stops the process under test when it asks for that.
static void serve(pid_t pid)
{
	char what;
	int status;
	pid_t t = pid; // the first thread sleeps
	while (read(ask[0], &what, 1) == 1) {
		MUST(kill(pid, SIGSTOP));
		MUST(waitpid(pid, &status, WUNTRACED));
		if (!WIFSTOPPED(status))
			say_status("process", status);
		if (what == '1') {
			MUST(syscall(SYS_tgkill, pid, t, SIGHUP));
			MUST(syscall(SYS_tgkill, pid, t, SIGUSR1));
		} else if (what == '2') {
			MUST(syscall(SYS_tgkill, pid, t, SIGUSR1));
			MUST(syscall(SYS_tgkill, pid, t, SIGURG));
		}
		MUST(kill(pid, SIGCONT));
		MUST(waitpid(pid, &status, WCONTINUED));
		if (!WIFCONTINUED(status))
			say_status("process", status);
		MUST(write(answer[1], "k", 1));
	}
}

int main(void)
{
	MUST(pipe(ask));
	MUST(pipe(answer));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		close(ask[0]);
		run();
	}
	close(ask[1]);
	serve(pid);
	reap("process", pid);
}
