// Calls on names of files, with arguments that are right, wrong and odd. What they answer does not matter.
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

#define S(name, ...) (syscall(SYS_##name, ##__VA_ARGS__))
#define BAD ((void *)8)

static char buf[8192];
static long cwd = AT_FDCWD;

static void names(void)
{
	struct stat st;
	struct statx sx;
	char long_name[PATH_MAX + 10];

	memset(long_name, 'n', sizeof long_name);
	long_name[sizeof long_name - 1] = 0;
#ifdef SYS_open
	S(open, "a\"b\\c\t\n\1\377", O_RDWR | O_CREAT | O_EXCL | O_TRUNC | O_APPEND | O_NONBLOCK, 0640);
	S(open, "f", O_WRONLY | O_CREAT | O_SYNC, 07777);
	S(open, "f", O_RDONLY | O_NOFOLLOW | O_NOATIME | O_DIRECT | O_ASYNC | O_DSYNC, 0);
	S(open, ".", O_PATH | O_DIRECTORY | O_CLOEXEC, 0);
	S(open, ".", O_RDWR | O_TMPFILE, 0600);
	S(open, ".", 3, 0);
	S(open, BAD, 0x40000000, 0);
	S(open, NULL, O_CREAT | O_WRONLY, 0);
	S(creat, "g", 0);
	S(creat, "g", 06);
	S(creat, "g", 01777);
	S(stat, "f", &st);
	S(stat, "none", &st);
	S(stat, BAD, &st);
	S(stat, "f", BAD);
	S(stat, "/dev/null", &st);
	S(stat, "/tmp", &st);
	S(lstat, "/proc/self", &st);
	S(access, "f", F_OK);
	S(access, "f", R_OK | W_OK | X_OK);
	S(access, "f", 0x18);
	S(mkdir, "d", 0755);
	S(mkdir, "d", 0);
	S(rmdir, "d");
	S(rmdir, BAD);
	S(mknod, "n1", S_IFIFO | 0644, 0);
	S(mknod, "n2", S_IFCHR | 0, 0x10203);
	S(mknod, "n2", S_IFREG | S_ISUID | 07, 0);
	S(mknod, "n3", 0644, 0);
	S(mknod, "/none/x", S_IFBLK | 0600, 0x801);
	S(mknod, "n4", 0xf000 | 0600, 5);
	S(link, "f", "h");
	S(symlink, "target", "l");
	S(symlink, BAD, "l");
	S(symlink, "f", "l");
	S(readlink, "l", buf, 100);
	S(readlink, "l", buf, 3);
	S(readlink, "f", buf, 100);
	S(readlink, "l", buf, -1);
	S(rename, "h", "i");
	S(unlink, "i");
	S(unlink, "none");
	S(chmod, "f", 0644);
	S(chmod, "f", 04755);
	S(chmod, "f", 0);
	S(chown, "f", -1, -1);
	S(lchown, "f", 0, -1);
	S(chown, "none", 1, 4294967294u);
	struct utimbuf ub = {1, 2};
	S(utime, "f", &ub);
	S(utime, "f", NULL);
	struct timeval tv[2] = {{1, 2}, {1700000000, 999999}};
	S(utimes, "f", tv);
	S(utimes, "none", NULL);
	S(futimesat, AT_FDCWD, "f", tv);
#endif
	int fd = S(openat, cwd, "f", O_RDWR | O_CREAT, 0644);
	S(openat, 99, "f", 0);
	S(openat, -1, "", O_RDONLY);
	S(openat, cwd, long_name, 0);
	uint64_t how[4] = {O_RDWR | O_CREAT, 0600, 0x3f, 0};
	S(openat2, cwd, "f2", how, 24);
	uint64_t how2[3] = {O_RDONLY, 0, 0x80};
	S(openat2, cwd, "f2", how2, 24);
	S(openat2, cwd, "f2", how2, 3);
	S(openat2, cwd, "f2", BAD, 24);
	S(newfstatat, cwd, "f", &st, AT_SYMLINK_NOFOLLOW);
	S(newfstatat, 0, "", &st, AT_EMPTY_PATH | AT_NO_AUTOMOUNT);
	S(newfstatat, cwd, "f", &st, 0x80000000);
	S(statx, cwd, "f", AT_STATX_SYNC_AS_STAT, STATX_BASIC_STATS, &sx);
	S(statx, cwd, "f", AT_STATX_FORCE_SYNC | AT_SYMLINK_NOFOLLOW, STATX_MODE | STATX_BTIME, &sx);
	S(statx, cwd, "f", AT_STATX_DONT_SYNC, STATX_ALL, &sx);
	S(statx, cwd, "none", 0, 0x80000000, &sx);
	S(statx, cwd, "f", 0, 0, &sx);
	S(statx, cwd, "/dev/null", 0, STATX_ALL, &sx);
	S(faccessat, cwd, "f", R_OK);
	S(faccessat2, cwd, "f", X_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW);
	S(faccessat2, cwd, "f", X_OK, 0);
	S(mkdirat, cwd, "d", 0700);
	S(mknodat, cwd, "n5", S_IFSOCK | 0600, 0);
	S(unlinkat, cwd, "d", AT_REMOVEDIR);
	S(unlinkat, cwd, "d", 0);
	S(unlinkat, cwd, "d", 1);
	S(renameat, cwd, "f2", cwd, "f3");
	S(renameat2, cwd, "f3", cwd, "f4", 1);
	S(renameat2, cwd, "f3", 5, "f4", 6 | 8);
	S(linkat, cwd, "f", cwd, "h2", AT_SYMLINK_FOLLOW);
	S(linkat, cwd, "f", cwd, "h2", 0);
	S(symlinkat, "x", cwd, "l2");
	S(readlinkat, cwd, "l2", buf, 10);
	S(fchmodat, cwd, "f", 0600);
	S(fchownat, cwd, "f", -1, 0, AT_SYMLINK_NOFOLLOW);
	struct timespec ts[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}}, t2[2] = {{5, 6}, {-1, 7}};
	S(utimensat, cwd, "f", ts, 0);
	S(utimensat, cwd, "f", t2, AT_SYMLINK_NOFOLLOW);
	S(utimensat, cwd, NULL, NULL, 0);
	S(utimensat, fd, NULL, t2, 0); // not of standard input, which may be the machine's /dev/null
	S(truncate, "f", 100);
	S(truncate, "f", -1);
	S(chdir, "none");
	S(chdir, ".");
	S(chroot, "none");
	S(getcwd, buf, 0);
	S(getcwd, buf, sizeof buf);
	S(acct, "/none/x");
	S(swapon, "/none/x", 0x8001);
	S(swapoff, "/none/x");
	S(pivot_root, "/none/a", "/none/b");
	S(mount, "src", "/none/x", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, "size=1");
	S(mount, NULL, "/none/x", NULL, MS_BIND | MS_REC | MS_REMOUNT, NULL);
	S(mount, "none", "/none/x", "proc", MS_PRIVATE | MS_SLAVE | MS_SHARED | MS_UNBINDABLE | MS_RELATIME | MS_STRICTATIME | MS_LAZYTIME | MS_SILENT, 0);
	S(mount, BAD, BAD, BAD, 0, BAD);
	S(umount2, "/none/x", MNT_DETACH | MNT_FORCE | MNT_EXPIRE | UMOUNT_NOFOLLOW);
	S(umount2, "/none/x", 0);
	S(setxattr, "f", "user.x", "val\0ue", 6, 1);
	S(setxattr, "none", "user.x", "v", 1, 3);
	S(lsetxattr, "none", "user.x", BAD, 5, 4);
	S(getxattr, "none", "user.x", buf, 100);
	S(getxattr, "f", "user.x", NULL, 0);
	S(lgetxattr, "none", "user.x", buf, 9);
	S(listxattr, "none", buf, 10);
	S(llistxattr, "f", buf, 0);
	S(removexattr, "none", "user.x");
	S(lremovexattr, "none", "user.x");
	S(name_to_handle_at, cwd, "none", BAD, BAD, 0);
	S(inotify_add_watch, 99, "f", 0xfff);
	S(inotify_add_watch, 99, ".", 0x81000002);
	S(statfs, "/none", buf);
	S(statfs, "/proc", buf);
	S(execve, "/none/prog", NULL, NULL);
	char *argv[] = {"a", "b\n", NULL};
	S(execve, "/none/prog", argv, argv);
	S(execve, "/none/prog", BAD, BAD);
	S(execveat, cwd, "none/prog", argv, argv + 2, AT_SYMLINK_NOFOLLOW);
	S(execveat, 99, "", argv, NULL, AT_EMPTY_PATH);
}

int main(void)
{
	names();
	return 0;
}
