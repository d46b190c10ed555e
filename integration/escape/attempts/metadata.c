// What a file says of itself, changed where it may be read only: Landlock does not decide about that.

#include "attempt.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <sys/xattr.h>

static int reading(void) { return NEED(open(world.file, O_RDONLY)); }

// self is the link of procfs to a descriptor.
static const char *self(int fd)
{
	static char link[64];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	return link;
}

// attributes skips where the file system has none.
static void __attribute__((noreturn)) attributes(long r)
{
	if (r == -1 && errno == EOPNOTSUPP && field("/proc/self/status", "Seccomp:") == 0)
		skip("the file system has no attributes");
	result(r, "a change of attributes");
}

static void chmods(void) { RESULT(chmod(world.file, 0777)); }
static void fchmodats(void) { RESULT(fchmodat(AT_FDCWD, world.file, 0777, 0)); }
static void fchmods(void) { RESULT(fchmod(reading(), 0777)); }
static void chmods_self(void) { RESULT(chmod(self(reading()), 0777)); }
static void chmods_path(void) { RESULT(chmod(self(NEED(open(world.file, O_PATH))), 0777)); }
static void chmods_folder(void) { RESULT(chmod(world.out, 0777)); }
static void chmods_relative(void)
{
	NEED(chdir(world.out));
	RESULT(chmod("file", 0777));
}
static void chmods_link(void) { RESULT(chmod("E/file", 0777)); }
static void chmods_inherited(void) { RESULT(fchmod(3, 0777)); }
static void chowns(void) { RESULT(chown(world.file, geteuid(), getegid())); }
static void lchowns(void) { RESULT(lchown(world.file, -1, getegid())); }
static void fchowns(void) { RESULT(fchown(reading(), geteuid(), -1)); }
static void fchownats(void) { RESULT(fchownat(NEED(open(world.file, O_PATH)), "", geteuid(), -1, AT_EMPTY_PATH)); }
static void utimensats(void) { RESULT(utimensat(AT_FDCWD, world.file, NULL, 0)); }
static void futimenss(void) { RESULT(futimens(reading(), NULL)); }
static void utimess(void)
{
	const struct timeval times[2] = {{1, 0}, {1, 0}};
	RESULT(utimes(world.file, times));
}
static void setxattrs(void) { attributes(setxattr(world.file, "user.escape", "x", 1, 0)); }
static void lsetxattrs(void) { attributes(lsetxattr(world.file, "user.escape", "x", 1, 0)); }
static void fsetxattrs(void) { attributes(fsetxattr(reading(), "user.escape", "x", 1, 0)); }
static void sets_flags(void)
{
	int flags, fd = reading();
	if (ioctl(fd, FS_IOC_GETFLAGS, &flags))
		skip("the file system has no flags: %s", strerror(errno));
	RESULT(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}
static void chmods_hard(void) // under another name, where files may be changed
{
	NEED(link(world.file, "mine"));
	RESULT(chmod("mine", 0777));
}
static void chmods_moved(void)
{
	NEED(rename(world.file, "mine"));
	RESULT(chmod("mine", 0777));
}

// as_it_is gives a file of the machine the mode that it has.
static void __attribute__((noreturn)) as_it_is(const char *path)
{
	struct stat st;
	NEED(stat(path, &st));
	RESULT(chmod(path, st.st_mode & 07777));
}
static void chmods_null(void) { as_it_is("/dev/null"); }
static void fchmods_null(void)
{
	struct stat st;
	int fd = NEED(open("/dev/null", O_RDWR));
	NEED(fstat(fd, &st));
	RESULT(fchmod(fd, st.st_mode & 07777));
}
static void chmods_passwd(void) { as_it_is("/etc/passwd"); }
static void chmods_shell(void) { as_it_is("/bin/sh"); }
static void chmods_home(void) { as_it_is(getenv("HOME") ? getenv("HOME") : "/"); }

const struct attempt metadata[] = {
	{"chmod", chmods, LANDLOCK}, {"fchmodat", fchmodats, LANDLOCK}, {"fchmod-reading", fchmods, LANDLOCK}, {"chmod-self", chmods_self, LANDLOCK}, {"chmod-path", chmods_path, LANDLOCK},
	{"chmod-folder", chmods_folder, LANDLOCK}, {"chmod-relative", chmods_relative, LANDLOCK}, {"chmod-link", chmods_link, LANDLOCK}, {"chmod-inherited", chmods_inherited, LANDLOCK},
	{"chown", chowns, LANDLOCK}, {"lchown", lchowns, LANDLOCK}, {"fchown", fchowns, LANDLOCK}, {"fchownat-empty", fchownats, LANDLOCK}, {"utimensat", utimensats, LANDLOCK},
	{"futimens", futimenss, LANDLOCK}, {"utimes", utimess, LANDLOCK}, {"setxattr", setxattrs, LANDLOCK}, {"lsetxattr", lsetxattrs, LANDLOCK}, {"fsetxattr", fsetxattrs, LANDLOCK},
	{"set-flags", sets_flags, LANDLOCK}, {"chmod-hard-link", chmods_hard, LANDLOCK}, {"chmod-moved", chmods_moved, LANDLOCK}, {"chmod-null", chmods_null, ROOT | LANDLOCK},
	{"fchmod-null", fchmods_null, ROOT | LANDLOCK}, {"chmod-passwd", chmods_passwd, ROOT | LANDLOCK}, {"chmod-shell", chmods_shell, ROOT | LANDLOCK}, {"chmod-home", chmods_home, LANDLOCK},
	END
};
