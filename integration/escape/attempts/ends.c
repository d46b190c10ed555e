// How attempts find out whether they have got anywhere.

#include "attempt.h"

#define MARK "secret-of-outside"

void wrote(int fd)
{
	if (fd < 0)
		blocked("open: %s", strerror(errno));
	RESULT(write(fd, "escaped\n", 8));
}

void shows(const char *text, long n)
{
	if (n < 0)
		blocked("read: %s", strerror(errno));
	const char *at = memmem(text, n, MARK, strlen(MARK));
	if (at == NULL)
		blocked("%ld bytes, and the secret is not in them", n);
	escaped("read %.*s", (int)(text + n - at > 40 ? 40 : text + n - at), at);
}

void read_secret(int fd)
{
	static char text[1 << 16];
	if (fd < 0)
		blocked("open: %s", strerror(errno));
	long n = 0, more;
	while ((more = read(fd, text + n, sizeof text - n)) > 0)
		n += more;
	shows(text, n ? n : more);
}

long field(const char *path, const char *key)
{
	char text[8192];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	long n = read(fd, text, sizeof text - 1);
	close(fd);
	if (n < 0)
		return -1;
	text[n] = 0;
	const char *at = strstr(text, key);
	return at ? strtol(at + strlen(key), NULL, 0) : -1;
}

int tracer(void)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/self/task/%ld/status", syscall(SYS_gettid));
	return field(path, "TracerPid:");
}

void unseen(void)
{
	int t = tracer();
	if (t == 0)
		escaped("nobody traces this task");
	blocked("%d traces this task", t);
}

void child_tells(pid_t pid)
{
	int status;
	if (pid < 0)
		blocked("making the child: %s", strerror(errno));
	while (waitpid(pid, &status, __WALL) < 0)
		if (errno != EINTR)
			blocked("waitpid: %s", strerror(errno));
	if (WIFSIGNALED(status))
		blocked("the child was killed by signal %d", WTERMSIG(status));
	syscall(SYS_exit_group, WEXITSTATUS(status)); // it has said what there is to say
	__builtin_unreachable();
}

long signal_victim(void) { return syscall(SYS_kill, world.victim, SIGUSR1); }

socklen_t local_address(struct sockaddr_un *a, const char *path)
{
	memset(a, 0, sizeof *a);
	a->sun_family = AF_UNIX;
	size_t n = strnlen(path, sizeof a->sun_path - 1);
	memcpy(a->sun_path, path, n);
	if (path[0] == '@')
		a->sun_path[0] = 0;
	return offsetof(struct sockaddr_un, sun_path) + n + (path[0] != '@');
}

int local_connect(int type, const char *path, int length)
{
	struct sockaddr_un a;
	socklen_t n = local_address(&a, path);
	int fd = NEED(socket(AF_UNIX, type, 0));
	if (connect(fd, (struct sockaddr *)&a, length ? (socklen_t)length : n) == 0)
		return fd;
	int e = errno;
	close(fd);
	errno = e;
	return -1;
}

void start_thread(void *(*f)(void *), void *arg)
{
	pthread_t t;
	int e = pthread_create(&t, NULL, f, arg);
	if (e)
		blocked("pthread_create: %s", strerror(e));
}
