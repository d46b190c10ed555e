// A process with threads, of which one that is not the leader is sent SIGTERM.
#include "victim.h"
#include <pthread.h>

static pthread_barrier_t ready;

static void *idle(void *unused) {
	(void)unused;
	pthread_barrier_wait(&ready);
	for (;;)
		pause();
	return 0;
}

int main(void) {
	pthread_t t[4];
	pthread_barrier_init(&ready, NULL, 5);
	for (int i = 0; i < 4; i++)
		if (pthread_create(&t[i], NULL, idle, NULL)) return 99;
	pthread_barrier_wait(&ready);
	pthread_kill(t[2], SIGTERM);
	for (;;)
		pause();
	return 0;
}
