// Opens a pseudo terminal, runs a child in a session on it, and types at it: echo, interrupt, suspend, hang-up.
#include "victim.h"
#include <sys/ioctl.h>
#include <termios.h>

static int terminal;
static char *name;

// expect reads from the terminal up to a text, and prints what came until there, newlines as they are.
static void expect(const char *end)
{
	static char buf[4096];
	size_t n = 0;
	while (n < sizeof buf - 1) {
		ssize_t r = read(terminal, buf + n, 1);
		if (r <= 0) {
			say("terminal: %s after \"%s\"\n", r ? err(r) : "end", buf);
			return;
		}
		buf[++n] = 0;
		if (n >= strlen(end) && strcmp(buf + n - strlen(end), end) == 0)
			break;
	}
	for (char *p = buf; *p; p++)
		if (*p == '\r')
			*p = '~';
	say("terminal: %s\n", buf);
}

static void type(const char *text) { MUST(write(terminal, text, strlen(text))); }

static void on_interrupt(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	if (sig == SIGHUP)
		_exit(12);
	MUST(write(1, sig == SIGINT ? "[INT]" : "[WINCH]", sig == SIGINT ? 5 : 7));
}

static void child(void)
{
	char line[64];
	MUST(setsid());
	int fd = MUST(open(name, O_RDWR)); // becomes the controlling terminal
	for (int i = 0; i < 3; i++)
		MUST(dup2(fd, i));
	close(terminal);
	catch(SIGINT, on_interrupt, SA_RESTART);
	catch(SIGHUP, on_interrupt, SA_RESTART);
	catch(SIGWINCH, on_interrupt, SA_RESTART);
	MUST(write(1, "ready", 5));
	for (;;) {
		ssize_t n = read(0, line, sizeof line);
		if (n <= 0)
			pause(); // the terminal is gone, SIGHUP is on its way
		MUST(write(1, "<", 1));
		MUST(write(1, line, n - 1));
		MUST(write(1, ">", 1));
	}
}

static void background(void) // a group that is not in the foreground stops when it reads
{
	setpgid(0, 0);
	char c;
	read(0, &c, 1);
	_exit(14);
}

int main(void)
{
	int status;
	struct winsize size = {.ws_row = 24, .ws_col = 81};
	terminal = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(grantpt(terminal));
	MUST(unlockpt(terminal));
	name = strdup(ptsname(terminal));
	pid_t pid = MUST(fork());
	if (pid == 0)
		child();
	expect("ready");
	type("hello\n");
	expect(">");
	type("\003");
	expect("[INT]");
	MUST(ioctl(terminal, TIOCSWINSZ, &size));
	expect("[WINCH]");
	type("again\n");
	expect(">");
	close(terminal);
	reap("after hang-up", pid);

	terminal = MUST(posix_openpt(O_RDWR | O_NOCTTY));
	MUST(grantpt(terminal));
	MUST(unlockpt(terminal));
	name = strdup(ptsname(terminal));
	int seen[2]; // the shell has been told that its job goes on: a stop before that would hide it (wait(2))
	MUST(pipe(seen));
	pid = MUST(fork());
	if (pid == 0) { // a little shell: it sees its job stop for reading, and lets it read
		MUST(setsid());
		int fd = MUST(open(name, O_RDWR));
		dup2(fd, 0);
		signal(SIGTTOU, SIG_IGN);
		pid_t job = MUST(fork());
		if (job == 0)
			background();
		MUST(waitpid(job, &status, WUNTRACED));
		say_status("job", status);
		MUST(tcsetpgrp(0, job));
		MUST(kill(-job, SIGCONT));
		MUST(waitpid(job, &status, WCONTINUED));
		say_status("job", status);
		MUST(write(seen[1], "", 1));
		MUST(waitpid(job, &status, WUNTRACED)); // ^Z comes from the terminal
		say_status("job", status);
		MUST(kill(-job, SIGKILL));
		MUST(waitpid(job, &status, 0));
		say_status("job", status);
		_exit(0);
	}
	char c;
	MUST(read(seen[0], &c, 1));
	pid_t fore = 0; // until the job is in the foreground
	while (ioctl(terminal, TIOCGPGRP, &fore) == -1 || fore == pid || fore == 0)
		sched_yield();
	while (!blocked(fore, SYS_read))
		sched_yield();
	type("\032");
	reap("shell", pid);
	return 0;
}
