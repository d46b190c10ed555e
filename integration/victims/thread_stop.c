// A process with threads stops as a whole; with an argument its leader has ended before.
#include "victim.h"

static pthread_barrier_t ready;
static pthread_t leader;

static void *one(void *number) {
	pthread_barrier_wait(&ready);
	if (number != NULL) {
		for (;;)
			pause();
	}
	if (leader)
		pthread_join(leader, NULL);
	pthread_kill(pthread_self(), SIGSTOP); // not kill: another thread may be given that one, after this one has ended them all
	_exit(0);
}

int main(int argc, char **argv) {
	(void)argv;
	pthread_t t;
	if (argc > 1)
		leader = pthread_self();
	pthread_barrier_init(&ready, NULL, 4);
	for (long i = 0; i < 3; i++)
		if (pthread_create(&t, NULL, one, (void *)i)) return 99;
	pthread_barrier_wait(&ready);
	if (argc > 1)
		pthread_exit(NULL);
	for (;;)
		pause();
}
