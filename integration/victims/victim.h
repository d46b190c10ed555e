// What the victims share: saying what happened, and waiting for another task's state without sleeping.

#ifndef VICTIM_H
#define VICTIM_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// say writes one line in one write, so that lines of several tasks do not mix.
static void __attribute__((format(printf, 1, 2))) say(const char *format, ...)
{
	char line[1024];
	va_list ap;
	va_start(ap, format);
	int n = vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	for (int done = 0; done < n;) {
		ssize_t w = write(1, line + done, n - done);
		if (w > 0)
			done += w;
		else if (errno != EINTR)
			_exit(98);
	}
}

static void __attribute__((noreturn)) die(const char *what)
{
	say("%s: %s\n", what, strerrorname_np(errno) ? strerrorname_np(errno) : "?");
	_exit(99);
}

// MUST is for calls that are no part of what is being looked at.
#define MUST(x) ({ __typeof__(x) r_ = (x); if ((long)r_ == -1) die(#x); r_; })
// MUST0 is the same for functions that return an errno.
#define MUST0(x) do { int r_ = (x); if (r_) { errno = r_; die(#x); } } while (0)

// err names the errno of a call that returned r.
static const char *err(long r)
{
	return r == -1 ? strerrorname_np(errno) : "ok";
}

// say_status prints a wait status in words.
static void say_status(const char *who, int status)
{
	if (WIFEXITED(status))
		say("%s exited %d\n", who, WEXITSTATUS(status));
	else if (WIFSIGNALED(status))
		say("%s killed by %d\n", who, WTERMSIG(status));
	else if (WIFSTOPPED(status))
		say("%s stopped by %d\n", who, WSTOPSIG(status));
	else if (WIFCONTINUED(status))
		say("%s continued\n", who);
	else
		say("%s has status %#x\n", who, status);
}

// reap waits for a child and prints how it ended.
static void reap(const char *who, pid_t pid)
{
	int status;
	MUST(waitpid(pid, &status, 0));
	say_status(who, status);
}

static pid_t tid(void) { return syscall(SYS_gettid); }

// slurp reads a small file whole; it uses pread64, a call that no engine of the tests stops at.
static int slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = pread(fd, buf, size - 1, 0);
	close(fd);
	if (n < 0)
		return -1;
	buf[n] = 0;
	return n;
}

// field finds a key of /proc/<tid>/status and reads its value as hexadecimal.
static unsigned long field(const char *status, const char *key)
{
	const char *at = strstr(status, key);
	return at ? strtoul(at + strlen(key), NULL, 16) : 0;
}

// pending tells whether a signal waits for the task that it does not block.
static int pending(pid_t t)
{
	char path[64], buf[4096];
	snprintf(path, sizeof path, "/proc/%d/status", t);
	if (slurp(path, buf, sizeof buf) < 0)
		return 0;
	unsigned long open = ~field(buf, "\nSigBlk:");
	return ((field(buf, "\nSigPnd:") | field(buf, "\nShdPnd:")) & open) != 0;
}

// state is the letter of /proc/<tid>/stat, 0 if there is no such task.
static char state(pid_t t)
{
	char path[64], buf[512];
	snprintf(path, sizeof path, "/proc/%d/stat", t);
	if (slurp(path, buf, sizeof buf) < 0)
		return 0;
	char *end = strrchr(buf, ')');
	return end ? end[2] : 0;
}

// blocked tells whether the task sleeps inside of call nr, or of what the kernel made of it to restart it.
static int blocked(pid_t t, long nr)
{
	char path[64], buf[256], *end;
	snprintf(path, sizeof path, "/proc/%d/syscall", t);
	if (slurp(path, buf, sizeof buf) < 0)
		return 0;
	long now = strtol(buf, &end, 10);
	if (end == buf || (now != nr && now != SYS_restart_syscall))
		return 0;
	return state(t) == 'S';
}

// await_blocked waits until the task sleeps inside of call nr.
static void await_blocked(pid_t t, long nr)
{
	while (!blocked(t, nr))
		sched_yield();
}

// catch installs a handler.
static void catch(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
	struct sigaction sa = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO | flags};
	MUST(sigaction(sig, &sa, NULL));
}

static void block(int how, int sig)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, sig);
	MUST0(pthread_sigmask(how, &set, NULL));
}

#endif
