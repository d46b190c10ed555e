// Tells the time in every way that the C library has, and what is random; and waits until a time of day.
#include "victim.h"
#include <sys/auxv.h>
#include <sys/random.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

static void hex(const char *what, const unsigned char *p, int n)
{
	printf("%s ", what);
	for (int i = 0; i < n; i++)
		printf("%02x", p[i]);
	printf("\n");
}

static double since(struct timespec *begun)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (now.tv_sec - begun->tv_sec) + (now.tv_nsec - begun->tv_nsec) / 1e9;
}

static void later(struct timespec *t, long nsec)
{
	clock_gettime(CLOCK_REALTIME, t);
	t->tv_nsec += nsec;
	t->tv_sec += t->tv_nsec / 1000000000;
	t->tv_nsec %= 1000000000;
}

static void waits(void)
{
	struct timespec begun, until;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t c = PTHREAD_COND_INITIALIZER;
	pthread_mutex_lock(&m);
	later(&until, 30000000);
	int err = pthread_cond_timedwait(&c, &m, &until);
	printf("condition: %s %s\n", err == ETIMEDOUT ? "timed out" : "woken", since(&begun) >= 0.029 ? "in time" : "early");

	clock_gettime(CLOCK_MONOTONIC, &begun);
	later(&until, 30000000);
	err = clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &until, NULL);
	printf("sleep: %d %s\n", err, since(&begun) >= 0.029 ? "in time" : "early");

	clock_gettime(CLOCK_MONOTONIC, &begun);
	struct itimerspec timer = {{0, 0}, {0, 0}};
	later(&timer.it_value, 30000000);
	int fd = timerfd_create(CLOCK_REALTIME, 0);
	uint64_t n = 0;
	err = timerfd_settime(fd, TFD_TIMER_ABSTIME, &timer, NULL);
	if (read(fd, &n, sizeof n) != sizeof n)
		n = 99;
	printf("timer: %d %d %s\n", err, (int)n, since(&begun) >= 0.029 ? "in time" : "early");
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "wait")) {
		waits();
		return 0;
	}
	if (argc > 1 && !strcmp(argv[1], "elapsed")) {
		struct timespec begun, pause = {0, 20000000};
		clock_gettime(CLOCK_MONOTONIC, &begun);
		time_t day = time(NULL);
		nanosleep(&pause, NULL);
		printf("%f %ld\n", since(&begun), (long)(time(NULL) - day));
		return 0;
	}
	struct timespec real, coarse;
	struct timeval day;
	time_t seconds = 0, same = time(&seconds);
	gettimeofday(&day, NULL);
	clock_gettime(CLOCK_REALTIME, &real);
	clock_gettime(CLOCK_REALTIME_COARSE, &coarse);
	printf("time %ld %ld %ld.%06ld %ld.%09ld %ld\n", (long)same, (long)seconds, (long)day.tv_sec, (long)day.tv_usec, (long)real.tv_sec,
	       real.tv_nsec, (long)coarse.tv_sec);
	unsigned char bytes[16];
	if (argc > 1 && !strcmp(argv[1], "random")) {
		hex("vector", (unsigned char *)getauxval(AT_RANDOM), 16);
		printf("getrandom %zd\n", getrandom(bytes, sizeof bytes, 0));
		hex("parent", bytes, 16);
		fflush(stdout);
		for (int i = 0; i < 2; i++) {
			if (fork() == 0) {
				getrandom(bytes, sizeof bytes, 0);
				hex("child", bytes, 16);
				return 0;
			}
			wait(NULL);
		}
		printf("getrandom %ld\n", syscall(SYS_getrandom, 8L, 16L, 0L));
	}
	return 0;
}
