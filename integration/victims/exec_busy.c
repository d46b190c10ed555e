// Execs itself over and over while its other threads make calls that an engine may decide about; argv: how often.
#include "victim.h"

static _Atomic int going;

static void *busy(void *unused)
{
	going++;
	for (;;) {
		syscall(SYS_umask, 022);
		syscall(SYS_alarm, 0);
	}
	return unused;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX] = {0}, count[16];
	if (argc != 2)
		return 97;
	int n = atoi(argv[1]);
	if (n == 0) {
		say("still here\n");
		return 3;
	}
	pthread_t t;
	for (int i = 0; i < 6; i++)
		MUST0(pthread_create(&t, NULL, busy, NULL));
	while (going < 6)
		sched_yield();
	MUST(readlink("/proc/self/exe", self, sizeof self - 1));
	snprintf(count, sizeof count, "%d", n - 1);
	execl(self, "exec_busy", count, NULL);
	die("exec");
}
