// A tree of processes and threads that forks, execs, ends and begins anew for ever; argv: how deep, how wide.
#include "victim.h"

static char self[PATH_MAX], depth_text[16], width_text[16];
static int width, depth;

static void *thread(void *unused)
{
	for (int i = 0; i < 4; i++) {
		pid_t pid = vfork();
		if (pid == 0)
			_exit(1);
		if (pid > 0)
			waitpid(pid, NULL, 0);
	}
	return unused;
}

static void grow(void)
{
	for (;;) {
	again:;
		pthread_t t[4];
		int made = 0, kids = 0;
		for (int i = 0; i < 2; i++)
			made += pthread_create(&t[made], NULL, thread, NULL) == 0;
		if (depth > 0)
			for (int i = 0; i < width; i++) {
				pid_t pid = fork();
				if (pid == 0) {
					snprintf(depth_text, sizeof depth_text, "%d", depth - 1);
					char *argv[] = {"tree", depth_text, width_text, NULL};
					if (i == 0)
						execv(self, argv);
					depth--;
					goto again;
				}
				kids += pid > 0;
			}
		for (int i = 0; i < made; i++)
			pthread_join(t[i], NULL);
		if (depth == 0)
			_exit(0);
		while (kids-- > 0)
			wait(NULL);
	}
}

int main(int argc, char **argv)
{
	if (argc != 3)
		return 97;
	self[MUST(readlink("/proc/self/exe", self, sizeof self - 1))] = 0;
	depth = atoi(argv[1]);
	width = atoi(argv[2]);
	snprintf(width_text, sizeof width_text, "%s", argv[2]);
	grow();
}
