// Floods: of tasks, signals, refusals, arguments, paths. They end with an act that would be an escape; jail's limits and memory hold.

#include "attempt.h"
#include <sys/resource.h>

// many is more tasks than the test's policies let there be.
#define MANY 400

// act ends a flood: the test looks how much memory jail has had, and then there is one more call that must be refused.
static void __attribute__((noreturn)) act(void)
{
	char c;
	if (write(1, "MEASURE\n", 8) < 0 || read(0, &c, 1) < 0)
		blocked("the test does not answer");
	RESULT(syscall(SYS_ptrace, PTRACE_SEIZE, world.victim, 0, 0));
}

// lies is what children do.
static void __attribute__((noreturn)) lies(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(50);
	for (;;)
		pause();
}

static void forks(void)
{
	for (int i = 0; i < MANY; i++) {
		pid_t pid = fork();
		if (pid == 0)
			lies();
		if (pid < 0)
			blocked("fork %d: %s", i, strerror(errno));
	}
	escaped("%d children", MANY);
}
static void *waits(void *arg)
{
	(void)arg;
	for (;;)
		pause();
	return NULL;
}
static void threads(void)
{
	pthread_attr_t small;
	pthread_t t;
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 1 << 16);
	for (int i = 0; i < MANY; i++) {
		int e = pthread_create(&t, &small, waits, NULL);
		if (e)
			blocked("thread %d: %s", i, strerror(e));
	}
	escaped("%d threads", MANY);
}
static void orphans(void) // each has its own session, and no parent but the supervisor
{
	_Atomic int *n = NEED(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
	pid_t self = getpid();
	for (int i = 0; i < MANY; i++) {
		pid_t pid = fork();
		if (pid < 0)
			blocked("fork %d: %s", i, strerror(errno));
		if (pid == 0) {
			setsid();
			pid_t child = fork();
			if (child != 0)
				_exit(child < 0);
			++*n;
			while (kill(self, 0) == 0)
				usleep(20000);
			_exit(0);
		}
		int status;
		waitpid(pid, &status, 0);
		if (status)
			blocked("orphan %d: its parent could not make it", i);
	}
	escaped("%d orphans", *n);
}
static void generations(void) // each makes the next, and none ends
{
	for (int i = 0; i < MANY; i++) {
		pid_t pid = fork();
		if (pid < 0)
			blocked("generation %d: %s", i, strerror(errno));
		if (pid > 0) {
			int status;
			waitpid(pid, &status, 0);
			syscall(SYS_exit_group, 0);
		}
	}
	escaped("generation %d", MANY);
}

static void births(void)
{
	for (int i = 0; i < 1500; i++) {
		pid_t pid = NEED(fork());
		if (pid == 0)
			_exit(0);
		NEED(waitpid(pid, NULL, 0));
	}
	act();
}
static void zombies(void) // as many as the policy lets there be: they have all ended, and nobody asks
{
	int n = 0;
	for (; n < 3000; n++) {
		pid_t pid = fork();
		if (pid < 0)
			break;
		if (pid == 0)
			_exit(0);
	}
	if (n < 100)
		blocked("%d zombies: %s", n, strerror(errno));
	act();
}
static void *ends(void *arg) { return arg; }
static void threads_end(void) // thousands, one after the other
{
	pthread_t t;
	for (int i = 0; i < 1000; i++) {
		int e = pthread_create(&t, NULL, ends, NULL);
		if (e)
			blocked("thread %d: %s", i, strerror(e));
		pthread_join(t, NULL);
	}
	act();
}
static _Atomic int caught;
static void on_signal(int sig) { (void)sig; caught++; }
static void queue(void) // thousands wait, and come at once
{
	sigset_t set;
	siginfo_t si = {.si_code = SI_QUEUE, .si_signo = SIGRTMIN};
	signal(SIGRTMIN, on_signal);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 3000; i++)
		if (syscall(SYS_rt_sigqueueinfo, getpid(), SIGRTMIN, &si))
			break;
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	act();
}
static void executes(void) // one program after the other, in the same process
{
	int n = arguments[2] ? atoi(arguments[2]) : 0;
	char number[16], *argv[MANY], text[1024];
	if (n == 0) // the first: the world comes after the number
		n = 150;
	else if (n == 1)
		act();
	snprintf(number, sizeof number, "%d", n - 1);
	snprintf(text, sizeof text, "victim=%d", world.victim);
	argv[0] = arguments[0], argv[1] = "flood-exec", argv[2] = number, argv[3] = text, argv[4] = NULL;
	execv("/proc/self/exe", argv);
	blocked("exec: %s", strerror(errno));
}
static void arguments_of_megabytes(void)
{
	static char *argv[20], *big;
	char text[64];
	if (arguments[2] && arguments[2][0] == '\n')
		act();
	big = malloc(120000);
	memset(big, '\n', 119999), big[119999] = 0; // lines for whoever prints it
	memset(big + 1, 0x1b, 1000);
	snprintf(text, sizeof text, "victim=%d", world.victim);
	argv[0] = arguments[0], argv[1] = "flood-argv", argv[2] = big, argv[3] = text;
	for (int i = 4; i < 16; i++)
		argv[i] = big;
	execv("/proc/self/exe", argv);
	blocked("exec: %s", strerror(errno));
}
static void paths(void) // of 4 KB, of slashes, without an end, of a megabyte
{
	size_t n = 1 << 20;
	char *text = NEED(mmap(NULL, n + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	NEED(munmap(text + n, 4096));
	memset(text, '/', n);
	for (int i = 0; i < 200; i++) {
		text[4095] = i % 2 ? 0 : '/';
		for (int k = 0; k < 4094; k += 2)
			text[k] = i % 4 == 3 ? '.' : '/';
		close(open(text, O_WRONLY | O_CREAT, 0666));
		close(open(text + n - 100, O_WRONLY)); // its end is not there
		mkdir(text, 0777);
		local_connect(SOCK_STREAM, text, 0);
	}
	act();
}
static void links(void) // forty symbolic links, each to the next
{
	char from[16], to[16];
	for (int i = 0; i < 60; i++) {
		snprintf(from, sizeof from, "l%d", i), snprintf(to, sizeof to, "l%d/.", i + 1);
		(void)!symlink(i == 59 ? "." : to, from);
	}
	for (int i = 0; i < 200; i++) {
		close(open("l25/x", O_WRONLY));
		close(open("l0/x", O_WRONLY));
		local_connect(SOCK_STREAM, "l25/x", 0);
	}
	act();
}
static void names(void) // of the task, which reports show
{
	char name[16];
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof name, "\x1b[3%dm%d", i % 8, i);
		prctl(PR_SET_NAME, name);
	}
	syscall(SYS_add_key, "user", "x", "y", 1, 0);
	act();
}
static void memory(void) // the supervisor reads what calls point to; of what it reads, little stays
{
	char *text = NEED(mmap(NULL, 1 << 26, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	struct iovec *io = (struct iovec *)text;
	for (int i = 0; i < 1024; i++)
		io[i] = (struct iovec){text, 1 << 26};
	struct msghdr m = {.msg_name = text, .msg_namelen = 1 << 26, .msg_iov = io, .msg_iovlen = 1024, .msg_control = text, .msg_controllen = 1 << 26};
	int fd = NEED(socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0));
	for (int i = 0; i < 300; i++)
		(void)!sendmsg(fd, &m, MSG_DONTWAIT), (void)!connect(fd, (struct sockaddr *)text, 1 << 26), (void)!bind(fd, (struct sockaddr *)text, 1 << 26);
	act();
}

// denied makes refused calls and tells the test how many, for it to compare with the report.
static void __attribute__((noreturn)) denied(int n, int kinds)
{
	for (int i = 0; i < n; i++)
		if (syscall(SYS_add_key, "user", "escape", i % kinds ? NULL : "x", i % kinds ? 0 : 1, -4 /* KEY_SPEC_USER_KEYRING */, i % kinds) != -1)
			escaped("a key was added");
	char line[64];
	int k = snprintf(line, sizeof line, "DENIED %d\n", n + 1); // and that of act
	if (write(1, line, k) < 0)
		_exit(1);
	act();
}
static void denials(void) { denied(5000, 1); }
static void denial_kinds(void) { denied(2500, 2500); }
static void *denies(void *arg)
{
	for (int i = 0; i < 500; i++)
		syscall(SYS_add_key, "user", "x", NULL, 0, 0);
	return arg;
}
static void denial_threads(void)
{
	pthread_t t[16];
	if (syscall(SYS_add_key, "user", "escape", "x", 1, -4 /* KEY_SPEC_USER_KEYRING */) != -1)
		escaped("a key was added");
	for (int i = 0; i < 16; i++)
		if (pthread_create(t + i, NULL, denies, NULL))
			blocked("no thread");
	for (int i = 0; i < 16; i++)
		pthread_join(t[i], NULL);
	if (write(1, "DENIED 8002\n", 12) < 0)
		_exit(1);
	act();
}

const struct attempt floods[] = {
	{"flood-fork", forks, 0}, {"flood-thread", threads, 0}, {"flood-orphan", orphans, 0}, {"flood-generation", generations, 0},
	{"flood-birth", births, FLOOD}, {"flood-zombie", zombies, FLOOD}, {"flood-thread-end", threads_end, FLOOD}, {"flood-signal", queue, FLOOD},
	{"flood-exec", executes, FLOOD}, {"flood-argv", arguments_of_megabytes, FLOOD}, {"flood-path", paths, FLOOD}, {"flood-link", links, FLOOD},
	{"flood-name", names, FLOOD}, {"flood-memory", memory, FLOOD}, {"flood-denial", denials, FLOOD | REPORTED},
	{"flood-denial-kinds", denial_kinds, FLOOD | REPORTED}, {"flood-denial-threads", denial_threads, FLOOD | REPORTED},
	END,
};
