// Calls on descriptors, with arguments that are right, wrong and odd.
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

static void descriptors(void)
{
	struct stat st;
	int p[2], fd = S(openat, cwd, "f", O_RDWR | O_CREAT, 0644);

	S(write, fd, "hello\0world\177\200", 13);
	S(write, fd, BAD, 5);
	S(write, 99, "x", 1);
	S(write, fd, "", 0);
	S(lseek, fd, 0, SEEK_SET);
	S(lseek, fd, -1, SEEK_END);
	S(lseek, fd, 0, SEEK_DATA);
	S(lseek, fd, 0, SEEK_HOLE);
	S(lseek, fd, 5, 77);
	S(lseek, fd, 0L, SEEK_SET);
	S(read, fd, buf, 5);
	S(read, fd, buf, 0);
	S(read, 99, buf, 10);
	S(read, fd, BAD, 5);
	S(pread64, fd, buf, 40, 2L);
	S(pwrite64, fd, "0123456789012345678901234567890123456789", 40, 100L);
	S(pread64, fd, buf, 40, 100L);
	struct iovec iov[3] = {{"abc", 3}, {buf, 0}, {"defgh\n", 6}}, in[2] = {{buf, 2}, {buf + 100, 50}};
	S(writev, fd, iov, 3);
	S(writev, fd, iov, 0);
	S(writev, 99, BAD, 2);
	S(writev, fd, iov, -1);
	S(lseek, fd, 0L, SEEK_SET);
	S(readv, fd, in, 2);
	S(readv, 99, in, 2);
	S(preadv, fd, in, 2, 3L, 0L);
	S(pwritev, fd, iov, 1, 7L, 0L);
	S(preadv2, fd, in, 1, 0L, 0L, 1);
	S(pwritev2, fd, iov, 1, -1L, -1L, 0x12);
	S(pwritev2, fd, iov, 1, 4L, 0L, 0x800);
	S(fstat, fd, &st);
	S(fstat, 99, &st);
	S(fstat, fd, NULL);
	S(fstatfs, 99, buf);
	S(fchmod, fd, 0700);
	S(fchown, fd, -1, -1);
	S(ftruncate, fd, 1000L);
	S(fallocate, fd, 0, 0L, 10L);
	S(fallocate, fd, 0x7f, 5L, 10L);
	S(fallocate, fd, 0x80, 5L, 10L);
	S(fadvise64, fd, 0L, 100L, POSIX_FADV_SEQUENTIAL);
	S(fadvise64, fd, 0L, 100L, 99);
	S(readahead, fd, 0L, 100L);
	S(fsync, fd);
	S(fdatasync, fd);
	S(sync_file_range, fd, 0L, 10L, 7);
	S(sync_file_range, fd, 0L, 10L, 8);
	S(syncfs, 99);
	S(flock, fd, 2 | 4);
	S(flock, fd, 8);
	S(flock, fd, 99);
	S(fchdir, fd);
	S(dup, fd);
#ifdef SYS_dup2
	S(dup2, fd, 60);
	S(dup2, 99, -1);
	S(pipe, p);
	S(pipe, NULL);
	S(getdents, fd, buf, 100);
#endif
	S(dup3, fd, 61, O_CLOEXEC);
	S(dup3, fd, 61, 0);
	S(dup3, fd, 61, 1);
	S(pipe2, p, O_CLOEXEC | O_NONBLOCK);
	S(pipe2, p, O_DIRECT);
	S(pipe2, p, 0);
	S(pipe2, BAD, 0);
	int dir = S(openat, cwd, ".", O_RDONLY | O_DIRECTORY);
	S(getdents64, dir, buf, sizeof buf);
	S(getdents64, dir, buf, sizeof buf);
	S(getdents64, fd, buf, 100);
	S(close_range, 70, 80, 0);
	S(close_range, 70u, ~0u, 4);
	S(close_range, 70, 60, 14);
	S(close, 60);
	S(close, -1);
	struct flock fl = {F_WRLCK, SEEK_SET, 0, 10, 0};
	S(fcntl, fd, F_GETFL);
	S(fcntl, fd, F_GETFD);
	S(fcntl, fd, F_SETFD, 1);
	S(fcntl, fd, F_GETFD);
	S(fcntl, fd, F_SETFD, 0);
	S(fcntl, fd, F_SETFL, O_APPEND | O_NONBLOCK | O_NOATIME);
	S(fcntl, fd, F_SETFL, 0);
	S(fcntl, fd, F_DUPFD, 40);
	S(fcntl, fd, F_DUPFD_CLOEXEC, 40);
	S(fcntl, fd, F_SETLK, &fl);
	S(fcntl, fd, F_GETLK, &fl);
	S(fcntl, fd, F_OFD_SETLK, &fl);
	fl.l_type = F_RDLCK;
	fl.l_whence = SEEK_END;
	fl.l_start = -1;
	S(fcntl, fd, F_OFD_GETLK, &fl);
	S(fcntl, fd, F_SETLKW, BAD);
	fl.l_type = F_UNLCK;
	S(fcntl, fd, F_SETLKW, &fl);
	S(fcntl, fd, F_GETOWN);
	S(fcntl, fd, F_SETOWN, 0);
	S(fcntl, fd, F_SETSIG, SIGUSR1);
	S(fcntl, fd, F_GETSIG);
	S(fcntl, fd, F_SETLEASE, F_RDLCK);
	S(fcntl, fd, F_GETLEASE);
	S(fcntl, p[0], F_GETPIPE_SZ);
	S(fcntl, p[0], F_SETPIPE_SZ, 8192);
	S(fcntl, fd, F_NOTIFY, 0x80000001);
	S(fcntl, fd, 4242, 5);
	S(fcntl, 99, F_GETFL);
	int mem = S(memfd_create, "na\"me", 3);
	S(memfd_create, "n", 0x30);
	S(fcntl, mem, F_ADD_SEALS, 6);
	S(fcntl, mem, F_GET_SEALS);
	S(fcntl, fd, F_GET_RW_HINT, buf);
	int n = 1;
	struct winsize ws;
	S(ioctl, p[0], FIONREAD, &n);
	S(ioctl, p[0], FIONBIO, &n);
	S(ioctl, fd, FIOCLEX);
	S(ioctl, fd, FIONCLEX);
	S(ioctl, 99, TCGETS, buf);
	S(ioctl, 99, TIOCGWINSZ, &ws);
	S(ioctl, 99, TIOCGPGRP, &n);
	S(ioctl, 99, TIOCSCTTY, 1);
	S(ioctl, 99, 0x12345678, 0x9999);
	S(ioctl, 99, 0xc0de, 0L);
	S(ioctl, 99, TIOCNOTTY);
	S(ioctl, 99, FIOASYNC, &n);
	S(ioctl, fd, FIONBIO, BAD);
	off_t off = 0;
	S(sendfile, p[1], fd, &off, 10L);
	S(sendfile, p[1], fd, NULL, 5L);
	S(sendfile, 99, 98, &off, 5L);
	loff_t a = 0, b = 3;
	S(copy_file_range, fd, &a, mem, &b, 5L, 0);
	S(copy_file_range, 99, NULL, 98, NULL, 5L, 1);
	S(splice, p[0], NULL, mem, NULL, 5L, 3);
	S(splice, fd, &a, p[1], NULL, 5L, 2);
	S(tee, p[0], p[1], 5L, 2);
	S(vmsplice, 99, iov, 1L, 8);
}

