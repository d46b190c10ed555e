// Thousands of short-lived tasks: argv is "forks" or "threads", and how many. Some are alive at a time.
#include "victim.h"

static _Atomic int ran;

static void *thread(void *unused)
{
	ran++;
	return unused;
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	int n = atoi(argv[2]), sum = 0;
	enum { BATCH = 50 };
	for (int begun = 0; begun < n; begun += BATCH) {
		if (strcmp(argv[1], "forks") == 0) {
			for (int i = 0; i < BATCH; i++)
				if (MUST(fork()) == 0)
					_exit(i & 63);
			for (int i = 0; i < BATCH; i++) {
				int status;
				MUST(wait(&status));
				sum += WEXITSTATUS(status);
				ran++;
			}
		} else {
			pthread_t t[BATCH];
			for (int i = 0; i < BATCH; i++)
				MUST0(pthread_create(&t[i], NULL, thread, NULL));
			for (int i = 0; i < BATCH; i++)
				MUST0(pthread_join(t[i], NULL));
		}
	}
	say("%s: %d ran, codes %d\n", argv[1], ran, sum);
	return 0;
}
