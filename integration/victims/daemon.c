// Becomes a daemon as daemons do (fork, setsid, fork); argv: "linger" for ever, or "answer" to what comes on its input.
#include "victim.h"

int main(int argc, char **argv)
{
	int ready[2];
	char c;
	if (argc != 2)
		return 97;
	MUST(pipe(ready));
	pid_t pid = MUST(fork());
	if (pid != 0) {
		close(ready[1]);
		MUST(read(ready[0], &c, 1)); // the daemon is there
		reap("first child", pid);
		say("the program ends\n");
		return 6;
	}
	MUST(setsid());
	pid_t session = getsid(0);
	if (MUST(fork()) != 0)
		_exit(2);
	while (getppid() == session) // until it is an orphan
		sched_yield();
	MUST(write(ready[1], "r", 1));
	close(ready[1]);
	if (strcmp(argv[1], "linger") == 0)
		for (;;)
			pause();
	char line[64];
	ssize_t n = MUST(read(0, line, sizeof line - 1));
	line[n] = 0;
	say("the daemon heard %s", line);
	return 8;
}
