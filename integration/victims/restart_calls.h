// The calls that a signal can interrupt, each with what ends it; for restart.c.
#include "victim.h"
#include <linux/futex.h>
#include <mqueue.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

enum { LONG = 1000 }; // seconds: for ever, as far as this program goes

static int in, out;          // a pipe
static int full_r, full;     // a full pipe
static int event, epoll;     // epoll waits for event
static int listener, peer[2];
static int sem, queue, crowd; // crowd is a full message queue
static int file, rival;      // one file opened twice, locked by rival
static pid_t child;
static int child_pipe[2];
static uint32_t word;
static struct timespec rem;
static struct sockaddr_un address = {.sun_family = AF_UNIX};
static sigset_t waited;      // SIGRTMIN
static sigset_t fewer;       // a mask with less in it than usual

static struct timespec forever = {.tv_sec = LONG};
static char buf[65536];

static long do_nanosleep(void) { return nanosleep(&forever, &rem); }
static long do_clock_rel(void) { return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &forever, &rem); }
static long do_clock_abs(void)
{
	struct timespec at;
	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += LONG;
	return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}
static long do_futex(void) { word = 0; return syscall(SYS_futex, &word, FUTEX_WAIT, 0, NULL, NULL, 0); }
static long do_futex_timed(void) { word = 0; return syscall(SYS_futex, &word, FUTEX_WAIT, 0, &forever, NULL, 0); }
static void wake_futex(void) { while (syscall(SYS_futex, &word, FUTEX_WAKE, 1, NULL, NULL, 0) == 0) sched_yield(); }
static struct pollfd pfd(void) { return (struct pollfd){.fd = in, .events = POLLIN}; }
static long do_poll(void) { struct pollfd p = pfd(); return poll(&p, 1, LONG * 1000); }
static long do_poll_inf(void) { struct pollfd p = pfd(); return poll(&p, 1, -1); }
static long do_ppoll(void) { struct pollfd p = pfd(); return ppoll(&p, 1, &forever, NULL); }
static long do_ppoll_mask(void) { struct pollfd p = pfd(); return ppoll(&p, 1, NULL, &fewer); }
static long do_select(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(in, &set);
	struct timeval tv = {.tv_sec = LONG};
	return select(in + 1, &set, NULL, NULL, &tv);
}
static long do_pselect(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(in, &set);
	return pselect(in + 1, &set, NULL, NULL, &forever, NULL);
}
static void wake_pipe(void) { MUST(write(out, "x", 1)); }
static long do_read(void) { return read(in, buf, 1); }
static long do_write(void) { return write(full, buf, 4096); }
static void wake_full(void) { MUST(read(full_r, buf, sizeof buf)); }
static long do_event(void) { return read(event, buf, 8); }
static void wake_event(void) { uint64_t one = 1; MUST(write(event, &one, 8)); }
static long do_epoll(void) { struct epoll_event e; return epoll_wait(epoll, &e, 1, LONG * 1000); }
static long do_epoll_inf(void) { struct epoll_event e; return epoll_wait(epoll, &e, 1, -1); }
static long do_epoll_mask(void) { struct epoll_event e; return epoll_pwait(epoll, &e, 1, -1, &fewer); }
static long do_accept(void) { int fd = accept(listener, NULL, NULL); if (fd >= 0) close(fd); return fd >= 0 ? 0 : -1; }
static void wake_accept(void)
{
	int fd = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(connect(fd, (struct sockaddr *)&address, sizeof address));
	close(fd);
}
static long recv_timed(int sec)
{
	struct timeval tv = {.tv_sec = sec};
	MUST(setsockopt(peer[0], SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
	return recv(peer[0], buf, 1, 0);
}
static long do_recv(void) { return recv_timed(0); }
static long do_recv_timed(void) { return recv_timed(LONG); }
static void wake_recv(void) { MUST(send(peer[1], "x", 1, 0)); }
static void make_child(void)
{
	child = MUST(fork());
	if (child == 0) {
		char c;
		read(child_pipe[0], &c, 1);
		_exit(3);
	}
}
static long do_waitpid(void) { make_child(); pid_t p = waitpid(child, NULL, 0); return p > 0 ? 0 : p; }
static long do_waitid(void) { make_child(); siginfo_t si; return waitid(P_PID, child, &si, WEXITED); }
static void wake_child(void) { MUST(write(child_pipe[1], "x", 1)); }
static long do_pause(void) { return pause(); }
static long do_sigsuspend(void) { return sigsuspend(&fewer); }
static long do_sigtimedwait(void) { siginfo_t si; return sigtimedwait(&waited, &si, &forever) == SIGRTMIN ? 0 : -1; }
static long do_sigwaitinfo(void) { siginfo_t si; return sigwaitinfo(&waited, &si) == SIGRTMIN ? 0 : -1; }
static pid_t sleeper;
static void wake_sig(void) { MUST(syscall(SYS_tgkill, getpid(), sleeper, SIGRTMIN)); }
static long do_semop(void) { struct sembuf b = {.sem_op = -1}; return semop(sem, &b, 1); }
static long do_semtimedop(void) { struct sembuf b = {.sem_op = -1}; return semtimedop(sem, &b, 1, &forever); }
static void wake_sem(void) { struct sembuf b = {.sem_op = 1}; MUST(semop(sem, &b, 1)); }
static struct { long type; char text[8]; } message = {.type = 1};
static long do_msgrcv(void) { return msgrcv(queue, &message, 8, 0, 0); }
static void wake_msgrcv(void) { message.type = 1; MUST(msgsnd(queue, &message, 8, 0)); }
static long do_msgsnd(void) { message.type = 1; return msgsnd(crowd, &message, 8, 0); }
static void wake_msgsnd(void) { MUST(msgrcv(crowd, &message, 8, 0, 0)); }
static void lock_rival(void) { MUST(flock(rival, LOCK_EX)); }
static long do_flock(void) { return flock(file, LOCK_EX); }
static void wake_flock(void) { MUST(flock(rival, LOCK_UN)); }
static void lock_ofd(void)
{
	struct flock l = {.l_type = F_WRLCK};
	MUST(fcntl(rival, F_OFD_SETLK, &l));
}
static long do_setlkw(void) { struct flock l = {.l_type = F_WRLCK}; return fcntl(file, F_OFD_SETLKW, &l); }
static void wake_setlkw(void) { struct flock l = {.l_type = F_UNLCK}; MUST(fcntl(rival, F_OFD_SETLK, &l)); }
static void empty_file(void)
{
	struct flock l = {.l_type = F_UNLCK};
	flock(file, LOCK_UN);
	flock(rival, LOCK_UN);
	fcntl(file, F_OFD_SETLK, &l);
	fcntl(rival, F_OFD_SETLK, &l);
}

static const struct call {
	const char *name;
	long nr;
	long (*make)(void);
	void (*wake)(void);  // NULL: only a signal ends it
	void (*before)(void);
} calls[] = {
	{"nanosleep", SYS_clock_nanosleep, do_nanosleep, NULL, NULL}, // which is what glibc calls
	{"clock_nanosleep", SYS_clock_nanosleep, do_clock_rel, NULL, NULL},
	{"clock_nanosleep-abs", SYS_clock_nanosleep, do_clock_abs, NULL, NULL},
	{"futex", SYS_futex, do_futex, wake_futex, NULL},
	{"futex-timed", SYS_futex, do_futex_timed, wake_futex, NULL},
	{"poll", SYS_poll, do_poll, wake_pipe, NULL},
	{"poll-infinite", SYS_poll, do_poll_inf, wake_pipe, NULL},
	{"ppoll", SYS_ppoll, do_ppoll, wake_pipe, NULL},
	{"ppoll-mask", SYS_ppoll, do_ppoll_mask, wake_pipe, NULL},
	{"select", SYS_pselect6, do_select, wake_pipe, NULL}, // which is what glibc calls
	{"pselect", SYS_pselect6, do_pselect, wake_pipe, NULL},
	{"read", SYS_read, do_read, wake_pipe, NULL},
	{"write", SYS_write, do_write, wake_full, NULL},
	{"eventfd", SYS_read, do_event, wake_event, NULL},
	{"epoll_wait", SYS_epoll_wait, do_epoll, wake_event, NULL},
	{"epoll_wait-infinite", SYS_epoll_wait, do_epoll_inf, wake_event, NULL},
	{"epoll_pwait", SYS_epoll_pwait, do_epoll_mask, wake_event, NULL},
	{"accept", SYS_accept, do_accept, wake_accept, NULL},
	{"recv", SYS_recvfrom, do_recv, wake_recv, NULL},
	{"recv-timed", SYS_recvfrom, do_recv_timed, wake_recv, NULL},
	{"waitpid", SYS_wait4, do_waitpid, wake_child, NULL},
	{"waitid", SYS_waitid, do_waitid, wake_child, NULL},
	{"pause", SYS_pause, do_pause, NULL, NULL},
	{"sigsuspend", SYS_rt_sigsuspend, do_sigsuspend, NULL, NULL},
	{"sigtimedwait", SYS_rt_sigtimedwait, do_sigtimedwait, wake_sig, NULL},
	{"sigwaitinfo", SYS_rt_sigtimedwait, do_sigwaitinfo, wake_sig, NULL},
	{"semop", SYS_semtimedop, do_semop, wake_sem, NULL}, // which is what glibc calls
	{"semtimedop", SYS_semtimedop, do_semtimedop, wake_sem, NULL},
	{"msgrcv", SYS_msgrcv, do_msgrcv, wake_msgrcv, NULL},
	{"msgsnd", SYS_msgsnd, do_msgsnd, wake_msgsnd, NULL},
	{"flock", SYS_flock, do_flock, wake_flock, lock_rival},
	{"setlkw", SYS_fcntl, do_setlkw, wake_setlkw, lock_ofd},
};

// clear takes away what a case that was interrupted has left.
static void clear(void)
{
	struct timespec now = {0};
	siginfo_t si;
	sigset_t left = waited;
	char junk[64];
	sigaddset(&left, SIGTERM);
	sigtimedwait(&left, &si, &now);
	struct pollfd p = pfd();
	while (poll(&p, 1, 0) == 1)
		MUST(read(in, junk, sizeof junk));
	p = (struct pollfd){.fd = event, .events = POLLIN};
	if (poll(&p, 1, 0) == 1)
		MUST(read(event, junk, 8));
	if (child) {
		if (waitpid(child, NULL, WNOHANG) == 0) {
			wake_child();
			MUST(waitpid(child, NULL, 0));
		}
		child = 0;
	}
	while (msgrcv(queue, &message, 8, 0, IPC_NOWAIT) >= 0)
		;
	message.type = 1;
	while (msgsnd(crowd, &message, 8, IPC_NOWAIT) == 0)
		;
	empty_file();
	int fl = fcntl(full, F_GETFL);
	MUST(fcntl(full, F_SETFL, fl | O_NONBLOCK));
	while (write(full, buf, 4096) > 0)
		;
	MUST(fcntl(full, F_SETFL, fl));
}

static void setup(void)
{
	int p[2];
	MUST(pipe(p)), in = p[0], out = p[1];
	MUST(pipe(p)), full_r = p[0], full = p[1];
	MUST(pipe(child_pipe));
	MUST(fcntl(full, F_SETPIPE_SZ, 4096));
	event = MUST(eventfd(0, 0));
	epoll = MUST(epoll_create1(0));
	struct epoll_event e = {.events = EPOLLIN};
	MUST(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &e));
	snprintf(address.sun_path + 1, 64, "jail-restart-%d", getpid());
	listener = MUST(socket(AF_UNIX, SOCK_STREAM, 0));
	MUST(bind(listener, (struct sockaddr *)&address, sizeof address));
	MUST(listen(listener, 4));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, peer));
	sem = MUST(semget(IPC_PRIVATE, 1, 0600));
	queue = MUST(msgget(IPC_PRIVATE, 0600));
	crowd = MUST(msgget(IPC_PRIVATE, 0600));
	struct msqid_ds ds;
	MUST(msgctl(crowd, IPC_STAT, &ds));
	ds.msg_qbytes = 8;
	MUST(msgctl(crowd, IPC_SET, &ds));
	file = MUST(memfd_create("lock", 0));
	snprintf(buf, sizeof buf, "/proc/self/fd/%d", file);
	rival = MUST(open(buf, O_RDWR));
	sigemptyset(&waited);
	sigaddset(&waited, SIGRTMIN);
}
