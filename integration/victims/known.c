// What a program can see of a jail: the lines of /proc/self/status about tracing and filters, and calls that only an untraced program can make.
#include "victim.h"
#include <linux/seccomp.h>
#include <sys/ptrace.h>

int main(void)
{
	char buf[8192];
	slurp("/proc/self/status", buf, sizeof buf);
	char *tracer = strstr(buf, "\nTracerPid:");
	say("traced: %d\n", tracer && atoi(tracer + 11) != 0);
	for (char *line = strtok(buf, "\n"); line; line = strtok(NULL, "\n"))
		if (strncmp(line, "NoNewPrivs", 10) == 0 || strncmp(line, "Seccomp", 7) == 0 || strncmp(line, "Cap", 3) == 0)
			say("%s\n", line);
	say("no_new_privs %d\n", prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	say("seccomp %d\n", prctl(PR_GET_SECCOMP));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		say("PTRACE_TRACEME: %s\n", err(ptrace(PTRACE_TRACEME, 0, 0, 0)));
		_exit(0);
	}
	MUST(waitpid(pid, NULL, 0));
	pid = MUST(fork());
	if (pid == 0)
		for (;;)
			pause();
	int r = ptrace(PTRACE_SEIZE, pid, 0, 0);
	say("PTRACE_SEIZE of a child: %s\n", err(r));
	kill(pid, SIGKILL);
	MUST(waitpid(pid, NULL, 0));
	pid = MUST(fork());
	if (pid == 0) {
		say("strict mode: %s\n", err(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)));
		syscall(SYS_exit, 0);
	}
	MUST(waitpid(pid, NULL, 0));
	return 0;
}