static void waiting(void)
{
	int p[2];
	S(pipe2, p, 0);
	struct pollfd pf[3] = {{p[0], POLLIN | POLLPRI, 0}, {-1, POLLOUT, 0}, {p[1], POLLOUT | POLLRDHUP | POLLERR, 0}};
	struct timespec ts = {0, 1000000}, zero = {0, 0};
	struct timeval tv = {0, 1000};
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	S(ppoll, pf, 3, &ts, &set, 8L);
	S(ppoll, pf, 1, &zero, NULL, 8L);
	S(ppoll, BAD, 1, NULL, NULL, 0L);
	S(ppoll, NULL, 0, &zero, &set, 3L);
	fd_set r, w;
	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(p[0], &r);
	FD_SET(p[1], &w);
	struct { void *s; long n; } mask = {&set, 8};
	S(pselect6, p[1] + 1, &r, &w, NULL, &ts, &mask);
	FD_SET(p[0], &r);
	S(pselect6, p[1] + 1, &r, NULL, NULL, &zero, NULL);
	S(pselect6, 0, NULL, NULL, NULL, BAD, NULL);
#ifdef SYS_poll
	S(poll, pf, 3, 10);
	S(poll, pf, 1, 0);
	S(poll, NULL, 0, 0);
	S(poll, BAD, 1, 5);
	pf[0].fd = 99;
	S(poll, pf, 1, 0);
	pf[0].events = 0x7fff;
	S(poll, pf, 1, 0);
	FD_SET(p[0], &r);
	S(select, p[1] + 1, &r, &w, NULL, &tv);
	FD_ZERO(&r);
	FD_SET(p[0], &r);
	tv.tv_sec = 0;
	tv.tv_usec = 0;
	S(select, p[1] + 1, &r, NULL, &r, &tv);
	S(select, -1, &r, NULL, NULL, NULL);
	S(select, 0, NULL, NULL, NULL, &tv);
	S(epoll_create, 5);
	S(eventfd, 3);
	S(inotify_init);
#endif
	int e = S(epoll_create1, EPOLL_CLOEXEC);
	S(epoll_create1, 0);
	struct epoll_event ev = {EPOLLIN | EPOLLOUT | EPOLLET | EPOLLONESHOT, {.u64 = 5}}, out[4];
	S(epoll_ctl, e, EPOLL_CTL_ADD, p[1], &ev);
	S(epoll_ctl, e, EPOLL_CTL_MOD, p[1], &ev);
	S(epoll_ctl, e, 9, p[1], &ev);
	S(epoll_ctl, e, EPOLL_CTL_ADD, p[1], BAD);
	S(epoll_pwait, e, out, 4, 0, NULL, 8L);
	S(epoll_pwait, e, out, 4, 0, &set, 8L);
	S(epoll_pwait2, e, out, 4, &zero, NULL, 8L);
	S(epoll_pwait, e, out, 0, 0, NULL, 8L);
#ifdef SYS_epoll_wait
	S(epoll_ctl, e, EPOLL_CTL_MOD, p[1], &ev);
	S(epoll_wait, e, out, 4, 5);
	S(epoll_wait, 99, out, 4, 5);
#endif
	S(epoll_ctl, e, EPOLL_CTL_DEL, p[1], NULL);
	S(eventfd2, 7, 0x80801);
	S(eventfd2, 7, 2);
	S(inotify_init1, 0x80800);
	S(inotify_init1, 1);
	S(signalfd4, -1, &set, 8L, 0x80800);
	S(signalfd4, -1, BAD, 8L, 0);
	struct itimerspec it = {{1, 2}, {3, 4}}, old;
	int t = S(timerfd_create, CLOCK_MONOTONIC, 0x80800);
	S(timerfd_create, 77, 1);
	S(timerfd_settime, t, 1, &it, &old);
	S(timerfd_settime, t, 0, &zero, NULL);
	S(timerfd_gettime, t, &old);
	S(timerfd_gettime, 99, &old);
	S(pidfd_open, -1, 0);
	S(userfaultfd, 0x7fff0000);
	S(setns, 99, 0x40000000);
	S(fgetxattr, 99, "user.a", buf, 10L);
	S(fsetxattr, 99, "user.a", "v", 1L, 0);
	S(flistxattr, 99, buf, 10L);
	S(fremovexattr, 99, "user.a");
	S(open_by_handle_at, 99, BAD, O_RDONLY);
	S(pidfd_getfd, 99, 1, 0);
	S(inotify_rm_watch, 99, 1);
}

int main(void)
{
	descriptors();
	waiting();
	return 0;
}
