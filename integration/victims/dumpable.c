// Makes itself undumpable, as agents that keep secrets do, and lives on: memory, threads, children, signals, exec.
#include "victim.h"

static _Atomic int caught;
static void on_signal(int sig, siginfo_t *si, void *context) { (void)sig, (void)si, (void)context; caught++; }

static void *thread(void *path)
{
	int fd = open(path, O_RDONLY);
	say("thread opens: %s\n", err(fd));
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	char self[PATH_MAX] = {0}, path[] = "/dev/null";
	(void)argv;
	if (argc > 1) {
		say("dumpable after exec: %d\n", prctl(PR_GET_DUMPABLE));
		return 3;
	}
	MUST(readlink("/proc/self/exe", self, sizeof self - 1));
	MUST(prctl(PR_SET_DUMPABLE, 0));
	say("dumpable: %d\n", prctl(PR_GET_DUMPABLE));
	catch(SIGUSR1, on_signal, 0);
	raise(SIGUSR1);
	pthread_t t;
	MUST0(pthread_create(&t, NULL, thread, path));
	MUST0(pthread_join(t, NULL));
	pid_t pid = MUST(fork());
	if (pid == 0) {
		say("child: dumpable %d\n", prctl(PR_GET_DUMPABLE));
		execl(self, "dumpable", "again", NULL);
		_exit(1);
	}
	reap("child", pid);
	int fd = open(path, O_RDONLY);
	say("opens: %s, caught %d\n", err(fd), caught);
	return 0;
}
