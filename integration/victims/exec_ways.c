// Runs a program in one of the ways that do not show what will run.
#include "victim.h"
#include <sys/mount.h>
#include <sys/stat.h>

static char *program, *interpreter, *dir;
static char *argv[4], *environment[2];

static void now(int dirfd, const char *path, int flags)
{
	syscall(SYS_execveat, dirfd, path, argv, environment, flags);
	say("%s\n", strerrorname_np(errno));
	_exit(77);
}

static void plainly(void) { now(AT_FDCWD, program, 0); }

// copied is a memfd with what is in the program.
static int copied(void)
{
	char part[4096];
	int in = MUST(open(program, O_RDONLY | O_CLOEXEC)), out = MUST(memfd_create("copy", 0));
	for (ssize_t n; (n = MUST(read(in, part, sizeof part))) > 0;)
		MUST(write(out, part, n));
	close(in);
	char self[64]; // one that is open for writing can't be run
	snprintf(self, sizeof self, "/proc/self/fd/%d", out);
	int fd = MUST(open(self, O_RDONLY));
	close(out);
	return fd;
}

static void memfd(void) { now(copied(), "", AT_EMPTY_PATH); }

static void memfd_by_proc(void)
{
	char self[64];
	snprintf(self, sizeof self, "/proc/self/fd/%d", copied());
	now(AT_FDCWD, self, 0);
}

static void by_descriptor(void) { now(MUST(open(program, O_PATH)), "", AT_EMPTY_PATH); }

static void by_proc(void)
{
	char self[64];
	snprintf(self, sizeof self, "/proc/thread-self/fd/%d", MUST(open(program, O_PATH)));
	now(AT_FDCWD, self, 0);
}

static void deleted(void)
{
	char name[PATH_MAX];
	snprintf(name, sizeof name, "%s/removed", dir);
	MUST(link(program, name));
	int fd = MUST(open(name, O_PATH));
	MUST(unlink(name));
	now(fd, "", AT_EMPTY_PATH); // it has its other name still
}

// As an argument of another program: the dynamic loader, or an interpreter.
static void argument(void)
{
	argv[0] = interpreter, argv[1] = program, argv[2] = 0;
	now(AT_FDCWD, interpreter, 0);
}

static void script(void)
{
	char name[PATH_MAX];
	snprintf(name, sizeof name, "%s/script", dir);
	FILE *f = fopen(name, "we");
	fprintf(f, "#!%s\n", program);
	fclose(f);
	MUST(chmod(name, 0700));
	now(AT_FDCWD, name, 0);
}

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0) {
		say("SKIP %s: %s\n", path, strerrorname_np(errno));
		_exit(0);
	}
	close(fd);
}

// In user and mount namespaces of its own, whose formats of programs are its own too (Linux 6.7).
static void format(void)
{
	char text[PATH_MAX + 128], name[PATH_MAX], mounted[PATH_MAX];
	uid_t uid = getuid();
	gid_t gid = getgid();
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) {
		say("SKIP user namespaces: %s\n", strerrorname_np(errno));
		_exit(0);
	}
	snprintf(text, sizeof text, "0 %d 1", uid);
	put("/proc/self/uid_map", text);
	put("/proc/self/setgroups", "deny");
	snprintf(text, sizeof text, "0 %d 1", gid);
	put("/proc/self/gid_map", text);
	snprintf(mounted, sizeof mounted, "%s/formats", dir);
	MUST(mkdir(mounted, 0700));
	if (mount("binfmt_misc", mounted, "binfmt_misc", 0, 0)) {
		say("SKIP binfmt_misc: %s\n", strerrorname_np(errno));
		_exit(0);
	}
	snprintf(name, sizeof name, "%s/formats/register", dir);
	snprintf(text, sizeof text, ":jail:M::jailed-format::%s:", program);
	put(name, text);
	snprintf(name, sizeof name, "%s/formatted", dir);
	int fd = MUST(open(name, O_WRONLY | O_CREAT | O_CLOEXEC, 0700));
	MUST(write(fd, "jailed-format\n", 14));
	close(fd);
	now(AT_FDCWD, name, 0);
}

static void own_root(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) {
		say("SKIP user namespaces: %s\n", strerrorname_np(errno));
		_exit(0);
	}
	char name[PATH_MAX]; // the program, under a name that is allowed, in a mount of its own
	snprintf(name, sizeof name, "%s/allowed", dir);
	MUST(mount(program, name, 0, MS_BIND, 0));
	now(AT_FDCWD, name, 0);
}

static const struct { const char *name; void (*go)(void); } ways[] = {
	{"plainly", plainly}, {"memfd", memfd}, {"memfd-by-proc", memfd_by_proc}, {"by-descriptor", by_descriptor}, {"by-proc", by_proc},
	{"deleted", deleted}, {"argument", argument}, {"script", script}, {"format", format}, {"own-root", own_root},
};

// exec_ways WAY PROGRAM INTERPRETER DIR
int main(int argc, char **args)
{
	static char mark[PATH_MAX];
	if (argc < 5)
		die("arguments");
	program = args[2], interpreter = args[3], dir = args[4];
	snprintf(mark, sizeof mark, "MARK=%s", getenv("MARK"));
	environment[0] = mark, argv[0] = "prog";
	for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
		if (strcmp(ways[i].name, args[1]) == 0)
			ways[i].go();
	die("way");
}
