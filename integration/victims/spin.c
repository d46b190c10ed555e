// Calls getppid until its input ends, and says how it went.
#include "victim.h"
#include <poll.h>

int main(void)
{
	pid_t parent = getppid();
	long wrong = 0;
	say("ready\n");
	struct pollfd p = {.fd = 0, .events = POLLIN};
	while (syscall(SYS_poll, &p, 1, 0) == 0)
		for (int i = 0; i < 10; i++)
			wrong += syscall(SYS_getppid) != parent;
	say("wrong answers: %ld\n", wrong);
	return 0;
}
