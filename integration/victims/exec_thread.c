// Execs from threads that are not the leader: alone, after failures, in a race, after the leader's end, by execveat, of a script.
#include "victim.h"
#include <sys/stat.h>

extern char **environ;
static const char *self;
static int script;

static int tasks(void)
{
	char buf[4096];
	slurp("/proc/self/status", buf, sizeof buf);
	return atoi(strstr(buf, "\nThreads:") + 9);
}

// reborn is what runs after the exec.
static int reborn(const char *how)
{
	char pending[4096];
	sigset_t set;
	slurp("/proc/self/status", pending, sizeof pending);
	pthread_sigmask(SIG_BLOCK, NULL, &set);
	say("%s: reborn, leader %d, threads %d, SIGUSR1 blocked %d, caught %lx\n", how, tid() == getpid(), tasks(),
		sigismember(&set, SIGUSR1), field(pending, "\nSigCgt:") & (1 << (SIGUSR2 - 1)));
	return 42;
}

static void *idle(void *unused)
{
	for (;;)
		pause();
	return unused;
}

static void try(const char *path)
{
	char *argv[] = {"x", NULL};
	int r = execve(path, argv, environ);
	say("execve(%s): %s\n", path, err(r));
}

static void nothing(int sig, siginfo_t *si, void *context) { (void)sig, (void)si, (void)context; }

static pthread_barrier_t together;

static void *do_exec(void *how)
{
	const char *h = how;
	char *argv[] = {"exec_thread", "reborn", how, NULL};
	if (strcmp(h, "failing") == 0) {
		try("/nonexistent");
		try("/");
		try("/dev/null");
		try("/proc/self/maps");
		say("still %d threads\n", tasks());
	}
	if (strcmp(h, "leaderless") == 0)
		while (state(getpid()) != 'Z')
			sched_yield();
	block(SIG_BLOCK, SIGUSR1);
	if (strcmp(h, "race") == 0)
		pthread_barrier_wait(&together);
	if (strcmp(h, "execveat") == 0) {
		int fd = MUST(open(self, O_RDONLY | O_CLOEXEC));
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
	} else if (strcmp(h, "script") == 0) {
		char path[64];
		snprintf(path, sizeof path, "/proc/self/fd/%d", script);
		execve(path, argv, environ);
	} else {
		execve(self, argv, environ);
	}
	die("exec");
}

static void process(const char *how)
{
	pthread_t t;
	int racers = strcmp(how, "race") == 0 ? 8 : 1;
	catch(SIGUSR2, nothing, 0);
	MUST0(pthread_barrier_init(&together, NULL, racers));
	for (int i = 0; i < 6; i++)
		MUST0(pthread_create(&t, NULL, idle, NULL));
	for (int i = 0; i < racers; i++)
		MUST0(pthread_create(&t, NULL, do_exec, (void *)how));
	if (strcmp(how, "leaderless") == 0)
		syscall(SYS_exit, 0);
	idle(NULL);
}

int main(int argc, char **argv)
{
	static char path[PATH_MAX];
	const char *hows[] = {"plain", "failing", "race", "leaderless", "execveat", "script"};
	if (argc > 2)
		return reborn(argv[2]);
	if (argc > 1) { // from the script: arguments begin one later
		return reborn("script?");
	}
	path[MUST(readlink("/proc/self/exe", path, sizeof path - 1))] = 0;
	self = path;
	char text[PATH_MAX + 32];
	snprintf(text, sizeof text, "#!%s reborn\n", path);
	script = MUST(memfd_create("script", 0));
	MUST(write(script, text, strlen(text)));
	MUST(fchmod(script, 0755));
	char again[64];
	snprintf(again, sizeof again, "/proc/self/fd/%d", script);
	int ro = MUST(open(again, O_RDONLY)); // else ETXTBSY
	close(script);
	script = ro;
	for (unsigned i = 0; i < sizeof hows / sizeof *hows; i++) {
		for (int n = 0; n < 3; n++) {
			pid_t pid = MUST(fork());
			if (pid == 0)
				process(hows[i]);
			reap(hows[i], pid);
		}
	}
	return 0;
}
