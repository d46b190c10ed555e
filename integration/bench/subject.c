// subject.c does one thing over and over and says how many nanoseconds it took: what stops, signals and tasks cost is measured with it.
//
//go:build ignore

// Usage: subject [-c CPU] WHAT COUNT [OTHERS]; -c keeps it on a processor. WHAT is
//   calls     getppid, which a tracer may ask for
//   prctls    prctl(PR_GET_DUMPABLE), whose arguments a filter may look at
//   crowd     getppid, among OTHERS processes that sleep
//   busy      getppid by each of OTHERS processes without end; it never ends by itself
//   births    fork, exit and wait; getppid after a tenth of them and after all, as a mark for a tracer
//   pingpong  SIGUSR1 to another process and back
//   urgent    SIGURG to itself, with a handler
#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double begun;

static double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void begin(void) { begun = now(); }
static void end(void) { printf("ns %.0f\n", now() - begun); }

static pid_t child(void)
{
	pid_t pid = fork();
	if (pid < 0)
		err(1, "fork");
	return pid;
}

static void calls(long count)
{
	for (int i = 0; i < 100; i++)
		syscall(SYS_getppid);
	begin();
	for (long i = 0; i < count; i++)
		syscall(SYS_getppid);
	end();
}

static void prctls(long count)
{
	begin();
	for (long i = 0; i < count; i++)
		prctl(PR_GET_DUMPABLE);
	end();
}

// crowd tells its children to end by closing a pipe, each of which holds no more than that.
static void crowd(long count, long others)
{
	int gate[2];
	char byte;
	if (pipe(gate))
		err(1, "pipe");
	for (long i = 0; i < others; i++)
		if (child() == 0) {
			close(gate[1]);
			_exit(read(gate[0], &byte, 1) != 0);
		}
	calls(count);
	close(gate[1]);
	while (wait(NULL) > 0)
		;
}

// busy has all begin when all are there.
static void busy(long others)
{
	int gate[2];
	char byte;
	if (pipe(gate))
		err(1, "pipe");
	for (long i = 0; i < others; i++)
		if (child() == 0) {
			close(gate[1]);
			if (read(gate[0], &byte, 1) != 0)
				_exit(1);
			for (;;)
				syscall(SYS_getppid);
		}
	close(gate[1]);
	for (;;)
		pause();
}

static void births(long count)
{
	begin();
	for (long i = 1; i <= count; i++) {
		pid_t pid = child();
		if (pid == 0)
			_exit(0);
		if (waitpid(pid, NULL, 0) != pid)
			err(1, "wait");
		if (i == count / 10 || i == count)
			syscall(SYS_getppid);
	}
	end();
}

static volatile sig_atomic_t hits;
static void hit(int sig) { (void)sig; hits++; }

static void handle(int sig)
{
	struct sigaction act = {.sa_handler = hit, .sa_flags = SA_RESTART};
	if (sigaction(sig, &act, NULL))
		err(1, "sigaction");
}

// pong waits for SIGUSR1 with the handler, as programs do, and answers each.
static void pong(pid_t to, long count, const sigset_t *open)
{
	for (long i = 0; i < count; i++) {
		while (hits <= i)
			sigsuspend(open);
		kill(to, SIGUSR1);
	}
	_exit(0);
}

static void pingpong(long count)
{
	sigset_t shut, open;
	handle(SIGUSR1);
	sigemptyset(&open);
	sigemptyset(&shut);
	sigaddset(&shut, SIGUSR1);
	sigprocmask(SIG_BLOCK, &shut, NULL);
	pid_t self = getpid(), pid = child();
	if (pid == 0)
		pong(self, count, &open);
	begin();
	for (long i = 0; i < count; i++) {
		kill(pid, SIGUSR1);
		while (hits <= i)
			sigsuspend(&open);
	}
	end();
	waitpid(pid, NULL, 0);
}

static void urgent(long count)
{
	handle(SIGURG);
	pid_t self = getpid();
	begin();
	for (long i = 0; i < count; i++)
		syscall(SYS_tgkill, self, self, SIGURG);
	end();
	if (hits != count)
		errx(1, "%ld of %ld signals came", (long)hits, count);
}

int main(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "+c:")) != -1;) {
		cpu_set_t set;
		CPU_ZERO(&set);
		CPU_SET(atoi(optarg), &set);
		if (c != 'c' || sched_setaffinity(0, sizeof set, &set))
			err(1, "-c");
	}
	if (argc - optind < 2)
		errx(1, "want WHAT and COUNT");
	const char *what = argv[optind];
	long count = atol(argv[optind + 1]), others = argc - optind > 2 ? atol(argv[optind + 2]) : 0;
	if (!strcmp(what, "calls"))
		calls(count);
	else if (!strcmp(what, "prctls"))
		prctls(count);
	else if (!strcmp(what, "crowd"))
		crowd(count, others);
	else if (!strcmp(what, "busy"))
		busy(others);
	else if (!strcmp(what, "births"))
		births(count);
	else if (!strcmp(what, "pingpong"))
		pingpong(count);
	else if (!strcmp(what, "urgent"))
		urgent(count);
	else
		errx(1, "%s is nothing that it does", what);
	return 0;
}
