// Waits for a signal for ever, and says so.
#include "victim.h"

static void on_signal(int sig, siginfo_t *si, void *context)
{
	(void)si, (void)context;
	say("caught %d\n", sig);
	if (sig == SIGTERM)
		_exit(11);
}

int main(void)
{
	catch(SIGUSR1, on_signal, SA_RESTART);
	catch(SIGTERM, on_signal, SA_RESTART);
	say("ready\n");
	for (;;)
		pause();
}
